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

    /// Whether a word ends in these bytes.
    private static func ends(_ word: ManifestWord, in suffix: StaticString) -> Bool {
        let count = suffix.utf8CodeUnitCount
        guard word.byteCount >= count else { return false }
        var bytes = word.bytes
        for _ in 0..<(word.byteCount - count) { _ = bytes.next() }
        for index in 0..<count where bytes.next() != suffix.utf8Start[index] { return false }
        return true
    }

    /// A decimal number with K, M or G, or KiB, MiB or GiB; `none` is the largest number.
    static func size(_ word: ManifestWord) throws(Fault) -> UInt64 {
        if word.equals("none") { return .max }
        let units: [6 of StaticString] = ["K", "M", "G", "KiB", "MiB", "GiB"]
        var shift: UInt64 = 0
        var unitByteCount = 0
        for index in units.indices where ends(word, in: units[index]) {
            shift = UInt64(10 * (index % 3 + 1))
            unitByteCount = units[index].utf8CodeUnitCount
        }
        let value = try number(word, from: 0, count: word.byteCount - unitByteCount)
        guard value <= UInt64.max >> shift else { throw .tooLarge }
        return value << shift
    }

    /// Decimal seconds, or a decimal number with ms, s, m or h, with at most nine digits of a fraction, as nanoseconds; `none` is no limit.
    static func duration(_ word: ManifestWord) throws(Fault) -> UInt64 {
        if word.equals("none") { return .max }
        let units: [4 of StaticString] = ["s", "m", "h", "ms"]
        let factors: [4 of UInt64] = [1, 60, 3600, 1]
        var factor: UInt64 = 1
        var unitByteCount = 0
        for index in units.indices where ends(word, in: units[index]) {
            factor = factors[index]
            unitByteCount = units[index].utf8CodeUnitCount
        }
        let isMilliseconds = unitByteCount == 2
        let byteCount = word.byteCount - unitByteCount
        var wholeCount = 0
        var bytes = word.bytes
        while wholeCount < byteCount, let byte = bytes.next(), byte != UInt8(ascii: ".") { wholeCount += 1 }
        let fractionCount = max(0, byteCount - wholeCount - 1)
        guard wholeCount == byteCount || fractionCount > 0, fractionCount <= 9 else { throw .malformed }
        var nanoseconds: UInt64 = 0
        if fractionCount > 0 {
            nanoseconds = try number(word, from: wholeCount + 1, count: fractionCount)
            for _ in fractionCount..<9 { nanoseconds *= 10 }
        }
        let whole = try number(word, from: 0, count: wholeCount)
        // 31 years; twice as many nanoseconds still fit 64 bits, so that a deadline cannot overflow.
        guard whole < 1_000_000_000 else { throw .tooLarge }
        let one = whole * 1_000_000_000 + nanoseconds
        if isMilliseconds { return one / 1000 }
        let (product, overflow) = one.multipliedReportingOverflow(by: factor)
        guard !overflow, product < 1_000_000_000_000_000_000 else { throw .tooLarge }
        return product
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
            throw amountError(error, "an amount is a decimal number with K, M or G (KiB, MiB, GiB), or none", word)
        }
    }

    private func duration(_ word: ManifestWord) throws(ManifestError) -> UInt64 {
        do throws(ManifestAmount.Fault) { return try ManifestAmount.duration(word) } catch {
            throw amountError(error, "a time is decimal seconds, such as 30 or 0.5, or a number with ms, s, m or h", word)
        }
    }

    private func amountError(_ fault: ManifestAmount.Fault, _ message: StaticString, _ word: ManifestWord) -> ManifestError {
        error(fault == .tooLarge ? "this number is too large" : message, word)
    }
}
