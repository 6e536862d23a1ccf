// The machine code of an image: its pages, where each function's code is, and which instruction of it was made for which cell, for faults. All
// processes of the image share it. Everything in it, and what the compiler needs meanwhile, comes from the part of memory that is for code, so
// that no program sees it.
import CMachine
import Containers
import KernelCore
import KernelMachine
import KernelMemory
import NativeCode
import WasmEngine

/// How programs run.
public struct TierSettings {
    /// Whether and when functions become machine code.
    public var tier = Tier.auto
    /// `Config.tierThreshold`.
    public var threshold: UInt16 = 1000
    /// `Config.tierSeed`.
    public var seed: UInt64 = 0
    /// Whether machine code is checked before it may run (Runtime/NativeCode/Checker).
    public var checksCode = false

    /// The settings of the machine. Constant once programs run.
    nonisolated(unsafe) public static var current = TierSettings()

    /// Takes what a manifest says.
    public mutating func take(_ said: ManifestTier) {
        switch said.kind {
        case .threaded: tier = .threaded
        case .native: tier = .native
        case .auto: tier = .auto
        }
        if let count = said.threshold { threshold = count }
        if let number = said.seed { seed = number }
    }
}

/// Machine code of an image. Lies in the kernel's heap.
struct CodeSpace: ~Copyable {
    typealias Pointer = UnsafeMutablePointer<CodeSpace>

    /// One function's code.
    private struct Function: BitwiseCopyable {
        var start: UInt64
        var byteCount: Int
        /// The function's first cell, and the instructions that may fault.
        var cells: UInt64
        var faultSites: UnsafeMutablePointer<CodeSite>?
        var faultSiteCount: Int
    }

    // Whoever compiles, one at a time; functions are added with interrupts off, since faults look for them.
    private(set) var pages = CodePages()
    /// What describes the code, and what the compiler uses.
    let heap: Heap.Pointer
    private var functions: ChunkedArray<Function>
    /// What the compiler runs on, from its first run on.
    private var stack: ThreadStack?
    /// Functions whose code nobody gave back yet.
    private var liveCount = 0
    /// Nanoseconds of compiling.
    var nanoseconds: UInt64 = 0

    /// Pages one image has at most beside the stack, code, descriptions and the compiler's together; with the stack half of what there is.
    private static var pageLimit: Int { PageFrames.codePageCount / 2 - ThreadStack.byteCount / pageByteCount }

    // MARK: Life

