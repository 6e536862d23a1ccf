// Imports, tables, memories, globals, tags. Specification 5.5.5-5.5.9, 3.5.

import Containers

extension ModuleDecoder {
    mutating func importSection() throws(WasmError) {
        let count = try reader.count(limit: limits.imports, "too many imports")
        image.imports.reserveCapacity(count)
        for _ in 0..<count {
            let offset = UInt32(truncatingIfNeeded: reader.offset)
            let module = try reader.name(limit: limits.nameByteCount)
            let name = try reader.name(limit: limits.nameByteCount)
            let at = reader.offset
            guard let kind = ExternalKind(rawValue: try reader.byte()) else { throw WasmError(.malformed, at: at, "malformed import kind") }
            let type: ExternalType
            switch kind {
            case .function:
                let index = try functionTypeIndex()
                image.functions.append(index)
                image.declaredFunctions.append(false)
                try bound(image.functions.count, limits.functions, "too many functions", at: at)
                type = .function(typeIndex: index)
            case .table:
                let table = try tableType()
                try add(TableDefinition(type: table, initializer: nil), at: at)
                type = .table(table)
            case .memory:
                let memory = try memoryType()
                try add(memory, at: at)
                type = .memory(memory)
            case .global:
                let global = try globalType()
                if global.isMutable, !features.contains(.mutableGlobals) {
                    throw WasmError(.invalid, at: at, "mutable globals cannot be imported")
                }
                image.globals.append(GlobalDefinition(type: global, initializer: nil))
                try bound(image.globals.count, limits.globals, "too many globals", at: at)
                type = .global(global)
            case .tag:
                guard features.contains(.exceptions) || features.contains(.legacyExceptions) else {
                    throw WasmError(.unsupported, at: at, "exception handling is not enabled")
                }
                let tag = try tagType()
                image.tags.append(tag)
                try bound(image.tags.count, limits.tags, "too many tags", at: at)
                type = .tag(tag)
            }
            image.imports.append(Import(module: module, name: name, type: type, offset: offset))
        }
        image.importedFunctionCount = image.functions.count
        image.importedTableCount = image.tables.count
        image.importedMemoryCount = image.memories.count
        image.importedGlobalCount = image.globals.count
        image.importedTagCount = image.tags.count
    }

    private func bound(_ count: Int, _ limit: Int, _ message: StaticString, at offset: Int) throws(WasmError) {
        guard count <= limit else { throw WasmError(.limit, at: offset, message, .bound, UInt64(limit)) }
    }

    private func add(_ table: TableDefinition, at offset: Int) throws(WasmError) {
        image.tables.append(table)
        if image.tables.count > 1, !features.contains(.referenceTypes) { throw WasmError(.invalid, at: offset, "multiple tables") }
        try bound(image.tables.count, limits.tables, "too many tables", at: offset)
    }

    private func add(_ memory: MemoryType, at offset: Int) throws(WasmError) {
        image.memories.append(memory)
        if image.memories.count > 1, !features.contains(.multiMemory) { throw WasmError(.invalid, at: offset, "multiple memories") }
        try bound(image.memories.count, limits.memories, "too many memories", at: offset)
    }

    mutating func tableSection() throws(WasmError) {
        let count = try reader.length()
        for _ in 0..<count {
            let at = reader.offset
            // 0x40 0x00: a table whose elements start with a value of their own.
            if features.contains(.functionReferences), !reader.isAtEnd, reader.cursor.pointee == 0x40 {
                reader.cursor += 1
                guard try reader.byte() == 0 else { throw WasmError(.malformed, at: at, "malformed table") }
                let type = try tableType()
                // Globals of the module itself come later; only imported ones exist here.
                let initializer = try constantExpression(type.element)
                try add(TableDefinition(type: type, initializer: initializer), at: at)
            } else {
                let type = try tableType()
                guard type.element.isDefaultable else { throw WasmError(.invalid, at: at, "type mismatch: table needs an initializer") }
                try add(TableDefinition(type: type, initializer: nil), at: at)
            }
        }
    }

    mutating func memorySection() throws(WasmError) {
        let count = try reader.length()
        for _ in 0..<count {
            let at = reader.offset
            try add(try memoryType(), at: at)
        }
    }

    mutating func globalSection() throws(WasmError) {
        let count = try reader.count(limit: limits.globals - image.globals.count, "too many globals")
        image.globals.reserveCapacity(image.globals.count + count)
        for _ in 0..<count {
            let type = try globalType()
            image.globals.append(GlobalDefinition(type: type, initializer: try constantExpression(type.value)))
        }
    }

    mutating func tagSection() throws(WasmError) {
        let count = try reader.count(limit: limits.tags - image.tags.count, "too many tags")
        for _ in 0..<count { image.tags.append(try tagType()) }
    }
}
