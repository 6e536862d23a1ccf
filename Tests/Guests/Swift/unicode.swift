// Swift strings on bare metal: grapheme clusters, case, comparison of equivalent forms, and reversal, all from the tables linked in.

@main
struct Unicode {
    static func main() {
        let words = ["cafe\u{301}", "caf\u{e9}", "👩‍👩‍👧‍👦 family", "Straße", "日本語", "नमस्ते"]
        for word in words {
            print("\(word): \(word.count) characters, \(word.unicodeScalars.count) scalars, \(word.utf8.count) bytes")
            print("  reversed \(String(word.reversed()))")
        }
        print("equivalent forms are equal: \(words[0] == words[1])")
        print("upper: \(words[3].uppercased()) lower: \("ÄÖÜ".lowercased())")
        print("sorted: \(words.sorted().joined(separator: ", "))")
        print("split: \("a,b,,c".split(separator: ",", omittingEmptySubsequences: false).map { "[" + String($0) + "]" }.joined())")
    }
}
