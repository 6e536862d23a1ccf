// Substitution: the same types with other resources and other imported types in the place of some, as instantiating wants them; fresh
// resources for what is imported; and which resources a finished type binds. Spec: Explainer.md, "Type Checking".
import Containers

extension TypeTable {
    /// Begins a substitution or a walk: nothing is mapped or seen.
    mutating func newEpoch() { epoch &+= 1 }

    mutating func map(resource: UInt32, to other: UInt32) { resourceMemo[Int(resource)] = UInt64(epoch) << 32 | UInt64(other) }
    mutating func map(node: UInt32, to other: UInt32) { nodeMemo[Int(node)] = UInt64(epoch) << 32 | UInt64(other) }

    /// What a resource stands for in this epoch: itself when nothing was mapped.
    func resolved(_ resource: UInt32) -> UInt32 {
        let memo = resourceMemo[Int(resource)]
        return UInt32(truncatingIfNeeded: memo >> 32) == epoch ? UInt32(truncatingIfNeeded: memo) : resource
    }

    private func seen(_ node: UInt32) -> UInt32? {
        let memo = nodeMemo[Int(node)]
        return UInt32(truncatingIfNeeded: memo >> 32) == epoch ? UInt32(truncatingIfNeeded: memo) : nil
    }

    /// The type with everything replaced that this epoch maps; the same row when that is nothing.
    mutating func substituted(_ number: UInt32, at offset: Int) throws(ComponentError) -> UInt32 {
        if let done = seen(number) { return done }
        let node = nodes[Int(number)]
        guard !node.flags.isDisjoint(with: [.hasResource, .hasImport]) else { return number }
        try step(offset)
        var result = number
        switch node.kind {
        case .resource:
            let resource = resolved(node.start)
            if resource != node.start {
                result = try copy(number, at: offset)
                nodes[Int(result)].start = resource
            }
        case .component, .instance: result = try substitutedShape(number, node, at: offset)
        default: result = try substitutedParts(number, node, at: offset)
        }
        map(node: number, to: result)
        return result
    }

    private mutating func substituted(_ type: ComponentValueType?, at offset: Int) throws(ComponentError) -> ComponentValueType? {
        guard let number = type?.node else { return type }
        return ComponentValueType(node: try substituted(number, at: offset))
    }

    private mutating func substitutedParts(_ number: UInt32, _ node: TypeNode, at offset: Int) throws(ComponentError) -> UInt32 {
        var new = node
        new.flags.formIntersection([.isAsync, .hasImport])
        new.depth = 0
        new.namedScope = 0
        new.element = try substituted(node.element, at: offset)
        new.second = try substituted(node.second, at: offset)
        var isChanged = new.element != node.element || new.second != node.second
        let range = memberRange(node)
        // The parts first: their own members come before this type's.
        for index in range where members[index].type?.node != nil {
            if try substituted(members[index].type, at: offset) != members[index].type { isChanged = true }
        }
        guard isChanged else { return number }
        new.start = UInt32(members.count)
        for index in range {
            let member = members[index]
            try addMember(TypeMember(name: member.name, type: try substituted(member.type, at: offset)), at: offset)
        }
        if range.isEmpty { new.start = node.start }
        return try add(new, at: offset)
    }

    private mutating func substitutedShape(_ number: UInt32, _ node: TypeNode, at offset: Int) throws(ComponentError) -> UInt32 {
        let old = shapes[Int(node.start)]
        var shape = old
        (shape.importStart, shape.exportStart) = (0, 0)
        let (imports, areImportsChanged) = try substitutedExterns(old.importStart, old.importCount, at: offset)
        let (exports, areExportsChanged) = try substitutedExterns(old.exportStart, old.exportCount, at: offset)
        guard areImportsChanged || areExportsChanged else { return number }
        shape.importStart = imports
        shape.exportStart = exports
        var new = node
        new.namedScope = 0
        return try addShape(shape, new, at: offset)
    }

    /// Copies of externs with their types replaced.
    mutating func substitutedExterns(_ start: UInt32, _ count: UInt32, at offset: Int) throws(ComponentError) -> (
        start: UInt32, isChanged: Bool
    ) {
        var isChanged = false
        let range = Int(start)..<Int(start + count)
        for index in range {
            let entity = externs[index].entity
            guard let number = typeNumber(entity) else { continue }
            if try substituted(number, at: offset) != number { isChanged = true }
        }
        guard isChanged else { return (start, false) }
        let first = UInt32(externs.count)
        for index in range {
            try step(offset)
            var item = externs[index]
            if let number = typeNumber(item.entity) {
                let new = try substituted(number, at: offset)
                item.entity.index = item.entity.sort == .value ? ComponentValueType(node: new).rawValue : new
            }
            guard externs.append(item) else { throw outOfMemory(offset) }
        }
        return (first, true)
    }

    /// The row of a thing's type; nil when it has none.
    func typeNumber(_ entity: Entity) -> UInt32? {
        switch entity.sort {
        case .function, .type, .component, .instance: return entity.index
        case .value: return ComponentValueType(rawValue: entity.index).node
        default: return nil
        }
    }

