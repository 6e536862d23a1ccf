// Changed texts, in one process: bytes, tokens and whole forms of the seeds are changed, and each result is assembled, decoded, printed and
// assembled again. No input may crash, take over five seconds of processor time, ask for more than 2 GB, or grow beyond what its size
// allows; each that assembles must come back from its print.
//
//     fuzz text SEED COUNT FOLDER FILE...     FILE: `.wast`, whose text modules are seeds, or `.wat`, one seed
import ModuleGeneration
import Glibc
import WasmModule
import WasmText

/// The input at hand, for the handler of fatal signals.
nonisolated(unsafe) private var currentBytes: UnsafeMutablePointer<UInt8>! = nil
nonisolated(unsafe) private var currentCount = 0
/// Where the handler saves it; a C string.
nonisolated(unsafe) private var savePath: UnsafeMutablePointer<CChar>! = nil

struct TextFuzzer {
    /// A seed, and the ranges of its tokens.
    private struct Seed {
        var text: [UInt8]
        var tokens: [Range<Int>]
    }

    /// No changed text is larger than this.
    private static let sizeLimit = 1 << 17
    private static let secondsLimit = 5
    private static let addressSpaceLimit: rlim_t = 2 << 30
    /// How much larger than its text a binary may be (each two characters of an abbreviation stand for a type, a function and a name), and
    /// how much larger than a binary its print (one byte is a long name behind the deepest indentation).
    private static let binaryGrowth = 16
    private static let printGrowth = 160

    private var random: SeededNumbers
    private let seeds: [Seed]
    /// Distinct tokens of all seeds.
    private let dictionary: [[UInt8]]
    private let vocabulary = Vocabulary()

    /// Runs `count` texts; the number of failures.
    static func run(seed: Int, count: Int, folder: String, files: ArraySlice<String>) -> Int {
        guard var fuzzer = TextFuzzer(seed: seed, files: files) else { return 1 }
        prepare(folder: folder, seed: seed)
        print("text fuzz: seed \(seed), \(count) changed texts of \(fuzzer.seeds.count) seeds, \(fuzzer.dictionary.count) distinct tokens")
        // The handler ends the program without flushing.
        fflush(nil)
        var (assembled, valid, failures) = (0, 0, 0)
        for index in 0..<count {
            // Each input has a random state of its own, so that one can be made again without those before it.
            fuzzer.random = SeededNumbers(state: UInt64(seed) &* 0x1_0000_01B3 &+ UInt64(index) &* 0x9E37_79B9)
            let text = fuzzer.changed()
            text.withUnsafeBufferPointer { currentBytes.update(from: $0.baseAddress!, count: $0.count) }
            currentCount = text.count
            startTimer(seconds: secondsLimit)
            let verdict = TextVerdict(text, fuzzer.vocabulary)
            assembled += verdict.isAssembled ? 1 : 0
            valid += verdict.verdict == "valid" ? 1 : 0
            guard let complaint = complaint(verdict, text.count) else { continue }
            failures += 1
            let path = "\(folder)/text-\(seed)-\(index).wat"
            Fuzzer.write(text, to: path)
            if failures <= 20 { print("FAIL text \(index) of seed \(seed): \(complaint): \(path)") }
            fflush(nil)
        }
        startTimer(seconds: 0)
        print("text fuzz: \(assembled) assembled, \(valid) valid; at most \(peakMegabytes()) MB")
        if assembled * 20 < count {
            print("FAIL the changes leave fewer than one text in twenty whole: they test the error paths only")
            failures += 1
        }
        print("\(max(count - failures, 0)) passed, \(failures) failed, 0 skipped")
        return failures
    }

    private static func complaint(_ verdict: TextVerdict, _ textCount: Int) -> String? {
        if verdict.verdict == "malformed-binary" { return "the assembler wrote a malformed binary" }
        if verdict.roundTrip == "differs" { return "print, assemble, print is no fixed point" }
        if verdict.binaryCount > textCount * binaryGrowth + 64 { return "the binary has \(verdict.binaryCount) bytes" }
        if verdict.printedCount > verdict.binaryCount * printGrowth + 64 { return "the print has \(verdict.printedCount) bytes" }
        return nil
    }

