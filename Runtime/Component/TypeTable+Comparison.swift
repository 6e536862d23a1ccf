// Sub types: structural for values, functions and handles; by exports for instances, contravariant in imports for components; resources
// by identity after what they stand for. Spec: Explainer.md, "Type Checking". Recursion is as deep as types are, which `typeDepth` bounds.
import Containers
import WasmModule

extension TypeTable {
    /// Requires that a thing of `actual`'s type can stand where `expected` is wanted.
    mutating func require(_ actual: Entity, _ expected: Entity, at offset: Int) throws(ComponentError) {
        guard actual.sort == expected.sort else {
            throw ComponentError(.invalid, at: offset, "expected %, found %", .word(expected.sort.name), .word(actual.sort.name))
        }
        switch expected.sort {
        case .coreModule: try requireModule(actual.index, expected.index, at: offset)
        case .value:
            try requireValue(ComponentValueType(rawValue: actual.index), ComponentValueType(rawValue: expected.index), at: offset)
        default: try requireType(actual.index, expected.index, isTypeItself: expected.sort == .type, at: offset)
        }
    }

    /// `isTypeItself`: the types are compared as types, which must be equal; not the things that have them.
    mutating func requireType(_ actual: UInt32, _ expected: UInt32, isTypeItself: Bool, at offset: Int) throws(ComponentError) {
        try step(offset)
        if actual == expected { return }
        let left = nodes[Int(actual)]
        let right = nodes[Int(expected)]
        if right.kind.isDefined, left.kind.isDefined { return try requireDefined(left, right, at: offset) }
        guard left.kind == right.kind else {
            throw ComponentError(.invalid, at: offset, "expected %, found %", .word(sortName(right.kind)), .word(sortName(left.kind)))
        }
        switch right.kind {
        case .resource:
            guard resolved(left.start) == resolved(right.start) else {
                throw ComponentError(.invalid, at: offset, "resource types are not the same")
            }
        case .function: try requireFunction(left, right, at: offset)
        case .instance:
            try requireInstance(actual, expected, at: offset)
            if isTypeItself { try requireInstance(expected, actual, at: offset) }
        default:
            try requireComponent(left, right, at: offset)
            if isTypeItself { try requireComponent(right, left, at: offset) }
        }
    }

    private func sortName(_ kind: TypeKind) -> StaticString { kind.isDefined ? "defined type" : kind.name }

    // MARK: Values

    mutating func requireValue(_ actual: ComponentValueType, _ expected: ComponentValueType, at offset: Int) throws(ComponentError) {
        try step(offset)
        if actual == expected { return }
        switch (primitive(actual), primitive(expected)) {
        case (let left?, let right?):
            guard left == right else {
                throw ComponentError(
                    .invalid, at: offset, "expected primitive `%` found primitive `%`", .word(right.name), .word(left.name))
            }
        case (let left?, nil):
            throw ComponentError(.invalid, at: offset, "expected %, found %", .word(kindName(expected)), .word(left.name))
        case (nil, let right?):
            // Where the expected type stands by itself its row says only that it is primitive.
            let name: StaticString = expected.node == nil ? right.name : "primitive"
            throw ComponentError(.invalid, at: offset, "expected %, found %", .word(name), .word(kindName(actual)))
        default:
            guard let left = actual.node, let right = expected.node else { return }
            try requireDefined(nodes[Int(left)], nodes[Int(right)], at: offset)
        }
    }

    private func primitive(_ type: ComponentValueType) -> PrimitiveType? {
        if let primitive = type.primitive { return primitive }
        guard let node = node(type), node.kind == .primitive else { return nil }
        return node.element?.primitive
    }

    private func kindName(_ type: ComponentValueType) -> StaticString { node(type)?.kind.name ?? "primitive" }

    private mutating func requireDefined(_ left: TypeNode, _ right: TypeNode, at offset: Int) throws(ComponentError) {
        if left.kind == .primitive || right.kind == .primitive {
            if let first = left.kind == .primitive ? left.element : nil, let second = right.kind == .primitive ? right.element : nil {
                return try requireValue(first, second, at: offset)
            }
            let found: StaticString = left.kind == .primitive ? left.element?.primitive?.name ?? "primitive" : left.kind.name
            throw ComponentError(.invalid, at: offset, "expected %, found %", .word(right.kind.name), .word(found))
        }
        guard left.kind == right.kind else {
            throw ComponentError(.invalid, at: offset, "expected %, found %", .word(right.kind.name), .word(left.kind.name))
        }
        switch right.kind {
        case .record: try requireMembers(left, right, "expected % fields, found %", at: offset)
        case .variant: try requireMembers(left, right, "expected % cases, found %", at: offset)
        case .tuple: try requireMembers(left, right, "expected % types, found %", at: offset)
        case .flags: try requireLabels(left, right, "mismatch in flags elements", at: offset)
        case .enumeration: try requireLabels(left, right, "mismatch in enum elements", at: offset)
        case .result:
            try requireOptional(
                left.element, right.element, "type mismatch in ok variant", "expected ok type, but found none",
                "expected ok type to not be present", at: offset)
            try requireOptional(
                left.second, right.second, "type mismatch in err variant", "expected err type, but found none",
                "expected err type to not be present", at: offset)
        case .stream, .future:
            try requireOptional(
                left.element, right.element, "type mismatch in element", "expected element type, but found none",
                "expected element type to not be present", at: offset)
        default:
            if right.kind == .fixedList, left.length != right.length {
                throw ComponentError(
                    .invalid, at: offset, "expected a list of length %, found length %", .number(UInt64(right.length)),
                    .number(UInt64(left.length)))
            }
            if let first = left.element, let second = right.element {
                if right.kind == .own || right.kind == .borrow, let actual = first.node, let expected = second.node {
                    try requireType(actual, expected, isTypeItself: true, at: offset)
                } else {
                    try requireValue(first, second, at: offset)
                }
            }
            if let first = left.second, let second = right.second { try requireValue(first, second, at: offset) }
        }
    }

