// SIMDRows: the 128-bit operations, one an instruction, in the order of the opcode table, from which they are read. Operands and results
// are in slots, a vector in two neighbouring ones; the functions of WasmNumerics have the instructions' names, so a rule finds them.
//
// The translator finds the operation of an instruction by its place: `vectorOperation(opcode)` counts from the first row. Loads and stores
// of memory 0 with 32-bit addresses are `v128.load ...` itself, guarded or checked; `.any` is any memory, bit 31 of whose index field says
// that its addresses have 64 bits.

import Foundation

/// One line of the opcode table.
private struct VectorInstruction {
    let name: String
    let immediate: String
    let operands: [String]
    let result: String
    let isMemory: Bool

    init?(_ line: String) {
        guard line.hasPrefix("FD ") else { return nil }
        let columns = line.split(separator: " ").map(String.init)
        name = columns[2]
        immediate = columns[3]
        let rest = columns.dropFirst(6).joined(separator: " ").replacingOccurrences(of: "(", with: "").components(separatedBy: ")")
        isMemory = immediate.hasPrefix("memory-argument")
        operands = rest[0].split(separator: " ").map(String.init)
        result = rest.count > 1 ? rest[1].trimmingCharacters(in: .whitespaces) : ""
    }
}

/// `add_sat_s` becomes `addSatS`.
private func camelCase(_ words: [Substring]) -> String {
    words[0] + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
}

/// Instructions whose function is another's, or is named by a second rule.
private let vectorFunctionExceptions: [String: String] = [
    "i32x4.relaxed_trunc_f32x4_s": "I32x4.truncSatF32x4S",
    "i32x4.relaxed_trunc_f32x4_u": "I32x4.truncSatF32x4U", "i32x4.relaxed_trunc_f64x2_s_zero": "I32x4.truncSatF64x2SZero",
    "i32x4.relaxed_trunc_f64x2_u_zero": "I32x4.truncSatF64x2UZero", "i8x16.relaxed_laneselect": "V128.bitselect",
    "i16x8.relaxed_laneselect": "V128.bitselect", "i32x4.relaxed_laneselect": "V128.bitselect",
    "i64x2.relaxed_laneselect": "V128.bitselect", "f32x4.relaxed_min": "F32x4.min", "f32x4.relaxed_max": "F32x4.max",
    "f64x2.relaxed_min": "F64x2.min", "f64x2.relaxed_max": "F64x2.max", "i16x8.relaxed_q15mulr_s": "I16x8.q15mulrSatS",
    "i16x8.relaxed_dot_i8x16_i7x16_s": "I16x8.relaxedDotS", "i32x4.relaxed_dot_i8x16_i7x16_add_s": "I32x4.relaxedDotAddS",
    "i32x4.extract_lane": "I32x4.extractLaneS", "i64x2.extract_lane": "I64x2.extractLaneS",
    "i8x16.narrow_i16x8_s": "I16x8.narrowS", "i8x16.narrow_i16x8_u": "I16x8.narrowU", "i16x8.narrow_i32x4_s": "I32x4.narrowS",
    "i16x8.narrow_i32x4_u": "I32x4.narrowU",
]

/// The function of WasmNumerics that does `name`.
private func vectorFunction(_ name: String) -> String {
    if let exception = vectorFunctionExceptions[name] { return exception }
    let parts = name.split(separator: ".")
    var words = parts[1].split(separator: "_")
    // The other shape of an extension or a dot product is implied.
    if words[0].hasPrefix("ext") && words[0] != "extract" || words[0] == "dot" { words.removeAll { $0.hasPrefix("i") } }
    return parts[0].prefix(1).uppercased() + parts[0].dropFirst() + "." + camelCase(words)
}

/// The expression that reads an operand of a type.
private func readOperand(_ type: String, at offset: Int) -> String {
    switch type {
    case "v128": "slotVector(pc, \(offset), fp)"
    case "i64": "slotU64(pc, \(offset), fp)"
    case "f32": "slotF32(pc, \(offset), fp)"
    case "f64": "slotF64(pc, \(offset), fp)"
    default: "slotU32(pc, \(offset), fp)"
    }
}

/// The statement that writes a result of a type.
private func writeResult(_ type: String, _ name: String, _ expression: String) -> String {
    switch type {
    case "v128": "    setSlotVector(pc, 8, fp, \(expression))\n"
    case "i32" where name.hasSuffix("_true"): "    setSlot(pc, 8, fp, bit(\(expression)))\n"
    case "i32": "    setSlot(pc, 8, fp, word(Int32(bitPattern: \(expression))))\n"
    default: "    setSlot(pc, 8, fp, \(expression))\n"
    }
}

