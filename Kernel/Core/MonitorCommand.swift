// The command language of the console monitor: words with quotes, pipes, redirection and `&`. Pure: text to a command, no files looked at.

/// One program of a pipeline.
public struct MonitorProgram: Equatable {
    /// Its name and arguments.
    public var words: [[UInt8]]
    /// A program with its arguments.
    public init(words: [[UInt8]]) { self.words = words }
}

/// Programs to run, each one's output the next one's input.
public struct MonitorPipeline: Equatable {
    /// The programs, first to last; at least one.
    public var programs: [MonitorProgram] = []
    /// `< FILE`.
    public var inputPath: [UInt8]?
    /// `> FILE` or `>> FILE`.
    public var outputPath: [UInt8]?
    /// `>>`.
    public var appends = false
    /// `&`.
    public var isBackground = false
    /// Nothing yet.
    public init() {}
}

/// A line of the monitor.
public enum MonitorCommand: Equatable {
    case empty
    case run(MonitorPipeline)
    case processes
    case top
    case kill(pid: UInt64)
    case wait(pid: UInt64?)
    case foreground(pid: UInt64)
    case list(path: [UInt8]?)
    case concatenate(paths: [[UInt8]])
    case memory
    case trace(isOn: Bool, pid: UInt64)
    case help
    case echo(words: [[UInt8]])
    case clear
    case history
    case time(MonitorPipeline)
    case poweroff(code: UInt64)

    /// The names of the commands, for help and completion.
    public static var names: [StaticString] {
        [
            "run", "ps", "top", "kill", "wait", "fg", "ls", "cat", "mem", "trace", "echo", "time", "clear", "history", "help", "poweroff",
            "exit", "quit",
        ]
    }

    /// One line about each command.
    public static var helpText: StaticString {
        """
        run PROGRAM [ARG...] [&]   run a program (`run` may be left out); & does not wait for it
        A | B [< FILE] [> FILE]    pipes and files
        ps                         the processes
        top                        the processes with their share of the hart since the last top
        kill PID                   end a process
        wait [PID]                 wait for a process, or for all
        fg PID                     give a process the keyboard and wait for it (ctrl-Z comes back)
        ls [DIRECTORY]             list files
        cat FILE...                show files
        mem                        memory in use
        trace on|off PID           log a process's WASI calls
        echo WORD...               show words
        time PROGRAM [ARG...]      run a program and say how long it took
        history                    the lines typed before; clear: an empty screen
        help                       this
        exit [CODE]                end the machine; so do quit, poweroff and ctrl-D

        """
    }
}

/// Why a line is no command.
public struct MonitorError: Error {
    /// In words.
    public let message: StaticString
    /// Where in the line, from 1.
    public let column: Int
}

extension MonitorCommand {
    private enum Token {
        case word([UInt8], column: Int)
        case symbol(UInt8, column: Int)
        case appendSymbol(column: Int)
    }

    /// Parses a line.
    public static func parse(_ line: [UInt8]) throws(MonitorError) -> MonitorCommand {
        let tokens = try scan(line)
        guard let first = tokens.first else { return .empty }
        guard case .word(let name, let column) = first else {
            throw MonitorError(message: "expected a command or a program", column: 1)
        }
        var words: [[UInt8]] = []
        var isPlain = true
        for token in tokens[1...] {
            if case .word(let word, _) = token { words.append(word) } else { isPlain = false }
        }
        if name == literal("run") { return try pipeline(Array(tokens[1...]), after: column + 3) }
        if name == literal("time") {
            guard case .run(let timed) = try pipeline(Array(tokens[1...]), after: column + 4) else { return .empty }
            guard !timed.isBackground else { throw MonitorError(message: "time waits; it takes no &", column: column) }
            return .time(timed)
        }
        guard isPlain else { return try pipeline(tokens, after: 1) }
        if name == literal("ps") { return .processes }
        if name == literal("top") { return .top }
        if name == literal("mem") { return .memory }
        if name == literal("echo") { return .echo(words: words) }
        if name == literal("clear") { return .clear }
        if name == literal("history") { return .history }
        if name == literal("help") { return .help }
        if name == literal("kill") { return .kill(pid: try number(words.first, "kill needs a process number", column)) }
        if name == literal("fg") { return .foreground(pid: try number(words.first, "fg needs a process number", column)) }
        if name == literal("wait") {
            return .wait(pid: words.isEmpty ? nil : try number(words.first, "wait takes a process number", column))
        }
        if name == literal("ls") { return .list(path: words.first) }
        if name == literal("cat") {
            guard !words.isEmpty else { throw MonitorError(message: "cat needs a file", column: column) }
            return .concatenate(paths: words)
        }
        if name == literal("poweroff") || name == literal("exit") || name == literal("quit") {
            return .poweroff(code: words.isEmpty ? 0 : try number(words.first, "the code is a number", column))
        }
        if name == literal("trace") {
            let isOn = words.first == literal("on")
            guard words.count == 2, isOn || words.first == literal("off") else {
                throw MonitorError(message: "trace is: trace on|off PID", column: column)
            }
            return .trace(isOn: isOn, pid: try number(words[1], "trace needs a process number", column))
        }
        return try pipeline(tokens, after: 1)
    }

