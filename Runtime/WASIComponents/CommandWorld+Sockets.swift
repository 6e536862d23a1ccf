// wasi:sockets: there is no network, and each function that can fail says so. Also the numbers of `error-code`.
import ComponentRuntime
import Containers
import FileSystems
import WASI
import WasmEngine

extension CommandWorld {
    /// `error-code` of `wasi:sockets/network`: `not-supported`.
    private static let notSupported: UInt64 = 2

    func defineSockets(_ linker: ComponentLinker) {
        let names: [Name] = [
            "wasi:sockets/network", "wasi:sockets/instance-network", "wasi:sockets/tcp", "wasi:sockets/tcp-create-socket",
            "wasi:sockets/udp",
            "wasi:sockets/udp-create-socket", "wasi:sockets/ip-name-lookup",
        ]
        for name in names {
            let interface = HostInterface()
            for resource: Name in [
                "network", "tcp-socket", "udp-socket", "incoming-datagram-stream", "outgoing-datagram-stream", "resolve-address-stream",
                "pollable", "input-stream", "output-stream", "error",
            ] {
                interface.define(resource: resource, type(resource).1)
            }
            interface.define("instance-network", "->own") { [unowned(unsafe) self] call throws(ComponentTrap) in
                call.put(try add(.token), 4)
            }
            interface.defineRest(
                { (call) throws(ComponentTrap) in
                    guard call.canFail else { throw .host("sockets are not supported") }
                    call.fail(code: CommandWorld.notSupported)
                }, type("network").1)
            linker.define(Name(bytes: name.bytes + Array("@0.2.12".utf8)), interface)
        }
    }
}

extension Errno {
    /// The number in `error-code` of `wasi:filesystem/types`.
    var fileSystemCode: UInt8 {
        switch self {
        case .acces, .notcapable: return 0
        case .again: return 1
        case .already: return 2
        case .badf: return 3
        case .busy: return 4
        case .deadlk: return 5
        case .dquot: return 6
        case .exist: return 7
        case .fbig: return 8
        case .ilseq: return 9
        case .inprogress: return 10
        case .intr: return 11
        case .inval: return 12
        case .isdir: return 14
        case .loop: return 15
        case .mlink: return 16
        case .msgsize: return 17
        case .nametoolong: return 18
        case .nodev: return 19
        case .noent: return 20
        case .nolck: return 21
        case .nomem: return 22
        case .nospc: return 23
        case .notdir: return 24
        case .notempty: return 25
        case .notrecoverable: return 26
        case .notsup, .nosys: return 27
        case .notty: return 28
        case .nxio: return 29
        case .overflow: return 30
        case .perm: return 31
        case .pipe: return 32
        case .rofs: return 33
        case .spipe: return 34
        case .txtbsy: return 35
        case .xdev: return 36
        default: return 13
        }
    }
}