    private mutating func requireOptional(
        _ left: ComponentValueType?, _ right: ComponentValueType?, _ context: StaticString, _ missing: StaticString,
        _ superfluous: StaticString, at offset: Int
    ) throws(ComponentError) {
        switch (left, right) {
        case (let left?, let right?):
            do throws(ComponentError) { try requireValue(left, right, at: offset) } catch { throw error.during(context) }
        case (nil, .some): throw ComponentError(.invalid, at: offset, missing)
        case (.some, nil): throw ComponentError(.invalid, at: offset, superfluous)
        case (nil, nil): break
        }
    }

    /// Whether two names are the same, case included.
    func areEqual(_ first: ByteRange, _ second: ByteRange) -> Bool {
        guard first.count == second.count else { return false }
        for index in 0..<Int(first.count) where input[Int(first.offset) + index] != input[Int(second.offset) + index] { return false }
        return true
    }

    private mutating func requireMembers(_ left: TypeNode, _ right: TypeNode, _ count: StaticString, at offset: Int) throws(ComponentError)
    {
        guard left.count == right.count else {
            throw ComponentError(.invalid, at: offset, count, .number(UInt64(right.count)), .number(UInt64(left.count)))
        }
        for index in 0..<Int(right.count) {
            try step(offset)
            let actual = members[Int(left.start) + index]
            let expected = members[Int(right.start) + index]
            if right.kind != .tuple, !areEqual(actual.name, expected.name) {
                let message: StaticString =
                    right.kind == .record ? "expected field name `%`, found `%`" : "expected case named `%`, found `%`"
                throw ComponentError(.invalid, at: offset, message, .name(expected.name), .name(actual.name))
            }
            do throws(ComponentError) {
                switch (actual.type, expected.type) {
                case (let first?, let second?): try requireValue(first, second, at: offset)
                case (nil, .some):
                    throw ComponentError(.invalid, at: offset, "expected case `%` to have a type, found none", .name(expected.name))
                case (.some, nil): throw ComponentError(.invalid, at: offset, "expected case `%` to have no type", .name(expected.name))
                case (nil, nil): break
                }
            } catch {
                switch right.kind {
                case .record: throw error.during("type mismatch in record field `%`", .name(expected.name))
                case .variant: throw error.during("type mismatch in variant case `%`", .name(expected.name))
                default: throw error.during("type mismatch in tuple field %", .number(UInt64(index)))
                }
            }
        }
    }

    private mutating func requireLabels(_ left: TypeNode, _ right: TypeNode, _ message: StaticString, at offset: Int) throws(ComponentError)
    {
        guard left.count == right.count else { throw ComponentError(.invalid, at: offset, message) }
        for index in 0..<Int(right.count) {
            try step(offset)
            guard areEqual(members[Int(left.start) + index].name, members[Int(right.start) + index].name) else {
                throw ComponentError(.invalid, at: offset, message)
            }
        }
    }

    private mutating func requireFunction(_ left: TypeNode, _ right: TypeNode, at offset: Int) throws(ComponentError) {
        guard left.flags.contains(.isAsync) == right.flags.contains(.isAsync) else {
            let wanted: StaticString = right.flags.contains(.isAsync) ? "async" : "sync"
            throw ComponentError(.invalid, at: offset, "expected a function that is %", .word(wanted))
        }
        guard left.count == right.count else {
            throw ComponentError(
                .invalid, at: offset, "expected % parameters, found %", .number(UInt64(right.count)), .number(UInt64(left.count)))
        }
        for index in 0..<Int(right.count) {
            let actual = members[Int(left.start) + index]
            let expected = members[Int(right.start) + index]
            guard areEqual(actual.name, expected.name) else {
                throw ComponentError(
                    .invalid, at: offset, "expected parameter named `%`, found `%`", .name(expected.name), .name(actual.name))
            }
            guard let first = actual.type, let second = expected.type else { continue }
            do throws(ComponentError) { try requireValue(first, second, at: offset) } catch {
                throw error.during("type mismatch in function parameter `%`", .name(expected.name))
            }
        }
        try requireOptional(
            left.element, right.element, "type mismatch with result type", "expected a result, found none",
            "expected a result, found none", at: offset)
    }

