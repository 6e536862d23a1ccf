// Engine: the configuration, the type registry and the handler table that modules and stores of one embedder share.

import Containers
import WasmModule
import WasmOperations

/// What modules and stores share. Modules and stores of different engines do not mix; the meeting places check it.
public final class Engine {
    /// The switches and limits.
    public let config: Config
    /// The types of all modules, numbered.
    public let types = TypeRegistry()
    /// The handler of each operation.
    let handlers: UnsafeMutablePointer<UInt>
    /// The cells an outermost function and a function entered from another instance return to.
    let finishCell: UnsafeRawPointer
    let restoreCell: UnsafeRawPointer
    private let cells: UnsafeMutableRawPointer
    /// The counter of dispatches, when the config asks for one.
    public let dispatchCounter: DispatchCounter?

    /// An engine with `config`.
    public init(_ config: Config = Config()) {
        self.config = config
        handlers = UnsafeMutablePointer<UInt>.allocate(capacity: Operation.count)
        let isGuarded = config.memoryProvider.isGuarded
        cellByteCounts = UnsafeMutablePointer<UInt8>.allocate(capacity: Operation.count)
        for number in 0..<Operation.count {
            handlers[number] = handlerAddress(of: number, isGuarded: isGuarded)
            cellByteCounts[number] = UInt8(Operation(rawValue: UInt16(number)).cellByteCount)
        }
        cellByteCounts[Int(Operation.brTableS.rawValue)] = 0
        cellByteCounts[Int(Operation.brTableA.rawValue)] = 0
        // Two cells, each with a frame distance of zero before it.
        cells = UnsafeMutableRawPointer.allocate(byteCount: 48, alignment: 16)
        cells.initializeMemory(as: UInt8.self, repeating: 0, count: 48)
        cells.storeBytes(of: handlers[Int(Operation.restoreInstance.rawValue)], toByteOffset: 8, as: UInt.self)
        cells.storeBytes(of: handlers[Int(Operation.finish.rawValue)], toByteOffset: 24, as: UInt.self)
        restoreCell = UnsafeRawPointer(cells + 8)
        finishCell = UnsafeRawPointer(cells + 24)
        dispatchCounter = config.countsDispatches ? DispatchCounter(handlers) : nil
    }

    /// Bytes of each operation's cell; zero for table branches, whose targets follow.
    private let cellByteCounts: UnsafeMutablePointer<UInt8>

    /// Bytes of the cell of operation `number` at `cell`.
    @inline(__always) func cellByteCount(_ number: Int, _ cell: UnsafeRawPointer) -> Int {
        let byteCount = Int(cellByteCounts[number])
        if byteCount != 0 { return byteCount }
        return 16 + (Int(cell.load(fromByteOffset: 12, as: UInt32.self)) + 1) * 8
    }

    deinit {
        cellByteCounts.deallocate()
        handlers.deallocate()
        cells.deallocate()
    }
}
