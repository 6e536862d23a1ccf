// The specification's validation algorithm over one function body, instruction by instruction. Specification 3.4, appendix A.3.
// Owns the operand, control and local stacks, and reuses them from function to function.

import Containers

/// What opened a control frame.
@frozen public enum ControlKind: UInt8, Sendable {
    case function, block, loop, `if`, `else`, tryTable
    /// The older exception handling: `try`, and the `catch` and `catch_all` parts after it.
    case legacyTry, legacyCatch, legacyCatchAll
}

/// An open block.
@frozen public struct ControlFrame: BitwiseCopyable {
    /// What opened it.
    public var kind: ControlKind
    /// Whether the rest of the block cannot be reached.
    public var isUnreachable: Bool
    public var parameterCount: Int32
    public var resultCount: Int32
    /// Operands on the stack when it began, parameters not included.
    public var height: Int32
    /// How many locals had been initialised when it began.
    var initializationHeight: Int32
    /// The one result of a block without a type index.
    var singleResult: ValueType
    /// Where its instruction is, from the module's start.
    public var offset: UInt32
    /// Parameters, then results, when it has a type index.
    nonisolated(unsafe) var types: UnsafePointer<ValueType>?

    /// The type of a parameter.
    public func parameter(_ index: Int) -> ValueType { types![index] }
    /// The type of a result.
    public func result(_ index: Int) -> ValueType {
        if let types { return types[Int(parameterCount) + index] }
        return singleResult
    }
    /// How many values a branch to it carries: a loop's parameters, else the results.
    public var labelCount: Int { Int(kind == .loop ? parameterCount : resultCount) }
    /// The type of a value a branch to it carries.
    public func label(_ index: Int) -> ValueType { kind == .loop ? parameter(index) : result(index) }
}

/// Validates function bodies one after the other. The caller reads instructions and hands them over in order:
///
///     var reader = try validator.begin(body: i)
///     while !validator.isFinished {
///         try reader.next(&instruction)
///         try validator.validate(instruction)
///     }
///     try validator.end(reader)
public struct FunctionValidator: ~Copyable {
    let module: ModuleImage
    var operands = GrowableArray<ValueType>()
    var frames = GrowableArray<ControlFrame>()
    var localTypes = GrowableArray<ValueType>()

    /// A validator for a module's functions. Allocates nothing yet.
    public init(_ module: ModuleImage) {
        self.module = module
    }

    /// Starts on `module.bodies[body]`: reads its locals and gives the reader of its code.
    public mutating func begin(body: Int) throws(WasmError) -> InstructionReader {
        throw WasmError(.unsupported, at: 0, "the validator is not there yet")
    }

    /// Validates one instruction and does to the stacks what it does.
    public mutating func validate(_ instruction: Instruction) throws(WasmError) {
        throw WasmError(.unsupported, at: Int(instruction.offset), "the validator is not there yet")
    }

    /// Checks that the body ends where its last `end` is.
    public mutating func end(_ reader: InstructionReader) throws(WasmError) {
        throw WasmError(.unsupported, at: reader.offset, "the validator is not there yet")
    }

    /// Whether the function's last `end` has been validated.
    public var isFinished: Bool { frames.isEmpty }
    /// Whether the next instruction cannot be reached.
    public var isUnreachable: Bool { frames.count > 0 && frames[frames.count - 1].isUnreachable }
    /// How many operands are on the stack.
    public var operandCount: Int { operands.count }
    /// An operand's type; 0 is the top. `.unknown` where the stack is polymorphic.
    public func operand(_ depth: Int) -> ValueType { .unknown }
    /// How many blocks are open, the function included.
    public var frameCount: Int { frames.count }
    /// An open block; 0 is the innermost, `frameCount - 1` the function.
    public func frame(_ label: Int) -> ControlFrame { frames[frames.count - 1 - label] }
    /// The locals' types, parameters first. Valid until the next `begin`.
    public var locals: UnsafeBufferPointer<ValueType> { UnsafeBufferPointer(start: localTypes.base, count: localTypes.count) }

    /// Validates every body of a module.
    public static func validateAll(_ module: ModuleImage) throws(WasmError) {
        var validator = FunctionValidator(module)
        var instruction = Instruction()
        for body in module.bodies.indices {
            var reader = try validator.begin(body: body)
            while !validator.isFinished {
                try reader.next(&instruction)
                try validator.validate(instruction)
            }
            try validator.end(reader)
        }
    }
}
