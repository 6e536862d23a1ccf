// One float literal: its grammar, and its exact value as bits of a format.
// Spec: WebAssembly core, 6.3.2 Floating-Point. Rounding: to nearest, ties to even, once.

/// A parsed float literal. Digits are kept as long as they can matter; what follows is remembered as "not zero".
struct FloatLiteral {
    enum Kind {
        case infinity
        case canonicalNaN
        case nan(payload: UInt64)
        /// digits * 10^exponent, the digits in `digits`.
        case decimal
        /// significand * 2^exponent, and more below if `isInexact`.
        case hexadecimal(significand: UInt64, exponent: Int, isInexact: Bool)
    }

    /// A double's midpoint between neighbours has at most 767 significant digits; past 800, only whether a digit is not zero matters.
    static var maximumDigitCount: Int { 800 }
    /// Exponents are clamped here: far beyond any format's range, far from overflow of `Int`.
    static var exponentLimit: Int { 1 << 40 }

    var isNegative = false
    var kind = Kind.decimal
    /// Decimal digits, values 0 to 9, without leading zeros.
    var digits: [UInt8] = []
    var decimalExponent = 0

    init(_ text: UnsafeRawBufferPointer) throws(FloatTextFault) {
        var cursor = TextCursor(text)
        if cursor.take(UInt8(ascii: "-")) { isNegative = true } else { _ = cursor.take(UInt8(ascii: "+")) }
        if cursor.takeAll("inf") {
            kind = .infinity
        } else if cursor.takeAll("nan") {
            kind = .canonicalNaN
            if cursor.takeAll(":0x") { kind = .nan(payload: try Self.payload(&cursor)) }
        } else if cursor.takeAll("0x") || cursor.takeAll("0X") {
            kind = try Self.hexadecimal(&cursor)
        } else {
            try parseDecimal(&cursor)
        }
        guard cursor.isAtEnd else { throw .malformed }
    }

    private static func payload(_ cursor: inout TextCursor) throws(FloatTextFault) -> UInt64 {
        var payload: UInt64 = 0
        var isTooWide = false
        try cursor.forEachDigit(radix: 16) { digit in
            if payload >> 60 != 0 { isTooWide = true }
            payload = payload << 4 | UInt64(digit)
        }
        if isTooWide { throw .outOfRange }
        return payload
    }

    private static func hexadecimal(_ cursor: inout TextCursor) throws(FloatTextFault) -> Kind {
        var significand: UInt64 = 0
        var exponent = 0
        var isInexact = false
        func append(_ digit: UInt8, isFraction: Bool) {
            if significand >> 60 == 0 {
                significand = significand << 4 | UInt64(digit)
                if isFraction { exponent -= 4 }
            } else {
                if digit != 0 { isInexact = true }
                if !isFraction { exponent += 4 }
            }
        }
        try cursor.forEachDigit(radix: 16) { append($0, isFraction: false) }
        if cursor.take(UInt8(ascii: ".")), cursor.isAtDigit(radix: 16) {
            try cursor.forEachDigit(radix: 16) { append($0, isFraction: true) }
        }
        if cursor.take(UInt8(ascii: "p")) || cursor.take(UInt8(ascii: "P")) { exponent += try Self.exponent(&cursor) }
        return .hexadecimal(significand: significand, exponent: exponent, isInexact: isInexact)
    }

    private static func exponent(_ cursor: inout TextCursor) throws(FloatTextFault) -> Int {
        var isNegative = false
        if cursor.take(UInt8(ascii: "-")) { isNegative = true } else { _ = cursor.take(UInt8(ascii: "+")) }
        var value = 0
        try cursor.forEachDigit(radix: 10) { digit in
            if value < exponentLimit { value = value * 10 + Int(digit) }
        }
        return isNegative ? -value : value
    }

    private mutating func parseDecimal(_ cursor: inout TextCursor) throws(FloatTextFault) {
        var digits: [UInt8] = []
        var exponent = 0
        var hasMore = false
        func append(_ digit: UInt8, isFraction: Bool) {
            if digits.isEmpty && digit == 0 {
                if isFraction { exponent -= 1 }
            } else if digits.count < Self.maximumDigitCount {
                digits.append(digit)
                if isFraction { exponent -= 1 }
            } else {
                if digit != 0 { hasMore = true }
                if !isFraction { exponent += 1 }
            }
        }
        try cursor.forEachDigit(radix: 10) { append($0, isFraction: false) }
        if cursor.take(UInt8(ascii: ".")), cursor.isAtDigit(radix: 10) {
            try cursor.forEachDigit(radix: 10) { append($0, isFraction: true) }
        }
        if cursor.take(UInt8(ascii: "e")) || cursor.take(UInt8(ascii: "E")) { exponent += try Self.exponent(&cursor) }
        if hasMore {
            // Stands for everything that was cut: it only has to say that the number lies above its first 800 digits.
            digits.append(1)
            exponent -= 1
        }
        self.digits = digits
        decimalExponent = exponent
    }

