// Writes the tree of a C++ name, in the words and the spacing of LLVM's demangler. A type has a left and a right half, between which its
// name would stand: `int (*` and `)[3]`.

struct CxxWriter {
    private let input: NameBytes
    private var depth = 0
    private var steps = 0
    /// The item of packs that is written, and how many there are; -1 outside of expansions.
    private var packIndex = -1
    private var packCount = -1

    init(input: NameBytes) { self.input = input }

    /// Writes a node with all that is in it; false when it is nested too deep or refers to itself without end.
    mutating func write(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        left(node, nodes, &output) && right(node, nodes, &output)
    }

    private mutating func enter() -> Bool {
        depth += 1
        steps += 1
        return depth <= Demangler.depthLimit && steps <= Demangler.stepLimit
    }

    // MARK: The left half

    private mutating func left(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        guard enter() else { return false }
        defer { depth -= 1 }
        let record = nodes[node]
        switch record.kind {
        case CxxKind.name: output.put(input, Int(record.start), Int(record.count))
        case CxxKind.word:
            if record.flags == 1 { output.put("operator") }
            output.put(record.flags == 1 ? CxxWords.operatorText(record.start) : CxxWords.text(record.start))
        case CxxKind.nested, CxxKind.local:
            if let template = typedefTemplate(record, nodes) {
                output.put(template)
            } else if !write(record.first, nodes, &output) {
                return false
            }
            output.put("::")
            return write(record.second, nodes, &output)
        case CxxKind.template:
            guard write(record.first, nodes, &output) else { return false }
            output.put("<")
            guard list(record.second, nodes, &output) else { return false }
            output.put(">")
        case CxxKind.list: return list(node, nodes, &output)
        case CxxKind.constructor:
            if record.flags == 1 { output.put("~") }
            return baseName(record.first, nodes, &output)
        case CxxKind.encoding: return encodingLeft(record, nodes, &output)
        case CxxKind.special: return special(record, nodes, &output)
        case CxxKind.conversion:
            output.put("operator ")
            return write(record.first, nodes, &output)
        case CxxKind.literalOperator:
            output.put("operator\"\" ")
            return write(record.first, nodes, &output)
        case CxxKind.lambda:
            output.put("'lambda")
            if record.start > 0 { output.put(decimal: UInt64(record.start) - 1) }
            output.put("'(")
            guard list(record.first, nodes, &output) else { return false }
            output.put(")")
        case CxxKind.unnamed:
            output.put("'unnamed")
            if record.start > 0 { output.put(decimal: UInt64(record.start) - 1) }
            output.put("'")
        case CxxKind.tagged:
            guard write(record.first, nodes, &output) else { return false }
            output.put("[abi:")
            guard write(record.second, nodes, &output) else { return false }
            output.put("]")
        case CxxKind.prefixed:
            output.put(CxxWords.text(record.start))
            output.put(record.flags == 1 ? "(" : " ")
            guard write(record.first, nodes, &output) else { return false }
            if record.flags == 1 { output.put(")") }
        case CxxKind.integer: return integer(record, nodes, &output)
        case CxxKind.argumentPack: return list(record.first, nodes, &output)
        case CxxKind.expansion: return expansion(record, nodes, &output)
        case CxxKind.parameterPack:
            guard let item = packItem(record, nodes) else { return true }
            return left(item, nodes, &output)
        case CxxKind.unary, CxxKind.binary, CxxKind.call, CxxKind.parameter: return expression(record, nodes, &output)
        default: return typeLeft(record, nodes, &output)
        }
        return true
    }