    // MARK: Instances and components

    private mutating func requireInstance(_ actual: UInt32, _ expected: UInt32, at offset: Int) throws(ComponentError) {
        let shape = shapes[Int(nodes[Int(expected)].start)]
        try bindToExports(shape, of: actual, at: offset)
        for index in shape.exportStart..<shape.exportStart + shape.exportCount {
            try step(offset)
            let item = externs[Int(index)]
            guard let given = export(item.name, of: actual) else {
                throw ComponentError(.invalid, at: offset, "missing expected export `%`", .name(item.name))
            }
            do throws(ComponentError) { try require(given, item.entity, at: offset) } catch {
                throw error.during("type mismatch in instance export `%`", .name(item.name))
            }
        }
    }

    /// Lets the resources that the exports of `shape` introduce stand for those which `actual` exports in their places.
    private mutating func bindToExports(_ shape: TypeShape, of actual: UInt32, at offset: Int) throws(ComponentError) {
        for index in shape.definedStart..<shape.definedStart + shape.definedCount {
            let item = bound[Int(index)]
            let first = externs[Int(shape.exportStart + words[Int(item.pathStart)])]
            try bind(item, first, to: export(first.name, of: actual), at: offset)
        }
    }

    /// Follows a bound resource's path from its first step, which is `given` on the actual side; nil when nothing is given, which another
    /// check reports.
    mutating func bind(_ item: BoundResource, _ first: ExternItem, to given: Entity?, at offset: Int) throws(ComponentError) {
        map(resource: item.resource, to: item.resource)
        var expected = first
        var actual = given
        for step in 1..<max(item.pathCount, 1) {
            guard let entity = actual, entity.sort == .instance, expected.entity.sort == .instance else { return }
            let shape = shapes[Int(nodes[Int(expected.entity.index)].start)]
            expected = externs[Int(shape.exportStart + words[Int(item.pathStart + step)])]
            actual = export(expected.name, of: entity.index)
        }
        guard let entity = actual, entity.sort == .type else { return }
        let node = nodes[Int(entity.index)]
        guard node.kind == .resource else { return }
        map(resource: item.resource, to: resolved(node.start))
    }

    private mutating func requireComponent(_ left: TypeNode, _ right: TypeNode, at offset: Int) throws(ComponentError) {
        let given = shapes[Int(left.start)]
        let wanted = shapes[Int(right.start)]
        // What is wanted keeps its imported resources; what is given takes them over.
        for index in wanted.importedStart..<wanted.importedStart + wanted.importedCount {
            map(resource: bound[Int(index)].resource, to: bound[Int(index)].resource)
        }
        for index in given.importedStart..<given.importedStart + given.importedCount {
            let item = bound[Int(index)]
            let first = externs[Int(given.importStart + words[Int(item.pathStart)])]
            let entity = names.find(wanted.importNames, first.name).map { externs[Int(wanted.importStart + $0)].entity }
            try bind(item, first, to: entity, at: offset)
        }
        for index in given.importStart..<given.importStart + given.importCount {
            let item = externs[Int(index)]
            guard let position = names.find(wanted.importNames, item.name) else {
                throw ComponentError(.invalid, at: offset, "missing expected import `%`", .name(item.name))
            }
            let entity = externs[Int(wanted.importStart + position)].entity
            do throws(ComponentError) { try require(entity, item.entity, at: offset) } catch {
                throw error.during("type mismatch in import `%`", .name(item.name))
            }
        }
        for index in given.definedStart..<given.definedStart + given.definedCount {
            map(resource: bound[Int(index)].resource, to: bound[Int(index)].resource)
        }
        for index in wanted.definedStart..<wanted.definedStart + wanted.definedCount {
            let item = bound[Int(index)]
            let first = externs[Int(wanted.exportStart + words[Int(item.pathStart)])]
            let entity = names.find(given.exportNames, first.name).map { externs[Int(given.exportStart + $0)].entity }
            try bind(item, first, to: entity, at: offset)
        }
        for index in wanted.exportStart..<wanted.exportStart + wanted.exportCount {
            let item = externs[Int(index)]
            guard let position = names.find(given.exportNames, item.name) else {
                throw ComponentError(.invalid, at: offset, "missing expected export `%`", .name(item.name))
            }
            let entity = externs[Int(given.exportStart + position)].entity
            do throws(ComponentError) { try require(entity, item.entity, at: offset) } catch {
                throw error.during("type mismatch in export `%`", .name(item.name))
            }
        }
    }
}
