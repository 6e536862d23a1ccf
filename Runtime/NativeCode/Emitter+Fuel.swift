// Fuel: what is left lies in a register, less the reserve, from where native code is entered until it is left. Calls, handlers and traps find
// it where threaded code keeps it.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// Loads the fuel that is left.
    mutating func loadFuel() {
        guard layout.isMetered else { return }
        code.append(.ld, .fuel, .execution, offset: layout.executionFuel)
    }

    /// Stores it: the register and `reserve` more. Uses `t0`.
    mutating func storeFuel(_ reserve: Int) {
        guard layout.isMetered else { return }
        if reserve != 0 { code.addImmediate(.t0, .fuel, reserve, scratch: .t0) }
        code.append(.sd, reserve == 0 ? .fuel : .t0, .execution, offset: layout.executionFuel)
    }

    /// Stores it where native code is left for good.
    mutating func storeFuel() { storeFuel(reserve) }

    /// A block begins.
    mutating func beginFuel(_ index: Int) {
        guard layout.isMetered else { return }
        reserve = fuelPlan.reserveAtStart(index)
        isCharged = false
    }

    /// Charges a cell. The first of a block does it for all of them.
    mutating func emitFuel(_ cell: Cell, _ block: Int) {
        let charge = Int(FuelPlan.charge(function.cells, cell.offset))
        defer { reserve -= charge }
        guard !isCharged else { return }
        isCharged = true
        let amount = fuelPlan.charge(block) + fuelPlan.reserveAtEnd(block) - reserve
        if amount != 0 { code.addImmediate(.fuel, .fuel, -amount, scratch: .t2) }
        // The checker wants one where a loop begins.
        let isNeeded = amount > 0 || reserve == 0
        // As it was before: so much more than the register has now.
        reserve += amount
        if isNeeded { code.append(.blt, .fuel, .zero, to: exit(cell)) }
    }
}