    private mutating func typeLeft(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        switch record.kind {
        case CxxKind.pointer, CxxKind.reference, CxxKind.rvalueReference:
            let (inner, kind) = collapsed(record, nodes)
            guard left(inner, nodes, &output) else { return false }
            if isArray(inner, nodes) { output.put(" ") }
            if isArray(inner, nodes) || isFunction(inner, nodes) { output.put("(") }
            output.put(kind == CxxKind.pointer ? "*" : kind == CxxKind.reference ? "&" : "&&")
        case CxxKind.qualified:
            guard left(record.first, nodes, &output) else { return false }
            CxxWriter.put(qualifiers: record.flags, &output)
        case CxxKind.function:
            guard left(record.first, nodes, &output) else { return false }
            output.put(" ")
        case CxxKind.array: return left(record.first, nodes, &output)
        case CxxKind.memberPointer:
            guard left(record.second, nodes, &output) else { return false }
            output.put(isArray(record.second, nodes) || isFunction(record.second, nodes) ? "(" : " ")
            guard write(record.first, nodes, &output) else { return false }
            output.put("::*")
        case CxxKind.vendorQualified:
            guard left(record.first, nodes, &output) else { return false }
            output.put(" ")
            if record.second != 0 { return write(record.second, nodes, &output) }
            output.put(CxxWords.text(record.start))
        default: return false
        }
        return true
    }

    private static func put(qualifiers: UInt8, _ output: inout NameSink) {
        if qualifiers & CxxQualifiers.const != 0 { output.put(" const") }
        if qualifiers & CxxQualifiers.volatile != 0 { output.put(" volatile") }
        if qualifiers & CxxQualifiers.restrict != 0 { output.put(" restrict") }
        if qualifiers & CxxQualifiers.reference != 0 { output.put(" &") }
        if qualifiers & CxxQualifiers.rvalueReference != 0 { output.put(" &&") }
        if qualifiers & CxxQualifiers.noexcept != 0 { output.put(" noexcept") }
    }

    // MARK: The right half

    private mutating func right(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        guard enter() else { return false }
        defer { depth -= 1 }
        let record = nodes[node]
        switch record.kind {
        case CxxKind.pointer, CxxKind.reference, CxxKind.rvalueReference:
            let (inner, _) = collapsed(record, nodes)
            if isArray(inner, nodes) || isFunction(inner, nodes) { output.put(")") }
            return right(inner, nodes, &output)
        case CxxKind.qualified: return right(record.first, nodes, &output)
        case CxxKind.vendorQualified: return right(record.first, nodes, &output)
        case CxxKind.function:
            output.put("(")
            guard list(record.second, nodes, &output) else { return false }
            output.put(")")
            guard right(record.first, nodes, &output) else { return false }
            CxxWriter.put(qualifiers: record.flags, &output)
        case CxxKind.array:
            if output.last != UInt8(ascii: "]") { output.put(" ") }
            output.put("[")
            if record.second != 0 {
                guard write(record.second, nodes, &output) else { return false }
            } else {
                output.put(input, Int(record.start), Int(record.count))
            }
            output.put("]")
            return right(record.first, nodes, &output)
        case CxxKind.memberPointer:
            if isArray(record.second, nodes) || isFunction(record.second, nodes) { output.put(")") }
            return right(record.second, nodes, &output)
        case CxxKind.encoding:
            output.put("(")
            guard list(record.second, nodes, &output) else { return false }
            output.put(")")
            if record.third != 0, !right(record.third, nodes, &output) { return false }
            CxxWriter.put(qualifiers: record.flags, &output)
        case CxxKind.parameterPack:
            guard let item = packItem(record, nodes) else { return true }
            return right(item, nodes, &output)
        default: break
        }
        return true
    }

    private mutating func encodingLeft(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        if record.third != 0 {
            guard left(record.third, nodes, &output) else { return false }
            if !hasRight(record.third, nodes) { output.put(" ") }
        }
        return write(record.first, nodes, &output)
    }

    // MARK: Parts

    /// The template behind `std::string` and the like, which is what their constructors are named after.
    private func typedefTemplate(_ record: NameNodeRecord, _ nodes: borrowing NameNodes) -> StaticString? {
        let scope = nodes[record.first]
        guard scope.kind == CxxKind.word, scope.flags == 0, nodes[record.second].kind == CxxKind.constructor else { return nil }
        return CxxWords.typedefTemplate(scope.start)
    }

