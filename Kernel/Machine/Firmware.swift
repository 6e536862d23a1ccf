// Calls to the firmware below the kernel. SBI specification: 4 (base), 5 (legacy console), 6 (timer), 9 (hart state), 10 (system reset).
import CMachine

/// The supervisor binary interface.
public enum Firmware {
    private static let base: UInt64 = 0x10
    private static let timer: UInt64 = 0x5449_4D45
    private static let hartState: UInt64 = 0x48_534D
    private static let systemReset: UInt64 = 0x5352_5354

    /// The hart the firmware started the kernel on, and where it put the device tree. Valid on the boot hart.
    public static var bootHart: UInt64 { machine_hart().pointee.identifier }
    public static var deviceTreeAddress: UInt { UInt(machine_hart().pointee.deviceTree) }

    /// Whether the firmware implements an extension.
    static func has(_ identifier: UInt64) -> Bool {
        let result = machine_sbi(base, 3, identifier, 0, 0)
        return result.error == 0 && result.value != 0
    }

    /// Prints a byte through the firmware's own console: for what must be said before the UART is known.
    public static func print(_ byte: UInt8) { _ = machine_sbi(1, 0, UInt64(byte), 0, 0) }

    /// Asks for a timer interrupt at an absolute tick, and clears a pending one.
    static func setTimer(ticks: UInt64) { _ = machine_sbi(timer, 0, ticks, 0, 0) }

    /// Starts a parked hart at a physical address with `a1` = `argument`; false when there is no such hart or it runs already.
    public static func startHart(_ identifier: UInt64, at address: UInt64, argument: UInt64) -> Bool {
        machine_sbi(hartState, 0, identifier, address, argument).error == 0
    }

    /// Stops the machine; returns only if the firmware cannot.
    static func shutDown(isFailure: Bool) {
        guard has(systemReset) else { return }
        _ = machine_sbi(systemReset, 0, 0, isFailure ? 1 : 0, 0)
    }
}
