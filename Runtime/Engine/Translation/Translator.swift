// Translator: one pass over a function body: each instruction is validated, then translated to cells. What belongs to one family of
// instructions is in an extension of its own.
//
// The invariant at every label: each operand is in its home slot or is a constant, and no accumulator is known.

import Containers
import WasmModule
import WasmOperations

/// A block being translated.
struct TranslationBlock {
    var kind: ControlKind
    /// Operands below its parameters.
    var height: Int
    /// The home slot of its first parameter or result.
    var base: Int32
    /// Where a loop begins.
    var start: Int
    /// The last target field waiting for the block's end (they are chained), or -1.
    var endFixup: Int
    /// The target field waiting for the `else`, or -1.
    var elseFixup: Int
    /// Whether its instruction could be reached.
    var isLive: Bool
    /// Exception handling: the protected stretch and the clauses.
    var bodyStart: Int = 0
    var bodyEnd: Int = 0
    /// Whether an exception handler's target is the block's label.
    var hasHandler = false
    /// The last handler that waits for the block's end (they are chained through `target`), or -1.
    var handlerChain: Int32 = -1
    /// While a table branch is translated: nothing known, a direct target, or the number of a landing place.
    var tablePlace: Int32 = TranslationBlock.unknownPlace
    static let unknownPlace: Int32 = -1
    static let directPlace: Int32 = -2
    var firstClause: Int = 0
    var clauseCount: Int = 0
}

/// Translates function bodies one after the other.
struct Translator: ~Copyable {
    let module: Module
    let image: ModuleImage
    var validator: FunctionValidator
    var code: CodeBuffer
    var operands = GrowableArray<Operand>()
    /// The home slot of the next operand.
    var nextHome: Int32 = 0
    var blocks = GrowableArray<TranslationBlock>()
    var localPlaces = GrowableArray<LocalPlace>()
    /// Offsets of target fields, and of function fields.
    var targets = GrowableArray<Int>()
    var functionFields = GrowableArray<Int>()
    var handlers = GrowableArray<ExceptionHandler>()
    var clauses = GrowableArray<PendingClause>()
    /// Pairs of cell offset and instruction offset, when asked for.
    var sourceMap = GrowableArray<SourceMapEntry>()
    /// The positions of operands that name locals, in rising order.
    var localOperands = GrowableArray<Int>()
    /// Whether the heap refused to let one of these grow: the function's translation ends after the instruction at hand.
    var isRefused = false
    var recordsSourceMap = false

    /// What is known of each class's accumulator; nothing of the one that vectors do not have.
    var integer = AccumulatorState.empty
    var double = AccumulatorState.empty
    var single = AccumulatorState.empty
    /// The cells that may still be changed.
    var recent = RecentCells()
    var isUnreachable = false
    /// The first byte behind the deepest slot in use.
    var frameByteCount: Int32 = 0
    var headerOffset: Int32 = 0
    var operandBase: Int32 = 0
    var resultCount = 0
    /// The function's index in its module.
    var functionIndex: UInt32 = 0
    var fuelField = -1
    var fuelCount: UInt32 = 0
    let isFusing: Bool
    let isMetered: Bool
    let isCounted: Bool
    /// Bytes of the cells that count, whether there are any or not.
    var countByteCount = 0
    let hasFastMemory: Bool
    /// What each instruction becomes. SAFETY: static data.
    nonisolated(unsafe) let lowerings = InstructionLowering.table()
    var instruction = Instruction()

    init(_ module: Module) {
        self.module = module
        image = module.image
        code = CodeBuffer(byteLimit: module.engine.config.codeByteLimit)
        validator = FunctionValidator(module.image)
        isFusing = module.engine.config.isFusionEnabled
        isMetered = module.engine.config.isFuelMetered
        isCounted = module.engine.config.tier == .auto && module.engine.compiler != nil
        hasFastMemory = module.image.memories.first.map { !$0.is64 } ?? false
    }

    // MARK: A function

