// Operators that make declarations: functions, variables and their accessors, closures, extensions, and what the compiler makes of them.

extension SwiftSymbol {
    mutating func extensionContext(_ nodes: inout NameNodes) -> NameNode {
        let signature = pop(SwiftKind.signature, &nodes)
        guard pop(SwiftKind.identifier, &nodes) != 0 || pop(SwiftKind.module, &nodes) != 0 else { return 0 }
        let type = popType(&nodes)
        return type == 0 ? 0 : nodes.add(NameNodeRecord(kind: SwiftKind.extended, first: type, second: signature))
    }

    /// The labels of a function of a type, on the stack before it: a list in order, and whether the function has parameters at all.
    private mutating func labels(of type: NameNode, _ nodes: inout NameNodes) -> (list: NameNode, unnamed: Int)? {
        var type = type
        if nodes[type].kind == SwiftKind.generic { type = nodes[type].second }
        let count = nodes[type].kind == SwiftKind.function ? Int(nodes[type].start) : 0
        if pop(SwiftKind.emptyList, &nodes) != 0 { return (0, count) }
        guard nodes[type].kind == SwiftKind.function, count > 0 else { return (0, count) }
        var list: NameNode = 0
        for _ in 0..<count {
            var label = pop(SwiftKind.firstElement, &nodes)
            if label == 0 { label = pop(SwiftKind.identifier, &nodes) }
            guard label != 0 else { return nil }
            list = nodes.add(NameNodeRecord(kind: SwiftKind.list, first: label, second: list))
            guard list != 0 else { return nil }
        }
        return (list, 0)
    }

    /// An entity: what is on the stack for it is its context, its name, its labels and its type.
    private mutating func entity(
        _ letter: UInt8, hasName: Bool, hasLabels: Bool, type: NameNode, signature: NameNode, _ nodes: inout NameNodes
    ) -> NameNode {
        // A variable of a function's type has no labels.
        if letter == UInt8(ascii: "v") { _ = pop(SwiftKind.emptyList, &nodes) }
        guard let (list, unnamed) = letter == UInt8(ascii: "v") ? (0, 0) : labels(of: type, &nodes) else { return 0 }
        var record = NameNodeRecord(kind: SwiftKind.entity, flags: letter)
        if hasName {
            record.second = popName(&nodes)
            guard record.second != 0 else { return 0 }
        }
        record.first = popContext(&nodes)
        guard record.first != 0 else { return 0 }
        if hasLabels {
            // The labels and the parameters of generics hang on one node.
            record.third = nodes.add(
                NameNodeRecord(kind: SwiftKind.list, first: list, second: signature, start: UInt16(truncatingIfNeeded: unnamed)))
            guard record.third != 0 else { return 0 }
        }
        return nodes.add(record)
    }

    mutating func function(_ nodes: inout NameNodes) -> NameNode {
        let signature = pop(SwiftKind.signature, &nodes)
        let type = functionType(&nodes)
        guard type != 0 else { return 0 }
        return entity(UInt8(ascii: "F"), hasName: true, hasLabels: true, type: type, signature: signature, &nodes)
    }

    mutating func functionEntity(_ nodes: inout NameNodes) -> NameNode {
        let letter = take()
        var record = NameNodeRecord(kind: SwiftKind.entity, flags: letter)
        switch letter {
        case UInt8(ascii: "D"), UInt8(ascii: "d"), UInt8(ascii: "Z"), UInt8(ascii: "E"), UInt8(ascii: "e"), UInt8(ascii: "i"),
            UInt8(ascii: "P"), UInt8(ascii: "W"):
            break
        case UInt8(ascii: "A"):
            guard let number = index() else { return 0 }
            record.start = UInt16(truncatingIfNeeded: number)
        case UInt8(ascii: "U"), UInt8(ascii: "u"):
            guard let number = index(), popType(&nodes) != 0 else { return 0 }
            record.start = UInt16(truncatingIfNeeded: number + 1)
        case UInt8(ascii: "C"), UInt8(ascii: "c"):
            _ = pop(SwiftKind.privateName, &nodes)
            let type = popType(&nodes)
            guard type != 0 else { return 0 }
            let signature = nodes[type].kind == SwiftKind.generic ? nodes[type].first : 0
            return entity(letter, hasName: false, hasLabels: true, type: type, signature: signature, &nodes)
        default: return 0
        }
        record.first = popContext(&nodes)
        return record.first == 0 ? 0 : nodes.add(record)
    }

