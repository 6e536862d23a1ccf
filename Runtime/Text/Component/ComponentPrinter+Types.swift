// Types and canonical functions of components as text. Spec: Binary.md, "Type Definitions", "Canonical Definitions".
import Containers
import WasmComponent
import WasmModule

extension ComponentPrinter {
    // MARK: Values and functions

    /// A primitive's name or a type's index.
    private mutating func valueType() throws(ComponentError) {
        if let primitive = PrimitiveType(rawValue: try reader.peek()) {
            reader.offset += 1
            write(primitive.name)
        } else {
            write(try reader.typeIndex())
        }
    }

    private mutating func optionalValueType(_ before: StaticString = " ", _ after: StaticString = "") throws(ComponentError) {
        guard try reader.byte() == 1 else { return }
        write(before)
        try valueType()
        write(after)
    }

    mutating func type() throws(ComponentError) {
        line("(type")
        comment(.type)
        write(" ")
        try typeBody()
        write(")")
        count(.type)
    }

    private mutating func typeBody() throws(ComponentError) {
        let byte = try reader.byte()
        if let primitive = PrimitiveType(rawValue: byte) { return write(primitive.name) }
        switch byte {
        case 0x40, 0x43: try function(isAsync: byte == 0x43)
        case 0x41, 0x42: try declarations(byte == 0x41 ? "(component" : "(instance")
        case 0x3f: try resource()
        case 0x72:
            try members("(record", " (field ") { printer throws(ComponentError) in
                printer.write(" ")
                try printer.valueType()
                printer.write(")")
            }
        case 0x71:
            try members("(variant", " (case ") { printer throws(ComponentError) in
                try printer.optionalValueType()
                _ = try printer.reader.byte()
                printer.write(")")
            }
        case 0x6e: try members("(flags", " ") { _ throws(ComponentError) in }
        case 0x6d: try members("(enum", " ") { _ throws(ComponentError) in }
        case 0x6f:
            write("(tuple")
            for _ in 0..<(try reader.u32()) {
                write(" ")
                try valueType()
            }
        case 0x70, 0x67:
            write("(list ")
            try valueType()
            if byte == 0x67 {
                write(" ")
                try index()
            }
        case 0x63:
            write("(map ")
            try valueType()
            write(" ")
            try valueType()
        case 0x6b:
            write("(option ")
            try valueType()
        case 0x6a:
            write("(result")
            try optionalValueType()
            try optionalValueType(" (error ", ")")
        case 0x69, 0x68:
            write(byte == 0x69 ? "(own " : "(borrow ")
            try index()
        default:
            write(byte == 0x66 ? "(stream" : "(future")
            try optionalValueType()
        }
        write(")")
    }

    private mutating func members(
        _ word: StaticString, _ each: StaticString, _ rest: (inout ComponentPrinter) throws(ComponentError) -> Void
    ) throws(ComponentError) {
        write(word)
        for _ in 0..<(try reader.u32()) {
            write(each)
            try name()
            try rest(&self)
        }
    }

    /// Up to its closing parenthesis.
    private mutating func function(isAsync: Bool) throws(ComponentError) {
        write(isAsync ? "(func async" : "(func")
        for _ in 0..<(try reader.u32()) {
            write(" (param ")
            try name()
            write(" ")
            try valueType()
            write(")")
        }
        try resultList()
    }

    private mutating func resultList() throws(ComponentError) {
        if try reader.byte() == 0 {
            write(" (result ")
            try valueType()
            write(")")
        } else {
            _ = try reader.byte()
        }
    }

    private mutating func resource() throws(ComponentError) {
        write("(resource (rep ")
        try coreValueType()
        write(")")
        if try reader.byte() == 1 {
            write(" (dtor (core func ")
            try index()
            write("))")
        }
    }

    /// The declarations of a component's or instance's type; nesting is what decoding has allowed.
    private mutating func declarations(_ word: StaticString) throws(ComponentError) {
        write(word)
        push()
        for _ in 0..<(try reader.u32()) {
            switch try reader.byte() {
            case 0: try coreType()
            case 1: try type()
            case 2: try alias()
            case 3: try importOrExport("(import ")
            default: try importOrExport("(export ")
            }
        }
        pop()
    }

    /// The type of an import or export.
    mutating func externType(isNumbered: Bool = true) throws(ComponentError) -> ComponentSort {
        let sort = try sort()
        write("(")
        write(sort)
        if isNumbered { comment(sort) }
        if sort == .type {
            if try reader.byte() == 0 {
                write(" (eq ")
                try index()
                write(")")
            } else {
                write(" (sub resource)")
            }
        } else {
            write(" (type ")
            try index()
            write(")")
        }
        write(")")
        return sort
    }

    // MARK: Core types

    private func refusal(_ error: WasmError) -> ComponentError { ComponentError(nested: error, at: 0) }

    private mutating func coreReader() -> TypeReader {
        TypeReader(component.bytes, owner: component.owner, features: .all, limits: .standard)
    }

    private mutating func coreValueType() throws(ComponentError) {
        var types = coreReader()
        do throws(WasmError) {
            let (type, end) = try types.valueType(from: reader.offset, to: reader.end)
            reader.offset = end
            type.render(into: &output)
        } catch { throw refusal(error) }
    }

    mutating func coreType() throws(ComponentError) {
        line("(core type")
        comment(.coreType)
        write(" ")
        if try reader.peek() == 0x50 {
            reader.offset += 1
            try moduleType()
        } else {
            try coreTypeBody()
        }
        write(")")
        count(.coreType)
    }

