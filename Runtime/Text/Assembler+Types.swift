// Types: type fields and recursion groups, value types, and the type uses of functions, blocks and calls.
// Spec: WebAssembly core, 6.5 (types), 6.6.2 (type uses).
import WasmModule

extension Assembler {
    /// Writes all explicit types, in the order of the text, before anything refers to them by content.
    mutating func defineTypes() throws(TextError) {
        for position in typeFieldPositions {
            try reader.start(at: position)
            if try reader.takeForm(.rec) {
                try recursionGroup()
            } else {
                try typeDefinition(isAlone: true)
                sections[.type].itemCount += 1
            }
        }
    }

    private mutating func recursionGroup() throws(TextError) {
        // A group of one type is written as that type: the two mean the same.
        let start = sections[.type].bytes.count
        var memberCount: UInt32 = 0
        let first = types.count
        var singleSignature: Signature?
        while reader.current.kind == .leftParenthesis {
            singleSignature = try typeDefinition(isAlone: false)
            memberCount += 1
        }
        try reader.close()
        if memberCount != 1 {
            let members = Array(sections[.type].bytes[start...])
            sections[.type].bytes.removeLast(members.count)
            sections[.type].bytes.append(0x4e)
            sections[.type].bytes.appendUnsigned(memberCount)
            sections[.type].bytes.append(contentsOf: members)
        } else if let singleSignature {
            types.listAsPlain(first, singleSignature)
        }
        sections[.type].itemCount += 1
    }

    /// `(type $id? (sub final? $super* compositetype))`. Returns the signature of a final function type without super types.
    @discardableResult
    private mutating func typeDefinition(isAlone: Bool) throws(TextError) -> Signature? {
        guard try reader.takeForm(.type) else { throw reader.unexpected("`(type`") }
        let index = types.count
        if let name = try definedName() { names.add(.type, index, name) }
        let signature = try subType(index, isAlone: isAlone)
        try reader.close()
        return signature
    }

    /// What stands behind a type's name: the type, appended to the section.
    @discardableResult
    mutating func subType(_ index: UInt32, isAlone: Bool) throws(TextError) -> Signature? {
        var isPlain = true
        let isSub = try reader.takeForm(.sub)
        if isSub {
            let isFinal = try reader.take(.final)
            var supers: [UInt8] = []
            var superCount: UInt32 = 0
            while reader.isAtIndex {
                supers.appendUnsigned(try self.index(.type))
                superCount += 1
            }
            if !isFinal || superCount > 0 {
                isPlain = false
                sections[.type].bytes.append(isFinal ? 0x4f : 0x50)
                sections[.type].bytes.appendUnsigned(superCount)
                sections[.type].bytes.append(contentsOf: supers)
            }
        }
        let signature = try compositeType(index, isPlain: isPlain && isAlone)
        if isSub { try reader.close() }
        return isPlain ? signature : nil
    }

    private mutating func compositeType(_ index: UInt32, isPlain: Bool) throws(TextError) -> Signature? {
        if try reader.takeForm(.func) {
            var signature = Signature()
            try parameters(into: &signature, bindingTo: nil)
            try results(into: &signature)
            try reader.close()
            sections[.type].bytes.append(0x60)
            appendSignature(signature)
            types.append(signature, isPlain: isPlain)
            return signature
        }
        if try reader.takeForm(.struct) {
            var fields: [UInt8] = []
            let count = try structureFields(index, into: &fields)
            sections[.type].bytes.append(0x5f)
            sections[.type].bytes.appendUnsigned(count)
            sections[.type].bytes.append(contentsOf: fields)
        } else if try reader.takeForm(.array) {
            sections[.type].bytes.append(0x5e)
            var field: [UInt8] = []
            try fieldType(into: &field)
            sections[.type].bytes.append(contentsOf: field)
        } else {
            if reader.current.kind == .leftParenthesis { try reader.advance() }
            throw reader.unexpected("`func`, `struct` or `array`")
        }
        try reader.close()
        types.appendAggregate()
        return nil
    }

