// `martlet wat`: text to binary, of modules and components, or any of them to text. Spec: WebAssembly core, chapter 6.
import Glibc
import WasmComponent
import WasmModule
import WasmText

/// The command `wat`.
enum WatCommand {
    static func run(_ arguments: [String]) -> Int32 {
        var input: String?
        var output: String?
        var isPrinting = false
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--print": isPrinting = true
            case "-o":
                guard let path = rest.popFirst() else { return usage("-o wants a file") }
                output = path
            default:
                guard input == nil, argument == "-" || !argument.hasPrefix("-") else { return usage("what is `\(argument)`?") }
                input = argument
            }
        }
        guard let input else { return usage("no file") }
        guard let bytes = assembleFile(input, isTextAssumed: true) else { return ExitCode.loadError }
        guard isPrinting else { return write(bytes, to: output) }
        guard let text = disassembled(bytes, input) else { return ExitCode.loadError }
        return write(text, to: output)
    }

    /// The binary of a file that may be text or binary; nil after a complaint. What looks like neither comes back as it is, for the decoder
    /// to refuse, unless it is assumed to be text.
    static func assembleFile(_ path: String, isTextAssumed: Bool = false) -> [UInt8]? {
        let text: UnsafeRawBufferPointer
        do throws(FileFailure) {
            text = try readFile(path == "-" ? "/dev/stdin" : path)
        } catch {
            complain("martlet: \(path): \(error.reason)")
            return nil
        }
        guard isTextAssumed || isText(text) else { return [UInt8](text) }
        do throws(TextError) {
            return try assemble(text: text)
        } catch {
            var lines: [UInt8] = []
            error.render(file: path, text: text, into: &lines)
            lines.withUnsafeBytes { tell($0) }
            return nil
        }
    }

    /// A binary as text; nil after a complaint.
    private static func disassembled(_ binary: [UInt8], _ path: String) -> [UInt8]? {
        binary.withUnsafeBytes { bytes in
            var text: [UInt8] = []
            if Component.isComponent(bytes) {
                do throws(ComponentError) {
                    try disassemble(try Component.decode(bytes, features: [.all, .garbageCollection]), into: &text)
                    return text
                } catch {
                    complain(error, bytes, in: path)
                    return nil
                }
            }
            do throws(WasmError) {
                try disassemble(try ModuleImage.decode(bytes, features: [.all, .garbageCollection]), into: &text)
                return text
            } catch {
                complain("martlet: \(path): byte \(error.offset): \(error.message)")
                return nil
            }
        }
    }

    /// Writes to a file, or to standard output when there is none.
    static func write(_ bytes: [UInt8], to path: String?) -> Int32 {
        guard let path else {
            bytes.withUnsafeBytes { show($0) }
            return ExitCode.success
        }
        do throws(FileFailure) {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw .last }
            defer { close(descriptor) }
            try bytes.withUnsafeBufferPointer { bytes throws(FileFailure) in try writeAll(UnsafeRawBufferPointer(bytes), to: descriptor) }
            return ExitCode.success
        } catch {
            complain("martlet: \(path): \(error.reason)")
            return ExitCode.loadError
        }
    }

    private static func usage(_ reason: String) -> Int32 {
        complain("martlet wat: \(reason)\nusage: martlet wat [--print] FILE [-o OUTPUT]")
        return ExitCode.usage
    }
}
