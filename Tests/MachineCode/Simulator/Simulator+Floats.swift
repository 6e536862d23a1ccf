// The floating-point instructions of the simulator: operands out of boxes, results into them, NaNs canonical.
// The RISC-V Instruction Set Manual, volume I, chapters on F and D, "NaN Boxing of Narrower Values" and "NaN Generation and Propagation".

import MachineCode

/// What an arithmetic instruction computes.
package enum FloatOperation { case add, subtract, multiply, divide, squareRoot }

extension Simulator {
    /// A single in a register: ones above.
    @inline(__always) static func boxed(_ bits: UInt32) -> UInt64 { UInt64(bits) | 0xFFFF_FFFF << 32 }

    /// The bits of a float register's value; a single without its box is the canonical NaN.
    @inline(__always) func operand(_ register: UInt32, _ format: BinaryFormat) -> UInt64 {
        let bits = f[Int(register & 31)]
        guard format.isSingle else { return bits }
        return bits >> 32 == 0xFFFF_FFFF ? bits & 0xFFFF_FFFF : format.canonicalNaN
    }

    /// Writes the destination and goes on.
    @inline(__always) mutating func setFloat(_ word: UInt32, _ format: BinaryFormat, _ bits: UInt64) -> UInt {
        f[Int(word >> 7 & 31)] = format.isSingle ? bits | 0xFFFF_FFFF << 32 : bits
        return programCounter &+ 4
    }

    /// The rounding mode of a word, which the decoder has found valid.
    @inline(__always) func rounding(_ word: UInt32) -> RoundingMode {
        let mode = RoundingMode(number: OperandKind.rounding.value(in: word))
        return mode == .dyn ? dynamicRounding : mode
    }

    mutating func arithmetic(_ word: UInt32, _ format: BinaryFormat, _ operation: FloatOperation) -> UInt {
        let a = operand(word >> 15, format)
        // A square root's field is 0 or 1 there.
        let b = operation == .squareRoot ? 0 : operand(word >> 20, format)
        let mode = rounding(word)
        guard mode == .rne else { return setFloat(word, format, format.exact(operation, a, b, mode)) }
        if format.isSingle {
            let (a, b) = (Float(bitPattern: UInt32(a)), Float(bitPattern: UInt32(b)))
            return setFloat(word, format, canonical(native(operation, a, b)))
        }
        return setFloat(word, format, canonical(native(operation, Double(bitPattern: a), Double(bitPattern: b))))
    }

    mutating func fused(_ word: UInt32, _ format: BinaryFormat, negatesProduct: Bool, negatesAddend: Bool) -> UInt {
        let a = operand(word >> 15, format) ^ (negatesProduct ? format.signBit : 0)
        let b = operand(word >> 20, format)
        let c = operand(word >> 27, format) ^ (negatesAddend ? format.signBit : 0)
        let mode = rounding(word)
        guard mode == .rne else { return setFloat(word, format, format.exactFused(a, b, c, mode)) }
        if format.isSingle {
            let product = Float(bitPattern: UInt32(c)).addingProduct(Float(bitPattern: UInt32(a)), Float(bitPattern: UInt32(b)))
            return setFloat(word, format, canonical(product))
        }
        return setFloat(
            word, format, canonical(Double(bitPattern: c).addingProduct(Double(bitPattern: a), Double(bitPattern: b))))
    }

    /// The host rounds to nearest, ties to even, as RISC-V does; only its NaNs are others.
    private func native<T: BinaryFloatingPoint>(_ operation: FloatOperation, _ a: T, _ b: T) -> T {
        switch operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .squareRoot: a.squareRoot()
        }
    }
    private func canonical(_ value: Float) -> UInt64 { value.isNaN ? BinaryFormat.single.canonicalNaN : UInt64(value.bitPattern) }
    private func canonical(_ value: Double) -> UInt64 { value.isNaN ? BinaryFormat.double.canonicalNaN : value.bitPattern }

    /// Takes the magnitude of the first operand and a sign made of both.
    @inline(__always)
    mutating func signed(_ word: UInt32, _ format: BinaryFormat, _ sign: (Bool, Bool) -> Bool) -> UInt {
        let a = operand(word >> 15, format)
        let b = operand(word >> 20, format)
        let isNegative = sign(a & format.signBit != 0, b & format.signBit != 0)
        return setFloat(word, format, a & ~format.signBit | (isNegative ? format.signBit : 0))
    }

    /// The smaller or larger; a number beats a NaN, and -0 is below 0.
    mutating func extreme(_ word: UInt32, _ format: BinaryFormat, isMaximum: Bool) -> UInt {
        let a = operand(word >> 15, format)
        let b = operand(word >> 20, format)
        let result: UInt64
        switch (format.isNaN(a), format.isNaN(b)) {
        case (true, true): result = format.canonicalNaN
        case (true, false): result = b
        case (false, true): result = a
        case (false, false): result = (format.order(a) < format.order(b)) != isMaximum ? a : b
        }
        return setFloat(word, format, result)
    }

    /// Whether the difference in order, -1, 0 or 1, is the wanted one; never for a NaN.
    @inline(__always) func compare(_ word: UInt32, _ format: BinaryFormat, _ isWanted: (Int) -> Bool) -> UInt64 {
        let a = operand(word >> 15, format)
        let b = operand(word >> 20, format)
        guard !format.isNaN(a), !format.isNaN(b) else { return 0 }
        let areZero = (a | b) & ~format.signBit == 0
        let difference = areZero || a == b ? 0 : format.order(a) < format.order(b) ? -1 : 1
        return isWanted(difference) ? 1 : 0
    }

    /// A float as an integer of `bitCount` bits in a register.
    func integer(_ word: UInt32, _ format: BinaryFormat, bitCount: Int, isSigned: Bool) -> UInt64 {
        format.integer(operand(word >> 15, format), bitCount: bitCount, isSigned: isSigned, rounding(word))
    }

    /// A number as a float.
    func converted(_ word: UInt32, _ format: BinaryFormat, _ value: Int64) -> UInt64 {
        // A conversion that cannot round has zeros where its rounding mode would be.
        format.rounded(value < 0, 0, UInt128(value.magnitude), rounding(word))
    }
}
