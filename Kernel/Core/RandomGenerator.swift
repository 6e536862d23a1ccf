// Random bytes: ChaCha20 as a generator, keyed from the machine's entropy, rekeyed from its own output after every request so that a later
// look at its state says nothing about earlier output. RFC 8439, section 2.3 (the block function).

/// A generator of unpredictable bytes, as good as the seed it was given.
public struct RandomGenerator {
    private var key = InlineArray<8, UInt32>(repeating: 0)
    private var counter: UInt64 = 0

    public init() {}

    /// Mixes entropy into the state; what was there before is kept, so a bad source cannot make it worse.
    public mutating func mix(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count {
            for position in 0..<32 where index < bytes.count {
                key[position >> 2] ^= UInt32(bytes[index]) << UInt32(8 * (position & 3))
                index += 1
            }
            rekey()
        }
    }

    /// Mixes a number, such as a clock's.
    public mutating func mix(_ number: UInt64) {
        var number = number
        withUnsafeBytes(of: &number) { mix($0) }
    }

    /// Fills a buffer.
    public mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) {
        var index = 0
        while index < buffer.count {
            let block = Self.block(key: key, counter: counter, nonce: 0)
            counter &+= 1
            for word in 0..<16 {
                var value = block[word]
                for _ in 0..<4 where index < buffer.count {
                    buffer[index] = UInt8(truncatingIfNeeded: value)
                    value >>= 8
                    index += 1
                }
            }
        }
        rekey()
    }

    private mutating func rekey() {
        let block = Self.block(key: key, counter: counter, nonce: 1)
        for word in 0..<8 { key[word] = block[word] }
        counter &+= 1
    }

    /// One ChaCha20 block with a 64-bit counter and a 64-bit nonce.
    public static func block(key: InlineArray<8, UInt32>, counter: UInt64, nonce: UInt64) -> InlineArray<16, UInt32> {
        var input = InlineArray<16, UInt32>(repeating: 0)
        input[0] = 0x6170_7865
        input[1] = 0x3320_646e
        input[2] = 0x7962_2d32
        input[3] = 0x6b20_6574
        for word in 0..<8 { input[4 + word] = key[word] }
        input[12] = UInt32(truncatingIfNeeded: counter)
        input[13] = UInt32(truncatingIfNeeded: counter >> 32)
        input[14] = UInt32(truncatingIfNeeded: nonce)
        input[15] = UInt32(truncatingIfNeeded: nonce >> 32)
        var state = input
        func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value &<< count | value &>> (32 &- count) }
        func quarter(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
            state[a] &+= state[b]
            state[d] = rotate(state[d] ^ state[a], 16)
            state[c] &+= state[d]
            state[b] = rotate(state[b] ^ state[c], 12)
            state[a] &+= state[b]
            state[d] = rotate(state[d] ^ state[a], 8)
            state[c] &+= state[d]
            state[b] = rotate(state[b] ^ state[c], 7)
        }
        for _ in 0..<10 {
            quarter(0, 4, 8, 12)
            quarter(1, 5, 9, 13)
            quarter(2, 6, 10, 14)
            quarter(3, 7, 11, 15)
            quarter(0, 5, 10, 15)
            quarter(1, 6, 11, 12)
            quarter(2, 7, 8, 13)
            quarter(3, 4, 9, 14)
        }
        for word in 0..<16 { state[word] &+= input[word] }
        return state
    }
}