/// The bytes of a shuffle are known when it is translated: the cell names where in the frame each lies.
private func shuffle(_ instruction: VectorInstruction) -> Row {
    plainRow(
        instruction.name, "The bytes at sixteen places of the frame, as a vector.", family: "Vector",
        fields: "R" + String(repeating: "s", count: 16),
        body: { offsets in writeResult(instruction.result, instruction.name, "gatherBytes(pc, \(offsets[1]), fp)") })
}

/// The indices of a swizzle are bytes of a slot, looked up in another without leaving the frame's memory.
private func swizzle(_ instruction: VectorInstruction) -> Row {
    plainRow(
        instruction.name, "As the instruction of the name.", family: "Vector", fields: "Rss",
        body: { offsets in
            writeResult(
                instruction.result, instruction.name,
                "lookUpBytes(slotAddress(pc, \(offsets[1]), fp), slotAddress(pc, \(offsets[2]), fp))")
        })
}

/// The instructions that a few instructions of 64 bits do: those that a back end compiles. The others are their handlers'.
private let compiledInstructions: Set<String> = {
    var names: Set<String> = [
        "v128.not", "v128.and", "v128.andnot", "v128.or", "v128.xor", "v128.bitselect", "v128.any_true",
        "i8x16.splat", "i16x8.splat", "i32x4.splat", "i64x2.splat", "f32x4.splat", "f64x2.splat",
        "i8x16.extract_lane_s", "i8x16.extract_lane_u", "i16x8.extract_lane_s", "i16x8.extract_lane_u",
        "i8x16.eq", "i8x16.ne", "i16x8.eq", "i16x8.ne", "i8x16.all_true", "i32x4.all_true", "i64x2.all_true",
        "i8x16.bitmask", "i32x4.bitmask", "i64x2.bitmask", "i32x4.mul", "i64x2.mul", "i32x4.neg", "i64x2.neg", "i64x2.abs",
        "f64x2.neg", "f64x2.abs", "i32x4.min_s", "i32x4.min_u", "i32x4.max_s", "i32x4.max_u",
        "i64x2.extend_low_i32x4_s", "i64x2.extend_low_i32x4_u", "i64x2.extend_high_i32x4_s", "i64x2.extend_high_i32x4_u",
    ]
    for shape in ["i8x16", "i16x8", "i32x4", "i64x2"] { names.formUnion(["\(shape).add", "\(shape).sub"]) }
    for shape in ["i32x4", "i64x2"] {
        names.formUnion(["eq", "ne", "lt_s", "gt_s", "le_s", "ge_s", "shl", "shr_s", "shr_u"].map { "\(shape).\($0)" })
    }
    names.formUnion(["lt_u", "gt_u", "le_u", "ge_u"].map { "i32x4.\($0)" })
    for shape in ["i32x4", "i64x2", "f32x4", "f64x2"] { names.insert("\(shape).extract_lane") }
    for shape in ["i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2"] { names.insert("\(shape).replace_lane") }
    return names
}()

/// What an instruction that computes means.
private func meaning(_ instruction: VectorInstruction) -> Meaning {
    guard compiledInstructions.contains(instruction.name) else { return Meaning(.handler) }
    let operands = instruction.operands.map { $0 == "v128" ? "v" : "s" }.joined()
    return Meaning(instruction.result == "v128" ? .vector : .vectorToScalar, instruction.name, operands: operands)
}

/// What a load or store of memory 0 means. Those that widen eight or sixteen bits are their handlers'.
private func meaning(memory name: String, operands: String) -> Meaning {
    if name.contains("load8x8") || name.contains("load16x4") { return Meaning(.handler) }
    return Meaning(name.contains("store") ? .vectorStore : .vectorLoad, name, operands: operands, address: .offset)
}

private func arithmetic(_ instruction: VectorInstruction) -> Row {
    if instruction.immediate == "shuffle" { return shuffle(instruction) }
    if instruction.name.hasSuffix("swizzle") { return swizzle(instruction) }
    var fields = "R" + String(repeating: "s", count: instruction.operands.count)
    if instruction.immediate == "lane" { fields += "n" }
    return plainRow(
        instruction.name, "As the instruction of the name.", family: "Vector", fields: fields, meaning: meaning(instruction),
        body: { offsets in
            var arguments = instruction.operands.enumerated().map { readOperand($0.element, at: offsets[$0.offset + 1]) }
            if instruction.immediate == "lane" { arguments.insert("immediateU32(pc, \(offsets.last!))", at: 1) }
            let call = "\(vectorFunction(instruction.name))(\(arguments.joined(separator: ", ")))"
            return writeResult(instruction.result, instruction.name, call)
        })
}

