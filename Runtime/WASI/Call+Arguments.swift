// Arguments and environment: args_get, args_sizes_get, environ_get, environ_sizes_get.
// Each text goes out with a terminating zero, as C expects; the table holds 32-bit addresses.
import FileSystems

extension WASIContext {
    func argsGet() throws(Errno) { try copyTexts(arguments) }
    func argsSizesGet() throws(Errno) { try storeSizes(arguments) }
    func environGet() throws(Errno) { try copyTexts(environment) }
    func environSizesGet() throws(Errno) { try storeSizes(environment) }

    /// (table, text) -> ()
    private func copyTexts(_ texts: [[UInt8]]) throws(Errno) {
        var entry = address(0)
        var text = address(1)
        for index in 0..<texts.count {
            let count = texts[index].count
            try store(UInt32(truncatingIfNeeded: text), entry)
            let target = try bytes(text, UInt64(count) + 1)
            for position in 0..<count { target[position] = texts[index][position] }
            target[count] = 0
            entry += 4
            text += UInt64(count) + 1
        }
    }

    /// () -> (count, byte count with the zeros)
    private func storeSizes(_ texts: [[UInt8]]) throws(Errno) {
        var byteCount = 0
        for text in texts { byteCount += text.count + 1 }
        try store(UInt32(truncatingIfNeeded: texts.count), address(0))
        try store(UInt32(truncatingIfNeeded: byteCount), address(1))
    }
}