    /// Validates and translates `image.bodies[body]`. The code is left in `code`.
    @export(interface) @inline(never)
    mutating func translate(body: Int) throws(WasmError) {
        isRefused = false
        // With room for a few from the start, what one instruction does to arrays of which one cannot grow is harmless.
        guard code.prepare(), operands.reserve(64), blocks.reserve(64), localPlaces.reserve(64), handlers.reserve(16),
            localOperands.reserve(2 * Translator.mostLocalOperands)
        else { throw Module.outOfMemory }
        operands.removeAll()
        blocks.removeAll()
        localOperands.removeAll()
        targets.removeAll()
        functionFields.removeAll()
        handlers.removeAll()
        clauses.removeAll()
        sourceMap.removeAll()
        countByteCount = 0
        functionIndex = UInt32(image.importedFunctionCount + body)
        var reader = try validator.begin(body: body)
        enterFunction(image.signature(ofFunction: functionIndex))
        try checkRoom(reader.offset)
        repeat {
            try validator.next(&reader, &instruction)
            if recordsSourceMap { note(sourceMap.append(SourceMapEntry(cell: UInt32(code.count), instruction: instruction.offset))) }
            fuelCount &+= 1
            // What opens and closes blocks is followed even where nothing can be reached.
            let lowering = InstructionLowering(word: lowerings[Int(instruction.opcode.rawValue)])
            switch lowering.rule {
            case .block: try translateBlock(instruction.opcode)
            case _ where isUnreachable: break
            // What only pushes an operand emits nothing, so it needs no more than room for the next.
            case .localGet:
                translateLocalGet(Int(instruction.index))
                try keepOperandRoom(reader.offset)
                continue
            case .wordConstant:
                push(.constant, .integer, UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: instruction.bits))))
                try keepOperandRoom(reader.offset)
                continue
            case .constant:
                push(.constant, ValueClass(lowering.result), instruction.bits)
                try keepOperandRoom(reader.offset)
                continue
            case .localSet: translateLocalSet(Int(instruction.index))
            case .localTee: translateLocalTee(Int(instruction.index))
            case .commutative: emitBinary(lowering.operation, exchanged: lowering.operation, ValueClass(lowering.result))
            case .comparison: emitBinary(lowering.operation, exchanged: lowering.partner, .integer)
            case .load: emitLoad(lowering)
            case .store: emitStore(lowering, float: nil)
            case .special: try translateSpecial(instruction.opcode)
            default: translateReachable(lowering)
            }
            try keepOperandRoom(reader.offset)
            if isRefused || code.isExhausted || frameByteCount > Translator.largestFrameByteCount { try checkRoom(reader.offset) }
        } while !validator.isFinished
        try validator.end(reader)
        finishFuel()
        code.setField(frameByteCount, at: CellLayout.headerByteCount)
    }

    /// Notes whether an array could grow.
    @inline(__always) mutating func note(_ isDone: Bool) {
        if !isDone { isRefused = true }
    }

    /// Sees to room for what the next instruction pushes.
    @inline(__always) private mutating func keepOperandRoom(_ offset: Int) throws(WasmError) {
        if operands.count &+ Translator.operandRoom > operands.capacity { try growOperands(offset) }
    }

    @inline(never) private mutating func growOperands(_ offset: Int) throws(WasmError) {
        note(operands.reserve(operands.count &+ Translator.operandRoom))
        try checkRoom(offset)
    }

    /// Throws when the heap refused or the function is too large.
    @inline(never) private mutating func checkRoom(_ offset: Int) throws(WasmError) {
        if isRefused || (code.isExhausted && !code.isOverLimit) {
            throw WasmError(.outOfMemory, at: offset, "out of memory while translating")
        }
        if code.isExhausted { throw WasmError(.limit, at: offset, "code exceeds the engine's limit") }
        if frameByteCount > Translator.largestFrameByteCount {
            throw WasmError(.limit, at: offset, "frame too large", .bound, UInt64(Translator.largestFrameByteCount))
        }
    }

    private mutating func enterFunction(_ signature: Signature) {
        forgetAccumulators()
        isUnreachable = false
        localPlaces.removeAll()
        resultCount = Int(signature.resultCount)
        var resultBytes: Int32 = 0
        for type in signature.results { resultBytes += ValueClass(type).byteCount }
        var offset: Int32 = 0
        let parameterCount = Int(signature.parameterCount)
        let locals = validator.locals
        note(localPlaces.reserve(locals.count))
        if isRefused { return }
        for index in 0..<parameterCount {
            let valueClass = ValueClass(locals[index])
            localPlaces.appendReserved(LocalPlace(slot: offset, valueClass: valueClass))
            offset += valueClass.byteCount
        }
        headerOffset = max(offset, resultBytes)
        offset = headerOffset + 8
        for index in parameterCount..<locals.count {
            let valueClass = ValueClass(locals[index])
            localPlaces.appendReserved(LocalPlace(slot: offset, valueClass: valueClass))
            offset += valueClass.byteCount
        }
        let localsEnd = offset
        operandBase = max(offset, Translator.smallestFrameByteCount)
        nextHome = operandBase
        frameByteCount = operandBase
        // A frame that outgrows the red zone checks for itself. Whether it does is known at the end: small ones are entered behind the cell.
        _ = code.begin(.enterLarge)
        code.add(0)
        code.align()
        if localsEnd > headerOffset + 8 {
            emitClearing(headerOffset + 8, slotCount: (localsEnd - headerOffset - 8) / 8)
        }
        beginCount()
        barrier()
        beginFuel()
        note(
            blocks.append(
                TranslationBlock(
                    kind: .function, height: 0, base: operandBase, start: 0, endFixup: -1, elseFixup: -1, isLive: true)))
    }

    /// Clears locals: few by cells of up to eight, many by a loop.
    private mutating func emitClearing(_ first: Int32, slotCount: Int32) {
        if slotCount > 32 {
            _ = code.begin(.enter)
            code.add(first)
            code.add(slotCount)
            return
        }
        var cleared: Int32 = 0
        while cleared < slotCount {
            let count = min(slotCount - cleared, Int32(Operation.mostClearedAtOnce))
            _ = code.begin(.clearing(Int(count)))
            code.add(first + cleared * 8)
            code.align()
            cleared += count
        }
    }

    /// Where the translated function is entered.
    var entryOffset: Int { Int(frameByteCount) > Execution.redZoneByteCount / 2 ? 0 : Translator.largeFrameCellByteCount }
    static let largeFrameCellByteCount = 16
    /// No callee's frame begins closer to its caller's: so many bytes of stack hold at most one activation.
    static let smallestFrameByteCount: Int32 = 32
    /// A larger frame is refused: far below what a slot's 32-bit offset can name, whatever one instruction adds.
    static let largestFrameByteCount: Int32 = 1 << 28

    // MARK: Counting

    /// Begins what may become hot: a function, or a loop.
    mutating func beginCount() {
        countByteCount += Int(Operation.tally.cellByteCount)
        guard isCounted else { return }
        _ = code.begin(.tally)
        code.add(Int32(bitPattern: functionIndex))
        code.align()
        barrier()
    }

    // MARK: Fuel

    /// Begins a basic block: the charge is filled in at its end.
    mutating func beginFuel() {
        guard isMetered else { return }
        finishFuel()
        _ = code.begin(.fuel)
        fuelField = code.count
        code.add(0)
        code.align()
        barrier()
    }

    mutating func finishFuel() {
        if fuelField >= 0 { code.setField(Int32(truncatingIfNeeded: fuelCount), at: fuelField) }
        fuelField = -1
        fuelCount = 0
    }
}

/// A clause of a `try_table` on its way to a handler.
struct PendingClause {
    var clause: CatchClause
    /// The block its label names.
    var block: Int
}

/// From a cell to the instruction it was made for.
struct SourceMapEntry {
    var cell: UInt32
    var instruction: UInt32
}
