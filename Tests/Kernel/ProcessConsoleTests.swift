// The monitor's line editor and commands, and the terminal's line discipline.
import KernelCore
import Testing

private func type(_ editor: inout LineEditor, _ text: String, _ names: [String] = []) -> [String] {
    var output = TextBuffer()
    var lines: [String] = []
    for byte in text.utf8 {
        let event = editor.feed(byte, output: &output) { completion, _ in
            for name in names { completion.offer(Array(name.utf8)) }
        }
        if case .line(let line) = event { lines.append(String(decoding: line, as: UTF8.self)) }
        if case .interrupt = event { lines.append("^C") }
        if case .endOfInput = event { lines.append("^D") }
    }
    return lines
}

private func parse(_ text: String) -> String {
    do throws(MonitorError) {
        let command = try MonitorCommand.parse(Array(text.utf8))
        guard case .run(let pipeline) = command else { return "\(command)" }
        let programs = pipeline.programs.map { $0.words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",") }
        var result = programs.joined(separator: " | ")
        if let path = pipeline.inputPath { result += " < " + String(decoding: path, as: UTF8.self) }
        if let path = pipeline.outputPath { result += (pipeline.appends ? " >> " : " > ") + String(decoding: path, as: UTF8.self) }
        return result + (pipeline.isBackground ? " &" : "")
    } catch {
        return "\(error.column): \(error.message)"
    }
}

@Suite struct ProcessConsoleTests {
    @Test func editor_editsRecallsAndCompletes() {
        var editor = LineEditor()
        #expect(type(&editor, "helo\u{1B}[Dl\r") == ["hello"])
        #expect(type(&editor, "abc\u{7F}\u{7F}x\r") == ["ax"])
        #expect(type(&editor, "\u{1B}[A\u{1B}[A\r") == ["hello"])
        #expect(type(&editor, "new\u{1B}[A\u{1B}[B!\r") == ["new!"])
        #expect(type(&editor, "one two\u{17}three\u{01}X\u{05}Y\r") == ["Xone threeY"])
        #expect(type(&editor, "junk\u{03}") == ["^C"])
        #expect(type(&editor, "\u{04}") == ["^D"])
        #expect(type(&editor, "po\t1\r", ["poweroff"]) == ["poweroff 1"])
        #expect(type(&editor, "run sp\tx\r", ["spin-a", "spin-b"]) == ["run spin-x"])
        #expect(type(&editor, "ab\u{01}\u{1B}[3~\u{0B}z\r") == ["z"])
    }

    @Test func completion_ofManyNames_keepsFewAndSaysHowManyMore() {
        var completion = Completion(of: Array("ab".utf8))
        for index in 0..<25_000 {
            completion.offer(Array("abc\(index)".utf8))
            completion.offer(Array("other\(index)".utf8))
        }
        #expect(completion.count == 25_000)
        #expect(completion.shown.count == Completion.shownCount)
        #expect(completion.common == Array("abc".utf8))
        var editor = LineEditor()
        var output = TextBuffer()
        for byte in "abc\t".utf8 {
            _ = editor.feed(byte, output: &output) { completion, _ in
                for index in 0..<25_000 { completion.offer(Array("abc\(index)".utf8)) }
            }
        }
        let shown = String(decoding: output.bytes, as: UTF8.self)
        #expect(shown.contains("abc0  abc1  "))
        #expect(shown.contains("... and 24960 more\r\n> abc"))
    }

    @Test func completion_ofNamesThatCannotBeTyped_isNone() {
        var completion = Completion(of: [])
        for name in ["two words", "bell\u{7}", "\u{1B}[2J", "é"] { completion.offer(Array(name.utf8)) }
        #expect(completion.count == 0)
        completion.offer(Array("plain".utf8))
        #expect(completion.count == 1 && completion.common == Array("plain".utf8))
    }

