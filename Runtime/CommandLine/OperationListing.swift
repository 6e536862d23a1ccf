// `martlet objdump --ir` and `--code`: the intermediate operations of a module's functions, and the machine code made of them.
import Glibc
import WasmEngine
import WasmModule

/// The listing of `--ir` and `--code`.
enum OperationListing {
    static func run(_ path: String, isNative: Bool) -> Int32 {
        let bytes: UnsafeRawBufferPointer
        do throws(FileFailure) { bytes = try readFile(path) } catch {
            complain("\(path): \(error.reason)")
            return ExitCode.loadError
        }
        let module: Module
        do throws(WasmError) { module = try Module(Engine(), bytes: bytes) } catch {
            complain("\(path): offset \(error.offset): \(error.message)")
            return ExitCode.loadError
        }
        for function in module.image.importedFunctionCount..<module.image.functions.count {
            var text = Array("function \(function)\n".utf8)
            let isDone =
                isNative
                ? module.appendNativeCode(ofFunction: function, to: &text) : module.appendOperations(ofFunction: function, to: &text)
            guard isDone else {
                complain("\(path): function \(function): cannot be compiled")
                return ExitCode.loadError
            }
            show(String(decoding: text, as: UTF8.self))
        }
        return ExitCode.success
    }
}
