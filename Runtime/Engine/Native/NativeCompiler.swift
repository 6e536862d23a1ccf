// NativeCompiler: makes machine code of functions. The code is its module's.

import Containers
import MachineCode
import NativeCode
import WasmModule
import WasmOperations

/// What compiling takes: some kilobytes, and what they grow by.
private struct CompilerWork: ~Copyable {
    var emitter: Emitter
    var checker: CodeChecker
    var targets = GrowableArray<UInt32>()
}

/// The compiler of an engine whose functions run as machine code. A program that compiles nothing pays nothing for it.
final class NativeCompiler {
    let provider: NativeCodeProvider
    #if !arch(riscv64)
        /// The registers of native code that another machine runs.
        let registers = UnsafeMutablePointer<NativeRegisters>.allocate(capacity: 1)
        deinit { registers.deallocate() }
    #endif
    /// Made at the first compilation, of the memory for such.
    private var work: UnsafeMutablePointer<CompilerWork>?
    private let isGuarded: Bool
    private let isMetered: Bool
    private let byteLimit: Int

    init(_ provider: NativeCodeProvider, isGuarded: Bool, isMetered: Bool, byteLimit: Int) {
        self.provider = provider
        self.isGuarded = isGuarded
        self.isMetered = isMetered
        self.byteLimit = byteLimit
    }

    /// Functions with more threaded code than this stay so: nobody can end a thread while it compiles.
    static let largestFunctionByteCount = 1 << 20

    /// Gives back what it uses while it compiles.
    func forgetWork() {
        work?.deinitialize(count: 1)
        Allocation.free(work)
        work = nil
    }

    /// What compiling takes; nil when memory is refused.
    private func prepare() -> UnsafeMutablePointer<CompilerWork>? {
        if let work { return work }
        guard let layout = EngineLayout(isGuarded: isGuarded, isMetered: isMetered),
            let raw = Allocation.tryAllocate(byteCount: MemoryLayout<CompilerWork>.size)
        else { return nil }
        let made = raw.bindMemory(to: CompilerWork.self, capacity: 1)
        made.initialize(to: CompilerWork(emitter: Emitter(layout, byteLimit: byteLimit), checker: CodeChecker(layout)))
        work = made
        return made
    }

    /// Compiles the function that a translator has at hand, whose threaded code is at `cells`, into `target`. False when it is too large, no cell
    /// of it can be machine code, or memory is refused: it then goes on as threaded code.
    func compile(
        _ translator: borrowing Translator, index: UInt32, cells: UnsafeMutableRawPointer, into target: inout CompiledFunctions
    ) -> Bool {
        guard let work = prepare(),
            NativeCompiler.compile(&work.pointee.emitter, translator, index: index, &work.pointee.targets),
            work.pointee.emitter.entries.count > 0
        else { return false }
        if let report = provider.reportFault, let fault = work.pointee.checker.check(work.pointee.emitter) {
            if fault.reason != .memory { report(provider.context, index, fault.codeOffset, fault.reason.rawValue) }
            return false
        }
        return target.add(work.pointee.emitter, function: Int(index), cells: cells, provider)
    }

    /// Has an emitter compile the function that a translator has at hand.
    static func compile(
        _ emitter: inout Emitter, _ translator: borrowing Translator, index: UInt32, _ targets: inout GrowableArray<UInt32>
    ) -> Bool {
        targets.removeAll()
        for number in 0..<translator.handlers.count where translator.handlers.base[number].kind == .catch {
            guard targets.append(translator.handlers.base[number].target) else { return false }
        }
        var function = IntermediateFunction(
            cells: UnsafeRawPointer(translator.code.base), byteCount: translator.code.count, entryOffset: translator.entryOffset,
            frameByteCount: Int(translator.frameByteCount), index: index,
            handlerTargets: UnsafeBufferPointer(start: targets.base, count: targets.count))
        function.isFirstTableFixed = translator.image.isFirstTableFixed
        return emitter.compile(function)
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

/// A function to compile, passed by address: a closure that crosses a C function would take memory of the process.
private struct CompilationWork {
    let module: Unmanaged<Module>
    let function: UInt32
}

extension NativeCodeProvider {
    /// Does the work that a `CallOnStack` was handed.
    public static func carryOut(_ work: UnsafeMutableRawPointer?) {
        guard let work = work?.assumingMemoryBound(to: CompilationWork.self).pointee else { return }
        work.module.takeUnretainedValue().compileNow(work.function)
    }
}

extension Module {
    /// Compiles every function.
    func compileAll() {
        for body in image.bodies.indices { compile(UInt32(truncatingIfNeeded: image.importedFunctionCount + body)) }
    }

    /// Compiles a function that has become hot. Nothing happens when it was tried before, is too large, or memory is refused.
    @inline(never) func compile(_ function: UInt32) {
        engine.aroundCompilation {
            guard let provider = engine.compiler?.provider, let call = provider.callOnStack else { return compileNow(function) }
            var work = CompilationWork(module: Unmanaged.passUnretained(self), function: function)
            call(provider.context, &work)
        }
    }

    fileprivate func compileNow(_ function: UInt32) {
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

extension ModuleImage {
    /// Whether table 0 cannot grow: an imported one fits only if it has at least the minimum and no larger maximum.
    var isFirstTableFixed: Bool {
        guard let limits = tables.first?.type.limits else { return false }
        return limits.maximum == limits.minimum
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
            tables: offset(&instance.pointee.tables),
            firstElements: offset(&instance.pointee.firstElements), firstCount: offset(&instance.pointee.firstCount),
            globals: offset(&instance.pointee.globals),
            handlers: offset(&instance.pointee.handlers), executionFuel: offset(&execution.pointee.fuel),
            memoryByteCount: offset(&memory.pointee.byteCount), memoryBase: offset(&memory.pointee.base),
            tableElements: offset(&table.pointee.elements),
            tableCount: offset(&table.pointee.count), entryCode: offset(&entry.pointee.code),
            entryInstance: offset(&entry.pointee.instance), entryType: offset(&entry.pointee.typeIdentifier),
            entryKey: offset(&entry.pointee.key), keyedTypes: Int(FunctionEntry.keyedTypes), isChecked: !isGuarded,
            isMetered: isMetered)
    }
}
