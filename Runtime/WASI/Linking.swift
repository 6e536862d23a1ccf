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
    @export(interface) @inline(never)
    public static func define(in linker: Linker) {
        for row in FunctionRow.all {
            define(row, .preview1, in: linker)
            if row.isInUnstable { define(row, .unstable, in: linker) }
        }
    }

    private static func define(_ row: FunctionRow, _ preview: Preview, in linker: Linker) {
        linker.defineFunction(
            module: Name(preview.moduleName.bytes), name: Name(row.name.bytes), type: row.type,
            number: UInt(row.function.rawValue) | UInt(preview.rawValue) << WASIContext.editionShift, direct: wasi_call)
    }

    /// A function's number in the linker is its row and, from this bit on, its edition.
    fileprivate static let editionShift: UInt = 8
}

/// What every WASI import leads to: one function, entered from the engine's handler without a closure, an allocation or a reference
/// counted on the way, as Tests/Codegen proves. `data` is the store's, a `WASIContext`; `number` says which function of which edition.
@c func wasi_call(
    _ data: UnsafeMutableRawPointer?, _ number: UInt, _ memory: UnsafeMutableRawPointer, _ byteCount: Int,
    _ values: UnsafeMutablePointer<UInt64>
) -> UInt64 {
    guard let data else { return DirectOutcome.trap(.hostError).rawValue }
    // SAFETY: whoever attached the context keeps it alive while guests of the store run.
    return Unmanaged<WASIContext>.fromOpaque(data)._withUnsafeGuaranteedRef { answer($0, number, memory, byteCount, values) }
}

/// Performs the function of this number; a `DirectOutcome`'s raw value. Its parameters are those of `wasi_call` in their order, so that
/// nothing moves on the way.
@inline(never)
private func answer(
    _ context: WASIContext, _ number: UInt, _ memory: UnsafeMutableRawPointer, _ byteCount: Int, _ values: UnsafeMutablePointer<UInt64>
) -> UInt64 {
    // SAFETY: `define` made the number from a row and an edition, both enumerations of one byte without gaps.
    let function = unsafeBitCast(UInt8(truncatingIfNeeded: number), to: WASIFunction.self)
    let preview = unsafeBitCast(UInt8(truncatingIfNeeded: number >> WASIContext.editionShift), to: Preview.self)
    context.begin(preview, GuestMemory(base: memory, byteCount: byteCount), values)
    return context.perform(function)
}
