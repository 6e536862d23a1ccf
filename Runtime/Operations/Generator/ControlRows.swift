// ControlRows: moves, branches, calls, and the operations on state whose handlers are written by hand.
//
// A stack operation (its first field is named `base`) takes its operands from consecutive slots and leaves its result in the first.

func moveRows() -> [Row] {
    var rows: [Row] = []
    func move(_ name: String, _ summary: String, _ fields: String, _ meaning: Meaning, _ value: ([Int]) -> String) {
        rows.append(
            plainRow(
                name, summary, family: "Move", fields: fields, meaning: meaning, body: { "    setSlot(pc, 8, fp, \(value($0)))\n" }))
    }
    move("copy_s", "Copies a slot.", "Rs", Meaning(.copy, operands: "s")) { "slotU64(pc, \($0[1]), fp)" }
    move("copy_a", "Stores the integer accumulator.", "R", Meaning(.copy, operands: "a")) { _ in "acc" }
    move("copy_d", "Stores the double accumulator.", "R", Meaning(.copyDouble)) { _ in "d" }
    move("copy_f", "Stores the single accumulator.", "R", Meaning(.copySingle)) { _ in "f" }
    move("copy_i", "Stores a sign-extended 32-bit immediate.", "Ri", Meaning(.copy, operands: "i")) {
        "UInt64(bitPattern: Int64(immediateI32(pc, \($0[1]))))"
    }
    move("copy_I", "Stores a 64-bit immediate.", "RI", Meaning(.copy, operands: "I")) { "immediateU64(pc, \($0[1]))" }
    rows.append(copyRun())
    rows.append(enterFew())
    rows.append(
        plainRow(
            "copy_v128", "Copies two neighbouring slots.", family: "Move", fields: "Rs", meaning: Meaning(.copyVector, operands: "s"),
            body: {
                """
                    let low = slotU64(pc, \($0[1]), fp)
                    let high = slotU64(pc, \($0[1]), fp + 8)
                    setSlot(pc, 8, fp, low)
                    setSlot(pc, 8, fp + 8, high)

                """
            }))
    rows.append(
        plainRow(
            "const_v128", "Stores a 128-bit immediate.", family: "Move", fields: "RII", meaning: Meaning(.constantVector),
            body: {
                "    setSlot(pc, 8, fp, immediateU64(pc, \($0[1])))\n    setSlot(pc, 8, fp + 8, immediateU64(pc, \($0[2])))\n"
            }))
    rows.append(
        valueRow(
            "select", "The second operand when the first is not zero, else the third.", family: "Move", forms: Forms.select,
            operands: [.i64, .u64, .u64], result: .u64
        ) { _ in "a != 0 ? b : c" })
    rows.append(
        plainRow(
            "select_v128", "As `select`, for two neighbouring slots.", family: "Move", fields: "Rsss",
            meaning: Meaning(.vector, "select_v128", operands: "svv"),
            body: {
                """
                    let isFirst = slotU64(pc, \($0[1]), fp) != 0
                    let source = isFirst ? slotAddress(pc, \($0[2]), fp) : slotAddress(pc, \($0[3]), fp)
                    let low = source.load(as: UInt64.self)
                    let high = source.load(fromByteOffset: 8, as: UInt64.self)
                    setSlot(pc, 8, fp, low)
                    setSlot(pc, 8, fp + 8, high)

                """
            }))
    rows.append(
        valueRow(
            "global.get", "Reads a global (its index times 8).", family: "Move", forms: [""], operands: [], result: .u64, trailing: "n",
            meaning: Meaning(.globalGet)
        ) { "globalState(inst, immediateU32(pc, \($0[0]))).pointee.low" })
    for form in ["s", "a", "i"] {
        rows.append(
            plainRow(
                "global.set_\(form)", "Writes a global (its index times 8).", family: "Move", fields: "n\(form)",
                meaning: Meaning(.globalSet, operands: form),
                body: {
                    "    let v = \(Kind.u64.read(Character(form), at: $0[1]))\n    globalState(inst, immediateU32(pc, \($0[0]))).pointee.low = v\n"
                }))
    }
    rows += globalSums()
    rows.append(
        plainRow(
            "global.get_v128", "Reads a 128-bit global (its index times 8).", family: "Move", fields: "Rn",
            meaning: Meaning(.vector, "global.get_v128"),
            body: {
                "    let global = globalState(inst, immediateU32(pc, \($0[1]))).pointee\n    setSlot(pc, 8, fp, global.low)\n    setSlot(pc, 8, fp + 8, global.high)\n"
            }))
    rows.append(
        plainRow(
            "global.set_v128", "Writes a 128-bit global (its index times 8).", family: "Move", fields: "ns",
            body: {
                "    let global = globalState(inst, immediateU32(pc, \($0[0])))\n    global.pointee.low = slotU64(pc, \($0[1]), fp)\n    global.pointee.high = slotU64(pc, \($0[1]), fp + 8)\n"
            }))
    return rows
}

