// The registers of RISC-V and the rounding modes, as the operands of instructions. The RISC-V Instruction Set Manual, volume I, chapters
// "RV32I Base Integer Instruction Set" and "F Standard Extension"; the names are those of the calling convention.

/// An integer register, x0 to x31. `zero` reads as 0 and ignores what is written.
@frozen public struct IntegerRegister: Equatable, Hashable, Sendable {
    /// 0 to 31.
    public let number: UInt8
    /// The register of a number, of which the lowest 5 bits count.
    @inlinable @inline(__always) public init(number: Int) { self.number = UInt8(truncatingIfNeeded: number & 31) }
}

/// A float register, f0 to f31: 64 bits, which hold a double, or a single below 32 ones.
@frozen public struct FloatRegister: Equatable, Hashable, Sendable {
    /// 0 to 31.
    public let number: UInt8
    /// The register of a number, of which the lowest 5 bits count.
    @inlinable @inline(__always) public init(number: Int) { self.number = UInt8(truncatingIfNeeded: number & 31) }
}

/// How an instruction rounds: to nearest, ties to even (`rne`); towards zero (`rtz`); down (`rdn`); up (`rup`); to nearest, ties away from
/// zero (`rmm`); as the register `frm` says (`dyn`). 5 and 6 are reserved: an instruction with them is illegal.
@frozen public struct RoundingMode: Equatable, Hashable, Sendable {
    /// 0 to 7.
    public let number: UInt8
    /// The mode of a number, of which the lowest 3 bits count.
    @inlinable @inline(__always) public init(number: Int) { self.number = UInt8(truncatingIfNeeded: number & 7) }

    /// Whether the number has a meaning.
    public var isValid: Bool { number != 5 && number != 6 }
}

/// The bytes of one of the names in a table of names of 4 columns, without the blanks behind it.
func nameBytes(_ names: StaticString, _ number: UInt8) -> UnsafeBufferPointer<UInt8> {
    let start = names.utf8Start + 4 * Int(number)
    var count = 4
    while count > 0, start[count - 1] == 0x20 { count -= 1 }
    return UnsafeBufferPointer(start: start, count: count)
}

extension IntegerRegister {
    /// The assembler's name, ASCII, static.
    public var nameBytes: UnsafeBufferPointer<UInt8> { MachineCode.nameBytes(IntegerRegister.names, number) }
}

extension FloatRegister {
    /// The assembler's name, ASCII, static.
    public var nameBytes: UnsafeBufferPointer<UInt8> { MachineCode.nameBytes(FloatRegister.names, number) }
}

extension RoundingMode {
    /// The assembler's name, ASCII, static; none for a reserved number.
    public var nameBytes: UnsafeBufferPointer<UInt8> {
        isValid ? MachineCode.nameBytes(RoundingMode.names, number) : UnsafeBufferPointer(start: nil, count: 0)
    }
}
