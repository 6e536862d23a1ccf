// The second pass over module fields: imports, definitions with their inline imports and exports, exports and the start function.
// Spec: WebAssembly core, 6.7 (modules).
import WasmModule

extension Assembler {
    /// Writes all fields but the types, which are written already.
    mutating func defineFields() throws(TextError) {
        while true {
            if reader.current.kind == .annotation {
                try fieldAnnotation()
                continue
            }
            guard reader.current.kind == .leftParenthesis else { return }
            if reader.isAtForm(.type) || reader.isAtForm(.rec) {
                try reader.advance()
                try reader.skipForm()
            } else if try reader.takeForm(.import) {
                try importField()
            } else if try reader.takeForm(.func) {
                try functionField()
            } else if try reader.takeForm(.table) {
                try tableField()
            } else if try reader.takeForm(.memory) {
                try memoryField()
            } else if try reader.takeForm(.global) {
                try globalField()
            } else if try reader.takeForm(.tag) {
                try tagField()
            } else if try reader.takeForm(.export) {
                try exportField()
            } else if try reader.takeForm(.start) {
                try startField()
            } else if try reader.takeForm(.elem) {
                try elementField()
            } else if try reader.takeForm(.data) {
                try dataField()
            } else {
                try reader.advance()
                throw reader.unexpected("a module field")
            }
        }
    }

    /// `"module" "name" (kind id? type)`.
    private mutating func importField() throws(TextError) {
        let module = try reader.name()
        let name = try reader.name()
        appendImportNames(module, name)
        try reader.open()
        let word = reader.word
        guard reader.current.kind == .keyword else { throw reader.unexpected("an import description") }
        switch word {
        case Word(.func), Word(.table), Word(.memory), Word(.global), Word(.tag): try reader.advance()
        default: throw reader.unexpected("an import description")
        }
        switch word {
        case Word(.func):
            let index = try defined(.function)
            try importedFunction(index)
        case Word(.table):
            _ = try defined(.table)
            try importedTable()
        case Word(.memory):
            _ = try defined(.memory)
            try importedMemory()
        case Word(.global):
            _ = try defined(.global)
            try importedGlobal()
        default:
            _ = try defined(.tag)
            try importedTag()
        }
        try reader.close()
        try reader.close()
    }

    private mutating func appendImportNames(_ module: [UInt8], _ name: [UInt8]) {
        sections[.import].itemCount += 1
        sections[.import].bytes.appendCounted(module)
        sections[.import].bytes.appendCounted(name)
    }

    private mutating func importedFunction(_ index: UInt32) throws(TextError) {
        let type = try typeUse(bindingTo: index, allowsNames: true)
        sections[.import].bytes.append(0)
        sections[.import].bytes.appendUnsigned(type)
    }

    private mutating func importedTable() throws(TextError) {
        var type: [UInt8] = []
        try tableType(into: &type)
        sections[.import].bytes.append(1)
        sections[.import].bytes.append(contentsOf: type)
    }

    private mutating func importedMemory() throws(TextError) {
        var type: [UInt8] = []
        try memoryType(into: &type)
        sections[.import].bytes.append(2)
        sections[.import].bytes.append(contentsOf: type)
    }

    private mutating func importedGlobal() throws(TextError) {
        var type: [UInt8] = []
        try globalType(into: &type)
        sections[.import].bytes.append(3)
        sections[.import].bytes.append(contentsOf: type)
    }

    private mutating func importedTag() throws(TextError) {
        let type = try typeUse(bindingTo: nil, allowsNames: true)
        sections[.import].bytes.append(4)
        sections[.import].bytes.append(0)
        sections[.import].bytes.appendUnsigned(type)
    }

    /// The next index of a space; consumes the identifier the first pass has bound.
    mutating func defined(_ space: NameSpace) throws(TextError) -> UInt32 {
        let index = counts.next(space)
        if let name = try definedName() { names.add(space, index, name) }
        return index
    }

    /// `(export "name")*` of a definition.
    private mutating func inlineExports(_ kind: UInt8, _ index: UInt32) throws(TextError) {
        while try reader.takeForm(.export) {
            appendExport(try reader.name(), kind, index)
            try reader.close()
        }
    }

    private mutating func appendExport(_ name: [UInt8], _ kind: UInt8, _ index: UInt32) {
        sections[.export].itemCount += 1
        sections[.export].bytes.appendCounted(name)
        sections[.export].bytes.append(kind)
        sections[.export].bytes.appendUnsigned(index)
    }

