// MemoryRows: loads and stores of memory 0 with 32-bit addresses, guarded and checked, and those of any memory.
//
// A guarded access forms base + address + offset and touches it: the window behind the base is 8 GiB and a guard, so the sum of
// two 32-bit numbers cannot leave it. A checked one compares first. (`v128.store`, two stores to the machine, is always checked.)

/// What a load reads: a Swift type and how it becomes the accumulator's value.
let loadKinds: [(name: String, type: String, width: Int, result: Kind, expression: String)] = [
    ("load8_s", "Int8", 1, .u64, "UInt64(bitPattern: Int64(v))"),
    ("load8_u", "UInt8", 1, .u64, "UInt64(v)"),
    ("load16_s", "Int16", 2, .u64, "UInt64(bitPattern: Int64(v))"),
    ("load16_u", "UInt16", 2, .u64, "UInt64(v)"),
    ("load32_s", "Int32", 4, .u64, "UInt64(bitPattern: Int64(v))"),
    ("load32_u", "UInt32", 4, .u64, "UInt64(v)"),
    ("load64", "UInt64", 8, .u64, "v"),
    ("f32.load", "Float", 4, .f32, "v"),
    ("f64.load", "Double", 8, .f64, "v"),
]

/// What a store writes.
let storeKinds: [(name: String, type: String, width: Int, value: Kind)] = [
    ("store8", "UInt8", 1, .u64), ("store16", "UInt16", 2, .u64), ("store32", "UInt32", 4, .u64), ("store64", "UInt64", 8, .u64),
    ("f32.store", "Float", 4, .f32), ("f64.store", "Double", 8, .f64),
]

/// The check of a checked access: `ea` is the effective address, which cannot have overflowed.
func check(_ width: Int) -> String {
    "    if ea &+ \(width) > memoryByteCount(inst) { return memoryTrap(pc, fp, mem, inst, ea, d, f) }\n"
}

/// The fields of an address form, and the expression of the effective address, the fields beginning with number `first`.
func address(_ form: String) -> (fields: String, expression: (_ offsets: [Int], _ first: Int) -> String) {
    let operand = form.first!
    func read(_ offset: Int) -> String { Kind.u32.read(operand, at: offset) }
    switch form {
    case "c": return ("o", { "UInt64(immediateU32(pc, \($0[$1])))" })
    case "s", "a": return ("\(operand)o", { "UInt64(\(read($0[$1]))) &+ UInt64(immediateU32(pc, \($0[$1 + 1])))" })
    case "sz", "az": return ("\(operand)", { "UInt64(\(read($0[$1])))" })
    case "sw", "aw": return ("\(operand)i", { "UInt64(\(read($0[$1])) &+ immediateU32(pc, \($0[$1 + 1])))" })
    default: return ("\(operand)s", { "UInt64(\(read($0[$1])) &+ slotU32(pc, \($0[$1 + 1]), fp))" })
    }
}

private func load(_ kind: (name: String, type: String, width: Int, result: Kind, expression: String)) -> Row {
    var variants: [Variant] = []
    for form in Forms.address {
        for resultForm in ["r", "R"] {
            let parts = address(form)
            let fields = resultForm + parts.fields
            let (offsets, size) = Layout.offsets(fields)
            let ea = parts.expression(offsets, 1)
            var ending = "    let r = \(kind.expression)\n"
            if resultForm == "R" { ending += "    setSlot(pc, 8, fp, r)\n" }
            ending += "    " + next(size, replacing: kind.result.accumulator)
            let read = "    let v = (mem + Int(truncatingIfNeeded: ea)).loadUnaligned(as: \(kind.type).self)\n"
            variants.append(
                Variant(
                    name: "\(kind.name)_\(form)\(resultForm == "R" ? "_r" : "")", fields: fields, writes: kind.result.accumulator,
                    body: "    let ea = \(ea)\n" + read + ending,
                    checkedBody: "    let ea = \(ea)\n" + check(kind.width) + read + ending,
                    meaning: Meaning(.load, kind.name, operands: form == "c" ? "" : String(form.prefix(1)), address: AddressForm(form))))
        }
    }
    return Row(name: kind.name, summary: "Loads \(kind.width) bytes of memory 0.", variants: variants, family: "Load")
}

