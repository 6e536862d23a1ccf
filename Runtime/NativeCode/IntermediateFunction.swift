// IntermediateFunction: one function as the translator leaves it, and what native code must know of the engine.

/// A function's intermediate code: cells with operation numbers, targets as offsets. Borrowed while it is compiled.
public struct IntermediateFunction {
    /// The first cell.
    public var cells: UnsafeRawPointer
    /// Bytes of all cells.
    public var byteCount: Int
    /// Where calls enter.
    public var entryOffset: Int
    /// Bytes of the frame.
    public var frameByteCount: Int
    /// The function's index in its module.
    public var index: UInt32
    /// Whether table 0 cannot grow.
    public var isFirstTableFixed = false
    /// Whether an exception handler goes on inside the function: the offsets where it does.
    public var handlerTargets: UnsafeBufferPointer<UInt32>

    /// A function of so many bytes of cells.
    public init(
        cells: UnsafeRawPointer, byteCount: Int, entryOffset: Int, frameByteCount: Int, index: UInt32,
        handlerTargets: UnsafeBufferPointer<UInt32>
    ) {
        self.cells = cells
        self.byteCount = byteCount
        self.entryOffset = entryOffset
        self.frameByteCount = frameByteCount
        self.index = index
        self.handlerTargets = handlerTargets
    }
}

/// Where native code finds what belongs to the running instance. Offsets in bytes; each below 2048.
public struct EngineLayout: Sendable {
    // From the instance's state.
    public var stackLimit: Int
    public var execution: Int
    public var memory: Int
    /// The array of all memories' structures.
    public var memories: Int
    public var tables: Int
    /// The elements and the count of table 0, where that cannot grow.
    public var firstElements: Int
    public var firstCount: Int
    public var globals: Int
    /// The table of handlers by operation number.
    public var handlers: Int
    // From the structures these point to.
    public var executionFuel: Int
    public var memoryByteCount: Int
    public var memoryBase: Int
    public var tableElements: Int
    public var tableCount: Int
    public var entryCode: Int
    public var entryInstance: Int
    public var entryType: Int
    /// The sum of the instance's address and the type's number, where the number is below `keyedTypes`.
    public var entryKey: Int
    public var keyedTypes: Int
    /// Whether accesses of memory 0 are compared with its size. If not, what is beyond it faults.
    public var isChecked: Bool
    /// Whether fuel is charged.
    public var isMetered: Bool

    /// A layout.
    public init(
        stackLimit: Int, execution: Int, memory: Int, memories: Int, tables: Int, firstElements: Int, firstCount: Int, globals: Int,
        handlers: Int,
        executionFuel: Int, memoryByteCount: Int, memoryBase: Int, tableElements: Int, tableCount: Int, entryCode: Int, entryInstance: Int,
        entryType: Int,
        entryKey: Int, keyedTypes: Int, isChecked: Bool, isMetered: Bool
    ) {
        self.stackLimit = stackLimit
        self.execution = execution
        self.memory = memory
        self.memories = memories
        self.tables = tables
        self.firstElements = firstElements
        self.firstCount = firstCount
        self.globals = globals
        self.handlers = handlers
        self.executionFuel = executionFuel
        self.memoryByteCount = memoryByteCount
        self.memoryBase = memoryBase
        self.tableElements = tableElements
        self.tableCount = tableCount
        self.entryCode = entryCode
        self.entryInstance = entryInstance
        self.entryType = entryType
        self.entryKey = entryKey
        self.keyedTypes = keyedTypes
        self.isChecked = isChecked
        self.isMetered = isMetered
    }
}

/// A cell that native code takes over: its header becomes the address of the code at `codeOffset`.
public struct NativeEntry: BitwiseCopyable {
    /// The cell's offset in the function's cells.
    public var cellOffset: UInt32
    /// Bytes from the function's first native instruction.
    public var codeOffset: UInt32
}

/// A place in native code, and the cell it was made for.
public struct CodeSite: BitwiseCopyable {
    /// Bytes from the function's first native instruction.
    public var codeOffset: UInt32
    /// The cell's offset in the function's cells.
    public var cellOffset: UInt32
    /// How much more fuel is left than its register has; -1 where none is charged.
    public var reserve: Int32
}
