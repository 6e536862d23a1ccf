// Writes the tree of a Swift name as `swift demangle --simplified` does: contexts without modules, labels without types.

struct SwiftWriter {
    private let input: NameBytes
    private var depth = 0
    private var steps = 0

    init(input: NameBytes) { self.input = input }

    /// Writes an entity and, before it, what was done to it; false when it is nested too deep.
    mutating func writeWhole(_ root: NameNode, _ nodes: inout NameNodes, _ output: inout NameSink) -> Bool {
        var link = nodes[root].second
        var isSpecialized = false
        var isApplied = false
        while link != 0 {
            let record = nodes[link]
            if record.start == SwiftWords.specialized { isSpecialized = true }
            if record.start == SwiftWords.partialApply { isApplied = true }
            link = record.second
        }
        if isApplied { output.put(SwiftWords.phrase(SwiftWords.partialApply)) }
        if isSpecialized { output.put(SwiftWords.phrase(SwiftWords.specialized)) }
        return entity(nodes[root].first, nodes, &output)
    }

    private mutating func enter() -> Bool {
        depth += 1
        steps += 1
        return depth <= Demangler.depthLimit && steps <= Demangler.stepLimit
    }

    // MARK: Entities

    /// Whether a node cannot stand before a point: it has labels or is a phrase.
    private func isPhrase(_ node: NameNode, _ nodes: borrowing NameNodes) -> Bool {
        var node = node
        for _ in 0..<Demangler.depthLimit {
            let record = nodes[node]
            switch record.kind {
            case SwiftKind.isStatic: return true
            case SwiftKind.accessor: node = record.first
            case SwiftKind.entity:
                if record.third != 0 || isClosureLike(record.flags) { return true }
                return isLocal(record.second, nodes)
            case SwiftKind.extended, SwiftKind.module: return false
            default: return record.kind > SwiftKind.entity
            }
        }
        return true
    }

    private func isClosureLike(_ letter: UInt8) -> Bool {
        letter == UInt8(ascii: "U") || letter == UInt8(ascii: "u") || letter == UInt8(ascii: "A") || letter == UInt8(ascii: "i")
    }

    private func isLocal(_ name: NameNode, _ nodes: borrowing NameNodes) -> Bool {
        nodes[name].kind == SwiftKind.privateName && nodes[name].flags == 1
    }

    private mutating func entity(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        guard enter() else { return false }
        defer { depth -= 1 }
        let record = nodes[node]
        switch record.kind {
        case SwiftKind.isStatic:
            output.put("static ")
            return entity(record.first, nodes, &output)
        case SwiftKind.accessor: return declaration(nodes[record.first], accessor: record.flags, nodes, &output)
        case SwiftKind.entity: return declaration(record, accessor: 0, nodes, &output)
        case SwiftKind.about:
            output.put(SwiftWords.phrase(record.start))
            return entity(record.first, nodes, &output)
        case SwiftKind.witness:
            output.put("protocol witness for ")
            guard entity(record.second, nodes, &output) else { return false }
            output.put(" in conformance ")
            return type(record.first, nodes, &output)
        case SwiftKind.extended: return context(node, nodes, &output)
        default: return type(node, nodes, &output)
        }
    }

    /// A function, variable or closure: its context before it, when that can stand there, else behind it.
    private mutating func declaration(
        _ record: NameNodeRecord, accessor: UInt8, _ nodes: borrowing NameNodes, _ output: inout NameSink
    ) -> Bool {
        guard record.kind == SwiftKind.entity else {
            // An accessor of a static variable.
            guard record.kind == SwiftKind.isStatic else { return false }
            output.put("static ")
            return declaration(nodes[record.first], accessor: accessor, nodes, &output)
        }
        let isBehind = isClosureLike(record.flags) || isLocal(record.second, nodes) || isPhrase(record.first, nodes)
        if !isBehind {
            let start = output.count
            guard context(record.first, nodes, &output) else { return false }
            if output.count > start { output.put(".") }
        }
        guard ownName(record, nodes, &output) else { return false }
        if accessor != 0, let word = SwiftWords.accessor(accessor) {
            output.put(".")
            output.put(word)
        }
        if record.third != 0, !labels(record, nodes, &output) { return false }
        guard isBehind, nodes[record.first].kind != SwiftKind.module else { return true }
        output.put(record.flags == UInt8(ascii: "i") || record.flags == UInt8(ascii: "A") ? " of " : " in ")
        return entity(record.first, nodes, &output)
    }

