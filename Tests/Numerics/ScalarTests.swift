// The scalar instructions: exact at the edges, and equal to the standard library's rounding on random bit patterns.
import Testing
import WasmNumerics

@Suite struct ScalarTests {
    /// Same bits, or both the canonical NaN.
    func expectBits(_ actual: Double, _ expected: Double, _ input: Double) {
        let wanted = expected.isNaN ? Double.nan.bitPattern : expected.bitPattern
        #expect(actual.bitPattern == wanted, "input bits \(String(input.bitPattern, radix: 16))")
    }

    func expectBits(_ actual: Float, _ expected: Float, _ input: Float) {
        let wanted = expected.isNaN ? Float.nan.bitPattern : expected.bitPattern
        #expect(actual.bitPattern == wanted, "input bits \(String(input.bitPattern, radix: 16))")
    }

    @Test func f64_rounding_agreesWithTheStandardLibraryBitForBit() {
        for x in interestingDoubles(randomCount: 2000, seed: 1) {
            expectBits(F64.nearest(x), x.rounded(.toNearestOrEven), x)
            expectBits(F64.floor(x), x.rounded(.down), x)
            expectBits(F64.ceil(x), x.rounded(.up), x)
            expectBits(F64.trunc(x), x.rounded(.towardZero), x)
            expectBits(F64.sqrt(x), x.squareRoot(), x)
        }
    }

    @Test func f32_rounding_agreesWithTheStandardLibraryBitForBit() {
        for x in interestingFloats(randomCount: 2000, seed: 2) {
            expectBits(F32.nearest(x), x.rounded(.toNearestOrEven), x)
            expectBits(F32.floor(x), x.rounded(.down), x)
            expectBits(F32.ceil(x), x.rounded(.up), x)
            expectBits(F32.trunc(x), x.rounded(.towardZero), x)
            expectBits(F32.sqrt(x), x.squareRoot(), x)
        }
    }

    @Test func minAndMax_orderZerosAndSpreadNaN() {
        #expect(F64.min(0, -0.0).sign == .minus)
        #expect(F64.min(-0.0, 0).sign == .minus)
        #expect(F64.max(0, -0.0).sign == .plus)
        #expect(F64.max(-0.0, 0).sign == .plus)
        #expect(F64.max(-0.0, -0.0).sign == .minus)
        #expect(F64.min(1, .nan).bitPattern == Double.nan.bitPattern)
        #expect(F64.max(.signalingNaN, 1).bitPattern == Double.nan.bitPattern)
        #expect(F32.min(-.infinity, 3) == -.infinity)
        #expect(F32.max(2, 3) == 3)
    }

    @Test func arithmetic_producesOnlyTheCanonicalNaN() {
        let odd = Double(bitPattern: 0xFFF8_0000_0000_1234)
        #expect(F64.add(odd, 1).bitPattern == 0x7FF8_0000_0000_0000)
        #expect(F64.div(0, 0).bitPattern == 0x7FF8_0000_0000_0000)
        #expect(F64.sub(.infinity, .infinity).bitPattern == 0x7FF8_0000_0000_0000)
        #expect(F32.mul(0, .infinity).bitPattern == 0x7FC0_0000)
        #expect(F32.demoteF64(odd).bitPattern == 0x7FC0_0000)
        #expect(F64.promoteF32(Float(bitPattern: 0xFFA0_0001)).bitPattern == 0x7FF8_0000_0000_0000)
        #expect(F32.sqrt(-1).bitPattern == 0x7FC0_0000)
    }

    @Test func signOperations_keepTheBitsOfANaN() {
        let odd = Double(bitPattern: 0x7FF0_0000_0000_1234)
        #expect(F64.neg(odd).bitPattern == 0xFFF0_0000_0000_1234)
        #expect(F64.abs(F64.neg(odd)).bitPattern == odd.bitPattern)
        #expect(F64.copysign(odd, -1).bitPattern == 0xFFF0_0000_0000_1234)
        #expect(F32.neg(Float(bitPattern: 0x7F80_0001)).bitPattern == 0xFF80_0001)
    }

    /// The exact conversion by the standard library's rounding, or the fault.
    func reference<Integer: FixedWidthInteger>(_ x: Double, _: Integer.Type) -> Result<Integer, NumericFault> {
        if x.isNaN { return .failure(.badConversionToInteger) }
        guard let exact = Integer(exactly: x.rounded(.towardZero)) else { return .failure(.integerOverflow) }
        return .success(exact)
    }

    func saturated<Integer: FixedWidthInteger>(_ x: Double, _ type: Integer.Type) -> Integer {
        switch reference(x, type) {
        case .success(let value): value
        case .failure(.badConversionToInteger): 0
        default: x < 0 ? Integer.min : Integer.max
        }
    }

