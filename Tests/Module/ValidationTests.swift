// Validation rules and limits, one module each: the words and the offset of the refusal.

import Testing
import WasmModule

/// Checks that a module is refused in a phase, with words that begin as given.
func expectRefusal(
    _ bytes: [UInt8], _ phase: WasmError.Phase, _ message: String, at offset: Int? = nil, features: Features = .all,
    limits: DecodeLimits = .standard, sourceLocation: SourceLocation = #_sourceLocation
) {
    let error = refusal(of: bytes, features: features, limits: limits)
    let rendered = error.map { words($0) } ?? "accepted"
    #expect(error?.phase == phase && rendered.hasPrefix(message), "\(message) expected, \(rendered)", sourceLocation: sourceLocation)
    if let offset { #expect(error?.offset == offset, "\(rendered)", sourceLocation: sourceLocation) }
}

@Suite struct ValidationTests {
    // The header takes 8 bytes, the type section of `function([])` 6, the function section 4; the body's first instruction is at 23.
    static let firstInstruction = 8 + 6 + 4 + 5

    @Test func emptyFunction_isAccepted() {
        #expect(refusal(of: function([])) == nil)
    }

    @Test func operandRules() {
        // i32.const 0
        expectRefusal(function([0x41, 0x00]), .invalid, "type mismatch: block requires [] but stack has [i32]", at: 25)
        // i32.add
        expectRefusal(
            function([0x6A]), .invalid, "type mismatch: instruction requires [i32] but stack has []", at: Self.firstInstruction)
        // i64.const 0, i32.eqz, drop
        expectRefusal(
            function([0x42, 0x00, 0x45, 0x1A]), .invalid, "type mismatch: instruction requires [i32] but stack has [i64]", at: 25)
        // unreachable, i32.add, i64.eqz: the stack knows the i32
        expectRefusal(function([0x00, 0x6A, 0x50, 0x1A]), .invalid, "type mismatch")
        // unreachable, select, drop
        #expect(refusal(of: function([0x00, 0x1B, 0x1A])) == nil)
        // i32.const 0, i64.const 0, i32.const 0, select
        expectRefusal(function([0x41, 0, 0x42, 0, 0x41, 0, 0x1B, 0x1A]), .invalid, "type mismatch")
        // select with two types
        expectRefusal(function([0x00, 0x1C, 0x02, 0x7F, 0x7F]), .invalid, "invalid result arity")
    }

    @Test func indexRules() {
        expectRefusal(function([0x20, 0x05, 0x1A]), .invalid, "unknown local 5", at: Self.firstInstruction)
        expectRefusal(function([0x23, 0x05, 0x1A]), .invalid, "unknown global 5")
        expectRefusal(function([0x10, 0x05]), .invalid, "unknown function 5")
        expectRefusal(function([0x0C, 0x05]), .invalid, "unknown label 5")
        expectRefusal(function([0x11, 0x00, 0x00]), .invalid, "unknown table 0")
        expectRefusal(function([0x3F, 0x00, 0x1A]), .invalid, "unknown memory 0")
        expectRefusal(function([0x08, 0x00]), .invalid, "unknown tag 0")
        expectRefusal(function([0x02, 0x05, 0x0B]), .invalid, "unknown type 5")
        expectRefusal(function([0xD0, 0x05, 0x1A]), .invalid, "unknown type 5")
        expectRefusal(function([0xD2, 0x00, 0x1A]), .invalid, "undeclared function reference")
        expectRefusal(function([0xFC, 0x08, 0x00, 0x00]), .malformed, "data count section required")
    }

    @Test func blockRules() {
        // else outside of if
        expectRefusal(function([0x05]), .malformed, "END opcode expected")
        // if with a result but no else
        expectRefusal(function([0x41, 0, 0x04, 0x7F, 0x41, 0, 0x0B, 0x1A]), .invalid, "type mismatch")
        // br_table with different arities
        expectRefusal(function([0x02, 0x7F, 0x41, 0, 0x41, 0, 0x0E, 1, 0, 1, 0x0B, 0x1A]), .invalid, "type mismatch")
        // a body that ends too early and too late
        expectRefusal(function([0x0B]), .malformed, "section size mismatch")
        expectRefusal(Array(function([0x02, 0x40])), .malformed, "unexpected end of section or function")
        // br_table with labels that no module has, live and where nothing is reached
        for label: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0xFE, 0xFF, 0xFF, 0xFF, 0x0F]] {
            for start: [UInt8] in [[0x41, 0], [0x00]] {
                expectRefusal(function(start + [0x0E, 0] + label), .invalid, "unknown label")
                expectRefusal(function(start + [0x0E, 1] + label + [0]), .invalid, "unknown label")
                expectRefusal(function(start + [0x0E, 2] + label + label + [0]), .invalid, "unknown label")
            }
        }
        // rethrow outside of catch
        expectRefusal(function([0x06, 0x40, 0x09, 0x00, 0x0B]), .invalid, "invalid rethrow label")
    }

    @Test func localOfNonNullType_mustBeSetFirst() {
        let locals: [(UInt32, ValueType)] = [(1, ValueType(nullable: false, .func))]
        expectRefusal(function(locals: locals, [0x20, 0, 0x1A]), .invalid, "uninitialized local")
        // Set inside a block, gone after it: block, unreachable, local.set 0, end, local.get 0, drop
        expectRefusal(function(locals: locals, [0x02, 0x40, 0x00, 0x21, 0, 0x0B, 0x20, 0, 0x1A]), .invalid, "uninitialized local")
        // unreachable, local.set 0, local.get 0, drop
        #expect(refusal(of: function(locals: locals, [0x00, 0x21, 0, 0x20, 0, 0x1A])) == nil)
    }

    @Test func memoryRules() {
        func withMemory(_ code: [UInt8], is64: Bool = false) -> [UInt8] {
            function(
                {
                    $0.section(.memory) {
                        $0.count(1)
                        $0.memoryType(MemoryType(limits: Limits(minimum: 1), is64: is64))
                    }
                }, code)
        }
        #expect(refusal(of: withMemory([0x41, 0, 0x28, 2, 0, 0x1A])) == nil)
        expectRefusal(withMemory([0x41, 0, 0x28, 3, 0, 0x1A]), .invalid, "alignment must not be larger than natural")
        expectRefusal(withMemory([0x41, 0, 0x28, 0x80, 1, 0, 0x1A]), .malformed, "malformed memop flags")
        expectRefusal(withMemory([0x41, 0, 0x28, 0x42, 1, 0, 0x1A]), .invalid, "unknown memory 1")
        expectRefusal(withMemory([0x41, 0, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x10, 0x1A]), .invalid, "offset out of range")
        #expect(refusal(of: withMemory([0x42, 0, 0x28, 2, 0x80, 0x80, 0x80, 0x80, 0x10, 0x1A], is64: true)) == nil)
        expectRefusal(withMemory([0x41, 0, 0x28, 2, 0, 0x1A], is64: true), .invalid, "type mismatch")
        // i8x16.extract_lane_s 16; i8x16.shuffle with lane 32
        expectRefusal(withMemory([0x00, 0xFD, 21, 16, 0x1A]), .invalid, "invalid lane index")
        let shuffle: [UInt8] = [0x00, 0xFD, 13] + (0..<15).map { _ in 31 } + [32, 0x1A]
        expectRefusal(withMemory(shuffle), .invalid, "invalid lane index")
    }

    @Test func integers_areReadStrictly() {
        // i32.const in six bytes; with unused bits; i64 with unused bits
        expectRefusal(
            function([0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1A]), .malformed, "integer representation too long")
        expectRefusal(function([0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x1A]), .malformed, "integer too large", at: 28)
        #expect(refusal(of: function([0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x1A])) == nil)
        #expect(refusal(of: function([0x41, 0x80, 0x00, 0x1A])) == nil)
        expectRefusal(function([0x20, 0x80, 0x80, 0x80, 0x80, 0x10]), .malformed, "integer too large")
        expectRefusal(function([0x42] + Array(repeating: 0x80, count: 9) + [0x02, 0x1A]), .malformed, "integer too large")
    }

    @Test func sectionRules() {
        expectRefusal([], .malformed, "unexpected end", at: 0)
        expectRefusal([0x00, 0x61, 0x73, 0x6E, 1, 0, 0, 0], .malformed, "magic header not detected", at: 0)
        expectRefusal([0x00, 0x61, 0x73, 0x6D, 2, 0, 0, 0], .malformed, "unknown binary version", at: 4)
        expectRefusal(module { $0.raw([14, 0]) }, .malformed, "malformed section id", at: 8)
        expectRefusal(module { $0.raw([3, 1, 0, 1, 1, 0]) }, .malformed, "unexpected content after last section", at: 11)
        expectRefusal(module { $0.raw([1, 2, 0, 0]) }, .malformed, "section size mismatch", at: 10)
        expectRefusal(module { $0.raw([3, 2, 1, 0]) }, .invalid, "unknown type 0", at: 11)
        expectRefusal(module { $0.raw([0, 3, 2, 0xC3, 0x28]) }, .malformed, "malformed UTF-8 encoding")
        expectRefusal(module { $0.raw([5, 3, 1, 1, 1, 2]) }, .malformed, "section size mismatch")
        expectRefusal(module { $0.raw([5, 4, 1, 1, 2, 1]) }, .invalid, "size minimum must not be greater than maximum")
        expectRefusal(module { $0.raw([6, 7, 1, 0x7F, 0, 0x41, 0, 0x0B, 0]) }, .malformed, "section size mismatch")
        expectRefusal(module { $0.raw([6, 5, 1, 0x7F, 0, 0x01, 0x0B]) }, .invalid, "constant expression required")
        expectRefusal(module { $0.raw([6, 6, 1, 0x7F, 0, 0x42, 0, 0x0B]) }, .invalid, "type mismatch")
    }

    @Test func duplicateExport_isRefused() {
        let bytes = module { encoder in
            encoder.section(.memory) {
                $0.count(1)
                $0.memoryType(MemoryType(limits: Limits(minimum: 0)))
            }
            encoder.section(.export) { section in
                section.count(3)
                for name in ["a", "b", "a"] {
                    section.name(name)
                    section.byte(2)
                    section.index(0)
                }
            }
        }
        expectRefusal(bytes, .invalid, "duplicate export name")
    }

    @Test func hugeCounts_areRefusedWithoutAllocating() {
        // Each section claims 2^32-1 items and holds none.
        for id in [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13] as [UInt8] {
            expectRefusal(module { $0.raw([id, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]) }, .malformed, "length out of bounds")
        }
        // A body that declares 2^32-1 locals twice, and one that declares fifty thousand and one.
        expectRefusal(
            function(locals: [(UInt32.max, .i32), (UInt32.max, .i32)], []), .malformed, "too many locals")
        expectRefusal(function(locals: [(50_001, .i32)], []), .limit, "too many locals")
        #expect(refusal(of: function(locals: [(50_000, .i32)], [])) == nil)
    }

    @Test func limits_areEnforced() {
        var limits = DecodeLimits()
        limits.nestedBlocks = 10
        let nested = { (depth: Int) in
            function(Array(repeating: [0x02, 0x40] as [UInt8], count: depth).flatMap { $0 } + Array(repeating: 0x0B, count: depth))
        }
        #expect(refusal(of: nested(10), limits: limits) == nil)
        expectRefusal(nested(11), .limit, "blocks nested too deeply", limits: limits)
        #expect(refusal(of: nested(10_000)) == nil)
        limits.moduleByteCount = 10
        expectRefusal(nested(1), .limit, "module too large", limits: limits)
        limits = .strict
        #expect(refusal(of: nested(100), limits: limits) == nil)
        limits.functionParameters = 1
        expectRefusal(function(FunctionType(parameters: [.i32, .i32]), []), .limit, "too many parameters", limits: limits)
        // br_table with a hundred thousand targets
        var table = ModuleEncoder()
        table.raw([0x41, 0])
        table.opcode(.brTable)
        table.count(100_000)
        for _ in 0...100_000 { table.index(0) }
        #expect(refusal(of: function(table.bytes)) == nil)
        expectRefusal(function(table.bytes), .limit, "too many br_table targets", limits: limits)
    }

    @Test func features_switchInstructionsOff() {
        let simd: [UInt8] = [0xFD, 12] + Array(repeating: 0, count: 16) + [0x1A]
        #expect(refusal(of: function(simd)) == nil)
        expectRefusal(function(simd), .unsupported, "SIMD is not enabled", features: Features.all.subtracting(.simd))
        let float: [UInt8] = [0x43, 0, 0, 0, 0, 0x1A]
        expectRefusal(function(float), .unsupported, "floating point is not enabled", features: Features.all.subtracting(.floatingPoint))
        expectRefusal(function([0x12, 0]), .unsupported, "tail calls are not enabled", features: .version2)
        #expect(refusal(of: function([0x12, 0])) == nil)
        // struct.new 0
        expectRefusal(function([0xFB, 0, 0]), .unsupported, "garbage collection is not enabled")
        expectRefusal(function([0xFF]), .malformed, "illegal opcode ff", at: Self.firstInstruction)
    }

    @Test func equivalentTypes_haveOneID() throws {
        // Two modules whose second types are equivalent, at different indices.
        func types(_ list: [CompositeType]) -> [UInt8] {
            module { encoder in
                encoder.section(.type) { section in
                    section.count(list.count)
                    for type in list { section.subType(SubType(composite: type)) }
                }
            }
        }
        let reference = ValueType(nullable: true, .index(0))
        let first = types([.function(FunctionType()), .function(FunctionType(parameters: [reference]))])
        let second = types([
            .function(FunctionType()), .array(FieldType(storage: .i8, isMutable: true)), .function(FunctionType(parameters: [reference])),
        ])
        let registry = TypeRegistry()
        let firstIDs = try #require(try first.withUnsafeBytes { registry.register(try ModuleImage.decode($0)) })
        let secondIDs = try #require(try second.withUnsafeBytes { registry.register(try ModuleImage.decode($0)) })
        #expect(firstIDs[0] == secondIDs[0] && firstIDs[1] == secondIDs[2] && firstIDs[1] != secondIDs[1])
        #expect(registry.register(FunctionType()) == firstIDs[0])
        let byID = FunctionType(parameters: [ValueType(nullable: true, .index(firstIDs[0]))])
        #expect(registry.register(byID) == firstIDs[1])
        #expect(registry.functionType(firstIDs[1]) == byID)
    }

    /// More types than a value type can name would be taken for each other.
    @Test func fullRegistry_takesNoMore() throws {
        let registry = TypeRegistry(capacity: 2)
        let first = registry.register(FunctionType(parameters: [.i32]))
        let second = registry.register(FunctionType(parameters: [.i64]))
        #expect(first != second && first < 2 && second < 2)
        #expect(registry.register(FunctionType(parameters: [.f32])) == TypeRegistry.unregistered)
        #expect(registry.register(FunctionType(parameters: [.i64])) == second)
        #expect(try function([]).withUnsafeBytes { registry.register(try ModuleImage.decode($0)) } == nil)
        #expect(registry.count == 2)
        #expect(TypeRegistry(capacity: .max).count == 0)
        // The largest index a value type can hold is one of a registry's.
        let largest = UInt32(TypeRegistry.largestCapacity - 1)
        #expect(ValueType(nullable: true, .index(largest)).typeIndex == largest)
        #expect(TypeRegistry.unregistered == largest + 1)
    }

    @Test func frozenRegistry_knowsItsTypesAndNoOthers() throws {
        let bytes = function([])
        let other = module { encoder in
            encoder.section(.type) { section in
                section.count(1)
                section.subType(SubType(composite: .function(FunctionType(parameters: [.i64]))))
            }
        }
        let registry = TypeRegistry()
        let ids = try #require(try bytes.withUnsafeBytes { registry.register(try ModuleImage.decode($0)) })
        registry.freeze()
        let count = registry.count
        #expect(try bytes.withUnsafeBytes { registry.register(try ModuleImage.decode($0)) } == ids)
        #expect(try other.withUnsafeBytes { registry.register(try ModuleImage.decode($0)) } == nil)
        #expect(registry.register(FunctionType()) == ids[0])
        let unknown = registry.register(FunctionType(parameters: [.i64]))
        #expect(unknown == TypeRegistry.unregistered)
        #expect(registry.count == count)
        #expect(unknown > 0 && Int(unknown) >= registry.count)
        #expect(!registry.isSubtype(unknown, of: ids[0]) && !registry.isSubtype(ids[0], of: unknown))
        #expect(!registry.isSubtype(unknown, of: unknown))
        #expect(!registry.accepts(.function(typeIndex: ids[0]), .function(typeIndex: unknown)))
        #expect(registry.functionType(unknown) == nil)
    }

    @Test func mutatedModules_areJudgedWithoutCrash() {
        var random = SeededNumbers(state: 3)
        let seeds = [
            function(locals: [(3, .i64)], [0x02, 0x40, 0x41, 0, 0x0D, 0, 0x03, 0x40, 0x0C, 1, 0x0B, 0x0B, 0x43, 0, 0, 0, 0, 0x1A]),
            function([0x00, 0x0E, 2, 0, 0, 0, 0xFD, 13] + (0..<16).map { UInt8($0) } + [0x1A]),
        ]
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = seeds.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: 8..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: position)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
                }
            }
            if refusal(of: bytes) == nil { accepted += 1 }
        }
        #expect(accepted > 0)
    }
}
