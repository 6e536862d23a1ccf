// A process's call of a WASI function: decoding its arguments with bounds checks, and the dispatch. The functions themselves are
// extensions like this one, one file a family (Call+*.swift). The context is the only reference a call carries, and nothing counts it.
import FileSystems
import WasmEngine

/// How a call ends.
public enum CallOutcome: Equatable, Sendable {
    /// The guest goes on, with this result.
    case returned(Errno)
    /// The process ends with this code.
    case exit(UInt32)
    /// The platform is ending the process; the guest does not go on.
    case ended
    /// The guest traps.
    case trap(TrapCode)
}

extension WASIContext {
    // MARK: Arguments

    @inline(__always)
    func u32(_ slot: Int) -> UInt32 { UInt32(truncatingIfNeeded: values[slot]) }
    @inline(__always)
    func u64(_ slot: Int) -> UInt64 { values[slot] }
    @inline(__always)
    func address(_ slot: Int) -> UInt64 { UInt64(u32(slot)) }

    /// A flags argument; `inval` for bits without a meaning.
    func flags<Flags: OptionSet>(_ slot: Int, _ all: Flags) throws(Errno) -> Flags where Flags.RawValue == UInt16 {
        let raw = u32(slot)
        guard raw <= UInt32(all.rawValue), raw & ~UInt32(all.rawValue) == 0 else { throw .inval }
        return Flags(rawValue: UInt16(truncatingIfNeeded: raw))
    }

    /// `lookupflags`: whether a link at the end is followed.
    func followsLinks(_ slot: Int) throws(Errno) -> Bool {
        guard u32(slot) <= 1 else { throw .inval }
        return u32(slot) == 1
    }

    // MARK: Memory

    /// The guest's bytes; `fault` when any of them is outside. No bytes are nowhere outside.
    @inline(__always)
    func bytes(_ address: UInt64, _ count: UInt64) throws(Errno) -> UnsafeMutableRawBufferPointer {
        guard count <= UInt64(UInt32.max), let bytes = memory.bytes(at: address, count: Int(count)) else {
            guard count == 0 else { throw .fault }
            return UnsafeMutableRawBufferPointer(start: memory.base, count: 0)
        }
        return bytes
    }

    /// The bytes of an (address, length) pair of arguments.
    @inline(__always)
    func buffer(_ slot: Int) throws(Errno) -> UnsafeMutableRawBufferPointer { try bytes(address(slot), UInt64(u32(slot + 1))) }

    func load<Integer: FixedWidthInteger>(_ address: UInt64, as type: Integer.Type) throws(Errno) -> Integer {
        let bytes = try bytes(address, UInt64(Integer.bitWidth / 8))
        // SAFETY: the range was checked; unaligned is meant.
        return Integer(littleEndian: UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(as: Integer.self))
    }

    func store<Integer: FixedWidthInteger>(_ value: Integer, _ address: UInt64) throws(Errno) {
        let bytes = try bytes(address, UInt64(Integer.bitWidth / 8))
        // SAFETY: the range was checked; unaligned is meant.
        bytes.baseAddress!.storeBytes(of: value.littleEndian, as: Integer.self)
    }

    /// Checks that a result can be stored before anything is done that could not be undone.
    func checkResult(_ slot: Int, byteCount: UInt64) throws(Errno) { _ = try bytes(address(slot), byteCount) }

    // MARK: Vectors (iovec, ciovec: address and length, 8 bytes each)

    /// Checks all vectors and returns how many bytes they hold together.
    func checkVectors(_ slot: Int) throws(Errno) -> UInt64 {
        let count = u32(slot + 1)
        guard count <= UInt32(truncatingIfNeeded: limits.vectorCount) else { throw .inval }
        let base = address(slot)
        _ = try bytes(base, UInt64(count) * 8)
        var total: UInt64 = 0
        for index in 0..<UInt64(count) {
            let length = UInt64(try load(base + index * 8 + 4, as: UInt32.self))
            _ = try bytes(UInt64(try load(base + index * 8, as: UInt32.self)), length)
            total += length
        }
        // The count done is a 32-bit number.
        guard total <= UInt64(UInt32.max) else { throw .inval }
        return total
    }

