// The Goldfish real-time clock: nanoseconds since 1970. QEMU hw/rtc/goldfish_rtc; device tree node `google,goldfish-rtc`.
import KernelCore
import KernelMachine

/// The machine's wall clock.
public enum GoldfishRtc {
    private static let timeLow: UInt = 0x00
    private static let timeHigh: UInt = 0x04

    /// Reads nanoseconds since 1970, UTC.
    public static func readNanoseconds(_ address: PhysicalAddress) -> UInt64 {
        let registers = DeviceRegisters(address)
        // Reading the low half latches the high one.
        let low = registers.load32(timeLow)
        let high = registers.load32(timeHigh)
        return UInt64(high) << 32 | UInt64(low)
    }
}