    @Test func history_isBounded() {
        var editor = LineEditor(historyLimit: 3, lineLimit: 4)
        for index in 0..<6 { _ = type(&editor, "l\(index)\r") }
        #expect(editor.history.map { String(decoding: $0, as: UTF8.self) } == ["l3", "l4", "l5"])
        #expect(type(&editor, "123456\r") == ["1234"])
    }

    @Test(arguments: [
        ("run a.wasm x \"y z\" &", "a.wasm,x,y z &"),
        ("a | b > out", "a | b > out"),
        ("a < in | b|c >> out &", "a | b | c < in >> out &"),
        ("cat f | grep x", "cat,f | grep,x"),
        ("prog 'a|b' c\\ d", "prog,a|b,c d"),
        ("a |", "1: expected a program"),
        ("| a", "1: expected a command or a program"),
        ("a | | b", "5: expected a program before |"),
        ("a & b", "3: & ends the line"),
        ("a 'open", "3: this quote is not closed"),
        ("a >", "1: expected a file after < or >"),
        ("kill x", "1: kill needs a process number"),
        ("trace maybe 3", "1: trace is: trace on|off PID"),
    ])
    func commands_parse(_ text: String, _ expected: String) { #expect(parse(text) == expected) }

    @Test func builtins_parse() throws {
        #expect(try MonitorCommand.parse(Array("kill 12".utf8)) == .kill(pid: 12))
        #expect(try MonitorCommand.parse(Array("  # nothing".utf8)) == .empty)
        #expect(try MonitorCommand.parse(Array("wait".utf8)) == .wait(pid: nil))
        #expect(try MonitorCommand.parse(Array("trace on 3".utf8)) == .trace(isOn: true, pid: 3))
        #expect(try MonitorCommand.parse(Array("poweroff 5".utf8)) == .poweroff(code: 5))
        #expect(try MonitorCommand.parse(Array("exit".utf8)) == .poweroff(code: 0))
        #expect(try MonitorCommand.parse(Array("quit 3".utf8)) == .poweroff(code: 3))
        #expect(try MonitorCommand.parse(Array("echo a 'b c'".utf8)) == .echo(words: [Array("a".utf8), Array("b c".utf8)]))
        #expect(try MonitorCommand.parse(Array("history".utf8)) == .history)
        guard case .time(let timed) = try MonitorCommand.parse(Array("time a | b".utf8)) else {
            Issue.record("time is no command")
            return
        }
        #expect(timed.programs.count == 2)
        #expect(throws: MonitorError.self) { try MonitorCommand.parse(Array("time".utf8)) }
        #expect(throws: MonitorError.self) { try MonitorCommand.parse(Array("time a &".utf8)) }
    }

    @Test func discipline_editsLinesAndEndsInput() {
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
        defer { storage.deallocate() }
        var ring = ByteRing(storage: storage)
        var discipline = LineDiscipline()
        var echo = TextBuffer()
        func type(_ text: String) -> [LineDiscipline.Event] {
            text.utf8.map { discipline.feed($0, ring: &ring, echo: &echo) }.filter { $0 != .none }
        }
        func read() -> String {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = bytes.withUnsafeMutableBytes { ring.read(into: $0) }
            return String(decoding: bytes[..<count], as: UTF8.self)
        }
        #expect(type("ab\u{7F}c\r") == [.input])
        #expect(read() == "ac\n")
        #expect(type("part\u{04}") == [.input])
        #expect(read() == "part")
        #expect(type("\u{04}") == [.endOfInput])
        #expect(type("x\u{03}") == [.interrupt])
        #expect(type("\u{1A}") == [.suspend])
        #expect(type("ü\u{7F}y\n") == [.input])
        #expect(read() == "y\n")
        #expect(type("po") == [])
        #expect([discipline.takeUnfinishedByte(), discipline.takeUnfinishedByte(), discipline.takeUnfinishedByte()] == [0x70, 0x6F, nil])
        #expect(type("z\n") == [.input])
        #expect(read() == "z\n")
        discipline.isRaw = true
        #expect(type("\u{04}\r").count == 2)
        #expect(read() == "\u{04}\r")
    }
}