    private mutating func appendSignature(_ signature: Signature) {
        sections[.type].bytes.appendUnsigned(signature.parameterCount)
        sections[.type].bytes.append(contentsOf: signature.parameters)
        sections[.type].bytes.appendUnsigned(signature.resultCount)
        sections[.type].bytes.append(contentsOf: signature.results)
    }

    private mutating func structureFields(_ type: UInt32, into output: inout [UInt8]) throws(TextError) -> UInt32 {
        var count: UInt32 = 0
        while try reader.takeForm(.field) {
            if reader.isAtIdentifier || reader.annotationName == .name {
                let token = reader.current
                if reader.isAtIdentifier, !bindings.insert(.field(type: type), try symbol(token), count) {
                    throw TextError(.duplicateName, at: token, "duplicate field")
                }
                if let name = try definedName() { names.addNested(.field, type, count, name) }
                try fieldType(into: &output)
                count += 1
            } else {
                while reader.current.kind != .rightParenthesis {
                    try fieldType(into: &output)
                    count += 1
                }
            }
            try reader.close()
        }
        return count
    }

    /// A storage type with its mutability, in the binary's order: type, then flag.
    private mutating func fieldType(into output: inout [UInt8]) throws(TextError) {
        let isMutable = try reader.takeForm(.mut)
        if try reader.take(.i8) {
            output.append(0x78)
        } else if try reader.take(.i16) {
            output.append(0x77)
        } else {
            try valueType(into: &output)
        }
        if isMutable { try reader.close() }
        output.append(isMutable ? 1 : 0)
    }

    /// A value type.
    mutating func valueType(into output: inout [UInt8]) throws(TextError) {
        let byte: UInt8
        if reader.isAt(.i32) {
            byte = 0x7f
        } else if reader.isAt(.i64) {
            byte = 0x7e
        } else if reader.isAt(.f32) {
            byte = 0x7d
        } else if reader.isAt(.f64) {
            byte = 0x7c
        } else if reader.isAt(.v128) {
            byte = 0x7b
        } else {
            guard try referenceType(into: &output) else { throw reader.unexpected("a value type") }
            return
        }
        output.append(byte)
        try reader.advance()
    }

    /// A reference type, if one is next.
    mutating func referenceType(into output: inout [UInt8]) throws(TextError) -> Bool {
        if try reader.takeForm(.ref) {
            let isNullable = try reader.take(.null)
            let heap = try heapType()
            try reader.close()
            // `(ref null func)` and its like have one-byte forms; one form only, so that equal types have equal bytes.
            if !(isNullable && heap.isAbstract) { output.append(isNullable ? 0x63 : 0x64) }
            heap.append(to: &output)
            return true
        }
        guard reader.current.kind == .keyword, let byte = AbstractHeapType.shorthand(reader.word) else { return false }
        output.append(byte)
        try reader.advance()
        return true
    }

    /// A heap type.
    mutating func heapType() throws(TextError) -> HeapTypeCode {
        if reader.isAtIndex { return HeapTypeCode(value: Int64(try index(.type)), isAbstract: false) }
        guard reader.current.kind == .keyword, let byte = AbstractHeapType.code(reader.word) else { throw reader.unexpected("a heap type") }
        try reader.advance()
        return HeapTypeCode(value: Int64(byte), isAbstract: true)
    }

    /// `(param …)*`; identifiers are bound as locals of `function`, or only allowed when it is nil.
    mutating func parameters(into signature: inout Signature, bindingTo function: UInt32?, allowsNames: Bool = true) throws(TextError) {
        while try reader.takeForm(.param) {
            if reader.isAtIdentifier || reader.annotationName == .name {
                guard allowsNames else { throw reader.unexpected("a value type") }
                try localName(function, signature.parameterCount)
                try valueType(into: &signature.parameters)
                signature.parameterCount += 1
            } else {
                while reader.current.kind != .rightParenthesis {
                    try valueType(into: &signature.parameters)
                    signature.parameterCount += 1
                }
            }
            try reader.close()
        }
    }

