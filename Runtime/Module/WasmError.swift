// The error of decoding and validating. Messages begin with the words of the reference interpreter, since the official scripts compare
// prefixes.

/// Why a module is refused: a phase, where, and words; integers instead of built strings, so that no error path allocates.
public struct WasmError: Error, Sendable {
    /// What kind of refusal it is.
    public enum Phase: UInt8, Sendable {
        /// The bytes are no module.
        case malformed
        /// The module breaks a validation rule.
        case invalid
        /// The module exceeds an implementation limit.
        case limit
        /// The module needs a proposal that is off or not there.
        case unsupported
        /// The heap refused.
        case outOfMemory
    }

    /// What the two details are, for rendering.
    public enum Detail: UInt8, Sendable {
        case none
        /// `detail` is a number that belongs right after the message ("unknown local 2").
        case number
        /// `detail` is a byte, rendered in hexadecimal after the message ("illegal opcode ff").
        case byte
        /// `detail` is an expected and `secondDetail` an actual value type (`ValueType` raw values).
        case types
        /// `detail` values too many are on the stack, the top of type `secondDetail`.
        case leftover
        /// `detail` is a type index, `secondDetail` its super type's ("sub type 2 does not match super type 0").
        case subType
        /// `detail` is an instruction (`Opcode` raw value), named after the message.
        case opcode
        /// `detail` is a limit's value.
        case bound
    }

    public var phase: Phase
    /// Where, in bytes from the module's start.
    public var offset: Int
    /// What, beginning with the reference interpreter's words.
    public var message: StaticString
    public var detailKind: Detail
    public var detail: UInt64
    public var secondDetail: UInt64

    /// An error.
    public init(
        _ phase: Phase, at offset: Int, _ message: StaticString, _ detailKind: Detail = .none, _ detail: UInt64 = 0,
        _ secondDetail: UInt64 = 0
    ) {
        self.phase = phase
        self.offset = offset
        self.message = message
        self.detailKind = detailKind
        self.detail = detail
        self.secondDetail = secondDetail
    }

    /// What a component gets where a module is wanted; the offset is that of the version.
    public static var component: WasmError { WasmError(.unsupported, at: 4, "this is a component, and components cannot run yet") }
}
