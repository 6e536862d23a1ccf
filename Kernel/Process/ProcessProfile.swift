// Sampling: at every tick of the profile the running process's guest stack is counted. Owns the tree of stacks. Filled in the timer's
// interrupt, written out at the end as folded stacks.
import KernelCore
import KernelMachine

/// The profile of a run.
enum ProcessProfile {
    /// Whether samples are taken.
    nonisolated(unsafe) static var isOn = false
    /// Ticks between two samples: about 1000 a second, off the beat of the slices.
    static var periodTicks: UInt64 { Clock.ticksPerSecond / 997 }
}
