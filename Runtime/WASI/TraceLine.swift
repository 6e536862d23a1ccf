// One line of `--trace`: a call with its decoded arguments, its result and how long it took, rendered from the function table.
// Like `strace`: `fd_write(fd=1, iovs=[2 vectors, 14 bytes]) = 0 (success) size=14 <0.000021>`. Owns the line's bytes.
import Containers
import FileSystems

struct TraceLine {
    private var line: [UInt8] = []
    /// Longer texts of a guest are cut here.
    private static let textByteLimit = 64

    /// The call before it is made.
    init(_ call: WASIContext, _ function: WASIFunction) {
        line.reserveCapacity(160)
        let row = function.row
        line.append(row.name)
        line.append("(")
        var slot = 0
        for (number, parameter) in row.parameters.enumerated() {
            if number > 0 { line.append(", ") }
            line.append(parameter.name)
            line.append("=")
            appendArgument(call, parameter.type, slot)
            slot += parameter.type.slotCount
        }
        line.append(")")
    }

    /// What came of it.
    mutating func finish(_ call: WASIContext, _ function: WASIFunction, _ error: Errno, nanoseconds: UInt64) {
        let row = function.row
        switch call.end {
        case .none:
            line.append(" = ")
            line.append(decimal: UInt64(error.rawValue))
            line.append(" (")
            line.append(error.name)
            line.append(")")
            if error == .success { appendResults(call, row) }
        case .exit(let code):
            line.append(" exits with ")
            line.append(decimal: UInt64(code))
        case .ended: line.append(" is ended")
        }
        line.append(" <")
        line.append(decimal: nanoseconds / 1_000_000_000)
        line.append(".")
        let microseconds = nanoseconds % 1_000_000_000 / 1000
        var unit: UInt64 = 100_000
        while unit > 0 {
            line.append(UInt8(48 + microseconds / unit % 10))
            unit /= 10
        }
        line.append(">")
    }

    func emit(to platform: Platform) {
        line.withUnsafeBytes { platform.trace($0) }
    }

    // MARK: Values

    private mutating func appendArgument(_ call: WASIContext, _ type: WASIType, _ slot: Int) {
        switch type {
        case .filedelta:
            let value = Int64(bitPattern: call.u64(slot))
            if value < 0 { line.append("-") }
            line.append(decimal: value.magnitude)
        case .filesize, .timestamp, .dircookie: line.append(decimal: call.u64(slot))
        case .rights: line.append(hexadecimal: call.u64(slot))
        case .fdflags, .fstflags, .lookupflags, .oflags, .riflags, .siflags, .sdflags, .bytePointer, .pointerPointer,
            .subscriptionPointer, .eventPointer:
            line.append(hexadecimal: UInt64(call.u32(slot)))
        case .clockid:
            switch Clock(rawValue: call.u32(slot)) {
            case .realtime: line.append("realtime")
            case .monotonic: line.append("monotonic")
            case .processCPUTime: line.append("process_cputime_id")
            case .threadCPUTime: line.append("thread_cputime_id")
            case nil: line.append(decimal: UInt64(call.u32(slot)))
            }
        case .whence:
            switch Whence(rawValue: call.u32(slot), preview: call.preview) {
            case .set: line.append("set")
            case .current: line.append("cur")
            case .end: line.append("end")
            case nil: line.append(decimal: UInt64(call.u32(slot)))
            }
        case .string: appendText(call, slot)
        case .iovecArray, .ciovecArray: appendVectors(call, slot)
        default: line.append(decimal: UInt64(call.u32(slot)))
        }
    }

    private mutating func appendText(_ call: WASIContext, _ slot: Int) {
        guard let bytes = try? call.buffer(slot) else {
            line.append("fault")
            return
        }
        line.append("\"")
        for byte in bytes.prefix(TraceLine.textByteLimit) {
            if byte == 0x22 || byte == 0x5c { line.append(0x5c) }
            if byte < 0x20 || byte == 0x7f {
                line.append("\\x")
                line.append(TraceLine.digit(byte >> 4))
                line.append(TraceLine.digit(byte & 15))
            } else {
                line.append(byte)
            }
        }
        line.append("\"")
        if bytes.count > TraceLine.textByteLimit { line.append("...") }
    }

    private mutating func appendVectors(_ call: WASIContext, _ slot: Int) {
        guard let total = try? call.checkVectors(slot) else {
            line.append("fault")
            return
        }
        line.append("[")
        line.append(decimal: UInt64(call.u32(slot + 1)))
        line.append(call.u32(slot + 1) == 1 ? " vector, " : " vectors, ")
        line.append(decimal: total)
        line.append(" bytes]")
    }

    private mutating func appendResults(_ call: WASIContext, _ row: FunctionRow) {
        var slot = row.parameters.reduce(0) { $0 + $1.type.slotCount }
        for type in row.results {
            let address = call.address(slot)
            slot += 1
            switch type {
            case .size, .fd:
                guard let value = try? call.load(address, as: UInt32.self) else { continue }
                line.append(type == .fd ? " fd=" : " size=")
                line.append(decimal: UInt64(value))
            case .timestamp, .filesize:
                guard let value = try? call.load(address, as: UInt64.self) else { continue }
                line.append(type == .timestamp ? " timestamp=" : " filesize=")
                line.append(decimal: value)
            case .filestat:
                guard let type = try? call.load(address + 16, as: UInt8.self),
                    let byteCount = try? call.load(address + (call.preview == .preview1 ? 32 : 24), as: UInt64.self)
                else { continue }
                line.append(" filetype=")
                line.append(decimal: UInt64(type))
                line.append(" size=")
                line.append(decimal: byteCount)
            case .fdstat:
                guard let type = try? call.load(address, as: UInt8.self), let flags = try? call.load(address + 2, as: UInt16.self)
                else { continue }
                line.append(" filetype=")
                line.append(decimal: UInt64(type))
                line.append(" flags=")
                line.append(hexadecimal: UInt64(flags))
            default: continue
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
}
