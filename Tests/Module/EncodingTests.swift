// Decoding what the encoder writes gives back what went in; and what is wrong is refused with words and offset.

import Testing
import WasmModule

/// A module of hand-written sections.
func module(_ sections: (inout ModuleEncoder) -> Void) -> [UInt8] {
    var encoder = ModuleEncoder.module()
    sections(&encoder)
    return encoder.bytes
}

/// A module with one function without parameters, results and locals; `end` is added.
func function(_ code: [UInt8]) -> [UInt8] { functionModule(FunctionType(), [], { _ in }, code) }

/// The same with a type.
func function(_ type: FunctionType, _ code: [UInt8]) -> [UInt8] { functionModule(type, [], { _ in }, code) }

/// The same with locals.
func function(locals: [(UInt32, ValueType)], _ code: [UInt8]) -> [UInt8] { functionModule(FunctionType(), locals, { _ in }, code) }

/// The same with sections between function and code section.
func function(_ prelude: (inout ModuleEncoder) -> Void, _ code: [UInt8]) -> [UInt8] {
    functionModule(FunctionType(), [], prelude, code)
}

private func functionModule(
    _ type: FunctionType, _ locals: [(UInt32, ValueType)], _ prelude: (inout ModuleEncoder) -> Void, _ code: [UInt8]
) -> [UInt8] {
    module { encoder in
        encoder.section(.type) {
            $0.count(1)
            $0.subType(SubType(composite: .function(type)))
        }
        encoder.section(.function) {
            $0.count(1)
            $0.index(0)
        }
        prelude(&encoder)
        encoder.section(.code) {
            $0.count(1)
            $0.sized { body in
                body.count(locals.count)
                for (count, type) in locals {
                    body.index(count)
                    body.valueType(type)
                }
                body.raw(code)
                body.opcode(.end)
            }
        }
    }
}