    /// The bits, sign included.
    func bits(of format: FloatFormat) throws(FloatTextFault) -> UInt64 {
        let magnitude: UInt64
        switch kind {
        case .infinity:
            magnitude = format.infinityBits
        case .canonicalNaN:
            magnitude = format.infinityBits | (1 << UInt64(format.fractionBitCount - 1))
        case .nan(let payload):
            guard payload != 0 && payload <= format.fractionMask else { throw .outOfRange }
            magnitude = format.infinityBits | payload
        case .hexadecimal(let significand, let exponent, let isInexact):
            magnitude = format.rounded(significand: significand, exponent: exponent, isInexact: isInexact)
            if magnitude == format.infinityBits { throw .outOfRange }
        case .decimal:
            magnitude = decimalBits(of: format)
            if magnitude == format.infinityBits { throw .outOfRange }
        }
        return isNegative ? magnitude | format.signBit : magnitude
    }

    private func decimalBits(of format: FloatFormat) -> UInt64 {
        guard !digits.isEmpty else { return 0 }
        // The number lies in [10^(top - 1), 10^top).
        let top = digits.count + decimalExponent
        if top > 310 { return format.infinityBits }
        if top < -330 { return 0 }
        if let quick = quickBits(of: format) { return quick }
        var numerator = Natural(0)
        for digit in digits { numerator.multiply(by: 10, adding: UInt32(digit)) }
        if decimalExponent >= 0 {
            numerator.multiply(byPowerOfTen: decimalExponent)
            let (bits, hasMore) = numerator.leadingBits()
            return format.rounded(significand: bits, exponent: numerator.bitWidth - 64, isInexact: hasMore)
        }
        // numerator / 10^n, scaled by a power of two so that the quotient has 63 or 64 bits: more than any format keeps.
        var denominator = Natural(1)
        denominator.multiply(byPowerOfTen: -decimalExponent)
        let scale = 63 - (numerator.bitWidth - denominator.bitWidth)
        if scale >= 0 { numerator.shiftLeft(by: scale) } else { denominator.shiftLeft(by: -scale) }
        let (quotient, isInexact) = numerator.divided(by: denominator)
        return format.rounded(significand: quotient, exponent: -scale, isInexact: isInexact)
    }

    /// The number when one exact multiplication or division of doubles gives it: at most 15 digits and a power of ten up to 22, or
    /// nothing. Only for binary64: the same for binary32 would round twice.
    private func quickBits(of format: FloatFormat) -> UInt64? {
        guard format.fractionBitCount == 52, digits.count <= 15, decimalExponent.magnitude <= 22 else { return nil }
        var whole: UInt64 = 0
        for digit in digits { whole = whole * 10 + UInt64(digit) }
        var power = 1.0
        for _ in 0..<decimalExponent.magnitude { power *= 10 }
        let value = decimalExponent < 0 ? Double(whole) / power : Double(whole) * power
        return value.bitPattern
    }
}

/// A position in a text of bytes.
struct TextCursor {
    private let text: UnsafeRawBufferPointer
    private var position = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    var isAtEnd: Bool { position == text.count }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func takeAll(_ word: StaticString) -> Bool {
        guard text.count - position >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where text[position + index] != word.utf8Start[index] { return false }
        position += word.utf8CodeUnitCount
        return true
    }

    private func digit(radix: UInt8) -> UInt8? {
        guard position < text.count else { return nil }
        let byte = text[position]
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f") where radix == 16: return byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F") where radix == 16: return byte - UInt8(ascii: "A") + 10
        default: return nil
        }
    }

    func isAtDigit(radix: UInt8) -> Bool { digit(radix: radix) != nil }

    /// Takes one or more digits, single underscores allowed between two of them.
    mutating func forEachDigit(radix: UInt8, _ body: (UInt8) -> Void) throws(FloatTextFault) {
        guard let first = digit(radix: radix) else { throw .malformed }
        body(first)
        position += 1
        while true {
            if let next = digit(radix: radix) {
                body(next)
                position += 1
            } else if position < text.count, text[position] == UInt8(ascii: "_") {
                position += 1
                guard isAtDigit(radix: radix) else { throw .malformed }
            } else {
                return
            }
        }
    }
}
