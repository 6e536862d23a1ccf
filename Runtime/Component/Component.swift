// A decoded component: its tree of components, their definitions in order, the nested core modules and the types. Immutable once made.
// Owns its tables; keeps the input by reference and copies none of it. Spec: Explainer.md and Binary.md of the component model.
import Containers
import WasmModule

/// A decoded and validated component.
public final class Component {
    /// The input.
    public let bytes: UnsafeRawBufferPointer
    /// What keeps the input alive, when somebody must.
    public let owner: AnyObject?
    let table: TypeTable
    private let definitionTable: GrowableArray<Definition>
    private let operandTable: GrowableArray<UInt32>
    private let moduleTable: GrowableArray<NestedModule>
    private let partTable: GrowableArray<ComponentPart>

    private init(_ decoder: consuming ComponentDecoder) {
        bytes = decoder.reader.bytes
        owner = decoder.owner
        let parts = decoder.release()
        table = parts.table
        definitionTable = parts.definitions
        operandTable = parts.operands
        moduleTable = parts.modules
        partTable = parts.components
    }

    /// Whether bytes begin as a component does, whatever its version: the magic number, then the layer 1.
    public static func isComponent(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 8 && bytes[0] == 0 && bytes[1] == 0x61 && bytes[2] == 0x73 && bytes[3] == 0x6d && bytes[6] == 1 && bytes[7] == 0
    }

    /// Decodes a component and validates everything in it but the bodies of core functions, which `validateBodies` does. `bytes` must stay
    /// as they are as long as the component lives; `owner` is retained for that. Nested modules and components are read where they lie.
    @export(interface) @inline(never)
    public static func decode(
        _ bytes: UnsafeRawBufferPointer, owner: AnyObject? = nil, features: Features = .all, limits: ComponentLimits = ComponentLimits()
    ) throws(ComponentError) -> Component {
        var decoder = ComponentDecoder(bytes, owner: owner, features: features, limits: limits)
        try decoder.decode()
        return Component(decoder)
    }

    /// Validates the bodies of all nested core modules.
    public func validateBodies() throws(ComponentError) {
        for index in 0..<moduleCount {
            let module = module(index)
            do throws(WasmError) { try FunctionValidator.validateAll(module.image) } catch {
                throw ComponentError(error, from: Int(module.range.offset))
            }
        }
    }

    /// How many components the tree has; the last is the whole.
    public var partCount: Int { partTable.count }
    /// A component of the tree. `index` is below `partCount`.
    public func part(_ index: Int) -> ComponentPart { partTable[index] }
    /// A definition, by its place in a part's stretch of them.
    public func definition(_ index: Int) -> Definition { definitionTable[index] }
    /// An operand of a definition.
    public func operand(_ index: Int) -> UInt32 { operandTable[index] }
    /// How many core modules there are in all components.
    public var moduleCount: Int { moduleTable.count }
    /// A nested core module. `index` is below `moduleCount`.
    public func module(_ index: Int) -> NestedModule { moduleTable[index] }

    /// A stretch of the input.
    public subscript(range: ByteRange) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[Int(range.offset)..<range.end]) }
}

/// What a decoder leaves.
struct DecodedTables: ~Copyable {
    var table: TypeTable
    var definitions: GrowableArray<Definition>
    var operands: GrowableArray<UInt32>
    var modules: GrowableArray<NestedModule>
    var components: GrowableArray<ComponentPart>
}