    mutating func variable(_ nodes: inout NameNodes) -> NameNode {
        let type = popType(&nodes)
        guard type != 0 else { return 0 }
        return accessor(entity(UInt8(ascii: "v"), hasName: true, hasLabels: false, type: type, signature: 0, &nodes), &nodes)
    }

    mutating func subscripted(_ nodes: inout NameNodes) -> NameNode {
        _ = pop(SwiftKind.privateName, &nodes)
        let type = popType(&nodes)
        guard type != 0 else { return 0 }
        return accessor(entity(letterOfSubscripts, hasName: false, hasLabels: false, type: type, signature: 0, &nodes), &nodes)
    }

    private var letterOfSubscripts: UInt8 { UInt8(ascii: "I") }

    private mutating func accessor(_ entity: NameNode, _ nodes: inout NameNodes) -> NameNode {
        guard entity != 0 else { return 0 }
        var letter = take()
        if letter == UInt8(ascii: "p") { return entity }
        if letter == UInt8(ascii: "a") || letter == UInt8(ascii: "l") {
            // Addressors differ in who owns what they lead to.
            let isMutable = letter == UInt8(ascii: "a")
            guard take() == UInt8(ascii: "u") else { return 0 }
            letter = isMutable ? UInt8(ascii: "a") : UInt8(ascii: "l")
        }
        guard SwiftWords.accessor(letter) != nil else { return 0 }
        return nodes.add(NameNodeRecord(kind: SwiftKind.accessor, flags: letter, first: entity))
    }

    // MARK: What the compiler makes

    private func about(_ words: UInt16, _ node: NameNode, _ nodes: inout NameNodes) -> NameNode {
        node == 0 ? 0 : nodes.add(NameNodeRecord(kind: SwiftKind.about, first: node, start: words))
    }

    mutating func metadata(_ nodes: inout NameNodes) -> NameNode {
        let letter = take()
        let type = letter == UInt8(ascii: "a") || letter == UInt8(ascii: "r") ? popType(&nodes) : 0
        return about(letter == UInt8(ascii: "a") ? SwiftWords.metadataAccessor : SwiftWords.metadataCompletion, type, &nodes)
    }

    mutating func witness(_ nodes: inout NameNodes) -> NameNode {
        switch take() {
        case UInt8(ascii: "Z"):
            // Variables that are made together, the first of which is shown.
            var name: NameNode = 0
            while pop(SwiftKind.firstElement, &nodes) != 0 {
                name = popName(&nodes)
                guard name != 0 else { return 0 }
            }
            guard name != 0, popContext(&nodes) != 0 else { return 0 }
            let module = nodes.add(NameNodeRecord(kind: SwiftKind.module))
            return about(
                SwiftWords.oneTime,
                nodes.add(NameNodeRecord(kind: SwiftKind.entity, flags: UInt8(ascii: "v"), first: module, second: name)),
                &nodes)
        case UInt8(ascii: "O"):
            guard let words = SwiftWords.outlined(take()) else { return 0 }
            _ = pop(SwiftKind.signature, &nodes)
            return about(words, popType(&nodes), &nodes)
        case UInt8(ascii: "l"):
            let type = popConformance(&nodes)
            return about(SwiftWords.lazyWitnessTable, type, &nodes)
        default: return 0
        }
    }

    mutating func valueWitness(_ nodes: inout NameNodes) -> NameNode {
        let first = take()
        let second = take()
        guard let words = SwiftWords.valueWitness(first, second) else { return 0 }
        return about(words, popType(&nodes), &nodes)
    }