/// Copies in a row, each done before the next is read.
private func copyRun() -> Row {
    let variants = Forms.copyRun.map { forms in
        let fields = forms.map { "R\($0)" }.joined()
        let (offsets, size) = Layout.offsets(fields)
        let body = forms.enumerated().map { index, form in
            "    setSlot(pc, \(offsets[index * 2]), fp, \(Kind.u64.read(form, at: offsets[index * 2 + 1])))\n"
        }
        return Variant(
            name: "copy_" + forms, fields: fields, writes: .none, body: body.joined() + "    " + next(size), meaning: Meaning(.copyRun))
    }
    return Row(name: "copy_run", summary: "Copies slots and immediates, one after the other.", variants: variants, family: "Move")
}

/// Clears locals without a loop: the compiler makes a call of a loop, and a call needs a frame, which costs more than the clearing.
private func enterFew() -> Row {
    let variants = (1...8).map { count in
        let stores = (0..<count).map { "    first.storeBytes(of: 0, toByteOffset: \($0 * 8), as: UInt64.self)\n" }.joined()
        return Variant(
            name: "enter_\(count)", fields: "s", writes: .none,
            body: "    let first = slotAddress(pc, 8, fp)\n" + stores + "    " + next(16), meaning: Meaning(.clear, count: count))
    }
    return Row(name: "enter_few", summary: "Clears one to eight slots from the first on.", variants: variants, family: "Move")
}

/// A global that becomes a sum, which is also the result: how compiled code moves its stack pointer.
private func globalSums() -> [Row] {
    func row(_ name: String, _ summary: String, _ forms: [String], _ operand: (_ form: String, _ offsets: [Int]) -> String) -> Row {
        var variants: [Variant] = []
        for form in forms {
            for result in ["r", "R"] {
                let fields = result + "in" + form
                let (offsets, size) = Layout.offsets(fields)
                let store = result == "R" ? "    setSlot(pc, 8, fp, r)\n" : ""
                let body = """
                        let global = globalState(inst, immediateU32(pc, \(offsets[2])))
                        let r = \(Kind.u32.canonical("I32.add(\(operand(form, offsets)), immediateU32(pc, \(offsets[1])))"))
                        global.pointee.low = r
                    \(store)    \(next(size, replacing: .integer))
                    """
                variants.append(
                    Variant(
                        name: name + "_" + form + (result == "R" ? "_r" : ""), fields: fields, writes: .integer, body: body,
                        meaning: Meaning(form.isEmpty ? .globalAdd : .globalSetSum, operands: form, of: .integer)))
            }
        }
        return Row(name: name, summary: summary, variants: variants, family: "Move")
    }
    return [
        row("global.set_sum", "Sets an i32 global to the sum of an operand and an immediate.", ["s", "a"]) { form, offsets in
            Kind.u32.read(Character(form), at: form == "s" ? offsets[3] : 0)
        },
        row("global.add", "Adds an immediate to an i32 global.", [""]) { _, _ in "UInt32(truncatingIfNeeded: global.pointee.low)" },
    ]
}

