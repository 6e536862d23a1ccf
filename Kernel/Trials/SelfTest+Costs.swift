// What a change of view costs beside what could be done instead: `selftest=view-costs` says nanoseconds. A measurement, not a test: the
// figures in Kernel/Memory/README.md come from here.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory

extension SelfTest {
    private static let turns = 20000
    /// Pages looked at after each change: their translations are what a change makes the hart forget.
    private static let touchedPageCount = 16

    static func measureViews() {
        guard let space = AddressSpace(pageLimit: 4000), let block = PageFrames.tryAllocate(order: 4) else {
            return check(false, "no memory")
        }
        let memory = UInt(bitPattern: block.pointer)
        func touch() {
            for page in 0..<touchedPageCount { _ = machine_load64(memory + UInt(page * pageByteCount)) }
        }
        tell("looking at 16 pages") { touch() }
        tell("fence of all translations, 16 pages") {
            Translation.fenceAll()
            touch()
        }
        let other = space.kernelTranslation
        tell("two writes of satp, 16 pages") {
            Translation.write(other)
            Translation.write(KernelMapping.translation)
            touch()
        }
        tell("sstatus.SUM set and cleared, 16 pages") {
            machine_set_sstatus(1 << 18)
            machine_clear_sstatus(1 << 18)
            touch()
        }
        tell("sstatus.SIE set and cleared, 16 pages") {
            let wereEnabled = Interrupts.disable()
            Interrupts.restore(wereEnabled)
            touch()
        }
        tell("an ecall to the firmware and back, 16 pages") {
            _ = machine_sbi(0x10, 0, 0, 0, 0)
            touch()
        }
        PageFrames.free(block, order: 4)
    }

    private static func tell(_ name: StaticString, _ body: () -> Void) {
        let start = Clock.nanoseconds
        for _ in 0..<turns { body() }
        let nanoseconds = (Clock.nanoseconds - start) / UInt64(turns)
        say { $0.text(name).text(": ").decimal(unsigned: nanoseconds).text(" ns") }
    }
}
