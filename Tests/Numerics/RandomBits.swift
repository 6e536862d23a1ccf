// A small seeded source of bit patterns, so that a failing case can be run again.

/// SplitMix64: the same sequence for the same seed, everywhere.
struct RandomBits: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Doubles where arithmetic goes wrong first, then random bit patterns and random small numbers.
func interestingDoubles(randomCount: Int, seed: UInt64) -> [Double] {
    var numbers: [Double] = [
        0, -0.0, 0.5, -0.5, 0.49999999999999994, 1, -1, 1.5, -1.5, 2.5, -2.5, 3.5, 4_503_599_627_370_495.5, 4_503_599_627_370_496,
        -4_503_599_627_370_495.5, 8_388_607.5, 8_388_608, 2_147_483_647, 2_147_483_648, -2_147_483_648, -2_147_483_648.9, -2_147_483_649,
        4_294_967_295, 4_294_967_295.9, 4_294_967_296, 9_223_372_036_854_774_784, 9_223_372_036_854_775_808, -9_223_372_036_854_775_808,
        18_446_744_073_709_549_568, 18_446_744_073_709_551_616, .infinity, -.infinity, .nan, -.nan, .leastNonzeroMagnitude,
        -.leastNonzeroMagnitude, .greatestFiniteMagnitude, .signalingNaN, Double(bitPattern: 0xFFF0_0000_0000_0001), -0.9999999999999999,
    ]
    var random = RandomBits(seed: seed)
    for _ in 0..<randomCount {
        numbers.append(Double(bitPattern: random.next()))
        numbers.append(Double(Int64(bitPattern: random.next()) >> Int64(random.next() & 63)) / 8)
    }
    return numbers
}

/// The same for single precision.
func interestingFloats(randomCount: Int, seed: UInt64) -> [Float] {
    var numbers = interestingDoubles(randomCount: 0, seed: seed).map { Float($0) }
    numbers += [0.49999997, 8_388_607.5, 8_388_608.5, -8_388_607.5, -2_147_483_904, 2_147_483_520, .signalingNaN]
    var random = RandomBits(seed: seed)
    for _ in 0..<randomCount {
        numbers.append(Float(bitPattern: UInt32(truncatingIfNeeded: random.next())))
        numbers.append(Float(Int32(truncatingIfNeeded: random.next()) >> Int32(random.next() & 31)) / 8)
    }
    return numbers
}
