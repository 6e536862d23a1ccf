// External visibility: what an import or export mentions must have a name there. A record, variant, enumeration, set of flags or resource
// is named by the row that an import or export of this scope introduced. Spec: Explainer.md, "External Visibility of Types".
import Containers

/// A name given to a row, undone when the scope ends: a row may have names in several scopes, one inside the other.
struct NamingRecord: BitwiseCopyable {
    var node: UInt32
    var scope: UInt32
    var isByImport: Bool
}

extension TypeTable {
    /// Whether a row is named in the innermost scope, for a use in an import or in an export.
    private func isNamed(_ number: UInt32, inImport: Bool) -> Bool {
        let node = nodes[Int(number)]
        return node.namedScope == scope && (node.isNamedByImport || !inImport)
    }

    /// Whether everything that a thing mentions is named.
    mutating func mentionsOnlyNamed(_ entity: Entity, inImport: Bool, at offset: Int) throws(ComponentError) -> Bool {
        switch entity.sort {
        case .type: return try arePartsNamed(entity.index, inImport, offset)
        case .function, .instance: return try arePartsNamed(entity.index, inImport, offset)
        case .value: return try isNamedValue(ComponentValueType(rawValue: entity.index), inImport, offset)
        default: return true
        }
    }

    /// Whether the parts of a type are named; a type by itself needs no name.
    private mutating func arePartsNamed(_ number: UInt32, _ inImport: Bool, _ offset: Int) throws(ComponentError) -> Bool {
        try step(offset)
        let node = nodes[Int(number)]
        switch node.kind {
        case .resource, .component, .primitive, .flags, .enumeration: return true
        case .own, .borrow: return node.element?.node.map { isNamed($0, inImport: inImport) } ?? true
        case .instance:
            let shape = shapes[Int(node.start)]
            for index in shape.exportStart..<shape.exportStart + shape.exportCount {
                guard try mentionsOnlyNamed(externs[Int(index)].entity, inImport: inImport, at: offset) else { return false }
            }
            return true
        default:
            if let element = node.element, !(try isNamedValue(element, inImport, offset)) { return false }
            if let second = node.second, !(try isNamedValue(second, inImport, offset)) { return false }
            for index in memberRange(node) {
                if let type = members[index].type, !(try isNamedValue(type, inImport, offset)) { return false }
            }
            return true
        }
    }

    private mutating func isNamedValue(_ type: ComponentValueType, _ inImport: Bool, _ offset: Int) throws(ComponentError) -> Bool {
        guard let number = type.node else { return true }
        switch nodes[Int(number)].kind {
        case .record, .variant, .flags, .enumeration: return isNamed(number, inImport: inImport)
        default: return try arePartsNamed(number, inImport, offset)
        }
    }

    /// Checks a thing that is imported or exported, and names the types that it introduces. False when it mentions what has no name.
    mutating func nameTypes(
        of entity: Entity, byImport: Bool, _ undo: inout GrowableArray<NamingRecord>, at offset: Int
    ) throws(ComponentError) -> Bool {
        if entity.sort == .instance {
            let shape = shapes[Int(nodes[Int(entity.index)].start)]
            for index in shape.exportStart..<shape.exportStart + shape.exportCount {
                try step(offset)
                guard try nameTypes(of: externs[Int(index)].entity, byImport: byImport, &undo, at: offset) else { return false }
            }
            return true
        }
        guard try mentionsOnlyNamed(entity, inImport: byImport, at: offset) else { return false }
        if entity.sort == .type {
            let node = nodes[Int(entity.index)]
            if node.namedScope == scope, node.isNamedByImport { return true }
            guard undo.append(NamingRecord(node: entity.index, scope: node.namedScope, isByImport: node.isNamedByImport)) else {
                throw outOfMemory(offset)
            }
            nodes[Int(entity.index)].namedScope = scope
            nodes[Int(entity.index)].isNamedByImport = byImport
        }
        return true
    }
}
