// Limits, numbers, sizes and times of a manifest.

extension ManifestParser {
    func takeLimit(_ words: [[UInt8]], _ limits: inout ProcessLimits) throws(ManifestError) {
        guard words.count == 2 else { throw error("limit takes what and an amount") }
        let what = words[0]
        if equals(what, "memory") {
            limits.memoryByteCount = try size(words[1])
        } else if equals(what, "pages") {
            limits.pageByteCount = try size(words[1])
        } else if equals(what, "table-elements") {
            limits.tableElementCount = try size(words[1])
        } else if equals(what, "call-depth") {
            limits.callDepth = try size(words[1])
        } else if equals(what, "open-files") {
            limits.openFileCount = try size(words[1])
        } else if equals(what, "file-bytes") {
            limits.fileByteCount = try size(words[1])
        } else if equals(what, "fuel") {
            limits.fuel = try size(words[1])
        } else if equals(what, "processor-time") {
            limits.processorNanoseconds = try duration(words[1])
        } else if equals(what, "wall-time") {
            limits.wallNanoseconds = try duration(words[1])
        } else {
            throw error("unknown limit", what)
        }
    }

    func number(_ word: [UInt8], _ message: StaticString) throws(ManifestError) -> UInt64 {
        guard !word.isEmpty else { throw error(message, word) }
        var value: UInt64 = 0
        for byte in word {
            guard byte >= 48 && byte <= 57 else { throw error(message, word) }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - 48))
            guard !overflow, !carry else { throw error("this number is too large", word) }
            value = sum
        }
        return value
    }

    /// A decimal number with K, M or G; `none` is the largest number.
    func size(_ word: [UInt8]) throws(ManifestError) -> UInt64 {
        if equals(word, "none") { return .max }
        var digits = word
        var shift: UInt64 = 0
        switch word.last {
        case UInt8(ascii: "K"): shift = 10
        case UInt8(ascii: "M"): shift = 20
        case UInt8(ascii: "G"): shift = 30
        default: break
        }
        if shift > 0 { digits.removeLast() }
        let value = try number(digits, "an amount is a decimal number with K, M or G, or none")
        guard value <= UInt64.max >> shift else { throw error("this number is too large", word) }
        return value << shift
    }

    /// Decimal seconds with a fraction; `none` is no limit.
    func duration(_ word: [UInt8]) throws(ManifestError) -> UInt64 {
        if equals(word, "none") { return .max }
        let message: StaticString = "a time is decimal seconds, such as 30 or 0.5"
        var whole: [UInt8] = []
        var fraction: [UInt8] = []
        var isFraction = false
        for byte in word {
            if byte == UInt8(ascii: ".") && !isFraction {
                isFraction = true
            } else if isFraction {
                fraction.append(byte)
            } else {
                whole.append(byte)
            }
        }
        guard !isFraction || !fraction.isEmpty, fraction.count <= 9 else { throw error(message, word) }
        let seconds = try number(whole, message)
        guard seconds < 1_000_000_000 else { throw error("this number is too large", word) }
        var nanoseconds: UInt64 = 0
        if !fraction.isEmpty {
            while fraction.count < 9 { fraction.append(48) }
            nanoseconds = try number(fraction, message)
        }
        return seconds * 1_000_000_000 + nanoseconds
    }
}
