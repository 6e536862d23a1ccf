// Allocation for this layer until `Containers` has it: goes away then. It cannot yet be refused.

enum Allocation {
    static func tryAllocate(byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: alignment)
    }
    static func free(_ pointer: UnsafeMutableRawPointer) { pointer.deallocate() }
}
