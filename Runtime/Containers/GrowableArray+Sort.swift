// Sorting in place: heap sort, which neither recurses nor allocates, and which no input makes slow.

extension GrowableArray {
    /// Orders the elements so that none comes before one that `isBefore` puts first. Equal ones keep no particular order.
    public mutating func sort(_ isBefore: (Element, Element) -> Bool) {
        var start = count / 2
        while start > 0 {
            start -= 1
            sift(start, count, isBefore)
        }
        var end = count
        while end > 1 {
            end -= 1
            exchange(0, end)
            sift(0, end, isBefore)
        }
    }

    /// Moves the last element to its place, where the others are in the order of `isBefore`.
    public mutating func sortLast(_ isBefore: (Element, Element) -> Bool) {
        var index = count - 1
        while index > 0, isBefore(base[index], base[index - 1]) {
            exchange(index, index - 1)
            index -= 1
        }
    }

    /// Sinks the element at `start` to its place in the heap that ends at `end`.
    private mutating func sift(_ start: Int, _ end: Int, _ isBefore: (Element, Element) -> Bool) {
        var root = start
        while true {
            var child = root * 2 + 1
            if child >= end { return }
            if child + 1 < end, isBefore(base[child], base[child + 1]) { child += 1 }
            if !isBefore(base[root], base[child]) { return }
            exchange(root, child)
            root = child
        }
    }

    private mutating func exchange(_ first: Int, _ second: Int) {
        let moved = base[first]
        base[first] = base[second]
        base[second] = moved
    }
}
