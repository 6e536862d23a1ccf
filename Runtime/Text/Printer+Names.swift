// The name section as identifiers: what has a name is printed with it, so that assembling the text gives the names back.
// Spec: WebAssembly core, 6.3.5 (identifiers), and the appendix' name section and `@name` annotation.
import WasmModule

extension Printer {
    /// ` $name` of an item of a module-wide space, if it has one; ` (@name "…")` where the space has the name already or it is empty.
    mutating func name(_ kind: NameKind, _ space: NameSpace, _ index: Int) {
        guard let range = names.name(kind, UInt32(index)) else { return }
        uniqueName(module[range], space, UInt32(index))
    }

    /// The same for a local or a field of `outer`.
    mutating func name(_ kind: NameKind, _ space: NameSpace, of outer: UInt32, _ index: Int) {
        guard let range = names.name(kind, outer, UInt32(index)) else { return }
        uniqueName(module[range], space, UInt32(index))
    }

    /// A label's name. Labels may hide each other, and nothing refers to them by name.
    mutating func labelName(_ function: UInt32, _ label: UInt32) {
        guard let range = names.name(.label, function, label) else { return }
        let name = module[range]
        if name.isEmpty { annotation(name) } else { identifier(name) }
    }

    /// The module's own name.
    mutating func moduleName(isNested: Bool) {
        guard let range = names.module else { return }
        let name = module[range]
        if name.isEmpty || isNested { annotation(name) } else { identifier(name) }
    }

    /// Whether a parameter of the function has a name.
    func hasParameterNames(_ function: UInt32, _ parameterCount: Int) -> Bool {
        guard names.count(.local) > 0 else { return false }
        for index in 0..<parameterCount where names.name(.local, function, UInt32(index)) != nil { return true }
        return false
    }

    private mutating func uniqueName(_ name: UnsafeRawBufferPointer, _ space: NameSpace, _ index: UInt32) {
        if !name.isEmpty, bindings.insert(space, symbols.intern(name), index) { identifier(name) } else { annotation(name) }
    }

    private mutating func annotation(_ name: UnsafeRawBufferPointer) {
        write(" (@name ")
        string(name)
        write(")")
    }

    /// ` $name`, in quotes where a character asks for them.
    private mutating func identifier(_ name: UnsafeRawBufferPointer) {
        write(" $")
        for byte in name where !Character8.isIdentifier(byte) { return string(name) }
        output.append(contentsOf: name)
    }
}
