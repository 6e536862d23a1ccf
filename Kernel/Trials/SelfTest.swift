// Tests that need the bare machine: `selftest=NAME` on the kernel's command line runs one instead of the programs, says `selftest NAME: ok` and
// exits with 0, or with `failedCode`. Tests/Machine boots them. Each of those that end normally must leave as many free pages as it found.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory
import KernelStartup

/// The kernel's self-tests by name.
enum SelfTest {
    /// The exit code of a self-test that found something wrong, or does not exist.
    static let failedCode = 3

    static func runIfAsked(_ platform: Platform) {
        guard let name = platform.arguments.value(of: "selftest") else { return }
        guard let body = find(name) else {
            say { $0.text("no self-test is named ").bytes(name) }
            Power.exit(code: failedCode)
        }
        KernelHeap.trim(KernelHeap.kernel)
        let before = PageFrames.balance
        body(platform)
        KernelHeap.trim(KernelHeap.kernel)
        let after = PageFrames.balance
        if after != before { say { $0.decimal(before).text(" pages were free, now ").decimal(after) } }
        check(after == before, "free pages before and after differ")
        say { $0.text("selftest ").bytes(name).text(": ok, ").decimal(before).text(" pages free before and after") }
        Power.exit(code: 0)
    }

    private static func find(_ name: UnsafeRawBufferPointer) -> ((Platform) -> Void)? {
        func isNamed(_ text: StaticString) -> Bool { isEqual(name, text) }
        if isNamed("nothing") { return { _ in } }
        // Deliberate faults: none of them returns.
        if isNamed("write-text") { return { _ in writeText() } }
        if isNamed("write-constants") { return { _ in writeConstants() } }
        if isNamed("execute-data") { return { _ in executeData() } }
        if isNamed("null-access") { return { _ in nullAccess() } }
        if isNamed("null-call") { return { _ in nullCall() } }
        if isNamed("stack-overflow") { return { _ in overflowStack() } }
        if isNamed("thread-stack-overflow") { return { _ in overflowThreadStack() } }
        if isNamed("swift-overflow") { return { _ in overflowInteger() } }
        if isNamed("swift-bounds") { return { _ in exceedBounds() } }
        if isNamed("heap-exhaustion") { return { _ in exhaustHeap() } }
        if isNamed("double-free-page") { return { _ in freePageTwice() } }
        if isNamed("foreign-free-page") { return { _ in freeForeignPage() } }
        if isNamed("double-free-block") { return { _ in freeBlockTwice() } }
        if isNamed("foreign-free-block") { return { _ in freeForeignBlock() } }
        if isNamed("panic") { return { _ in panic("asked for by the self-test") } }
        // Memory.
        if isNamed("pages") { return { _ in testPages() } }
        if isNamed("heap") { return { _ in testHeap() } }
        if isNamed("address-space") { return { _ in testAddressSpace() } }
        if isNamed("memory-routines") { return { _ in testMemoryRoutines() } }
        if isNamed("view-costs") { return { _ in measureViews() } }
        // Threads and time.
        if isNamed("timer") { return { _ in testTimer() } }
        if isNamed("threads") { return { _ in testThreads() } }
        if isNamed("float-owner") { return { _ in testFloatOwner() } }
        if isNamed("preemption") { return { _ in testPreemption() } }
        if isNamed("hart") { return { _ in testHart() } }
        // Devices.
        if isNamed("clock") { return { _ in testClock() } }
        if isNamed("uart-echo") { return { _ in echoUart() } }
        if isNamed("uart-output") { return { testOutputUart($0) } }
        if isNamed("virtio-output") { return { testOutputVirtio($0) } }
        if isNamed("virtio-input") { return { _ in readVirtio() } }
        if isNamed("entropy") { return { _ in testEntropy() } }
        return nil
    }

    /// Writes one line to the log, whatever its level.
    static func say(_ body: (LogWriter) -> Void) { Log.line(.error, "selftest", body) }

    /// A counter that a trap handler changes behind the compiler's back, as it is in memory now.
    static func current(_ counter: UnsafeMutablePointer<UInt64>) -> UInt64 { machine_load64(UInt(bitPattern: counter)) }

    /// Ends the self-test if something is not so.
    static func check(_ isTrue: Bool, _ text: StaticString, line: Int = #line) {
        if isTrue { return }
        say { $0.text("FAILED: ").text(text).text(" (line ").decimal(line).text(")") }
        Power.exit(code: failedCode)
    }
}

/// A small generator for tests: xorshift64*.
struct TestRandom {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
    mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: (next() >> 1) % UInt64(bound)) }
}
