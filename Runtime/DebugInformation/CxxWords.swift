// The words of C++ names: built-in types, operators, abbreviations of the standard library, special names (Itanium C++ ABI, 5.1).

/// What a special name is about.
enum CxxAbout { case type, name, thunk, covariantThunk }

enum CxxWords {
    /// Words by number. Those with a name are made by the reader; the others follow from a letter.
    static func text(_ number: UInt16) -> StaticString {
        switch number {
        case std: "std"
        case anonymous: "(anonymous namespace)"
        case stringLiteral: "string literal"
        case complex: "complex"
        case imaginary: "imaginary"
        case structure: "struct"
        case union: "union"
        case enumeration: "enum"
        case decltype: "decltype"
        case sizeOf: "sizeof"
        case auto: "auto"
        case nullPointer: "nullptr"
        case isFalse: "false"
        case isTrue: "true"
        case 20: "std::allocator"
        case 21: "std::basic_string"
        case 22: "std::string"
        case 23: "std::istream"
        case 24: "std::ostream"
        case 25: "std::iostream"
        case 30: "decimal64"
        case 31: "decimal128"
        case 32: "decimal32"
        case 33: "half"
        case 34: "char32_t"
        case 35: "char16_t"
        case 36: "char8_t"
        case 37: "auto"
        case 38: "decltype(auto)"
        case 39: "std::nullptr_t"
        default: builtinText(UInt8(truncatingIfNeeded: number))
        }
    }

    static let std: UInt16 = 1
    static let anonymous: UInt16 = 2
    static let stringLiteral: UInt16 = 3
    static let complex: UInt16 = 4
    static let imaginary: UInt16 = 5
    static let structure: UInt16 = 6
    static let union: UInt16 = 7
    static let enumeration: UInt16 = 8
    static let decltype: UInt16 = 9
    static let sizeOf: UInt16 = 10
    static let auto: UInt16 = 11
    static let nullPointer: UInt16 = 12
    static let isFalse: UInt16 = 13
    static let isTrue: UInt16 = 14

    /// The abbreviations that are typedefs of templates: `std::string` and so on.
    static let firstTypedef: UInt16 = 22
    static let lastTypedef: UInt16 = 25

    /// The template that such a typedef stands for; nil when it is none.
    static func typedefTemplate(_ number: UInt16) -> StaticString? {
        switch number {
        case 22: "std::basic_string<char, std::char_traits<char>, std::allocator<char>>"
        case 23: "std::basic_istream<char, std::char_traits<char>>"
        case 24: "std::basic_ostream<char, std::char_traits<char>>"
        case 25: "std::basic_iostream<char, std::char_traits<char>>"
        default: nil
        }
    }

    /// `Sa` and the like.
    static func abbreviation(_ letter: UInt8) -> UInt16? {
        switch letter {
        case UInt8(ascii: "a"): 20
        case UInt8(ascii: "b"): 21
        case UInt8(ascii: "s"): 22
        case UInt8(ascii: "i"): 23
        case UInt8(ascii: "o"): 24
        case UInt8(ascii: "d"): 25
        default: nil
        }
    }

    /// `Di` and the like.
    static func extendedBuiltin(_ letter: UInt8) -> UInt16? {
        switch letter {
        case UInt8(ascii: "d"): 30
        case UInt8(ascii: "e"): 31
        case UInt8(ascii: "f"): 32
        case UInt8(ascii: "h"): 33
        case UInt8(ascii: "i"): 34
        case UInt8(ascii: "s"): 35
        case UInt8(ascii: "u"): 36
        case UInt8(ascii: "a"): 37
        case UInt8(ascii: "c"): 38
        case UInt8(ascii: "n"): 39
        default: nil
        }
    }

    /// The type of a letter: its number is the letter's.
    static func builtin(_ letter: UInt8) -> UInt16? {
        guard NameBytes.isLower(letter), letter != UInt8(ascii: "u") else { return nil }
        return builtinText(letter).utf8CodeUnitCount > 0 ? UInt16(letter) : nil
    }

    private static func builtinText(_ letter: UInt8) -> StaticString {
        switch letter {
        case UInt8(ascii: "v"): "void"
        case UInt8(ascii: "w"): "wchar_t"
        case UInt8(ascii: "b"): "bool"
        case UInt8(ascii: "c"): "char"
        case UInt8(ascii: "a"): "signed char"
        case UInt8(ascii: "h"): "unsigned char"
        case UInt8(ascii: "s"): "short"
        case UInt8(ascii: "t"): "unsigned short"
        case UInt8(ascii: "i"): "int"
        case UInt8(ascii: "j"): "unsigned int"
        case UInt8(ascii: "l"): "long"
        case UInt8(ascii: "m"): "unsigned long"
        case UInt8(ascii: "x"): "long long"
        case UInt8(ascii: "y"): "unsigned long long"
        case UInt8(ascii: "n"): "__int128"
        case UInt8(ascii: "o"): "unsigned __int128"
        case UInt8(ascii: "f"): "float"
        case UInt8(ascii: "d"): "double"
        case UInt8(ascii: "e"): "long double"
        case UInt8(ascii: "g"): "__float128"
        case UInt8(ascii: "z"): "..."
        default: ""
        }
    }