func controlRows() -> [Row] {
    [
        plainRowJump("br", "Branches."),
        handwritten(
            "br_table_s", "Branches to the n-th of the targets behind the cell, or the last.", fields: "sn",
            meaning: Meaning(.tableBranch, operands: "s")),
        handwritten(
            "br_table_a", "As `br_table_s`, the index in the accumulator.", fields: "pn", meaning: Meaning(.tableBranch, operands: "a")),
        handwritten("unreachable", "Traps.", fields: "", meaning: Meaning(.leaving)),
        handwritten("enter", "Clears `n` slots from the first on.", fields: "sn", meaning: Meaning(.clearMany)),
        handwritten("enter_large", "Checks that the stack holds `n` bytes more.", fields: "n", meaning: Meaning(.checkFrame)),
        handwritten("fuel", "Charges a basic block; parks the execution when fuel runs out.", fields: "n", meaning: Meaning(.fuel)),
        handwritten(
            "tally", "Counts an entry of function `n`, or a turn of a loop in it, towards its compilation.", fields: "n",
            meaning: Meaning(.nothing)),
        handwritten("tally_over", "What `tally` becomes when the function is not to be compiled.", fields: "n", meaning: Meaning(.nothing)),
        handwritten("return", "Returns; the results are in the frame's first slots.", fields: "h", meaning: Meaning(.giveBack)),
        handwritten("return_s", "Returns one integer.", fields: "hs", writes: .integer, meaning: Meaning(.giveBack, operands: "s")),
        handwritten(
            "return_a", "Returns the integer accumulator.", fields: "h", writes: .integer, meaning: Meaning(.giveBack, operands: "a")),
        handwritten("return_i", "Returns an immediate.", fields: "hi", writes: .integer, meaning: Meaning(.giveBack, operands: "i")),
        handwritten(
            "return_d", "Returns the double accumulator.", fields: "h", writes: .double, meaning: Meaning(.giveBackDouble, operands: "a")),
        handwritten(
            "return_f", "Returns the single accumulator.", fields: "h", writes: .single, meaning: Meaning(.giveBackSingle, operands: "a")),
        handwritten("return_ds", "Returns one double.", fields: "hs", writes: .double, meaning: Meaning(.giveBackDouble, operands: "s")),
        handwritten("return_fs", "Returns one single.", fields: "hs", writes: .single, meaning: Meaning(.giveBackSingle, operands: "s")),
        handwritten("call", "Calls a function of the module.", fields: "Fhd", meaning: Meaning(.call)),
        handwritten("call_import", "Calls an imported function.", fields: "nhpd"),
        handwritten(
            "call_indirect_s", "Calls through a table: index, table, type, header, frame distance.", fields: "snnhpd",
            meaning: Meaning(.callIndirect, operands: "s")),
        handwritten(
            "call_indirect_a", "As `call_indirect_s`, the index in the accumulator.", fields: "pnnhpd",
            meaning: Meaning(.callIndirect, operands: "a")),
        handwritten("call_ref", "Calls through a reference.", fields: "shpd"),
        handwritten(
            "return_call", "Tail-calls a function: own header, arguments' first slot and byte count, callee's header.", fields: "Fhsnh",
            meaning: Meaning(.leaving)),
        handwritten(
            "return_call_import", "Tail-calls an imported function: index, then as `return_call`.", fields: "nhsnh",
            meaning: Meaning(.leaving)),
        handwritten(
            "return_call_indirect", "Tail-calls through a table: index, table, type, then as `return_call`.", fields: "snnhsnh",
            meaning: Meaning(.leaving)),
        handwritten(
            "return_call_ref", "Tail-calls through a reference, then as `return_call`.", fields: "shsnh", meaning: Meaning(.leaving)),
        handwritten(
            "translate", "The stub of function `n`: translates it and becomes a `goto_code`, whose other fields it fills.", fields: "Fhn"),
        handwritten("goto_code", "Goes on in a function's code, which has this header.", fields: "Fhn"),
        handwritten("call_host", "Entered instead of code: calls a host function.", fields: ""),
        handwritten("restore_instance", "Returned to from another instance.", fields: "pd"),
        handwritten("finish", "Returned to by the outermost function.", fields: "pd"),
        handwritten("memory.size", "The pages of memory n.", fields: "Rn"),
        handwritten("memory.grow", "Grows memory n: base, memory.", fields: "sn"),
        handwritten("memory.fill", "base, memory.", fields: "sn"),
        handwritten("memory.copy", "base, destination memory, source memory.", fields: "snn"),
        handwritten("memory.init", "base, memory, segment.", fields: "snn"),
        handwritten("data.drop", "Drops a data segment.", fields: "n"),
        handwritten("table.get", "base, table.", fields: "sn"),
        handwritten("table.set", "base, table.", fields: "sn"),
        handwritten("table.size", "base, table.", fields: "sn"),
        handwritten("table.grow", "base (value, count), table.", fields: "sn"),
        handwritten("table.fill", "base, table.", fields: "sn"),
        handwritten("table.copy", "base, destination table, source table.", fields: "snn"),
        handwritten("table.init", "base, table, segment.", fields: "snn"),
        handwritten("elem.drop", "Drops an element segment.", fields: "n"),
        handwritten("ref.func", "base, function index.", fields: "sn"),
        handwritten("ref.as_non_null", "Traps when the slot is null.", fields: "s"),
        handwritten("throw", "Throws: base of the arguments, tag.", fields: "sn", meaning: Meaning(.leaving)),
        handwritten("throw_ref", "Throws the exception in a slot.", fields: "s", meaning: Meaning(.leaving)),
    ]
}

private func plainRowJump(_ name: String, _ summary: String) -> Row {
    Row(
        name: name, summary: summary,
        variants: [
            Variant(
                name: name, fields: "T", writes: .none, body: "    jump(pc, 8, fp, mem, inst, acc, d, f)", meaning: Meaning(.jump))
        ], family: "Branch")
}
