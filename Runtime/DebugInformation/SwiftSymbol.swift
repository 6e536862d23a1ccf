// Swift's names (swift/docs/ABI/Mangling.rst): operators in postfix order, which put nodes on a stack and take them from it. Read without
// recursion. `+Types` has the operators of types and generics, `+Entities` those of declarations, `SwiftWriter` writes the tree.

/// What a node of a Swift name is, with the nodes it is made of.
enum SwiftKind {
    /// a stretch, rest of the name
    static let identifier: UInt8 = 1
    /// identifier; flags: the letter of its fixity
    static let operatorName: UInt8 = 2
    /// name, discriminator (not shown)
    static let privateName: UInt8 = 3
    /// a literal, `start` being its number in `SwiftWords`
    static let module: UInt8 = 5
    static let emptyList: UInt8 = 6
    static let firstElement: UInt8 = 7
    /// Annotations of function types, which are not shown.
    static let annotation: UInt8 = 8
    static let variadic: UInt8 = 9
    /// `start`: how many parameters each level adds, as a chain
    static let signature: UInt8 = 10
    static let requirement: UInt8 = 11
    static let count: UInt8 = 12
    /// item, rest
    static let list: UInt8 = 13
    /// type, protocol
    static let conformance: UInt8 = 14

    // Types: from 20 to 39.
    /// context, name; flags: the letter of its kind
    static let nominal: UInt8 = 20
    /// a letter of the standard library's abbreviations in flags
    static let standard: UInt8 = 21
    /// nominal, arguments (a list)
    static let boundGeneric: UInt8 = 22
    /// elements (a list); `start`: how many
    static let tuple: UInt8 = 23
    /// parameters, result; `start`: how many parameters
    static let function: UInt8 = 24
    /// `start`: depth, `count`: index
    static let parameter: UInt8 = 25
    /// A type whose text is not needed.
    static let opaque: UInt8 = 26
    /// signature, type
    static let generic: UInt8 = 27
    /// base, name
    static let associated: UInt8 = 28
    /// instance type
    static let metatype: UInt8 = 29
    static let lastType: UInt8 = 39

    // Entities: from 40 on.
    /// context, name, labels; `start`: labels that are not written, `count` 1 when there are labels; flags: its letter
    static let entity: UInt8 = 40
    /// entity; flags: the letter of the accessor
    static let accessor: UInt8 = 41
    /// entity
    static let isStatic: UInt8 = 42
    /// module, type
    static let extended: UInt8 = 43
    /// What is done to a function: `start` is the words' number
    static let attribute: UInt8 = 44
    /// something about a node: first; `start` is the words' number
    static let about: UInt8 = 45
    /// witness: conformance, entity
    static let witness: UInt8 = 46
}

/// A Swift name being read.
struct SwiftSymbol {
    let input: NameBytes
    var position: Int
    /// Words of identifiers, which later ones refer to: where they begin and how long they are.
    var words = InlineArray<26, UInt32>(repeating: 0)
    var wordCount = 0

    /// Puts the readable form of a name into `output`; false when it is none.
    static func demangle(_ input: NameBytes, from start: Int, _ nodes: inout NameNodes, _ output: inout NameSink) -> Bool {
        var symbol = SwiftSymbol(input: input, position: start)
        while symbol.position < input.count {
            // What the compiler adds to parts of functions is not shown.
            if input[symbol.position] == UInt8(ascii: "."), symbol.position > start { break }
            let node = symbol.operation(&nodes)
            guard node != 0, nodes.push(node) else { return false }
        }
        let root = symbol.root(&nodes)
        guard root != 0 else { return false }
        var writer = SwiftWriter(input: input)
        guard writer.writeWhole(root, &nodes, &output) else { return false }
        return true
    }

    /// The entity that the stack ends with, below what is done to it; 0 when there is none or something is left over.
    private mutating func root(_ nodes: inout NameNodes) -> NameNode {
        if nodes[nodes.stackItem(nodes.stackCount - 1)].kind == SwiftKind.firstElement { _ = nodes.pop() }
        var chain: NameNode = 0
        while nodes.stackCount > 0 {
            let top = nodes.pop()
            let record = nodes[top]
            if record.kind == SwiftKind.attribute {
                var link = record
                link.second = chain
                nodes[top] = link
                chain = top
            } else if record.kind >= SwiftKind.entity {
                return nodes.add(NameNodeRecord(kind: SwiftKind.list, first: top, second: chain))
            } else if chain == 0 {
                return 0
            }
            // Behind an entity lie the constants that it was specialised for.
        }
        return 0
    }

