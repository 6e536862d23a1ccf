// Numbers, sizes and times as a manifest writes them. What is wrong with one is said about the word as it was written.

/// Reads amounts.
enum ManifestAmount {
    /// Why a word is no amount.
    enum Fault: Error {
        case malformed
        case tooLarge
    }

    /// A decimal number of the word's first `count` bytes after `start`.
    private static func number(_ word: ManifestWord, from start: Int, count: Int) throws(Fault) -> UInt64 {
        guard count > 0 else { throw .malformed }
        var bytes = word.bytes
        for _ in 0..<start { _ = bytes.next() }
        var value: UInt64 = 0
        var isTooLarge = false
        for _ in 0..<count {
            guard let byte = bytes.next(), byte >= 48, byte <= 57 else { throw .malformed }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - 48))
            // A word that is no number at all is that first, however long it is.
            if overflow || carry { isTooLarge = true }
            value = sum
        }
        guard !isTooLarge else { throw .tooLarge }
        return value
    }

    /// A decimal number.
    static func number(_ word: ManifestWord) throws(Fault) -> UInt64 { try number(word, from: 0, count: word.byteCount) }

    /// A decimal number with K, M or G; `none` is the largest number.
    static func size(_ word: ManifestWord) throws(Fault) -> UInt64 {
        if word.equals("none") { return .max }
        let shift: UInt64 =
            switch word.last {
            case UInt8(ascii: "K"): 10
            case UInt8(ascii: "M"): 20
            case UInt8(ascii: "G"): 30
            default: 0
            }
        let value = try number(word, from: 0, count: word.byteCount - (shift > 0 ? 1 : 0))
        guard value <= UInt64.max >> shift else { throw .tooLarge }
        return value << shift
    }

    /// Decimal seconds with at most nine digits of a fraction, as nanoseconds; `none` is no limit.
    static func duration(_ word: ManifestWord) throws(Fault) -> UInt64 {
        if word.equals("none") { return .max }
        var wholeCount = 0
        var bytes = word.bytes
        while let byte = bytes.next(), byte != UInt8(ascii: ".") { wholeCount += 1 }
        let fractionCount = max(0, word.byteCount - wholeCount - 1)
        guard wholeCount == word.byteCount || fractionCount > 0, fractionCount <= 9 else { throw .malformed }
        var nanoseconds: UInt64 = 0
        if fractionCount > 0 {
            nanoseconds = try number(word, from: wholeCount + 1, count: fractionCount)
            for _ in fractionCount..<9 { nanoseconds *= 10 }
        }
        let seconds = try number(word, from: 0, count: wholeCount)
        // 31 years; twice as many nanoseconds still fit 64 bits, so that a deadline cannot overflow.
        guard seconds < 1_000_000_000 else { throw .tooLarge }
        return seconds * 1_000_000_000 + nanoseconds
    }
}

extension ManifestParser {
    func takeLimit(_ what: ManifestWord, _ amount: ManifestWord, _ limits: inout ProcessLimits) throws(ManifestError) {
        if what.equals("memory") {
            limits.memoryByteCount = try size(amount)
        } else if what.equals("pages") {
            let byteCount = try size(amount)
            guard byteCount >= ManifestLimits.smallestPageByteCount else {
                throw error("no process can begin with less than 128K of pages", amount)
            }
            limits.pageByteCount = byteCount
        } else if what.equals("table-elements") {
            limits.tableElementCount = try size(amount)
        } else if what.equals("call-depth") {
            limits.callDepth = try size(amount)
        } else if what.equals("open-files") {
            limits.openFileCount = try size(amount)
        } else if what.equals("file-bytes") {
            limits.fileByteCount = try size(amount)
        } else if what.equals("fuel") {
            limits.fuel = try size(amount)
        } else if what.equals("processor-time") {
            limits.processorNanoseconds = try duration(amount)
        } else if what.equals("wall-time") {
            limits.wallNanoseconds = try duration(amount)
        } else {
            throw error("unknown limit", what)
        }
    }

    func number(_ word: ManifestWord, _ message: StaticString) throws(ManifestError) -> UInt64 {
        do throws(ManifestAmount.Fault) { return try ManifestAmount.number(word) } catch { throw amountError(error, message, word) }
    }

    private func size(_ word: ManifestWord) throws(ManifestError) -> UInt64 {
        do throws(ManifestAmount.Fault) { return try ManifestAmount.size(word) } catch {
            throw amountError(error, "an amount is a decimal number with K, M or G, or none", word)
        }
    }

    private func duration(_ word: ManifestWord) throws(ManifestError) -> UInt64 {
        do throws(ManifestAmount.Fault) { return try ManifestAmount.duration(word) } catch {
            throw amountError(error, "a time is decimal seconds, such as 30 or 0.5", word)
        }
    }

    private func amountError(_ fault: ManifestAmount.Fault, _ message: StaticString, _ word: ManifestWord) -> ManifestError {
        error(fault == .tooLarge ? "this number is too large" : message, word)
    }
}
