// The forms of attributes (DWARF 5, 7.5.6): what a value means, and how long it is.

/// What an attribute's bytes say, before anything they point to is looked at.
struct AttributeValue {
    enum Kind: UInt8 {
        case none
        /// A number, also a flag.
        case constant
        case address
        /// An index into `.debug_addr`.
        case addressIndex
        /// An offset in `.debug_str`.
        case string
        /// An offset in `.debug_line_str`.
        case lineString
        /// An offset in the section it was read from, where the string lies.
        case inlineString
        /// An index into `.debug_str_offsets`.
        case stringIndex
        /// An offset in `.debug_info`.
        case reference
        /// An offset in a section that depends on the attribute.
        case sectionOffset
        /// An index into the unit's offsets in `.debug_rnglists`.
        case rangeListIndex
    }

    var kind = Kind.none
    var number: UInt64 = 0

    /// Whether it is a number: before version 4 those of 4 and 8 bytes look like offsets.
    var isNumber: Bool { kind == .constant || kind == .sectionOffset }
}

/// The forms that other files name, and reading any.
enum AttributeForm {
    static let implicitConstant: UInt64 = 0x21
    private static let indirect: UInt64 = 0x16

    /// Bytes of a form's values when they are always as many; -1 otherwise.
    static func fixedByteCount(_ form: UInt64, _ unit: DebugUnit) -> Int {
        switch form {
        case 0x01: unit.addressByteCount
        case 0x0b, 0x0c, 0x11, 0x25, 0x29: 1
        case 0x05, 0x12, 0x26, 0x2a: 2
        case 0x27, 0x2b: 3
        case 0x06, 0x13, 0x1c, 0x28, 0x2c: 4
        case 0x07, 0x14, 0x20, 0x24: 8
        case 0x1e: 16
        case 0x0e, 0x17, 0x1d, 0x1f, 0x1f20, 0x1f21: unit.offsetByteCount
        case 0x10: unit.version == 2 ? unit.addressByteCount : unit.offsetByteCount
        case 0x19, implicitConstant: 0
        default: -1
        }
    }

    /// Reads a value; `implicit` is the number that the abbreviation has for the form. What is not known makes the reader broken, since
    /// nobody knows where the next value begins.
    static func read(_ form: UInt64, _ reader: inout SectionReader, _ unit: DebugUnit, implicit: Int64) -> AttributeValue {
        var form = form
        if form == indirect {
            form = reader.uleb()
            // One within another says nothing, and an implicit number lies in no entry.
            if form == indirect || form == implicitConstant {
                reader.fail()
                return AttributeValue()
            }
        }
        switch form {
        case 0x01: return AttributeValue(kind: .address, number: reader.unsigned(byteCount: unit.addressByteCount))
        case 0x0b, 0x0c: return AttributeValue(kind: .constant, number: UInt64(reader.u8()))
        case 0x05: return AttributeValue(kind: .constant, number: UInt64(reader.u16()))
        case 0x06: return AttributeValue(kind: unit.version < 4 ? .sectionOffset : .constant, number: UInt64(reader.u32()))
        case 0x07: return AttributeValue(kind: unit.version < 4 ? .sectionOffset : .constant, number: reader.unsigned(byteCount: 8))
        case 0x0d: return AttributeValue(kind: .constant, number: UInt64(bitPattern: reader.sleb()))
        case 0x0f: return AttributeValue(kind: .constant, number: reader.uleb())
        case 0x19: return AttributeValue(kind: .constant, number: 1)
        case implicitConstant: return AttributeValue(kind: .constant, number: UInt64(bitPattern: implicit))
        case 0x08:
            let value = AttributeValue(kind: .inlineString, number: UInt64(reader.position))
            reader.skipString()
            return value
        case 0x0e: return AttributeValue(kind: .string, number: reader.unsigned(byteCount: unit.offsetByteCount))
        case 0x1f: return AttributeValue(kind: .lineString, number: reader.unsigned(byteCount: unit.offsetByteCount))
        case 0x1a, 0x1f02: return AttributeValue(kind: .stringIndex, number: reader.uleb())
        case 0x25, 0x26, 0x27, 0x28:
            return AttributeValue(kind: .stringIndex, number: reader.unsigned(byteCount: Int(form &- 0x24)))
        case 0x1b, 0x1f01: return AttributeValue(kind: .addressIndex, number: reader.uleb())
        case 0x29, 0x2a, 0x2b, 0x2c:
            return AttributeValue(kind: .addressIndex, number: reader.unsigned(byteCount: Int(form &- 0x28)))
        case 0x10:
            let count = unit.version == 2 ? unit.addressByteCount : unit.offsetByteCount
            return AttributeValue(kind: .reference, number: reader.unsigned(byteCount: count))
        case 0x11, 0x12, 0x13, 0x14:
            return unitReference(reader.unsigned(byteCount: 1 &<< Int(form &- 0x11)), unit)
        case 0x15: return unitReference(reader.uleb(), unit)
        case 0x17: return AttributeValue(kind: .sectionOffset, number: reader.unsigned(byteCount: unit.offsetByteCount))
        case 0x23: return AttributeValue(kind: .rangeListIndex, number: reader.uleb())
        case 0x22: _ = reader.uleb()
        case 0x0a: reader.skip(UInt64(reader.u8()))
        case 0x03: reader.skip(UInt64(reader.u16()))
        case 0x04: reader.skip(UInt64(reader.u32()))
        case 0x09, 0x18: reader.skip(reader.uleb())
        default:
            let count = fixedByteCount(form, unit)
            if count < 0 { reader.fail() } else { reader.skip(UInt64(count)) }
        }
        return AttributeValue()
    }

    private static func unitReference(_ offset: UInt64, _ unit: DebugUnit) -> AttributeValue {
        guard offset < UInt64(unit.end &- unit.start) else { return AttributeValue() }
        return AttributeValue(kind: .reference, number: UInt64(unit.start) &+ offset)
    }
}
