// Operators that make types, generic signatures and conformances. What is never shown becomes an opaque type: the stack must be right, the
// text need not.

extension SwiftSymbol {
    mutating func nominal(_ letter: UInt8, _ nodes: inout NameNodes) -> NameNode {
        let name = popName(&nodes)
        let context = name == 0 ? 0 : popContext(&nodes)
        guard context != 0 else { return 0 }
        let node = nodes.add(NameNodeRecord(kind: SwiftKind.nominal, flags: letter, first: context, second: name))
        return node != 0 && nodes.addSubstitution(node) ? node : 0
    }

    mutating func builtin(_ nodes: inout NameNodes) -> NameNode {
        switch take() {
        case UInt8(ascii: "i"), UInt8(ascii: "f"):
            guard index() != nil else { return 0 }
        case UInt8(ascii: "v"):
            guard index() != nil, popType(&nodes) != 0 else { return 0 }
        case UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "p"), UInt8(ascii: "t"), UInt8(ascii: "w"), UInt8(ascii: "o"),
            UInt8(ascii: "O"), UInt8(ascii: "I"), UInt8(ascii: "e"), UInt8(ascii: "D"), UInt8(ascii: "d"), UInt8(ascii: "j"),
            UInt8(ascii: "J"), UInt8(ascii: "c"), UInt8(ascii: "P"):
            break
        default: return 0
        }
        return opaque(&nodes)
    }

    /// Types up to the marker of the first, as a list; nil when there are none where there should be.
    private mutating func typeList(_ nodes: inout NameNodes) -> NameNode? {
        if pop(SwiftKind.emptyList, &nodes) != 0 { return 0 }
        var list: NameNode = 0
        var isFirst = false
        repeat {
            isFirst = pop(SwiftKind.firstElement, &nodes) != 0
            let type = popType(&nodes)
            guard type != 0 else { return nil }
            list = nodes.add(NameNodeRecord(kind: SwiftKind.list, first: type, second: list))
            guard list != 0 else { return nil }
        } while !isFirst
        return list
    }

    mutating func types(_ nodes: inout NameNodes) -> Bool { typeList(&nodes) != nil }

    mutating func boundGeneric(_ nodes: inout NameNodes) -> NameNode {
        while pop(SwiftKind.conformance, &nodes) != 0 {}
        var innermost: NameNode = 0
        var isInnermost = true
        while true {
            var list: NameNode = 0
            while true {
                let type = popType(&nodes)
                if type == 0 { break }
                list = nodes.add(NameNodeRecord(kind: SwiftKind.list, first: type, second: list))
                guard list != 0 else { return 0 }
            }
            if isInnermost { innermost = list }
            isInnermost = false
            if pop(SwiftKind.emptyList, &nodes) != 0 { break }
            guard pop(SwiftKind.firstElement, &nodes) != 0 else { return 0 }
        }
        let nominal = popType(&nodes)
        guard nominal != 0 else { return 0 }
        let node = nodes.add(NameNodeRecord(kind: SwiftKind.boundGeneric, first: nominal, second: innermost))
        return node != 0 && nodes.addSubstitution(node) ? node : 0
    }

    mutating func tuple(_ nodes: inout NameNodes) -> NameNode {
        var record = NameNodeRecord(kind: SwiftKind.tuple)
        if pop(SwiftKind.emptyList, &nodes) == 0 {
            var isFirst = false
            repeat {
                isFirst = pop(SwiftKind.firstElement, &nodes) != 0
                _ = pop(SwiftKind.variadic, &nodes)
                let label = pop(SwiftKind.identifier, &nodes)
                let type = popType(&nodes)
                guard type != 0 else { return 0 }
                record.first = nodes.add(NameNodeRecord(kind: SwiftKind.list, first: type, second: record.first, third: label))
                guard record.first != 0 else { return 0 }
                record.start += 1
            } while !isFirst
        }
        return nodes.add(record)
    }

    mutating func functionType(_ nodes: inout NameNodes) -> NameNode {
        while pop(SwiftKind.annotation, &nodes) != 0 {}
        var record = NameNodeRecord(kind: SwiftKind.function)
        guard let parameters = parameters(&nodes), let result = self.parameters(&nodes) else { return 0 }
        record.first = parameters
        record.second = result
        let type = nodes[parameters]
        record.start = parameters == 0 ? 0 : type.kind == SwiftKind.tuple ? type.start : 1
        return nodes.add(record)
    }

    /// A type, or 0 for none; nil when neither is there.
    private mutating func parameters(_ nodes: inout NameNodes) -> NameNode? {
        if pop(SwiftKind.emptyList, &nodes) != 0 { return 0 }
        let type = popType(&nodes)
        return type == 0 ? nil : type
    }

    mutating func annotation(_ nodes: inout NameNodes) -> NameNode {
        switch take() {
        case UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "A"), UInt8(ascii: "C"), UInt8(ascii: "T"): break
        case UInt8(ascii: "c"), UInt8(ascii: "K"):
            guard popType(&nodes) != 0 else { return 0 }
        case UInt8(ascii: "j"): position += 1
        case UInt8(ascii: "i"), UInt8(ascii: "k"), UInt8(ascii: "t"), UInt8(ascii: "u"), UInt8(ascii: "g"): return popSame(&nodes)
        default: return 0
        }
        return nodes.add(NameNodeRecord(kind: SwiftKind.annotation))
    }

    mutating func specialType(_ nodes: inout NameNodes) -> NameNode {
        switch take() {
        case UInt8(ascii: "E"), UInt8(ascii: "A"), UInt8(ascii: "f"), UInt8(ascii: "K"), UInt8(ascii: "U"), UInt8(ascii: "L"),
            UInt8(ascii: "B"), UInt8(ascii: "C"):
            return functionType(&nodes)
        case UInt8(ascii: "o"), UInt8(ascii: "u"), UInt8(ascii: "w"), UInt8(ascii: "b"), UInt8(ascii: "D"): return popSame(&nodes)
        case UInt8(ascii: "p"): return popType(&nodes) == 0 ? 0 : opaque(&nodes)
        case UInt8(ascii: "M"), UInt8(ascii: "m"):
            position += 1
            return popType(&nodes) == 0 ? 0 : opaque(&nodes)
        case UInt8(ascii: "c"):
            guard popType(&nodes) != 0, protocolList(&nodes) else { return 0 }
            return opaque(&nodes)
        case UInt8(ascii: "l"): return protocolList(&nodes) ? opaque(&nodes) : 0
        case UInt8(ascii: "e"): return opaque(&nodes)
        default: return 0
        }
    }

    /// A type of functions as the optimiser sees them, which only specialisations name; its parts stay on the stack.
    mutating func implementationType(_ nodes: inout NameNodes) -> NameNode {
        while position < input.count, next() != UInt8(ascii: "_") { position += 1 }
        return eat("_") ? opaque(&nodes) : 0
    }

    /// A value of any type with a protocol; of several protocols the text is not kept.
    mutating func existential(_ nodes: inout NameNodes) -> NameNode {
        guard pop(SwiftKind.firstElement, &nodes) != 0 else { return protocolList(&nodes) ? opaque(&nodes) : 0 }
        let named = popProtocol(&nodes)
        return named == 0 ? 0 : nodes.add(NameNodeRecord(kind: SwiftKind.opaque, first: named))
    }

    mutating func protocolList(_ nodes: inout NameNodes) -> Bool {
        if pop(SwiftKind.emptyList, &nodes) != 0 { return true }
        var isFirst = false
        repeat {
            isFirst = pop(SwiftKind.firstElement, &nodes) != 0
            guard popProtocol(&nodes) != 0 else { return false }
        } while !isFirst
        return true
    }

    mutating func popProtocol(_ nodes: inout NameNodes) -> NameNode {
        let type = popType(&nodes)
        if type != 0 { return type }
        let name = popName(&nodes)
        let context = name == 0 ? 0 : popContext(&nodes)
        return context == 0 ? 0 : nodes.add(NameNodeRecord(kind: SwiftKind.nominal, first: context, second: name))
    }

    // MARK: Generics

    /// A parameter's number: `z` is the first, `d` those of inner levels.
    mutating func parameter(_ nodes: inout NameNodes) -> NameNode {
        var record = NameNodeRecord(kind: SwiftKind.parameter)
        if eat("d") {
            guard let depth = index(), let index = index() else { return 0 }
            record.start = UInt16(truncatingIfNeeded: depth + 1)
            record.count = UInt16(truncatingIfNeeded: index)
        } else if !eat("z") {
            if eat("s") { return opaque(&nodes) }
            guard let index = index() else { return 0 }
            record.count = UInt16(truncatingIfNeeded: index + 1)
        }
        return nodes.add(record)
    }

    /// A type's associated type: names, each perhaps with its protocol, then the base unless it is given.
    private mutating func associatedType(base: NameNode?, isCompound: Bool, _ nodes: inout NameNodes) -> NameNode {
        var isFirst = !isCompound
        var name: NameNode = 0
        repeat {
            if isCompound { isFirst = pop(SwiftKind.firstElement, &nodes) != 0 }
            _ = popType(&nodes)
            name = pop(SwiftKind.identifier, &nodes)
            guard name != 0 else { return 0 }
        } while !isFirst
        let base = base ?? popType(&nodes)
        guard base != 0 else { return 0 }
        let node = nodes.add(NameNodeRecord(kind: SwiftKind.associated, first: base, second: name))
        return node != 0 && nodes.addSubstitution(node) ? node : 0
    }

    mutating func archetype(_ nodes: inout NameNodes) -> NameNode {
        switch take() {
        case UInt8(ascii: "x"): return associatedType(base: nil, isCompound: false, &nodes)
        case UInt8(ascii: "X"): return associatedType(base: nil, isCompound: true, &nodes)
        case UInt8(ascii: "y"): return associatedType(base: parameter(&nodes), isCompound: false, &nodes)
        case UInt8(ascii: "Y"): return associatedType(base: parameter(&nodes), isCompound: true, &nodes)
        case UInt8(ascii: "z"): return associatedType(base: nodes.add(NameNodeRecord(kind: SwiftKind.parameter)), isCompound: false, &nodes)
        case UInt8(ascii: "Z"): return associatedType(base: nodes.add(NameNodeRecord(kind: SwiftKind.parameter)), isCompound: true, &nodes)
        case UInt8(ascii: "p"): return popType(&nodes) != 0 && popType(&nodes) != 0 ? opaque(&nodes) : 0
        default: return 0
        }
    }

    mutating func requirement(_ nodes: inout NameNodes) -> NameNode {
        let letter = take()
        var isProtocol = false
        var isOne = true
        switch letter {
        // The subject is a parameter.
        case UInt8(ascii: "b"), UInt8(ascii: "s"), UInt8(ascii: "l"), UInt8(ascii: "h"), UInt8(ascii: "v"), UInt8(ascii: "V"),
            UInt8(ascii: "i"):
            guard parameter(&nodes) != 0 else { return 0 }
        // An associated type of one.
        case UInt8(ascii: "c"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "p"):
            guard associatedType(base: parameter(&nodes), isCompound: false, &nodes) != 0 else { return 0 }
            isProtocol = letter == UInt8(ascii: "p")
        case UInt8(ascii: "C"), UInt8(ascii: "T"), UInt8(ascii: "M"), UInt8(ascii: "P"):
            guard associatedType(base: parameter(&nodes), isCompound: true, &nodes) != 0 else { return 0 }
            isProtocol = letter == UInt8(ascii: "P")
        // A type from the stack.
        case UInt8(ascii: "B"), UInt8(ascii: "S"), UInt8(ascii: "L"), UInt8(ascii: "Q"), UInt8(ascii: "I"):
            guard popType(&nodes) != 0 else { return 0 }
            isProtocol = letter == UInt8(ascii: "Q")
        default:
            position -= 1
            guard parameter(&nodes) != 0 else { return 0 }
            isProtocol = true
        }
        switch letter {
        case UInt8(ascii: "l"), UInt8(ascii: "m"), UInt8(ascii: "M"), UInt8(ascii: "L"):
            isOne = false
            let layout = take()
            if layout == UInt8(ascii: "E") || layout == UInt8(ascii: "M") {
                guard index() != nil, index() != nil else { return 0 }
            } else if layout == UInt8(ascii: "e") || layout == UInt8(ascii: "m") || layout == UInt8(ascii: "S") {
                guard index() != nil else { return 0 }
            }
        case UInt8(ascii: "i"), UInt8(ascii: "I"):
            isOne = false
            guard index() != nil else { return 0 }
        case UInt8(ascii: "v"): isOne = false
        default: break
        }
        if isOne {
            guard (isProtocol ? popProtocol(&nodes) : popType(&nodes)) != 0 else { return 0 }
        }
        return nodes.add(NameNodeRecord(kind: SwiftKind.requirement))
    }

    mutating func signature(hasCounts: Bool, _ nodes: inout NameNodes) -> NameNode {
        var record = NameNodeRecord(kind: SwiftKind.signature)
        var last: NameNode = 0
        func add(_ count: Int, _ nodes: inout NameNodes) -> Bool {
            let node = nodes.add(NameNodeRecord(kind: SwiftKind.count, start: UInt16(truncatingIfNeeded: min(count, 128))))
            if record.first == 0 { record.first = node } else { nodes[last].second = node }
            last = node
            return node != 0
        }
        if hasCounts {
            while !eat("l") {
                var count = 0
                if !eat("z") {
                    guard let number = index() else { return 0 }
                    count = number + 1
                }
                guard add(count, &nodes) else { return 0 }
            }
        } else if !add(1, &nodes) {
            return 0
        }
        while pop(SwiftKind.requirement, &nodes) != 0 {}
        return nodes.add(record)
    }

    /// A conformance on the stack: type, protocol, module; answers with the type.
    mutating func popConformance(_ nodes: inout NameNodes) -> NameNode {
        _ = pop(SwiftKind.signature, &nodes)
        guard pop(SwiftKind.identifier, &nodes) != 0 || pop(SwiftKind.module, &nodes) != 0, popProtocol(&nodes) != 0 else { return 0 }
        return popType(&nodes)
    }
}
