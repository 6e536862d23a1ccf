// One line of `--trace`: a call with its decoded arguments, its result and how long it took, rendered from the function table.
// Like `strace`: `fd_write(fd=1, iovs=[2 vectors, 14 bytes]) = 0 (success) size=14 <0.000021>`. Owns the line's bytes.

struct TraceLine {
    private var line: [UInt8] = []
    /// Longer texts of a guest are cut here.
    private static let textByteLimit = 64

    /// The call before it is made.
    init(_ call: WASICall, _ function: WASIFunction) {
        line.reserveCapacity(160)
        let row = function.row
        append(row.name)
        append("(")
        var slot = 0
        for (number, parameter) in row.parameters.enumerated() {
            if number > 0 { append(", ") }
            append(parameter.name)
            append("=")
            appendArgument(call, parameter.type, slot)
            slot += parameter.type.slotCount
        }
        append(")")
    }

    /// What came of it.
    mutating func finish(_ call: WASICall, _ function: WASIFunction, _ outcome: CallOutcome, nanoseconds: UInt64) {
        let row = function.row
        switch outcome {
        case .returned(let error):
            append(" = ")
            append(decimal: UInt64(error.rawValue))
            append(" (")
            append(error.name)
            append(")")
            if error == .success { appendResults(call, row) }
        case .exit(let code):
            append(" exits with ")
            append(decimal: UInt64(code))
        case .ended: append(" is ended")
        }
        append(" <")
        append(decimal: nanoseconds / 1_000_000_000)
        append(".")
        let microseconds = nanoseconds % 1_000_000_000 / 1000
        var unit: UInt64 = 100_000
        while unit > 0 {
            line.append(UInt8(48 + microseconds / unit % 10))
            unit /= 10
        }
        append(">")
    }

    func emit(to platform: Platform) {
        line.withUnsafeBytes { platform.trace($0) }
    }

    // MARK: Values

    private mutating func appendArgument(_ call: WASICall, _ type: WASIType, _ slot: Int) {
        switch type {
        case .filedelta:
            let value = Int64(bitPattern: call.u64(slot))
            if value < 0 { append("-") }
            append(decimal: value.magnitude)
        case .filesize, .timestamp, .dircookie: append(decimal: call.u64(slot))
        case .rights: append(hexadecimal: call.u64(slot))
        case .fdflags, .fstflags, .lookupflags, .oflags, .riflags, .siflags, .sdflags, .bytePointer, .pointerPointer,
            .subscriptionPointer, .eventPointer:
            append(hexadecimal: UInt64(call.u32(slot)))
        case .clockid:
            switch Clock(rawValue: call.u32(slot)) {
            case .realtime: append("realtime")
            case .monotonic: append("monotonic")
            case .processCPUTime: append("process_cputime_id")
            case .threadCPUTime: append("thread_cputime_id")
            case nil: append(decimal: UInt64(call.u32(slot)))
            }
        case .whence:
            switch Whence(rawValue: call.u32(slot), preview: call.preview) {
            case .set: append("set")
            case .current: append("cur")
            case .end: append("end")
            case nil: append(decimal: UInt64(call.u32(slot)))
            }
        case .string: appendText(call, slot)
        case .iovecArray, .ciovecArray: appendVectors(call, slot)
        default: append(decimal: UInt64(call.u32(slot)))
        }
    }

    private mutating func appendText(_ call: WASICall, _ slot: Int) {
        guard let bytes = try? call.buffer(slot) else {
            append("fault")
            return
        }
        append("\"")
        for byte in bytes.prefix(TraceLine.textByteLimit) {
            if byte == 0x22 || byte == 0x5c { line.append(0x5c) }
            if byte < 0x20 || byte == 0x7f {
                append("\\x")
                line.append(TraceLine.digit(byte >> 4))
                line.append(TraceLine.digit(byte & 15))
            } else {
                line.append(byte)
            }
        }
        append("\"")
        if bytes.count > TraceLine.textByteLimit { append("...") }
    }

    private mutating func appendVectors(_ call: WASICall, _ slot: Int) {
        guard let total = try? call.checkVectors(slot) else {
            append("fault")
            return
        }
        append("[")
        append(decimal: UInt64(call.u32(slot + 1)))
        append(call.u32(slot + 1) == 1 ? " vector, " : " vectors, ")
        append(decimal: total)
        append(" bytes]")
    }

    private mutating func appendResults(_ call: WASICall, _ row: FunctionRow) {
        var slot = row.parameters.reduce(0) { $0 + $1.type.slotCount }
        for type in row.results {
            let address = call.address(slot)
            slot += 1
            switch type {
            case .size, .fd:
                guard let value = try? call.load(address, as: UInt32.self) else { continue }
                append(type == .fd ? " fd=" : " size=")
                append(decimal: UInt64(value))
            case .timestamp, .filesize:
                guard let value = try? call.load(address, as: UInt64.self) else { continue }
                append(type == .timestamp ? " timestamp=" : " filesize=")
                append(decimal: value)
            case .filestat:
                guard let type = try? call.load(address + 16, as: UInt8.self),
                    let byteCount = try? call.load(address + (call.preview == .preview1 ? 32 : 24), as: UInt64.self)
                else { continue }
                append(" filetype=")
                append(decimal: UInt64(type))
                append(" size=")
                append(decimal: byteCount)
            case .fdstat:
                guard let type = try? call.load(address, as: UInt8.self), let flags = try? call.load(address + 2, as: UInt16.self)
                else { continue }
                append(" filetype=")
                append(decimal: UInt64(type))
                append(" flags=")
                append(hexadecimal: UInt64(flags))
            default: continue
            }
        }
    }

    // MARK: Text

    private mutating func append(_ text: StaticString) {
        for byte in text.bytes { line.append(byte) }
    }

    private mutating func append(decimal value: UInt64) {
        var unit: UInt64 = 1
        while value / unit >= 10 { unit *= 10 }
        while unit > 0 {
            line.append(UInt8(48 + value / unit % 10))
            unit /= 10
        }
    }

    private mutating func append(hexadecimal value: UInt64) {
        append("0x")
        var shift = 60
        while shift > 0, value >> UInt64(shift) == 0 { shift -= 4 }
        while shift >= 0 {
            line.append(TraceLine.digit(UInt8(truncatingIfNeeded: value >> UInt64(shift) & 15)))
            shift -= 4
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
}