    private init?(seed: Int, files: ArraySlice<String>) {
        random = SeededNumbers(state: UInt64(seed))
        var texts: [[UInt8]] = []
        for file in files {
            let bytes = Fuzzer.read(file)
            if file.hasSuffix(".wast") { texts += ScriptModule.all(in: bytes, vocabulary).map(\.text) } else { texts.append(bytes) }
        }
        seeds = texts.filter { $0.count <= 1 << 15 }.map { Seed(text: $0, tokens: TextFuzzer.tokens($0)) }.filter { $0.tokens.count > 2 }
        var distinct: Set<[UInt8]> = []
        var list: [[UInt8]] = []
        for seed in seeds {
            for token in seed.tokens where token.count < 200 {
                let bytes = Array(seed.text[token])
                if distinct.insert(bytes).inserted { list.append(bytes) }
            }
        }
        dictionary = list
        if seeds.isEmpty {
            print("text fuzz: no seeds in \(files.count) files")
            return nil
        }
    }

    /// Parentheses, strings and words; blanks and comments belong to none.
    private static func tokens(_ text: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var position = 0
        while position < text.count {
            let start = position
            switch text[position] {
            case 0x20, 0x09, 0x0a, 0x0d:
                position += 1
                continue
            case 0x28, 0x29: position += 1
            case 0x22:
                position += 1
                while position < text.count, text[position] != 0x22 { position += text[position] == 0x5c ? 2 : 1 }
                position = min(position + 1, text.count)
            case 0x3b where position + 1 < text.count && text[position + 1] == 0x3b:
                while position < text.count, text[position] != 0x0a { position += 1 }
                continue
            default:
                while position < text.count, !isBorder(text[position]) { position += 1 }
                position = max(position, start + 1)
            }
            found.append(start..<position)
        }
        return found
    }

    private static func isBorder(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == 0x28 || byte == 0x29 || byte == 0x22 || byte == 0x3b
    }

    // MARK: changing

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    /// A seed with one change, or in one of three cases up to four.
    private mutating func changed() -> [UInt8] {
        var text = seeds[below(seeds.count)].text
        for _ in 0...(below(3) == 0 ? below(4) : 0) {
            let tokens = TextFuzzer.tokens(text)
            guard tokens.count > 2 else { break }
            switch below(10) {
            case ..<3: changeByte(&text)
            case ..<8: changeToken(&text, tokens)
            default: splice(&text, tokens)
            }
            if text.count > TextFuzzer.sizeLimit { text.removeLast(text.count - TextFuzzer.sizeLimit) }
        }
        return text
    }

    private mutating func changeByte(_ text: inout [UInt8]) {
        let position = below(text.count)
        switch below(6) {
        case 0: text.remove(at: position)
        case 1: text.insert(UInt8(below(256)), at: position)
        case 2: text[position] = UInt8(below(256))
        case 3: text[position] ^= 1 << UInt8(below(8))
        case 4: text.swapAt(position, below(text.count))
        default: text.removeLast(below(text.count))
        }
    }

    private static let numbers = [
        "0", "1", "-1", "127", "128", "255", "256", "65535", "65536", "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296",
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "0x1p1024", "0x1.fffffep127", "1e308", "1e-400", "nan",
        "nan:0x0",
        "nan:0x7fffff", "-inf", "0x_1", "1__0", "0x",
    ].map { Array($0.utf8) }

