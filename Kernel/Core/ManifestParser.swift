// The parser of the init manifest: lines of words to a `Manifest`, each error with its line. Owns a cursor over bytes of the caller's.
// The format: qemu/MANIFEST.md.

/// Reads a manifest.
public struct ManifestParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var line = 0
    private var manifest = Manifest()

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The manifest in `bytes`.
    public static func parse(_ bytes: UnsafeRawBufferPointer) throws(ManifestError) -> Manifest {
        var parser = ManifestParser(bytes)
        while parser.position < bytes.count {
            parser.line += 1
            let words = try parser.nextLine()
            if !words.isEmpty { try parser.take(words) }
        }
        try parser.manifest.check()
        return parser.manifest
    }

    func error(_ message: StaticString, _ word: [UInt8] = []) -> ManifestError {
        ManifestError(line: line, message: message, word: word)
    }

    // MARK: Words

    private mutating func nextLine() throws(ManifestError) -> [[UInt8]] {
        var end = position
        while end < bytes.count && bytes[end] != 0x0A { end += 1 }
        let next = end + 1
        if end > position && bytes[end - 1] == 0x0D { end -= 1 }
        var words: [[UInt8]] = []
        var index = position
        position = next
        while index < end {
            let byte = bytes[index]
            if byte == 0x20 || byte == 0x09 {
                index += 1
            } else if byte == UInt8(ascii: "#") {
                break
            } else if byte == UInt8(ascii: "\"") {
                words.append(try quoted(&index, end))
            } else {
                var word: [UInt8] = []
                while index < end, bytes[index] != 0x20, bytes[index] != 0x09 {
                    if bytes[index] == UInt8(ascii: "\"") { throw error("a quote inside a word; quote the whole word", word) }
                    if bytes[index] == 0 { throw error("a NUL byte", word) }
                    word.append(bytes[index])
                    index += 1
                }
                words.append(word)
            }
        }
        return words
    }

    private func quoted(_ index: inout Int, _ end: Int) throws(ManifestError) -> [UInt8] {
        var word: [UInt8] = []
        index += 1
        while true {
            guard index < end else { throw error("this quoted word is not closed", word) }
            var byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                guard index < end else { throw error("this quoted word is not closed", word) }
                byte = bytes[index]
                index += 1
                switch byte {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): break
                case UInt8(ascii: "n"): byte = 0x0A
                case UInt8(ascii: "r"): byte = 0x0D
                case UInt8(ascii: "t"): byte = 0x09
                case UInt8(ascii: "x"):
                    guard index + 1 < end, let high = hexadecimal(bytes[index]), let low = hexadecimal(bytes[index + 1]) else {
                        throw error("\\x needs two hexadecimal digits", word)
                    }
                    byte = high << 4 | low
                    index += 2
                default: throw error("unknown escape; there are \\\" \\\\ \\n \\r \\t \\xHH", [byte])
                }
            }
            guard byte != 0 else { throw error("a NUL byte", word) }
            word.append(byte)
        }
        guard index == end || bytes[index] == 0x20 || bytes[index] == 0x09 else {
            throw error("a blank must follow a quoted word", word)
        }
        return word
    }

    private func hexadecimal(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 65...70: digit - 55
        case 97...102: digit - 87
        default: nil
        }
    }

    // MARK: Statements

    func equals(_ word: [UInt8], _ text: StaticString) -> Bool {
        guard word.count == text.utf8CodeUnitCount else { return false }
        for index in 0..<word.count where word[index] != text.utf8Start[index] { return false }
        return true
    }

    private mutating func take(_ words: [[UInt8]]) throws(ManifestError) {
        if equals(words[0], "program") {
            guard words.count == 3 else { throw error("program takes a name and the path of an image") }
            for byte in words[1] where byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
                throw error("a program's name has no blanks", words[1])
            }
            guard !words[1].isEmpty, !words[2].isEmpty else { throw error("program takes a name and the path of an image") }
            guard manifest.program(named: words[1]) == nil else { throw error("there is a program of this name already", words[1]) }
            manifest.programs.append(ManifestProgram(line: line, name: words[1], path: words[2]))
        } else if manifest.programs.isEmpty {
            try takeSystem(words)
        } else {
            var program = manifest.programs.removeLast()
            try takeProgram(words, &program)
            manifest.programs.append(program)
        }
    }

    private mutating func takeSystem(_ words: [[UInt8]]) throws(ManifestError) {
        if equals(words[0], "log") {
            let levels: [(StaticString, ManifestLogLevel)] = [
                ("error", .error), ("warning", .warning), ("info", .info), ("debug", .debug), ("trace", .trace),
            ]
            let word = try single(words, "log takes error, warning, info, debug or trace")
            for (name, level) in levels where equals(word, name) {
                manifest.logLevel = level
                return
            }
            throw error("log takes error, warning, info, debug or trace", word)
        } else if equals(words[0], "deterministic") {
            manifest.deterministicSeed = try number(try single(words, "deterministic takes a seed"), "the seed is no decimal number")
        } else if equals(words[0], "slice") {
            let value = try number(try single(words, "slice takes milliseconds"), "slice takes milliseconds")
            guard value >= 1, value <= 10_000 else { throw error("a slice has 1 to 10000 milliseconds", words[1]) }
            manifest.sliceNanoseconds = value * 1_000_000
        } else if equals(words[0], "shell") {
            guard words.count == 1 else { throw error("shell takes nothing") }
            manifest.startsShell = true
        } else if isProgramStatement(words[0]) {
            throw error("this statement belongs to a program; begin one with: program NAME PATH", words[0])
        } else {
            throw error("unknown statement", words[0])
        }
    }

    private func isProgramStatement(_ word: [UInt8]) -> Bool {
        let names: [StaticString] = [
            "argv0", "argument", "environment", "directory", "invoke", "limit", "stdin", "stdout", "stderr", "terminal", "priority",
            "restart", "after", "trace", "profile", "statistics",
        ]
        for name in names where equals(word, name) { return true }
        return false
    }

    private func takeProgram(_ words: [[UInt8]], _ program: inout ManifestProgram) throws(ManifestError) {
        let statement = words[0]
        let rest = Array(words[1...])
        if equals(statement, "argv0") {
            program.argument0 = try single(words, "argv0 takes one word")
        } else if equals(statement, "argument") {
            guard !rest.isEmpty else { throw error("argument takes words") }
            program.arguments.append(contentsOf: rest)
        } else if equals(statement, "environment") {
            guard !rest.isEmpty else { throw error("environment takes NAME=VALUE") }
            for word in rest {
                guard let first = word.first, first != UInt8(ascii: "="), word.contains(UInt8(ascii: "=")) else {
                    throw error("environment takes NAME=VALUE", word)
                }
                program.environment.append(word)
            }
        } else if equals(statement, "directory") {
            program.directories.append(try directory(rest))
        } else if equals(statement, "invoke") {
            program.invoke = try single(words, "invoke takes the name of an export")
        } else if equals(statement, "limit") {
            try takeLimit(rest, &program.limits)
        } else if equals(statement, "stdin") {
            program.streams[0] = try stream(rest)
        } else if equals(statement, "stdout") {
            program.streams[1] = try stream(rest)
        } else if equals(statement, "stderr") {
            program.streams[2] = try stream(rest)
        } else if equals(statement, "terminal") {
            var terminals = program.terminals ?? [false, false, false]
            for word in rest {
                if equals(word, "stdin") {
                    terminals[0] = true
                } else if equals(word, "stdout") {
                    terminals[1] = true
                } else if equals(word, "stderr") {
                    terminals[2] = true
                } else {
                    throw error("terminal takes stdin, stdout, stderr", word)
                }
            }
            program.terminals = terminals
        } else if equals(statement, "priority") {
            program.priority = try priority(try single(words, "priority takes low, normal, high or 0, 1, 2"))
        } else if equals(statement, "restart") {
            let word = try single(words, "restart takes never, on-failure or always")
            if equals(word, "never") {
                program.restart = .never
            } else if equals(word, "on-failure") {
                program.restart = .onFailure
            } else if equals(word, "always") {
                program.restart = .always
            } else {
                throw error("restart takes never, on-failure or always", word)
            }
        } else if equals(statement, "after") {
            guard !rest.isEmpty else { throw error("after takes the name of a program") }
            program.after.append(contentsOf: rest)
        } else if equals(statement, "trace") {
            guard rest.isEmpty else { throw error("trace takes nothing") }
            program.isTraced = true
        } else if equals(statement, "profile") {
            guard rest.isEmpty else { throw error("profile takes nothing") }
            program.isProfiled = true
        } else if equals(statement, "statistics") {
            guard rest.isEmpty else { throw error("statistics takes nothing") }
            program.showsStatistics = true
        } else if equals(statement, "log") || equals(statement, "deterministic") || equals(statement, "slice") || equals(statement, "shell")
        {
            throw error("this statement belongs before the first program", statement)
        } else {
            throw error("unknown statement", statement)
        }
    }

    private func single(_ words: [[UInt8]], _ message: StaticString) throws(ManifestError) -> [UInt8] {
        guard words.count == 2 else { throw error(message) }
        return words[1]
    }

    private func priority(_ word: [UInt8]) throws(ManifestError) -> SchedulingPriority {
        if equals(word, "low") || equals(word, "0") { return .low }
        if equals(word, "normal") || equals(word, "1") { return .normal }
        if equals(word, "high") || equals(word, "2") { return .high }
        throw error("priority takes low, normal, high or 0, 1, 2", word)
    }

    private func directory(_ words: [[UInt8]]) throws(ManifestError) -> ManifestDirectory {
        guard words.count == 2 || words.count == 3 else { throw error("directory takes a source, a guest name and a mode") }
        guard !words[0].isEmpty, !words[1].isEmpty else { throw error("directory takes a source, a guest name and a mode") }
        var mode = ManifestDirectory.Mode.privateLayer
        if words.count == 3 {
            if equals(words[2], "read-only") {
                mode = .readOnly
            } else if equals(words[2], "private") {
                mode = .privateLayer
            } else if equals(words[2], "shared") {
                mode = .sharedLayer
            } else if equals(words[2], "saved") {
                mode = .savedLayer
            } else {
                throw error("a directory is read-only, private, shared or saved", words[2])
            }
        }
        return ManifestDirectory(source: words[0], guest: words[1], mode: mode)
    }

    private func stream(_ words: [[UInt8]]) throws(ManifestError) -> ManifestStream {
        guard let kind = words.first else { throw error("a stream is console, null, file PATH or pipe NAME") }
        if equals(kind, "console") && words.count == 1 { return .console }
        if equals(kind, "null") && words.count == 1 { return .null }
        if equals(kind, "file") && words.count == 2 { return .file(path: words[1]) }
        if equals(kind, "pipe") && words.count == 2 { return .pipe(name: words[1]) }
        throw error("a stream is console, null, file PATH or pipe NAME", kind)
    }
}
