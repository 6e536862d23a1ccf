// An oracle of the trials: before a process's space or an image is destroyed, nothing of the kernel's that lives longer may hold an address in
// it, outside of the fields that are named here. Looks through every block in use of the kernel's heap and of the shared files', and through
// the kernel's variables, word by word.
import CMachine
import KernelCore
import KernelMachine
import KernelMemory
import KernelProcess

/// Looks for addresses that are about to mean nothing.
enum AddressOracle {
    /// Words found so far.
    nonisolated(unsafe) private(set) static var foundCount = 0
    /// Destructions looked at.
    nonisolated(unsafe) private(set) static var lookCount = 0

    /// Looks before every destruction from now on.
    static func start() {
        Heap.clearsFreedBlocks = true
        TrialAccess.beforeRelease = { range in AddressOracle.look(for: range) }
    }

    private static func look(for range: Range<UInt64>) {
        lookCount += 1
        for heap in [KernelHeap.kernel, TrialAccess.sharedFileHeap] {
            Heap.forEachUsedBlock(heap) { look(in: $0, for: range) }
            if heap == KernelHeap.kernel, TrialAccess.sharedFileHeap == heap { break }
        }
        let start = KernelImage.dataRange.lowerBound
        let variables = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: UInt(start)), count: Int(KernelImage.stackGuards[0] - start))
        look(in: variables, for: range)
    }

    private static func look(in words: UnsafeRawBufferPointer, for range: Range<UInt64>) {
        // The first address is a guard's or a chunk's head, which nobody points to, and the end of the range below, whose record stays.
        let objects = range.lowerBound + 1..<range.upperBound
        var offset = 0
        while offset + 8 <= words.count {
            let address = words.baseAddress! + offset
            // Where the stack ends is a number of the layout, which a kernel thread's saved registers may hold.
            if objects.contains(address.load(as: UInt64.self)), address.load(as: UInt64.self) != KernelImage.processStack.lowerBound,
                !isNamed(UInt64(UInt(bitPattern: address)))
            {
                foundCount += 1
                Log.line(.error, "oracle") {
                    $0.text("an address of what goes, ").hexadecimal(address.load(as: UInt64.self)).text(", stays at ")
                        .hexadecimal(UInt64(UInt(bitPattern: address))).text(" (byte ").decimal(offset).text(" of a block of ")
                        .decimal(words.count).text(")")
                }
            }
            offset += 8
        }
    }

    /// The fields that may hold such an address: where a hart saves the running thread, what the layout itself is kept in, and the fields of
    /// processes and threads that TrialAccess names.
    private static func isNamed(_ address: UInt64) -> Bool {
        let hart = UInt64(UInt(bitPattern: machine_hart()))
        if address >= hart, address < hart + UInt64(MemoryLayout<Hart>.size) { return true }
        let layout = withUnsafeBytes(of: &KernelImage.processStack) { bytes in
            let start = UInt64(UInt(bitPattern: bytes.baseAddress))
            return start..<(start + UInt64(bytes.count))
        }
        return layout.contains(address) || TrialAccess.isNamedField(address)
    }
}
