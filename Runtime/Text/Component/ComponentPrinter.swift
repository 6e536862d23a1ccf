// The way back of components: the binary of a valid component as text, definition by definition, all references by index.
// Owns the indentation. Spec: Binary.md and Explainer.md of the component model.
import Containers
import WasmComponent
import WasmModule

/// Appends a component as text. Assembling the text gives the component back, but for custom sections, and printing that gives the text
/// back. Throws what decoding throws: the component has been decoded, so only what cannot be printed is left.
public func disassemble(_ component: Component, into output: inout [UInt8]) throws(ComponentError) {
    var printer = ComponentPrinter(component)
    swap(&printer.output, &output)
    defer { swap(&printer.output, &output) }
    try printer.printComponent()
}

/// Writes one component, reading its bytes again: they are in the order of the text.
struct ComponentPrinter {
    let component: Component
    var reader: ComponentReader
    var output: [UInt8] = []
    private var depth = 0
    private var moduleIndex = 0
    /// The items of the open components and types, innermost last.
    private var counts: [InlineArray<13, Int>] = []

    init(_ component: Component) {
        self.component = component
        reader = ComponentReader(component.bytes)
    }

    /// Components in each other are a stack of ends.
    mutating func printComponent() throws(ComponentError) {
        var ends: [Int] = []
        open("(component", at: 8, &ends, end: reader.end)
        while let end = ends.last {
            if reader.offset == end {
                write(")")
                ends.removeLast()
                counts.removeLast()
                depth -= 1
                if !counts.isEmpty { count(.component) }
                continue
            }
            let id = try reader.byte()
            let byteCount = Int(try reader.u32())
            let sectionEnd = reader.offset + byteCount
            switch id {
            case 0: reader.offset = sectionEnd
            case 1: try coreModule(end: sectionEnd)
            case 4:
                line("(component")
                comment(.component)
                open("", at: reader.offset + 8, &ends, end: sectionEnd)
            default:
                for _ in 0..<(try reader.u32()) { try item(id) }
            }
        }
        write("\n")
    }

    private mutating func open(_ text: StaticString, at offset: Int, _ ends: inout [Int], end: Int) {
        write(text)
        reader.offset = offset
        ends.append(end)
        push()
    }

    mutating func push() {
        counts.append(InlineArray<13, Int>(repeating: 0))
        depth += 1
    }

    mutating func pop() {
        counts.removeLast()
        depth -= 1
    }

    private mutating func item(_ id: UInt8) throws(ComponentError) {
        switch id {
        case 2: try coreInstance()
        case 3: try coreType()
        case 5: try instance()
        case 6: try alias()
        case 7: try type()
        case 8: try canonical()
        case 10: try importOrExport("(import ")
        default: try exportDefinition()
        }
    }

    // MARK: Words

    mutating func write(_ text: StaticString) { output.append(text) }
    mutating func write(_ number: UInt32) { output.append(decimal: UInt64(number)) }

    /// A new line, indented.
    mutating func line(_ text: StaticString) {
        write("\n")
        for _ in 0..<depth { write("  ") }
        write(text)
    }

    /// The index that the item to be written gets, as a comment.
    mutating func comment(_ sort: ComponentSort) {
        write(" (;")
        output.append(decimal: counts[counts.count - 1][Int(sort.rawValue)])
        write(";)")
    }

    mutating func count(_ sort: ComponentSort) { counts[counts.count - 1][Int(sort.rawValue)] += 1 }

