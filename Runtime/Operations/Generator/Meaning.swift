// Meaning: what a variant does, as data, for whoever compiles intermediate code instead of running its handlers.

/// What kind of operation a variant is. The generated table has the same cases with the same numbers.
enum Shape: String, CaseIterable {
    case handler, leaving
    case value
    case branch, branchUnless, addBranch32, addBranch64, jump, tableBranch
    case load, store
    case copy, copyDouble, copySingle, copyRun, copyVector, constantVector
    case globalGet, globalSet, globalSetSum, globalAdd
    case clear, clearMany, checkFrame, fuel, nothing
    case giveBack, giveBackDouble, giveBackSingle
    case call, callIndirect
    case vector, vectorToScalar, vectorLoad, vectorStore
    case anyLoad, anyStore

    var summary: String {
        switch self {
        case .handler: "Only its handler knows; the next cell follows."
        case .leaving: "Only its handler knows; the next cell does not follow."
        case .value: "A micro-operation of the operands."
        case .branch: "Branches when the micro-operation of the operands gives 1."
        case .branchUnless: "Branches when the micro-operation of the operands gives 0."
        case .addBranch32: "Stores the i32 sum of two operands, and branches when the micro-operation of it and the third gives 1."
        case .addBranch64: "As `addBranch32` for i64."
        case .jump: "Branches."
        case .tableBranch: "Branches to the target that the operand numbers, or the last."
        case .load: "The micro-operation of an address in memory 0."
        case .store: "The micro-operation of a value, the first operand, and an address in memory 0."
        case .copy: "Stores its operand."
        case .copyDouble: "Stores the double accumulator."
        case .copySingle: "Stores the single accumulator."
        case .copyRun: "Stores each operand in the slot before it, one after the other."
        case .copyVector: "Copies two neighbouring slots."
        case .constantVector: "Stores two 64-bit immediates in neighbouring slots."
        case .globalGet: "Reads a global."
        case .globalSet: "Writes its operand to a global."
        case .globalSetSum: "Sets an i32 global to the sum of an operand and an immediate."
        case .globalAdd: "Adds an immediate to an i32 global."
        case .clear: "Clears `count` slots."
        case .clearMany: "Clears as many slots as its field says."
        case .checkFrame: "Checks that the stack holds so many bytes more."
        case .fuel: "Charges fuel."
        case .nothing: "Does nothing that the guest can see."
        case .giveBack: "Returns, with its operand when there is one."
        case .giveBackDouble: "Returns a double."
        case .giveBackSingle: "Returns a single."
        case .call: "Calls a function of the module."
        case .callIndirect: "Calls through a table."
        case .vector: "A micro-operation of the operands, with a 128-bit result; a lane's number is the field behind them."
        case .vectorToScalar: "As `vector`, with a result in one slot."
        case .vectorLoad: "The micro-operation of an address in memory 0 and of a vector where it takes one, with a 128-bit result."
        case .anyLoad: "The micro-operation of an address in any memory, whose index comes before a 64-bit offset."
        case .anyStore: "The micro-operation of an address in any memory, the first operand, and a value."
        case .vectorStore: "The micro-operation of an address in memory 0, the first operand, and a vector."
        }
    }
}

/// Where an operand is. The generated table has the same cases with the same numbers.
enum OperandForm: String, CaseIterable {
    case none, accumulator, slot, immediate, wideImmediate, pair

    var summary: String {
        switch self {
        case .none: "There is no such operand."
        case .accumulator: "In the accumulator of its class."
        case .slot: "In a slot, whose byte offset in the frame the field is."
        case .immediate: "The field, sign-extended."
        case .wideImmediate: "The 64-bit field."
        case .pair: "In two neighbouring slots."
        }
    }

    /// The form of a field's letter.
    init(_ letter: Character) {
        switch letter {
        case "a": self = .accumulator
        case "s": self = .slot
        case "i": self = .immediate
        case "I": self = .wideImmediate
        case "v": self = .pair
        default: fatalError("no operand has the letter \(letter)")
        }
    }
}

/// How the address of a load or store is formed. The generated table has the same cases with the same numbers.
enum AddressForm: String, CaseIterable {
    case none, offset, plain, sum, slotSum, constant, wide

    var summary: String {
        switch self {
        case .none: "There is no address."
        case .offset: "The low 32 bits of the operand, plus an unsigned 32-bit field without wrapping."
        case .plain: "The low 32 bits of the operand."
        case .sum: "The 32-bit sum of the operand and a field."
        case .slotSum: "The 32-bit sum of the operand and a slot."
        case .constant: "The unsigned 32-bit field."
        case .wide: "All 64 bits of the operand, plus an offset; what does not fit 64 bits is outside."
        }
    }

    /// The form that an address is called by among the rows (`Forms.address`).
    init(_ name: String) {
        switch name.dropFirst() {
        case "z": self = .plain
        case "w": self = .sum
        case "x": self = .slotSum
        default: self = name == "c" ? .constant : .offset
        }
    }
}

/// What a variant does.
struct Meaning {
    var shape: Shape
    /// The micro-operation: the name of the row that is it.
    var micro: String?
    var operands: [OperandForm] = []
    var operandClass = Accumulator.none
    var address = AddressForm.none
    /// Slots to be cleared.
    var count = 0

    init(
        _ shape: Shape, _ micro: String? = nil, operands: String = "", of operandClass: Accumulator = .none, address: AddressForm = .none,
        count: Int = 0
    ) {
        self.shape = shape
        self.micro = micro
        self.operands = operands.map { OperandForm($0) }
        self.operandClass = operandClass
        self.address = address
        self.count = count
    }
}

extension Variant {
    /// The variant's meaning in 32 bits, laid out as `OperationMeaning` reads it. `micros` are the micro-operations in their order.
    func packedMeaning(_ micros: [String: Int]) -> UInt32 {
        var forms = 0
        for (index, form) in meaning.operands.enumerated() { forms |= OperandForm.allCases.firstIndex(of: form)! << (3 * index) }
        let classes: [Accumulator] = [.none, .integer, .double, .single]
        let number = meaning.shape == .clear ? meaning.count : meaning.micro.map { micros[$0]! } ?? 0
        let parts: [(value: Int, width: Int)] = [
            (Shape.allCases.firstIndex(of: meaning.shape)!, 6), (number, 8), (forms, 9),
            (fields.first == "R" ? 1 : 0, 1), (AddressForm.allCases.firstIndex(of: meaning.address)!, 3),
            (classes.firstIndex(of: meaning.operandClass)!, 2), (classes.firstIndex(of: writes)!, 2),
        ]
        var packed = 0
        var shift = 0
        for part in parts {
            precondition(part.value < 1 << part.width, "\(name) does not fit")
            packed |= part.value << shift
            shift += part.width
        }
        return UInt32(packed)
    }
}
