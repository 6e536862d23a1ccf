// The one declaration of every WASI function, as the .witx files have them: name, parameters with their WASI types, results.
// From it come the engine's signatures, linking, the trace and the completeness test. Owns no state.
import FileSystems

/// The functions of WASI. The raw value is the row in `FunctionRow.all`.
public enum WASIFunction: UInt8, CaseIterable, Sendable {
    case argsGet, argsSizesGet, environGet, environSizesGet
    case clockResGet, clockTimeGet
    case fdAdvise, fdAllocate, fdClose, fdDatasync, fdFdstatGet, fdFdstatSetFlags, fdFdstatSetRights, fdFilestatGet
    case fdFilestatSetSize, fdFilestatSetTimes, fdPread, fdPrestatGet, fdPrestatDirName, fdPwrite, fdRead, fdReaddir
    case fdRenumber, fdSeek, fdSync, fdTell, fdWrite
    case pathCreateDirectory, pathFilestatGet, pathFilestatSetTimes, pathLink, pathOpen, pathReadlink, pathRemoveDirectory
    case pathRename, pathSymlink, pathUnlinkFile
    case pollOneoff, procExit, procRaise, schedYield, randomGet
    case sockAccept, sockRecv, sockSend, sockShutdown

    /// The function's declaration.
    public var row: FunctionRow { FunctionRow.all[Int(rawValue)] }
}

/// The types of parameters and results, in the .witx files' words.
public enum WASIType: UInt8, Sendable {
    case fd, size, filesize, filedelta, timestamp, clockid, advice, rights, fdflags, fstflags, lookupflags, oflags, whence
    case dircookie, exitcode, signal, riflags, siflags, sdflags
    /// Two slots each: address and length.
    case string, iovecArray, ciovecArray
    /// Addresses.
    case bytePointer, pointerPointer, subscriptionPointer, eventPointer
    /// Results only.
    case fdstat, filestat, prestat, roflags

    /// How the .witx files spell it.
    public var witx: StaticString {
        switch self {
        case .fd: "$fd"
        case .size: "$size"
        case .filesize: "$filesize"
        case .filedelta: "$filedelta"
        case .timestamp: "$timestamp"
        case .clockid: "$clockid"
        case .advice: "$advice"
        case .rights: "$rights"
        case .fdflags: "$fdflags"
        case .fstflags: "$fstflags"
        case .lookupflags: "$lookupflags"
        case .oflags: "$oflags"
        case .whence: "$whence"
        case .dircookie: "$dircookie"
        case .exitcode: "$exitcode"
        case .signal: "$signal"
        case .riflags: "$riflags"
        case .siflags: "$siflags"
        case .sdflags: "$sdflags"
        case .string: "string"
        case .iovecArray: "$iovec_array"
        case .ciovecArray: "$ciovec_array"
        case .bytePointer: "(@witx pointer u8)"
        case .pointerPointer: "(@witx pointer (@witx pointer u8))"
        case .subscriptionPointer: "(@witx const_pointer $subscription)"
        case .eventPointer: "(@witx pointer $event)"
        case .fdstat: "$fdstat"
        case .filestat: "$filestat"
        case .prestat: "$prestat"
        case .roflags: "$roflags"
        }
    }

    /// Passed as i64, not i32.
    public var isWide: Bool {
        switch self {
        case .filesize, .filedelta, .timestamp, .rights, .dircookie: true
        default: false
        }
    }

    /// How many WebAssembly parameters it takes.
    public var slotCount: Int {
        switch self {
        case .string, .iovecArray, .ciovecArray: 2
        default: 1
        }
    }
}

/// A named parameter.
public struct WASIParameter: Sendable {
    public let name: StaticString
    public let type: WASIType
    init(_ name: StaticString, _ type: WASIType) {
        self.name = name
        self.type = type
    }
}