/// Numbers from a seed: the same everywhere. (SplitMix64.)
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite struct EncodingTests {
    static let valueTypes: [ValueType] = [
        .i32, .i64, .f32, .f64, .v128, .funcref, .externref, .exnref, .anyref, .nullref, ValueType(nullable: false, .func),
        ValueType(nullable: false, .index(0)), ValueType(nullable: true, .index(0)),
    ]

    @Test func types_decodeToWhatWasEncoded() throws {
        var random = SeededNumbers(state: 1)
        for _ in 0..<200 {
            var groups: [[SubType]] = []
            var count: UInt32 = 0
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                var group: [SubType] = []
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    func types() -> [ValueType] {
                        (0..<Int.random(in: 0...4, using: &random)).map { _ in Self.valueTypes.randomElement(using: &random)! }
                    }
                    let composite: CompositeType
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: composite = .function(FunctionType(parameters: types(), results: types()))
                    case 1: composite = .structure(types().map { FieldType(storage: $0, isMutable: Bool.random(using: &random)) })
                    default: composite = .array(FieldType(storage: [.i8, .i16, .i64].randomElement(using: &random)!, isMutable: true))
                    }
                    group.append(SubType(isFinal: Bool.random(using: &random), composite: composite))
                }
                groups.append(group)
                count += UInt32(group.count)
            }
            let bytes = module { encoder in
                encoder.section(.type) { section in
                    section.count(groups.count)
                    for group in groups {
                        if group.count != 1 {
                            section.byte(0x4E)
                            section.count(group.count)
                        }
                        for type in group { section.subType(type) }
                    }
                }
            }
            try bytes.withUnsafeBytes { buffer in
                let image = try ModuleImage.decode(buffer)
                #expect(image.types == groups.flatMap { $0 })
                #expect(image.recursionGroups.map { Int($0.count) } == groups.map { $0.count })
            }
        }
    }

    @Test func importsExportsAndDefinitions_decodeToWhatWasEncoded() throws {
        let table = TableType(element: .funcref, limits: Limits(minimum: 1, maximum: 7))
        let memory = MemoryType(limits: Limits(minimum: 1 << 20), is64: true)
        let global = GlobalType(value: .i64, isMutable: true)
        let imports: [ExternalType] = [
            .function(typeIndex: 0), .table(table), .memory(memory), .global(global), .tag(TagType(typeIndex: 0)),
        ]
        let bytes = module { encoder in
            encoder.section(.type) {
                $0.count(1)
                $0.subType(SubType(composite: .function(FunctionType(parameters: [.i32]))))
            }
            encoder.section(.import) { section in
                section.count(imports.count)
                for type in imports {
                    section.name("env")
                    section.name("näme")
                    section.externalType(type)
                }
            }
            encoder.section(.export) { section in
                section.count(imports.count)
                for (position, type) in imports.enumerated() {
                    section.name("e\(imports.count - position)")
                    section.byte(type.kind.rawValue)
                    section.index(0)
                }
            }
        }
        try bytes.withUnsafeBytes { buffer in
            let image = try ModuleImage.decode(buffer)
            #expect(image.imports.map(\.type) == imports)
            #expect(image.text(image.imports[3].name) == "näme")
            #expect(image.exports.map(\.kind) == imports.map(\.kind))
            for (position, export) in image.exports.enumerated() {
                #expect(image.exportPosition(named: image[export.name]) == position)
            }
            #expect(image.exportPosition(named: image[image.imports[0].name]) == nil)
        }
    }

    @Test func signedAndUnsignedNumbers_surviveTheRoundTrip() throws {
        var random = SeededNumbers(state: 2)
        var numbers: [Int64] = [0, 1, -1, 63, 64, -64, -65, Int64(Int32.max), Int64(Int32.min), .max, .min]
        for _ in 0..<500 { numbers.append(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)) }
        var code = ModuleEncoder()
        for number in numbers {
            code.opcode(.i64Const)
            code.signed(number)
            code.opcode(.i32Const)
            code.signed(Int64(Int32(truncatingIfNeeded: number)))
            code.opcode(.f64Const)
            code.fixed64(UInt64(bitPattern: number))
            code.opcode(.drop)
            code.opcode(.drop)
            code.opcode(.drop)
        }
        try function(code.bytes).withUnsafeBytes { buffer in
            let image = try ModuleImage.decode(buffer)
            var validator = FunctionValidator(image)
            var reader = try validator.begin(body: 0)
            var instruction = Instruction()
            var read: [UInt64] = []
            while !validator.isFinished {
                try reader.next(&instruction)
                try validator.validate(&instruction)
                if instruction.opcode != .drop, instruction.opcode != .end { read.append(instruction.bits) }
            }
            try validator.end(reader)
            let expected = numbers.flatMap { number in
                [UInt64(bitPattern: number), UInt64(UInt32(truncatingIfNeeded: number)), UInt64(bitPattern: number)]
            }
            #expect(read == expected)
        }
    }

    @Test func opcodeTable_namesAndBytesAreDistinctAndFound() {
        let rows = Opcode.allRows
        #expect(rows.count == Opcode.count)
        var seen: Set<[UInt16]> = []
        for (index, row) in rows.enumerated() {
            #expect(Int(row.opcode.rawValue) == index)
            #expect(Opcode(prefix: row.prefix, number: UInt32(row.number)) == row.opcode)
            #expect(seen.insert([UInt16(row.prefix), row.number]).inserted)
            var encoder = ModuleEncoder()
            encoder.opcode(row.opcode)
            #expect(encoder.bytes.first == (row.prefix == 0 ? UInt8(row.number) : row.prefix))
        }
        #expect(Opcode.i8x16RelaxedSwizzle.row.name == "i8x16.relaxed_swizzle")
        #expect(Opcode.v128Load32Lane.row.laneCount == 4)
        #expect(rows.filter { $0.prefix == 0xFD }.count == 256)
    }

    @Test func nameSection_isFoundByIndexAndNeverFailsTheModule() throws {
        func nameModule(_ cut: Int) -> [UInt8] {
            let base = function([])
            var names = ModuleEncoder()
            names.byte(0)
            names.sized { $0.name("mod") }
            names.byte(1)
            names.sized { section in
                section.count(3)
                for index in [UInt32(0), 5, 9] {
                    section.index(index)
                    section.name("f\(index)")
                }
            }
            names.byte(2)
            names.sized { section in
                section.count(1)
                section.index(5)
                section.count(2)
                for index in [UInt32(1), 3] {
                    section.index(index)
                    section.name("l\(index)")
                }
            }
            var encoder = ModuleEncoder()
            encoder.raw(base)
            let kept = Array(names.bytes.prefix(names.bytes.count - cut))
            encoder.customSection("name") { $0.raw(kept) }
            return encoder.bytes
        }
        try nameModule(0).withUnsafeBytes { buffer in
            let image = try ModuleImage.decode(buffer)
            let names = NameSection(image)
            #expect(names.module.map { image.text($0) } == "mod")
            #expect(names.name(.function, 5).map { image.text($0) } == "f5")
            #expect(names.name(.function, 4) == nil)
            #expect(names.name(.local, 5, 3).map { image.text($0) } == "l3")
            #expect(names.name(.local, 5, 2) == nil)
            #expect(names.name(.local, 4, 1) == nil)
        }
        for cut in 1..<30 {
            try nameModule(cut).withUnsafeBytes { buffer in
                let image = try ModuleImage.decode(buffer)
                _ = NameSection(image).name(.local, 5, 3)
            }
        }
    }
}
