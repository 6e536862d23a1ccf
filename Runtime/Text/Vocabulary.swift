// The words of the text format: the instruction names of the opcode table and the keywords of the grammar, hashed once.
// Owns the hash table. Spec: WebAssembly core, 6.3.2 (tokens).
import WasmModule

/// The keywords that are no instruction names. The raw values index `keywordText`; the two are kept in the same order.
package enum Keyword: UInt16, CaseIterable {
    case module, type, rec, sub, final, `func`, `struct`, array, field, mut, param, result, local, global, table, memory, tag
    case `import`, export, start, elem, data, offset, item, declare, then, `do`, shared, pagesize
    case i32, i64, f32, f64, v128, i8, i16, i8x16, i16x8, i32x4, i64x2, f32x4, f64x2
    case any, eq, i31, `extern`, exn, none, nofunc, noextern, noexn, null, ref
    case anyref, eqref, i31ref, structref, arrayref, funcref, externref, exnref
    case nullref, nullfuncref, nullexternref, nullexnref
    case catchRef, catchAllRef
    case component, binary, quote, definition, instance, register, invoke, get, either
    case assertReturn, assertTrap, assertExhaustion, assertInvalid, assertMalformed, assertUnlinkable, assertException
    case assertInvalidCustom, assertMalformedCustom
    case refHost, refExtern, refStruct, refArray, refAny, refExn
    case nanCanonical, nanArithmetic, before, after, first, last, code, datacount
}

/// The text of each `Keyword`, in order, separated by spaces.
private let keywordText: StaticString = """
    module type rec sub final func struct array field mut param result local global table memory tag \
    import export start elem data offset item declare then do shared pagesize \
    i32 i64 f32 f64 v128 i8 i16 i8x16 i16x8 i32x4 i64x2 f32x4 f64x2 \
    any eq i31 extern exn none nofunc noextern noexn null ref \
    anyref eqref i31ref structref arrayref funcref externref exnref \
    nullref nullfuncref nullexternref nullexnref \
    catch_ref catch_all_ref \
    component binary quote definition instance register invoke get either \
    assert_return assert_trap assert_exhaustion assert_invalid assert_malformed assert_unlinkable assert_exception \
    assert_invalid_custom assert_malformed_custom \
    ref.host ref.extern ref.struct ref.array ref.any ref.exn \
    nan:canonical nan:arithmetic before after first last code datacount
    """

/// What a keyword token is.
package struct Word: Equatable {
    package var rawValue: UInt16

    /// In neither table.
    package static let unknown = Word(rawValue: 0xffff)
    private static let keywordBase: UInt16 = 0x8000

    package init(rawValue: UInt16) { self.rawValue = rawValue }
    package init(_ keyword: Keyword) { rawValue = Word.keywordBase | keyword.rawValue }
    init(_ opcode: Opcode) { rawValue = opcode.rawValue }

    /// The instruction with this name, if it is one.
    package var opcode: Opcode? { rawValue < Word.keywordBase ? Opcode(rawValue: rawValue) : nil }
}

/// The table from words to what they are. Immutable once made; making it costs one hash an opcode, so callers of many modules share one.
package final class Vocabulary {
    /// Open addressing over instruction numbers and keyword numbers. No text is both.
    private var opcodeSlots: [UInt16]
    private var keywordSlots: [UInt16]
    private var keywordStarts: [UInt16] = []
    private static let slotCount = 2048
    private static let empty: UInt16 = 0xffff

    package init() {
        opcodeSlots = [UInt16](repeating: Vocabulary.empty, count: Vocabulary.slotCount)
        keywordSlots = [UInt16](repeating: Vocabulary.empty, count: Vocabulary.slotCount)
        for number in 0..<UInt16(Opcode.count) {
            guard let opcode = Opcode(rawValue: number) else { continue }
            let name = UnsafeRawBufferPointer(opcode.row.nameBytes)
            // The first row of a name is found; `select`, `ref.test` and `ref.cast` choose between two rows by their immediates.
            if find(name) != nil { continue }
            insert(number, Vocabulary.hash(name), into: &opcodeSlots)
        }
        var start = 0
        var number: UInt16 = 0
        let bytes = UnsafeRawBufferPointer(start: keywordText.utf8Start, count: keywordText.utf8CodeUnitCount)
        for position in 0...bytes.count where position == bytes.count || bytes[position] == 0x20 {
            keywordStarts.append(UInt16(start))
            insert(number, Vocabulary.hash(UnsafeRawBufferPointer(rebasing: bytes[start..<position])), into: &keywordSlots)
            number += 1
            start = position + 1
        }
        keywordStarts.append(UInt16(start))
    }

    /// The instruction of this name.
    package func find(_ name: UnsafeRawBufferPointer) -> Opcode? {
        var slot = Vocabulary.hash(name) & (Vocabulary.slotCount - 1)
        while opcodeSlots[slot] != Vocabulary.empty {
            if let opcode = Opcode(rawValue: opcodeSlots[slot]), equal(UnsafeRawBufferPointer(opcode.row.nameBytes), name) { return opcode }
            slot = (slot + 1) & (Vocabulary.slotCount - 1)
        }
        return nil
    }

    /// The keyword of this text.
    package func keyword(_ name: UnsafeRawBufferPointer) -> Keyword? {
        var slot = Vocabulary.hash(name) & (Vocabulary.slotCount - 1)
        while keywordSlots[slot] != Vocabulary.empty {
            let number = Int(keywordSlots[slot])
            let start = Int(keywordStarts[number])
            let bytes = UnsafeRawBufferPointer(start: keywordText.utf8Start + start, count: Int(keywordStarts[number + 1]) - start - 1)
            if equal(bytes, name) { return Keyword(rawValue: UInt16(number)) }
            slot = (slot + 1) & (Vocabulary.slotCount - 1)
        }
        return nil
    }

    /// What the word is.
    package func word(_ name: UnsafeRawBufferPointer) -> Word {
        if let opcode = find(name) { return Word(opcode) }
        if let keyword = keyword(name) { return Word(keyword) }
        return .unknown
    }

    private func insert(_ number: UInt16, _ hash: Int, into slots: inout [UInt16]) {
        var slot = hash & (Vocabulary.slotCount - 1)
        while slots[slot] != Vocabulary.empty { slot = (slot + 1) & (Vocabulary.slotCount - 1) }
        slots[slot] = number
    }

    private func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
    }

    /// FNV-1a, folded.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (value ^ value >> 32) & 0x7fff_ffff)
    }
}

/// The annotations the assembler gives a meaning.
enum AnnotationName {
    case custom, name, branchHint

    /// The annotation whose id stands at `start..<end`.
    static func find(_ text: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> AnnotationName? {
        func matches(_ word: StaticString) -> Bool {
            guard end - start == word.utf8CodeUnitCount else { return false }
            for index in 0..<(end - start) where text[start + index] != word.utf8Start[index] { return false }
            return true
        }
        if matches("custom") { return .custom }
        if matches("name") { return .name }
        if matches("metadata.code.branch_hint") { return .branchHint }
        return nil
    }
}
