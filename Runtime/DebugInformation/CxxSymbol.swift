// C++ names as the Itanium ABI mangles them (Itanium C++ ABI, 5.1): encodings, names and special names. `+Types` reads types and template
// arguments, `+Operators` has the words, `CxxWriter` writes the tree.

/// What a node of a C++ name is. `first`, `second`, `third` are the nodes named; lists are chains of `list`.
enum CxxKind {
    static let name: UInt8 = 1
    /// A literal, `start` being its number in `CxxWords`.
    static let word: UInt8 = 2
    /// scope, name
    static let nested: UInt8 = 3
    /// name, arguments
    static let template: UInt8 = 4
    /// item, rest
    static let list: UInt8 = 5
    /// class; flags 1: destructor
    static let constructor: UInt8 = 6
    /// encoding, entity
    static let local: UInt8 = 7
    /// name, parameters (a list; 0 for none), result; flags: qualifiers
    static let encoding: UInt8 = 8
    /// word, what it is about
    static let special: UInt8 = 9
    /// type
    static let conversion: UInt8 = 10
    /// name
    static let literalOperator: UInt8 = 11
    /// parameters; `start`: number
    static let lambda: UInt8 = 12
    /// `start`: number
    static let unnamed: UInt8 = 13
    /// name, tag
    static let tagged: UInt8 = 14
    static let pointer: UInt8 = 20
    static let reference: UInt8 = 21
    static let rvalueReference: UInt8 = 22
    /// type; flags: qualifiers
    static let qualified: UInt8 = 23
    /// result, parameters; flags: qualifiers
    static let function: UInt8 = 24
    /// element; the stretch is the dimension, or `second` an expression
    static let array: UInt8 = 25
    /// class, member
    static let memberPointer: UInt8 = 26
    /// type, word
    static let vendorQualified: UInt8 = 27
    /// word, type
    static let prefixed: UInt8 = 28
    /// type; the stretch is the number; flags 1: negative
    static let integer: UInt8 = 30
    /// list of what a pack was replaced by
    static let argumentPack: UInt8 = 31
    /// argument pack, of which one item is meant
    static let parameterPack: UInt8 = 32
    /// what is repeated
    static let expansion: UInt8 = 33
    // Expressions: operator (the stretch), operands.
    static let binary: UInt8 = 40
    static let unary: UInt8 = 41
    static let parenthesized: UInt8 = 42
    static let call: UInt8 = 43
    static let parameter: UInt8 = 44
}

/// Qualifiers of types and functions.
enum CxxQualifiers {
    static let const: UInt8 = 1
    static let volatile: UInt8 = 2
    static let restrict: UInt8 = 4
    static let reference: UInt8 = 8
    static let rvalueReference: UInt8 = 16
    static let noexcept: UInt8 = 32
}

/// A C++ name being read. A function that finds what it does not know answers 0, and so does whoever called it.
struct CxxSymbol {
    let input: NameBytes
    var position: Int
    var depth = 0
    var steps = 0
    /// Where the arguments of the template at hand begin on the stack of nodes.
    var argumentBase = 0
    /// Within a lambda's parameters an argument that no template has is `auto`.
    var isInLambda = false
    /// What the name just read says of its encoding.
    var endsWithArguments = false
    var isConstructorOrConversion = false
    var qualifiers: UInt8 = 0

    /// Puts the readable form of a name into `output`; false when it is none.
    static func demangle(_ input: NameBytes, _ nodes: inout NameNodes, _ output: inout NameSink) -> Bool {
        var symbol = CxxSymbol(input: input, position: 2)
        let root = symbol.encoding(&nodes)
        guard root != 0 else { return false }
        // What a compiler adds to copies follows a point.
        guard symbol.position == input.count || input[symbol.position] == UInt8(ascii: ".") else { return false }
        var writer = CxxWriter(input: input)
        guard writer.write(root, nodes, &output) else { return false }
        if symbol.position < input.count {
            output.put(" (")
            output.put(input, symbol.position, input.count - symbol.position)
            output.put(")")
        }
        return true
    }

    // MARK: Reading