    /// Items with commas between; those that write nothing, empty packs, are left out.
    private mutating func list(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        var link = node
        var isFirst = true
        while link != 0 {
            steps += 1
            guard steps <= Demangler.stepLimit else { return false }
            let record = nodes[link]
            if record.first != 0 {
                let start = output.count
                if !isFirst { output.put(", ") }
                let comma = output.count
                guard write(record.first, nodes, &output) else { return false }
                if output.count == comma, !output.isOverfull { output.truncate(to: start) } else { isFirst = false }
            }
            link = record.second
        }
        return true
    }

    private mutating func special(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        let word = CxxWords.special(Int(record.start))
        if case .thunk = word.about {
            output.put(record.flags == 1 ? "virtual thunk to " : "non-virtual thunk to ")
        } else {
            output.put(word.text)
        }
        return write(record.first, nodes, &output)
    }

    /// The last part of a class's name, without arguments: what its constructors are called.
    private mutating func baseName(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        var node = node
        for _ in 0..<Demangler.depthLimit {
            let record = nodes[node]
            switch record.kind {
            case CxxKind.nested, CxxKind.local: node = record.second
            case CxxKind.template, CxxKind.tagged: node = record.first
            case CxxKind.word where record.flags == 0:
                // Of `std::string` the last part.
                let text = CxxWords.text(record.start)
                var start = 0
                for index in 0..<text.utf8CodeUnitCount where text.utf8Start[index] == UInt8(ascii: ":") { start = index + 1 }
                // The typedefs stand for templates, whose names begin with `basic_`.
                if record.start >= CxxWords.firstTypedef, record.start <= CxxWords.lastTypedef { output.put("basic_") }
                for index in start..<text.utf8CodeUnitCount { output.put(text.utf8Start[index]) }
                return true
            default: return write(node, nodes, &output)
            }
        }
        return false
    }

    private mutating func integer(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        let type = nodes[record.first]
        let suffix = type.kind == CxxKind.word && type.flags == 0 ? CxxWords.suffix(type.start) : nil
        if suffix == nil {
            output.put("(")
            guard write(record.first, nodes, &output) else { return false }
            output.put(")")
        }
        if record.flags == 1 { output.put("-") }
        output.put(input, Int(record.start), Int(record.count))
        if let suffix { output.put(suffix) }
        return true
    }

    private mutating func expression(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        switch record.kind {
        case CxxKind.unary:
            output.put(CxxWords.operatorText(record.start))
            return operand(record.first, nodes, &output)
        case CxxKind.binary:
            // A greater-than would end the list of arguments.
            let isGreater = record.start == UInt16(UInt8(ascii: "g")) << 8 | UInt16(UInt8(ascii: "t"))
            if isGreater { output.put("(") }
            guard operand(record.first, nodes, &output) else { return false }
            output.put(" ")
            output.put(CxxWords.operatorText(record.start))
            output.put(" ")
            guard operand(record.second, nodes, &output) else { return false }
            if isGreater { output.put(")") }
        case CxxKind.call:
            guard write(record.first, nodes, &output) else { return false }
            output.put("(")
            guard list(record.second, nodes, &output) else { return false }
            output.put(")")
        default:
            output.put("fp")
            output.put(input, Int(record.start), Int(record.count))
        }
        return true
    }

    /// An operand, in parentheses unless it is one word.
    private mutating func operand(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        let kind = nodes[node].kind
        let isOpen = kind == CxxKind.unary || kind == CxxKind.binary
        if isOpen { output.put("(") }
        guard write(node, nodes, &output) else { return false }
        if isOpen { output.put(")") }
        return true
    }

    // MARK: Packs