    /// A name in quotes.
    mutating func string(_ range: ByteRange) {
        write("\"")
        for byte in reader[range] {
            if byte >= 0x20, byte != 0x22, byte != 0x5c, byte != 0x7f {
                output.append(byte)
                continue
            }
            write("\\")
            for digit in [byte >> 4, byte & 15] { output.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
        write("\"")
    }

    mutating func name() throws(ComponentError) { string(try reader.vector()) }

    mutating func index() throws(ComponentError) { write(try reader.u32()) }

    /// A sort's bytes.
    mutating func sort() throws(ComponentError) -> ComponentSort {
        switch try reader.byte() {
        case 0: return try coreSort()
        case 1: return .function
        case 2: return .value
        case 3: return .type
        case 4: return .component
        default: return .instance
        }
    }

    mutating func coreSort() throws(ComponentError) -> ComponentSort {
        switch try reader.byte() {
        case 0: return .coreFunction
        case 1: return .coreTable
        case 2: return .coreMemory
        case 3: return .coreGlobal
        case 4: return .coreTag
        case 0x10: return .coreType
        case 0x11: return .coreModule
        default: return .coreInstance
        }
    }

    /// A sort's words; without `core` where that is understood.
    mutating func write(_ sort: ComponentSort, isCore: Bool = false) {
        if sort == .coreModule {
            write(isCore ? "module" : "core module")
            return
        }
        let name = sort.name
        let skipped = isCore ? 5 : 0
        for index in skipped..<name.utf8CodeUnitCount { output.append(name.utf8Start[index]) }
    }

    // MARK: Core definitions

    private mutating func coreModule(end: Int) throws(ComponentError) {
        let image = component.module(moduleIndex).image
        moduleIndex += 1
        line("(core module")
        comment(.coreModule)
        var printer = Printer(image)
        do throws(WasmError) { try printer.printModule(opening: "", isNested: true) } catch {
            throw ComponentError(nested: error, at: reader.offset)
        }
        for byte in printer.output where byte != 0x0a || output.last != 0x0a {
            output.append(byte)
            if byte == 0x0a { for _ in 0..<depth { write("  ") } }
        }
        while let last = output.last, last == 0x20 || last == 0x0a { output.removeLast() }
        count(.coreModule)
        reader.offset = end
    }

    private mutating func coreInstance() throws(ComponentError) {
        line("(core instance")
        comment(.coreInstance)
        if try reader.byte() == 0 {
            write(" (instantiate ")
            try index()
            for _ in 0..<(try reader.u32()) {
                write(" (with ")
                try name()
                _ = try reader.byte()
                write(" (instance ")
                try index()
                write("))")
            }
            write(")")
        } else {
            for _ in 0..<(try reader.u32()) {
                write(" (export ")
                try name()
                write(" (")
                write(try coreSort(), isCore: true)
                write(" ")
                try index()
                write("))")
            }
        }
        write(")")
        count(.coreInstance)
    }

    // MARK: Instances, aliases, imports, exports

    /// `(sort index)`.
    private mutating func reference() throws(ComponentError) -> ComponentSort {
        let sort = try sort()
        write("(")
        write(sort)
        write(" ")
        try index()
        write(")")
        return sort
    }

    private mutating func instance() throws(ComponentError) {
        line("(instance")
        comment(.instance)
        if try reader.byte() == 0 {
            write(" (instantiate ")
            try index()
            for _ in 0..<(try reader.u32()) {
                write(" (with ")
                try name()
                write(" ")
                _ = try reference()
                write(")")
            }
            write(")")
        } else {
            for _ in 0..<(try reader.u32()) {
                write(" (export ")
                try externName()
                _ = try reference()
                write(")")
            }
        }
        write(")")
        count(.instance)
    }

    mutating func alias() throws(ComponentError) {
        let sort = try sort()
        switch try reader.byte() {
        case 2:
            line("(alias outer ")
            try index()
            write(" ")
            try index()
        case let target:
            line(target == 0 ? "(alias export " : "(alias core export ")
            try index()
            write(" ")
            try name()
        }
        write(" (")
        write(sort)
        comment(sort)
        write("))")
        count(sort)
    }

    /// A name with its attributes, and a blank.
    mutating func externName() throws(ComponentError) {
        let kind = try reader.byte()
        try name()
        write(" ")
        guard kind == 2 else { return }
        for _ in 0..<(try reader.u32()) {
            let attribute = try reader.byte()
            write(attribute == 0 ? "(implements " : attribute == 1 ? "(versionsuffix " : "(external-id ")
            try name()
            write(") ")
        }
    }

    mutating func importOrExport(_ text: StaticString) throws(ComponentError) {
        line(text)
        try externName()
        let sort = try externType()
        write(")")
        count(sort)
    }

    private mutating func exportDefinition() throws(ComponentError) {
        line("(export ")
        try externName()
        let sort = try reference()
        if try reader.byte() == 1 {
            write(" ")
            _ = try externType(isNumbered: false)
        }
        write(")")
        count(sort)
    }
}
