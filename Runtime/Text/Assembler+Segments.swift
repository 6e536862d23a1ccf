// Element and data segments, as fields of their own and inside tables and memories.
// Spec: WebAssembly core, 6.7.7 (element segments), 6.7.8 (data segments); 5.5.12 and 5.5.14 for the binary flags.
import WasmModule

/// Elements as they are read: function indices or expressions, encoded.
private struct ElementList {
    var bytes: [UInt8] = []
    var count: UInt32 = 0
    /// The reference type's bytes, when the elements are expressions.
    var expressionType: [UInt8]?
}

extension Assembler {
    /// `id? declare? (table x)? (offset …)? elemlist`.
    mutating func elementField() throws(TextError) {
        _ = try defined(.element)
        sections[.element].itemCount += 1
        if try reader.take(.declare) {
            let list = try elementList(allowsBareFunctions: false)
            appendElements(list, mode: .declarative, table: 0, offset: [])
            return try reader.close()
        }
        var table: UInt32?
        if reader.isAtForm(.table) {
            try reader.advance()
            try reader.advance()
            table = try index(.table)
            try reader.close()
        } else if reader.isAtIndex {
            table = try index(.table)
        }
        if table == nil, isAtElementList {
            let list = try elementList(allowsBareFunctions: false)
            appendElements(list, mode: .passive, table: 0, offset: [])
            return try reader.close()
        }
        let offset = try offsetExpression()
        let list = try elementList(allowsBareFunctions: true)
        appendElements(list, mode: .active, table: table ?? 0, offset: offset)
        try reader.close()
    }

    /// Whether the list of elements begins here: `func` or a reference type.
    private var isAtElementList: Bool {
        if reader.isAt(.func) || reader.isAtForm(.ref) { return true }
        return reader.current.kind == .keyword && AbstractHeapType.shorthand(reader.word) != nil
    }

    private enum SegmentMode {
        case active, passive, declarative
    }

    /// `func x*`, `reftype (item …)*`, or bare indices where allowed.
    private mutating func elementList(allowsBareFunctions: Bool) throws(TextError) -> ElementList {
        var list = ElementList()
        if try reader.take(.func) {
            try functionIndices(into: &list)
            return list
        }
        var type: [UInt8] = []
        if try referenceType(into: &type) {
            list.expressionType = type
            try elementExpressions(into: &list)
            return list
        }
        guard allowsBareFunctions else { throw reader.unexpected("`func` or a reference type") }
        try functionIndices(into: &list)
        return list
    }

    private mutating func functionIndices(into list: inout ElementList) throws(TextError) {
        while reader.isAtIndex {
            list.bytes.appendUnsigned(try index(.function))
            list.count += 1
        }
    }

    private mutating func elementExpressions(into list: inout ElementList) throws(TextError) {
        while reader.current.kind == .leftParenthesis {
            list.bytes.append(contentsOf: try wrappedExpression(.item))
            list.count += 1
        }
    }

    /// `(keyword instr*)`, or one folded instruction as its abbreviation: the encoded expression with its `end`.
    private mutating func wrappedExpression(_ keyword: Keyword) throws(TextError) -> [UInt8] {
        if try reader.takeForm(keyword) {
            let bytes = try expression(isSingle: false)
            try reader.close()
            return bytes
        }
        return try expression(isSingle: true)
    }

    private mutating func offsetExpression() throws(TextError) -> [UInt8] {
        guard reader.current.kind == .leftParenthesis else { throw reader.unexpected("an offset expression") }
        return try wrappedExpression(.offset)
    }