    private func packItem(_ record: NameNodeRecord, _ nodes: borrowing NameNodes) -> NameNode? {
        var link = nodes[record.first].first
        var index = max(packIndex, 0)
        while link != 0, index > 0 {
            link = nodes[link].second
            index -= 1
        }
        return link == 0 ? nil : nodes[link].first
    }

    private mutating func expansion(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        let saved = (packIndex, packCount)
        defer { (packIndex, packCount) = saved }
        packCount = packSize(record.first, nodes, 0)
        guard packCount >= 0 else {
            guard write(record.first, nodes, &output) else { return false }
            output.put("...")
            return true
        }
        for index in 0..<packCount {
            if index > 0 { output.put(", ") }
            packIndex = index
            guard write(record.first, nodes, &output) else { return false }
        }
        return true
    }

    /// How many items the first pack in a node has; -1 when there is none.
    private mutating func packSize(_ node: NameNode, _ nodes: borrowing NameNodes, _ level: Int) -> Int {
        steps += 1
        guard node != 0, level < 16, steps <= Demangler.stepLimit else { return -1 }
        let record = nodes[node]
        if record.kind == CxxKind.parameterPack {
            var count = 0
            var link = nodes[record.first].first
            while link != 0 {
                count += 1
                link = nodes[link].second
            }
            return count
        }
        if record.kind == CxxKind.name || record.kind == CxxKind.word || record.kind == CxxKind.expansion { return -1 }
        let first = packSize(record.first, nodes, level + 1)
        if first >= 0 { return first }
        let second = packSize(record.second, nodes, level + 1)
        return second >= 0 ? second : packSize(record.third, nodes, level + 1)
    }

    // MARK: Shapes of types

    /// What a reference refers to, and what kind it is: references to references are one.
    private func collapsed(_ record: NameNodeRecord, _ nodes: borrowing NameNodes) -> (NameNode, UInt8) {
        guard record.kind != CxxKind.pointer else { return (record.first, record.kind) }
        var kind = record.kind
        var inner = record.first
        for _ in 0..<Demangler.depthLimit {
            var next = nodes[inner]
            if next.kind == CxxKind.parameterPack, let item = packItem(next, nodes) {
                next = nodes[item]
                guard next.kind == CxxKind.reference || next.kind == CxxKind.rvalueReference else { break }
            }
            guard next.kind == CxxKind.reference || next.kind == CxxKind.rvalueReference else { break }
            if next.kind == CxxKind.reference { kind = next.kind }
            inner = next.first
        }
        return (inner, kind)
    }

    /// The kind that decides about parentheses: that behind qualifiers and packs.
    private func shape(_ node: NameNode, _ nodes: borrowing NameNodes) -> UInt8 {
        var node = node
        for _ in 0..<Demangler.depthLimit {
            let record = nodes[node]
            if record.kind == CxxKind.qualified || record.kind == CxxKind.vendorQualified {
                node = record.first
            } else if record.kind == CxxKind.parameterPack, let item = packItem(record, nodes) {
                node = item
            } else {
                return record.kind
            }
        }
        return 0
    }

    private func isArray(_ node: NameNode, _ nodes: borrowing NameNodes) -> Bool { shape(node, nodes) == CxxKind.array }
    private func isFunction(_ node: NameNode, _ nodes: borrowing NameNodes) -> Bool { shape(node, nodes) == CxxKind.function }

    /// Whether a type has a right half.
    private func hasRight(_ node: NameNode, _ nodes: borrowing NameNodes) -> Bool {
        var node = node
        for _ in 0..<Demangler.depthLimit {
            let kind = shape(node, nodes)
            if kind == CxxKind.array || kind == CxxKind.function { return true }
            var record = nodes[node]
            if record.kind == CxxKind.qualified { record = nodes[record.first] }
            switch record.kind {
            case CxxKind.pointer, CxxKind.reference, CxxKind.rvalueReference: node = record.first
            case CxxKind.memberPointer: node = record.second
            default: return false
            }
        }
        return false
    }
}