    /// `(import "module" "name")` of a definition, if it is there.
    private mutating func inlineImport() throws(TextError) -> Bool {
        guard try reader.takeForm(.import) else { return false }
        let module = try reader.name()
        let name = try reader.name()
        try reader.close()
        appendImportNames(module, name)
        return true
    }

    private mutating func functionField() throws(TextError) {
        let index = try defined(.function)
        try inlineExports(0, index)
        if try inlineImport() {
            try importedFunction(index)
        } else {
            try functionDefinition(index)
        }
        try reader.close()
    }

    private mutating func tableField() throws(TextError) {
        let index = try defined(.table)
        try inlineExports(1, index)
        if try inlineImport() {
            try importedTable()
            return try reader.close()
        }
        sections[.table].itemCount += 1
        let addressType = try addressType()
        if reader.current.kind != .natural {
            return try tableWithElements(index, addressType)
        }
        let limits = try limits(addressType)
        var type: [UInt8] = []
        guard try referenceType(into: &type) else { throw reader.unexpected("a reference type") }
        if reader.current.kind == .rightParenthesis {
            sections[.table].bytes.append(contentsOf: type)
            sections[.table].bytes.append(contentsOf: limits)
        } else {
            sections[.table].bytes.append(0x40)
            sections[.table].bytes.append(0x00)
            sections[.table].bytes.append(contentsOf: type)
            sections[.table].bytes.append(contentsOf: limits)
            try constantExpression(into: .table)
        }
        try reader.close()
    }

    /// `reftype (elem …)`: the table is as long as its elements.
    private mutating func tableWithElements(_ index: UInt32, _ addressType: AddressType) throws(TextError) {
        var type: [UInt8] = []
        guard try referenceType(into: &type) else { throw reader.unexpected("limits or a reference type") }
        guard try reader.takeForm(.elem) else { throw reader.unexpected("`(elem`") }
        let count = try inlineElements(index, addressType, type)
        sections[.table].bytes.append(contentsOf: type)
        appendLimits(LimitValues(minimum: UInt64(count), maximum: UInt64(count)), addressType, to: &sections[.table].bytes)
        try reader.close()
        try reader.close()
    }

    private mutating func memoryField() throws(TextError) {
        let index = try defined(.memory)
        try inlineExports(2, index)
        if try inlineImport() {
            try importedMemory()
            return try reader.close()
        }
        sections[.memory].itemCount += 1
        let addressType = try addressType()
        let pageSize = try pageSizeExponent()
        if try reader.takeForm(.data) {
            let byteCount = try inlineData(index, addressType)
            let pageCount = (UInt64(byteCount) + (1 << pageSize.orDefault) - 1) >> pageSize.orDefault
            var limits = LimitValues(minimum: pageCount, maximum: pageCount)
            limits.pageSize = pageSize
            appendLimits(limits, addressType, to: &sections[.memory].bytes)
            try reader.close()
        } else {
            sections[.memory].bytes.append(contentsOf: try self.limits(addressType, isMemory: true))
        }
        try reader.close()
    }

    private mutating func globalField() throws(TextError) {
        let index = try defined(.global)
        try inlineExports(3, index)
        if try inlineImport() {
            try importedGlobal()
            return try reader.close()
        }
        var type: [UInt8] = []
        try globalType(into: &type)
        sections[.global].itemCount += 1
        sections[.global].bytes.append(contentsOf: type)
        try constantExpression(into: .global)
        try reader.close()
    }

    private mutating func tagField() throws(TextError) {
        let index = try defined(.tag)
        try inlineExports(4, index)
        if try inlineImport() {
            try importedTag()
            return try reader.close()
        }
        let type = try typeUse(bindingTo: nil, allowsNames: true)
        sections[.tag].itemCount += 1
        sections[.tag].bytes.append(0)
        sections[.tag].bytes.appendUnsigned(type)
        try reader.close()
    }

    private mutating func exportField() throws(TextError) {
        let name = try reader.name()
        try reader.open()
        let kind: UInt8
        let space: NameSpace
        switch reader.word {
        case Word(.func): (kind, space) = (0, .function)
        case Word(.table): (kind, space) = (1, .table)
        case Word(.memory): (kind, space) = (2, .memory)
        case Word(.global): (kind, space) = (3, .global)
        case Word(.tag): (kind, space) = (4, .tag)
        default: throw reader.unexpected("an export description")
        }
        try reader.advance()
        appendExport(name, kind, try index(space))
        try reader.close()
        try reader.close()
    }

    private mutating func startField() throws(TextError) {
        if hasStart { throw TextError(.syntax, at: reader.current, "multiple start sections") }
        hasStart = true
        sections[.start].bytes.appendUnsigned(try index(.function))
        try reader.close()
    }
}
