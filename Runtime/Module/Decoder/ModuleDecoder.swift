// The module decoder: sections in order, each to its part of the image. Specification 5.5; validation of all but bodies, 3.5.

import Containers

/// Fills a `ModuleImage` from its bytes in one pass. Lives only inside `ModuleImage.decode`.
struct ModuleDecoder: ~Copyable {
    let image: ModuleImage
    var reader: ByteReader
    var limits: DecodeLimits { image.limits }
    var features: Features { image.features }
    /// Operand types of the constant expression at hand.
    var operands = GrowableArray<ValueType>()
    /// How many types there are, when they are not those of the image (`TypeReader`).
    var typeBound: Int?
    private var lastOrder = 0
    private var lastSection: UInt8 = 0

    init(_ image: ModuleImage) {
        self.image = image
        reader = ByteReader(image.bytes)
    }

    /// The whole module.
    mutating func decode() throws(WasmError) {
        guard image.bytes.count <= limits.moduleByteCount else {
            throw WasmError(.limit, at: 0, "module too large", .bound, UInt64(limits.moduleByteCount))
        }
        guard try reader.fixed32() == 0x6D73_6100 else { throw WasmError(.malformed, at: 0, "magic header not detected") }
        let version = try reader.fixed32()
        // Version 0x0d of layer 1: what the component model's toolchains write.
        if version == 0x0001_000D { throw WasmError.component }
        guard version == 1 else { throw WasmError(.malformed, at: 4, "unknown binary version") }
        while !reader.isAtEnd { try section() }
        try finish()
    }