/// Bytes that a memory instruction touches, and the value it makes of them at `p` (with `v` and `lane` when it has them).
private func memoryAccess(_ name: String) -> (width: Int, expression: String) {
    func word(_ bits: Int) -> String { "p.loadUnaligned(as: UInt\(bits).self)" }
    let access = String(name.dropFirst("v128.".count))
    let shapes = ["8": ("I8x16", 1), "16": ("I16x8", 2), "32": ("I32x4", 4), "64": ("I64x2", 8)]
    switch access {
    case "load": return (16, "loadVector(p)")
    case "store": return (16, "storeVector(p, v)")
    case "load32_zero": return (4, "V128(low: UInt64(\(word(32))), high: 0)")
    case "load64_zero": return (8, "V128(low: \(word(64)), high: 0)")
    default: break
    }
    let bits = String(access.drop { !$0.isNumber }.prefix { $0.isNumber })
    let (shape, width) = shapes[bits]!
    let value = bits == "64" ? word(64) : bits == "32" ? word(32) : "UInt32(\(word(Int(bits)!)))"
    if access.hasSuffix("_splat") { return (width, "\(shape).splat(\(value))") }
    if access.hasSuffix("_lane") {
        if access.hasPrefix("load") { return (width, "\(shape).replaceLane(v, lane, \(value))") }
        return (width, "p.storeBytes(of: UInt\(bits)(truncatingIfNeeded: \(shape).extractLaneU(v, lane)), as: UInt\(bits).self)")
    }
    // load8x8_s and its like.
    let wide = ["8": "I16x8", "16": "I32x4", "32": "I64x2"][bits]!
    return (8, "\(wide).extendLow\(access.hasSuffix("s") ? "S" : "U")(V128(low: \(word(64)), high: 0))")
}

private func memory(_ instruction: VectorInstruction, any: Bool) -> Row {
    let isStore = instruction.name.contains("store")
    let isLane = instruction.immediate.hasSuffix("lane")
    let fields = (isStore ? "" : "R") + "s" + (isStore || isLane ? "s" : "") + (any ? "n" : "o") + (isLane ? "n" : "") + (any ? "I" : "")
    let access = memoryAccess(instruction.name)
    func body(_ offsets: [Int], checked: Bool) -> String {
        var next = isStore ? 0 : 1
        func field() -> Int {
            next += 1
            return offsets[next - 1]
        }
        let address = field()
        var text = ""
        if isStore || isLane { text += "    let v = slotVector(pc, \(field()), fp)\n" }
        let place = field()
        if isLane { text += "    let lane = immediateU32(pc, \(field()))\n" }
        if any {
            text += "    let field = immediateU32(pc, \(place))\n"
            text += "    let memory = memoryState(inst, field & 0x7FFF_FFFF)\n"
            text += "    let address = field >> 31 == 0 ? UInt64(slotU32(pc, \(address), fp)) : slotU64(pc, \(address), fp)\n"
            text += "    let (ea, carry) = address.addingReportingOverflow(immediateU64(pc, \(field())))\n"
            text += "    if carry || outOfBounds(memory, ea, \(access.width)) { return memoryTrap(pc, fp, mem, inst, ea, d, f) }\n"
            text += "    let p = memory.pointee.base + Int(truncatingIfNeeded: ea)\n"
        } else {
            text += "    let ea = UInt64(slotU32(pc, \(address), fp)) &+ UInt64(immediateU32(pc, \(place)))\n"
            if checked { text += check(access.width) }
            text += "    let p = mem + Int(truncatingIfNeeded: ea)\n"
        }
        return text + (isStore ? "    \(access.expression)\n" : "    setSlotVector(pc, 8, fp, \(access.expression))\n")
    }
    // Two stores: were only the second to fault, the first would have been made, in whichever order the compiler leaves them.
    let isAlwaysChecked = isStore && access.width == 16
    return plainRow(
        instruction.name + (any ? ".any" : ""),
        any ? "`\(instruction.name)` of any memory." : "As the instruction of the name, in memory 0 with 32-bit addresses.",
        family: "Vector", fields: fields,
        meaning: any ? Meaning(.handler) : meaning(memory: instruction.name, operands: isStore || isLane ? "sv" : "s"),
        body: { body($0, checked: isAlwaysChecked) },
        checkedBody: any || isAlwaysChecked ? nil : { body($0, checked: true) })
}

func simdRows() -> [Row] {
    let table = try! String(contentsOfFile: "Runtime/Module/Opcodes/opcodes.txt", encoding: .utf8)
    let instructions = table.split(separator: "\n").compactMap { VectorInstruction(String($0)) }
    // `v128.const` has an operation already, among the moves.
    var rows = instructions.filter { $0.name != "v128.const" }.map { $0.isMemory ? memory($0, any: false) : arithmetic($0) }
    rows += instructions.filter(\.isMemory).map { memory($0, any: true) }
    return rows
}
