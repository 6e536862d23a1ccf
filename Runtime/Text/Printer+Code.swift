// Functions, segments and expressions as text: flat instructions, one a line. Spec: WebAssembly core, 6.6 and 6.7.4 to 6.7.8.
import WasmModule

extension Printer {
    mutating func printFunctions() throws(WasmError) {
        var validator = FunctionValidator(module)
        for body in module.bodies.indices {
            let index = module.importedFunctionCount + body
            line("(func")
            name(.function, .function, index)
            comment(index)
            write(" ")
            functionTypeUse(module.functions[index], UInt32(index))
            let reader = try validator.begin(body: body)
            printLocals(UInt32(index), validator.locals, module.signature(ofFunction: UInt32(index)).parameters.count)
            depth = 0
            labelCount = 0
            try instructions(reader, to: module.bodies[body], of: UInt32(index))
            write(")")
        }
    }

    /// `(local …)` of each local that has a name, and of each run of those that have none.
    private mutating func printLocals(_ function: UInt32, _ locals: UnsafeBufferPointer<ValueType>, _ parameterCount: Int) {
        guard locals.count > parameterCount else { return }
        write("\n   ")
        let hasNames = names.count(.local) > 0
        var isOpen = false
        for index in parameterCount..<locals.count {
            let isNamed = hasNames && names.name(.local, function, UInt32(index)) != nil
            if isNamed, isOpen {
                write(")")
                isOpen = false
            }
            if !isOpen { write(" (local") }
            if isNamed { name(.local, .local(function: function), of: function, index) }
            write(" ")
            valueType(locals[index])
            if isNamed { write(")") }
            isOpen = !isNamed
        }
        if isOpen { write(")") }
    }

    /// A constant expression, behind a space, without its `end`.
    mutating func expression(_ range: ByteRange) throws(WasmError) {
        depth = 0
        try instructions(InstructionReader(module, range), to: range, of: nil)
    }

    /// All instructions but the last `end`, on lines of their own in a function. The reader of a body sees what is behind it too.
    private mutating func instructions(_ start: InstructionReader, to range: ByteRange, of function: UInt32?) throws(WasmError) {
        let end = Int(range.offset) + Int(range.count)
        var reader = start
        var instruction = Instruction()
        while reader.offset < end {
            try reader.next(&instruction)
            let opcode = instruction.opcode
            if opcode == .end || opcode == .delegate {
                if depth == 0 { return }
                depth -= 1
            }
            let isArm = opcode == .else || opcode == .catch || opcode == .catchAll
            if function != nil {
                output.append(0x0a)
                let blockDepth = min(depth, 40) - (isArm && depth > 0 ? 1 : 0)
                for _ in 0..<(4 + 2 * blockDepth) { output.append(0x20) }
            } else {
                output.append(0x20)
            }
            printName(instruction.opcode)
            if Printer.opensBlock(opcode) {
                if let function { labelName(function, labelCount) }
                labelCount += 1
                depth += 1
            }
            printImmediates(instruction)
        }
        if function != nil { throw WasmError(.malformed, at: end, "END opcode expected") }
    }

    private static func opensBlock(_ opcode: Opcode) -> Bool {
        opcode == .block || opcode == .loop || opcode == .if || opcode == .try || opcode == .tryTable
    }

    mutating func printElementSegments() throws(WasmError) {
        for (index, segment) in module.elementSegments.enumerated() {
            line("(elem")
            name(.element, .element, index)
            comment(index)
            switch segment.mode {
            case .passive: break
            case .declarative: write(" declare")
            case .active(let table, let offset):
                if table != 0 {
                    write(" (table ")
                    write(table)
                    write(")")
                }
                write(" (offset")
                try expression(offset)
                write(")")
            }
            write(" ")
            if segment.isExpressions { valueType(segment.type) } else { write("func") }
            for item in module.elements(of: segment) {
                switch item {
                case .function(let function):
                    write(" ")
                    write(function)
                case .expression(let range):
                    write(" (item")
                    try expression(range)
                    write(")")
                }
            }
            write(")")
        }
    }

    mutating func printDataSegments() throws(WasmError) {
        for (index, segment) in module.dataSegments.enumerated() {
            line("(data")
            name(.data, .data, index)
            comment(index)
            if case .active(let memory, let offset) = segment.mode {
                if memory != 0 {
                    write(" (memory ")
                    write(memory)
                    write(")")
                }
                write(" (offset")
                try expression(offset)
                write(")")
            }
            write(" ")
            string(module[segment.bytes])
            write(")")
        }
    }
}
