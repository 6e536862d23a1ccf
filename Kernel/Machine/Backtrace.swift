// The kernel's own backtraces, by frame pointers (the build keeps them) and with names from the symbol table in the image.
// RISC-V ELF psABI, "Frame pointer convention": the return address at fp-8, the caller's frame pointer at fp-16.
import CMachine
import KernelCore

/// Prints where the kernel is.
public enum Backtrace {
    private static let maximumFrameCount = 32

    /// Writes `symbol+offset` for an address of code.
    public static func writeSymbol(_ address: UInt64, to writer: LogWriter) {
        guard KernelImage.contains(textAddress: address), let symbol = KernelImage.symbols.lookup(address) else {
            writer.text("?")
            return
        }
        writer.bytes(symbol.name).text("+").hexadecimal(symbol.offset)
    }

    /// Writes one line a frame, beginning with `programCounter`; `returnAddress` is the second when the frame was not yet built.
    public static func write(programCounter: UInt64?, framePointer: UInt64, returnAddress: UInt64 = 0, to writer: LogWriter) {
        var index = 0
        func line(_ address: UInt64) {
            writer.text("  #").decimal(index).text(" ").hexadecimal(address).text(" ")
            writeSymbol(address, to: writer)
            writer.text("\n")
            index += 1
        }
        if let programCounter { line(programCounter) }
        var frame = framePointer
        var isFirst = true
        while index < maximumFrameCount, isReadable(frame) {
            let address = UInt(frame)
            let returned = machine_load64(address &- 8)
            let caller = machine_load64(address &- 16)
            // A leaf function has no frame of its own: its caller is in ra and not on the stack.
            if isFirst, returnAddress != 0, returnAddress != returned, returnAddress != programCounter,
                KernelImage.contains(textAddress: returnAddress)
            {
                line(returnAddress)
            }
            isFirst = false
            guard KernelImage.contains(textAddress: returned) else { break }
            line(returned)
            guard caller > frame || !isSameStack(caller, frame) else { break }
            frame = caller
        }
    }

    /// A frame pointer that can be followed: aligned, and in memory that is mapped for sure (a stack).
    private static func isReadable(_ frame: UInt64) -> Bool {
        guard frame & 7 == 0, frame > 4096 else { return false }
        if KernelImage.dataRange.contains(frame &- 16) && !KernelImage.isStackGuard(frame &- 16) { return true }
        guard KernelImage.threadStackRegion.contains(frame &- 16) || KernelImage.processStack.contains(frame &- 16) else { return false }
        var hasFaulted: UInt64 = 0
        _ = machine_probe({ machine_load64(UInt($0)) }, frame &- 16, &hasFaulted)
        return hasFaulted == 0
    }

    private static func isSameStack(_ left: UInt64, _ right: UInt64) -> Bool { left >> 17 == right >> 17 }
}
