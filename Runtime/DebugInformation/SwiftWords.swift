// The words of Swift names: abbreviations of the standard library, accessors, and what the compiler makes.

enum SwiftWords {
    /// The type or protocol of the standard library with a letter; nil when there is none.
    static func standardType(_ letter: UInt8, isSecond: Bool) -> StaticString? { isSecond ? concurrencyType(letter) : plainType(letter) }

    private static func plainType(_ letter: UInt8) -> StaticString? {
        switch letter {
        case UInt8(ascii: "A"): "AutoreleasingUnsafeMutablePointer"
        case UInt8(ascii: "a"): "Array"
        case UInt8(ascii: "B"): "BinaryFloatingPoint"
        case UInt8(ascii: "b"): "Bool"
        case UInt8(ascii: "D"): "Dictionary"
        case UInt8(ascii: "d"): "Double"
        case UInt8(ascii: "E"): "Encodable"
        case UInt8(ascii: "e"): "Decodable"
        case UInt8(ascii: "F"): "FloatingPoint"
        case UInt8(ascii: "f"): "Float"
        case UInt8(ascii: "G"): "RandomNumberGenerator"
        case UInt8(ascii: "H"): "Hashable"
        case UInt8(ascii: "h"): "Set"
        case UInt8(ascii: "I"): "DefaultIndices"
        case UInt8(ascii: "i"): "Int"
        case UInt8(ascii: "J"): "Character"
        case UInt8(ascii: "j"): "Numeric"
        case UInt8(ascii: "K"): "BidirectionalCollection"
        case UInt8(ascii: "k"): "RandomAccessCollection"
        case UInt8(ascii: "L"): "Comparable"
        case UInt8(ascii: "l"): "Collection"
        case UInt8(ascii: "M"): "MutableCollection"
        case UInt8(ascii: "m"): "RangeReplaceableCollection"
        case UInt8(ascii: "N"): "ClosedRange"
        case UInt8(ascii: "n"): "Range"
        default: laterType(letter)
        }
    }

    private static func laterType(_ letter: UInt8) -> StaticString? {
        switch letter {
        case UInt8(ascii: "O"): "ObjectIdentifier"
        case UInt8(ascii: "P"): "UnsafePointer"
        case UInt8(ascii: "p"): "UnsafeMutablePointer"
        case UInt8(ascii: "Q"): "Equatable"
        case UInt8(ascii: "q"): "Optional"
        case UInt8(ascii: "R"): "UnsafeBufferPointer"
        case UInt8(ascii: "r"): "UnsafeMutableBufferPointer"
        case UInt8(ascii: "S"): "String"
        case UInt8(ascii: "s"): "Substring"
        case UInt8(ascii: "T"): "Sequence"
        case UInt8(ascii: "t"): "IteratorProtocol"
        case UInt8(ascii: "U"): "UnsignedInteger"
        case UInt8(ascii: "u"): "UInt"
        case UInt8(ascii: "V"): "UnsafeRawPointer"
        case UInt8(ascii: "v"): "UnsafeMutableRawPointer"
        case UInt8(ascii: "W"): "UnsafeRawBufferPointer"
        case UInt8(ascii: "w"): "UnsafeMutableRawBufferPointer"
        case UInt8(ascii: "X"): "RangeExpression"
        case UInt8(ascii: "x"): "Strideable"
        case UInt8(ascii: "Y"): "RawRepresentable"
        case UInt8(ascii: "y"): "StringProtocol"
        case UInt8(ascii: "Z"): "SignedInteger"
        case UInt8(ascii: "z"): "BinaryInteger"
        default: nil
        }
    }

    private static func concurrencyType(_ letter: UInt8) -> StaticString? {
        switch letter {
        case UInt8(ascii: "A"): "Actor"
        case UInt8(ascii: "C"): "CheckedContinuation"
        case UInt8(ascii: "c"): "UnsafeContinuation"
        case UInt8(ascii: "E"): "CancellationError"
        case UInt8(ascii: "e"): "UnownedSerialExecutor"
        case UInt8(ascii: "F"): "Executor"
        case UInt8(ascii: "f"): "SerialExecutor"
        case UInt8(ascii: "G"): "TaskGroup"
        case UInt8(ascii: "g"): "ThrowingTaskGroup"
        case UInt8(ascii: "I"): "AsyncSequence"
        case UInt8(ascii: "i"): "AsyncIteratorProtocol"
        case UInt8(ascii: "J"): "UnownedJob"
        case UInt8(ascii: "M"): "MainActor"
        case UInt8(ascii: "P"): "TaskPriority"
        case UInt8(ascii: "S"): "AsyncStream"
        case UInt8(ascii: "s"): "AsyncThrowingStream"
        case UInt8(ascii: "T"): "Task"
        case UInt8(ascii: "t"): "UnsafeCurrentTask"
        default: nil
        }
    }