    /// An identifier (and name annotation) of a parameter or local.
    mutating func localName(_ function: UInt32?, _ index: UInt32) throws(TextError) {
        let token = reader.current
        let hasIdentifier = reader.isAtIdentifier
        let identifier = hasIdentifier ? try symbol(token) : nil
        let name = try definedName()
        guard let function else { return }
        if let identifier, !bindings.insert(.local(function: function), identifier, index) {
            throw TextError(.duplicateName, at: token, "duplicate local")
        }
        if let name { names.addNested(.local, function, index, name) }
    }

    /// `(result …)*`.
    mutating func results(into signature: inout Signature) throws(TextError) {
        while try reader.takeForm(.result) {
            while reader.current.kind != .rightParenthesis {
                try valueType(into: &signature.results)
                signature.resultCount += 1
            }
            try reader.close()
        }
    }

    /// `(type x)? (param …)* (result …)*`: the index of the type, added at the end of the types when nothing has the signature yet.
    mutating func typeUse(bindingTo function: UInt32?, allowsNames: Bool) throws(TextError) -> UInt32 {
        let use = try openTypeUse(bindingTo: function, allowsNames: allowsNames)
        return use.explicit ?? implicitType(use.signature)
    }

    /// The parts of a type use, checked against each other.
    mutating func openTypeUse(bindingTo function: UInt32?, allowsNames: Bool) throws(TextError) -> (explicit: UInt32?, signature: Signature)
    {
        let place = reader.current
        var explicit: UInt32?
        if try reader.takeForm(.type) {
            explicit = try index(.type)
            try reader.close()
        }
        var signature = Signature()
        try parameters(into: &signature, bindingTo: function, allowsNames: allowsNames)
        try results(into: &signature)
        if reader.isAtForm(.param) || reader.isAtForm(.type) {
            try reader.advance()
            throw reader.unexpected("no more of the type: `type`, `param` and `result` come in this order")
        }
        if let explicit, !signature.isEmpty {
            guard explicit < types.count else { throw TextError(.unknownName, at: place, "unknown type") }
            guard types.matches(explicit, signature) else {
                throw TextError(.syntax, at: place, "inline function type", expected: "the parameters and results of the named type")
            }
        }
        return (explicit, signature)
    }

    /// The index of the plain function type with this signature.
    mutating func implicitType(_ signature: Signature) -> UInt32 {
        if let index = types.find(signature) { return index }
        types.append(signature, isPlain: true)
        sections[.type].bytes.append(0x60)
        appendSignature(signature)
        sections[.type].itemCount += 1
        return types.count - 1
    }
}

/// A heap type as its binary code: an abstract type's byte, or a type index.
struct HeapTypeCode {
    var value: Int64
    var isAbstract: Bool

    func append(to output: inout [UInt8]) {
        if isAbstract { output.append(UInt8(truncatingIfNeeded: value)) } else { output.appendSigned(value) }
    }
}

/// The abstract heap types: keyword, binary code, and the value type that abbreviates the nullable reference.
enum AbstractHeapType {
    static func code(_ word: Word) -> UInt8? {
        switch word {
        case Word(.func): return 0x70
        case Word(.extern): return 0x6f
        case Word(.any): return 0x6e
        case Word(.eq): return 0x6d
        case Word(.i31): return 0x6c
        case Word(.struct): return 0x6b
        case Word(.array): return 0x6a
        case Word(.exn): return 0x69
        case Word(.none): return 0x71
        case Word(.noextern): return 0x72
        case Word(.nofunc): return 0x73
        case Word(.noexn): return 0x74
        default: return nil
        }
    }

    static func shorthand(_ word: Word) -> UInt8? {
        switch word {
        case Word(.funcref): return 0x70
        case Word(.externref): return 0x6f
        case Word(.anyref): return 0x6e
        case Word(.eqref): return 0x6d
        case Word(.i31ref): return 0x6c
        case Word(.structref): return 0x6b
        case Word(.arrayref): return 0x6a
        case Word(.exnref): return 0x69
        case Word(.nullref): return 0x71
        case Word(.nullexternref): return 0x72
        case Word(.nullfuncref): return 0x73
        case Word(.nullexnref): return 0x74
        default: return nil
        }
    }
}