    private mutating func coreTypeBody() throws(ComponentError) {
        if try reader.peek() == 0 { reader.offset += 1 }
        var types = coreReader()
        let group: [SubType]
        do throws(WasmError) {
            (group, reader.offset) = try types.recursionGroup(from: reader.offset, to: reader.end, after: 1 << 24 - 1)
        } catch { throw refusal(error) }
        guard group.count == 1, let type = group.first else {
            throw refusal(WasmError(.unsupported, at: reader.offset, "recursion groups in components cannot be printed"))
        }
        if !type.isFinal { write("(sub ") }
        switch type.composite {
        case .function(let function):
            write("(func")
            values(" (param", function.parameters)
            values(" (result", function.results)
        case .structure(let fields):
            write("(struct")
            for field in fields {
                write(" (field ")
                storage(field)
                write(")")
            }
        case .array(let field):
            write("(array ")
            storage(field)
        }
        write(type.isFinal ? ")" : "))")
    }

    private mutating func storage(_ field: FieldType) {
        if field.isMutable { write("(mut ") }
        field.storage.render(into: &output)
        if field.isMutable { write(")") }
    }

    private mutating func values(_ word: StaticString, _ types: [ValueType]) {
        guard !types.isEmpty else { return }
        write(word)
        for type in types {
            write(" ")
            type.render(into: &output)
        }
        write(")")
    }

    private mutating func moduleType() throws(ComponentError) {
        write("(module")
        push()
        for _ in 0..<(try reader.u32()) {
            switch try reader.byte() {
            case 0:
                line("(import ")
                try name()
                write(" ")
                try name()
                try coreExternType()
            case 1:
                line("(type")
                comment(.coreType)
                write(" ")
                try coreTypeBody()
                count(.coreType)
            case 2:
                reader.offset += 2
                line("(alias outer ")
                try index()
                write(" ")
                try index()
                write(" (type")
                comment(.coreType)
                write(")")
                count(.coreType)
            default:
                line("(export ")
                try name()
                try coreExternType()
            }
            write(")")
        }
        pop()
        write(")")
    }

    private mutating func coreExternType() throws(ComponentError) {
        var types = coreReader()
        let type: ExternalType
        do throws(WasmError) {
            (type, reader.offset) = try types.externalType(from: reader.offset, to: reader.end, typeCount: 1 << 24)
        } catch { throw refusal(error) }
        switch type {
        case .function(let index):
            write(" (func (type ")
            write(index)
            write("))")
        case .tag(let tag):
            write(" (tag (type ")
            write(tag.typeIndex)
            write("))")
        case .table(let table):
            write(table.is64 ? " (table i64" : " (table")
            limits(table.limits)
            write(" ")
            table.element.render(into: &output)
            write(")")
        case .memory(let memory):
            write(memory.is64 ? " (memory i64" : " (memory")
            limits(memory.limits)
            write(")")
        case .global(let global):
            write(" (global ")
            storage(FieldType(storage: global.value, isMutable: global.isMutable))
            write(")")
        }
    }

    private mutating func limits(_ limits: Limits) {
        write(" ")
        output.append(decimal: limits.minimum)
        guard let maximum = limits.maximum else { return }
        write(" ")
        output.append(decimal: maximum)
    }

    // MARK: Canonical functions

    mutating func canonical() throws(ComponentError) {
        guard let code = CanonicalCode(rawValue: try reader.byte()) else { return }
        line("(canon ")
        write(code.name)
        switch code.immediates {
        case .lift, .lower:
            reader.offset += 1
            write(code == .lift ? " (core func " : " (func ")
            try index()
            write(")")
            try options()
        case .resource, .stream, .future: try typeIndex()
        case .streamAsynchronous, .futureAsynchronous:
            try typeIndex()
            try flag(" async")
        case .streamOptions, .futureOptions:
            try typeIndex()
            try options()
        case .options: try options()
        case .asynchronous: try flag(" async")
        case .cancellable: try flag(" cancellable")
        case .cancellableMemory:
            try flag(" cancellable")
            write(" (memory ")
            try index()
            write(")")
        case .context:
            write(" ")
            try coreValueType()
            try typeIndex()
        case .results:
            try resultList()
            try options()
        case .indirect:
            try typeIndex()
            try typeIndex()
        case .none: break
        }
        let sort = code == .lift ? ComponentSort.function : .coreFunction
        write(" (")
        write(sort)
        comment(sort)
        if code == .lift {
            write(" (type")
            try typeIndex()
            write(")")
        }
        write("))")
        count(sort)
    }

    private mutating func typeIndex() throws(ComponentError) {
        write(" ")
        try index()
    }

    private mutating func flag(_ word: StaticString) throws(ComponentError) { if try reader.byte() == 1 { write(word) } }

    private mutating func options() throws(ComponentError) {
        for _ in 0..<(try reader.u32()) {
            switch try reader.byte() {
            case 0: write(" string-encoding=utf8")
            case 1: write(" string-encoding=utf16")
            case 2: write(" string-encoding=latin1+utf16")
            case 3: try option(" (memory ")
            case 4: try option(" (realloc ")
            case 5: try option(" (post-return ")
            case 6: write(" async")
            default: try option(" (callback ")
            }
        }
    }

    private mutating func option(_ word: StaticString) throws(ComponentError) {
        write(word)
        try index()
        write(")")
    }
}
