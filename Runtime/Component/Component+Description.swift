// A component's structure in words: its tree, the definitions with the items they add, imports and exports with their types.
// Spec: Explainer.md of the component model. Owns nothing; lines are handed out in pieces.
import Containers
import WasmModule

extension Component {
    /// Hands out the description, a component of the tree at a time, the whole first.
    public func describe(_ emit: (UnsafeRawBufferPointer) -> Void) {
        for index in stride(from: partCount - 1, through: 0, by: -1) {
            var writer = DescriptionWriter(self)
            writer.part(index, emit)
        }
    }
}

/// Builds the lines of one component.
private struct DescriptionWriter {
    private let component: Component
    private var text: [UInt8] = []
    private var counts = InlineArray<13, Int>(repeating: 0)
    /// Types are cut off below this.
    private static let deepest = 8
    /// Lines are cut off behind this.
    private static let longestLine = 4000

    init(_ component: Component) { self.component = component }

    mutating func part(_ index: Int, _ emit: (UnsafeRawBufferPointer) -> Void) {
        let part = component.part(index)
        text.append(part.depth == 0 ? "component: " : "nested component ")
        if part.depth > 0 {
            text.append(decimal: index)
            text.append(", depth ")
            text.append(decimal: Int(part.depth))
            text.append(": ")
        }
        text.append(decimal: Int(part.range.count))
        text.append(" bytes at ")
        text.append(hexadecimal: UInt64(part.range.offset))
        text.append("\n")
        for number in part.definitionStart..<part.definitionStart + part.definitionCount {
            definition(component.definition(Int(number)))
            if text.count > 1 << 16 { flush(emit) }
        }
        text.append("  in all:")
        for sort in 0..<13 where counts[sort] > 0 {
            text.append(" ")
            text.append(decimal: counts[sort])
            text.append(" ")
            text.append(name(ComponentSort(rawValue: UInt8(sort)) ?? .type))
        }
        text.append("\n")
        flush(emit)
    }

    private mutating func flush(_ emit: (UnsafeRawBufferPointer) -> Void) {
        text.withUnsafeBytes { emit($0) }
        text.removeAll(keepingCapacity: true)
    }

    private func name(_ sort: ComponentSort) -> StaticString { sort == .coreModule ? "core module" : sort.name }

    private mutating func append(_ range: ByteRange) { text.append(contentsOf: component[range]) }

    private mutating func definition(_ definition: Definition) {
        let sort = Int(definition.sort.rawValue)
        text.append("  ")
        text.append(name(definition.sort))
        text.append(" ")
        text.append(decimal: counts[sort])
        text.append(": ")
        counts[sort] += 1
        switch definition.kind {
        case .coreModule:
            let module = component.module(Int(definition.first))
            text.append(decimal: Int(module.range.count))
            text.append(" bytes at ")
            text.append(hexadecimal: UInt64(module.range.offset))
            text.append(", ")
            text.append(decimal: module.image.imports.count)
            text.append(" imports, ")
            text.append(decimal: module.image.exports.count)
            text.append(" exports")
        case .component:
            text.append("nested component ")
            text.append(decimal: Int(definition.first))
        case .coreInstantiate, .instantiate:
            text.append("instantiate ")
            text.append(decimal: Int(definition.first))
            arguments(definition)
        case .coreBundle, .bundle:
            text.append("exports")
            arguments(definition)
        case .exportAlias, .coreExportAlias:
            text.append("alias of `")
            append(definition.name)
            text.append("` of instance ")
            text.append(decimal: Int(definition.first))
        case .outerAlias:
            text.append("alias of ")
            text.append(decimal: Int(definition.second))
            text.append(", outer ")
            text.append(decimal: Int(definition.first))
        case .canonical:
            text.append("canon ")
            text.append((CanonicalCode(rawValue: UInt8(truncatingIfNeeded: definition.first)) ?? .lift).name)
        case .import:
            text.append("import `")
            append(definition.name)
            text.append("`")
        case .export:
            text.append("export `")
            append(definition.name)
            text.append("` of ")
            text.append(decimal: Int(definition.first))
        case .type, .coreType: text.removeLast()
        }
        type(definition)
        text.append("\n")
    }

