// The addresses of one look-up, and what was found of each: all frames of a backtrace are looked for in one walk through the sections.
import Containers

/// An address that is looked for.
struct SourceProbe {
    /// Offset in the code section's contents.
    let address: UInt64
    /// Offset in `.debug_info` of the unit it belongs to; -1 when none is known.
    var unit = -1
    /// Offset in `.debug_info` of its function's entry; -1 when none is known.
    var function = -1
    var row: LineRow?
}

/// The probes of a look-up; a view, owned by the finder.
struct ProbeList {
    let base: UnsafeMutablePointer<SourceProbe>
    let count: Int

    /// The lowest and highest address looked for in a unit's lines; nil when there is none.
    func bounds(ofUnit unit: Int) -> (low: UInt64, high: UInt64)? {
        var low = UInt64.max
        var high: UInt64 = 0
        var isEmpty = true
        for index in 0..<count where base[index].unit == unit && base[index].row == nil {
            isEmpty = false
            low = min(low, base[index].address)
            high = max(high, base[index].address)
        }
        return isEmpty ? nil : (low, high)
    }

    /// A row that holds until `end`.
    func take(_ row: LineRow, until end: UInt64, _ unit: Int) {
        for index in 0..<count where base[index].unit == unit && base[index].row == nil {
            if row.address <= base[index].address, base[index].address < end { base[index].row = row }
        }
    }

    /// Addresses from `low` to below `high` belong to a unit; whether any of them was looked for.
    func takeUnit(_ unit: Int, _ low: UInt64, _ high: UInt64) -> Bool {
        var isAny = false
        for index in 0..<count where base[index].unit < 0 {
            if low <= base[index].address, base[index].address < high {
                base[index].unit = unit
                isAny = true
            }
        }
        return isAny
    }

    /// Addresses from `low` to below `high` belong to a function of a unit.
    func takeFunction(_ function: Int, of unit: Int, _ low: UInt64, _ high: UInt64) {
        for index in 0..<count where base[index].function < 0 && (base[index].unit < 0 || base[index].unit == unit) {
            if low <= base[index].address, base[index].address < high {
                base[index].function = function
                base[index].unit = unit
            }
        }
    }

    /// How many probes have no unit yet.
    var withoutUnit: Int {
        var number = 0
        for index in 0..<count where base[index].unit < 0 { number += 1 }
        return number
    }

    /// How many probes of a unit have no function yet.
    func withoutFunction(ofUnit unit: Int) -> Int {
        var number = 0
        for index in 0..<count where base[index].unit == unit && base[index].function < 0 { number += 1 }
        return number
    }
}
