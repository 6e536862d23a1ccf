// Frames: walking the frames of an execution, for backtraces and exceptions.

import Containers
import WasmModule

/// A position in a guest's code.
struct FramePosition {
    var pc: UnsafeRawPointer
    var frame: UnsafeMutableRawPointer
    var instance: UnsafeMutablePointer<InstanceState>
    /// Crossings not yet passed.
    var crossingCount: Int
}

extension Store {
    /// The position in the caller; nil at the outermost frame. `header` is the offset of the frame's header.
    func caller(of position: FramePosition, header: Int, _ state: UnsafeMutablePointer<ExecutionState>) -> FramePosition? {
        var back = (position.frame + header).load(as: UnsafeRawPointer.self)
        var instance = position.instance
        var crossings = position.crossingCount
        if back == state.pointee.finishCell { return nil }
        if back == state.pointee.restoreCell {
            crossings -= 1
            guard crossings >= 0, let all = state.pointee.crossings else { return nil }
            instance = all[crossings].instance
            back = all[crossings].back
        }
        return FramePosition(
            pc: back, frame: position.frame - Int(back.load(fromByteOffset: -4, as: Int32.self)), instance: instance,
            crossingCount: crossings)
    }

    /// Fills a trap's backtrace: the innermost frames, and how many there are beyond.
    func captureBacktrace(_ state: UnsafeMutablePointer<ExecutionState>, into trap: inout Trap) {
        var position = FramePosition(
            pc: state.pointee.pc, frame: state.pointee.frame, instance: state.pointee.instance,
            crossingCount: state.pointee.crossingCount)
        var isInnermost = true
        while true {
            let module = position.instance.pointee.owner._withUnsafeGuaranteedRef { $0.module }
            // A return address is the cell behind its call, perhaps the next function's first.
            guard let code = module.functionCode(containing: isInnermost ? position.pc : position.pc - 1) else { return }
            if trap.backtrace.count < engine.config.backtraceFrameLimit {
                let offset = module.moduleOffset(of: code, at: isInnermost ? position.pc : position.pc - 1)
                trap.backtrace.append(BacktraceFrame(functionIndex: code.functionIndex, moduleOffset: offset, module: module))
            } else {
                trap.elidedFrameCount += 1
            }
            guard let caller = caller(of: position, header: Int(code.headerOffset), state) else { return }
            position = caller
            isInnermost = false
        }
    }
}
