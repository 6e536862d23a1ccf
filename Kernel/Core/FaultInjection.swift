// Planted failures: the n-th asking of a kind is refused, so that every path that can be refused is walked once.
// Owns two counters. Asked with interrupts off.

/// Refuses the n-th request, once.
public struct FaultInjection: Sendable {
    /// Which request is refused, from 1; 0: none.
    public let refusedNumber: UInt64
    /// Requests so far.
    public private(set) var requestCount: UInt64 = 0
    /// Whether the refusal has happened.
    public private(set) var hasRefused = false

    /// Refuses request number `refusedNumber`; 0 refuses none and only counts.
    public init(refusedNumber: UInt64) { self.refusedNumber = refusedNumber }

    /// Counts a request; true when it is the one to refuse.
    public mutating func shouldRefuse() -> Bool {
        requestCount &+= 1
        guard refusedNumber != 0, requestCount == refusedNumber else { return false }
        hasRefused = true
        return true
    }
}
