// Types as text. Spec: WebAssembly core, 6.5.
import WasmModule

extension Printer {
    /// The type section, recursion groups of one as plain types.
    mutating func printTypes() {
        for group in module.recursionGroups {
            let range = Int(group.first)..<(Int(group.first) + Int(group.count))
            if group.count == 1 {
                line("")
                typeDefinition(Int(group.first))
                continue
            }
            line("(rec")
            for index in range {
                write("\n    ")
                typeDefinition(index)
            }
            write(")")
        }
    }

    private mutating func typeDefinition(_ index: Int) {
        let type = module.types[index]
        write("(type")
        name(.type, .type, index)
        comment(index)
        let isPlain = type.isFinal && type.superType == nil
        if !isPlain {
            write(type.isFinal ? " (sub final" : " (sub")
            if let superType = type.superType {
                write(" ")
                write(superType)
            }
        }
        write(" ")
        switch type.composite {
        case .function(let function):
            write("(func")
            values("param", function.parameters)
            values("result", function.results)
        case .structure(let fields):
            write("(struct")
            for (position, field) in fields.enumerated() {
                write(" (field")
                name(.field, .field(type: UInt32(index)), of: UInt32(index), position)
                write(" ")
                fieldType(field)
                write(")")
            }
        case .array(let field):
            write("(array ")
            fieldType(field)
        }
        write(isPlain ? "))" : ")))")
    }

    private mutating func fieldType(_ field: FieldType) {
        if field.isMutable { write("(mut ") }
        valueType(field.storage)
        if field.isMutable { write(")") }
    }

    mutating func values(_ word: StaticString, _ types: [ValueType]) {
        guard !types.isEmpty else { return }
        write(" (")
        write(word)
        for type in types {
            write(" ")
            valueType(type)
        }
        write(")")
    }

    /// `(type index)`.
    mutating func typeUse(_ index: UInt32) {
        write("(type ")
        write(index)
        write(")")
    }

    /// `(type index)` of a function, with its parameters' names where they have some.
    mutating func functionTypeUse(_ type: UInt32, _ function: UInt32) {
        typeUse(type)
        let signature = module.signature(ofFunction: function)
        guard hasParameterNames(function, signature.parameters.count) else { return }
        for (index, parameter) in signature.parameters.enumerated() {
            write(" (param")
            name(.local, .local(function: function), of: function, index)
            write(" ")
            valueType(parameter)
            write(")")
        }
        values("result", Array(signature.results))
    }

    /// A value or storage type.
    mutating func valueType(_ type: ValueType) {
        switch type {
        case .i32: write("i32")
        case .i64: write("i64")
        case .f32: write("f32")
        case .f64: write("f64")
        case .v128: write("v128")
        case .i8: write("i8")
        case .i16: write("i16")
        default: referenceType(type)
        }
    }

    /// `(ref null? heaptype)`, or its one-word form.
    mutating func referenceType(_ type: ValueType) {
        if type.isNullable, type.typeIndex == nil {
            switch type {
            case .nullref: return write("nullref")
            case .nullfuncref: return write("nullfuncref")
            case .nullexternref: return write("nullexternref")
            case .nullexnref: return write("nullexnref")
            default:
                heapType(type.heapType)
                return write("ref")
            }
        }
        write(type.isNullable ? "(ref null " : "(ref ")
        heapType(type.heapType)
        write(")")
    }

    /// A heap type.
    mutating func heapType(_ type: HeapType) {
        if let index = type.typeIndex { return write(index) }
        switch type {
        case .func: write("func")
        case .extern: write("extern")
        case .any: write("any")
        case .eq: write("eq")
        case .i31: write("i31")
        case .struct: write("struct")
        case .array: write("array")
        case .exn: write("exn")
        case .nofunc: write("nofunc")
        case .noextern: write("noextern")
        case .noexn: write("noexn")
        default: write("none")
        }
    }

    mutating func tableType(_ type: TableType) {
        if type.is64 { write("i64 ") }
        limits(type.limits)
        write(" ")
        valueType(type.element)
    }

    mutating func memoryType(_ type: MemoryType) {
        if type.is64 { write("i64 ") }
        limits(type.limits)
    }

    mutating func globalType(_ type: GlobalType) {
        if type.isMutable { write("(mut ") }
        valueType(type.value)
        if type.isMutable { write(")") }
    }

    private mutating func limits(_ limits: Limits) {
        write(limits.minimum)
        if let maximum = limits.maximum {
            write(" ")
            write(maximum)
        }
    }
}