    // MARK: Reading

    func next() -> UInt8 { input[position] }

    mutating func take() -> UInt8 {
        let byte = input[position]
        position += 1
        return byte
    }

    mutating func eat(_ character: StaticString) -> Bool {
        guard input[position] == character.utf8Start[0] else { return false }
        position += 1
        return true
    }

    /// A decimal number below 100,000; nil when there is none.
    mutating func natural() -> Int? {
        guard NameBytes.isDigit(next()) else { return nil }
        var value = 0
        while NameBytes.isDigit(next()) {
            value = value * 10 + Int(take() - 48)
            guard value < 100_000 else { return nil }
        }
        return value
    }

    /// `_`, or a number and `_`.
    mutating func index() -> Int? {
        if eat("_") { return 0 }
        guard let value = natural(), eat("_") else { return nil }
        return value + 1
    }

    // MARK: The stack

    /// Takes the top node when it is of a kind; 0 otherwise.
    func pop(_ kind: UInt8, _ nodes: inout NameNodes) -> NameNode {
        nodes.stackCount > 0 && nodes[nodes.stackItem(nodes.stackCount - 1)].kind == kind ? nodes.pop() : 0
    }

    func popType(_ nodes: inout NameNodes) -> NameNode {
        let kind = nodes.stackCount > 0 ? nodes[nodes.stackItem(nodes.stackCount - 1)].kind : 0
        return kind >= SwiftKind.nominal && kind <= SwiftKind.lastType ? nodes.pop() : 0
    }

    func popName(_ nodes: inout NameNodes) -> NameNode {
        let kind = nodes.stackCount > 0 ? nodes[nodes.stackItem(nodes.stackCount - 1)].kind : 0
        let isName = kind == SwiftKind.identifier || kind == SwiftKind.operatorName || kind == SwiftKind.privateName
        return isName ? nodes.pop() : 0
    }

    /// A module, a type that has members, or an entity.
    func popContext(_ nodes: inout NameNodes) -> NameNode {
        let kind = nodes.stackCount > 0 ? nodes[nodes.stackItem(nodes.stackCount - 1)].kind : 0
        switch kind {
        case SwiftKind.identifier:
            // An identifier on its own is a module, which is not shown.
            _ = nodes.pop()
            return nodes.add(NameNodeRecord(kind: SwiftKind.module))
        case SwiftKind.module, SwiftKind.nominal, SwiftKind.standard, SwiftKind.boundGeneric: return nodes.pop()
        default: return kind >= SwiftKind.entity ? nodes.pop() : 0
        }
    }

    func opaque(_ nodes: inout NameNodes) -> NameNode { nodes.add(NameNodeRecord(kind: SwiftKind.opaque)) }

    /// Takes a type and puts one in its place that is written alike.
    func popSame(_ nodes: inout NameNodes) -> NameNode { popType(&nodes) }

    // MARK: Operators