private func store(_ kind: (name: String, type: String, width: Int, value: Kind)) -> Row {
    var variants: [Variant] = []
    let isFloat = kind.value == .f32 || kind.value == .f64
    for form in isFloat ? Forms.floatStore : Forms.store {
        for suffix in form.hasPrefix("c") ? [""] : Forms.storeSuffixes {
            let letters = Array(form)
            let parts = address(String(letters[0]) + suffix)
            // The value's field comes first, so that the address's fields can be any.
            let fields = String(letters[1]) + parts.fields
            let (offsets, size) = Layout.offsets(fields)
            let ea = parts.expression(offsets, 1)
            let value = kind.value.read(letters[1], at: offsets[0])
            let write =
                "    (mem + Int(truncatingIfNeeded: ea)).storeBytes(of: \(isFloat ? "v" : "\(kind.type)(truncatingIfNeeded: v)"), as: \(kind.type).self)\n"
            let start = "    let v = \(value)\n    let ea = \(ea)\n"
            variants.append(
                Variant(
                    name: "\(kind.name)_\(form)\(suffix)", fields: fields, writes: .none,
                    body: start + write + "    " + next(size),
                    checkedBody: start + check(kind.width) + write + "    " + next(size),
                    meaning: Meaning(
                        .store, kind.name, operands: String(letters[1]) + (letters[0] == "c" ? "" : String(letters[0])),
                        of: kind.value.accumulator, address: AddressForm(String(letters[0]) + suffix))))
        }
    }
    return Row(name: kind.name, summary: "Stores \(kind.width) bytes to memory 0.", variants: variants, family: "Store")
}

/// Any memory, 32- or 64-bit addresses: memory index, 64-bit offset; the check cannot overflow.
private func anyLoad(_ kind: (name: String, type: String, width: Int, result: Kind, expression: String), address64: Bool) -> Row {
    let fields = "RsnI"
    let (offsets, size) = Layout.offsets(fields)
    let address = address64 ? "slotU64(pc, \(offsets[1]), fp)" : "UInt64(slotU32(pc, \(offsets[1]), fp))"
    let body = """
            let memory = memoryState(inst, immediateU32(pc, \(offsets[2])))
            let (ea, carry) = \(address).addingReportingOverflow(immediateU64(pc, \(offsets[3])))
            if carry || outOfBounds(memory, ea, \(kind.width)) { return memoryTrap(pc, fp, mem, inst, ea, d, f) }
            let v = (memory.pointee.base + Int(truncatingIfNeeded: ea)).loadUnaligned(as: \(kind.type).self)
            let r = \(kind.expression)
            setSlot(pc, 8, fp, r)
            \(next(size, replacing: kind.result.accumulator))
        """
    let name = kind.name + (address64 ? ".any64" : ".any32")
    return Row(
        name: name, summary: "Loads \(kind.width) bytes of any memory with \(address64 ? 64 : 32)-bit addresses.",
        variants: [
            Variant(
                name: name, fields: fields, writes: kind.result.accumulator, body: body,
                meaning: Meaning(.anyLoad, kind.name, operands: "s", address: address64 ? .wide : .offset))
        ], family: "AnyMemory")
}

private func anyStore(_ kind: (name: String, type: String, width: Int, value: Kind), address64: Bool) -> Row {
    let fields = "ssnI"
    let (offsets, size) = Layout.offsets(fields)
    let address = address64 ? "slotU64(pc, \(offsets[0]), fp)" : "UInt64(slotU32(pc, \(offsets[0]), fp))"
    let body = """
            let v = slotU64(pc, \(offsets[1]), fp)
            let memory = memoryState(inst, immediateU32(pc, \(offsets[2])))
            let (ea, carry) = \(address).addingReportingOverflow(immediateU64(pc, \(offsets[3])))
            if carry || outOfBounds(memory, ea, \(kind.width)) { return memoryTrap(pc, fp, mem, inst, ea, d, f) }
            (memory.pointee.base + Int(truncatingIfNeeded: ea)).storeBytes(of: \(kind.type)(truncatingIfNeeded: v), as: \(kind.type).self)
            \(next(size))
        """
    let name = kind.name + (address64 ? ".any64" : ".any32")
    return Row(
        name: name, summary: "Stores \(kind.width) bytes to any memory with \(address64 ? 64 : 32)-bit addresses.",
        variants: [
            Variant(
                name: name, fields: fields, writes: .none, body: body,
                meaning: Meaning(.anyStore, kind.name, operands: "ss", address: address64 ? .wide : .offset))
        ], family: "AnyMemory")
}

func memoryRows() -> [Row] {
    var rows = loadKinds.map { load($0) } + storeKinds.map { store($0) }
    for address64 in [false, true] {
        rows += loadKinds.map { anyLoad($0, address64: address64) }
        rows += storeKinds.prefix(4).map { anyStore($0, address64: address64) }
    }
    return rows
}