    private mutating func ownName(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        let isClass = nodes[record.first].kind == SwiftKind.nominal && nodes[record.first].flags == UInt8(ascii: "C")
        switch record.flags {
        case UInt8(ascii: "C"): output.put(isClass ? "__allocating_init" : "init")
        case UInt8(ascii: "c"): output.put("init")
        case UInt8(ascii: "D"): output.put(isClass ? "__deallocating_deinit" : "deinit")
        case UInt8(ascii: "Z"): output.put("__isolated_deallocating_deinit")
        case UInt8(ascii: "d"): output.put("deinit")
        case UInt8(ascii: "E"): output.put("__ivar_destroyer")
        case UInt8(ascii: "e"): output.put("__ivar_initializer")
        case UInt8(ascii: "i"): output.put("variable initialization expression")
        case UInt8(ascii: "P"): output.put("property wrapper backing initializer")
        case UInt8(ascii: "W"): output.put("property wrapper init from projected value")
        case UInt8(ascii: "I"): output.put("subscript")
        case UInt8(ascii: "A"), UInt8(ascii: "U"), UInt8(ascii: "u"):
            output.put(
                record.flags == UInt8(ascii: "A")
                    ? "default argument " : record.flags == UInt8(ascii: "U") ? "closure #" : "implicit closure #")
            output.put(decimal: UInt64(record.start))
        default: return name(record.second, nodes, &output)
        }
        return true
    }

    private mutating func name(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        guard enter() else { return false }
        defer { depth -= 1 }
        let record = nodes[node]
        switch record.kind {
        case SwiftKind.identifier:
            var link = node
            while link != 0 {
                output.put(input, Int(nodes[link].start), Int(nodes[link].count))
                link = nodes[link].second
            }
        case SwiftKind.operatorName:
            putOperator(record.first, nodes, &output)
            output.put(record.flags == UInt8(ascii: "i") ? " infix" : record.flags == UInt8(ascii: "p") ? " prefix" : " postfix")
        case SwiftKind.privateName:
            guard name(record.first, nodes, &output) else { return false }
            if record.flags == 1 {
                output.put(" #")
                output.put(decimal: UInt64(record.start))
                output.put(" ")
            }
        default: return false
        }
        return true
    }

    /// Characters of operators are letters in the mangled name.
    private func putOperator(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) {
        let characters: StaticString = "& @/= >    <*!|+?%-~   ^ ."
        let record = nodes[node]
        for index in 0..<Int(record.count) {
            let byte = input[Int(record.start) + index]
            output.put(NameBytes.isLower(byte) ? characters.utf8Start[Int(byte - 97)] : byte)
        }
    }

    /// `<A>(_:label:)`
    private mutating func labels(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        let holder = nodes[record.third]
        if holder.second != 0 { generics(holder.second, nodes, &output) }
        output.put("(")
        var link = holder.first
        while link != 0 {
            let label = nodes[link].first
            if nodes[label].kind == SwiftKind.identifier {
                guard name(label, nodes, &output) else { return false }
            } else {
                output.put("_")
            }
            output.put(":")
            link = nodes[link].second
        }
        for _ in 0..<min(holder.start, 256) { output.put("_:") }
        output.put(")")
        return true
    }

    private func generics(_ signature: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) {
        output.put("<")
        var link = nodes[signature].first
        var isFirst = true
        var depth: UInt16 = 0
        while link != 0 {
            if depth > 0 { output.put("><") }
            isFirst = true
            for index in 0..<nodes[link].start {
                if !isFirst { output.put(", ") }
                isFirst = false
                parameter(depth: depth, index: index, &output)
            }
            depth += 1
            link = nodes[link].second
        }
        output.put(">")
    }