    private mutating func section() throws(WasmError) {
        let at = reader.offset
        guard let id = SectionID(rawValue: try reader.byte()) else { throw WasmError(.malformed, at: at, "malformed section id") }
        let byteCount = try reader.length()
        let start = reader.offset
        if id == .custom {
            let moduleEnd = reader.end
            guard byteCount <= reader.remaining else { throw reader.unexpectedEnd() }
            // The name must lie within the section.
            reader.end = reader.cursor + byteCount
            let name = try reader.name(limit: limits.nameByteCount)
            let contents = ByteRange(
                offset: UInt32(truncatingIfNeeded: reader.offset), count: UInt32(truncatingIfNeeded: reader.remaining))
            image.customSections.append(CustomSection(name: name, contents: contents, afterSection: lastSection))
            reader.cursor = reader.end
            reader.end = moduleEnd
            return
        }
        if id == .tag, !features.contains(.exceptions), !features.contains(.legacyExceptions) {
            throw WasmError(.unsupported, at: at, "exception handling is not enabled")
        }
        guard id.order > lastOrder else { throw WasmError(.malformed, at: at, "unexpected content after last section") }
        lastOrder = id.order
        lastSection = id.rawValue
        switch id {
        case .custom: break
        case .type: try typeSection()
        case .import: try importSection()
        case .function: try functionSection()
        case .table: try tableSection()
        case .memory: try memorySection()
        case .global: try globalSection()
        case .export: try exportSection()
        case .start: try startSection()
        case .element: try elementSection()
        case .code: try codeSection(ByteRange(offset: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: byteCount)))
        case .data: try dataSection()
        case .dataCount: image.dataCount = try reader.u32()
        case .tag: try tagSection()
        }
        // As in the reference interpreter a section is read freely; what it took is compared with what it said.
        guard reader.offset == start + byteCount else { throw WasmError(.malformed, at: start, "section size mismatch") }
    }

    private mutating func finish() throws(WasmError) {
        let end = reader.offset
        guard image.bodies.count == image.functions.count - image.importedFunctionCount else {
            throw WasmError(.malformed, at: end, "function and code section have inconsistent lengths")
        }
        if let count = image.dataCount, Int(count) != image.dataSegments.count {
            throw WasmError(.malformed, at: end, "data count and data section have inconsistent lengths")
        }
    }

    // MARK: Functions, start, code

    private mutating func functionSection() throws(WasmError) {
        let count = try reader.count(limit: limits.functions - image.functions.count, "too many functions")
        image.functions.reserveCapacity(image.functions.count + count)
        for _ in 0..<count { image.functions.append(try functionTypeIndex()) }
        image.declaredFunctions.append(contentsOf: repeatElement(false, count: count))
    }

    /// The index of a function type.
    mutating func functionTypeIndex() throws(WasmError) -> UInt32 {
        let at = reader.offset
        let index = try reader.u32()
        guard image.signature(ofType: index) != nil else { throw WasmError(.invalid, at: at, "unknown type", .number, UInt64(index)) }
        return index
    }

    private mutating func startSection() throws(WasmError) {
        let at = reader.offset
        let index = try functionIndex()
        let signature = image.signature(ofFunction: index)
        guard signature.parameterCount == 0, signature.resultCount == 0 else { throw WasmError(.invalid, at: at, "start function") }
        image.start = index
    }

    /// The index of a function.
    mutating func functionIndex() throws(WasmError) -> UInt32 {
        let at = reader.offset
        let index = try reader.u32()
        guard Int(index) < image.functions.count else { throw WasmError(.invalid, at: at, "unknown function", .number, UInt64(index)) }
        return index
    }

    private mutating func codeSection(_ range: ByteRange) throws(WasmError) {
        let count = try reader.count(limit: limits.functions, "too many functions")
        image.codeSection = range
        image.bodies.reserveCapacity(count)
        for _ in 0..<count {
            let bodyOffset = reader.offset
            let body = try reader.vector()
            guard Int(body.count) <= limits.functionBodyByteCount else {
                throw WasmError(.limit, at: bodyOffset, "function body too large", .bound, UInt64(limits.functionBodyByteCount))
            }
            image.bodies.append(body)
        }
    }

    /// The first error inside a function body, when the code section has been reached. Bodies come before what follows them, but are
    /// only skipped by `decode`; so when what follows is malformed, a body whose size is wrong may be the true reason.
    func errorInBodies() -> WasmError? {
        guard image.codeSection.count > 0 else { return nil }
        var reader = ByteReader(image.bytes)
        reader.cursor += Int(image.codeSection.offset)
        do throws(WasmError) {
            let count = try reader.u32()
            for _ in 0..<count {
                let byteCount = try reader.length()
                let start = reader.offset
                for _ in 0..<(try reader.length()) {
                    _ = try reader.u32()
                    _ = try reader.valueType()
                }
                try image.skipExpression(&reader)
                guard reader.offset == start + byteCount else { throw WasmError(.malformed, at: start, "section size mismatch") }
            }
            return nil
        } catch {
            return error.phase == .malformed ? error : nil
        }
    }

    // MARK: Exports

    private mutating func exportSection() throws(WasmError) {
        let count = try reader.count(limit: limits.exports, "too many exports")
        image.exports.reserveCapacity(count)
        for _ in 0..<count {
            let name = try reader.name(limit: limits.nameByteCount)
            let at = reader.offset
            guard let kind = ExternalKind(rawValue: try reader.byte()) else { throw WasmError(.malformed, at: at, "malformed export kind") }
            let indexOffset = reader.offset
            let index = try reader.u32()
            let (known, message): (Int, StaticString) =
                switch kind {
                case .function: (image.functions.count, "unknown function")
                case .table: (image.tables.count, "unknown table")
                case .memory: (image.memories.count, "unknown memory")
                case .global: (image.globals.count, "unknown global")
                case .tag: (image.tags.count, "unknown tag")
                }
            guard Int(index) < known else { throw WasmError(.invalid, at: indexOffset, message, .number, UInt64(index)) }
            if kind == .function { image.declaredFunctions[Int(index)] = true }
            image.exports.append(Export(name: name, kind: kind, index: index))
        }
        // Sorted, not hashed: no input can make it slow.
        let image = self.image
        image.exportOrder = (0..<UInt32(count)).sorted { image.compareNames(image.exports[Int($0)].name, image.exports[Int($1)].name) < 0 }
        for k in 1..<max(count, 1) {
            let name = image.exports[Int(image.exportOrder[k])].name
            if image.compareNames(image.exports[Int(image.exportOrder[k - 1])].name, name) == 0 {
                throw WasmError(.invalid, at: Int(name.offset), "duplicate export name")
            }
        }
    }
}

extension ModuleImage {
    /// Moves a reader behind the `end` of the expression it is at, looking at form only.
    func skipExpression(_ reader: inout ByteReader) throws(WasmError) {
        var instructions = InstructionReader(self, reader, isConstant: true)
        var instruction = Instruction()
        var depth = 0
        while true {
            try instructions.next(&instruction)
            switch instruction.opcode {
            case .block, .loop, .if, .try, .tryTable: depth += 1
            case .else where depth == 0: throw WasmError(.malformed, at: Int(instruction.offset), "END opcode expected")
            case .end, .delegate:
                if depth == 0 {
                    reader.cursor = instructions.bytes.cursor
                    return
                }
                depth -= 1
            default: break
            }
        }
    }
}
