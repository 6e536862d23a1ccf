// `martlet validate`: decodes and validates modules and components, text or binary, and says what is wrong with those that are not valid.
import WasmComponent
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
            guard let file = decodeFile(path), isValid(file, path) else {
                code = ExitCode.loadError
                continue
            }
        }
        return code
    }

    /// Validates the function bodies; false after a complaint.
    private static func isValid(_ file: DecodedFile, _ path: String) -> Bool {
        switch file {
        case .module(let image):
            do throws(WasmError) { try FunctionValidator.validateAll(image) } catch {
                complain(error, in: path)
                return false
            }
        case .component(let component):
            do throws(ComponentError) { try component.validateBodies() } catch {
                complain(error, component.bytes, in: path)
                return false
            }
        }
        return true
    }
}

/// What a file holds.
enum DecodedFile {
    case module(ModuleImage)
    case component(Component)
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

/// The module or component in a file, text or binary, its bodies not validated; nil after a complaint.
func decodeFile(_ path: String) -> DecodedFile? {
    guard let bytes = WatCommand.assembleFile(path) else { return nil }
    let owner = InputOwner(bytes)
    if Component.isComponent(owner.bytes) {
        do throws(ComponentError) { return .component(try Component.decode(owner.bytes, owner: owner)) } catch {
            complain(error, owner.bytes, in: path)
            return nil
        }
    }
    do throws(WasmError) {
        return .module(try ModuleImage.decode(owner.bytes, owner: owner))
    } catch {
        complain(error, in: path)
        return nil
    }
}

/// One line: the file, the offset, the reason.
func complain(_ error: WasmError, in path: String) {
    complain("martlet: \(path): offset \(hexadecimal(error.offset)): \(rendered { error.renderMessage(into: &$0) })")
}

/// The same of a component whose bytes are `input`.
func complain(_ error: ComponentError, _ input: UnsafeRawBufferPointer, in path: String) {
    complain("martlet: \(path): offset \(hexadecimal(error.offset)): \(rendered { error.renderMessage(input, into: &$0) })")
}
