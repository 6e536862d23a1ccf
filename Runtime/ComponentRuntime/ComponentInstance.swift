// ComponentInstance: a component at run time: its index spaces while it is made, its exports and handles after that.
// Spec: Explainer.md, "Component Invariants"; CanonicalABI.md, "Component Instances".
import Containers
import WasmComponent
import WasmEngine

/// A nested component with the instance whose definitions its outer aliases mean.
struct ComponentClosure {
    var part: UInt32
    unowned(unsafe) var environment: ComponentInstance?
}

/// Something a component imports or exports.
enum Item {
    case function(ComponentFunction)
    case coreModule(UInt32)
    case component(ComponentClosure)
    case instance(ExportedInstance)
    /// A type; of a resource type, which it is.
    case type(ResourceID?)
}

/// Named things: what an instance exports, or the arguments of an instantiation.
public final class ExportedInstance {
    fileprivate(set) var items: [Name: Item] = [:]
    /// The names in order.
    public private(set) var names: [Name] = []

    init() {}

    func add(_ name: Name, _ item: Item) {
        if items.updateValue(item, forKey: name) == nil { names.append(name) }
    }

    /// The function exported under a name; nil when there is none.
    public func function(_ name: Name) -> ComponentFunction? {
        if case .function(let function) = items[name] { return function }
        return nil
    }

    /// The instance exported under a name; nil when there is none.
    public func instance(_ name: Name) -> ExportedInstance? {
        if case .instance(let instance) = items[name] { return instance }
        return nil
    }
}

/// The exports of a core instance, or a bundle of core things.
final class CoreExports {
    private var items: [Name: Extern] = [:]

    init() {}
    init(_ instance: Instance) { for (name, value) in instance.exports { items[name] = value } }

    subscript(name: Name) -> Extern? {
        get { items[name] }
        set { items[name] = newValue }
    }
}

/// Which instances a call enters: those from the callee outwards that the caller is not in.
struct Crossing {
    /// The innermost instance around both; nil when there is none.
    unowned(unsafe) let end: ComponentInstance?
    /// Whether one of the two is the other or around it.
    let isRelated: Bool

    static var embedder: Crossing { Crossing(end: nil, isRelated: false) }
}

/// A component instance.
public final class ComponentInstance {
    unowned(unsafe) let store: ComponentStore
    /// The instance that instantiated it.
    unowned(unsafe) let parent: ComponentInstance?
    /// The instance around the place where its component is written, which outer aliases mean.
    unowned(unsafe) var environment: ComponentInstance?
    /// What it is made of; nil for the host.
    let compiled: CompiledComponent?
    /// What it exports.
    public internal(set) var exports = ExportedInstance()

    var handles = HandleTable()
    /// Whether it can be entered: not while it is being made or runs, and never again after a trap.
    var mayEnter = false
    /// Whether its core code may call out.
    var mayLeave = true
    /// The resource types that the numbers of its types stand for.
    var resources: [UInt32: ResourceID] = [:]

    // The index spaces, which are dropped when the outermost instance is complete.
    var spaces = InstanceSpaces()

    init(_ store: ComponentStore, _ parent: ComponentInstance?, _ compiled: CompiledComponent?) {
        self.store = store
        self.parent = parent
        self.compiled = compiled
    }

    /// How many instances are around it.
    private var depth: Int {
        var depth = 0
        var current = parent
        while let instance = current {
            depth += 1
            current = instance.parent
        }
        return depth
    }

    /// The innermost instance that is this, or around this, and is `other` or around it; nil when there is none.
    private func sharedAncestor(_ other: ComponentInstance?) -> ComponentInstance? {
        guard let other else { return nil }
        var first: ComponentInstance? = self
        var second: ComponentInstance? = other
        var firstDepth = depth
        var secondDepth = other.depth
        while let one = first, let two = second, one !== two {
            if firstDepth >= secondDepth {
                first = one.parent
                firstDepth -= 1
            } else {
                second = two.parent
                secondDepth -= 1
            }
        }
        return first === second ? first : nil
    }

    /// What calling this instance from another (nil: the embedder) crosses; worked out once for each lowered function.
    func crossing(from caller: ComponentInstance?) -> Crossing {
        let shared = sharedAncestor(caller)
        return Crossing(end: shared, isRelated: caller != nil && (shared === self || shared === caller))
    }

    /// Marks this instance, and those around it that the caller is not in, as entered.
    func enter(_ crossing: Crossing) throws(ComponentTrap) {
        var current: ComponentInstance? = self
        while let instance = current, instance !== crossing.end {
            guard instance.mayEnter else { throw ComponentTrap("wasm trap: cannot enter component instance") }
            current = instance.parent
        }
        setMayEnter(false, until: crossing.end)
    }

    /// Undoes `enter`.
    func leave(_ crossing: Crossing) { setMayEnter(true, until: crossing.end) }

    private func setMayEnter(_ value: Bool, until end: ComponentInstance?) {
        var current: ComponentInstance? = self
        while let instance = current, instance !== end {
            instance.mayEnter = value
            current = instance.parent
        }
    }

    /// The resource type that a number in a type of this instance stands for.
    func resource(_ number: UInt32) throws(ComponentTrap) -> ResourceID {
        guard let id = resources[number] else { throw ComponentTrap("a resource type was not instantiated (number %)", UInt64(number)) }
        return id
    }
}

/// The index spaces of an instance while it is made.
struct InstanceSpaces: ~Copyable {
    var coreFunctions = GrowableArray<Func>()
    var tables = GrowableArray<Table>()
    var memories = GrowableArray<Memory>()
    var globals = GrowableArray<Global>()
    var tags = GrowableArray<Tag>()
    var coreModules = GrowableArray<UInt32>()
    var coreInstances = GrowableArray<CoreExports>()
    var functions = GrowableArray<ComponentFunction>()
    var types = GrowableArray<UInt32>()
    var components = GrowableArray<ComponentClosure>()
    var instances = GrowableArray<ExportedInstance>()
}