    /// The vector's bytes, checked again: a read may have filled the vectors themselves.
    func vector(_ slot: Int, _ index: UInt32) throws(Errno) -> UnsafeMutableRawBufferPointer {
        let base = address(slot) + UInt64(index) * 8
        return try bytes(UInt64(try load(base, as: UInt32.self)), UInt64(try load(base + 4, as: UInt32.self)))
    }

    // MARK: Descriptors

    /// The open file of the descriptor in `slot`: `badf`.
    func file(_ slot: Int) throws(Errno) -> OpenFile { try descriptors.file(u32(slot)) }

    /// `notcapable` when the descriptor lacks any of the rights.
    func require(_ rights: Rights, of file: OpenFile) throws(Errno) {
        guard file.baseRights.isSuperset(of: rights) else { throw .notcapable }
    }

    /// A directory with the rights: `badf`, `notdir`, `notcapable`.
    func directory(_ slot: Int, _ rights: Rights) throws(Errno) -> (fileSystem: FileSystem, node: NodeNumber) {
        let file = try file(slot)
        guard case .directory(let fileSystem, let node) = file.kind else { throw .notdir }
        try require(rights, of: file)
        return (fileSystem, node)
    }
}

extension WASIContext {
    /// Calls a function. `values` has a slot for each WebAssembly parameter.
    public func call(
        _ function: WASIFunction, preview: Preview, memory: GuestMemory, values: UnsafeMutablePointer<UInt64>
    ) -> CallOutcome {
        begin(preview, memory, values)
        let outcome = DirectOutcome(rawValue: perform(function))
        switch end {
        case .none:
            if let code = outcome.trapCode { return .trap(code) }
            return .returned(WASIContext.error(outcome.rawValue))
        case .exit(let code): return .exit(code)
        case .ended: return .ended
        }
    }

    /// Notes whose call is under way.
    @inline(__always)
    func begin(_ preview: Preview, _ memory: GuestMemory, _ values: UnsafeMutablePointer<UInt64>) {
        self.preview = preview
        self.memory = memory
        self.values = values
    }

    /// Performs the call under way; a `DirectOutcome`'s raw value.
    @inline(__always)
    func perform(_ function: WASIFunction) -> UInt64 { isTracing ? trace(function) : enter(function) }

    /// The same with a line of `--trace`.
    @inline(never)
    private func trace(_ function: WASIFunction) -> UInt64 {
        let start = platform.time(of: .monotonic) ?? 0
        // What the results overwrite is traced from the arguments as they were.
        var line = TraceLine(self, function)
        let outcome = enter(function)
        let error = DirectOutcome(rawValue: outcome).trapCode == nil ? WASIContext.error(outcome) : Errno.fault
        line.finish(
            self, function, error, nanoseconds: (platform.time(of: .monotonic) ?? 0) &- start)
        line.emit(to: platform)
        return outcome
    }

    /// The error number in an outcome; nothing when the process ends.
    private static func error(_ outcome: UInt64) -> Errno { Errno(rawValue: UInt16(truncatingIfNeeded: outcome)) ?? .success }

    /// What a call comes to, counted. Only one that failed can have ended the process.
    @inline(__always)
    func outcome(_ body: () throws(Errno) -> Void) -> UInt64 {
        counters.callCount &+= 1
        do throws(Errno) { try body() } catch { return failure(error) }
        return DirectOutcome.result(0).rawValue
    }

    /// What a call that failed comes to: its error number, a trap, or the process's end.
    @inline(never)
    private func failure(_ error: Errno) -> UInt64 {
        switch end {
        case .none:
            counters.failedCallCount &+= 1
            if error == .fault, !answersBadAddresses { return DirectOutcome.trap(.memoryOutOfBounds).rawValue }
            return DirectOutcome.result(UInt32(error.rawValue)).rawValue
        case .exit(let code): return DirectOutcome.exit(Int32(bitPattern: code)).rawValue
        case .ended: return DirectOutcome.exit(WASIContext.endedExitCode).rawValue
        }
    }
}