    /// What a number of a type ends with; nil when the type stands before it in parentheses.
    static func suffix(_ word: UInt16) -> StaticString? {
        switch word {
        case UInt16(UInt8(ascii: "i")): ""
        case UInt16(UInt8(ascii: "j")): "u"
        case UInt16(UInt8(ascii: "l")): "l"
        case UInt16(UInt8(ascii: "m")): "ul"
        case UInt16(UInt8(ascii: "x")): "ll"
        case UInt16(UInt8(ascii: "y")): "ull"
        default: nil
        }
    }

    // MARK: Special names

    struct Special {
        let code: StaticString
        let text: StaticString
        let about: CxxAbout
    }

    static func special(_ index: Int) -> Special {
        switch index {
        case 0: Special(code: "TV", text: "vtable for ", about: .type)
        case 1: Special(code: "TT", text: "VTT for ", about: .type)
        case 2: Special(code: "TI", text: "typeinfo for ", about: .type)
        case 3: Special(code: "TS", text: "typeinfo name for ", about: .type)
        case 4: Special(code: "Tc", text: "covariant return thunk to ", about: .covariantThunk)
        case 5: Special(code: "TW", text: "thread-local wrapper routine for ", about: .name)
        case 6: Special(code: "TH", text: "thread-local initialization routine for ", about: .name)
        case 7: Special(code: "GV", text: "guard variable for ", about: .name)
        case 8: Special(code: "GR", text: "reference temporary for ", about: .name)
        case 9: Special(code: "GI", text: "initializer for module ", about: .name)
        default: Special(code: "T", text: "", about: .thunk)
        }
    }

    static let specialCount = 11
    /// The special name that is followed by a number.
    static let temporary = 8

    // MARK: Operators

    /// The number of the operator with these two letters; nil when there is none.
    static func operatorIndex(_ first: UInt8, _ second: UInt8) -> UInt16? {
        let code = UInt16(first) << 8 | UInt16(second)
        return operatorText(code).utf8CodeUnitCount > 0 ? code : nil
    }

    /// Whether an operator of an expression has one operand.
    static func isUnary(_ code: UInt16) -> Bool {
        switch code {
        case 0x7073, 0x6e67, 0x6164, 0x6465, 0x636f, 0x6e74, 0x7070, 0x6d6d: true
        default: false
        }
    }

    /// What stands behind `operator`; empty when the letters are those of none. A code is the two letters.
    static func operatorText(_ code: UInt16) -> StaticString {
        switch code {
        case 0x6e77: " new"
        case 0x6e61: " new[]"
        case 0x646c: " delete"
        case 0x6461: " delete[]"
        case 0x6177: " co_await"
        case 0x7073: "+"
        case 0x6e67: "-"
        case 0x6164: "&"
        case 0x6465: "*"
        case 0x636f: "~"
        case 0x706c: "+"
        case 0x6d69: "-"
        case 0x6d6c: "*"
        case 0x6476: "/"
        case 0x726d: "%"
        case 0x616e: "&"
        case 0x6f72: "|"
        case 0x656f: "^"
        case 0x6153: "="
        case 0x704c: "+="
        case 0x6d49: "-="
        case 0x6d4c: "*="
        case 0x6456: "/="
        case 0x724d: "%="
        case 0x614e: "&="
        case 0x6f52: "|="
        case 0x654f: "^="
        case 0x6c73: "<<"
        case 0x7273: ">>"
        case 0x6c53: "<<="
        case 0x7253: ">>="
        case 0x6571: "=="
        case 0x6e65: "!="
        case 0x6c74: "<"
        case 0x6774: ">"
        case 0x6c65: "<="
        case 0x6765: ">="
        case 0x7373: "<=>"
        case 0x6e74: "!"
        case 0x6161: "&&"
        case 0x6f6f: "||"
        case 0x7070: "++"
        case 0x6d6d: "--"
        case 0x636d: ","
        case 0x706d: "->*"
        case 0x7074: "->"
        case 0x636c: "()"
        case 0x6978: "[]"
        case 0x7175: "?"
        default: ""
        }
    }
}
