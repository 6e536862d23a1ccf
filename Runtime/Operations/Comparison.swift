// Comparison: the operations that belong together because they compare alike. The words are generated from the rows.

/// A micro-operation that compares, and what else there is of it.
public struct Comparison: Sendable {
    /// Whether it is one (4 bits), then 12 bits each: opposite, branch, opposite branch, additions with a branch.
    @usableFromInline let word: UInt64
    @inlinable init(word: UInt64) { self.word = word }

    @inlinable func operation(_ place: UInt64) -> Operation {
        Operation(rawValue: UInt16(truncatingIfNeeded: word &>> (place &* 12 &+ 4) & 0xFFF))
    }

    /// The comparison of integers that gives 1 where this one gives 0. Floats have none, since neither holds of a NaN.
    @inlinable public var opposite: Operation? { isInteger ? operation(0) : nil }
    /// Branches when it holds.
    @inlinable public var branch: Operation { operation(1) }
    /// Branches when it does not hold.
    @inlinable public var branchUnless: Operation { operation(2) }
    /// Adds in 32 or 64 bits and branches when it holds of the sum; integers only.
    @inlinable public func addBranch(isWord: Bool) -> Operation { operation(isWord ? 3 : 4) }
    /// Whether it compares integers.
    @inlinable public var isInteger: Bool { word &>> 40 != 0 }
}

/// What else there is of a comparison; nil for other micro-operations.
@export(interface) @inline(never)
public func comparison(_ micro: MicroOperation) -> Comparison? {
    let word = comparisonWords[Int(micro.rawValue)]
    return word == 0 ? nil : Comparison(word: word)
}
