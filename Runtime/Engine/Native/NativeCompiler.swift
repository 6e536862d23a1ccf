// NativeCompiler: makes machine code of functions. The code is its module's.

import Containers
import MachineCode
import NativeCode
import WasmModule
import WasmOperations

/// The compiler of an engine whose functions run as machine code.
final class NativeCompiler {
    let provider: NativeCodeProvider
    /// The handlers by operation number: what native code leaves to.
    let handlers: UnsafeMutablePointer<UInt>
    /// The registers of native code that another machine runs, behind the handlers.
    let registers: UnsafeMutablePointer<NativeRegisters>
    private var emitter: Emitter
    private var checker: CodeChecker
    private var targets = GrowableArray<UInt32>()
    private let byteLimit: Int

    /// Nil when memory is refused.
    init?(_ provider: NativeCodeProvider, isGuarded: Bool, isMetered: Bool, byteLimit: Int) {
        let byteCount = Operation.count * 8
        guard let raw = Allocation.tryAllocate(byteCount: byteCount + MemoryLayout<NativeRegisters>.stride),
            let layout = EngineLayout(isGuarded: isGuarded, isMetered: isMetered)
        else { return nil }
        registers = (raw + byteCount).bindMemory(to: NativeRegisters.self, capacity: 1)
        handlers = raw.bindMemory(to: UInt.self, capacity: Operation.count)
        copyHandlers(isGuarded: isGuarded, to: handlers)
        self.provider = provider
        self.byteLimit = byteLimit
        emitter = Emitter(layout, byteLimit: byteLimit)
        checker = CodeChecker(layout)
    }

    /// Functions with more threaded code than this stay so: nobody can end a thread while it compiles.
    static let largestFunctionByteCount = 1 << 20

    deinit { Allocation.free(handlers) }

    /// Gives back what it uses while it compiles.
    func forgetWork() {
        emitter = Emitter(emitter.layout, byteLimit: byteLimit)
        checker = CodeChecker(emitter.layout)
        targets = GrowableArray()
    }

    /// Compiles the function that a translator has at hand, whose threaded code is at `cells`, into `target`. False when it is too large, no cell
    /// of it can be machine code, or memory is refused: it then goes on as threaded code.
    func compile(
        _ translator: borrowing Translator, index: UInt32, cells: UnsafeMutableRawPointer, into target: inout CompiledFunctions
    ) -> Bool {
        guard NativeCompiler.compile(&emitter, translator, index: index, &targets), emitter.entries.count > 0 else { return false }
        if let report = provider.reportFault, let fault = checker.check(emitter) {
            if fault.reason != .memory { report(provider.context, index, fault.codeOffset, fault.reason.rawValue) }
            return false
        }
        return target.add(emitter, function: Int(index), cells: cells, provider)
    }

    /// Has an emitter compile the function that a translator has at hand.
    static func compile(
        _ emitter: inout Emitter, _ translator: borrowing Translator, index: UInt32, _ targets: inout GrowableArray<UInt32>
    ) -> Bool {
        targets.removeAll()
        for number in 0..<translator.handlers.count where translator.handlers.base[number].kind == .catch {
            guard targets.append(translator.handlers.base[number].target) else { return false }
        }
        return emitter.compile(
            IntermediateFunction(
                cells: UnsafeRawPointer(translator.code.base), byteCount: translator.code.count, entryOffset: translator.entryOffset,
                frameByteCount: Int(translator.frameByteCount), index: index,
                handlerTargets: UnsafeBufferPointer(start: targets.base, count: targets.count)))
    }

    /// What a cell's header becomes: the code, or who runs it.
    static func header(_ address: UInt) -> UInt {
        #if arch(riscv64)
            address
        #else
            handlerAddress(op_enter_native)
        #endif
    }
}

extension Module {
    /// Compiles every function.
    func compileAll() {
        for body in image.bodies.indices { compile(UInt32(truncatingIfNeeded: image.importedFunctionCount + body)) }
    }

    /// Compiles a function that has become hot. Nothing happens when it was tried before, is too large, or memory is refused.
    @inline(never) func compile(_ function: UInt32) {
        engine.aroundCompilation { compileNow(function) }
    }

    private func compileNow(_ function: UInt32) {
        guard let compiler = engine.compiler, compiled.isUntried(Int(function), functionCount: image.bodies.count),
            let entry = entries[Int(function)], let code = findCode(containing: entry),
            code.byteCount <= NativeCompiler.largestFunctionByteCount
        else { return }
        // It is translated once more, since its cells are addresses by now.
        var translator = Translator(self)
        guard (try? translator.translate(body: Int(function) - image.importedFunctionCount)) != nil else { return }
        let cells = UnsafeMutableRawPointer(mutating: code.start)
        if compiler.compile(translator, index: function, cells: cells, into: &compiled) { return }
        compiled.refuse(Int(function))
        stopCounting(translator, cells)
    }

    /// Lets the cells that count do nothing any more.
    private func stopCounting(_ translator: borrowing Translator, _ cells: UnsafeMutableRawPointer) {
        let resting = engine.handler(Int(Operation.tallyOver.rawValue))
        var offset = 0
        while offset < translator.code.count {
            let number = translator.code.operation(at: offset).rawValue
            if number == Operation.tally.rawValue { cells.storeBytes(of: resting, toByteOffset: offset, as: UInt.self) }
            offset += engine.cellByteCount(Int(number), translator.code.base + offset)
        }
    }
}

extension EngineLayout {
    /// Where things lie in the structures of `State`. Nil when memory is refused.
    init?(isGuarded: Bool, isMetered: Bool) {
        guard let raw = Allocation.tryAllocate(byteCount: 4096) else { return nil }
        defer { Allocation.free(raw) }
        // SAFETY: nothing is read or written; only addresses of fields are formed.
        let instance = raw.assumingMemoryBound(to: InstanceState.self)
        let execution = raw.assumingMemoryBound(to: ExecutionState.self)
        let memory = raw.assumingMemoryBound(to: MemoryState.self)
        let table = raw.assumingMemoryBound(to: TableState.self)
        let entry = raw.assumingMemoryBound(to: FunctionEntry.self)
        func offset<Field>(_ field: UnsafeMutablePointer<Field>) -> Int { UnsafeMutableRawPointer(field) - raw }
        self.init(
            stackLimit: offset(&instance.pointee.stackLimit), execution: offset(&instance.pointee.execution),
            memory: offset(&instance.pointee.memory), memories: offset(&instance.pointee.memories),
            tables: offset(&instance.pointee.tables), globals: offset(&instance.pointee.globals),
            handlers: offset(&instance.pointee.handlers), executionFuel: offset(&execution.pointee.fuel),
            memoryByteCount: offset(&memory.pointee.byteCount), memoryBase: offset(&memory.pointee.base),
            tableElements: offset(&table.pointee.elements),
            tableCount: offset(&table.pointee.count), entryCode: offset(&entry.pointee.code),
            entryInstance: offset(&entry.pointee.instance), entryType: offset(&entry.pointee.typeIdentifier), isChecked: !isGuarded,
            isMetered: isMetered)
    }
}
