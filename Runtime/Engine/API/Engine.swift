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
    /// Whether memory 0 is guarded, so that its handlers check nothing.
    private let isGuarded: Bool
    /// The cells an outermost function and a function entered from another instance return to.
    let finishCell: UnsafeRawPointer
    let restoreCell: UnsafeRawPointer
    private let cells: UnsafeMutableRawPointer
    /// The counter of dispatches, when the config asks for one.
    public let dispatchCounter: DispatchCounter?

    /// An engine with `config`.
    public init(_ config: Config = Config()) {
        self.config = config
        isGuarded = config.memoryProvider.isGuarded
        // Two cells, each with what looks like no call, and a frame distance of zero, before it.
        cells = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16)
        cells.initializeMemory(as: UInt8.self, repeating: 0, count: 64)
        cells.storeBytes(
            of: handlerAddress(of: Int(Operation.restoreInstance.rawValue), isGuarded: isGuarded), toByteOffset: 24, as: UInt.self)
        cells.storeBytes(of: handlerAddress(of: Int(Operation.finish.rawValue), isGuarded: isGuarded), toByteOffset: 56, as: UInt.self)
        restoreCell = UnsafeRawPointer(cells + 24)
        finishCell = UnsafeRawPointer(cells + 56)
        dispatchCounter = config.countsDispatches ? DispatchCounter(isGuarded: isGuarded) : nil
    }

    /// The handler of operation `number`.
    @inline(__always) func handler(_ number: Int) -> UInt { handlerAddress(of: number, isGuarded: isGuarded) }

    /// Bytes of the cell of operation `number` at `cell`: table branches are followed by their targets.
    @inline(__always) func cellByteCount(_ number: Int, _ cell: UnsafeRawPointer) -> Int {
        if number == Int(Operation.brTableS.rawValue) || number == Int(Operation.brTableA.rawValue) {
            return 16 + (Int(cell.load(fromByteOffset: 12, as: UInt32.self)) + 1) * 8
        }
        return Operation(rawValue: UInt16(truncatingIfNeeded: number)).cellByteCount
    }

    deinit {
        cells.deallocate()
    }
}
