// Self-tests that break a rule on purpose. Each must end in a report that names what happened, and the panic code.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory

nonisolated(unsafe) private var instruction: UInt32 = 0x0000_8067
nonisolated(unsafe) private var depth = 0

extension SelfTest {
    static func writeText() { machine_store32(UInt(KernelImage.textRange.lowerBound), 0) }
    static func writeConstants() { machine_store32(UInt(KernelImage.constantsRange.lowerBound), 0) }

    /// Calls a `ret` that lies in the data section.
    static func executeData() { withUnsafePointer(to: &instruction) { machine_call(UInt(bitPattern: $0)) } }

    static func nullAccess() { _ = machine_load64(8) }
    static func nullCall() { machine_call(0) }

    static func overflowStack() { _ = recurse(1) }

    /// Never returns: the count it waits for does not come. The compiler cannot know, and keeps every frame.
    @inline(never) private static func recurse(_ value: UInt64) -> UInt64 {
        depth &+= 1
        if machine_load64(UInt(machine_text_start())) == value { return value }
        return recurse(value &+ 2) ^ machine_load64(UInt(machine_text_start()))
    }

    static func overflowThreadStack() {
        guard let stack = ThreadStack() else { return check(false, "no stack") }
        let frame = UnsafeMutablePointer<TrapFrame>.allocate(capacity: 1)
        Context.prepare(frame, stackTop: stack.top, entry: { _ in _ = SelfTest.recurse(1) }, argument: nil)
        _ = Interrupts.disable()
        Context.switchThread(from: Context.current, to: frame)
    }

    static func overflowInteger() {
        let one = Int(machine_read_sstatus() & 0) + 1
        let sum = Int.max - 1 + one + one
        say { $0.decimal(sum) }
    }

    static func exceedBounds() {
        let values = [1, 2, 3]
        let index = Int(machine_read_sstatus() & 0) + 3
        say { $0.decimal(values[index]) }
    }

    static func exhaustHeap() {
        var blocks: [[UInt64]] = []
        while true { blocks.append([UInt64](repeating: 1, count: 65536)) }
    }

    static func freePageTwice() {
        guard let page = PageFrames.tryAllocate() else { return }
        PageFrames.free(page)
        PageFrames.free(page)
    }

    static func freeForeignPage() { PageFrames.free(KernelImage.start.pageNumber) }

    static func freeBlockTwice() {
        guard let keep = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: 100),
            let block = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: 100)
        else { return }
        KernelHeap.free(block)
        KernelHeap.free(block)
        KernelHeap.free(keep)
    }

    static func freeForeignBlock() {
        guard let page = PageFrames.tryAllocate(order: 2) else { return }
        KernelHeap.free(page.pointer + 64)
    }
}
