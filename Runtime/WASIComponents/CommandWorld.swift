// CommandWorld: what a component of the world `wasi:cli/command` 0.2 sees of the machine: arguments, environment, streams, files, clocks,
// random bytes. Owns the objects that the component's handles stand for; the platform and the file systems are the caller's.
// Spec: WASI 0.2.12, `wasi:cli/command`.
import ComponentRuntime
import Containers
import FileSystems
import WASI
import WasmEngine

/// A directory stream: where it goes on.
final class EntryStream {
    let fileSystem: FileSystem
    let node: NodeNumber
    var cookie: UInt64 = 0

    init(_ fileSystem: FileSystem, _ node: NodeNumber) {
        self.fileSystem = fileSystem
        self.node = node
    }
}

/// What a `pollable` waits for.
enum Pollable {
    case ready
    case stream(StreamInterest)
    /// A time of the monotonic clock.
    case deadline(UInt64)
}

/// What a handle stands for.
enum HostObject {
    case error(Errno)
    case pollable(Pollable)
    case input(ByteStream)
    case output(ByteStream)
    case descriptor(Descriptor)
    case entries(EntryStream)
    /// Terminals and networks, which have nothing to ask.
    case token
}

/// One component's WASI 0.2 state.
public final class CommandWorld {
    /// Most objects at a time.
    public static let objectLimit = 4096
    /// Most bytes of one read.
    static let readLimit: UInt64 = 1 << 16

    let platform: Platform
    let arguments: [[UInt8]]
    let environment: [[UInt8]]
    let preopens: [Preopen]
    /// Every call becomes a line for `Platform.trace`.
    public var isTracing = false

    /// Object `i` is the representation `i + 1`.
    private var objects: [HostObject?] = []
    private var free: [UInt32] = []
    var scratch: PathScratch
    var secondScratch: PathScratch

    /// A component with these arguments (its name among them), variables (`NAME=value`) and directories.
    public init(platform: Platform, arguments: [[UInt8]], environment: [[UInt8]], preopens: [Preopen]) {
        self.platform = platform
        self.arguments = arguments
        self.environment = environment
        self.preopens = preopens
        let limits = WASILimits()
        scratch = PathScratch(byteLimit: limits.pathByteCount)
        secondScratch = PathScratch(byteLimit: limits.pathByteCount)
    }

    // MARK: Objects

    /// Keeps an object and returns its representation.
    func add(_ object: HostObject) throws(ComponentTrap) -> UInt64 {
        if let index = free.popLast() {
            objects[Int(index) - 1] = object
            return UInt64(index)
        }
        guard objects.count < CommandWorld.objectLimit else { throw ComponentTrap.host("too many open streams, files and pollables") }
        objects.append(object)
        return UInt64(objects.count)
    }

    private func object(_ representation: UInt32) -> HostObject? {
        representation > 0 && Int(representation) <= objects.count ? objects[Int(representation) - 1] : nil
    }

    /// Gives up an object.
    func drop(_ representation: UInt32) {
        guard let object = object(representation) else { return }
        objects[Int(representation) - 1] = nil
        free.append(representation)
        switch object {
        case .descriptor(let descriptor): descriptor.fileSystem.closed(descriptor.node)
        case .input(let stream), .output(let stream): stream.close()
        case .entries(let entries): entries.fileSystem.closed(entries.node)
        default: break
        }
    }

    /// Gives up everything that is open.
    public func closeAll() {
        for index in 0..<objects.count { drop(UInt32(index + 1)) }
    }

    /// A component that gives an interface types of its own can mix handles up.
    private static let wrongObject = ComponentTrap.host("a handle stands for something else")

    func descriptor(_ call: HostCall, _ offset: UInt64 = 0) throws(ComponentTrap) -> Descriptor {
        guard case .descriptor(let descriptor) = object(call.u32(offset)) else { throw CommandWorld.wrongObject }
        return descriptor
    }

    func input(_ call: HostCall, _ offset: UInt64 = 0) throws(ComponentTrap) -> ByteStream {
        guard case .input(let stream) = object(call.u32(offset)) else { throw CommandWorld.wrongObject }
        return stream
    }

    func output(_ call: HostCall) throws(ComponentTrap) -> ByteStream {
        guard case .output(let stream) = object(call.u32(0)) else { throw CommandWorld.wrongObject }
        return stream
    }

    func entries(_ call: HostCall) throws(ComponentTrap) -> EntryStream {
        guard case .entries(let stream) = object(call.u32(0)) else { throw CommandWorld.wrongObject }
        return stream
    }

    func pollable(_ representation: UInt32) throws(ComponentTrap) -> Pollable {
        guard case .pollable(let pollable) = object(representation) else { throw CommandWorld.wrongObject }
        return pollable
    }

    func error(_ call: HostCall) throws(ComponentTrap) -> Errno {
        guard case .error(let error) = object(call.u32(0)) else { throw CommandWorld.wrongObject }
        return error
    }

    // MARK: Linking

    /// A function of an interface.
    typealias Body = (_ world: CommandWorld, _ call: HostCall) throws(ComponentTrap) -> Void
    /// A function's name, its type in the words of `TypeMatcher`, and what it does.
    typealias Row = (Name, StaticString, Body)

    /// Defines all interfaces. The world must outlive the linker's components.
    public func define(in linker: ComponentLinker) {
        defineCommandLine(linker)
        defineStreams(linker)
        defineClocks(linker)
        defineFiles(linker)
        defineSockets(linker)
    }

    /// Defines an interface with resource types and functions.
    func define(_ linker: ComponentLinker, _ name: Name, resources: [(Name, HostResource)] = [], _ functions: [Row]) {
        let interface = HostInterface()
        for (name, resource) in resources { interface.define(resource: name, resource) }
        interface.typeNames = CommandWorld.typeNames
        for (function, type, body) in functions {
            interface.define(function, type) { [unowned(unsafe) self] call throws(ComponentTrap) in
                if isTracing { trace(name, function) }
                try body(self, call)
            }
        }
        linker.define(Name(bytes: name.bytes + Array("@0.2.12".utf8)), interface)
    }

    private func trace(_ interface: Name, _ function: Name) {
        let line = interface.bytes + [0x23] + function.bytes
        line.withUnsafeBytes { platform.trace($0) }
    }

    /// The resource types, each one object, so that the interfaces share them.
    private var types: [Name: HostResource] = [:]

    /// The resource type of this name.
    func type(_ name: Name) -> (Name, HostResource) {
        if let type = types[name] { return (name, type) }
        let type = HostResource { [unowned(unsafe) self] representation in drop(representation) }
        types[name] = type
        return (name, type)
    }
}

extension HostCall {
    /// The result is `ok`, whose payload the caller writes.
    func succeed() { put(0, 1) }

    /// The result is an error that is an enumeration.
    func fail(code: UInt64) {
        put(1, 1)
        put(code, 1, at: payloadOffset)
    }

    /// The result is an error code of `wasi:filesystem`.
    func fail(_ error: Errno) { fail(code: UInt64(error.fileSystemCode)) }
}
