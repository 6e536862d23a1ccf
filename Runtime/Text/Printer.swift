// The way back: a decoded module as text, such that assembling it gives the same module. Owns the indentation, nothing else.
// Spec: WebAssembly core, chapter 6; the binary's order of sections (5.5) is kept.
import Containers
import WasmModule

/// Appends a module as text. Items carry their names and, as comments, their indices, and are referred to by index; custom sections but
/// `name` become `(@custom …)` annotations. Assembling the text gives the module back, and printing that gives the text back.
///
/// Throws where a function body is malformed; bodies need not be valid.
public func disassemble(_ module: ModuleImage, into output: inout [UInt8]) throws(WasmError) {
    var printer = Printer(module)
    swap(&printer.output, &output)
    defer { swap(&printer.output, &output) }
    try printer.printModule()
}

/// Writes one module.
struct Printer {
    let module: ModuleImage
    let names: NameSection
    var output: [UInt8] = []
    /// Blocks open around the instruction to be written.
    var depth = 0
    /// Blocks opened in the function so far, which is the next one's index among its labels.
    var labelCount: UInt32 = 0
    /// The names given so far: a name stands once in each space.
    var symbols = NameTable()
    var bindings = BindingTable()

    init(_ module: ModuleImage) {
        self.module = module
        names = NameSection(module)
    }

    /// `opening`: what the text begins with; inside a component the module's name is an annotation, since identifiers are the component's.
    mutating func printModule(opening: StaticString = "(module", isNested: Bool = false) throws(WasmError) {
        write(opening)
        moduleName(isNested: isNested)
        printCustomSections(after: 0)
        printTypes()
        printCustomSections(after: 1)
        printImports()
        printCustomSections(after: 2)
        printCustomSections(after: 3)
        try printTables()
        printCustomSections(after: 4)
        printMemories()
        printCustomSections(after: 5)
        printTags()
        printCustomSections(after: 13)
        try printGlobals()
        printCustomSections(after: 6)
        printExports()
        printCustomSections(after: 7)
        if let start = module.start {
            line("(start ")
            write(start)
            write(")")
        }
        printCustomSections(after: 8)
        try printElementSegments()
        printCustomSections(after: 9)
        printCustomSections(after: 12)
        try printFunctions()
        printCustomSections(after: 10)
        try printDataSegments()
        printCustomSections(after: 11)
        write(")\n")
    }

    // MARK: words

    mutating func write(_ text: StaticString) { output.append(text) }

    mutating func write(_ number: UInt32) { output.append(decimal: UInt64(number)) }

    mutating func write(_ number: UInt64) { output.append(decimal: number) }

    /// A new line of a module field, and its first words.
    mutating func line(_ text: StaticString) {
        write("\n  ")
        write(text)
    }

    /// ` (;index;)`.
    mutating func comment(_ index: Int) {
        write(" (;")
        output.append(decimal: index)
        write(";)")
    }

    /// A string literal of any bytes.
    mutating func string(_ bytes: UnsafeRawBufferPointer) {
        output.append(0x22)
        for byte in bytes {
            if byte >= 0x20, byte < 0x7f, byte != 0x22, byte != 0x5c {
                output.append(byte)
            } else {
                output.append(0x5c)
                hexadecimal(byte >> 4)
                hexadecimal(byte & 15)
            }
        }
        output.append(0x22)
    }

    mutating func hexadecimal(_ digit: UInt8) { output.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10) }

    // MARK: fields

    private mutating func printImports() {
        var indices = [0, 0, 0, 0, 0]
        for item in module.imports {
            line("(import ")
            string(module[item.module])
            write(" ")
            string(module[item.name])
            write(" (")
            kind(item.type.kind)
            let index = indices[Int(item.type.kind.rawValue)]
            indices[Int(item.type.kind.rawValue)] += 1
            itemName(item.type.kind, index)
            comment(index)
            write(" ")
            switch item.type {
            case .function(let type): functionTypeUse(type, UInt32(index))
            case .table(let type): tableType(type)
            case .memory(let type): memoryType(type)
            case .global(let type): globalType(type)
            case .tag(let type): typeUse(type.typeIndex)
            }
            write("))")
        }
    }

    private mutating func itemName(_ kind: ExternalKind, _ index: Int) {
        switch kind {
        case .function: name(.function, .function, index)
        case .table: name(.table, .table, index)
        case .memory: name(.memory, .memory, index)
        case .global: name(.global, .global, index)
        case .tag: name(.tag, .tag, index)
        }
    }

    private mutating func kind(_ kind: ExternalKind) {
        switch kind {
        case .function: write("func")
        case .table: write("table")
        case .memory: write("memory")
        case .global: write("global")
        case .tag: write("tag")
        }
    }

    private mutating func printTables() throws(WasmError) {
        for index in module.importedTableCount..<module.tables.count {
            line("(table")
            itemName(.table, index)
            comment(index)
            write(" ")
            tableType(module.tables[index].type)
            if let initializer = module.tables[index].initializer { try expression(initializer) }
            write(")")
        }
    }

    private mutating func printMemories() {
        for index in module.importedMemoryCount..<module.memories.count {
            line("(memory")
            itemName(.memory, index)
            comment(index)
            write(" ")
            memoryType(module.memories[index])
            write(")")
        }
    }

    private mutating func printTags() {
        for index in module.importedTagCount..<module.tags.count {
            line("(tag")
            itemName(.tag, index)
            comment(index)
            write(" ")
            typeUse(module.tags[index].typeIndex)
            write(")")
        }
    }

    private mutating func printGlobals() throws(WasmError) {
        for index in module.importedGlobalCount..<module.globals.count {
            line("(global")
            itemName(.global, index)
            comment(index)
            write(" ")
            globalType(module.globals[index].type)
            if let initializer = module.globals[index].initializer { try expression(initializer) }
            write(")")
        }
    }

    private mutating func printExports() {
        for export in module.exports {
            line("(export ")
            string(module[export.name])
            write(" (")
            kind(export.kind)
            write(" ")
            write(export.index)
            write("))")
        }
    }

    /// The custom sections whose last section before is `section`, but the names.
    private mutating func printCustomSections(after section: UInt8) {
        for custom in module.customSections where custom.afterSection == section {
            let name = module[custom.name]
            if name.count == 4, name[0] == 0x6e, name[1] == 0x61, name[2] == 0x6d, name[3] == 0x65 { continue }
            line("(@custom ")
            string(name)
            write(section == 0 ? " (before first) " : " (after ")
            if section != 0 {
                sectionName(section)
                write(") ")
            }
            string(module[custom.contents])
            write(")")
        }
    }

    private mutating func sectionName(_ id: UInt8) {
        switch id {
        case 1: write("type")
        case 2: write("import")
        case 3: write("func")
        case 4: write("table")
        case 5: write("memory")
        case 6: write("global")
        case 7: write("export")
        case 8: write("start")
        case 9: write("elem")
        case 10: write("code")
        case 11: write("data")
        case 12: write("datacount")
        default: write("tag")
        }
    }
}
