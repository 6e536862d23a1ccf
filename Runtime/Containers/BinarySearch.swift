// Binary search, for whatever is in order and can be asked by number.

/// How many of the numbers below `count` are before something: `isBefore` must hold for the first of them and for none behind these.
@inlinable @inline(__always)
public func countBefore(_ count: Int, where isBefore: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
        let middle = (low + high) / 2
        if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
}
