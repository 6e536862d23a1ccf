// ConstantTable: the constants of a function that registers would spare, while pins are chosen.

import Containers

/// A constant and what it would save.
struct WeighedConstant {
    var value: Int64
    var use: SlotUse
    /// Instructions that make it.
    var cost: Int64
    var weight: Int64
    /// The number of its pin, or `ConstantTable.none`.
    var pin: UInt8
}

/// The first constants of a function by value and use; what comes later is made where it is used.
struct ConstantTable: ~Copyable {
    static let none: UInt8 = 255
    private static let limit = 128
    private static let placeCount = 256
    private var all = GrowableArray<WeighedConstant>()
    /// For each hash: the constant there and one, or 0. Half of them stay free.
    private var places: [256 of UInt8] = .init(repeating: 0)

    var count: Int { all.count }

    subscript(index: Int) -> WeighedConstant {
        get { all[index] }
        set { all[index] = newValue }
    }

    mutating func removeAll() {
        if !all.isEmpty { places = .init(repeating: 0) }
        all.removeAll()
    }

    /// Where a constant is or would be.
    private func place(_ value: Int64, _ use: SlotUse) -> Int {
        var place = Int(UInt64(bitPattern: value &* 0x1E37_79B9_7F4A_7C15) >> 56) ^ Int(use.rawValue)
        while places[place] != 0 {
            let found = all[Int(places[place]) - 1]
            if found.value == value, found.use == use { break }
            place = (place + 1) & (ConstantTable.placeCount - 1)
        }
        return place
    }

    /// Adds what a use would save.
    mutating func add(_ value: Int64, _ use: SlotUse, _ cost: Int64, _ amount: Int64) {
        let place = place(value, use)
        if places[place] != 0 {
            all[Int(places[place]) - 1].weight &+= cost &* amount
            return
        }
        guard all.count < ConstantTable.limit,
            all.append(WeighedConstant(value: value, use: use, cost: cost, weight: cost &* amount, pin: ConstantTable.none))
        else { return }
        places[place] = UInt8(all.count)
    }

    /// The number of a constant's pin.
    func pin(of value: Int64, _ use: SlotUse) -> Int? {
        guard !all.isEmpty else { return nil }
        let place = place(value, use)
        guard places[place] != 0, all[Int(places[place]) - 1].pin != ConstantTable.none else { return nil }
        return Int(all[Int(places[place]) - 1].pin)
    }
}
