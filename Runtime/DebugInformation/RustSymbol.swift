// Rust's mangling v0 (Rust RFC 2603): read from left to right and written at once. References back into the name are read again.

/// A name being read.
struct RustSymbol: ~Copyable {
    private let input: NameBytes
    private var position = 2
    private var depth = 0
    private var steps = 0
    /// Lifetimes that `for<...>` around the place at hand have named.
    private var lifetimeCount: UInt64 = 0

    private init(_ input: NameBytes) { self.input = input }

    /// Puts the readable form of a name into `output`, without hashes and the types of constants; false when it is none.
    static func demangle(_ input: NameBytes, _ output: inout NameSink) -> Bool {
        var symbol = RustSymbol(input)
        guard NameBytes.isUpper(input[2]), symbol.path(isValue: true, &output) else { return false }
        // The crate that made an instance.
        if NameBytes.isUpper(input[symbol.position]) {
            output.silence += 1
            guard symbol.path(isValue: false, &output) else { return false }
            output.silence -= 1
        }
        let end = input[symbol.position]
        return symbol.position == input.count || end == UInt8(ascii: ".") || end == UInt8(ascii: "$")
    }

    // MARK: Reading

    private mutating func eat(_ byte: UInt8) -> Bool {
        guard input[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func eat(_ character: StaticString) -> Bool { eat(character.utf8Start[0]) }

    private mutating func enter() -> Bool {
        depth += 1
        steps += 1
        return depth <= Demangler.depthLimit && steps <= Demangler.stepLimit
    }

    /// A number to the base of 62, which ends with `_`.
    private mutating func number() -> UInt64? {
        if eat("_") { return 0 }
        var value: UInt64 = 0
        while true {
            let byte = input[position]
            var digit: UInt64
            if NameBytes.isDigit(byte) {
                digit = UInt64(byte - 48)
            } else if NameBytes.isLower(byte) {
                digit = UInt64(byte - 87)
            } else if NameBytes.isUpper(byte) {
                digit = UInt64(byte - 29)
            } else {
                return nil
            }
            position += 1
            let (product, overflow) = value.multipliedReportingOverflow(by: 62)
            guard !overflow, product < UInt64.max - 100 else { return nil }
            value = product + digit
            if eat("_") { return value + 1 }
        }
    }

    /// A number after a letter; 0 without the letter.
    private mutating func optionalNumber(_ letter: StaticString) -> UInt64? {
        guard eat(letter) else { return 0 }
        return number().map { $0 &+ 1 }
    }

    private struct Identifier {
        var disambiguator: UInt64
        var start: Int
        var count: Int
        var isPunycode: Bool
    }

    private mutating func identifier(hasDisambiguator: Bool = true) -> Identifier? {
        guard let disambiguator = hasDisambiguator ? optionalNumber("s") : 0 else { return nil }
        let isPunycode = eat("u")
        guard NameBytes.isDigit(input[position]) else { return nil }
        var count = 0
        if !eat("0") {
            while NameBytes.isDigit(input[position]) {
                count = count * 10 + Int(input[position] - 48)
                position += 1
                guard count <= input.count else { return nil }
            }
        }
        _ = eat("_")
        let start = position
        guard start + count <= input.count else { return nil }
        position += count
        return Identifier(disambiguator: disambiguator, start: start, count: count, isPunycode: isPunycode)
    }

    private func put(_ identifier: Identifier, _ output: inout NameSink) {
        if identifier.isPunycode { output.put("punycode{") }
        output.put(input, identifier.start, identifier.count)
        if identifier.isPunycode { output.put("}") }
    }

    // MARK: Paths

    private mutating func path(isValue: Bool, _ output: inout NameSink) -> Bool {
        guard enter() else { return false }
        defer { depth -= 1 }
        let tag = input[position]
        position += 1
        switch tag {
        case UInt8(ascii: "C"):
            guard let name = identifier() else { return false }
            put(name, &output)
        case UInt8(ascii: "N"):
            let kind = input[position]
            position += 1
            guard NameBytes.isLower(kind) || NameBytes.isUpper(kind), path(isValue: isValue, &output), let name = identifier() else {
                return false
            }
            if NameBytes.isUpper(kind) {
                output.put("::{")
                switch kind {
                case UInt8(ascii: "C"): output.put("closure")
                case UInt8(ascii: "S"): output.put("shim")
                default: output.put(kind)
                }
                if name.count > 0 {
                    output.put(":")
                    put(name, &output)
                }
                output.put("#")
                output.put(decimal: name.disambiguator)
                output.put("}")
            } else if name.count > 0 {
                output.put("::")
                put(name, &output)
            }
        case UInt8(ascii: "M"), UInt8(ascii: "X"), UInt8(ascii: "Y"):
            if tag != UInt8(ascii: "Y") {
                // Where the `impl` stands is of no interest.
                guard optionalNumber("s") != nil else { return false }
                output.silence += 1
                guard path(isValue: false, &output) else { return false }
                output.silence -= 1
            }
            output.put("<")
            guard type(&output) else { return false }
            if tag != UInt8(ascii: "M") {
                output.put(" as ")
                guard path(isValue: false, &output) else { return false }
            }
            output.put(">")
        case UInt8(ascii: "I"):
            guard path(isValue: isValue, &output) else { return false }
            if isValue { output.put("::") }
            output.put("<")
            guard genericArguments(&output) else { return false }
            output.put(">")
        case UInt8(ascii: "B"):
            guard let back = enterReference() else { return false }
            guard path(isValue: isValue, &output) else { return false }
            position = back
        default: return false
        }
        return true
    }

    /// Goes to the place that a reference names; answers where to go on after it.
    private mutating func enterReference() -> Int? {
        let start = position - 1
        guard let offset = number(), offset < UInt64(start - 2) else { return nil }
        let back = position
        position = 2 + Int(offset)
        return back
    }

    private mutating func genericArguments(_ output: inout NameSink) -> Bool {
        var isFirst = true
        while !eat("E") {
            if !isFirst { output.put(", ") }
            isFirst = false
            if eat("L") {
                guard let index = number() else { return false }
                lifetime(index, &output)
            } else if eat("K") {
                guard constant(&output) else { return false }
            } else if !type(&output) {
                return false
            }
        }
        return true
    }

    private func lifetime(_ index: UInt64, _ output: inout NameSink) {
        output.put("'")
        let place = index > 0 && index <= lifetimeCount ? lifetimeCount - index : UInt64.max
        if place < 26 {
            output.put(UInt8(truncatingIfNeeded: 97 + place))
        } else {
            output.put("_")
            if place != .max { output.put(decimal: place) }
        }
    }

    // MARK: Types

    private static func basicType(_ letter: UInt8) -> StaticString? {
        switch letter {
        case UInt8(ascii: "a"): "i8"
        case UInt8(ascii: "b"): "bool"
        case UInt8(ascii: "c"): "char"
        case UInt8(ascii: "d"): "f64"
        case UInt8(ascii: "e"): "str"
        case UInt8(ascii: "f"): "f32"
        case UInt8(ascii: "h"): "u8"
        case UInt8(ascii: "i"): "isize"
        case UInt8(ascii: "j"): "usize"
        case UInt8(ascii: "l"): "i32"
        case UInt8(ascii: "m"): "u32"
        case UInt8(ascii: "n"): "i128"
        case UInt8(ascii: "o"): "u128"
        case UInt8(ascii: "p"): "_"
        case UInt8(ascii: "s"): "i16"
        case UInt8(ascii: "t"): "u16"
        case UInt8(ascii: "u"): "()"
        case UInt8(ascii: "v"): "..."
        case UInt8(ascii: "x"): "i64"
        case UInt8(ascii: "y"): "u64"
        case UInt8(ascii: "z"): "!"
        default: nil
        }
    }

    private mutating func type(_ output: inout NameSink) -> Bool {
        guard enter() else { return false }
        defer { depth -= 1 }
        let tag = input[position]
        if let basic = RustSymbol.basicType(tag) {
            position += 1
            output.put(basic)
            return true
        }
        position += 1
        switch tag {
        case UInt8(ascii: "R"), UInt8(ascii: "Q"):
            output.put("&")
            if eat("L") {
                guard let index = number() else { return false }
                if index > 0 {
                    lifetime(index, &output)
                    output.put(" ")
                }
            }
            if tag == UInt8(ascii: "Q") { output.put("mut ") }
            return type(&output)
        case UInt8(ascii: "P"), UInt8(ascii: "O"):
            if tag == UInt8(ascii: "P") { output.put("*const ") } else { output.put("*mut ") }
            return type(&output)
        case UInt8(ascii: "A"), UInt8(ascii: "S"):
            output.put("[")
            guard type(&output) else { return false }
            if tag == UInt8(ascii: "A") {
                output.put("; ")
                guard constant(&output) else { return false }
            }
            output.put("]")
        case UInt8(ascii: "T"):
            output.put("(")
            var count = 0
            while !eat("E") {
                if count > 0 { output.put(", ") }
                guard type(&output) else { return false }
                count += 1
            }
            if count == 1 { output.put(",") }
            output.put(")")
        case UInt8(ascii: "F"): return functionType(&output)
        case UInt8(ascii: "D"): return traitObject(&output)
        case UInt8(ascii: "B"):
            guard let back = enterReference(), type(&output) else { return false }
            position = back
        default:
            position -= 1
            return path(isValue: false, &output)
        }
        return true
    }

    /// `for<'a, 'b> `; answers how many lifetimes it names.
    private mutating func binder(_ output: inout NameSink) -> UInt64? {
        guard let count = optionalNumber("G"), count < 1000 else { return nil }
        if count > 0 {
            output.put("for<")
            for index in 0..<count {
                if index > 0 { output.put(", ") }
                lifetimeCount += 1
                lifetime(1, &output)
            }
            output.put("> ")
        }
        return count
    }

    private mutating func functionType(_ output: inout NameSink) -> Bool {
        guard let bound = binder(&output) else { return false }
        if eat("U") { output.put("unsafe ") }
        if eat("K") {
            output.put("extern \"")
            if eat("C") {
                output.put("C")
            } else {
                guard let name = identifier(hasDisambiguator: false), !name.isPunycode else { return false }
                for index in 0..<name.count {
                    let byte = input[name.start + index]
                    output.put(byte == UInt8(ascii: "_") ? UInt8(ascii: "-") : byte)
                }
            }
            output.put("\" ")
        }
        output.put("fn(")
        var isFirst = true
        while !eat("E") {
            if !isFirst { output.put(", ") }
            isFirst = false
            guard type(&output) else { return false }
        }
        output.put(")")
        if !eat("u") {
            output.put(" -> ")
            guard type(&output) else { return false }
        }
        lifetimeCount -= bound
        return true
    }

    private mutating func traitObject(_ output: inout NameSink) -> Bool {
        output.put("dyn ")
        guard let bound = binder(&output) else { return false }
        var isFirst = true
        while !eat("E") {
            if !isFirst { output.put(" + ") }
            isFirst = false
            guard trait(&output) else { return false }
        }
        lifetimeCount -= bound
        guard eat("L"), let index = number() else { return false }
        if index > 0 {
            output.put(" + ")
            lifetime(index, &output)
        }
        return true
    }

    /// A trait with its arguments, among them those of its associated types.
    private mutating func trait(_ output: inout NameSink) -> Bool {
        guard var isOpen = openPath(&output) else { return false }
        while eat("p") {
            output.put(isOpen ? ", " : "<")
            isOpen = true
            guard let name = identifier(hasDisambiguator: false) else { return false }
            put(name, &output)
            output.put(" = ")
            guard type(&output) else { return false }
        }
        if isOpen { output.put(">") }
        return true
    }

    /// A path whose list of arguments is left open when it has one; answers whether it has.
    private mutating func openPath(_ output: inout NameSink) -> Bool? {
        guard enter() else { return nil }
        defer { depth -= 1 }
        if eat("B") {
            guard let back = enterReference(), let isOpen = openPath(&output) else { return nil }
            position = back
            return isOpen
        }
        guard eat("I") else { return path(isValue: false, &output) ? false : nil }
        guard path(isValue: false, &output) else { return nil }
        output.put("<")
        return genericArguments(&output) ? true : nil
    }

    // MARK: Constants

    private mutating func constant(_ output: inout NameSink) -> Bool {
        guard enter() else { return false }
        defer { depth -= 1 }
        let tag = input[position]
        position += 1
        switch tag {
        case UInt8(ascii: "p"): output.put("_")
        case UInt8(ascii: "B"):
            guard let back = enterReference(), constant(&output) else { return false }
            position = back
        case UInt8(ascii: "b"):
            guard let value = hexadecimal()?.value, value < 2 else { return false }
            output.put(value == 0 ? "false" : "true")
        case UInt8(ascii: "c"):
            guard let value = hexadecimal()?.value else { return false }
            output.put("'")
            output.put(value < 0x7f ? UInt8(value) : UInt8(ascii: "?"))
            output.put("'")
        case UInt8(ascii: "a"), UInt8(ascii: "s"), UInt8(ascii: "l"), UInt8(ascii: "x"), UInt8(ascii: "n"), UInt8(ascii: "i"),
            UInt8(ascii: "h"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "y"), UInt8(ascii: "o"), UInt8(ascii: "j"):
            if eat("n") { output.put("-") }
            let start = position
            guard let (value, count) = hexadecimal() else { return false }
            if count > 16 {
                output.put("0x")
                output.put(input, start, count)
            } else {
                output.put(decimal: value)
            }
        default: return false
        }
        return true
    }

    /// Hexadecimal digits that end with `_`: their value modulo 2^64, and how many there are.
    private mutating func hexadecimal() -> (value: UInt64, count: Int)? {
        var value: UInt64 = 0
        var count = 0
        while !eat("_") {
            let byte = input[position]
            guard NameBytes.isDigit(byte) || byte >= 0x61 && byte <= 0x66 else { return nil }
            value = value << 4 | UInt64(byte <= 0x39 ? byte - 48 : byte - 87)
            position += 1
            count += 1
        }
        return (value, count)
    }
}