    /// Makes one without any code; nil when the kernel's heap has no room for its records.
    static func make() -> Pointer? {
        guard let heap = KernelHeap.makeHeap(name: "code", source: .frames(.code), pageLimit: pageLimit) else { return nil }
        guard let memory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: MemoryLayout<CodeSpace>.size) else {
            KernelHeap.destroy(heap)
            return nil
        }
        heap.pointee.refusalCountdown = TrialAccess.codeRefusalNumber
        let space = memory.bindMemory(to: CodeSpace.self, capacity: 1)
        let allocator = Allocator(
            context: heap, allocate: { KernelHeap.tryAllocate(from: $0!.assumingMemoryBound(to: Heap.self), byteCount: $1) },
            free: { KernelHeap.free($1) })
        space.initialize(to: CodeSpace(heap: heap, functions: ChunkedArray(from: allocator)))
        return space
    }

    private init(heap: Heap.Pointer, functions: consuming ChunkedArray<Function>) {
        self.heap = heap
        self.functions = functions
    }

    /// Gives everything back. No view maps the code any more.
    static func destroy(_ space: Pointer) {
        space.pointee.pages.release()
        // Before its heap, which its destructor gives pieces back to.
        let heap = space.pointee.heap
        space.deinitialize(count: 1)
        KernelHeap.destroy(heap)
        KernelHeap.free(UnsafeMutableRawPointer(space))
    }

    // MARK: Compiling

    /// Settles how an engine runs functions, and where their code goes.
    static func settle(_ config: inout Config, _ space: Pointer) {
        config.tier = TierSettings.current.tier
        config.tierThreshold = TierSettings.current.threshold
        config.tierSeed = TierSettings.current.seed
        // Whatever the tier: an engine takes the same memory, so that programs have the same.
        guard PageFrames.codePageCount > 0 else { return }
        config.nativeCode = NativeCodeProvider(
            context: space,
            place: { context, function in
                CodeSpace.place(
                    context!.assumingMemoryBound(to: CodeSpace.self), function.assumingMemoryBound(to: NativeFunction.self).pointee)
            },
            release: { context, _, _ in CodeSpace.release(context!.assumingMemoryBound(to: CodeSpace.self)) },
            run: { machine_enter_native($0) })
        config.nativeCode?.callOnStack = { CodeSpace.callOnStack($0, $1) }
        guard TierSettings.current.checksCode else { return }
        config.nativeCode?.reportFault = { _, function, offset, reason in
            // The function goes on as threaded code. Its code is wrong, whoever wrote the program: that is told at every level of the log.
            Log.line(.error, "code") {
                $0.text("machine code of function ").decimal(Int(function)).text(" at offset ").decimal(Int(offset)).text(": ")
                    .text(CodeFaultReason(rawValue: reason)?.text ?? "unknown fault")
            }
        }
    }

    /// Runs `work`, which compiles, with the memory it may use. In a kernel view; one thread at a time.
    static func compile(_ space: Pointer, _ work: () -> Void) {
        let start = Clock.nanoseconds
        space.pointee.heap.pointee.pageLimit = pageLimit - space.pointee.pages.pageCount
        KernelHeap.with(space.pointee.heap) { work() }
        space.pointee.nanoseconds &+= Clock.nanoseconds &- start
    }

    /// Calls what compiles on the stack for that, so that how far a process can grow does not depend on what was compiled. Without memory for
    /// the stack nothing is.
    private static func callOnStack(_ context: UnsafeMutableRawPointer?, _ work: UnsafeMutableRawPointer) {
        guard let top = context!.assumingMemoryBound(to: CodeSpace.self).pointee.stackTop() else { return }
        machine_call_on_stack({ NativeCodeProvider.carryOut($0) }, work, UInt(top))
    }

    /// Where that stack begins; nil when it is refused.
    private mutating func stackTop() -> UInt64? {
        if stack == nil, Self.pageLimit > 0 { stack = ThreadStack(for: .code) }
        return stack?.top
    }

    private static func place(_ space: Pointer, _ function: NativeFunction) -> UnsafeMutableRawPointer? {
        let count = function.faultSites.count
        var sites: UnsafeMutablePointer<CodeSite>?
        if count > 0 {
            guard let memory = KernelHeap.tryAllocate(from: space.pointee.heap, byteCount: count * MemoryLayout<CodeSite>.stride) else {
                return nil
            }
            sites = memory.bindMemory(to: CodeSite.self, capacity: count)
            sites?.update(from: function.faultSites.baseAddress!, count: count)
        }
        TrialAccess.beforePlacing?(UnsafeMutableRawBufferPointer(mutating: function.code))
        let limit = pageLimit - space.pointee.heap.pointee.pageCount
        guard let start = space.pointee.pages.add(function.code, pageLimit: limit) else {
            if let sites { KernelHeap.free(UnsafeMutableRawPointer(sites)) }
            return nil
        }
        let record = Function(
            start: start, byteCount: function.code.count, cells: UInt64(UInt(bitPattern: function.cells)), faultSites: sites,
            faultSiteCount: count)
        guard withInterruptsDisabled({ space.pointee.functions.append(record) }) else {
            if let sites { KernelHeap.free(UnsafeMutableRawPointer(sites)) }
            return nil
        }
        space.pointee.liveCount += 1
        return UnsafeMutableRawPointer(bitPattern: UInt(start))
    }

    /// A function's code is not run any more. When that holds for all, the addresses are used again.
    private static func release(_ space: Pointer) {
        space.pointee.liveCount -= 1
        guard space.pointee.liveCount == 0 else { return }
        for index in 0..<space.pointee.functions.count {
            if let sites = space.pointee.functions[index].faultSites { KernelHeap.free(UnsafeMutableRawPointer(sites)) }
        }
        withInterruptsDisabled { space.pointee.functions.removeAll() }
        space.pointee.pages.removeAll()
    }

    // MARK: Faults

    /// The cell that the instruction at an address was made for, if that is one which may fault, and how much more fuel was left than its
    /// register has, -1 where none is charged.
    func cell(at programCounter: UInt64) -> (address: UInt64, reserve: Int32)? {
        let functionsBefore = countBefore(functions.count) { functions[$0].start <= programCounter }
        guard functionsBefore > 0 else { return nil }
        let function = functions[functionsBefore - 1]
        let offset = programCounter - function.start
        guard offset < UInt64(function.byteCount), let sites = function.faultSites else { return nil }
        let site = countBefore(function.faultSiteCount) { UInt64(sites[$0].codeOffset) < offset }
        guard site < function.faultSiteCount, UInt64(sites[site].codeOffset) == offset else { return nil }
        return (function.cells + UInt64(sites[site].cellOffset), sites[site].reserve)
    }

    /// How many functions are machine code.
    var functionCount: Int { functions.count }
}