    private static func pipeline(_ tokens: [Token], after column: Int) throws(MonitorError) -> MonitorCommand {
        var result = MonitorPipeline()
        var words: [[UInt8]] = []
        var index = 0
        func path(_ at: Int) throws(MonitorError) -> [UInt8] {
            guard at < tokens.count, case .word(let word, _) = tokens[at] else {
                throw MonitorError(message: "expected a file after < or >", column: column)
            }
            return word
        }
        while index < tokens.count {
            switch tokens[index] {
            case .word(let word, _): words.append(word)
            case .appendSymbol:
                index += 1
                result.outputPath = try path(index)
                result.appends = true
            case .symbol(let symbol, let at):
                switch symbol {
                case UInt8(ascii: "|"):
                    guard !words.isEmpty else { throw MonitorError(message: "expected a program before |", column: at) }
                    guard result.outputPath == nil else { throw MonitorError(message: "> is for the last program", column: at) }
                    result.programs.append(MonitorProgram(words: words))
                    words = []
                case UInt8(ascii: "&"):
                    guard index == tokens.count - 1 else { throw MonitorError(message: "& ends the line", column: at) }
                    result.isBackground = true
                case UInt8(ascii: "<"):
                    index += 1
                    guard result.programs.isEmpty else { throw MonitorError(message: "< is for the first program", column: at) }
                    result.inputPath = try path(index)
                default:
                    index += 1
                    result.outputPath = try path(index)
                }
            }
            index += 1
        }
        guard !words.isEmpty else { throw MonitorError(message: "expected a program", column: column) }
        result.programs.append(MonitorProgram(words: words))
        return .run(result)
    }

    private static func scan(_ line: [UInt8]) throws(MonitorError) -> [Token] {
        var tokens: [Token] = []
        var index = 0
        while index < line.count {
            let byte = line[index]
            let column = index + 1
            switch byte {
            case 0x20, 0x09: index += 1
            case UInt8(ascii: "#"): return tokens
            case UInt8(ascii: ">"):
                index += 1
                if index < line.count && line[index] == byte {
                    index += 1
                    tokens.append(.appendSymbol(column: column))
                } else {
                    tokens.append(.symbol(byte, column: column))
                }
            case UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: "<"):
                tokens.append(.symbol(byte, column: column))
                index += 1
            default: tokens.append(.word(try word(line, &index), column: column))
            }
        }
        return tokens
    }

    /// A word: quotes of both kinds join, a backslash takes the next byte as it is (but not between single quotes).
    private static func word(_ line: [UInt8], _ index: inout Int) throws(MonitorError) -> [UInt8] {
        var word: [UInt8] = []
        var quote: UInt8 = 0
        var quoteColumn = 0
        while index < line.count {
            let byte = line[index]
            if quote != 0 {
                if byte == quote {
                    quote = 0
                } else if byte == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") && index + 1 < line.count {
                    index += 1
                    word.append(line[index])
                } else {
                    word.append(byte)
                }
            } else {
                switch byte {
                case 0x20, 0x09, UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"): return word
                case UInt8(ascii: "\""), UInt8(ascii: "'"):
                    quote = byte
                    quoteColumn = index + 1
                case UInt8(ascii: "\\"):
                    index += 1
                    guard index < line.count else { throw MonitorError(message: "a backslash ends the line", column: index) }
                    word.append(line[index])
                default: word.append(byte)
                }
            }
            index += 1
        }
        guard quote == 0 else { throw MonitorError(message: "this quote is not closed", column: quoteColumn) }
        return word
    }

    private static func number(_ word: [UInt8]?, _ message: StaticString, _ column: Int) throws(MonitorError) -> UInt64 {
        guard let word, !word.isEmpty, word.count < 10 else { throw MonitorError(message: message, column: column) }
        var value: UInt64 = 0
        for byte in word {
            guard byte >= 48 && byte <= 57 else { throw MonitorError(message: message, column: column) }
            value = value * 10 + UInt64(byte - 48)
        }
        return value
    }

    private static func literal(_ text: StaticString) -> [UInt8] {
        Array(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
