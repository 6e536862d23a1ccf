// The parser of the init manifest: lines of words to a `Manifest`, each error with its line. Owns a cursor over bytes of the caller's.
// Nothing is copied before it is known that it fits the bounds (ManifestLimits) and the memory it may take. The format: qemu/MANIFEST.md.

/// Reads a manifest.
public struct ManifestParser {
    private var cursor: ManifestCursor
    private var manifest = Manifest()
    /// Bytes of memory that may still be taken.
    private var room: Int
    private var directoryCount = 0

    private init(_ bytes: UnsafeRawBufferPointer, room: Int) {
        cursor = ManifestCursor(bytes)
        self.room = room
    }

    /// The manifest in `bytes`. It takes at most `memoryByteCount` bytes of memory, what the supervisor keeps about its programs included:
    /// the caller has seen that there are so many, since an array cannot say that it was refused.
    public static func parse(_ bytes: UnsafeRawBufferPointer, memoryByteCount: Int = .max) throws(ManifestError) -> Manifest {
        var parser = ManifestParser(bytes, room: memoryByteCount)
        repeat {
            if let statement = try parser.cursor.nextWord() { try parser.take(statement) }
        } while try parser.cursor.nextLine()
        try parser.manifest.resolve()
        return parser.manifest
    }

    func error(_ message: StaticString) -> ManifestError { cursor.error(message) }

    func error(_ message: StaticString, _ word: ManifestWord) -> ManifestError { cursor.error(message, word.shown) }

    // MARK: Words

    /// Counts memory that is about to be taken.
    private mutating func charge(_ byteCount: Int) throws(ManifestError) {
        guard byteCount <= room else { throw error("the machine has too little memory for a manifest of this size") }
        room -= byteCount
    }

    /// A word's own copy.
    private mutating func copy(_ word: ManifestWord) throws(ManifestError) -> [UInt8] {
        // The heap may round a large block up to twice its size.
        try charge(2 * word.byteCount + ManifestLimits.bytesBesideWord)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(word.byteCount)
        var rest = word.bytes
        while let byte = rest.next() { bytes.append(byte) }
        return bytes
    }

    /// A word that has to come.
    private mutating func required(_ message: StaticString) throws(ManifestError) -> ManifestWord {
        guard let word = try cursor.nextWord() else { throw error(message) }
        return word
    }

    /// No further word.
    private mutating func end(_ message: StaticString) throws(ManifestError) {
        guard try cursor.nextWord() == nil else { throw error(message) }
    }

    /// The one word of a statement.
    private mutating func single(_ message: StaticString) throws(ManifestError) -> ManifestWord {
        let word = try required(message)
        try end(message)
        return word
    }

    // MARK: Statements

    private mutating func take(_ statement: ManifestWord) throws(ManifestError) {
        if statement.equals("program") {
            try beginProgram()
        } else if statement.equals("save") {
            try takeWords("save takes directories of the initrd") { parser, word throws(ManifestError) in
                guard !word.isEmpty else { throw parser.error("save takes directories of the initrd") }
                try parser.noteSaved(try parser.copy(word))
            }
        } else if manifest.programs.isEmpty {
            try takeSystem(statement)
        } else {
            var program = manifest.programs.removeLast()
            try takeProgram(statement, &program)
            manifest.programs.append(program)
        }
    }

    private mutating func beginProgram() throws(ManifestError) {
        let message: StaticString = "program takes a name and the path of an image"
        let name = try required(message)
        let path = try required(message)
        try end(message)
        guard !name.contains(0x20), !name.contains(0x09), !name.contains(0x0A), !name.contains(0x0D) else {
            throw error("a program's name has no blanks", name)
        }
        guard !name.isEmpty, !path.isEmpty else { throw error(message) }
        guard manifest.programs.count < ManifestLimits.programCount else { throw error("a manifest has at most 4096 programs") }
        try charge(ManifestLimits.bytesBesideProgram)
        // The path's last part is the first argument when nothing is said.
        try charge(2 * path.byteCount + ManifestLimits.bytesBesideWord)
        manifest.programs.append(ManifestProgram(line: cursor.line, name: try copy(name), path: try copy(path)))
    }

