// The completion of a word: names are offered one by one, and what is kept of them does not grow with their number, since a program may make
// as many files as it likes before somebody presses the tabulator.

/// What a word may become.
public struct Completion {
    /// Most names that are shown.
    public static let shownCount = 40
    /// The word before the cursor.
    public let word: [UInt8]
    /// Names that begin with it.
    public private(set) var count = 0
    /// The beginning that they share; the word itself while there is none.
    public private(set) var common: [UInt8]
    /// The first of them, at most `shownCount`.
    public private(set) var shown: [[UInt8]] = []

    /// Nothing offered yet.
    public init(of word: [UInt8]) {
        self.word = word
        common = word
    }

    /// Takes a name that begins with the word and can be typed as one: other bytes than printable ASCII reach no terminal.
    public mutating func offer(_ name: [UInt8]) {
        guard name.starts(with: word), name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return }
        if count == 0 {
            common = name
        } else {
            var length = 0
            while length < min(common.count, name.count), common[length] == name[length] { length += 1 }
            common.removeSubrange(length...)
        }
        count += 1
        if shown.count < Completion.shownCount { shown.append(name) }
    }
}
