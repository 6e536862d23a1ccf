// words [FILE]: counts the words of a file, or of standard input, in a dictionary, and prints those that occur most; equal counts in order of the alphabet.

@main
struct Words {
    static func main() {
        let arguments = Process.arguments
        var descriptor: Int32 = 0
        if arguments.count > 1 {
            descriptor = openForReading(arguments[1])
            if descriptor < 0 {
                complain("words: \(arguments[1]): errno \(-descriptor)\n")
                leave(1)
            }
        }
        let (bytes, error) = readAll(from: descriptor)
        if error != 0 {
            complain("words: errno \(error)\n")
            leave(1)
        }
        var counts: [String: Int] = [:]
        var word: [UInt8] = []
        for byte in bytes + [0x0A] {
            let letter = byte | 0x20
            if (0x61...0x7A).contains(letter) {
                word.append(letter)
            } else if !word.isEmpty {
                counts[String(decoding: word, as: UTF8.self), default: 0] += 1
                word.removeAll(keepingCapacity: true)
            }
        }
        let ranked = counts.sorted { $0.value != $1.value ? $0.value > $1.value : precedes($0.key, $1.key) }
        for (word, count) in ranked.prefix(8) { print("\(count) \(word)") }
        print("\(counts.count) different words")
    }

    static func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
}
