// `martlet objdump`: what is in a module: sections' contents in words, imports, exports, and its code disassembled; or a component's structure.
import Glibc
import WasmModule

/// The command `objdump`.
enum ObjdumpCommand {
    static func run(_ arguments: [String]) -> Int32 {
        var path: String?
        var showsCode = true
        var showsOperations = false
        var showsNativeCode = false
        for argument in arguments {
            switch argument {
            case "--headers", "-h": showsCode = false
            case "--ir": showsOperations = true
            case "--code": showsNativeCode = true
            default:
                guard path == nil, !argument.hasPrefix("-") || argument == "-" else { return usage() }
                path = argument
            }
        }
        guard let path else { return usage() }
        if showsOperations || showsNativeCode { return OperationListing.run(path, isNative: showsNativeCode) }
        let image: ModuleImage
        switch decodeFile(path) {
        case .module(let module): image = module
        case .component(let component):
            component.describe { show($0) }
            return ExitCode.success
        case nil: return ExitCode.loadError
        }
        var listing = ModuleListing(image)
        listing.summary()
        if showsCode {
            do throws(WasmError) {
                try listing.code()
            } catch {
                listing.flush()
                complain(error, in: path)
                return ExitCode.loadError
            }
        }
        listing.flush()
        return ExitCode.success
    }

    private static func usage() -> Int32 {
        complain("usage: martlet objdump [--headers] [--ir] [--code] FILE")
        return ExitCode.usage
    }
}

/// A module's listing, written in pieces of about 64 KiB.
private struct ModuleListing {
    private let image: ModuleImage
    private let instructions: InstructionText
    private var text = ""

    init(_ image: ModuleImage) {
        self.image = image
        instructions = InstructionText(image: image)
    }

    mutating func flush() {
        show(text)
        text.removeAll(keepingCapacity: true)
    }

    private mutating func line(_ line: String) {
        text += line + "\n"
        if text.utf8.count > 1 << 16 { flush() }
    }

    mutating func summary() {
        line("types: \(image.types.count)")
        for (index, type) in image.types.enumerated() {
            let shape = image.signature(ofType: UInt32(index)).map { "func " + signatureText($0.functionType) } ?? "structure or array"
            line("  \(index): \(type.isFinal ? "" : "sub ")\(type.superType.map { "of \($0) " } ?? "")\(shape)")
        }
        line("imports: \(image.imports.count)")
        for entry in image.imports {
            line("  `\(image.text(entry.module))::\(image.text(entry.name))` \(externalTypeText(entry.type, image))")
        }
        line("functions: \(image.functions.count) (\(image.importedFunctionCount) imported)")
        line("tables: \(image.tables.count)")
        for (index, table) in image.tables.enumerated() { line("  \(index): \(externalTypeText(.table(table.type), image))") }
        line("memories: \(image.memories.count)")
        for (index, memory) in image.memories.enumerated() { line("  \(index): \(externalTypeText(.memory(memory), image))") }
        line("globals: \(image.globals.count)")
        for (index, global) in image.globals.enumerated() {
            line("  \(index): \(externalTypeText(.global(global.type), image))\(global.initializer.map { " = " + constant($0) } ?? "")")
        }
        if !image.tags.isEmpty { line("tags: \(image.tags.count)") }
        line("exports: \(image.exports.count)")
        for entry in image.exports {
            line("  `\(image.text(entry.name))` \(entry.index) \(externalTypeText(image.externalType(entry.kind, entry.index), image))")
        }
        if let start = image.start { line("start: \(start)") }
        line("element segments: \(image.elementSegments.count)")
        for (index, segment) in image.elementSegments.enumerated() {
            line("  \(index): \(mode(segment.mode)) \(segment.count) x \(typeText(segment.type))")
        }
        line("data segments: \(image.dataSegments.count)")
        for (index, segment) in image.dataSegments.enumerated() {
            line("  \(index): \(mode(segment.mode)) \(segment.bytes.count) bytes at \(hexadecimal(segment.bytes.offset))")
        }
        for section in image.customSections { line("custom section `\(image.text(section.name))`: \(section.contents.count) bytes") }
    }

    private func mode(_ mode: SegmentMode) -> String {
        switch mode {
        case .passive: "passive"
        case .declarative: "declarative"
        case .active(let index, let offset): "active in \(index) at (\(constant(offset)))"
        }
    }

    /// A constant expression in one line.
    private func constant(_ range: ByteRange) -> String {
        var reader = InstructionReader(image, range)
        var instruction = Instruction()
        var words: [String] = []
        while !reader.isAtEnd {
            guard (try? reader.next(&instruction)) != nil, instruction.opcode != .end else { break }
            words.append(instructions.text(instruction))
        }
        return words.joined(separator: "; ")
    }

    /// Every body, indented by its blocks, each line with its offset in the module.
    mutating func code() throws(WasmError) {
        var names: [UInt32: String] = [:]
        for entry in image.exports where entry.kind == .function { names[entry.index] = image.text(entry.name) }
        let section = NameSection(image)
        var validator = FunctionValidator(image)
        var instruction = Instruction()
        for body in image.bodies.indices {
            let function = UInt32(image.importedFunctionCount + body)
            var reader = try validator.begin(body: body)
            let signature = image.signature(ofFunction: function)
            let own = section.name(.function, function).map { image.text($0) }
            let name = (own ?? names[function]).map { " `\($0)`" } ?? ""
            line("\nfunc \(function)\(name) \(signatureText(signature.functionType)), \(image.bodies[body].count) bytes")
            let locals = validator.locals.dropFirst(Int(signature.parameterCount))
            if !locals.isEmpty { line("          locals \(runs(locals))") }
            var depth = 1
            let end = Int(image.bodies[body].offset) + Int(image.bodies[body].count)
            while reader.offset < end {
                try reader.next(&instruction)
                let opensBlock = [.block, .loop, .if, .try, .tryTable].contains(instruction.opcode)
                let isMiddle = [.else, .catch, .catchAll].contains(instruction.opcode)
                let closes = instruction.opcode == .end || instruction.opcode == .delegate
                if closes || isMiddle { depth -= 1 }
                let offset = String(instruction.offset, radix: 16)
                let padding = String(repeating: " ", count: max(0, 8 - offset.count) + 2 * max(0, min(depth, 40)))
                line("\(offset):\(padding)\(instructions.text(instruction))")
                if opensBlock || isMiddle { depth += 1 }
            }
        }
    }

    /// `3 x i32, f64`.
    private func runs(_ types: Slice<UnsafeBufferPointer<ValueType>>) -> String {
        var runs: [(type: ValueType, count: Int)] = []
        for type in types {
            if let last = runs.last, last.type == type { runs[runs.count - 1].count += 1 } else { runs.append((type, 1)) }
        }
        return runs.map { $0.count == 1 ? typeText($0.type) : "\($0.count) x \(typeText($0.type))" }.joined(separator: ", ")
    }
}
