// The instruction set a hart says it has: `riscv,isa` of its device tree node, as `rv64imafdc_zicsr_sstc`.
// RISC-V unprivileged specification, chapter 27 (ISA extension naming conventions).

/// Whether an ISA string names a multi-letter extension, given in lower case.
public func isaString(_ text: UnsafeRawBufferPointer, has extensionName: StaticString) -> Bool {
    let length = extensionName.utf8CodeUnitCount
    var start = 0
    while start < text.count {
        var end = start
        while end < text.count, text[end] != UInt8(ascii: "_") { end += 1 }
        if end - start == length {
            var isSame = true
            for index in 0..<length where (text[start + index] | 0x20) != extensionName.utf8Start[index] { isSame = false }
            if isSame { return true }
        }
        start = end + 1
    }
    return false
}