    private mutating func takeSystem(_ statement: ManifestWord) throws(ManifestError) {
        if statement.equals("log") {
            let message: StaticString = "log takes error, warning, info, debug or trace"
            let word = try single(message)
            manifest.logLevel =
                if word.equals("error") {
                    .error
                } else if word.equals("warning") {
                    .warning
                } else if word.equals("info") {
                    .info
                } else if word.equals("debug") {
                    .debug
                } else if word.equals("trace") {
                    .trace
                } else {
                    throw error(message, word)
                }
        } else if statement.equals("deterministic") {
            manifest.deterministicSeed = try number(try single("deterministic takes a seed"), "the seed is no decimal number")
        } else if statement.equals("slice") {
            let word = try single("slice takes milliseconds")
            let value = try number(word, "slice takes milliseconds")
            guard value >= 1, value <= 10_000 else { throw error("a slice has 1 to 10000 milliseconds", word) }
            manifest.sliceNanoseconds = value * 1_000_000
        } else if statement.equals("tier") {
            manifest.tier = try takeTier()
        } else if statement.equals("shell") {
            try end("shell takes nothing")
            manifest.startsShell = true
        } else if isProgramStatement(statement) {
            throw error("this statement belongs to a program; begin one with: program NAME PATH", statement)
        } else {
            throw error("unknown statement", statement)
        }
    }

    /// `tier KIND [THRESHOLD [SEED]]`.
    private mutating func takeTier() throws(ManifestError) -> ManifestTier {
        let message: StaticString = "tier takes threaded, native or auto"
        let word = try required(message)
        var tier: ManifestTier
        if word.equals("threaded") {
            tier = ManifestTier(.threaded)
        } else if word.equals("native") {
            tier = ManifestTier(.native)
        } else if word.equals("auto") {
            tier = ManifestTier(.auto)
        } else {
            throw error(message, word)
        }
        if let word = try cursor.nextWord() {
            let bound: StaticString = "a threshold is a number from 1 to 65535"
            let value = try number(word, bound)
            guard value >= 1, value <= UInt64(UInt16.max) else { throw error(bound, word) }
            tier.threshold = UInt16(value)
            if let word = try cursor.nextWord() { tier.seed = try number(word, "the seed is no decimal number") }
            try end("tier takes a kind, a threshold and a seed")
        }
        return tier
    }

    private func isProgramStatement(_ word: ManifestWord) -> Bool {
        let names: [17 of StaticString] = [
            "argv0", "argument", "environment", "directory", "invoke", "limit", "stdin", "stdout", "stderr", "terminal", "priority",
            "restart", "after", "trace", "profile", "statistics", "bad-addresses",
        ]
        for index in names.indices where word.equals(names[index]) { return true }
        return false
    }

    private mutating func takeProgram(_ statement: ManifestWord, _ program: inout ManifestProgram) throws(ManifestError) {
        if statement.equals("argv0") {
            program.argument0 = try copy(try single("argv0 takes one word"))
        } else if statement.equals("argument") {
            try takeWords("argument takes words") { parser, word throws(ManifestError) in
                try parser.checkArgumentCount(program)
                program.arguments.append(try parser.copy(word))
            }
        } else if statement.equals("environment") {
            try takeWords("environment takes NAME=VALUE") { parser, word throws(ManifestError) in
                var bytes = word.bytes
                guard bytes.next() != UInt8(ascii: "="), word.contains(UInt8(ascii: "=")) else {
                    throw parser.error("environment takes NAME=VALUE", word)
                }
                try parser.checkArgumentCount(program)
                program.environment.append(try parser.copy(word))
            }
        } else if statement.equals("directory") {
            program.directories.append(try directory())
        } else if statement.equals("invoke") {
            program.invoke = try copy(try single("invoke takes the name of an export"))
        } else if statement.equals("limit") {
            let message: StaticString = "limit takes what and an amount"
            let what = try required(message)
            let amount = try required(message)
            try end(message)
            try takeLimit(what, amount, &program.limits)
        } else if statement.equals("stdin") {
            program.streams[0] = try stream()
        } else if statement.equals("stdout") {
            program.streams[1] = try stream()
        } else if statement.equals("stderr") {
            program.streams[2] = try stream()
        } else if statement.equals("terminal") {
            try takeTerminals(&program)
        } else if statement.equals("priority") {
            program.priority = try priority()
        } else if statement.equals("restart") {
            program.restart = try restart()
        } else if statement.equals("after") {
            try takeWords("after takes the name of a program") { parser, word throws(ManifestError) in
                guard program.after.count < ManifestLimits.predecessorCount else {
                    throw parser.error("a program waits for at most 256 others")
                }
                program.after.append(try parser.copy(word))
            }
        } else if statement.equals("trace") {
            try end("trace takes nothing")
            program.isTraced = true
        } else if statement.equals("profile") {
            try end("profile takes nothing")
            program.isProfiled = true
        } else if statement.equals("statistics") {
            try end("statistics takes nothing")
            program.showsStatistics = true
        } else if statement.equals("bad-addresses") {
            let message: StaticString = "bad-addresses takes trap or error"
            let word = try single(message)
            program.answersBadAddresses = word.equals("error")
            guard program.answersBadAddresses || word.equals("trap") else { throw error(message, word) }
        } else if statement.equals("log") || statement.equals("deterministic") || statement.equals("slice") || statement.equals("shell") {
            throw error("this statement belongs before the first program", statement)
        } else {
            throw error("unknown statement", statement)
        }
    }

