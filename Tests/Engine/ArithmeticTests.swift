// Arithmetic, memory and traps of single functions, with folding and fusion on and off.

import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite struct ArithmeticTests {
    static let text = """
        (module
          (memory 1)
          (data (i32.const 8) "\\01\\02\\03\\04\\05\\06\\07\\08")
          (func (export "fib") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
              (then (local.get 0))
              (else (i32.add (call 0 (i32.sub (local.get 0) (i32.const 1))) (call 0 (i32.sub (local.get 0) (i32.const 2)))))))
          (func (export "loop") (param $n i32) (result i32) (local $i i32) (local $sum i32)
            (loop $l
              (local.set $sum (i32.add (local.get $sum) (i32.mul (local.get $i) (i32.const 3))))
              (br_if $l (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
            (local.get $sum))
          (func (export "down") (param $n i32) (result i32) (local $sum i32)
            (loop $l
              (local.set $sum (i32.add (local.get $sum) (local.get $n)))
              (br_if $l (local.tee $n (i32.add (local.get $n) (i32.const -1)))))
            (local.get $sum))
          (func (export "old") (param $i i32) (result i32)
            (local.get $i) (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (local.get $i) (i32.mul) )
          (func (export "sum") (param $a i32) (param $b i32) (result i32)
            (i32.add
              (i32.load (i32.add (local.get $a) (local.get $b)))
              (i32.add (i32.load8_u (i32.add (local.get $a) (i32.const 8))) (i32.load16_u offset=4 (i32.const 4)))))
          (func (export "store") (param $a i32) (param $v i32) (result i32)
            (i32.store (i32.add (local.get $a) (i32.const 16)) (local.get $v))
            (i32.store8 (i32.const 40) (local.get $v))
            (i32.add (i32.load offset=16 (local.get $a)) (i32.load8_s (i32.const 40))))
          (func (export "wrap") (param $a i32) (result i32) (i32.load (i32.add (local.get $a) (i32.const 16))))
          (func (export "swap") (param i32 i32) (result i32 i32) (local.get 1) (local.get 0))
          (func (export "polynomial") (param f64 f64 f64) (result f64)
            (f64.add (f64.mul (local.get 0) (local.get 1)) (local.get 2)))
          (func (export "choose") (param i32 i32 i32) (result i32)
            (select (local.get 1) (local.get 2) (i32.eqz (i32.lt_s (local.get 0) (i32.const 5)))))
          (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1))))
        """

    @Test(arguments: [true, false]) func results_areThoseOfTheSpecification(fused: Bool) throws {
        let guest = try Guest(ArithmeticTests.text, config(fused: fused))
        #expect(try guest.i32("fib", 15) == 610)
        #expect(try guest.i32("loop", 10) == 135)
        #expect(try guest.i32("down", 10) == 55)
        #expect(try guest.i32("old", 6) == 42)
        #expect(try guest.i32("sum", 4, 4) == 0x0403_0201 + 5 + 0x0201)
        #expect(try guest.i32("store", 64, -3) == -6)
        #expect(try guest.i32("wrap", -8) == 0x0403_0201)
        #expect(try guest.i32("choose", 4, 10, 20) == 20)
        #expect(try guest.i32("choose", 5, 10, 20) == 10)
        #expect(try guest.i32("divide", -7, 2) == -3)
        let swapped = try guest.call("swap", [.i32(1), .i32(2)])
        guard case .i32(2) = swapped[0], case .i32(1) = swapped[1] else { Issue.record("not swapped"); return }
        let value = try guest.call("polynomial", [3.0, 5.0, 0.5].map { (number: Double) in .f64(bits: number.bitPattern) })
        guard case .f64(let bits) = value[0] else { Issue.record("no f64"); return }
        #expect(Double(bitPattern: bits) == 15.5)
    }

    @Test(arguments: [true, false]) func traps_haveTheirCodes(fused: Bool) throws {
        let guest = try Guest(ArithmeticTests.text, config(fused: fused))
        #expect(guest.trap("divide", 1, 0)?.code == .integerDivisionByZero)
        #expect(guest.trap("divide", .min, -1)?.code == .integerOverflow)
        let fault = guest.trap("wrap", 65_520)
        #expect(fault?.code == .memoryOutOfBounds)
        #expect(fault?.fault?.place == 65_536)
        #expect(fault?.fault?.size == 65_536)
        #expect(fault?.backtrace.first?.functionIndex == 6)
    }
}
