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

    /// Fills a trap's backtrace: the innermost frames and the outermost, and how many there are between. Refused memory leaves out offsets
    /// and names.
    func captureBacktrace(_ state: UnsafeMutablePointer<ExecutionState>, into trap: inout Trap) {
        var position = FramePosition(
            pc: state.pointee.pc, frame: state.pointee.frame, instance: state.pointee.instance,
            crossingCount: state.pointee.crossingCount)
        var isInnermost = true
        let limit = max(engine.config.backtraceFrameLimit, 0)
        // Of more than the limit, the second half of the backtrace is a ring in which the last frames replace each other.
        let ringStart = (limit + 1) / 2
        while true {
            // A return address is the cell behind its call, perhaps the next function's first.
            let pc = isInnermost ? position.pc : position.pc - 1
            let found = position.instance.pointee.owner._withUnsafeGuaranteedRef { instance -> FunctionCode? in
                guard let code = instance.module.functionCode(containing: pc) else { return nil }
                let frame = BacktraceFrame(functionIndex: code.functionIndex, moduleOffset: pc - code.start, module: instance.module)
                if trap.backtrace.count < limit {
                    trap.backtrace.append(frame)
                } else {
                    if ringStart < limit { trap.backtrace[ringStart + trap.elidedFrameCount % (limit - ringStart)] = frame }
                    trap.elidedFrameCount += 1
                }
                return code
            }
            guard let code = found, let caller = caller(of: position, header: Int(code.headerOffset), state) else { break }
            position = caller
            isInnermost = false
        }
        if trap.elidedFrameCount > 0 {
            trap.elidedFramePosition = ringStart
            if ringStart < limit { straighten(&trap.backtrace, from: ringStart, by: trap.elidedFrameCount % (limit - ringStart)) }
        }
        findModuleOffsets(&trap.backtrace)
        guard trap.code == .invalidFunction, let innermost = trap.backtrace.first, let module = innermost.module else { return }
        trap.invalidity = SourceMap(module, innermost.functionIndex).failure
        trap.backtrace[0].moduleOffset = trap.invalidity?.offset ?? -1
    }

    /// Puts the oldest frame of the ring, which lies `count` behind `start`, to its start.
    private func straighten(_ frames: inout [BacktraceFrame], from start: Int, by count: Int) {
        for _ in 0..<count {
            let first = frames[start]
            for index in start + 1..<frames.count { frames[index - 1] = frames[index] }
            frames[frames.count - 1] = first
        }
    }

    /// Turns each frame's offset in its code into one in its module: a function is translated once more, however often it occurs.
    private func findModuleOffsets(_ frames: inout [BacktraceFrame]) {
        for first in frames.indices where !frames[first].isOffsetKnown {
            guard let module = frames[first].module else { continue }
            let function = frames[first].functionIndex
            var map = SourceMap(module, function)
            for index in first..<frames.count where frames[index].module === module && frames[index].functionIndex == function {
                frames[index].moduleOffset = map.moduleOffset(ofCodeOffset: frames[index].moduleOffset)
                frames[index].isOffsetKnown = true
            }
        }
    }
}

/// From a function's code to its instructions.
struct SourceMap: ~Copyable {
    private var translator: Translator
    /// Why the function cannot be translated.
    private(set) var failure: WasmError?

    /// Translates the function anew, which no table kept need be for; knows nothing when memory is refused.
    init(_ module: Module, _ function: UInt32) {
        translator = Translator(module)
        translator.recordsSourceMap = true
        do throws(WasmError) {
            try translator.translate(body: Int(function) - module.image.importedFunctionCount)
        } catch {
            failure = error
        }
    }

    /// The offset in the module of the instruction that the cell at `offset` was made for; -1 when it is not known.
    mutating func moduleOffset(ofCodeOffset offset: Int) -> Int {
        guard failure == nil else { return -1 }
        var found = -1
        for index in 0..<translator.sourceMap.count {
            let entry = translator.sourceMap.base[index]
            // Cells may have been taken back: the last entry that is not behind counts.
            if Int(entry.cell) <= offset { found = Int(entry.instruction) }
        }
        return found
    }
}
