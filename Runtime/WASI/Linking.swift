// WASI for the engine: every row of the function table, in both editions, as a host function of a linker. Owns nothing.
import FileSystems
import WasmEngine
import WasmModule

extension FunctionRow {
    /// The function's WebAssembly type.
    public var type: FunctionType {
        FunctionType(
            parameters: wideSlots.map { $0 ? ValueType.i64 : ValueType.i32 }, results: returnsErrno ? [ValueType.i32] : [])
    }
}

extension WASIContext {
    /// What a process's exit code is when the platform ended it inside a call, and says nothing else: 128 + SIGKILL.
    public static let endedExitCode: Int32 = 137

    /// Makes the store's embedder data lead to this context, which must outlive the store's guests.
    public func attach(to store: Store) { store.data = Unmanaged.passUnretained(self).toOpaque() }

    /// Defines both editions in a linker, which may serve many stores: a call's store leads to its context.
    public static func define(in linker: Linker) {
        define(in: linker) { store in store.data }
    }

    /// The same for embedders whose `Store.data` is something else: `context` leads from a store to its context, unretained.
    @export(interface) @inline(never)
    public static func define(in linker: Linker, context: @escaping (Store) -> UnsafeMutableRawPointer?) {
        for row in FunctionRow.all {
            define(row, .preview1, in: linker, context)
            if row.isInUnstable { define(row, .unstable, in: linker, context) }
        }
    }

    private static func define(
        _ row: FunctionRow, _ preview: Preview, in linker: Linker, _ context: @escaping (Store) -> UnsafeMutableRawPointer?
    ) {
        let function = row.function
        linker.defineFunction(
            module: Name(preview.moduleName.bytes), name: Name(row.name.bytes), type: row.type
        ) { caller, values in
            guard let data = context(caller.store) else { return .trap(.hostError) }
            // SAFETY: whoever attached the context keeps it alive while guests of the store run.
            return Unmanaged<WASIContext>.fromOpaque(data)._withUnsafeGuaranteedRef { context in
                // A module without a memory can call what takes no pointer; every pointer is a fault.
                let memory = caller.guestMemory ?? GuestMemory(base: UnsafeMutableRawPointer(bitPattern: 16)!, byteCount: 0)
                switch context.call(function, preview: preview, memory: memory, values: values) {
                case .returned(let error):
                    values[0] = UInt64(error.rawValue)
                    return .done
                case .exit(let code): return .exit(Int32(bitPattern: code))
                case .ended: return .exit(endedExitCode)
                }
            }
        }
    }
}