    private mutating func appendElements(_ list: ElementList, mode: SegmentMode, table: UInt32, offset: [UInt8]) {
        let isExpression = list.expressionType != nil
        // The short active forms say table 0 and `funcref`.
        let isShort = mode == .active && table == 0 && (list.expressionType ?? [0x70]) == [0x70]
        var flags: UInt8 = isExpression ? 4 : 0
        switch mode {
        case .active: flags |= isShort ? 0 : 2
        case .passive: flags |= 1
        case .declarative: flags |= 3
        }
        sections[.element].bytes.append(flags)
        if mode == .active {
            if !isShort { sections[.element].bytes.appendUnsigned(table) }
            sections[.element].bytes.append(contentsOf: offset)
        }
        if !isShort { sections[.element].bytes.append(contentsOf: list.expressionType ?? [0x00]) }
        sections[.element].bytes.appendUnsigned(list.count)
        sections[.element].bytes.append(contentsOf: list.bytes)
    }

    /// The elements of `(table reftype (elem …))`, written as an active segment at offset 0. Returns how many there are.
    mutating func inlineElements(_ table: UInt32, _ addressType: AddressType, _ type: [UInt8]) throws(TextError) -> UInt32 {
        _ = counts.next(.element)
        sections[.element].itemCount += 1
        var list = ElementList()
        if reader.current.kind == .leftParenthesis {
            list.expressionType = type
            try elementExpressions(into: &list)
        } else {
            try functionIndices(into: &list)
            if type != [0x70] {
                // Function indices in a table of a narrower type: the binary form must carry the type, so they become expressions.
                list = ElementList(bytes: try referenceExpressions(list), count: list.count, expressionType: type)
            }
        }
        appendElements(list, mode: .active, table: table, offset: zeroOffset(addressType))
        return list.count
    }

    /// `ref.func x end` for each index of a list.
    private func referenceExpressions(_ list: ElementList) throws(TextError) -> [UInt8] {
        var output: [UInt8] = []
        var isFirstByte = true
        for byte in list.bytes {
            if isFirstByte { output.append(0xd2) }
            output.append(byte)
            isFirstByte = byte & 0x80 == 0
            if isFirstByte { output.append(0x0b) }
        }
        return output
    }

    private func zeroOffset(_ addressType: AddressType) -> [UInt8] {
        switch addressType {
        case .i32: return [0x41, 0x00, 0x0b]
        case .i64: return [0x42, 0x00, 0x0b]
        }
    }

    /// `id? (memory x)? (offset …)? "…"*`.
    mutating func dataField() throws(TextError) {
        _ = try defined(.data)
        sections[.data].itemCount += 1
        var memory: UInt32?
        if try reader.takeForm(.memory) {
            memory = try index(.memory)
            try reader.close()
        } else if reader.isAtIndex {
            memory = try index(.memory)
        }
        if memory == nil, reader.current.kind != .leftParenthesis {
            sections[.data].bytes.append(1)
        } else {
            let offset = try offsetExpression()
            if let memory, memory != 0 {
                sections[.data].bytes.append(2)
                sections[.data].bytes.appendUnsigned(memory)
            } else {
                sections[.data].bytes.append(0)
            }
            sections[.data].bytes.append(contentsOf: offset)
        }
        _ = try dataStrings()
        try reader.close()
    }

    /// The strings of `(memory (data …))`, written as an active segment at offset 0. Returns how many bytes they are.
    mutating func inlineData(_ memory: UInt32, _ addressType: AddressType) throws(TextError) -> Int {
        _ = counts.next(.data)
        sections[.data].itemCount += 1
        if memory == 0 {
            sections[.data].bytes.append(0)
        } else {
            sections[.data].bytes.append(2)
            sections[.data].bytes.appendUnsigned(memory)
        }
        sections[.data].bytes.append(contentsOf: zeroOffset(addressType))
        return try dataStrings()
    }

    /// Strings, appended as one counted byte vector.
    private mutating func dataStrings() throws(TextError) -> Int {
        var bytes: [UInt8] = []
        while reader.current.kind == .string {
            reader.lexer.appendString(reader.current, to: &bytes)
            try reader.advance()
        }
        sections[.data].bytes.appendCounted(bytes)
        return bytes.count
    }
}
