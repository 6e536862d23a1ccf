// Backtraces: names from the name section, indices where there are none, offsets of the instructions, and lines as people read them.

import Testing
import WasmEngine
import WasmModule
import WasmText

@Suite struct BacktraceTests {
    static let text = """
        (module $shop (memory 1)
          (func $inner (param i32) (result i32) (i32.load (local.get 0)))
          (func (param i32) (result i32) (call $inner (local.get 0)))
          (func $outer (export "f") (param i32) (result i32) (i32.add (call 1 (local.get 0)) (i32.const 1))))
        """

    private func line(_ frame: BacktraceFrame) -> String {
        var text = ""
        frame.write { text.unicodeScalars.append(Unicode.Scalar($0)) }
        return text
    }

    @Test(arguments: [TranslationMode.eager, .lazy]) func frames_haveNamesElseIndices(mode: TranslationMode) throws {
        var settings = Config()
        settings.translation = mode
        let guest = try Guest(BacktraceTests.text, settings)
        let trap = try #require(guest.trap("f", -1))
        #expect(trap.names == ["inner", "-", "outer"])
        #expect(trap.backtrace.map(\.functionIndex) == [0, 1, 2])
        let lines = trap.backtrace.map(line)
        #expect(lines[0].hasPrefix("function `inner` (0) of `shop`, offset 0x"))
        #expect(lines[1].hasPrefix("function 1 of `shop`, offset 0x"))
    }

    @Test func offsets_areThoseOfTheInstructions() throws {
        let guest = try Guest(BacktraceTests.text)
        let trap = try #require(guest.trap("f", -1))
        let image = guest.instance.module.image
        for (frame, opcode) in zip(trap.backtrace, [Opcode.i32Load, .call, .call]) {
            let byte = image.bytes[frame.moduleOffset]
            #expect(UInt32(byte) == opcode.row.number)
        }
    }

    @Test func moduleWithoutNames_goesByTheEmbeddersName() throws {
        let guest = try Guest("(module (func (export \"f\") (unreachable)))")
        #expect(guest.trap("f").map { line($0.backtrace[0]) }?.hasPrefix("function 0, offset 0x") == true)
        let bytes = Bytes(try assemble("(module (func (export \"f\") (unreachable)))"))
        let named = try Module(guest.engine, bytes: UnsafeRawBufferPointer(bytes.buffer), owner: bytes, displayName: "shop.wasm")
        guard case .function(let function)? = try guest.linker.instantiate(guest.store, named).start().export("f") else {
            Issue.record("no f")
            return
        }
        #expect(trap(of: function).map { line($0.backtrace[0]) }?.hasPrefix("function 0 of `shop.wasm`, offset 0x") == true)
    }

    @Test func namesThatAreNotPrintable_doNotReachTheTerminal() throws {
        let guest = try Guest("(module (func $\"a\\1b[31m\" (export \"f\") (unreachable)))")
        let trap = try #require(guest.trap("f"))
        #expect(line(trap.backtrace[0]).hasPrefix("function `a?[31m` (0)"))
    }

    @Test func frameLimit_countsWhatItLeavesOut() throws {
        var settings = Config()
        settings.backtraceFrameLimit = 3
        let guest = try Guest(
            "(module (func $f (export \"f\") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1))))) (unreachable)))",
            settings)
        let trap = try #require(guest.trap("f", 9))
        #expect(trap.backtrace.count == 3)
        #expect(trap.elidedFrameCount == 7)
        #expect(trap.elidedFramePosition == 2)
    }

    /// The functions of a chain `f0 -> f1 -> ... -> f(count - 1)`, of which the last traps.
    private func chain(_ count: Int, limit: Int) throws -> Trap {
        var settings = Config()
        settings.backtraceFrameLimit = limit
        let functions = (0..<count).map { "(func $f\($0) \($0 + 1 < count ? "(call $f\($0 + 1))" : "(unreachable)"))" }
        let guest = try Guest("(module \(functions.joined()) (export \"f\" (func 0)))", settings)
        return try #require(guest.trap("f"))
    }

