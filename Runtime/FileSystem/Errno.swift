// The error numbers of WASI, as `errno` in typenames.witx declares them (the same in preview 0 and preview 1).
// Owns the numbering and the names; every failure inside this layer is one of these, thrown typed.

/// Why a WASI function failed. The raw value is what the guest gets; the case names are the specification's.
public enum Errno: UInt16, Error, Sendable {
    case success, e2big, acces, addrinuse, addrnotavail, afnosupport, again, already, badf, badmsg
    case busy, canceled, child, connaborted, connrefused, connreset, deadlk, destaddrreq, dom, dquot
    case exist, fault, fbig, hostunreach, idrm, ilseq, inprogress, intr, inval, io
    case isconn, isdir, loop, mfile, mlink, msgsize, multihop, nametoolong, netdown, netreset
    case netunreach, nfile, nobufs, nodev, noent, noexec, nolck, nolink, nomem, nomsg
    case noprotoopt, nospc, nosys, notconn, notdir, notempty, notrecoverable, notsock, notsup, notty
    case nxio, overflow, ownerdead, perm, pipe, proto, protonosupport, prototype, range, rofs
    case spipe, srch, stale, timedout, txtbsy, xdev, notcapable

    /// How many numbers there are.
    public static let count = 77

    /// The specification's name, as a trace prints it.
    public var name: StaticString {
        switch self {
        case .success: "success"
        case .e2big: "2big"
        case .acces: "acces"
        case .addrinuse: "addrinuse"
        case .addrnotavail: "addrnotavail"
        case .afnosupport: "afnosupport"
        case .again: "again"
        case .already: "already"
        case .badf: "badf"
        case .badmsg: "badmsg"
        case .busy: "busy"
        case .canceled: "canceled"
        case .child: "child"
        case .connaborted: "connaborted"
        case .connrefused: "connrefused"
        case .connreset: "connreset"
        case .deadlk: "deadlk"
        case .destaddrreq: "destaddrreq"
        case .dom: "dom"
        case .dquot: "dquot"
        case .exist: "exist"
        case .fault: "fault"
        case .fbig: "fbig"
        case .hostunreach: "hostunreach"
        case .idrm: "idrm"
        case .ilseq: "ilseq"
        case .inprogress: "inprogress"
        case .intr: "intr"
        case .inval: "inval"
        case .io: "io"
        case .isconn: "isconn"
        case .isdir: "isdir"
        case .loop: "loop"
        case .mfile: "mfile"
        case .mlink: "mlink"
        case .msgsize: "msgsize"
        case .multihop: "multihop"
        case .nametoolong: "nametoolong"
        case .netdown: "netdown"
        case .netreset: "netreset"
        case .netunreach: "netunreach"
        case .nfile: "nfile"
        case .nobufs: "nobufs"
        case .nodev: "nodev"
        case .noent: "noent"
        case .noexec: "noexec"
        case .nolck: "nolck"
        case .nolink: "nolink"
        case .nomem: "nomem"
        case .nomsg: "nomsg"
        case .noprotoopt: "noprotoopt"
        case .nospc: "nospc"
        case .nosys: "nosys"
        case .notconn: "notconn"
        case .notdir: "notdir"
        case .notempty: "notempty"
        case .notrecoverable: "notrecoverable"
        case .notsock: "notsock"
        case .notsup: "notsup"
        case .notty: "notty"
        case .nxio: "nxio"
        case .overflow: "overflow"
        case .ownerdead: "ownerdead"
        case .perm: "perm"
        case .pipe: "pipe"
        case .proto: "proto"
        case .protonosupport: "protonosupport"
        case .prototype: "prototype"
        case .range: "range"
        case .rofs: "rofs"
        case .spipe: "spipe"
        case .srch: "srch"
        case .stale: "stale"
        case .timedout: "timedout"
        case .txtbsy: "txtbsy"
        case .xdev: "xdev"
        case .notcapable: "notcapable"
        }
    }
}
