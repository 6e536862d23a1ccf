// The words of a manifest, in place: a cursor over the text, line by line and word by word, that copies nothing. The format: qemu/MANIFEST.md.

/// A word of the text, still as it is written there. It borrows the text's bytes.
struct ManifestWord {
    /// Between the quotes when it has them.
    fileprivate let written: UnsafeRawBufferPointer
    /// Whether a backslash begins an escape.
    fileprivate let hasEscapes: Bool
    /// Bytes it has once the escapes are read.
    let byteCount: Int

    /// Its bytes one by one.
    struct Bytes {
        fileprivate let written: UnsafeRawBufferPointer
        fileprivate let hasEscapes: Bool
        fileprivate var index = 0

        /// The next byte; nil at the end. The escapes were checked when the word was found.
        mutating func next() -> UInt8? {
            guard index < written.count else { return nil }
            let byte = written[index]
            index += 1
            guard hasEscapes, byte == UInt8(ascii: "\\") else { return byte }
            let escape = written[index]
            index += 1
            switch escape {
            case UInt8(ascii: "n"): return 0x0A
            case UInt8(ascii: "r"): return 0x0D
            case UInt8(ascii: "t"): return 0x09
            case UInt8(ascii: "x"):
                index += 2
                return ManifestCursor.hexadecimal(written[index - 2])! << 4 | ManifestCursor.hexadecimal(written[index - 1])!
            default: return escape
            }
        }
    }

    /// Its bytes from the first.
    var bytes: Bytes { Bytes(written: written, hasEscapes: hasEscapes) }

    var isEmpty: Bool { byteCount == 0 }

    /// The last byte.
    var last: UInt8? {
        var last: UInt8?
        var rest = bytes
        while let byte = rest.next() { last = byte }
        return last
    }

    func contains(_ wanted: UInt8) -> Bool {
        var rest = bytes
        while let byte = rest.next() { if byte == wanted { return true } }
        return false
    }

    func equals(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        var rest = bytes
        var index = 0
        while let byte = rest.next() {
            if byte != text.utf8Start[index] { return false }
            index += 1
        }
        return true
    }

    /// The first bytes of it, for an error's line.
    var shown: [UInt8] {
        var shown: [UInt8] = []
        var rest = bytes
        while let byte = rest.next() {
            if shown.count == ManifestLimits.shownByteCount {
                for _ in 0..<3 { shown.append(UInt8(ascii: ".")) }
                break
            }
            shown.append(byte)
        }
        return shown
    }
}

/// A place in the text.
struct ManifestCursor {
    private let text: UnsafeRawBufferPointer
    private var index = 0
    /// The line, from 1.
    private(set) var line = 1

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    /// An error on this line.
    func error(_ message: StaticString, _ word: [UInt8] = []) -> ManifestError { ManifestError(line: line, message: message, word: word) }

    /// Skips the rest of the line; false when it was the last.
    mutating func nextLine() throws(ManifestError) -> Bool {
        while index < text.count, text[index] != 0x0A { try advance() }
        guard index < text.count else { return false }
        try advance()
        line += 1
        return true
    }

    /// The next word of the line; nil at its end and before a comment.
    mutating func nextWord() throws(ManifestError) -> ManifestWord? {
        while index < text.count, text[index] == 0x20 || text[index] == 0x09 { try advance() }
        if isAtLineEnd || text[index] == UInt8(ascii: "#") { return nil }
        return text[index] == UInt8(ascii: "\"") ? try quoted() : try bare()
    }

    private var isAtLineEnd: Bool {
        guard index < text.count, text[index] != 0x0A else { return true }
        return text[index] == 0x0D && (index + 1 == text.count || text[index + 1] == 0x0A)
    }

    private mutating func advance() throws(ManifestError) {
        index += 1
        if index > ManifestLimits.byteCount { throw error("the text is too long; a manifest has at most 8M") }
    }

    private func word(from start: Int, _ byteCount: Int, hasEscapes: Bool) -> ManifestWord {
        ManifestWord(written: UnsafeRawBufferPointer(rebasing: text[start..<index]), hasEscapes: hasEscapes, byteCount: byteCount)
    }

    private func checkLength(_ byteCount: Int, from start: Int) throws(ManifestError) {
        guard byteCount > ManifestLimits.wordByteCount else { return }
        throw error("a word has at most 128K", word(from: start, byteCount, hasEscapes: false).shown)
    }

    private mutating func bare() throws(ManifestError) -> ManifestWord {
        let start = index
        while !isAtLineEnd, text[index] != 0x20, text[index] != 0x09 {
            let soFar = word(from: start, index - start, hasEscapes: false)
            if text[index] == UInt8(ascii: "\"") { throw error("a quote inside a word; quote the whole word", soFar.shown) }
            if text[index] == 0 { throw error("a NUL byte", soFar.shown) }
            try advance()
            try checkLength(index - start, from: start)
        }
        return word(from: start, index - start, hasEscapes: false)
    }

    private mutating func quoted() throws(ManifestError) -> ManifestWord {
        try advance()
        let start = index
        var byteCount = 0
        var hasEscapes = false
        while true {
            let soFar = word(from: start, byteCount, hasEscapes: hasEscapes)
            if isAtLineEnd { throw error("this quoted word is not closed", soFar.shown) }
            var byte = text[index]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                byte = try escape(soFar)
                hasEscapes = true
            }
            guard byte != 0 else { throw error("a NUL byte", soFar.shown) }
            try advance()
            byteCount += 1
            try checkLength(byteCount, from: start)
        }
        let found = word(from: start, byteCount, hasEscapes: hasEscapes)
        try advance()
        guard isAtLineEnd || text[index] == 0x20 || text[index] == 0x09 else {
            throw error("a blank must follow a quoted word", found.shown)
        }
        return found
    }

    /// The byte of the escape that begins here; moves to its last byte.
    private mutating func escape(_ soFar: ManifestWord) throws(ManifestError) -> UInt8 {
        try advance()
        guard !isAtLineEnd else { throw error("this quoted word is not closed", soFar.shown) }
        switch text[index] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return text[index]
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): return 0x0A
        case UInt8(ascii: "x"):
            guard index + 2 < text.count, let high = ManifestCursor.hexadecimal(text[index + 1]),
                let low = ManifestCursor.hexadecimal(text[index + 2])
            else { throw error("\\x needs two hexadecimal digits", soFar.shown) }
            try advance()
            try advance()
            return high << 4 | low
        default: throw error("unknown escape; there are \\\" \\\\ \\n \\r \\t \\xHH", [text[index]])
        }
    }

    fileprivate static func hexadecimal(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 65...70: digit - 55
        case 97...102: digit - 87
        default: nil
        }
    }
}
