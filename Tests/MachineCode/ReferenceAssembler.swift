// llvm-mc as the second source: what it makes of text, and of words. One run for many lines.
import Foundation
import MachineCode

enum ReferenceAssembler {
    /// Where llvm-mc is, with or without the version that Debian appends; nil when it is not installed.
    static let path: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let names = ["llvm-mc"] + (14...24).map { "llvm-mc-\($0)" }
        return folders.lazy.flatMap { folder in names.map { folder + "/" + $0 } }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Standard output and error of llvm-mc over an input.
    private static func run(_ arguments: [String], input: String) throws -> (output: String, errors: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, since both pipes can fill up.
        let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
        try Data(input.utf8).write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path!)
        process.arguments = ["-triple=riscv64", "-mattr=+m,+f,+d,+zba,+zbb,+zbs", "-M", "no-aliases"] + arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        return (try String(contentsOf: files[1], encoding: .utf8), try String(contentsOf: files[2], encoding: .utf8))
    }

    /// The words of lines of assembly, in order; pseudo-instructions give several.
    static func words(_ lines: [String]) throws -> [UInt32] {
        let output = try run(["-show-encoding"], input: lines.joined(separator: "\n") + "\n").output
        return output.split(separator: "\n").compactMap { line in
            guard let start = line.range(of: "encoding: [")?.upperBound else { return nil }
            let bytes = line[start...].prefix { $0 != "]" }.split(separator: ",").compactMap { UInt32($0.dropFirst(2), radix: 16) }
            return bytes.enumerated().reduce(0) { $0 | $1.element << UInt32(8 * $1.offset) }
        }
    }

    /// The text of each word, nil where it is no instruction. Words end in binary 11: others are two instructions.
    static func texts(_ words: [UInt32]) throws -> [String?] {
        let input = words.map { word in (0..<4).map { "0x" + String(word >> (8 * $0) & 0xFF, radix: 16) }.joined(separator: " ") }
        let (output, errors) = try run(["-disassemble"], input: input.joined(separator: "\n") + "\n")
        var invalid: Set<Int> = []
        for line in errors.split(separator: "\n") where line.contains("invalid instruction encoding") {
            let parts = line.split(separator: ":")
            if parts.count > 1, let number = Int(parts[1]) { invalid.insert(number - 1) }
        }
        var texts = output.split(separator: "\n").lazy.filter { !$0.contains(".text") }.makeIterator()
        return words.indices.map { index in
            invalid.contains(index) ? nil : texts.next().map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        }
    }
}
