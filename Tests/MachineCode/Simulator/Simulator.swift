// A RISC-V hart for tests on the host: runs the instructions of MachineCode in user memory. It owns its registers and nothing else: loads
// and stores go to the host's memory at the addresses the code computes, so the caller answers for what the code may reach.
// Not there: CSRs, fences, atomics, compressed instructions, floating-point flags.

import MachineCode

/// Why a run ended.
public enum SimulatorStop: Equatable, Sendable {
    /// The program counter, the value, is no longer in the code.
    case left(UInt)
    /// A load or store touched a window outside its memory, or with `isConfined` anything outside of windows. It had no effect.
    case fault(address: UInt, at: UInt)
    /// A word that is no instruction of MachineCode's.
    case illegal(word: UInt32, at: UInt)
    /// As many instructions as were allowed have retired.
    case limit
}

/// A stretch of addresses of which only the middle is memory.
public struct SimulatorWindow: Sendable {
    /// The memory's first address, and how many bytes it has.
    public var base: UInt, memoryByteCount: UInt
    /// How many bytes before `base` are guarded, and how many from `base` on are in the window, memory included.
    public var guardedByteCountBefore: UInt, windowByteCount: UInt

    /// Whether an access touches the window at all.
    @inline(__always) fileprivate func touches(_ address: UInt, _ byteCount: UInt) -> Bool {
        address &- base &+ guardedByteCountBefore &+ byteCount &- 1 < guardedByteCountBefore &+ windowByteCount &+ byteCount &- 1
    }
    /// Whether an access is in the window's memory.
    @inline(__always) fileprivate func contains(_ address: UInt, _ byteCount: UInt) -> Bool {
        memoryByteCount >= byteCount && address &- base <= memoryByteCount &- byteCount
    }
}

/// One hart: 32 integer and 32 float registers, a count of instructions.
public struct Simulator: ~Copyable {
    /// The integer registers; the first is 0 between instructions.
    let x: UnsafeMutablePointer<UInt64>
    /// The bits of the float registers.
    let f: UnsafeMutablePointer<UInt64>
    /// The program counter after the last run: where it would go on.
    public internal(set) var programCounter: UInt = 0
    /// How many instructions have retired since the beginning. One that faults does not retire.
    public internal(set) var retiredCount = 0
    /// What the rounding mode `dyn` means.
    public var dynamicRounding = RoundingMode.rne
    /// Guarded stretches of addresses. They do not overlap.
    public var windows: [SimulatorWindow] = [] {
        didSet {
            guarded.deallocate()
            guarded = .allocate(capacity: windows.count)
            guarded.initialize(from: windows, count: windows.count)
            guardedCount = windows.count
        }
    }
    /// The windows again, where a load or store finds them without counting references.
    private var guarded = UnsafeMutablePointer<SimulatorWindow>.allocate(capacity: 0)
    private var guardedCount = 0
    /// Whether loads and stores outside of every window's memory are faults; else they go to the host's memory.
    public var isConfined = false
    /// The address of the access that faulted.
    var faultAddress: UInt = 0
    /// Recently decoded words and their forms, by the word's place.
    private let decoded: UnsafeMutablePointer<(word: UInt32, form: InstructionForm)>
    private static var decodedCount: Int { 8192 }

    /// A hart whose registers are all 0.
    public init() {
        x = .allocate(capacity: 32)
        x.initialize(repeating: 0, count: 32)
        f = .allocate(capacity: 32)
        f.initialize(repeating: 0, count: 32)
        decoded = .allocate(capacity: Simulator.decodedCount)
        // The word of `add zero, zero, zero`, which is right.
        decoded.initialize(repeating: (InstructionForm.add.match, .add), count: Simulator.decodedCount)
    }

    deinit {
        x.deallocate()
        f.deallocate()
        decoded.deallocate()
        guarded.deallocate()
    }

    /// An integer register. What is written to `zero` is lost.
    public subscript(_ register: IntegerRegister) -> UInt64 {
        get { x[Int(register.number)] }
        set { if register != .zero { x[Int(register.number)] = newValue } }
    }

    /// The bits of a float register; a single has ones above.
    public subscript(_ register: FloatRegister) -> UInt64 {
        get { f[Int(register.number)] }
        set { f[Int(register.number)] = newValue }
    }

    /// Gives `body` the integer and the float registers, 32 each.
    public func withRegisters<Result>(_ body: (_ integers: UnsafePointer<UInt64>, _ floats: UnsafePointer<UInt64>) -> Result) -> Result {
        body(UnsafePointer(x), UnsafePointer(f))
    }

    /// Guards a stretch of addresses: of `windowByteCount` bytes from `base` only the first `memoryByteCount` may be touched, and none of
    /// the `guardedByteCountBefore` bytes below.
    public mutating func addWindow(base: UInt, memoryByteCount: UInt, windowByteCount: UInt, guardedByteCountBefore: UInt = 0) {
        windows.append(
            SimulatorWindow(
                base: base, memoryByteCount: memoryByteCount, guardedByteCountBefore: guardedByteCountBefore,
                windowByteCount: windowByteCount))
    }

    /// Runs code, which lies at its own address, from an address in it until something stops it or `limit` instructions have retired.
    public mutating func run(code: UnsafeRawBufferPointer, from start: UInt, limit: Int) -> SimulatorStop {
        programCounter = start
        guard let base = code.baseAddress, code.count >= 4 else { return .left(start) }
        let first = UInt(bitPattern: base)
        let last = UInt(code.count - 4)
        let end = retiredCount + limit
        while retiredCount < end {
            let place = programCounter &- first
            guard place <= last else { return .left(programCounter) }
            let word = base.loadUnaligned(fromByteOffset: Int(bitPattern: place), as: UInt32.self)
            let entry = decoded + Int(bitPattern: place >> 2) & (Simulator.decodedCount - 1)
            if entry.pointee.word != word {
                guard let form = InstructionForm.of(word) else { return .illegal(word: word, at: programCounter) }
                entry.pointee = (word, form)
            }
            guard let next = execute(entry.pointee.form, word) else { return .fault(address: faultAddress, at: programCounter) }
            x[0] = 0
            programCounter = next
            retiredCount &+= 1
        }
        return programCounter &- first <= last ? .limit : .left(programCounter)
    }

    /// Whether a load or store may go on; else the address is remembered.
    @inline(__always) mutating func mayAccess(_ address: UInt, _ byteCount: UInt) -> Bool {
        var isInside = false
        for index in 0..<guardedCount {
            if guarded[index].contains(address, byteCount) {
                isInside = true
            } else if guarded[index].touches(address, byteCount) {
                faultAddress = address
                return false
            }
        }
        if isInside || !isConfined { return true }
        faultAddress = address
        return false
    }
}
