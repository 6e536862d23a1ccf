// Interrupts on and off, and waiting for one. RISC-V privileged specification 4.1.1 (sstatus.SIE), 4.1.3 (sie, sip).
import CMachine

/// The interrupts a hart can take in supervisor mode, as bits of `sie` and `sip`.
public struct InterruptSources: OptionSet, Sendable {
    public let rawValue: UInt64
    @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static let software = Self(rawValue: 1 << 1)
    public static let timer = Self(rawValue: 1 << 5)
    public static let external = Self(rawValue: 1 << 9)
}

/// Interrupts of the running hart. In a trap handler they are off and stay off.
public enum Interrupts {
    static let enableBit: UInt64 = 1 << 1

    /// Whether interrupts are taken now.
    public static var areEnabled: Bool { machine_read_sstatus() & enableBit != 0 }

    public static func enable() {
        Stretch.end()
        machine_set_sstatus(enableBit)
    }

    /// Turns interrupts off and says whether they were on; hand that to `restore`.
    @inline(__always)
    public static func disable() -> Bool {
        let wereEnabled = machine_interrupts_off() != 0
        if wereEnabled { Stretch.begin() }
        return wereEnabled
    }

    /// Undoes a `disable`.
    @inline(__always)
    public static func restore(_ wereEnabled: Bool) {
        guard wereEnabled else { return }
        Stretch.end()
        machine_set_sstatus(enableBit)
    }

    /// Lets the named sources interrupt this hart.
    public static func unmask(_ sources: InterruptSources) { machine_set_sie(sources.rawValue) }
    public static func mask(_ sources: InterruptSources) { machine_clear_sie(sources.rawValue) }
    /// Takes back a software interrupt.
    public static func acknowledgeSoftware() { machine_clear_sip(InterruptSources.software.rawValue) }

    /// Sleeps until an interrupt is pending and takes it. Called with interrupts off, so that a wake-up between the caller's last look
    /// and the sleep is not lost; they are off again on return.
    public static func waitAndTake() {
        Stretch.end()
        machine_wait_for_interrupt()
        enable()
        _ = disable()
    }
}

/// Runs `body` with interrupts off and restores what was. Keep it short: its length is interrupt latency.
@inline(__always)
public func withInterruptsDisabled<Result: ~Copyable, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let wereEnabled = Interrupts.disable()
    defer { Interrupts.restore(wereEnabled) }
    return try body()
}
