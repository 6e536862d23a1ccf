// WaitingCalls: the calls in a lazy module's code whose callee has no code yet. They lead to its stub; when it is translated they are told
// the code's address, all at once and by the translation, so that running code is never written by who runs it.

import Containers

/// Lists of fields of call cells, one list a function that is not translated. A list is known by its first call's number.
struct WaitingCalls: ~Copyable {
    private struct Call {
        var field: UnsafeMutableRawPointer
        /// The next call of the list, or `noCall`.
        var next: Int
    }
    private var calls = GrowableArray<Call>()
    /// Calls that no list has any more.
    private var firstFree = WaitingCalls.noCall
    private var freeCount = 0

    /// The list without calls. Numbers are positions, so none is negative.
    static let noCall = -1

    /// Makes room for `count` calls more; false when memory is refused.
    mutating func reserve(_ count: Int) -> Bool {
        count <= freeCount || calls.reserve(calls.count + count - freeCount)
    }

    /// Puts the call whose callee's address is at `field` before the list `first`, and gives the new list. There must be room.
    mutating func add(_ field: UnsafeMutableRawPointer, before first: Int) -> Int {
        let call = Call(field: field, next: first)
        guard firstFree >= 0 else {
            calls.appendReserved(call)
            return calls.count - 1
        }
        let number = firstFree
        firstFree = calls.base[number].next
        freeCount -= 1
        calls.base[number] = call
        return number
    }

    /// Tells the calls of a list their callee's code. The list is no more.
    mutating func resolve(_ first: Int, to code: UnsafeRawPointer) {
        var number = first
        while number >= 0 {
            let call = calls.base[number]
            call.field.storeBytes(of: UInt(bitPattern: code), as: UInt.self)
            calls.base[number].next = firstFree
            firstFree = number
            freeCount += 1
            number = call.next
        }
    }
}
