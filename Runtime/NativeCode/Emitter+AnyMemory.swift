// Loads and stores of memories beyond the first, and of those with 64-bit addresses. The end of an access is compared with the memory's size,
// whatever memory 0 is; what is outside is its handler's, which traps.

import Containers
import MachineCode
import WasmOperations

extension Emitter {
    /// Emits a load or a store of any memory.
    mutating func emitAnyAccess(_ cell: Cell) {
        let isLoad = cell.meaning.shape == .anyLoad
        let width = width(cell.meaning.micro)
        let memory = UInt32(bitPattern: cell.addressField)
        let offset = UInt64(bitPattern: cell.field64(24))
        // What code does not reach by one instruction is the handler's.
        let isFar = offset >= 1 << 30 || memory >= 256
        if isFar { code.append(.jal, .zero, to: exit(cell)) }
        let end = isFar ? width : Int(offset) + width
        bases.forgetAll()
        // Not from a pin, of which the checker may know something else than that it is a number.
        var index = read(cell.first, .t0)
        if index != .t0 {
            code.append(.or, .t0, index, .zero)
            index = .t0
        }
        if cell.meaning.address != .wide {
            code.append(.addUw, .t0, index, .zero)
        }
        let exit = trapExit(cell)
        code.addImmediate(.t1, index, end, scratch: .t1)
        if cell.meaning.address == .wide { code.append(.bltu, .t1, index, to: exit) }
        loadMemoryState(isFar ? 0 : Int(memory))
        code.append(.ld, .s10, .t2, offset: layout.memoryByteCount)
        code.append(.bltu, .s10, .t1, to: exit)
        if memory != 0 { code.append(.ld, .t2, .t2, offset: layout.memoryBase) }
        code.append(.add, .t0, .t1, memory == 0 || isFar ? .memory : .t2)
        if isLoad { return emitLoad(cell, .t0, -width, mayFault: false) }
        let value = read(cell.second, .t1)
        code.append(storeForm(width), value, .t0, offset: -width)
    }

    /// The state of a memory in `t2`.
    private mutating func loadMemoryState(_ memory: Int) {
        guard memory != 0 else { return code.append(.ld, .t2, .instance, offset: layout.memory) }
        code.append(.ld, .t2, .instance, offset: layout.memories)
        code.append(.ld, .t2, .t2, offset: memory * 8)
    }
}
