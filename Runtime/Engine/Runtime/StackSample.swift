// StackSample: which functions are on the stack of a guest that was interrupted at any instruction, for sampling profilers.
// Reads only; allocates nothing; nothing it is handed is trusted.

import WasmModule

/// What the parameters of a handler hold when it is interrupted. An instruction before the handler's last they may belong to different
/// functions; `sampleStack` finds out.
public struct HandlerRegisters {
    let pc: UInt
    let frame: UInt
    let instance: UInt

    /// The first, second and fourth parameter: on riscv64 `a0`, `a1` and `a3`.
    public init(pc: UInt, frame: UInt, instance: UInt) {
        self.pc = pc
        self.frame = frame
        self.instance = instance
    }
}

extension Store {
    /// The indices of the functions on the stack, innermost first, as many as there is room for; nil when the stack cannot be followed:
    /// nothing runs, or the guest was interrupted in the middle of a call. `registers`: of the interrupted handler; without them the
    /// stack is that of the host function that runs.
    public func sampleStack(_ registers: HandlerRegisters?, into functions: UnsafeMutableBufferPointer<UInt32>) -> Int? {
        guard let state = running else { return nil }
        var position = FramePosition(
            pc: state.pointee.pc, frame: state.pointee.frame, instance: state.pointee.instance, crossingCount: state.pointee.crossingCount)
        if let registers {
            guard let pc = UnsafeRawPointer(bitPattern: registers.pc),
                let frame = UnsafeMutableRawPointer(bitPattern: registers.frame),
                let instance = instances.first(where: { UInt(bitPattern: $0.state) == registers.instance })
            else { return nil }
            position.pc = pc
            position.frame = frame
            position.instance = instance.state
        } else if hostNesting == 0, !state.pointee.isInDirectCall {
            return nil
        }
        let lowest = UInt(bitPattern: state.pointee.stackBase)
        let highest = UInt(bitPattern: state.pointee.stackLimit) + UInt(Execution.redZoneByteCount) - 8
        var count = 0
        var isInnermost = registers != nil
        while count < functions.count {
            let module = position.instance.pointee.owner._withUnsafeGuaranteedRef { $0.module }
            guard let code = module.functionCodeInInterrupt(containing: isInnermost ? position.pc : position.pc - 1) else { return nil }
            functions[count] = code.functionIndex
            count += 1
            let header = UInt(bitPattern: position.frame) &+ UInt(code.headerOffset)
            guard header >= lowest, header <= highest, header & 7 == 0 else { return nil }
            let back = (position.frame + Int(code.headerOffset)).load(as: UnsafeRawPointer?.self)
            guard let back else { return nil }
            let isOutermost = back == state.pointee.finishCell || back == state.pointee.restoreCell
            guard isOutermost || module.functionCodeInInterrupt(containing: back - 1) != nil else { return nil }
            guard let caller = caller(of: position, header: Int(code.headerOffset), state) else { return count }
            position = caller
            isInnermost = false
        }
        return count
    }
}
