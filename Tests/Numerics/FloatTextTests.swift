// Floats as text: exact at the hard cases, and there and back for random bits. The C library and Swift's own printer are the judges.
import Glibc
import Testing
import WasmNumerics

@Suite struct FloatTextTests {
    func parse64(_ text: String) throws -> UInt64 {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { try FloatParser.float64Bits($0) }
    }

    func parse32(_ text: String) throws -> UInt32 {
        let bytes = Array(text.utf8)
        return try bytes.withUnsafeBytes { try FloatParser.float32Bits($0) }
    }

    func print64(_ bits: UInt64) -> String {
        var text: [UInt8] = []
        FloatPrinter.print(float64Bits: bits, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    func print32(_ bits: UInt32) -> String {
        var text: [UInt8] = []
        FloatPrinter.print(float32Bits: bits, into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: [
        "0", "-0", "1", "1.", "0.1", "1e23", "8.5e22", "9007199254740993", "9007199254740992.9999999999", "2.2250738585072011e-308",
        "2.2250738585072014e-308", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623157e308",
        "179769313486231580793728971405301e276", "0.000001", "123456789012345678901234567890", "1e-400", "-3.14159265358979", "1e-22",
        "0x1.8p1", "0x.8p0", "-0x1p-1074", "0x1.00000000000008p0", "0x1.000000000000080000000000000001p0", "0x1.fffffffffffff7p1023",
        "0xABCDEF0123456789abcdefp-20", "5e-324", "0.5e-323", "17976931348623157e292", "6.631236846766476e-316",
    ])
    func decimalAndHexadecimal_agreeWithTheCLibrary(_ text: String) throws {
        if text.hasPrefix("0x.") {
            #expect(throws: FloatTextFault.malformed) { try parse64(text) }
            return
        }
        #expect(try parse64(text) == strtod(text, nil).bitPattern)
        if abs(strtod(text, nil)) < 1e38 { #expect(try parse32(text) == strtof(text, nil).bitPattern) }
    }

    @Test func longDigitStrings_areStillRoundedExactly() throws {
        // The midpoint between 1 and the next double, then the same with one more digit far away.
        let midpoint = "1.00000000000000011102230246251565404236316680908203125"
        let zeros = String(repeating: "0", count: 2000)
        #expect(try parse64(midpoint) == 0x3FF0_0000_0000_0000)
        #expect(try parse64(midpoint + zeros) == 0x3FF0_0000_0000_0000)
        #expect(try parse64(midpoint + zeros + "1") == 0x3FF0_0000_0000_0001)
        #expect(try parse64("0." + zeros + "1e2001") == 1.0.bitPattern)
        #expect(try parse64("1" + zeros + "e-2000") == 1.0.bitPattern)
        #expect(try parse64("0e99999999999999999999") == 0)
    }

    @Test func float32_isRoundedOnce() throws {
        // Rounding to double first would land on the midpoint and then on the even neighbour.
        #expect(try parse32("1.00000005960464477539062500000000000000000001") == 0x3F80_0001)
        #expect(try parse32("0x1.00000100000000001p0") == 0x3F80_0001)
        #expect(try parse32("0x1.fffffefp127") == 0x7F7F_FFFF)
        #expect(throws: FloatTextFault.outOfRange) { try parse32("0x1.ffffffp127") }
        #expect(throws: FloatTextFault.outOfRange) { try parse32("340282356779733661637539395458142568448") }
    }

    @Test func underscores_standOnlyBetweenDigits() throws {
        #expect(try parse64("1_0.0_1e1_0") == 10.01e10.bitPattern)
        #expect(try parse64("0x1_f.f_fp0_1") == strtod("0x1f.ffp1", nil).bitPattern)
        let malformed = [
            "_1", "1_", "1__0", "1_.0", "1._0", "1e_1", "0x_1", "", "+", ".", ".5", "1e", "1e+", "0x", "nan:", "nan:0x", "nan:1",
            "infinity",
            "1.5f", "0x1p",
        ]
        for text in malformed {
            #expect(throws: FloatTextFault.malformed, "\(text)") { try parse64(text) }
        }
    }

    @Test func nanAndInfinity() throws {
        #expect(try parse64("nan") == 0x7FF8_0000_0000_0000)
        #expect(try parse64("-nan") == 0xFFF8_0000_0000_0000)
        #expect(try parse64("nan:0x123") == 0x7FF0_0000_0000_0123)
        #expect(try parse64("+inf") == 0x7FF0_0000_0000_0000)
        #expect(throws: FloatTextFault.outOfRange) { try parse64("nan:0x0") }
        #expect(throws: FloatTextFault.outOfRange) { try parse64("nan:0x10000000000000") }
        #expect(throws: FloatTextFault.outOfRange) { try parse32("nan:0x800000") }
        #expect(throws: FloatTextFault.outOfRange) { try parse64("1e309") }
        #expect(print64(0x7FF0_0000_0000_0123) == "nan:0x123")
        #expect(print64(0xFFF8_0000_0000_0000) == "-nan")
        #expect(print32(0xFF80_0000) == "-inf")
    }

    @Test func printing_isShortestAndReadsBack() throws {
        var random = RandomBits(seed: 7)
        var doubles = interestingDoubles(randomCount: 1500, seed: 8)
        for exponent in stride(from: 0, to: 2047, by: 13) { doubles.append(Double(bitPattern: UInt64(exponent) << 52)) }
        for number in doubles where number.isFinite {
            let text = print64(number.bitPattern)
            #expect(try parse64(text) == number.bitPattern, "\(text)")
            // Swift prints the shortest digits too; only the layout differs.
            #expect(significantDigits(text) == significantDigits("\(number)"), "\(text)")
        }
        for _ in 0..<1500 {
            let number = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
            guard number.isFinite else { continue }
            let text = print32(number.bitPattern)
            #expect(try parse32(text) == number.bitPattern, "\(text)")
            #expect(significantDigits(text) == significantDigits("\(number)"), "\(text)")
        }
    }

    /// The digits before the exponent, without point, sign, leading and trailing zeros.
    func significantDigits(_ text: String) -> [Character] {
        var digits = Array(text.prefix { $0 != "e" }).filter { $0 != "." && $0 != "-" }
        while digits.last == "0" { digits.removeLast() }
        return Array(digits.drop { $0 == "0" })
    }

    @Test func parsing_randomDecimals_agreesWithTheCLibrary() throws {
        var random = RandomBits(seed: 9)
        for _ in 0..<3000 {
            var text = String(random.next())
            if random.next() & 1 == 0 { text += "." + String(random.next()) }
            text += "e\(Int(random.next() % 640) - 350)"
            let expected = strtod(text, nil)
            if expected.isInfinite {
                #expect(throws: FloatTextFault.outOfRange, "\(text)") { try parse64(text) }
            } else {
                #expect(try parse64(text) == expected.bitPattern, "\(text)")
            }
        }
    }
}
