// What instantiation and the canonical ABI read of a component: rows of types, and the immediates of canonical functions and resources.
// Spec: Binary.md, "Canonical Definitions"; CanonicalABI.md, "Element Size", "Flattening".
import Containers
import WasmModule

/// How a string's code units lie in memory.
package enum StringEncoding: UInt8, Sendable, BitwiseCopyable {
    case utf8, utf16
    /// Latin-1, or UTF-16 when the length has its highest bit set.
    case compact
}

/// A canonical function's immediates; indices are of its component's index spaces.
package struct CanonicalFunction {
    package var code: CanonicalCode
    /// The core function to lift, or the component function to lower.
    package var function: UInt32 = 0
    /// The function type of a lift, the resource type of a built-in.
    package var type: UInt32 = 0
    package var encoding = StringEncoding.utf8
    package var memory: UInt32?
    package var realloc: UInt32?
    package var postReturn: UInt32?
    package var isAsync = false
}

extension Component {
    /// The rows of all types. Valid as long as the component.
    package var nodes: UnsafePointer<TypeNode> { UnsafePointer(table.nodes.base) }
    /// The fields, cases, labels and parameters of all types. Valid as long as the component.
    package var members: UnsafePointer<TypeMember> { UnsafePointer(table.members.base) }

    /// A row. `number` is one that a definition or another row gives.
    package func node(_ number: UInt32) -> TypeNode { table.nodes[Int(number)] }

    /// The imports and exports of a component's or an instance's type.
    package func shape(_ number: UInt32) -> TypeShape { table.shapes[Int(table.nodes[Int(number)].start)] }

    /// An import or export of a shape.
    package func extern(_ index: UInt32) -> ExternItem { table.externs[Int(index)] }

    /// Size, alignment and core types of a value.
    package func layout(_ type: ComponentValueType, is64: Bool) -> ValueLayout { table.layout(type, is64: is64) }

    /// The parameters and results of a core function, by its id in a definition.
    package func coreFunctionType(_ id: UInt32) -> FunctionType? { table.registry.functionType(id) }

    /// The immediates of a canonical function; nil only for a definition of another kind.
    package func canonicalFunction(_ definition: Definition) -> CanonicalFunction? {
        var reader = ComponentReader(bytes)
        reader.offset = Int(definition.second)
        do throws(ComponentError) {
            guard definition.kind == .canonical, let code = CanonicalCode(rawValue: try reader.byte()) else { return nil }
            var result = CanonicalFunction(code: code)
            switch code {
            case .lift:
                _ = try reader.byte()
                result.function = try reader.u32()
                try options(&reader, &result)
                result.type = try reader.u32()
            case .lower:
                _ = try reader.byte()
                result.function = try reader.u32()
                try options(&reader, &result)
            case .resourceNew, .resourceDrop, .resourceRep: result.type = try reader.u32()
            default: break
            }
            return result
        } catch { return nil }
    }

    private func options(_ reader: inout ComponentReader, _ result: inout CanonicalFunction) throws(ComponentError) {
        for _ in 0..<(try reader.u32()) {
            switch try reader.byte() {
            case 0: result.encoding = .utf8
            case 1: result.encoding = .utf16
            case 2: result.encoding = .compact
            case 3: result.memory = try reader.u32()
            case 4: result.realloc = try reader.u32()
            case 5: result.postReturn = try reader.u32()
            case 6: result.isAsync = true
            default: _ = try reader.u32()
            }
        }
    }

    /// The destructor of a resource type that a definition makes: a core function's index; nil when it has none.
    package func destructor(_ definition: Definition) -> UInt32? {
        var reader = ComponentReader(bytes)
        reader.offset = Int(definition.offset)
        do throws(ComponentError) {
            guard definition.kind == .type, try reader.byte() == 0x3f else { return nil }
            _ = try reader.byte()
            return try reader.byte() == 1 ? try reader.u32() : nil
        } catch { return nil }
    }
}
