// Giant texts: each must end quickly in a binary or an error, and the assembler may hold no more than a small multiple of what the text asks for.
// A process of its own, because the most memory a process has held is all that can be measured.
//
//     fuzz giant count     how many there are
//     fuzz giant N         the Nth
import Glibc
import WasmText

/// One giant text and what may come of it.
struct GiantText {
    let name: String
    let bytes: [UInt8]
    let assembles: Bool
    /// Megabytes that assembling it may add to what the text itself takes.
    let allowance: Int

    /// 100 MB of a piece over and over, behind a beginning.
    private static func repeated(_ piece: String, after beginning: String = "", before ending: String = "", allowance: Int = 32)
        -> GiantText
    {
        let (start, unit, last) = (Array(beginning.utf8), Array(piece.utf8), Array(ending.utf8))
        let bytes = [UInt8](unsafeUninitializedCapacity: 100 << 20) { buffer, count in
            count = buffer.count
            for index in 0..<count { buffer[index] = index < start.count ? start[index] : unit[(index - start.count) % unit.count] }
            for (index, byte) in last.enumerated() { buffer[count - last.count + index] = byte }
        }
        return GiantText(name: "100 MB of `\(beginning)\(piece)…`", bytes: bytes, assembles: false, allowance: allowance)
    }

    /// The texts, made one at a time.
    static let all: [@Sendable () -> GiantText] = [
        { repeated("(") },
        { repeated("(func ") },
        { repeated("(block ", after: "(module (func ") },
        { repeated("block ", after: "(module (func ") },
        { repeated("block ", after: "(module (func ", before: "))") },
        { repeated("(i32.add ", after: "(module (func ") },
        { repeated("(; ") },
        { repeated("(@a ") },
        { repeated("(type (func (param (ref ", after: "(module (rec ") },
        { repeated("x", after: "(module (memory (data \"") },
        { repeated("$") },
        { repeated("9", after: "(module (func (i32.const ") },
        { repeated("1", after: "(module (func (f64.const 0.") },
        {
            let content = 100 << 20
            let text =
                Array("(module (memory 1600) (data (i32.const 0) \"".utf8) + [UInt8](repeating: 0x61, count: content) + Array("\"))".utf8)
            // The string, its section and the module, each with an array's room to grow.
            return GiantText(name: "a string of 100 MB", bytes: text, assembles: true, allowance: 500)
        },
        {
            // Claims of size are numbers to the assembler; nothing is made of them.
            let text = """
                (module (memory 65536) (memory i64 281474976710656) (table 4294967295 funcref) (table i64 18446744073709551615 funcref)
                  (data (i32.const 2147483647) "") (func (br_table 4294967295 4294967295 (i32.const 0))))
                """
            return GiantText(name: "claims of 2^64 items", bytes: Array(text.utf8), assembles: true, allowance: 8)
        },
    ]

    /// Assembles one of the texts; whether all was as it must be. A process's peak never falls, so each text has a process of its own.
    static func run(_ index: Int) -> Bool { all.indices.contains(index) && all[index]().check() }

    private func check() -> Bool {
        // Touched by having been written; the peak until here is the text's.
        let before = GiantText.peakMegabytes()
        var started = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &started)
        let binary = bytes.withUnsafeBytes { text in try? assemble(text: text) }
        var ended = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended)
        let seconds = ended.tv_sec - started.tv_sec
        let growth = GiantText.peakMegabytes() - before
        let isRight = (binary != nil) == assembles && growth <= allowance && seconds < 20
        print(
            isRight ? "ok  " : "FAIL", name, binary == nil ? "refused," : "assembled,",
            "\(growth) MB more, at most \(allowance); \(seconds) s")
        fflush(nil)
        return isRight
    }

    private static func peakMegabytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Int(usage.ru_maxrss) >> 10
    }
}
