// What an emitter says of its function, to the checker.

import Containers
import MachineCode

extension CodeChecker {
    /// Checks what an emitter has compiled last; its cells must still be there. Other code may take the place of the emitter's.
    public mutating func check(_ emitter: borrowing Emitter, code: UnsafeRawBufferPointer? = nil) -> CodeFault? {
        check(
            CodeDescription(
                code: code ?? emitter.code.bytes, anchor: emitter.anchor,
                entries: UnsafeBufferPointer(start: emitter.entries.base, count: emitter.entries.count),
                faultSites: UnsafeBufferPointer(start: emitter.faultSites.base, count: emitter.faultSites.count)),
            of: emitter.function)
    }
}
