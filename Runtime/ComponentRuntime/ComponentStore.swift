// ComponentStore: what the component instances of one embedder's context share: resource types, the calls under way, the host's side of
// memory. Owns the instances and functions, which core code reaches by unowned references, so it must outlive every call into its store.
// Spec: CanonicalABI.md, "Runtime State".
import Containers
import WasmComponent
import WasmEngine

/// A resource type at run time.
struct ResourceType {
    /// The instance that defines it; nil for the host's.
    unowned(unsafe) var definer: ComponentInstance?
    /// The destructor of a guest's.
    var destructor: Func?
    /// What the host does when the last handle goes.
    var hostDrop: HostResourceDrop?
    var is64 = false
}

/// What the host does when a guest drops an own handle to one of the host's resources.
public typealias HostResourceDrop = (_ representation: UInt32) -> Void

/// A call under way in a component instance.
struct Task: BitwiseCopyable {
    /// How many borrow handles the callee has got and not dropped.
    var borrowCount: UInt32 = 0
    /// Whether its function's type is `async`, so that it may wait.
    var isAsync = false
}

/// A handle that a call has borrowed from, to be given back when it ends.
struct Lender {
    unowned(unsafe) var instance: ComponentInstance
    var index: UInt32
}

/// Owns component instances and all that they share.
public final class ComponentStore {
    /// The store of the core instances.
    public let store: Store
    /// Most component instances and core instances together.
    public var instanceLimit = 10_000
    /// Most bytes of values the host holds for one call.
    public var hostByteLimit = 1 << 30

    var resourceTypes = GrowableArray<ResourceType>()
    var tasks = GrowableArray<Task>()
    var lenders = GrowableArray<Lender>()
    /// Arguments and results on the host's side, laid out as in a memory of 32-bit addresses.
    var scratch = GrowableArray<UInt8>()
    /// Why the innermost core call ended, when the engine has no word for it.
    var pendingTrap: ComponentTrap?
    var instanceCount = 0
    /// What keeps alive what core code refers to.
    var instances: [ComponentInstance] = []
    var functions: [ComponentFunction] = []
    var lowerings: [LoweredFunction] = []
    /// The host as an instance: its handles to guests' resources.
    private(set) var host: ComponentInstance! = nil
    /// The host's end of a call.
    let hostOptions = AdapterOptions()
    var hostSide: Side { Side(host, hostOptions) }

    /// A store for components beside `store`'s core instances.
    public init(_ store: Store) {
        self.store = store
        host = ComponentInstance(self, nil, nil)
    }

    /// Makes a resource type.
    func newResourceType(_ type: ResourceType) throws(InstantiationFailure) -> ResourceID {
        guard resourceTypes.count < Int(UInt32.max) - 1, resourceTypes.append(type) else { throw .outOfMemory }
        return ResourceID(rawValue: UInt32(resourceTypes.count))
    }

    /// A resource type that `newResourceType` has made.
    func resourceType(_ id: ResourceID) -> ResourceType { resourceTypes[Int(id.rawValue) - 1] }

    /// Calls core code; a trap that one of our functions has set aside comes back in the place of the engine's.
    func call(_ function: Func, _ arguments: [Value]) throws(ComponentTrap) -> [Value] {
        do throws(Trap) { return try function.call(arguments) } catch {
            if var pending = pendingTrap {
                pendingTrap = nil
                // The engine's trap has the backtrace.
                if pending.core == nil { pending.core = error }
                throw pending
            }
            throw ComponentTrap(error)
        }
    }

    /// What a host function of the engine answers for a trap, which `call` will find.
    func outcome(_ trap: ComponentTrap) -> HostOutcome {
        if let code = trap.exitCode { return .exit(code) }
        pendingTrap = trap
        return .trap(trap.core?.code ?? .hostError)
    }

    /// Takes room on the host's side; nil when there is none. Zeroed.
    func allocate(_ byteCount: UInt64, alignment: UInt64) -> UInt64? {
        let start = (UInt64(scratch.count) + alignment - 1) & ~(alignment - 1)
        guard byteCount <= UInt64(hostByteLimit), start + byteCount <= UInt64(hostByteLimit),
            scratch.append(repeating: 0, count: Int(start + byteCount) - scratch.count)
        else { return nil }
        return start
    }
}