    private mutating func operation(_ nodes: inout NameNodes) -> NameNode {
        let byte = take()
        switch byte {
        case UInt8(ascii: "A"): return substitutions(&nodes)
        case UInt8(ascii: "B"): return builtin(&nodes)
        case UInt8(ascii: "C"), UInt8(ascii: "O"), UInt8(ascii: "P"), UInt8(ascii: "V"), UInt8(ascii: "a"): return nominal(byte, &nodes)
        case UInt8(ascii: "D"): return popType(&nodes)
        case UInt8(ascii: "E"): return extensionContext(&nodes)
        case UInt8(ascii: "F"): return function(&nodes)
        case UInt8(ascii: "G"): return boundGeneric(&nodes)
        case UInt8(ascii: "I"): return implementationType(&nodes)
        case UInt8(ascii: "$"):
            _ = eat("n")
            return index() == nil ? 0 : opaque(&nodes)
        case UInt8(ascii: "K"): return nodes.add(NameNodeRecord(kind: SwiftKind.annotation))
        case UInt8(ascii: "L"): return localName(&nodes)
        case UInt8(ascii: "M"): return metadata(&nodes)
        case UInt8(ascii: "Q"): return archetype(&nodes)
        case UInt8(ascii: "R"): return requirement(&nodes)
        case UInt8(ascii: "S"): return standard(&nodes)
        case UInt8(ascii: "T"): return thunk(&nodes)
        case UInt8(ascii: "W"): return witness(&nodes)
        case UInt8(ascii: "X"): return specialType(&nodes)
        case UInt8(ascii: "Y"): return annotation(&nodes)
        case UInt8(ascii: "Z"):
            let entity = nodes.pop()
            guard nodes[entity].kind >= SwiftKind.entity else { return 0 }
            return nodes.add(NameNodeRecord(kind: SwiftKind.isStatic, first: entity))
        case UInt8(ascii: "c"): return functionType(&nodes)
        case UInt8(ascii: "d"): return nodes.add(NameNodeRecord(kind: SwiftKind.variadic))
        case UInt8(ascii: "f"): return functionEntity(&nodes)
        case UInt8(ascii: "i"): return subscripted(&nodes)
        case UInt8(ascii: "l"): return signature(hasCounts: false, &nodes)
        case UInt8(ascii: "m"):
            let type = popType(&nodes)
            return type == 0 ? 0 : nodes.add(NameNodeRecord(kind: SwiftKind.metatype, first: type))
        case UInt8(ascii: "h"), UInt8(ascii: "n"), UInt8(ascii: "z"): return popSame(&nodes)
        case UInt8(ascii: "o"): return operatorName(&nodes)
        case UInt8(ascii: "p"): return existential(&nodes)
        case UInt8(ascii: "q"): return parameter(&nodes)
        case UInt8(ascii: "r"): return signature(hasCounts: true, &nodes)
        case UInt8(ascii: "s"): return nodes.add(NameNodeRecord(kind: SwiftKind.module))
        case UInt8(ascii: "t"): return tuple(&nodes)
        case UInt8(ascii: "u"):
            let signature = pop(SwiftKind.signature, &nodes)
            let type = popType(&nodes)
            return type == 0 || signature == 0 ? 0 : nodes.add(NameNodeRecord(kind: SwiftKind.generic, first: signature, second: type))
        case UInt8(ascii: "v"): return variable(&nodes)
        case UInt8(ascii: "w"): return valueWitness(&nodes)
        case UInt8(ascii: "x"): return nodes.add(NameNodeRecord(kind: SwiftKind.parameter))
        case UInt8(ascii: "y"): return nodes.add(NameNodeRecord(kind: SwiftKind.emptyList))
        case UInt8(ascii: "_"): return nodes.add(NameNodeRecord(kind: SwiftKind.firstElement))
        default:
            position -= 1
            return identifier(&nodes)
        }
    }

    // MARK: Identifiers

    /// An identifier, perhaps put together from words of earlier ones: a chain of stretches.
    private mutating func identifier(_ nodes: inout NameNodes) -> NameNode {
        guard NameBytes.isDigit(next()) else { return 0 }
        var hasWords = false
        var isPunycode = false
        if eat("0") {
            if eat("0") { isPunycode = true } else { hasWords = true }
        }
        var head: NameNode = 0
        var last: NameNode = 0
        repeat {
            while hasWords, NameBytes.isLower(next()) || NameBytes.isUpper(next()) {
                let byte = take()
                let word = Int(NameBytes.isLower(byte) ? byte - 97 : byte - 65)
                if NameBytes.isUpper(byte) { hasWords = false }
                guard word < wordCount, chain(&head, &last, Int(words[word] >> 16), Int(words[word] & 0xffff), &nodes) else { return 0 }
            }
            if eat("0") { break }
            guard let count = natural(), count > 0 else { return 0 }
            if isPunycode { _ = eat("_") }
            guard position + count <= input.count else { return 0 }
            noteWords(position, count)
            guard chain(&head, &last, position, count, &nodes) else { return 0 }
            position += count
        } while hasWords
        return nodes.addSubstitution(head) ? head : 0
    }

    private func chain(_ head: inout NameNode, _ last: inout NameNode, _ start: Int, _ count: Int, _ nodes: inout NameNodes) -> Bool {
        let node = nodes.add(
            NameNodeRecord(kind: SwiftKind.identifier, start: UInt16(truncatingIfNeeded: start), count: UInt16(truncatingIfNeeded: count)))
        guard node != 0 else { return false }
        if head == 0 { head = node } else { nodes[last].second = node }
        last = node
        return true
    }

