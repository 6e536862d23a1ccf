// The places of operands lead to the operation of that name, and the translator's table to the rows of the instructions' names.

import Testing
import WasmModule
import WasmOperations

@Suite struct OperationTests {
    private static let binary: [(BinaryPlaces, String)] = [
        (.slotSlot, "ss"), (.heldSlot, "as"), (.slotImmediate, "si"), (.heldImmediate, "ai"), (.slotHeld, "sa"), (.immediateSlot, "is"),
        (.immediateHeld, "ia"),
    ]

    private func name(_ operation: Operation) -> String { operation.name.description }

    @Test func places_ofTwoOperands_leadToTheOperationOfTheirLetters() {
        for (places, letters) in OperationTests.binary {
            #expect(name(Operation.i32Sub.with(places)) == "i32.sub_\(letters)")
            #expect(name(Operation.f64Div.with(places, stores: true)) == "f64.div_\(letters)_r")
        }
        for (places, letters) in OperationTests.binary.prefix(4) {
            #expect(name(Operation.i64Add.with(places).storing) == "i64.add_\(letters)_r")
            #expect(name(Operation.brIfIntLtU.branch(places)) == "br_if.int.lt_u_\(letters)")
            #expect(name(Operation.i32AddBrGeS.with(places, .immediate)) == "i32.add_br.ge_s_\(letters)_i")
            #expect(name(Operation.i64AddBrNe.with(places, .slot)) == "i64.add_br.ne_\(letters)_s")
        }
    }

    @Test func places_ofOneOperand_leadToTheOperationOfTheirLetters() {
        #expect(name(Operation.i64Clz.with(UnaryPlaces.slot)) == "i64.clz_s")
        #expect(name(Operation.f32Sqrt.with(UnaryPlaces.held, stores: true)) == "f32.sqrt_a_r")
        #expect(name(Operation.i32MulAdd.with(UnaryPlaces.slot)) == "i32.mul_add_sis")
        #expect(name(Operation.i32ShrAnd.with(UnaryPlaces.held)) == "i32.shr_and_aii")
        #expect(name(Operation.f64MulAdd.with(UnaryPlaces.held)) == "f64.mul_add_ass")
        #expect(name(Operation.globalSetSum.with(UnaryPlaces.held, stores: true)) == "global.set_sum_a_r")
        #expect(name(Operation.brIfZero.branch(UnaryPlaces.held)) == "br_if.zero_a")
    }

    @Test func places_ofAccessesAndMoves_leadToTheOperationOfTheirLetters() {
        let loads: [(LoadPlaces, String)] = [
            (.slot, "s"), (.held, "a"), (.slotPlain, "sz"), (.heldPlain, "az"), (.slotSum, "sw"), (.heldSum, "aw"), (.slotSlotSum, "sx"),
            (.heldSlotSum, "ax"), (.known, "c"),
        ]
        for (places, letters) in loads { #expect(name(Operation.load16U.with(places)) == "load16_u_\(letters)") }
        let stores: [(StorePlaces, String)] = [
            (.slotSlot, "ss"), (.heldSlot, "as"), (.slotHeld, "sa"), (.slotImmediate, "si"), (.heldImmediate, "ai"),
        ]
        let addresses: [(StoreAddress, String)] = [(.offset, ""), (.plain, "z"), (.sum, "w")]
        for (address, suffix) in addresses {
            for (places, letters) in stores { #expect(name(Operation.store8.with(places, address)) == "store8_\(letters)\(suffix)") }
            #expect(name(Operation.f64Store.with(FloatStorePlaces.slotHeld, address)) == "f64.store_sa\(suffix)")
            #expect(name(Operation.f64Store.with(FloatStorePlaces.heldHeld, address)) == "f64.store_aa\(suffix)")
        }
        #expect(name(Operation.store64.with(StorePlaces.knownSlot, .offset)) == "store64_cs")
        #expect(name(Operation.store64.with(StorePlaces.knownHeld, .offset)) == "store64_ca")
        #expect(name(Operation.store64.with(StorePlaces.knownImmediate, .offset)) == "store64_ci")
        #expect(name(Operation.f32Store.with(FloatStorePlaces.knownHeld, .offset)) == "f32.store_ca")
        #expect(name(Operation.select.with(.heldImmediateSlot, stores: false)) == "select_ais")
        #expect(name(Operation.select.with(.slotImmediateImmediate, stores: true)) == "select_sii_r")
        #expect(name(Operation.copyRun(.immediateSlot)) == "copy_is")
        #expect(name(Operation.copyRun(.slotSlotSlotSlot)) == "copy_ssss")
        #expect(Operation.copyRun(.slotSlotSlotSlot).copyForm == .slotSlotSlotSlot)
        #expect(Operation.copyRun(.slotSlotSlotSlot).variant(1).copyForm == nil)
        #expect(name(.clearing(1)) == "enter_1")
        #expect(name(.clearing(Operation.mostClearedAtOnce)) == "enter_8")
    }

    @Test func comparisons_knowTheirRelatives() throws {
        let less = try #require(comparison(.intLtS))
        #expect(less.opposite == .intGeS && less.branch == .brIfIntLtS && less.branchUnless == .brIfIntGeS)
        #expect(less.addBranch(isWord: true) == .i32AddBrLtS && less.addBranch(isWord: false) == .i64AddBrLtS)
        // No opposite: neither holds of a NaN.
        let float = try #require(comparison(.f64Ge))
        #expect(float.opposite == nil && float.branch == .brIfF64Ge && float.branchUnless == .brUnlessF64Ge)
        #expect(comparison(.intAnd) == nil)
        #expect(comparison(.none) == nil)
    }

    @Test func instructions_becomeTheRowsOfTheirNames() {
        let table = InstructionLowering.table()
        for row in Opcode.allRows {
            let lowering = InstructionLowering(word: table[Int(row.opcode.rawValue)])
            guard lowering.rule != .special, lowering.rule != .nothing else { continue }
            let operation = name(lowering.operation)
            switch lowering.rule {
            case .load, .store, .floatStore: #expect(name(lowering.partner).hasSuffix(".any32") && name(lowering.wide).hasSuffix(".any64"))
            case .vectorLoad, .vectorStore, .vectorLoadLane, .vectorStoreLane: #expect(name(lowering.partner) == row.name + ".any")
            case .vector: #expect(operation == row.name)
            case .comparison: #expect(comparison(operationMeaning(lowering.operation.rawValue).micro) != nil, "\(row.name)")
            case .ordered, .difference: #expect(operation == row.name + "_ss")
            default: break
            }
        }
    }
}
