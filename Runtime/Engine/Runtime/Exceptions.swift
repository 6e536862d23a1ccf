// Exceptions: making them, finding who catches (core specification, 4.4.9 and 4.4.10), and giving them back.

import Containers
import WasmModule

extension Store {
    /// A new exception with the values at `base`, the last live ones of the innermost frame; nil when memory is refused.
    func throwException(_ tag: UnsafeMutablePointer<TagState>, _ base: UnsafeMutableRawPointer) -> UnsafeMutablePointer<ExceptionState>? {
        let slotCount = Int(tag.pointee.parameterSlotCount)
        let top = base + slotCount * 8
        collectExceptionsIfDue(top: top)
        var made = makeException(tag, slotCount: slotCount)
        if made == nil {
            collectExceptions(top: top, values: [])
            made = makeException(tag, slotCount: slotCount)
        }
        guard let exception = made else { return nil }
        ExceptionState.slots(exception).update(from: base.assumingMemoryBound(to: UInt64.self), count: slotCount)
        return exception
    }

    private func makeException(_ tag: UnsafeMutablePointer<TagState>, slotCount: Int) -> UnsafeMutablePointer<ExceptionState>? {
        let byteCount = ExceptionState.byteCount(slots: slotCount)
        guard let raw = Allocation.tryAllocate(byteCount: byteCount) else { return nil }
        let exception = raw.bindMemory(to: ExceptionState.self, capacity: 1)
        exception.initialize(to: ExceptionState(tag: tag, next: exceptions, slotCount: slotCount))
        exceptions = exception
        exceptionCount += 1
        exceptionByteCount += byteCount
        return exception
    }

    /// Makes an exception for `HostOutcome.throwException`; nil when memory is refused or `slots` are not the tag's. The host holds it
    /// until it throws it.
    public func makeException(_ tag: Tag, slots: [UInt64]) -> ExceptionReference? {
        guard tag.store === self, slots.count == Int(tag.state.pointee.parameterSlotCount) else { return nil }
        collectExceptionsIfDue(top: nil, values: slots)
        guard let exception = makeException(tag.state, slotCount: slots.count) else { return nil }
        exception.pointee.isHeldByHost = true
        for index in slots.indices { ExceptionState.slots(exception)[index] = slots[index] }
        return ExceptionReference(raw: UnsafeMutableRawPointer(exception))
    }

    /// Finds the handler of the thrown exception and sets the state to go on there; false when nobody catches it.
    func unwind(_ state: UnsafeMutablePointer<ExecutionState>) -> Bool {
        guard let exception = state.pointee.exception else { return false }
        var position = FramePosition(
            pc: state.pointee.pc, frame: state.pointee.frame, instance: state.pointee.instance,
            crossingCount: state.pointee.crossingCount)
        var isInnermost = true
        while true {
            let module = position.instance.pointee.owner._withUnsafeGuaranteedRef { $0.module }
            guard let code = module.functionCode(containing: isInnermost ? position.pc : position.pc - 1) else { return false }
            let offset = UInt32((isInnermost ? position.pc : position.pc - 1) - code.start)
            var depthLimit = UInt32.max
            for index in 0..<Int(code.handlerCount) {
                let handler = code.handlers![index]
                guard offset >= handler.start, offset < handler.end, handler.depth <= depthLimit else { continue }
                if handler.kind == .delegate {
                    depthLimit = handler.delegateDepth
                    continue
                }
                if handler.hasTag {
                    guard position.instance.pointee.tags[Int(handler.tag)] == exception.pointee.tag else { continue }
                }
                var target = (position.frame + Int(handler.slot)).assumingMemoryBound(to: UInt64.self)
                if handler.hasTag {
                    target.update(from: ExceptionState.slots(exception), count: exception.pointee.slotCount)
                    target += exception.pointee.slotCount
                }
                if handler.pushesReference { target.pointee = UInt64(UInt(bitPattern: exception)) }
                if handler.keepSlot >= 0 {
                    (position.frame + Int(handler.keepSlot)).storeBytes(of: UInt64(UInt(bitPattern: exception)), as: UInt64.self)
                }
                state.pointee.pc = code.start + Int(handler.target)
                state.pointee.frame = position.frame
                state.pointee.instance = position.instance
                state.pointee.crossingCount = position.crossingCount
                state.pointee.exception = nil
                return true
            }
            guard let caller = caller(of: position, header: Int(code.headerOffset), state) else { return false }
            position = caller
            isInnermost = false
        }
    }
}
