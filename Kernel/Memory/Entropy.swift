// The kernel's random bytes: one generator, seeded from what the machine offers: the boot loader's seed, a hardware source, the clock.
import CMachine
import KernelCore
import KernelMachine

/// Unpredictable bytes for everyone.
public enum Entropy {
    nonisolated(unsafe) private static var generator = RandomGenerator()
    nonisolated(unsafe) private static var isDeterministic = false
    /// Where the seed came from, best source so far; for the log.
    nonisolated(unsafe) public private(set) static var source: StaticString = "the clock"

    /// Mixes bytes of a source into the generator.
    public static func mix(_ bytes: UnsafeRawBufferPointer, from source: StaticString) {
        withInterruptsDisabled {
            if isDeterministic { return }
            generator.mix(bytes)
            generator.mix(Clock.ticks)
        }
        self.source = source
    }

    /// Fills a buffer.
    public static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        withInterruptsDisabled {
            if !isDeterministic { generator.mix(Clock.ticks) }
            generator.fill(buffer)
        }
    }

    /// Replaces the state by a seed alone, so that what follows is the same in every run (`--deterministic`).
    public static func makeDeterministic(seed: UInt64) {
        withInterruptsDisabled {
            generator = RandomGenerator()
            generator.mix(seed)
            isDeterministic = true
        }
        source = "a fixed seed"
    }
}

#if arch(riscv64)
    /// The C library's random bytes; Swift seeds its hashing with them.
    @c(arc4random_buf)
    public func arc4randomBuffer(_ buffer: UnsafeMutableRawPointer, _ byteCount: Int) {
        Entropy.fill(UnsafeMutableRawBufferPointer(start: buffer, count: byteCount))
    }
#endif
