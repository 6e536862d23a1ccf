// A set of small integers as a tree of bitmaps, 64 children a word: insert, remove and "the lowest member" touch one word a level.
// The page allocator keeps one per block size. The words belong to whoever made the set.

/// A set of integers below a fixed bound. At most 64^4 members.
struct FreeBitmap {
    static let maximumLevelCount = 4
    /// Level 0 has a bit a member; a bit of level n says that the word of level n-1 is not zero.
    private var levels: InlineArray<4, UnsafeMutablePointer<UInt64>>
    private var levelCount: Int

    /// Words needed for members below `bound`.
    static func wordCount(bound: Int) -> Int {
        var count = 0
        var width = max(bound, 1)
        repeat {
            width = (width + 63) / 64
            count += width
        } while width > 1
        return count
    }

    /// Takes `wordCount(bound:)` zeroed words.
    init(bound: Int, words: UnsafeMutablePointer<UInt64>) {
        precondition(bound <= 1 << 24)
        levels = InlineArray(repeating: words)
        levelCount = 0
        var next = words
        var width = max(bound, 1)
        repeat {
            width = (width + 63) / 64
            levels[levelCount] = next
            levelCount += 1
            next += width
        } while width > 1
    }

    func contains(_ member: Int) -> Bool {
        levels[0][member &>> 6] & (1 &<< UInt64(truncatingIfNeeded: member & 63)) != 0
    }

    func insert(_ member: Int) {
        var index = member
        for level in 0..<levelCount {
            let word = levels[level] + (index &>> 6)
            let before = word.pointee
            word.pointee = before | (1 &<< UInt64(truncatingIfNeeded: index & 63))
            if before != 0 { return }
            index = index &>> 6
        }
    }

    func remove(_ member: Int) {
        var index = member
        for level in 0..<levelCount {
            let word = levels[level] + (index &>> 6)
            word.pointee &= ~(1 &<< UInt64(truncatingIfNeeded: index & 63))
            if word.pointee != 0 { return }
            index = index &>> 6
        }
    }

    /// The lowest member.
    var first: Int? {
        var index = 0
        var level = levelCount &- 1
        while level >= 0 {
            let word = levels[level][index]
            if word == 0 { return nil }
            index = index &<< 6 | word.trailingZeroBitCount
            level &-= 1
        }
        return index
    }
}
