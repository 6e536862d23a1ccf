// How long nobody else could have run: stretches with interrupts off, in traps, and in sections, in retired instructions and in fences
// of translation, each with the place where it began. The word `stretch` on the kernel's command line turns it on, for the tests; the
// instructions are exact under QEMU's `-icount`. Otherwise each begin and end costs one test of a byte.
import CMachine
import KernelCore

/// Stretches in which the running thread cannot be preempted.
public enum Stretch {
    /// What keeps others from running.
    public enum Kind: UInt8 {
        case interruptsOff
        case trap
        case section

        var name: StaticString {
            switch self {
            case .interruptsOff: "interrupts off"
            case .trap: "trap"
            case .section: "section"
            }
        }
    }

    /// The longest stretches that began at one place.
    private struct Longest {
        var kind = Kind.interruptsOff
        /// An address of code, or the cause of a trap.
        var site: UInt64 = 0
        var instructions: UInt64 = 0
        var fences: UInt64 = 0
        var count: UInt64 = 0
    }

    /// Stretches shorter than this in both measures are not looked at further.
    private static let leastInstructions: UInt64 = 2000
    private static let leastFences: UInt64 = 2
    private static let siteCapacity = 128
    /// Places shown of each kind, by each measure.
    private static let shownCount = 5
    /// sstatus.SPIE of a frame: whether it is resumed with interrupts on.
    private static let previousInterruptEnable: UInt64 = 1 << 5

    // Set at boot, and when the machine is left. What is under way on a hart, and its fences, are in its `Hart`.
    nonisolated(unsafe) private static var isOn = false
    // Interrupts off, on the one hart there is.
    nonisolated(unsafe) private static var sites = InlineArray<128, Longest>(repeating: Longest())
    nonisolated(unsafe) private static var siteCount = 0

    /// Measures from now on.
    public static func start() { isOn = true }

    /// A fence of translation, or another root.
    @inline(__always) static func countFence() { machine_hart().pointee.fenceCount &+= 1 }

    /// Interrupts have just been turned off.
    @inline(__always) static func begin() { if isOn { openInterrupts(.interruptsOff, machine_read_program_counter()) } }
    /// Interrupts are about to be turned on.
    @inline(__always) static func end() { if isOn { closeInterrupts() } }

    /// A trap has begun; when interrupts were off it is part of that stretch.
    @inline(__always) static func beginTrap(_ frame: TrapFramePointer) {
        if isOn, frame.pointee.status & previousInterruptEnable != 0 { openInterrupts(.trap, frame.pointee.cause) }
    }
    /// A frame is about to be resumed, by the end of a trap or by a switch; when interrupts stay off the stretch goes on in it.
    @inline(__always) static func resume(_ frame: TrapFramePointer) {
        if isOn, frame.pointee.status & previousInterruptEnable != 0 { closeInterrupts() }
    }

    /// The running thread has just entered its outermost section.
    @inline(__always) public static func beginSection() { if isOn { openSection(machine_read_program_counter()) } }
    /// It has left it.
    @inline(__always) public static func endSection() { if isOn { closeSection() } }

    @inline(never) private static func openInterrupts(_ kind: Kind, _ site: UInt64) {
        open(&machine_hart().pointee.interruptStretch, kind, site)
    }
    @inline(never) private static func closeInterrupts() { close(&machine_hart().pointee.interruptStretch) }

    @inline(never) private static func openSection(_ site: UInt64) { open(&machine_hart().pointee.sectionStretch, .section, site) }
    @inline(never) private static func closeSection() {
        // A trap in between would write down its own stretch; this one is not to be counted as one with interrupts off.
        let wereEnabled = machine_interrupts_off()
        close(&machine_hart().pointee.sectionStretch)
        machine_set_sstatus(wereEnabled)
    }

    private static func open(_ stretch: inout OpenStretch, _ kind: Kind, _ site: UInt64) {
        if stretch.isOpen != 0 { return }
        stretch = OpenStretch(
            isOpen: 1, kind: UInt64(kind.rawValue), site: site, instructions: Clock.retiredInstructions,
            fences: machine_hart().pointee.fenceCount)
    }

    private static func close(_ stretch: inout OpenStretch) {
        guard stretch.isOpen != 0 else { return }
        stretch.isOpen = 0
        let instructions = Clock.retiredInstructions &- stretch.instructions
        let fences = machine_hart().pointee.fenceCount &- stretch.fences
        let kind = Kind(rawValue: UInt8(truncatingIfNeeded: stretch.kind)) ?? .interruptsOff
        guard instructions >= leastInstructions || fences >= leastFences else { return }
        var place = 0
        while place < siteCount, sites[place].site != stretch.site || sites[place].kind != kind { place += 1 }
        if place == siteCount {
            if siteCount < siteCapacity { siteCount += 1 } else { place = shortest }
            sites[place] = Longest(kind: kind, site: stretch.site)
        }
        sites[place].instructions = max(sites[place].instructions, instructions)
        sites[place].fences = max(sites[place].fences, fences)
        sites[place].count &+= 1
    }

    private static var shortest: Int {
        var best = 0
        for place in 1..<siteCount where sites[place].instructions < sites[best].instructions { best = place }
        return best
    }

    /// Says which stretches were the longest; the machine is about to be left.
    static func report() {
        guard isOn else { return }
        isOn = false
        var instructions: UInt64 = 0
        var fences: UInt64 = 0
        for place in 0..<siteCount {
            instructions = max(instructions, sites[place].instructions)
            fences = max(fences, sites[place].fences)
        }
        for kind in [Kind.interruptsOff, .trap, .section] {
            show(kind, by: { $0.instructions })
            show(kind, by: { $0.fences })
        }
        Log.line(.error, "stretch") {
            $0.text("longest ").decimal(unsigned: instructions).text(" instructions, most fences ").decimal(unsigned: fences)
        }
    }

    /// The first few places by a measure that were not shown yet.
    private static func show(_ kind: Kind, by measure: (Longest) -> UInt64) {
        for _ in 0..<shownCount {
            var best: Int?
            for place in 0..<siteCount where sites[place].kind == kind && sites[place].count > 0 {
                if measure(sites[place]) > best.map({ measure(sites[$0]) }) ?? 0 { best = place }
            }
            guard let best else { return }
            let longest = sites[best]
            sites[best].count = 0
            Log.line(.error, "stretch") {
                $0.text(kind.name).text(": ").decimal(unsigned: longest.instructions).text(" instructions, ")
                    .decimal(unsigned: longest.fences).text(" fences, ").decimal(unsigned: longest.count).text(" times long, from ")
                if kind == .trap {
                    $0.text(TrapCause(rawValue: longest.site).name)
                } else {
                    Backtrace.writeSymbol(longest.site, to: $0)
                }
            }
        }
    }
}