    private mutating func changeToken(_ text: inout [UInt8], _ tokens: [Range<Int>]) {
        let token = tokens[below(tokens.count)]
        let other = tokens[below(tokens.count)]
        switch below(7) {
        case 0: text.removeSubrange(token)
        case 1: text.replaceSubrange(token, with: text[other])
        case 2: text.replaceSubrange(token, with: dictionary[below(dictionary.count)])
        case 3: text.insert(contentsOf: [0x20] + dictionary[below(dictionary.count)] + [0x20], at: token.lowerBound)
        case 4: text.replaceSubrange(token, with: TextFuzzer.numbers[below(TextFuzzer.numbers.count)])
        case 5:
            let piece = Array(text[token]) + [0x20]
            let count = below(50) == 0 ? min(2000, TextFuzzer.sizeLimit / piece.count) : 1
            for _ in 0..<count { text.insert(contentsOf: piece, at: token.lowerBound) }
        default:
            // A word of the same kind: numbers for numbers, names for names, keywords for keywords.
            let first = text[token.lowerBound]
            for _ in 0..<20 {
                let candidate = dictionary[below(dictionary.count)]
                guard TextFuzzer.kind(candidate[0]) == TextFuzzer.kind(first) else { continue }
                return text.replaceSubrange(token, with: candidate)
            }
        }
    }

    private static func kind(_ byte: UInt8) -> Int {
        switch byte {
        case 0x30...0x39, 0x2b, 0x2d: 0
        case 0x61...0x7a: 1
        default: Int(byte) + 2
        }
    }

    /// A form of another seed in place of a form, or before it.
    private mutating func splice(_ text: inout [UInt8], _ tokens: [Range<Int>]) {
        let donor = seeds[below(seeds.count)]
        guard let source = form(donor.text, donor.tokens), let target = form(text, tokens) else { return }
        let piece = Array(donor.text[source])
        if below(2) == 0 { text.insert(contentsOf: piece, at: target.lowerBound) } else { text.replaceSubrange(target, with: piece) }
    }

    /// A random `( … )` with balanced parentheses.
    private mutating func form(_ text: [UInt8], _ tokens: [Range<Int>]) -> Range<Int>? {
        let first = below(tokens.count)
        guard let open = tokens[first...].firstIndex(where: { text[$0.lowerBound] == 0x28 }) else { return nil }
        var depth = 0
        for token in tokens[open...] {
            if text[token.lowerBound] == 0x28 { depth += 1 }
            if text[token.lowerBound] == 0x29 { depth -= 1 }
            if depth == 0 { return tokens[open].lowerBound..<token.upperBound }
        }
        return nil
    }

    // MARK: watching

    /// Bounds the memory, and has fatal signals save the input.
    private static func prepare(folder: String, seed: Int) {
        currentBytes = .allocate(capacity: sizeLimit)
        savePath = strdup("\(folder)/text-\(seed)-fatal.wat")
        var limit = rlimit(rlim_cur: addressSpaceLimit, rlim_max: addressSpaceLimit)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        // A stack of its own: the input may have used up the other.
        var stack = stack_t()
        stack.ss_size = 1 << 16
        stack.ss_sp = .allocate(byteCount: stack.ss_size, alignment: 16)
        sigaltstack(&stack, nil)
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGVTALRM] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                let file = open(savePath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
                _ = Glibc.write(file, currentBytes, currentCount)
                let words: StaticString =
                    number == SIGVTALRM
                    ? "FAIL a text took over five seconds; it is build/fuzz/text-SEED-fatal.wat\n"
                    : "FAIL a text ended the assembler; it is build/fuzz/text-SEED-fatal.wat\n"
                _ = Glibc.write(STDOUT_FILENO, words.utf8Start, words.utf8CodeUnitCount)
                _exit(3)
            }
            action.sa_flags = Int32(SA_ONSTACK)
            sigaction(signal, &action, nil)
        }
    }

    private static func startTimer(seconds: Int) {
        var value = itimerval()
        value.it_value.tv_sec = seconds
        setitimer(__itimer_which_t(ITIMER_VIRTUAL.rawValue), &value, nil)
    }

    private static func peakMegabytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Int(usage.ru_maxrss) >> 10
    }
}
