// What was meant by a word that is nearly a known one, for the line that refuses it.

/// Near misses.
enum Suggestion {
    /// `; did you mean X?` for the nearest of the known words, nothing when none is near.
    static func text(for word: String, among known: [String]) -> String {
        let typed = Array(word.utf8.prefix(64))
        var best: (distance: Int, word: String)?
        for candidate in known {
            let found = distance(typed, Array(candidate.utf8))
            if found < best?.distance ?? .max { best = (found, candidate) }
        }
        guard let best, best.distance <= max(2, best.word.utf8.count / 4) else { return "" }
        return "; did you mean \(best.word)?"
    }

    /// Bytes to insert, to remove or to replace.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (byte == other ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