    /// The name of an accessor with a letter.
    static func accessor(_ letter: UInt8) -> StaticString? {
        switch letter {
        case UInt8(ascii: "g"): "getter"
        case UInt8(ascii: "G"): "getter"
        case UInt8(ascii: "s"): "setter"
        case UInt8(ascii: "m"): "materializeForSet"
        case UInt8(ascii: "w"): "willset"
        case UInt8(ascii: "W"): "didset"
        case UInt8(ascii: "r"): "read"
        case UInt8(ascii: "y"): "read2"
        case UInt8(ascii: "M"): "modify"
        case UInt8(ascii: "x"): "modify2"
        case UInt8(ascii: "i"): "init"
        case UInt8(ascii: "a"): "unsafeMutableAddressor"
        case UInt8(ascii: "l"): "unsafeAddressor"
        default: nil
        }
    }

    // Phrases, by number.
    static let specialized: UInt16 = 1
    static let partialApply: UInt16 = 2
    static let metadataAccessor: UInt16 = 3
    static let metadataCompletion: UInt16 = 4
    static let oneTime: UInt16 = 5
    static let lazyWitnessTable: UInt16 = 6
    static let dispatchThunk: UInt16 = 7

    static func phrase(_ number: UInt16) -> StaticString {
        switch number {
        case specialized: "specialized "
        case partialApply: "partial apply for "
        case metadataAccessor: "type metadata accessor for "
        case metadataCompletion: "type metadata completion function for "
        case oneTime: "one-time initialization function for "
        case lazyWitnessTable: "lazy protocol witness table accessor for type "
        case dispatchThunk: "dispatch thunk of "
        case 20: "outlined copy of "
        case 21: "outlined consume of "
        case 22: "outlined retain of "
        case 23: "outlined release of "
        case 24: "outlined init with take of "
        case 25: "outlined init with copy of "
        case 26: "outlined assign with take of "
        case 27: "outlined assign with copy of "
        case 28: "outlined destroy of "
        case 40: "allocateBuffer for "
        case 41: "assignWithCopy for "
        case 42: "assignWithTake for "
        case 43: "deallocateBuffer for "
        case 44: "destroy for "
        case 45: "initializeBufferWithCopyOfBuffer for "
        case 46: "initializeWithCopy for "
        case 47: "initializeWithTake for "
        case 48: "getEnumTag for "
        case 49: "destructiveProjectEnumData for "
        case 50: "destructiveInjectEnumTag for "
        case 51: "getEnumTagSinglePayload for "
        case 52: "storeEnumTagSinglePayload for "
        default: ""
        }
    }

    /// What an outlined operation on values is, by its letter.
    static func outlined(_ letter: UInt8) -> UInt16? {
        switch letter {
        case UInt8(ascii: "y"): 20
        case UInt8(ascii: "e"): 21
        case UInt8(ascii: "r"): 22
        case UInt8(ascii: "s"): 23
        case UInt8(ascii: "b"): 24
        case UInt8(ascii: "c"): 25
        case UInt8(ascii: "d"): 26
        case UInt8(ascii: "f"): 27
        case UInt8(ascii: "h"): 28
        default: nil
        }
    }

    /// An operation on values of a type, by its letters.
    static func valueWitness(_ first: UInt8, _ second: UInt8) -> UInt16? {
        switch UInt16(first) << 8 | UInt16(second) {
        case 0x616c: 40
        case 0x6361: 41
        case 0x7461: 42
        case 0x6465: 43
        case 0x7878: 44
        case 0x4350: 45
        case 0x6370: 46
        case 0x746b: 47
        case 0x7567: 48
        case 0x7570: 49
        case 0x7569: 50
        case 0x6574: 51
        case 0x7374: 52
        default: nil
        }
    }
}
