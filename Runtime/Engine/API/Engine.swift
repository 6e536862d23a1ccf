// Engine: the configuration, the type registry and the handler table that modules and stores of one embedder share.

import Containers
import WasmModule
import WasmOperations

/// What modules and stores share. Modules and stores of different engines do not mix; the meeting places check it. Once it is frozen,
/// threads may share it, its modules and its linkers, each with stores of its own.
public final class Engine {
    /// The switches and limits.
    public let config: Config
    /// The types of all modules, numbered.
    public let types = TypeRegistry()
    /// The handlers by operation number: static data. With memory 0 guarded they are those that check nothing.
    let handlers: UnsafePointer<UInt>
    /// The cells an outermost function and a function entered from another instance return to.
    let finishCell: UnsafeRawPointer
    let restoreCell: UnsafeRawPointer
    /// Nil when memory was refused.
    private let cells: UnsafeMutableRawPointer?
    /// The numbers of the operations of all code, when the config asks for counts.
    let countedCodes: CountedCodes?
    /// What compiles functions, where there is memory for their code: also where none is compiled, so that memory is used alike.
    let compiler: NativeCompiler?
    /// How large the cells are.
    let cellSizes = CellSizes()
    /// Whether it got the memory it needs; else it makes no modules and no functions, which say so.
    let isWhole: Bool

    /// An engine with `config`.
    public init(_ config: Config = Config()) {
        self.config = config
        handlers = handlerTable(isGuarded: config.memoryProvider.isGuarded)
        // Two cells, each with what looks like no call, and a frame distance of zero, before it.
        cells = Allocation.tryAllocate(byteCount: 64)
        countedCodes = config.countsDispatches ? CountedCodes(handlers) : nil
        // What counts dispatches has no use for code that does not dispatch.
        let provider = config.countsDispatches ? nil : config.nativeCode
        compiler = provider.map {
            NativeCompiler(
                $0, isGuarded: config.memoryProvider.isGuarded, isMetered: config.isFuelMetered, byteLimit: config.codeByteLimit)
        }
        isWhole = cells != nil
        // SAFETY: without the cells no function is made that could return to them.
        let base = cells ?? UnsafeMutableRawPointer(bitPattern: 16)!
        restoreCell = UnsafeRawPointer(base + 24)
        finishCell = UnsafeRawPointer(base + 56)
        guard let cells else { return }
        cells.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
        cells.storeBytes(of: handler(Int(Operation.restoreInstance.rawValue)), toByteOffset: 24, as: UInt.self)
        cells.storeBytes(of: handler(Int(Operation.finish.rawValue)), toByteOffset: 56, as: UInt.self)
    }

    /// Ends the making. From here on the engine, its modules and its linkers are only read, so that they may lie in memory that threads
    /// share and cannot write; late translation alone goes on changing a lazy module, inside `Config.aroundLateTranslation`. No module
    /// can be added. A host function whose type no module has fits no import.
    public func freeze() { types.freeze() }

    /// Whether `freeze` was called.
    public var isFrozen: Bool { types.isFrozen }

    /// The handler of operation `number`.
    @inline(__always) func handler(_ number: Int) -> UInt { handlers[number] }

    /// Bytes of the cell of operation `number` at `cell`.
    @inline(__always) func cellByteCount(_ number: Int, _ cell: UnsafeRawPointer) -> Int { cellSizes.byteCount(number, cell) }

    /// Runs `body`, which uses what the compiler owns.
    func aroundCompilation(_ body: () -> Void) {
        guard let around = config.aroundCompilation else { return body() }
        around(body)
    }

    deinit {
        if let compiler { aroundCompilation { compiler.forgetWork() } }
        Allocation.free(cells)
    }
}
