// CompiledComponent: a component with its core modules made ready for an engine, once for all instances. Immutable once made.
import WasmComponent
import WasmEngine
import WasmModule

/// A component ready to be instantiated.
public final class CompiledComponent {
    /// The engine its modules are of.
    public let engine: Engine
    /// What was decoded.
    public let component: Component
    let modules: [Module]

    /// Translates all nested core modules. Their bytes stay where they are in the component's. Errors are by offsets in the module.
    public init(_ engine: Engine, _ component: Component) throws(WasmError) {
        self.engine = engine
        self.component = component
        var modules: [Module] = []
        modules.reserveCapacity(component.moduleCount)
        for index in 0..<component.moduleCount {
            modules.append(try Module(engine, bytes: component[component.module(index).range], owner: component))
        }
        self.modules = modules
    }

    func name(_ range: ByteRange) -> Name { Name(component[range]) }
}