    /// Notes the words of a stretch: they begin at a letter, and end before a capital behind what is none, or before `_`.
    private mutating func noteWords(_ start: Int, _ count: Int) {
        var wordStart = -1
        for offset in 0...count {
            let byte = offset < count ? input[start + offset] : 0
            let isEnd = byte == 0 || byte == UInt8(ascii: "_")
            if wordStart >= 0, isEnd || (!NameBytes.isUpper(input[start + offset - 1]) && NameBytes.isUpper(byte)) {
                if offset - wordStart >= 2, wordCount < 26 {
                    words[wordCount] = UInt32(start + wordStart) << 16 | UInt32(offset - wordStart)
                    wordCount += 1
                }
                wordStart = -1
            }
            if wordStart < 0, !isEnd, !NameBytes.isDigit(byte) { wordStart = offset }
        }
    }

    private mutating func operatorName(_ nodes: inout NameNodes) -> NameNode {
        let name = pop(SwiftKind.identifier, &nodes)
        let fixity = take()
        guard name != 0, fixity == UInt8(ascii: "i") || fixity == UInt8(ascii: "p") || fixity == UInt8(ascii: "P") else { return 0 }
        return nodes.add(NameNodeRecord(kind: SwiftKind.operatorName, flags: fixity, first: name))
    }

    private mutating func localName(_ nodes: inout NameNodes) -> NameNode {
        if eat("L") {
            let discriminator = pop(SwiftKind.identifier, &nodes)
            let name = popName(&nodes)
            guard discriminator != 0, name != 0 else { return 0 }
            return nodes.add(NameNodeRecord(kind: SwiftKind.privateName, first: name))
        }
        if eat("l") {
            guard pop(SwiftKind.identifier, &nodes) != 0 else { return 0 }
            return nodes.add(NameNodeRecord(kind: SwiftKind.privateName))
        }
        guard let number = index() else { return 0 }
        let name = popName(&nodes)
        return name == 0
            ? 0
            : nodes.add(NameNodeRecord(kind: SwiftKind.privateName, flags: 1, first: name, start: UInt16(truncatingIfNeeded: number + 1)))
    }

    // MARK: Substitutions

    private mutating func substitutions(_ nodes: inout NameNodes) -> NameNode {
        var repeats = -1
        while true {
            let byte = take()
            if NameBytes.isLower(byte) || NameBytes.isUpper(byte) {
                let isLast = NameBytes.isUpper(byte)
                let node = nodes.substitution(Int(isLast ? byte - 65 : byte - 97))
                guard node != 0, repeats < 256 else { return 0 }
                while repeats > 1 {
                    guard nodes.push(node) else { return 0 }
                    repeats -= 1
                }
                if isLast { return node }
                guard nodes.push(node) else { return 0 }
                repeats = -1
            } else if byte == UInt8(ascii: "_") {
                return nodes.substitution(repeats + 27)
            } else {
                position -= 1
                guard let count = natural() else { return 0 }
                repeats = count
            }
        }
    }

    private mutating func standard(_ nodes: inout NameNodes) -> NameNode {
        if eat("o") || eat("C") { return nodes.add(NameNodeRecord(kind: SwiftKind.module)) }
        if eat("g") {
            let wrapped = popType(&nodes)
            let optional = nodes.add(NameNodeRecord(kind: SwiftKind.standard, flags: UInt8(ascii: "q")))
            let arguments = wrapped == 0 ? 0 : nodes.add(NameNodeRecord(kind: SwiftKind.list, first: wrapped))
            guard optional != 0, arguments != 0 else { return 0 }
            let node = nodes.add(NameNodeRecord(kind: SwiftKind.boundGeneric, first: optional, second: arguments))
            return node != 0 && nodes.addSubstitution(node) ? node : 0
        }
        var repeats = natural() ?? 0
        let isSecond = eat("c")
        let letter = take()
        guard repeats < 256, SwiftWords.standardType(letter, isSecond: isSecond) != nil else { return 0 }
        let node = nodes.add(NameNodeRecord(kind: SwiftKind.standard, flags: letter, start: isSecond ? 1 : 0))
        while repeats > 1 {
            guard node != 0, nodes.push(node) else { return 0 }
            repeats -= 1
        }
        return node
    }
}
