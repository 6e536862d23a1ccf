// Which proposals are on.

/// The switchable parts of WebAssembly, one bit each. The low bits are those of `Proposal`.
@frozen public struct Features: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The first version; always on.
    public static let core = Features(rawValue: 1 << 0)
    public static let signExtension = Features(rawValue: 1 << 1)
    public static let saturatingConversions = Features(rawValue: 1 << 2)
    public static let bulkMemory = Features(rawValue: 1 << 3)
    public static let referenceTypes = Features(rawValue: 1 << 4)
    public static let simd = Features(rawValue: 1 << 5)
    public static let relaxedSIMD = Features(rawValue: 1 << 6)
    public static let tailCalls = Features(rawValue: 1 << 7)
    public static let functionReferences = Features(rawValue: 1 << 8)
    public static let exceptions = Features(rawValue: 1 << 9)
    public static let legacyExceptions = Features(rawValue: 1 << 10)
    /// Structure and array instructions. The types themselves decode and validate without it.
    public static let garbageCollection = Features(rawValue: 1 << 11)
    public static let multiValue = Features(rawValue: 1 << 12)
    public static let mutableGlobals = Features(rawValue: 1 << 13)
    public static let extendedConstants = Features(rawValue: 1 << 14)
    public static let multiMemory = Features(rawValue: 1 << 15)
    public static let memory64 = Features(rawValue: 1 << 16)
    /// Every instruction and type that has to do with `f32` and `f64`.
    public static let floatingPoint = Features(rawValue: 1 << 17)

    /// WebAssembly 1.0 with floating point.
    public static let version1: Features = [.core, .mutableGlobals, .floatingPoint]
    /// WebAssembly 2.0.
    public static let version2: Features = [
        .version1, .signExtension, .saturatingConversions, .bulkMemory, .referenceTypes, .simd, .multiValue,
    ]
    /// WebAssembly 3.0 without garbage collection, and the older exception handling.
    public static let all: Features = [
        .version2, .relaxedSIMD, .tailCalls, .functionReferences, .exceptions, .legacyExceptions, .extendedConstants, .multiMemory,
        .memory64,
    ]

    /// Whether a proposal's instructions are allowed.
    @inlinable public func contains(_ proposal: Proposal) -> Bool { rawValue >> UInt32(proposal.rawValue) & 1 != 0 }
}
