// The line editor of the console monitor: cursor keys, history and completion, as a state machine over bytes (ECMA-48 sequences in,
// ECMA-48 sequences out). Owns the line and the history; knows no device: what to show comes back as bytes.

/// Edits lines.
public struct LineEditor {
    /// What a byte led to.
    public enum Event {
        /// Nothing to do but show the output.
        case none
        /// A finished line.
        case line([UInt8])
        /// Ctrl-D on an empty line.
        case endOfInput
        /// Ctrl-C: the line was thrown away.
        case interrupt
    }

    private enum Escape {
        case none
        case escape
        case bracket
        /// After a number in a sequence, as in `ESC [ 3 ~`.
        case number(Int)
    }

    /// The line being edited.
    public private(set) var line: [UInt8] = []
    /// Where the next byte goes in.
    public private(set) var cursor = 0
    /// Finished lines, the oldest first.
    public private(set) var history: [[UInt8]] = []
    /// Most lines kept.
    public let historyLimit: Int
    /// Most bytes of one line; more ring the bell.
    public let lineLimit: Int
    /// Where in the history the line comes from; `history.count` for a new line.
    private var historyPosition = 0
    /// The new line, while an old one is shown.
    private var saved: [UInt8] = []
    private var escape = Escape.none

    /// An editor with an empty line.
    public init(historyLimit: Int = 100, lineLimit: Int = 1000) {
        self.historyLimit = historyLimit
        self.lineLimit = lineLimit
    }

    /// Takes one byte of input. `complete` offers the names that may stand for the word before the cursor, knowing whether it is the first.
    public mutating func feed(
        _ byte: UInt8, output: inout TextBuffer, complete: (_ completion: inout Completion, _ isFirst: Bool) -> Void
    ) -> Event {
        switch escape {
        case .none: return take(byte, &output, complete)
        case .escape:
            escape = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O") ? .bracket : .none
        case .bracket:
            if byte >= 48 && byte <= 57 {
                escape = .number(Int(byte) - 48)
            } else {
                escape = .none
                sequence(byte, &output)
            }
        case .number(let number):
            if byte >= 48 && byte <= 57 {
                escape = .number(min(number * 10 + Int(byte) - 48, 9999))
            } else if byte == UInt8(ascii: "~") {
                escape = .none
                switch number {
                case 1, 7: move(to: 0, &output)
                case 4, 8: move(to: line.count, &output)
                case 3: deleteForward(&output)
                default: break
                }
            } else if byte != UInt8(ascii: ";") {
                escape = .none
            }
        }
        return .none
    }

    /// Shows `prompt` and the line again, the cursor in place.
    public func redraw(prompt: StaticString, output: inout TextBuffer) {
        output.append("\r\u{1B}[K")
        output.append(prompt)
        output.append(line)
        back(line.count - cursor, &output)
    }

    private mutating func take(
        _ byte: UInt8, _ output: inout TextBuffer, _ complete: (_ completion: inout Completion, _ isFirst: Bool) -> Void
    ) -> Event {
        switch byte {
        case 0x0D, 0x0A:
            output.append("\r\n")
            let finished = line
            remember(finished)
            clear()
            return .line(finished)
        case 0x03:
            output.append("^C\r\n")
            clear()
            return .interrupt
        case 0x04:
            if line.isEmpty { return .endOfInput }
            deleteForward(&output)
        case 0x7F, 0x08: deleteBackward(&output)
        case 0x01: move(to: 0, &output)
        case 0x05: move(to: line.count, &output)
        case 0x02: move(to: cursor - 1, &output)
        case 0x06: move(to: cursor + 1, &output)
        case 0x10: recall(historyPosition - 1, &output)
        case 0x0E: recall(historyPosition + 1, &output)
        case 0x15:
            let rest = Array(line[cursor...])
            replace(with: rest, cursor: 0, &output)
        case 0x0B:
            line.removeSubrange(cursor...)
            output.append("\u{1B}[K")
        case 0x17:
            var start = cursor
            while start > 0 && line[start - 1] == 0x20 { start -= 1 }
            while start > 0 && line[start - 1] != 0x20 { start -= 1 }
            var rest = Array(line[..<start])
            rest.append(contentsOf: line[cursor...])
            replace(with: rest, cursor: start, &output)
        case 0x09: completeWord(&output, complete)
        case 0x1B: escape = .escape
        case 0..<0x20: break
        default: insert(byte, &output)
        }
        return .none
    }