    private mutating func arguments(_ definition: Definition) {
        let isPair = definition.kind == .coreInstantiate
        var position = Int(definition.operandStart)
        let end = position + Int(definition.operandCount)
        let start = text.count
        while position < end {
            guard text.count - start < DescriptionWriter.longestLine else { return text.append(" ...") }
            text.append(" `")
            append(ByteRange(offset: component.operand(position), count: component.operand(position + 1)))
            text.append("` = ")
            if isPair {
                text.append("core instance ")
                text.append(decimal: Int(component.operand(position + 2)))
            } else {
                text.append(name(ComponentSort(rawValue: UInt8(truncatingIfNeeded: component.operand(position + 2))) ?? .type))
                text.append(" ")
                text.append(decimal: Int(component.operand(position + 3)))
            }
            position += isPair ? 3 : 4
        }
    }

    /// The type of what a definition adds, where there is one to say.
    private mutating func type(_ definition: Definition) {
        let start = text.count
        switch definition.sort {
        case .coreFunction:
            guard let type = component.table.registry.functionType(definition.type) else { return }
            text.append(" (func")
            clause("param", type.parameters)
            clause("result", type.results)
            text.append(")")
        case .function, .type, .instance, .component:
            text.append(" ")
            node(definition.type, depth: 0, start)
        default: break
        }
    }

    private mutating func clause(_ keyword: StaticString, _ types: [ValueType]) {
        guard !types.isEmpty else { return }
        text.append(" (")
        text.append(keyword)
        for type in types {
            text.append(" ")
            type.render(into: &text)
        }
        text.append(")")
    }

    private mutating func value(_ type: ComponentValueType?, depth: Int, _ start: Int) {
        guard let type else { return }
        text.append(" ")
        if let primitive = type.primitive { text.append(primitive.name) } else if let row = type.node { node(row, depth: depth + 1, start) }
    }

    private mutating func node(_ number: UInt32, depth: Int, _ start: Int) {
        guard depth < DescriptionWriter.deepest, text.count - start < DescriptionWriter.longestLine else { return text.append("...") }
        let node = component.table.nodes[Int(number)]
        switch node.kind {
        case .primitive: text.append(node.element?.primitive?.name ?? "primitive")
        case .resource:
            text.append("(resource ")
            text.append(decimal: Int(node.start))
            text.append(")")
        case .own, .borrow:
            text.append(node.kind == .own ? "(own" : "(borrow")
            value(node.element, depth: depth, start)
            text.append(")")
        case .component, .instance: shape(node, depth, start)
        default:
            text.append("(")
            text.append(node.kind == .fixedList ? "list" : node.kind.name)
            for index in component.table.memberRange(node) {
                guard text.count - start < DescriptionWriter.longestLine else { return text.append(" ...)") }
                let member = component.table.members[index]
                if member.name.count > 0 {
                    text.append(" \"")
                    append(member.name)
                    text.append("\"")
                }
                value(member.type, depth: depth, start)
            }
            if node.kind == .function, node.element != nil { text.append(" ->") }
            value(node.element, depth: depth, start)
            if node.kind == .result, node.second != nil { text.append(" error") }
            value(node.second, depth: depth, start)
            if node.kind == .fixedList {
                text.append(" ")
                text.append(decimal: Int(node.length))
            }
            text.append(")")
        }
    }

    private mutating func shape(_ node: TypeNode, _ depth: Int, _ start: Int) {
        let shape = component.table.shapes[Int(node.start)]
        text.append("(")
        text.append(node.kind.name)
        items(" import", shape.importStart, shape.importCount, depth, start)
        items(" export", shape.exportStart, shape.exportCount, depth, start)
        text.append(")")
    }

    private mutating func items(_ keyword: StaticString, _ first: UInt32, _ count: UInt32, _ depth: Int, _ start: Int) {
        for index in first..<first + count {
            guard text.count - start < DescriptionWriter.longestLine else { return text.append(" ...") }
            let item = component.table.externs[Int(index)]
            text.append(keyword)
            text.append(" `")
            append(item.name)
            text.append("` ")
            if item.entity.sort == .coreModule { text.append("(core module)") } else { node(item.entity.index, depth: depth + 1, start) }
        }
    }
}