    private func parameter(depth: UInt16, index: UInt16, _ output: inout NameSink) {
        output.put(UInt8(truncatingIfNeeded: 65 + index % 26))
        if index >= 26 { output.put(UInt8(truncatingIfNeeded: 65 + index / 26 % 26)) }
        if depth > 0 { output.put(decimal: UInt64(depth)) }
    }

    // MARK: Contexts and types

    private mutating func context(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        let record = nodes[node]
        switch record.kind {
        case SwiftKind.module: return true
        case SwiftKind.extended:
            guard type(record.first, nodes, &output) else { return false }
            if record.second != 0 { generics(record.second, nodes, &output) }
            return true
        default: return record.kind >= SwiftKind.entity ? entity(node, nodes, &output) : type(node, nodes, &output)
        }
    }

    private mutating func type(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        guard enter() else { return false }
        defer { depth -= 1 }
        let record = nodes[node]
        switch record.kind {
        case SwiftKind.standard:
            guard let text = SwiftWords.standardType(record.flags, isSecond: record.start == 1) else { return false }
            output.put(text)
        case SwiftKind.nominal:
            let isBehind = isPhrase(record.first, nodes) || isLocal(record.second, nodes)
            if !isBehind {
                let start = output.count
                guard context(record.first, nodes, &output) else { return false }
                if output.count > start { output.put(".") }
            }
            guard name(record.second, nodes, &output) else { return false }
            if isBehind {
                output.put(" in ")
                return entity(record.first, nodes, &output)
            }
        case SwiftKind.boundGeneric: return boundGeneric(record, nodes, &output)
        case SwiftKind.tuple:
            output.put("(")
            guard list(record.first, nodes, &output) else { return false }
            output.put(")")
        case SwiftKind.parameter: parameter(depth: record.start, index: record.count, &output)
        case SwiftKind.associated:
            guard type(record.first, nodes, &output) else { return false }
            output.put(".")
            return name(record.second, nodes, &output)
        case SwiftKind.metatype:
            guard type(record.first, nodes, &output) else { return false }
            output.put(".Type")
        case SwiftKind.function:
            if nodes[record.first].kind == SwiftKind.tuple {
                guard type(record.first, nodes, &output) else { return false }
            } else {
                output.put("(")
                if record.first != 0, !type(record.first, nodes, &output) { return false }
                output.put(")")
            }
            output.put(" -> ")
            if record.second == 0 { output.put("()") } else { return type(record.second, nodes, &output) }
        case SwiftKind.module: break
        case SwiftKind.opaque where record.first != 0: return type(record.first, nodes, &output)
        // Its text was not kept.
        default: return false
        }
        return true
    }

    private mutating func list(_ node: NameNode, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        var link = node
        while link != 0 {
            if nodes[link].third != 0 {
                guard name(nodes[link].third, nodes, &output) else { return false }
                output.put(": ")
            }
            guard type(nodes[link].first, nodes, &output) else { return false }
            link = nodes[link].second
            if link != 0 { output.put(", ") }
        }
        return true
    }

    /// `[A]`, `[A : B]`, `A?`, or a name with arguments.
    private mutating func boundGeneric(_ record: NameNodeRecord, _ nodes: borrowing NameNodes, _ output: inout NameSink) -> Bool {
        let nominal = nodes[record.first]
        let letter = nominal.kind == SwiftKind.standard && nominal.start == 0 ? nominal.flags : 0
        let arguments = nodes[record.second]
        if letter == UInt8(ascii: "q") {
            guard type(arguments.first, nodes, &output) else { return false }
            output.put("?")
            return true
        }
        if letter == UInt8(ascii: "a") || letter == UInt8(ascii: "D") && arguments.second != 0 {
            output.put("[")
            guard type(arguments.first, nodes, &output) else { return false }
            if letter == UInt8(ascii: "D") {
                output.put(" : ")
                guard type(nodes[arguments.second].first, nodes, &output) else { return false }
            }
            output.put("]")
            return true
        }
        guard type(record.first, nodes, &output) else { return false }
        output.put("<")
        guard list(record.second, nodes, &output) else { return false }
        output.put(">")
        return true
    }
}
