// Which commands of which scripts are not run, and why: a text file, one line each. Owns the parsed lines.

/// The exclusion list: `script line reason`, where the line may be `*` for the whole script and the script may end in `/` for a whole folder.
/// An excluded script's modules must still be well-formed text; an excluded folder's need not.
/// Lines that begin with `#` and empty lines say nothing.
public struct ExclusionList {
    private struct Row {
        var script: [UInt8]
        /// 0 for the whole script.
        var line: Int
        var reason: [UInt8]
    }

    private var rows: [Row] = []

    /// Nothing excluded.
    public init() {}

    /// Parses the file; nil when a line has no reason or no line number.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0a { end += 1 }
            guard addLine(bytes, start, end) else { return nil }
            start = end + 1
        }
    }

    private mutating func addLine(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        var position = start
        func word() -> [UInt8] {
            while position < end, bytes[position] == 0x20 { position += 1 }
            let wordStart = position
            while position < end, bytes[position] != 0x20 { position += 1 }
            return [UInt8](bytes[wordStart..<position])
        }
        let script = word()
        if script.isEmpty || script[0] == 0x23 { return true }
        let lineWord = word()
        while position < end, bytes[position] == 0x20 { position += 1 }
        let reason = [UInt8](bytes[position..<end])
        guard !lineWord.isEmpty, !reason.isEmpty else { return false }
        var line = 0
        if lineWord != [0x2a] {
            for digit in lineWord {
                guard digit >= 0x30, digit <= 0x39, line < 1 << 40 else { return false }
                line = line * 10 + Int(digit - 0x30)
            }
            guard line > 0 else { return false }
        }
        rows.append(Row(script: script, line: line, reason: reason))
        return true
    }

    /// Why the whole script is excluded; nil when it is not. `path` may have folders before what the list says.
    public func reason(script path: [UInt8]) -> [UInt8]? {
        for row in rows where row.line == 0 && matches(row.script, path) { return row.reason }
        return nil
    }

    /// Whether the script's folder is excluded, so that even its texts may be in a language this implementation does not know.
    public func excludesFolder(of path: [UInt8]) -> Bool {
        for row in rows where row.line == 0 && row.script[row.script.count - 1] == 0x2f && matches(row.script, path) { return true }
        return false
    }

    /// Why the command on a line of the script is excluded; nil when it is not.
    public func reason(script path: [UInt8], line: Int) -> [UInt8]? {
        for row in rows where row.line == line && matches(row.script, path) { return row.reason }
        return nil
    }

    /// Whether `entry` is the end of `path` at a folder's border, or one of its folders when it ends in a slash.
    private func matches(_ entry: [UInt8], _ path: [UInt8]) -> Bool {
        let isFolder = entry[entry.count - 1] == 0x2f
        guard path.count >= entry.count else { return false }
        let last = path.count - entry.count
        for start in (isFolder ? 0 : last)...last where start == 0 || path[start - 1] == 0x2f {
            var index = 0
            while index < entry.count, path[start + index] == entry[index] { index += 1 }
            if index == entry.count { return true }
        }
        return false
    }
}