    mutating func eat(_ text: StaticString) -> Bool {
        guard input.starts(with: text, at: position) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    func isNext(_ character: StaticString) -> Bool { input[position] == character.utf8Start[0] }

    mutating func enter() -> Bool {
        depth += 1
        steps += 1
        return depth <= Demangler.depthLimit && steps <= Demangler.stepLimit
    }

    /// Decimal digits as a stretch; nil when there are none.
    mutating func digits() -> (start: UInt16, count: UInt16)? {
        let start = position
        while NameBytes.isDigit(input[position]) { position += 1 }
        return position > start ? (UInt16(truncatingIfNeeded: start), UInt16(truncatingIfNeeded: position - start)) : nil
    }

    /// A decimal number, at most 9999.
    mutating func decimal() -> Int? {
        guard NameBytes.isDigit(input[position]) else { return nil }
        var value = 0
        while NameBytes.isDigit(input[position]) {
            value = value * 10 + Int(input[position] - 48)
            guard value <= 9999 else { return nil }
            position += 1
        }
        return value
    }

    /// `_`, or a number and `_`: 0, or the number plus 1. Digits and capitals when the base is 36.
    mutating func sequenceNumber(base: Int) -> Int? {
        if eat("_") { return 0 }
        var value = 0
        while !eat("_") {
            let byte = input[position]
            if NameBytes.isDigit(byte) {
                value = value * base + Int(byte - 48)
            } else if base == 36, NameBytes.isUpper(byte) {
                value = value * base + Int(byte - 55)
            } else {
                return nil
            }
            position += 1
            guard value < 10000 else { return nil }
        }
        return value + 1
    }

    // MARK: Encodings

    /// A function with its parameters, a variable, or something special.
    mutating func encoding(_ nodes: inout NameNodes) -> NameNode {
        guard enter() else { return 0 }
        defer { depth -= 1 }
        if isNext("T") || isNext("G") { return special(&nodes) }
        let savedBase = argumentBase
        let savedCount = nodes.stackCount
        argumentBase = nodes.stackCount
        defer {
            argumentBase = savedBase
            nodes.truncateStack(to: savedCount)
        }
        endsWithArguments = false
        isConstructorOrConversion = false
        qualifiers = 0
        let name = name(&nodes, isOfEncoding: true)
        guard name != 0 else { return 0 }
        let own = qualifiers
        if isAtEnd { return name }
        var result: NameNode = 0
        if endsWithArguments, !isConstructorOrConversion {
            result = type(&nodes)
            guard result != 0 else { return 0 }
        }
        var parameters: NameNode = 0
        if !eat("v") {
            parameters = list(&nodes) { symbol, nodes in
                symbol.type(&nodes)
            } isAtEnd: {
                $0.isAtEnd
            }
            guard parameters != 0 else { return 0 }
        }
        return nodes.add(NameNodeRecord(kind: CxxKind.encoding, flags: own, first: name, second: parameters, third: result))
    }

    private var isAtEnd: Bool {
        position >= input.count || isNext("E") || isNext(".") || isNext("_")
    }

    /// Items until the end, at least one, as a chain; 0 when one of them is not known.
    mutating func list(
        _ nodes: inout NameNodes, _ item: (inout CxxSymbol, inout NameNodes) -> NameNode, isAtEnd: (inout CxxSymbol) -> Bool
    ) -> NameNode {
        var head: NameNode = 0
        var last: NameNode = 0
        repeat {
            let found = item(&self, &nodes)
            let link = found == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.list, first: found))
            guard link != 0 else { return 0 }
            if head == 0 { head = link } else { nodes[last].second = link }
            last = link
        } while !isAtEnd(&self)
        return head
    }

    private mutating func special(_ nodes: inout NameNodes) -> NameNode {
        for index in 0..<CxxWords.specialCount {
            let code = CxxWords.special(index)
            guard eat(code.code) else { continue }
            var about: NameNode = 0
            switch code.about {
            case .type: about = type(&nodes)
            case .name: about = name(&nodes, isOfEncoding: false)
            case .thunk:
                let isVirtual = isNext("v")
                guard callOffset() else { return 0 }
                about = encoding(&nodes)
                guard about != 0 else { return 0 }
                return nodes.add(NameNodeRecord(kind: CxxKind.special, flags: isVirtual ? 1 : 0, first: about, start: UInt16(index)))
            case .covariantThunk:
                guard callOffset(), callOffset() else { return 0 }
                about = encoding(&nodes)
            }
            if index == CxxWords.temporary, sequenceNumber(base: 36) == nil { return 0 }
            return about == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.special, first: about, start: UInt16(index)))
        }
        return 0
    }

    /// `h` number `_`, or `v` number `_` number `_`; a number may be negative.
    private mutating func callOffset() -> Bool {
        let isVirtual = eat("v")
        guard isVirtual || eat("h") else { return false }
        for _ in 0..<(isVirtual ? 2 : 1) {
            _ = eat("n")
            guard digits() != nil, eat("_") else { return false }
        }
        return true
    }

    // MARK: Names

    mutating func name(_ nodes: inout NameNodes, isOfEncoding: Bool) -> NameNode {
        guard enter() else { return 0 }
        defer { depth -= 1 }
        _ = eat("L")
        if isNext("N") { return nestedName(&nodes, isOfEncoding: isOfEncoding) }
        if isNext("Z") { return localName(&nodes, isOfEncoding: isOfEncoding) }
        var result: NameNode
        var isSubstitution = false
        if isNext("S"), input[position + 1] != UInt8(ascii: "t") {
            result = substitution(&nodes)
            isSubstitution = true
            guard isNext("I") else { return 0 }
        } else if eat("St") {
            let scope = nodes.add(NameNodeRecord(kind: CxxKind.word, start: CxxWords.std))
            _ = eat("L")
            let unqualified = unqualifiedName(&nodes, scope: 0)
            guard scope != 0, unqualified != 0 else { return 0 }
            result = nodes.add(NameNodeRecord(kind: CxxKind.nested, first: scope, second: unqualified))
        } else {
            result = unqualifiedName(&nodes, scope: 0)
        }
        guard result != 0, isNext("I") else { return result }
        if !isSubstitution, !nodes.addSubstitution(result) { return 0 }
        let arguments = templateArguments(&nodes, isOfEncoding: isOfEncoding)
        guard arguments != 0 else { return 0 }
        if isOfEncoding { endsWithArguments = true }
        return nodes.add(NameNodeRecord(kind: CxxKind.template, first: result, second: arguments))
    }

    private mutating func nestedName(_ nodes: inout NameNodes, isOfEncoding: Bool) -> NameNode {
        position += 1
        let own = readQualifiers() | (eat("R") ? CxxQualifiers.reference : eat("O") ? CxxQualifiers.rvalueReference : 0)
        var soFar: NameNode = 0
        while !eat("E") {
            _ = eat("L")
            _ = eat("M")
            steps += 1
            guard steps <= Demangler.stepLimit else { return 0 }
            if isNext("S"), input[position + 1] != UInt8(ascii: "t") {
                guard soFar == 0 else { return 0 }
                soFar = substitution(&nodes)
                guard soFar != 0 else { return 0 }
                if isOfEncoding { endsWithArguments = false }
                continue
            }
            if isNext("I") {
                guard soFar != 0 else { return 0 }
                let arguments = templateArguments(&nodes, isOfEncoding: isOfEncoding)
                guard arguments != 0 else { return 0 }
                soFar = nodes.add(NameNodeRecord(kind: CxxKind.template, first: soFar, second: arguments))
                if isOfEncoding { endsWithArguments = true }
            } else if isNext("T") {
                guard soFar == 0 else { return 0 }
                soFar = templateParameter(&nodes)
                if isOfEncoding { endsWithArguments = false }
            } else if input.starts(with: "Dt", at: position) || input.starts(with: "DT", at: position) {
                guard soFar == 0 else { return 0 }
                soFar = decltype(&nodes)
            } else if eat("St") {
                guard soFar == 0 else { return 0 }
                soFar = nodes.add(NameNodeRecord(kind: CxxKind.word, start: CxxWords.std))
                guard soFar != 0 else { return 0 }
                continue
            } else {
                if isOfEncoding { endsWithArguments = false }
                let unqualified = unqualifiedName(&nodes, scope: soFar)
                guard unqualified != 0 else { return 0 }
                soFar = soFar == 0 ? unqualified : nodes.add(NameNodeRecord(kind: CxxKind.nested, first: soFar, second: unqualified))
            }
            guard soFar != 0, nodes.addSubstitution(soFar) else { return 0 }
        }
        guard soFar != 0, nodes.substitutionCount > 0 else { return 0 }
        // The whole is a substitution only where it is a type, which adds it itself.
        nodes.dropSubstitution()
        if isOfEncoding { qualifiers = own }
        return soFar
    }

    /// Something inside a function.
    private mutating func localName(_ nodes: inout NameNodes, isOfEncoding: Bool) -> NameNode {
        position += 1
        let saved = (endsWithArguments, isConstructorOrConversion, qualifiers)
        let function = encoding(&nodes)
        (endsWithArguments, isConstructorOrConversion, qualifiers) = saved
        guard function != 0, eat("E") else { return 0 }
        var entity: NameNode
        if eat("s") {
            discriminator()
            entity = nodes.add(NameNodeRecord(kind: CxxKind.word, start: CxxWords.stringLiteral))
        } else {
            if eat("d") {
                _ = decimal()
                guard eat("_") else { return 0 }
            }
            entity = name(&nodes, isOfEncoding: isOfEncoding)
            discriminator()
        }
        return entity == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.local, first: function, second: entity))
    }

    private mutating func discriminator() {
        let start = position
        if eat("__") {
            if decimal() == nil || !eat("_") { position = start }
        } else if eat("_") {
            if NameBytes.isDigit(input[position]) { position += 1 } else { position = start }
        }
    }

    mutating func unqualifiedName(_ nodes: inout NameNodes, scope: NameNode) -> NameNode {
        guard enter() else { return 0 }
        defer { depth -= 1 }
        var result: NameNode
        let byte = input[position]
        if NameBytes.isDigit(byte) {
            result = sourceName(&nodes)
        } else if byte == UInt8(ascii: "U") {
            result = unnamedType(&nodes)
        } else if byte == UInt8(ascii: "C") || byte == UInt8(ascii: "D"), scope != 0, !input.starts(with: "Dt", at: position) {
            let isInheriting = input[position + 1] == UInt8(ascii: "I")
            let digit = input[position + (isInheriting ? 2 : 1)]
            guard NameBytes.isDigit(digit) else { return 0 }
            position += isInheriting ? 3 : 2
            if isInheriting, name(&nodes, isOfEncoding: false) == 0 { return 0 }
            isConstructorOrConversion = true
            result = nodes.add(NameNodeRecord(kind: CxxKind.constructor, flags: byte == UInt8(ascii: "D") ? 1 : 0, first: scope))
        } else {
            result = operatorName(&nodes)
        }
        while result != 0, eat("B") {
            let tag = sourceName(&nodes)
            guard tag != 0 else { return 0 }
            result = nodes.add(NameNodeRecord(kind: CxxKind.tagged, first: result, second: tag))
        }
        return result
    }

    mutating func sourceName(_ nodes: inout NameNodes) -> NameNode {
        guard let count = decimal(), count > 0, position + count <= input.count else { return 0 }
        let start = position
        position += count
        if input.starts(with: "_GLOBAL__N", at: start) { return nodes.add(NameNodeRecord(kind: CxxKind.word, start: CxxWords.anonymous)) }
        return nodes.add(
            NameNodeRecord(kind: CxxKind.name, start: UInt16(truncatingIfNeeded: start), count: UInt16(truncatingIfNeeded: count)))
    }

    private mutating func unnamedType(_ nodes: inout NameNodes) -> NameNode {
        if eat("Ut") {
            guard let number = sequenceNumber(base: 10) else { return 0 }
            return nodes.add(NameNodeRecord(kind: CxxKind.unnamed, start: UInt16(number)))
        }
        guard eat("Ul") else { return 0 }
        var parameters: NameNode = 0
        let saved = isInLambda
        isInLambda = true
        defer { isInLambda = saved }
        if eat("v") {
            guard eat("E") else { return 0 }
        } else {
            parameters = list(&nodes) { symbol, nodes in
                symbol.type(&nodes)
            } isAtEnd: {
                $0.eat("E")
            }
            guard parameters != 0 else { return 0 }
        }
        guard let number = sequenceNumber(base: 10) else { return 0 }
        return nodes.add(NameNodeRecord(kind: CxxKind.lambda, first: parameters, start: UInt16(number)))
    }

    private mutating func operatorName(_ nodes: inout NameNodes) -> NameNode {
        if eat("cv") {
            let saved = isInLambda
            defer { isInLambda = saved }
            // Its type may name arguments that come only after it; those are not known.
            let target = type(&nodes)
            isConstructorOrConversion = true
            return target == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.conversion, first: target))
        }
        if eat("li") {
            let name = sourceName(&nodes)
            return name == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.literalOperator, first: name))
        }
        guard let word = CxxWords.operatorIndex(input[position], input[position + 1]) else { return 0 }
        position += 2
        return nodes.add(NameNodeRecord(kind: CxxKind.word, flags: 1, start: word))
    }

    mutating func readQualifiers() -> UInt8 {
        var found: UInt8 = 0
        if eat("r") { found |= CxxQualifiers.restrict }
        if eat("V") { found |= CxxQualifiers.volatile }
        if eat("K") { found |= CxxQualifiers.const }
        return found
    }
}