    private func attribute(_ words: UInt16, _ nodes: inout NameNodes) -> NameNode {
        nodes.add(NameNodeRecord(kind: SwiftKind.attribute, start: words))
    }

    mutating func thunk(_ nodes: inout NameNodes) -> NameNode {
        switch take() {
        case UInt8(ascii: "g"), UInt8(ascii: "G"), UInt8(ascii: "B"), UInt8(ascii: "s"), UInt8(ascii: "i"):
            let isInlined = input[position - 1] == UInt8(ascii: "i")
            guard specializationHead(), types(&nodes) else { return 0 }
            return attribute(isInlined ? 0 : SwiftWords.specialized, &nodes)
        case UInt8(ascii: "t"):
            // Arguments that were dropped, before a specialisation of generics.
            position -= 1
            while eat("t") { _ = natural() }
            position += 1
            guard specializationHead(), types(&nodes) else { return 0 }
            return attribute(SwiftWords.specialized, &nodes)
        case UInt8(ascii: "p"), UInt8(ascii: "P"):
            guard specializationHead(), popType(&nodes) != 0 else { return 0 }
            return attribute(SwiftWords.specialized, &nodes)
        case UInt8(ascii: "f"):
            guard specializationHead(), functionSpecialization() else { return 0 }
            return attribute(SwiftWords.specialized, &nodes)
        case UInt8(ascii: "m"): return attribute(0, &nodes)
        case UInt8(ascii: "A"), UInt8(ascii: "a"): return attribute(SwiftWords.partialApply, &nodes)
        case UInt8(ascii: "o"), UInt8(ascii: "O"), UInt8(ascii: "D"), UInt8(ascii: "d"): return attribute(0, &nodes)
        case UInt8(ascii: "Y"), UInt8(ascii: "Q"): return index() == nil ? 0 : attribute(0, &nodes)
        case UInt8(ascii: "j"): return about(SwiftWords.dispatchThunk, popContext(&nodes), &nodes)
        case UInt8(ascii: "W"):
            let entity = popContext(&nodes)
            let type = entity == 0 ? 0 : popConformance(&nodes)
            return type == 0 ? 0 : nodes.add(NameNodeRecord(kind: SwiftKind.witness, first: type, second: entity))
        default: return 0
        }
    }

    /// What precedes every specialisation: whether it is serialised, and the number of the pass.
    private mutating func specializationHead() -> Bool {
        _ = eat("q")
        _ = eat("a")
        _ = eat("m")
        return NameBytes.isDigit(take())
    }

    /// What was done with each parameter, up to `_`, and with the result.
    private mutating func functionSpecialization() -> Bool {
        while !eat("_") {
            guard specializedParameter() else { return false }
        }
        return eat("n") || specializedParameter()
    }

    private mutating func specializedParameter() -> Bool {
        switch take() {
        case UInt8(ascii: "n"), UInt8(ascii: "c"), UInt8(ascii: "i"), UInt8(ascii: "s"), UInt8(ascii: "r"): break
        case UInt8(ascii: "C"), UInt8(ascii: "x"): _ = natural()
        case UInt8(ascii: "e"):
            _ = eat("D")
            _ = eat("G")
            _ = eat("O")
            _ = eat("X")
        case UInt8(ascii: "d"):
            _ = eat("G")
            _ = eat("O")
            _ = eat("X")
        case UInt8(ascii: "g"), UInt8(ascii: "o"): _ = eat("X")
        case UInt8(ascii: "p"):
            _ = eat("S")
            switch take() {
            case UInt8(ascii: "f"), UInt8(ascii: "g"), UInt8(ascii: "k"): break
            case UInt8(ascii: "i"), UInt8(ascii: "d"):
                // The number may have any length.
                _ = eat("n")
                while NameBytes.isDigit(next()) { position += 1 }
            case UInt8(ascii: "s"): position += 1
            default: return false
            }
        default: return false
        }
        return true
    }
}