    @Test(arguments: [0, 1, 2, 3, 8, 9]) func beyondTheLimit_theMiddleIsLeftOut(limit: Int) throws {
        for count in 1...30 {
            let trap = try chain(count, limit: limit)
            let inner = min((limit + 1) / 2, count)
            let all = Array((0..<count).reversed()).map { "f\($0)" }
            if count <= limit {
                #expect(trap.names == all)
                #expect(trap.elidedFrameCount == 0)
            } else {
                #expect(trap.names == Array(all.prefix(inner)) + Array(all.suffix(limit - inner)))
                #expect(trap.elidedFrameCount == count - limit)
                #expect(trap.elidedFramePosition == inner)
            }
        }
    }

    @Test func faults_sayPlaceAndSize() throws {
        let guest = try Guest(
            """
            (module (memory 1) (memory $second 3) (table $t 5 funcref) (table $u 7 funcref) (type $v (func))
              (func (export "first") (param i32) (drop (i32.load offset=4 (local.get 0))))
              (func (export "second") (param i32) (i64.store $second (local.get 0) (i64.const 1)))
              (func (export "lane") (param i32) (drop (v128.load32_lane $second 1 (local.get 0) (v128.const i64x2 0 0))))
              (func (export "get") (param i32) (drop (table.get $u (local.get 0))))
              (func (export "set") (param i32) (table.set $t (local.get 0) (ref.null func)))
              (func (export "call") (param i32) (call_indirect $t (type $v) (local.get 0)))
              (func (export "tail") (param i32) (return_call_indirect $u (type $v) (local.get 0)))
              (func (export "copy") (param i32) (memory.copy (local.get 0) (i32.const 0) (i32.const 1))))
            """)
        func text(_ name: String, _ place: Int32) throws -> String {
            let trap = try #require(guest.trap(name, place))
            var bytes: [UInt8] = []
            trap.renderMessage(into: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try text("first", -1) == "out of bounds memory access at address 0x100000003 in linear memory of size 0x10000")
        #expect(try text("first", 65_529) == "out of bounds memory access at address 0xfffd in linear memory of size 0x10000")
        #expect(try text("second", 0x2fff9) == "out of bounds memory access at address 0x2fff9 in linear memory of size 0x30000")
        #expect(try text("lane", 0x2fffd) == "out of bounds memory access at address 0x2fffd in linear memory of size 0x30000")
        #expect(try text("get", 7) == "out of bounds table access at index 7 in table of size 7")
        #expect(try text("set", -1) == "out of bounds table access at index 4294967295 in table of size 5")
        #expect(try text("call", 5) == "undefined element at index 5 in table of size 5")
        #expect(try text("call", 4) == "uninitialized element at index 4 in table of size 5")
        #expect(try text("tail", 8) == "undefined element at index 8 in table of size 7")
        #expect(try text("copy", -1) == "out of bounds memory access")
    }

    /// A name section of garbage: no names, no harm.
    @Test(arguments: 0..<200) func garbageInTheNameSection_isNoName(seed: Int) throws {
        var bytes = try assemble(BacktraceTests.text)
        let start = try bytes.withUnsafeBytes { buffer in
            Int(try #require(try ModuleImage.decode(buffer).customSections.first { $0.contents.count > 0 }).contents.offset)
        }
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        for position in start..<bytes.count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            if state % 3 == 0 { bytes[position] = UInt8(truncatingIfNeeded: state >> 32) }
        }
        let held = Bytes(bytes)
        let engine = Engine()
        let store = Store(engine)
        let instance = try Linker(engine).instantiate(
            store, try Module(engine, bytes: UnsafeRawBufferPointer(held.buffer), owner: held)
        ).start()
        guard case .function(let function)? = instance.export("f"), let trap = trap(of: function, [.i32(-1)]) else { return }
        #expect(trap.backtrace.count == 3)
        for frame in trap.backtrace { #expect(line(frame).hasPrefix("function ")) }
    }
}
