// The error of decoding and validating components: a phase, an offset, words with places for names and numbers. Owns nothing; names are
// ranges of the input, so that no error path allocates. The words are those the component model's test scripts give.
import Containers
import WasmModule

/// Core value types packed for a message: three bits each, sixteen at most, and how many there are above them.
struct PackedTypes: Sendable {
    private var bits: UInt64

    init(_ types: [ValueType]) {
        bits = UInt64(min(types.count, 17)) << 48
        for (index, type) in types.prefix(16).enumerated() {
            let code: UInt64 = type.rawValue >= 1 && type.rawValue <= 5 ? UInt64(type.rawValue) : 6
            bits |= code << UInt64(index * 3)
        }
    }

    private var count: Int { Int(bits >> 48) }

    private func name(_ index: Int, _ isUpper: Bool) -> StaticString {
        switch bits >> UInt64(index * 3) & 7 {
        case 1: return isUpper ? "I32" : "i32"
        case 2: return isUpper ? "I64" : "i64"
        case 3: return isUpper ? "F32" : "f32"
        case 4: return isUpper ? "F64" : "f64"
        case 5: return isUpper ? "V128" : "v128"
        default: return isUpper ? "Ref" : "ref"
        }
    }

    /// `[I32, I64]`.
    func renderList(into output: inout [UInt8]) {
        output.append("[")
        for index in 0..<min(count, 16) {
            if index > 0 { output.append(", ") }
            output.append(name(index, true))
        }
        if count > 16 { output.append(", ...") }
        output.append("]")
    }

    /// ` (param i32 i64)`; nothing when there are none.
    func renderClause(_ keyword: StaticString, into output: inout [UInt8]) {
        guard count > 0 else { return }
        output.append(" (")
        output.append(keyword)
        for index in 0..<min(count, 16) {
            output.append(" ")
            output.append(name(index, false))
        }
        if count > 16 { output.append(" ...") }
        output.append(")")
    }
}

/// What stands at a `%` of a message.
enum ErrorArgument: Sendable {
    case none
    /// A stretch of the input.
    case name(ByteRange)
    case number(UInt64)
    /// A byte, in hexadecimal.
    case byte(UInt8)
    case character(UInt8)
    case word(StaticString)
    case types(PackedTypes)
    /// Parameters and results of a core function.
    case signature(PackedTypes, PackedTypes)
    case valueType(ValueType)
}

/// Why a component is refused.
public struct ComponentError: Error, Sendable {
    /// What kind of refusal it is.
    public var phase: WasmError.Phase
    /// Where, in bytes from the component's start.
    public var offset: Int
    /// What, with a `%` for each argument.
    public var message: StaticString
    var first: ErrorArgument = .none
    var second: ErrorArgument = .none
    /// What was being compared when it was found, said before the message.
    var context: StaticString?
    var contextArgument: ErrorArgument = .none
    var secondContextArgument: ErrorArgument = .none
    /// The details of a nested core module's error: what they are, for rendering.
    private var coreDetail: WasmError.Detail?
    private var detail: UInt64 = 0
    private var secondDetail: UInt64 = 0

    init(
        _ phase: WasmError.Phase, at offset: Int, _ message: StaticString, _ first: ErrorArgument = .none, _ second: ErrorArgument = .none
    ) {
        self.phase = phase
        self.offset = offset
        self.message = message
        self.first = first
        self.second = second
    }

    /// A core error found in bytes that begin at `base`.
    init(_ error: WasmError, from base: Int = 0) {
        phase = error.phase
        offset = base + error.offset
        message = error.message
        coreDetail = error.detailKind
        detail = error.detail
        secondDetail = error.secondDetail
    }

    /// A core error that was found at `offset`.
    package init(nested error: WasmError, at offset: Int) { self.init(error, from: offset - error.offset) }

    /// The same error, found while `context` was compared; what an inner comparison said stays.
    func during(_ context: StaticString, _ argument: ErrorArgument = .none, _ second: ErrorArgument = .none) -> ComponentError {
        guard self.context == nil, phase == .invalid else { return self }
        var error = self
        error.context = context
        error.contextArgument = argument
        error.secondContextArgument = second
        return error
    }

    /// The message in full. `input` is the component's bytes.
    public func renderMessage(_ input: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        if let context {
            Self.fill(context, contextArgument, secondContextArgument, input, &output)
            output.append(": ")
        }
        if let coreDetail {
            WasmError(phase, at: offset, message, coreDetail, detail, secondDetail).renderMessage(into: &output)
            return
        }
        Self.fill(message, first, second, input, &output)
    }

    private static func fill(
        _ text: StaticString, _ first: ErrorArgument, _ second: ErrorArgument, _ input: UnsafeRawBufferPointer, _ output: inout [UInt8]
    ) {
        var argument = first
        for index in 0..<text.utf8CodeUnitCount {
            let byte = text.utf8Start[index]
            guard byte == 0x25 else {
                output.append(byte)
                continue
            }
            render(argument, input, &output)
            argument = second
        }
    }

    private static func render(_ argument: ErrorArgument, _ input: UnsafeRawBufferPointer, _ output: inout [UInt8]) {
        switch argument {
        case .none: break
        case .name(let range):
            guard range.end <= input.count else { return }
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: input[Int(range.offset)..<range.end]))
        case .number(let value): output.append(decimal: value)
        case .byte(let value): output.append(hexadecimal: UInt64(value))
        case .character(let value): output.append(value)
        case .word(let word): output.append(word)
        case .types(let types): types.renderList(into: &output)
        case .signature(let parameters, let results):
            output.append("(func")
            parameters.renderClause("param", into: &output)
            results.renderClause("result", into: &output)
            output.append(")")
        case .valueType(let type): type.render(into: &output)
        }
    }
}