    @Test func truncations_trapExactlyWhereTheResultDoesNotFit() {
        for x in interestingDoubles(randomCount: 2000, seed: 3) {
            let c = Comment(rawValue: "\(x)")
            #expect(Result { () throws(NumericFault) in Int32(bitPattern: try I32.truncF64S(x)) } == reference(x, Int32.self), c)
            #expect(Result { () throws(NumericFault) in try I32.truncF64U(x) } == reference(x, UInt32.self), c)
            #expect(Result { () throws(NumericFault) in Int64(bitPattern: try I64.truncF64S(x)) } == reference(x, Int64.self), c)
            #expect(Result { () throws(NumericFault) in try I64.truncF64U(x) } == reference(x, UInt64.self), c)
            #expect(Int32(bitPattern: I32.truncSatF64S(x)) == saturated(x, Int32.self), c)
            #expect(I32.truncSatF64U(x) == saturated(x, UInt32.self), c)
            #expect(Int64(bitPattern: I64.truncSatF64S(x)) == saturated(x, Int64.self), c)
            #expect(I64.truncSatF64U(x) == saturated(x, UInt64.self), c)
        }
        for x in interestingFloats(randomCount: 2000, seed: 4) {
            let wide = Double(x)
            let c = Comment(rawValue: "\(x)")
            #expect(Result { () throws(NumericFault) in Int32(bitPattern: try I32.truncF32S(x)) } == reference(wide, Int32.self), c)
            #expect(Result { () throws(NumericFault) in try I32.truncF32U(x) } == reference(wide, UInt32.self), c)
            #expect(Result { () throws(NumericFault) in Int64(bitPattern: try I64.truncF32S(x)) } == reference(wide, Int64.self), c)
            #expect(Result { () throws(NumericFault) in try I64.truncF32U(x) } == reference(wide, UInt64.self), c)
            #expect(Int32(bitPattern: I32.truncSatF32S(x)) == saturated(wide, Int32.self), c)
            #expect(I32.truncSatF32U(x) == saturated(wide, UInt32.self), c)
            #expect(Int64(bitPattern: I64.truncSatF32S(x)) == saturated(wide, Int64.self), c)
            #expect(I64.truncSatF32U(x) == saturated(wide, UInt64.self), c)
        }
    }

    @Test func division_failsOnZeroAndOnTheOneQuotientThatDoesNotFit() throws {
        #expect(throws: NumericFault.integerDivisionByZero) { try I32.divS(1, 0) }
        #expect(throws: NumericFault.integerDivisionByZero) { try I32.divU(1, 0) }
        #expect(throws: NumericFault.integerDivisionByZero) { try I64.remS(1, 0) }
        #expect(throws: NumericFault.integerDivisionByZero) { try I64.remU(1, 0) }
        #expect(throws: NumericFault.integerOverflow) { try I32.divS(0x8000_0000, 0xFFFF_FFFF) }
        #expect(throws: NumericFault.integerOverflow) { try I64.divS(1 << 63, UInt64.max) }
        #expect(try I32.remS(0x8000_0000, 0xFFFF_FFFF) == 0)
        #expect(try I32.divS(UInt32(bitPattern: -7), 2) == UInt32(bitPattern: -3))
        #expect(try I32.remS(UInt32(bitPattern: -7), 2) == UInt32(bitPattern: -1))
        #expect(try I64.divU(UInt64.max, 2) == UInt64.max / 2)
    }

    @Test func shiftsAndRotates_takeTheCountModuloTheWidth() {
        #expect(I32.shl(1, 33) == 2)
        #expect(I32.shrS(0x8000_0000, 63) == 0xFFFF_FFFF)
        #expect(I32.shrU(0x8000_0000, 32) == 0x8000_0000)
        #expect(I32.rotl(0x8000_0001, 1) == 3)
        #expect(I32.rotl(0xABCD_9876, 32) == 0xABCD_9876)
        #expect(I32.rotr(1, 1) == 0x8000_0000)
        #expect(I64.rotl(0x8000_0000_0000_0001, 65) == 3)
        #expect(I64.shrS(1 << 63, 63) == UInt64.max)
    }

    @Test func countsAndExtensions() {
        #expect(I32.clz(0) == 32)
        #expect(I64.ctz(0) == 64)
        #expect(I64.clz(1) == 63)
        #expect(I32.popcnt(0xF0F0_F0F0) == 16)
        #expect(I32.extend8S(0x0000_0180) == 0xFFFF_FF80)
        #expect(I32.extend16S(0x0001_7FFF) == 0x7FFF)
        #expect(I64.extend32S(0x8000_0000) == 0xFFFF_FFFF_8000_0000)
        #expect(I64.extendI32U(0x8000_0000) == 0x8000_0000)
    }
}