    private mutating func sequence(_ byte: UInt8, _ output: inout TextBuffer) {
        switch byte {
        case UInt8(ascii: "A"): recall(historyPosition - 1, &output)
        case UInt8(ascii: "B"): recall(historyPosition + 1, &output)
        case UInt8(ascii: "C"): move(to: cursor + 1, &output)
        case UInt8(ascii: "D"): move(to: cursor - 1, &output)
        case UInt8(ascii: "H"): move(to: 0, &output)
        case UInt8(ascii: "F"): move(to: line.count, &output)
        default: break
        }
    }

    private mutating func remember(_ finished: [UInt8]) {
        guard !finished.isEmpty else { return }
        if let last = history.last, last == finished { return }
        if history.count >= historyLimit { history.removeFirst() }
        history.append(finished)
    }

    private mutating func clear() {
        line = []
        cursor = 0
        saved = []
        historyPosition = history.count
    }

    private mutating func recall(_ position: Int, _ output: inout TextBuffer) {
        guard position >= 0, position <= history.count, position != historyPosition else { return }
        if historyPosition == history.count { saved = line }
        historyPosition = position
        let text = position == history.count ? saved : history[position]
        replace(with: text, cursor: text.count, &output)
    }

    private mutating func replace(with text: [UInt8], cursor newCursor: Int, _ output: inout TextBuffer) {
        back(cursor, &output)
        output.append("\u{1B}[K")
        output.append(text)
        line = text
        cursor = newCursor
        back(text.count - newCursor, &output)
    }

    private mutating func move(to position: Int, _ output: inout TextBuffer) {
        guard position >= 0, position <= line.count else { return }
        if position < cursor { back(cursor - position, &output) }
        while cursor < position {
            output.append(byte: line[cursor])
            cursor += 1
        }
        cursor = position
    }

    private func back(_ count: Int, _ output: inout TextBuffer) {
        guard count > 0 else { return }
        output.append("\u{1B}[")
        output.append(decimal: count)
        output.append("D")
    }

    private mutating func insert(_ byte: UInt8, _ output: inout TextBuffer) {
        guard line.count < lineLimit else {
            output.append(byte: 7)
            return
        }
        line.insert(byte, at: cursor)
        output.append(Array(line[cursor...]))
        cursor += 1
        back(line.count - cursor, &output)
    }

    private mutating func deleteBackward(_ output: inout TextBuffer) {
        guard cursor > 0 else { return }
        back(1, &output)
        cursor -= 1
        deleteForward(&output)
    }

    private mutating func deleteForward(_ output: inout TextBuffer) {
        guard cursor < line.count else { return }
        line.remove(at: cursor)
        output.append("\u{1B}[K")
        output.append(Array(line[cursor...]))
        back(line.count - cursor, &output)
    }

    private mutating func completeWord(
        _ output: inout TextBuffer, _ complete: (_ completion: inout Completion, _ isFirst: Bool) -> Void
    ) {
        var start = cursor
        while start > 0 && line[start - 1] != 0x20 { start -= 1 }
        var isFirst = true
        for index in 0..<start where line[index] != 0x20 { isFirst = false }
        var completion = Completion(of: Array(line[start..<cursor]))
        complete(&completion, isFirst)
        guard completion.count > 0 else {
            output.append(byte: 7)
            return
        }
        for byte in completion.common[completion.word.count...] { insert(byte, &output) }
        if completion.count == 1 {
            // A directory's name may go on.
            if completion.common.last != UInt8(ascii: "/") { insert(0x20, &output) }
        } else if completion.common.count == completion.word.count {
            output.append("\r\n")
            for name in completion.shown {
                output.append(name)
                output.append("  ")
            }
            if completion.count > completion.shown.count {
                output.append("... and ")
                output.append(decimal: completion.count - completion.shown.count)
                output.append(" more")
            }
            output.append("\r\n")
            output.append("> ")
            output.append(line)
            back(line.count - cursor, &output)
        }
    }
}