/// The declaration of one function. Results are stored through addresses that follow the parameters; the WebAssembly result is the
/// error number, except for `proc_exit`, which has none.
public struct FunctionRow: Sendable {
    public let function: WASIFunction
    public let name: StaticString
    public let parameters: [WASIParameter]
    public let results: [WASIType]
    /// Preview 0 has it too.
    public let isInUnstable: Bool

    private init(
        _ function: WASIFunction, _ name: StaticString, _ parameters: [WASIParameter] = [], _ results: [WASIType] = [],
        isInUnstable: Bool = true
    ) {
        self.function = function
        self.name = name
        self.parameters = parameters
        self.results = results
        self.isInUnstable = isInUnstable
    }

    /// `proc_exit` does not come back.
    public var returnsErrno: Bool { function != .procExit }

    /// The i64-ness of each WebAssembly parameter in order, the result addresses included.
    public var wideSlots: [Bool] {
        var slots: [Bool] = []
        for parameter in parameters {
            for _ in 0..<parameter.type.slotCount { slots.append(parameter.type.isWide) }
        }
        for _ in results { slots.append(false) }
        return slots
    }

    /// Every function, in the order of `WASIFunction`.
    public static let all: [FunctionRow] = [
        FunctionRow(.argsGet, "args_get", [.init("argv", .pointerPointer), .init("argv_buf", .bytePointer)]),
        FunctionRow(.argsSizesGet, "args_sizes_get", [], [.size, .size]),
        FunctionRow(.environGet, "environ_get", [.init("environ", .pointerPointer), .init("environ_buf", .bytePointer)]),
        FunctionRow(.environSizesGet, "environ_sizes_get", [], [.size, .size]),
        FunctionRow(.clockResGet, "clock_res_get", [.init("id", .clockid)], [.timestamp]),
        FunctionRow(.clockTimeGet, "clock_time_get", [.init("id", .clockid), .init("precision", .timestamp)], [.timestamp]),
        FunctionRow(
            .fdAdvise, "fd_advise",
            [.init("fd", .fd), .init("offset", .filesize), .init("len", .filesize), .init("advice", .advice)]),
        FunctionRow(.fdAllocate, "fd_allocate", [.init("fd", .fd), .init("offset", .filesize), .init("len", .filesize)]),
        FunctionRow(.fdClose, "fd_close", [.init("fd", .fd)]),
        FunctionRow(.fdDatasync, "fd_datasync", [.init("fd", .fd)]),
        FunctionRow(.fdFdstatGet, "fd_fdstat_get", [.init("fd", .fd)], [.fdstat]),
        FunctionRow(.fdFdstatSetFlags, "fd_fdstat_set_flags", [.init("fd", .fd), .init("flags", .fdflags)]),
        FunctionRow(
            .fdFdstatSetRights, "fd_fdstat_set_rights",
            [.init("fd", .fd), .init("fs_rights_base", .rights), .init("fs_rights_inheriting", .rights)]),
        FunctionRow(.fdFilestatGet, "fd_filestat_get", [.init("fd", .fd)], [.filestat]),
        FunctionRow(.fdFilestatSetSize, "fd_filestat_set_size", [.init("fd", .fd), .init("size", .filesize)]),
        FunctionRow(
            .fdFilestatSetTimes, "fd_filestat_set_times",
            [.init("fd", .fd), .init("atim", .timestamp), .init("mtim", .timestamp), .init("fst_flags", .fstflags)]),
        FunctionRow(
            .fdPread, "fd_pread", [.init("fd", .fd), .init("iovs", .iovecArray), .init("offset", .filesize)], [.size]),
        FunctionRow(.fdPrestatGet, "fd_prestat_get", [.init("fd", .fd)], [.prestat]),
        FunctionRow(
            .fdPrestatDirName, "fd_prestat_dir_name",
            [.init("fd", .fd), .init("path", .bytePointer), .init("path_len", .size)]),
        FunctionRow(
            .fdPwrite, "fd_pwrite", [.init("fd", .fd), .init("iovs", .ciovecArray), .init("offset", .filesize)], [.size]),
        FunctionRow(.fdRead, "fd_read", [.init("fd", .fd), .init("iovs", .iovecArray)], [.size]),
        FunctionRow(
            .fdReaddir, "fd_readdir",
            [.init("fd", .fd), .init("buf", .bytePointer), .init("buf_len", .size), .init("cookie", .dircookie)], [.size]),
        FunctionRow(.fdRenumber, "fd_renumber", [.init("fd", .fd), .init("to", .fd)]),
        FunctionRow(
            .fdSeek, "fd_seek", [.init("fd", .fd), .init("offset", .filedelta), .init("whence", .whence)], [.filesize]),
        FunctionRow(.fdSync, "fd_sync", [.init("fd", .fd)]),
        FunctionRow(.fdTell, "fd_tell", [.init("fd", .fd)], [.filesize]),
        FunctionRow(.fdWrite, "fd_write", [.init("fd", .fd), .init("iovs", .ciovecArray)], [.size]),
        FunctionRow(.pathCreateDirectory, "path_create_directory", [.init("fd", .fd), .init("path", .string)]),
        FunctionRow(
            .pathFilestatGet, "path_filestat_get",
            [.init("fd", .fd), .init("flags", .lookupflags), .init("path", .string)], [.filestat]),
        FunctionRow(
            .pathFilestatSetTimes, "path_filestat_set_times",
            [
                .init("fd", .fd), .init("flags", .lookupflags), .init("path", .string), .init("atim", .timestamp),
                .init("mtim", .timestamp), .init("fst_flags", .fstflags),
            ]),
        FunctionRow(
            .pathLink, "path_link",
            [
                .init("old_fd", .fd), .init("old_flags", .lookupflags), .init("old_path", .string), .init("new_fd", .fd),
                .init("new_path", .string),
            ]),
        FunctionRow(
            .pathOpen, "path_open",
            [
                .init("fd", .fd), .init("dirflags", .lookupflags), .init("path", .string), .init("oflags", .oflags),
                .init("fs_rights_base", .rights), .init("fs_rights_inheriting", .rights), .init("fdflags", .fdflags),
            ], [.fd]),
        FunctionRow(
            .pathReadlink, "path_readlink",
            [.init("fd", .fd), .init("path", .string), .init("buf", .bytePointer), .init("buf_len", .size)], [.size]),
        FunctionRow(.pathRemoveDirectory, "path_remove_directory", [.init("fd", .fd), .init("path", .string)]),
        FunctionRow(
            .pathRename, "path_rename",
            [.init("fd", .fd), .init("old_path", .string), .init("new_fd", .fd), .init("new_path", .string)]),
        FunctionRow(
            .pathSymlink, "path_symlink", [.init("old_path", .string), .init("fd", .fd), .init("new_path", .string)]),
        FunctionRow(.pathUnlinkFile, "path_unlink_file", [.init("fd", .fd), .init("path", .string)]),
        FunctionRow(
            .pollOneoff, "poll_oneoff",
            [.init("in", .subscriptionPointer), .init("out", .eventPointer), .init("nsubscriptions", .size)], [.size]),
        FunctionRow(.procExit, "proc_exit", [.init("rval", .exitcode)]),
        FunctionRow(.procRaise, "proc_raise", [.init("sig", .signal)]),
        FunctionRow(.schedYield, "sched_yield"),
        FunctionRow(.randomGet, "random_get", [.init("buf", .bytePointer), .init("buf_len", .size)]),
        FunctionRow(.sockAccept, "sock_accept", [.init("fd", .fd), .init("flags", .fdflags)], [.fd], isInUnstable: false),
        FunctionRow(
            .sockRecv, "sock_recv", [.init("fd", .fd), .init("ri_data", .iovecArray), .init("ri_flags", .riflags)],
            [.size, .roflags]),
        FunctionRow(
            .sockSend, "sock_send", [.init("fd", .fd), .init("si_data", .ciovecArray), .init("si_flags", .siflags)], [.size]),
        FunctionRow(.sockShutdown, "sock_shutdown", [.init("fd", .fd), .init("how", .sdflags)]),
    ]
}