    /// Takes the words of the line, at least one.
    private mutating func takeWords(
        _ message: StaticString, _ body: (inout ManifestParser, ManifestWord) throws(ManifestError) -> Void
    ) throws(ManifestError) {
        var word = try required(message)
        while true {
            try body(&self, word)
            guard let next = try cursor.nextWord() else { return }
            word = next
        }
    }

    private func checkArgumentCount(_ program: ManifestProgram) throws(ManifestError) {
        guard program.arguments.count + program.environment.count < ManifestLimits.argumentCount else {
            throw error("a program has at most 262144 arguments and variables")
        }
    }

    private mutating func takeTerminals(_ program: inout ManifestProgram) throws(ManifestError) {
        var terminals = program.terminals ?? [false, false, false]
        while let word = try cursor.nextWord() {
            if word.equals("stdin") {
                terminals[0] = true
            } else if word.equals("stdout") {
                terminals[1] = true
            } else if word.equals("stderr") {
                terminals[2] = true
            } else {
                throw error("terminal takes stdin, stdout, stderr", word)
            }
        }
        program.terminals = terminals
    }

    private mutating func priority() throws(ManifestError) -> SchedulingPriority {
        let message: StaticString = "priority takes low, normal, high or 0, 1, 2"
        let word = try single(message)
        if word.equals("low") || word.equals("0") { return .low }
        if word.equals("normal") || word.equals("1") { return .normal }
        if word.equals("high") || word.equals("2") { return .high }
        throw error(message, word)
    }

    private mutating func restart() throws(ManifestError) -> RestartPolicy {
        let message: StaticString = "restart takes never, on-failure or always"
        let word = try single(message)
        if word.equals("never") { return .never }
        if word.equals("on-failure") { return .onFailure }
        if word.equals("always") { return .always }
        throw error(message, word)
    }

    private mutating func directory() throws(ManifestError) -> ManifestDirectory {
        let message: StaticString = "directory takes a source, a guest name and a mode"
        let source = try required(message)
        let guest = try required(message)
        let word = try cursor.nextWord()
        if word != nil { try end(message) }
        guard !source.isEmpty, !guest.isEmpty else { throw error(message) }
        var mode = ManifestDirectory.Mode.privateLayer
        if let word {
            if word.equals("read-only") {
                mode = .readOnly
            } else if word.equals("private") {
                mode = .privateLayer
            } else if word.equals("shared") {
                mode = .sharedLayer
            } else if word.equals("saved") {
                mode = .savedLayer
            } else {
                throw error("a directory is read-only, private, shared or saved", word)
            }
        }
        guard directoryCount < ManifestLimits.directoryCount else { throw error("a manifest has at most 16384 directories") }
        directoryCount += 1
        let directory = ManifestDirectory(source: try copy(source), guest: try copy(guest), mode: mode)
        if mode == .savedLayer { try noteSaved(directory.source) }
        return directory
    }

    /// Notes once that a directory's changes are sent away.
    private mutating func noteSaved(_ source: [UInt8]) throws(ManifestError) {
        guard !manifest.savedDirectories.contains(source) else { return }
        guard manifest.savedDirectories.count < ManifestLimits.savedDirectoryCount else {
            throw error("at most 256 directories can be saved")
        }
        manifest.savedDirectories.append(source)
    }

    private mutating func stream() throws(ManifestError) -> ManifestStream {
        let message: StaticString = "a stream is console, null, file PATH or pipe NAME"
        let kind = try required(message)
        let name = try cursor.nextWord()
        if name != nil, try cursor.nextWord() != nil { throw error(message, kind) }
        if let name {
            if kind.equals("file") { return .file(path: try copy(name)) }
            if kind.equals("pipe") { return .pipe(name: try copy(name)) }
        } else {
            if kind.equals("console") { return .console }
            if kind.equals("null") { return .null }
        }
        throw error(message, kind)
    }
}
