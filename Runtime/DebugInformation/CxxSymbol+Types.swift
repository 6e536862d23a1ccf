// Types, template arguments and substitutions of C++ names (Itanium C++ ABI, 5.1.5 to 5.1.10).

extension CxxSymbol {
    mutating func type(_ nodes: inout NameNodes) -> NameNode {
        guard enter() else { return 0 }
        defer { depth -= 1 }
        var result: NameNode
        switch input[position] {
        case UInt8(ascii: "r"), UInt8(ascii: "V"), UInt8(ascii: "K"):
            let found = readQualifiers()
            if isNext("F") {
                result = functionType(&nodes, found)
            } else {
                let inner = type(&nodes)
                result = inner == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.qualified, flags: found, first: inner))
            }
        case UInt8(ascii: "P"): result = wrapped(CxxKind.pointer, &nodes)
        case UInt8(ascii: "R"): result = wrapped(CxxKind.reference, &nodes)
        case UInt8(ascii: "O"): result = wrapped(CxxKind.rvalueReference, &nodes)
        case UInt8(ascii: "C"), UInt8(ascii: "G"):
            let word = isNext("C") ? CxxWords.complex : CxxWords.imaginary
            position += 1
            let inner = type(&nodes)
            result = inner == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.vendorQualified, first: inner, start: word))
        case UInt8(ascii: "F"): result = functionType(&nodes, 0)
        case UInt8(ascii: "A"): result = arrayType(&nodes)
        case UInt8(ascii: "M"):
            position += 1
            let scope = type(&nodes)
            let member = scope == 0 ? 0 : type(&nodes)
            result = member == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.memberPointer, first: scope, second: member))
        case UInt8(ascii: "T"):
            let second = input[position + 1]
            if second == UInt8(ascii: "s") || second == UInt8(ascii: "u") || second == UInt8(ascii: "e") {
                let word =
                    second == UInt8(ascii: "s") ? CxxWords.structure : second == UInt8(ascii: "u") ? CxxWords.union : CxxWords.enumeration
                position += 2
                let inner = name(&nodes, isOfEncoding: false)
                result = inner == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.prefixed, first: inner, start: word))
            } else {
                result = templateParameter(&nodes)
                if result != 0, isNext("I") {
                    guard nodes.addSubstitution(result) else { return 0 }
                    result = withArguments(result, &nodes)
                }
            }
        case UInt8(ascii: "S") where input[position + 1] != UInt8(ascii: "t"):
            result = substitution(&nodes)
            guard result != 0, isNext("I") else { return result }
            result = withArguments(result, &nodes)
        case UInt8(ascii: "U"): result = vendorType(&nodes)
        case UInt8(ascii: "D"):
            guard let (found, isBuiltin) = extendedType(&nodes) else { return 0 }
            if isBuiltin { return found }
            result = found
        default:
            if let word = CxxWords.builtin(input[position]) {
                position += 1
                return nodes.add(NameNodeRecord(kind: CxxKind.word, start: word))
            }
            if eat("u") { return sourceName(&nodes) }
            result = name(&nodes, isOfEncoding: false)
        }
        guard result != 0, nodes.addSubstitution(result) else { return 0 }
        return result
    }

    private mutating func wrapped(_ kind: UInt8, _ nodes: inout NameNodes) -> NameNode {
        position += 1
        let inner = type(&nodes)
        return inner == 0 ? 0 : nodes.add(NameNodeRecord(kind: kind, first: inner))
    }

    private mutating func withArguments(_ name: NameNode, _ nodes: inout NameNodes) -> NameNode {
        let arguments = templateArguments(&nodes, isOfEncoding: false)
        return arguments == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.template, first: name, second: arguments))
    }

    private mutating func functionType(_ nodes: inout NameNodes, _ qualifiers: UInt8) -> NameNode {
        guard eat("F") else { return 0 }
        var found = qualifiers
        _ = eat("Y")
        let result = type(&nodes)
        guard result != 0 else { return 0 }
        var parameters: NameNode = 0
        if eat("v") {
            if eat("R") { found |= CxxQualifiers.reference } else if eat("O") { found |= CxxQualifiers.rvalueReference }
            guard eat("E") else { return 0 }
        } else {
            parameters = list(&nodes) { symbol, nodes in
                symbol.type(&nodes)
            } isAtEnd: { symbol in
                if symbol.eat("E") { return true }
                if symbol.eat("RE") {
                    found |= CxxQualifiers.reference
                } else if symbol.eat("OE") {
                    found |= CxxQualifiers.rvalueReference
                } else {
                    return false
                }
                return true
            }
            guard parameters != 0 else { return 0 }
        }
        return nodes.add(NameNodeRecord(kind: CxxKind.function, flags: found, first: result, second: parameters))
    }

    private mutating func arrayType(_ nodes: inout NameNodes) -> NameNode {
        position += 1
        var record = NameNodeRecord(kind: CxxKind.array)
        if let dimension = digits() {
            record.start = dimension.start
            record.count = dimension.count
        } else if !isNext("_") {
            record.second = expression(&nodes)
            guard record.second != 0 else { return 0 }
        }
        guard eat("_") else { return 0 }
        record.first = type(&nodes)
        return record.first == 0 ? 0 : nodes.add(record)
    }

    private mutating func vendorType(_ nodes: inout NameNodes) -> NameNode {
        // Lambdas and unnamed types are names.
        if input[position + 1] == UInt8(ascii: "l") || input[position + 1] == UInt8(ascii: "t") {
            return name(&nodes, isOfEncoding: false)
        }
        position += 1
        let word = sourceName(&nodes)
        guard word != 0 else { return 0 }
        if isNext("I"), templateArguments(&nodes, isOfEncoding: false) == 0 { return 0 }
        let inner = type(&nodes)
        return inner == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.vendorQualified, first: inner, second: word))
    }

    /// What begins with `D`, and whether it is built in.
    private mutating func extendedType(_ nodes: inout NameNodes) -> (NameNode, isBuiltin: Bool)? {
        let second = input[position + 1]
        if let word = CxxWords.extendedBuiltin(second) {
            position += 2
            return (nodes.add(NameNodeRecord(kind: CxxKind.word, start: word)), true)
        }
        switch second {
        case UInt8(ascii: "p"):
            position += 2
            let inner = type(&nodes)
            return inner == 0 ? nil : (nodes.add(NameNodeRecord(kind: CxxKind.expansion, first: inner)), false)
        case UInt8(ascii: "t"), UInt8(ascii: "T"):
            let found = decltype(&nodes)
            return found == 0 ? nil : (found, false)
        case UInt8(ascii: "o"):
            position += 2
            let found = functionType(&nodes, CxxQualifiers.noexcept)
            return found == 0 ? nil : (found, false)
        default: return nil
        }
    }

    mutating func decltype(_ nodes: inout NameNodes) -> NameNode {
        position += 2
        let inner = expression(&nodes)
        guard inner != 0, eat("E") else { return 0 }
        return nodes.add(NameNodeRecord(kind: CxxKind.prefixed, flags: 1, first: inner, start: CxxWords.decltype))
    }

    /// An earlier part of the name, or an abbreviation of the standard library.
    mutating func substitution(_ nodes: inout NameNodes) -> NameNode {
        guard eat("S") else { return 0 }
        if let word = CxxWords.abbreviation(input[position]) {
            position += 1
            let found = nodes.add(NameNodeRecord(kind: CxxKind.word, start: word))
            guard found != 0, isNext("B") else { return found }
            position += 1
            let tag = sourceName(&nodes)
            let tagged = tag == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.tagged, first: found, second: tag))
            return tagged != 0 && nodes.addSubstitution(tagged) ? tagged : 0
        }
        guard let number = sequenceNumber(base: 36) else { return 0 }
        return nodes.substitution(number)
    }

    mutating func templateParameter(_ nodes: inout NameNodes) -> NameNode {
        guard eat("T"), let number = sequenceNumber(base: 10) else { return 0 }
        let found = argumentBase + number < nodes.stackCount ? nodes.stackItem(argumentBase + number) : 0
        if found == 0 {
            return isInLambda ? nodes.add(NameNodeRecord(kind: CxxKind.word, start: CxxWords.auto)) : 0
        }
        if nodes[found].kind == CxxKind.argumentPack { return nodes.add(NameNodeRecord(kind: CxxKind.parameterPack, first: found)) }
        return found
    }

    /// The arguments of a template; those of the encoding's name are what its types refer to.
    mutating func templateArguments(_ nodes: inout NameNodes, isOfEncoding: Bool) -> NameNode {
        guard enter(), eat("I") else { return 0 }
        defer { depth -= 1 }
        if isOfEncoding { nodes.truncateStack(to: argumentBase) }
        if eat("E") { return nodes.add(NameNodeRecord(kind: CxxKind.list)) }
        return list(&nodes) { symbol, nodes in
            let saved = nodes.stackCount
            let argument = symbol.templateArgument(&nodes)
            if isOfEncoding, argument != 0 {
                nodes.truncateStack(to: saved)
                if !nodes.push(argument) { return 0 }
            }
            return argument
        } isAtEnd: {
            $0.eat("E")
        }
    }

    private mutating func templateArgument(_ nodes: inout NameNodes) -> NameNode {
        guard enter() else { return 0 }
        defer { depth -= 1 }
        switch input[position] {
        case UInt8(ascii: "X"):
            position += 1
            let found = expression(&nodes)
            return found != 0 && eat("E") ? found : 0
        case UInt8(ascii: "J"):
            position += 1
            if eat("E") { return nodes.add(NameNodeRecord(kind: CxxKind.argumentPack)) }
            let items = list(&nodes) { symbol, nodes in
                symbol.templateArgument(&nodes)
            } isAtEnd: {
                $0.eat("E")
            }
            return items == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.argumentPack, first: items))
        case UInt8(ascii: "L"): return literal(&nodes)
        default: return type(&nodes)
        }
    }

    /// `L` type value `E`, or the name of something.
    mutating func literal(_ nodes: inout NameNodes) -> NameNode {
        position += 1
        if eat("_Z") || eat("Z") {
            let found = encoding(&nodes)
            return found != 0 && eat("E") ? found : 0
        }
        if eat("Dn") {
            _ = eat("0")
            return eat("E") ? nodes.add(NameNodeRecord(kind: CxxKind.word, start: CxxWords.nullPointer)) : 0
        }
        if eat("b0E") { return nodes.add(NameNodeRecord(kind: CxxKind.word, start: CxxWords.isFalse)) }
        if eat("b1E") { return nodes.add(NameNodeRecord(kind: CxxKind.word, start: CxxWords.isTrue)) }
        let type = type(&nodes)
        guard type != 0 else { return 0 }
        let isNegative = eat("n")
        guard let number = digits(), eat("E") else { return 0 }
        return nodes.add(
            NameNodeRecord(kind: CxxKind.integer, flags: isNegative ? 1 : 0, first: type, start: number.start, count: number.count))
    }

    // MARK: Expressions, as far as the names of the standard library have them

    mutating func expression(_ nodes: inout NameNodes) -> NameNode {
        guard enter() else { return 0 }
        defer { depth -= 1 }
        switch input[position] {
        case UInt8(ascii: "L"): return literal(&nodes)
        case UInt8(ascii: "T"): return templateParameter(&nodes)
        default: break
        }
        if eat("sr") { return unresolvedName(&nodes) }
        if eat("fp") {
            _ = readQualifiers()
            let number = digits()
            guard eat("_") else { return 0 }
            return nodes.add(NameNodeRecord(kind: CxxKind.parameter, start: number?.start ?? 0, count: number?.count ?? 0))
        }
        if eat("st") || eat("sz") {
            let isType = input[position - 1] == UInt8(ascii: "t")
            let inner = isType ? type(&nodes) : expression(&nodes)
            return inner == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.prefixed, flags: 1, first: inner, start: CxxWords.sizeOf))
        }
        if eat("sp") {
            let inner = expression(&nodes)
            return inner == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.expansion, first: inner))
        }
        if eat("cl") {
            let callee = expression(&nodes)
            guard callee != 0 else { return 0 }
            var arguments: NameNode = 0
            if !eat("E") {
                arguments = list(&nodes) { symbol, nodes in
                    symbol.expression(&nodes)
                } isAtEnd: {
                    $0.eat("E")
                }
                guard arguments != 0 else { return 0 }
            }
            return nodes.add(NameNodeRecord(kind: CxxKind.call, first: callee, second: arguments))
        }
        if let word = CxxWords.operatorIndex(input[position], input[position + 1]) {
            position += 2
            let first = expression(&nodes)
            guard first != 0 else { return 0 }
            if CxxWords.isUnary(word) { return nodes.add(NameNodeRecord(kind: CxxKind.unary, first: first, start: word)) }
            let second = expression(&nodes)
            return second == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.binary, first: first, second: second, start: word))
        }
        guard NameBytes.isDigit(input[position]) else { return 0 }
        return plainName(&nodes)
    }

    private mutating func plainName(_ nodes: inout NameNodes) -> NameNode {
        let name = sourceName(&nodes)
        return name != 0 && isNext("I") ? withArguments(name, &nodes) : name
    }

    /// After `sr`: a type and a name, `N` and a type and names up to `E` and a name, or names up to `E` and a name.
    private mutating func unresolvedName(_ nodes: inout NameNodes) -> NameNode {
        let isNested = eat("N")
        let isPlain = !isNested && NameBytes.isDigit(input[position])
        var scope = isPlain ? plainName(&nodes) : type(&nodes)
        guard scope != 0 else { return 0 }
        while isNested || isPlain, !eat("E") {
            let part = plainName(&nodes)
            guard part != 0 else { return 0 }
            scope = nodes.add(NameNodeRecord(kind: CxxKind.nested, first: scope, second: part))
        }
        let name = plainName(&nodes)
        return name == 0 ? 0 : nodes.add(NameNodeRecord(kind: CxxKind.nested, first: scope, second: name))
    }
}
