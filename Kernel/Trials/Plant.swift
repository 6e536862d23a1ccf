// Defects on purpose: `plant=NAME` on the command line of the tests' kernel, beside a trial or the manifest's programs. Each undoes what one
// suite of the machine tests asserts, so that a case can show that the suite's sample sees it (Tests/Machine/shows_cases.py).
import KernelCore
import KernelMachine
import KernelMemory
import KernelProcess
import KernelStartup
import WasmEngine

/// Planted defects.
enum Plant {
    /// For how long the hart is kept from everybody.
    private static let starvingNanoseconds: UInt64 = 200_000_000
    /// Until then programs are only being started, and nobody would notice.
    private static let sparedNanoseconds: UInt64 = 100_000_000

    /// Plants the defect that the command line names.
    static func plantIfAsked(_ platform: Platform) {
        let arguments = platform.arguments
        guard arguments.contains("plant") else { return }
        if arguments.has("plant", "frames") {
            // The machine's last page, to be written by every process.
            let last = PlatformRanges(platform).memory.upperBound - UInt64(pageByteCount)
            if !KernelMapping.plantMapping(PhysicalAddress(last).pageNumber) { panic("a planted mapping has no table to go into") }
        } else if arguments.has("plant", "address") {
            // An address in every process's heap, in a block of the kernel's that stays.
            guard let block = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: 64, alignment: 16) else {
                panic("no memory to plant an address in")
            }
            block.storeBytes(of: AddressMap.smallHeap.lowerBound + 128, toByteOffset: 24, as: UInt64.self)
        } else if arguments.has("plant", "leak") {
            TrialAccess.define = { _ in leak() }
        } else if arguments.has("plant", "starve") {
            TrialAccess.define = { _ in starve() }
        } else if arguments.has("plant", "code") {
            TrialAccess.beforePlacing = { changeOperation(in: $0) }
        } else if arguments.has("plant", "code-leak") {
            TrialAccess.beforePlacing = { _ in _ = PageFrames.tryAllocate(for: .code) }
        } else if arguments.has("plant", "writable-code") {
            AddressTrial.plantsWritableCode = true
        } else if arguments.has("plant", "pins") {
            changesPins = true
        } else {
            panic("there is no plant of this name")
        }
    }

    /// Each ADDW becomes SUBW, each XOR becomes OR.
    private static func changeOperation(in code: UnsafeMutableRawBufferPointer) {
        var offset = 0
        while offset + 4 <= code.count {
            let word = code.load(fromByteOffset: offset, as: UInt32.self)
            let bit: UInt32 =
                switch word & 0xFE00_707F {
                case 0x3B: 0x4000_0000
                case 0x4033: 0x2000
                default: 0
                }
            code.storeBytes(of: word | bit, toByteOffset: offset, as: UInt32.self)
            offset += 4
        }
    }

    /// Whether switches out of machine code lose a register.
    nonisolated(unsafe) private static var changesPins = false
    nonisolated(unsafe) private static var scheduleHook: Traps.ScheduleHook?

    /// Puts itself between the end of a slice and the scheduler, once that is there.
    static func plantIntoSlices() {
        guard changesPins else { return }
        scheduleHook = Traps.scheduleHook
        Traps.scheduleHook = { frame in
            if AddressMap.code.contains(frame.pointee.programCounter) { frame.pointee.a5 &+= 1 }
            return Plant.scheduleHook!(frame)
        }
    }

    /// A page for each image that nobody gives back.
    private static func leak() { _ = PageFrames.tryAllocate() }

    /// The hart for nobody else, for each image.
    private static func starve() {
        guard ProcessEvents.nanoseconds > sparedNanoseconds else { return }
        withInterruptsDisabled {
            let end = ProcessEvents.nanoseconds &+ starvingNanoseconds
            while ProcessEvents.nanoseconds < end {}
        }
    }
}