    /// Adds a component's or instance's type.
    mutating func addShape(_ shape: TypeShape, _ node: TypeNode, at offset: Int) throws(ComponentError) -> UInt32 {
        var node = node
        node.start = UInt32(shapes.count)
        guard shapes.append(shape) else { throw outOfMemory(offset) }
        return try add(node, at: offset)
    }

    /// An instance's type with resources of its own in the place of those that each instance has: what an import or an export of a type
    /// declares. The same type when it has none.
    mutating func opened(_ instance: UInt32, isImported: Bool, at offset: Int) throws(ComponentError) -> UInt32 {
        let shape = shapes[Int(nodes[Int(instance)].start)]
        guard shape.definedCount > 0 else { return instance }
        newEpoch()
        for index in shape.definedStart..<shape.definedStart + shape.definedCount {
            let resource = bound[Int(index)].resource
            map(resource: resource, to: try newResource(isImported: isImported, at: offset))
        }
        var open = shape
        (open.exportStart, _) = try substitutedExterns(shape.exportStart, shape.exportCount, at: offset)
        (open.definedStart, open.definedCount) = (0, 0)
        var node = nodes[Int(instance)]
        node.namedScope = 0
        node.flags.insert(.hasResource)
        return try addShape(open, node, at: offset)
    }

    // MARK: What a finished type binds

    /// Lists the resources of the innermost scope that a type's imports or exports introduce, with the first path to each.
    mutating func bindResources(_ start: UInt32, _ count: UInt32, areImported: Bool, at offset: Int) throws(ComponentError) -> (
        start: UInt32, count: UInt32
    ) {
        newEpoch()
        let first = UInt32(bound.count)
        var path = GrowableArray<UInt32>()
        try bind(start, count, areImported, &path, offset)
        return (first, UInt32(bound.count) - first)
    }

    private mutating func bind(
        _ start: UInt32, _ count: UInt32, _ areImported: Bool, _ path: inout GrowableArray<UInt32>, _ offset: Int
    ) throws(ComponentError) {
        for position in 0..<count {
            try step(offset)
            let entity = externs[Int(start + position)].entity
            guard entity.sort == .type || entity.sort == .instance else { continue }
            let node = nodes[Int(entity.index)]
            guard node.flags.contains(.hasResource), path.append(position) else {
                if node.flags.contains(.hasResource) { throw outOfMemory(offset) }
                continue
            }
            if entity.sort == .instance {
                let shape = shapes[Int(node.start)]
                try bind(shape.exportStart, shape.exportCount, areImported, &path, offset)
            } else if node.kind == .resource {
                let info = resources[Int(node.start)]
                let isSeen = UInt32(truncatingIfNeeded: resourceMemo[Int(node.start)] >> 32) == epoch
                if info.scope == scope, info.isImported == areImported, !isSeen {
                    map(resource: node.start, to: node.start)
                    let pathStart = UInt32(words.count)
                    for index in 0..<path.count { guard words.append(path[index]) else { throw outOfMemory(offset) } }
                    guard bound.append(BoundResource(resource: node.start, pathStart: pathStart, pathCount: UInt32(path.count))) else {
                        throw outOfMemory(offset)
                    }
                }
            }
            _ = path.popLast()
        }
    }

    /// Resources that are looked for.
    enum Searched {
        /// Of a scope that is still open, other than the innermost.
        case outer
        /// Of the innermost scope, and not imported.
        case local
    }

    /// Whether externs mention such a resource. A new epoch must have begun.
    mutating func mentions(_ searched: Searched, _ start: UInt32, _ count: UInt32, at offset: Int) throws(ComponentError) -> Bool {
        for index in start..<start + count {
            if let number = typeNumber(externs[Int(index)].entity), try mentions(searched, number, at: offset) { return true }
        }
        return false
    }

    private mutating func mentions(_ searched: Searched, _ number: UInt32, at offset: Int) throws(ComponentError) -> Bool {
        let node = nodes[Int(number)]
        guard node.flags.contains(.hasResource), seen(number) == nil else { return false }
        try step(offset)
        map(node: number, to: number)
        switch node.kind {
        case .resource:
            let info = resources[Int(node.start)]
            return searched == .local ? info.scope == scope && !info.isImported : info.scope != scope && openScopes[Int(info.scope)]
        case .component, .instance:
            let shape = shapes[Int(node.start)]
            if try mentions(searched, shape.importStart, shape.importCount, at: offset) { return true }
            return try mentions(searched, shape.exportStart, shape.exportCount, at: offset)
        default:
            if let part = node.element?.node, try mentions(searched, part, at: offset) { return true }
            if let part = node.second?.node, try mentions(searched, part, at: offset) { return true }
            for index in memberRange(node) {
                if let part = members[index].type?.node, try mentions(searched, part, at: offset) { return true }
            }
            return false
        }
    }
}
