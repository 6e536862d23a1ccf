// What a fault in a process's thread comes to: a page of its memory, the guest's trap, the end of the process; or, when it is the kernel's
// own, a panic. RISC-V privileged specification 4.1.8. Runs in trap handlers.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory
import WasmEngine

/// The policy for faults.
enum ProcessFaults {
    /// sstatus.SPIE of a frame: whether the interrupted code ran with interrupts on.
    private static let previousInterruptEnable: UInt64 = 1 << 5

    static func register() {
        Traps.setHandler(.loadPageFault) { ProcessFaults.resolve($0, for: .read) }
        Traps.setHandler(.storePageFault) { ProcessFaults.resolve($0, for: .write) }
        Traps.setHandler(.instructionPageFault) { ProcessFaults.resolveInstruction($0) }
    }

    /// An instruction page fault: true when it was machine code that the view had not yet.
    private static func resolveInstruction(_ frame: TrapFramePointer) -> Bool {
        let address = frame.pointee.value
        if SpuriousFaults.resolve(at: address, translation: frame.pointee.translation, for: .execute) { return true }
        guard let process = Scheduler.current.pointee.process, let code = process.pointee.code else { return false }
        return process.pointee.space.showCode(at: address, code.pointee.pages)
    }

    /// A data page fault: true when the thread may go on.
    private static func resolve(_ frame: TrapFramePointer, for permission: PagePermissions) -> Bool {
        if SpuriousFaults.resolve(at: frame.pointee.value, translation: frame.pointee.translation, for: permission) { return true }
        let thread = Scheduler.current
        guard let process = thread.pointee.process else { return false }
        switch process.pointee.space.resolveFault(at: frame.pointee.value) {
        case .filled: return true
        case .outOfBounds(_, let offset):
            return GuestFaultSeam.resume(frame, process.pointee.code, offset: offset)
        case .outOfMemory:
            if thread.pointee.mayEnd { thread.pointee.pendingEnd = .outOfBudget(.memory) }
            return false
        case .outOfStack:
            if thread.pointee.mayEnd { thread.pointee.pendingEnd = .outOfBudget(.stack) }
            return false
        case .foreign: return false
        }
    }

    /// An exception nobody handled: ends the process whose thread it was, or nil for a panic.
    static func fail(_ frame: TrapFramePointer) -> TrapFramePointer? {
        let thread = Scheduler.current
        guard let process = thread.pointee.process, thread.pointee.mayEnd,
            frame.pointee.status & previousInterruptEnable != 0
        else { return nil }
        var reason = thread.pointee.pendingEnd ?? .internalError
        if reason == .internalError, KernelHeap.current.pointee.wasLastRefused {
            OutOfMemory.clear()
            // Under `limit pages` it is that which is used up.
            reason = .outOfBudget(process.pointee.request.pointee.program.limits.pageByteCount == nil ? .heap : .memory)
        }
        if reason == .internalError { report(frame, process) }
        return Scheduler.leaveEnded(thread, process, reason)
    }

    private static func report(_ frame: TrapFramePointer, _ process: Process.Pointer) {
        if TrialAccess.hidesFaults { return }
        Log.line(.error, "process") {
            $0.text("internal error in process ").decimal(unsigned: process.pointee.pid).text(": ")
                .text(Traps.failureText(frame)).text("\n")
            TrapReport.write(frame, to: $0)
        }
    }
}

/// Where a guest's access beyond its memory becomes its trap: the handler that faulted is left for the engine's trap exit.
enum GuestFaultSeam {
    /// Whether an address is in one of the engine's handlers, which linker.ld keeps together.
    static func isInHandler(_ programCounter: UInt64) -> Bool {
        programCounter >= UInt64(machine_handlers_start()) && programCounter < UInt64(machine_handlers_end())
    }

    /// Whether an address is in machine code of a guest.
    static func isInCode(_ programCounter: UInt64) -> Bool { AddressMap.code.contains(programCounter) }

    /// True when the faulting instruction was a guest's and the frame now leads to the engine's exit. Handlers that may fault have no
    /// frame of their own, so the return address and the stack are the run's, and the handler's parameters are still in a0 to a3. Machine code
    /// is alike, except that `a0` is not the cell.
    static func resume(_ frame: TrapFramePointer, _ code: CodeSpace.Pointer?, offset: UInt64) -> Bool {
        if isInCode(frame.pointee.programCounter) {
            guard let cell = code?.pointee.cell(at: frame.pointee.programCounter) else { return false }
            frame.pointee.a0 = cell.address
            if cell.reserve >= 0 {
                let fuel = Int64(bitPattern: frame.pointee.s9) &+ Int64(cell.reserve)
                GuardedFault.note(fuel: fuel, ofExecution: UInt(frame.pointee.s8))
            }
        } else if !isInHandler(frame.pointee.programCounter) {
            return false
        }
        frame.pointee.a4 = offset
        frame.pointee.programCounter = UInt64(GuardedFault.exitAddress)
        return true
    }
}
