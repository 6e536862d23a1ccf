// Time: the `time` register counts ticks at the device tree's frequency; nanoseconds are computed from it. The wall clock is the offset an
// RTC driver sets once. RISC-V unprivileged specification 8 (Zicntr).
import CMachine

/// Monotonic and wall-clock time.
public enum Clock {
    /// Ticks a second; set at boot from `timebase-frequency`.
    nonisolated(unsafe) public private(set) static var ticksPerSecond: UInt64 = 10_000_000
    /// Nanoseconds a tick as a 32.32 fixed-point number.
    nonisolated(unsafe) private static var nanosecondsPerTick: UInt64 = 100 << 32
    /// Wall-clock nanoseconds since 1970 at tick zero; zero when no RTC was found.
    nonisolated(unsafe) private static var wallOffset: UInt64 = 0

    /// Takes the timer's frequency; at least 1 Hz.
    public static func setFrequency(_ ticksPerSecond: UInt64) {
        self.ticksPerSecond = max(ticksPerSecond, 1)
        nanosecondsPerTick = (1_000_000_000 << 32) / self.ticksPerSecond
    }

    /// Ticks since the machine was started.
    @inline(__always) public static var ticks: UInt64 { machine_read_time() }

    /// Instructions this hart has retired.
    @inline(__always) public static var retiredInstructions: UInt64 { machine_read_instret() }

    /// Ticks when the first instruction of the kernel ran.
    public static var bootTicks: UInt64 {
        let address = machine_boot_start_ticks()
        return address == 0 ? 0 : machine_load64(address)
    }

    /// Nanoseconds since the machine was started. Never runs backwards.
    public static var nanoseconds: UInt64 { nanoseconds(fromTicks: ticks) }

    public static func nanoseconds(fromTicks ticks: UInt64) -> UInt64 {
        let product = ticks.multipliedFullWidth(by: nanosecondsPerTick)
        return product.high &<< 32 | product.low &>> 32
    }

    /// Ticks that cover at least the given time; saturates.
    public static func ticks(fromNanoseconds nanoseconds: UInt64) -> UInt64 {
        let product = nanoseconds.multipliedFullWidth(by: ticksPerSecond)
        guard product.high < 1_000_000_000 else { return .max }
        let (quotient, remainder) = UInt64(1_000_000_000).dividingFullWidth(product)
        return remainder == 0 || quotient == .max ? quotient : quotient &+ 1
    }

    /// Nanoseconds since 1970, UTC; counts from zero when the machine has no wall clock.
    public static var wallNanoseconds: UInt64 { wallOffset &+ nanoseconds }
    public static var hasWallClock: Bool { wallOffset != 0 }

    /// Takes what an RTC says the wall-clock time is now.
    public static func setWall(nanoseconds wall: UInt64) {
        let now = nanoseconds
        wallOffset = wall > now ? wall &- now : 0
    }
}
