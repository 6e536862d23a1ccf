// `martlet validate`: decodes and validates modules, text or binary, and says what is wrong with the first that is not valid.
import WasmModule

/// The command `validate`.
enum ValidateCommand {
    static func run(_ arguments: [String]) -> Int32 {
        guard !arguments.isEmpty, !arguments.contains(where: { $0.hasPrefix("-") && $0 != "-" }) else {
            complain("usage: martlet validate FILE...")
            return ExitCode.usage
        }
        var code = ExitCode.success
        for path in arguments {
            guard let image = decodeFile(path) else {
                code = ExitCode.loadError
                continue
            }
            do throws(WasmError) {
                try FunctionValidator.validateAll(image)
            } catch {
                complain(error, in: path)
                code = ExitCode.loadError
            }
        }
        return code
    }
}

/// Keeps an assembled module's bytes as long as its image.
final class InputOwner {
    let bytes: UnsafeRawBufferPointer

    init(_ bytes: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        copy.copyBytes(from: bytes)
        self.bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[..<bytes.count])
    }

    deinit { bytes.deallocate() }
}

/// The module in a file, text or binary, its bodies not validated; nil after a complaint.
func decodeFile(_ path: String) -> ModuleImage? {
    guard let bytes = WatCommand.assembleFile(path) else { return nil }
    let owner = InputOwner(bytes)
    do throws(WasmError) {
        return try ModuleImage.decode(owner.bytes, owner: owner)
    } catch {
        complain(error, in: path)
        return nil
    }
}

/// One line: the file, the offset, the reason.
func complain(_ error: WasmError, in path: String) {
    complain("martlet: \(path): offset \(hexadecimal(error.offset)): \(rendered { error.renderMessage(into: &$0) })")
}
