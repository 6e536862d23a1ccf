// ExceptionCollector: gives back the exceptions that nothing can reach any more (core specification, 4.2.11 "Exception instances").
//
// A mark and sweep over the store's exceptions alone, begun when a guest throws and enough bytes have been thrown since the last one.
// References are addresses, and value stacks carry no types: a word that is an exception's address keeps it, whatever the word means.

import Containers
import WasmModule

/// What one collection knows: the addresses of all exceptions in a table of its own, and those found but not yet followed.
private struct ExceptionMarker: ~Copyable {
    private let table: UnsafeMutablePointer<UInt>
    private let mask: Int
    private var lowest = UInt.max
    private var highest: UInt = 0
    /// Marked, its own values not yet looked at.
    private var pending: UnsafeMutablePointer<ExceptionState>?

    /// The addresses of a list of `count` exceptions; nil when memory is refused.
    init?(_ first: UnsafeMutablePointer<ExceptionState>?, count: Int) {
        var capacity = 16
        while capacity < count * 2 { capacity *= 2 }
        guard let raw = Allocation.tryAllocate(byteCount: capacity * 8) else { return nil }
        table = raw.bindMemory(to: UInt.self, capacity: capacity)
        table.initialize(repeating: 0, count: capacity)
        mask = capacity - 1
        var next = first
        while let exception = next {
            let address = UInt(bitPattern: exception)
            lowest = min(lowest, address)
            highest = max(highest, address)
            table[place(of: address)] = address
            next = exception.pointee.next
        }
    }

    deinit { Allocation.free(table) }

    /// Where an address is, or would be.
    private func place(of address: UInt) -> Int {
        var place = Int(truncatingIfNeeded: (address >> 4) &* 0x9E37_79B9_7F4A_7C15 >> 20) & mask
        while table[place] != 0, table[place] != address { place = (place + 1) & mask }
        return place
    }

    /// Keeps the exception whose address `word` is, if it is one.
    @inline(__always) mutating func mark(_ word: UInt64) {
        let address = UInt(truncatingIfNeeded: word)
        if address >= lowest, address <= highest, address & 15 == 0 { markInside(address) }
    }

    private mutating func markInside(_ address: UInt) {
        guard table[place(of: address)] == address, let exception = UnsafeMutablePointer<ExceptionState>(bitPattern: address),
            !exception.pointee.isMarked
        else { return }
        exception.pointee.isMarked = true
        exception.pointee.pending = pending
        pending = exception
    }

    /// Keeps what a stretch of words refers to.
    mutating func mark(_ words: UnsafeRawPointer, byteCount: Int) {
        var offset = 0
        while offset < byteCount {
            mark(words.load(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
    }

    /// Keeps what the kept exceptions carry.
    mutating func follow() {
        while let exception = pending {
            pending = exception.pointee.pending
            mark(UnsafeRawPointer(ExceptionState.slots(exception)), byteCount: exception.pointee.slotCount * 8)
        }
    }
}

extension Store {
    /// The bytes thrown between two collections, at least.
    static let smallestCollectionByteCount = 1 << 18

    /// Collects when it is time. `top` is the end of the innermost frame's live values; nil when a host function runs, and all of the
    /// stack may be live. `values` are held by the caller alone.
    func collectExceptionsIfDue(top: UnsafeMutableRawPointer?, values: [UInt64] = []) {
        if exceptionByteCount >= exceptionCollectionByteCount { collectExceptions(top: top, values: values) }
    }

    /// Gives back what nothing refers to. Without memory for its table it gives nothing back.
    func collectExceptions(top: UnsafeMutableRawPointer?, values: [UInt64]) {
        exceptionCollectionByteCount = exceptionByteCount + Store.smallestCollectionByteCount
        guard var marker = ExceptionMarker(exceptions, count: exceptionCount) else { return }
        markRoots(&marker, top, values)
        marker.follow()
        var kept: UnsafeMutablePointer<ExceptionState>?
        var next = exceptions
        exceptionCount = 0
        exceptionByteCount = 0
        while let exception = next {
            next = exception.pointee.next
            guard exception.pointee.isMarked else {
                Allocation.free(exception)
                continue
            }
            exception.pointee.isMarked = false
            exception.pointee.next = kept
            kept = exception
            exceptionCount += 1
            exceptionByteCount += ExceptionState.byteCount(slots: exception.pointee.slotCount)
        }
        exceptions = kept
        exceptionCollectionByteCount = max(2 * exceptionByteCount, Store.smallestCollectionByteCount)
    }

    private func markRoots(_ marker: inout ExceptionMarker, _ top: UnsafeMutableRawPointer?, _ values: [UInt64]) {
        for value in values { marker.mark(value) }
        var next = exceptions
        while let exception = next {
            if exception.pointee.isHeldByHost { marker.mark(UInt64(UInt(bitPattern: exception))) }
            next = exception.pointee.next
        }
        for execution in executions {
            marker.mark(execution.pointee.accumulator)
            marker.mark(UInt64(UInt(bitPattern: execution.pointee.exception)))
            // A nested execution's stack is a part of the outer one's.
            guard execution.pointee.ownsStack else { continue }
            let base = execution.pointee.stackBase
            let end = execution == running ? top ?? execution.pointee.stackEnd : execution.pointee.stackEnd
            marker.mark(base, byteCount: end - base)
        }
        for instance in instances where instance.isAllocated {
            for index in instance.module.image.globals.indices {
                let global = instance.state.pointee.globals[index]
                if global.pointee.type.value.isExceptionReference { marker.mark(global.pointee.low) }
            }
        }
        for table in tables where table.pointee.type.element.isExceptionReference {
            marker.mark(table.pointee.elements, byteCount: table.pointee.count * 8)
        }
    }
}

extension ValueType {
    /// Whether a value may refer to an exception.
    fileprivate var isExceptionReference: Bool { isReference && (heapType == .exn || heapType == .noexn) }
}
