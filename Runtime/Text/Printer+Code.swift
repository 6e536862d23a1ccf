// Functions, segments and expressions as text: flat instructions, one a line. Spec: WebAssembly core, 6.6 and 6.7.4 to 6.7.8.
import WasmModule

extension Printer {
    mutating func printFunctions() throws(WasmError) {
        var validator = FunctionValidator(module)
        for body in module.bodies.indices {
            let index = module.importedFunctionCount + body
            line("(func")
            comment(index)
            write(" ")
            typeUse(module.functions[index])
            let reader = try validator.begin(body: body)
            printLocals(validator.locals, module.signature(ofFunction: UInt32(index)).parameters.count)
            depth = 0
            try instructions(reader, indentation: 4)
            write(")")
        }
    }

    private mutating func printLocals(_ locals: UnsafeBufferPointer<ValueType>, _ parameterCount: Int) {
        guard locals.count > parameterCount else { return }
        write("\n    (local")
        for index in parameterCount..<locals.count {
            write(" ")
            valueType(locals[index])
        }
        write(")")
    }

    /// A constant expression, behind a space, without its `end`.
    mutating func expression(_ range: ByteRange) throws(WasmError) {
        depth = 0
        try instructions(InstructionReader(module, range), indentation: nil)
    }

    /// All instructions but the last `end`, on lines of their own when there is an indentation.
    private mutating func instructions(_ start: InstructionReader, indentation: Int?) throws(WasmError) {
        var reader = start
        var instruction = Instruction()
        while !reader.isAtEnd {
            try reader.next(&instruction)
            let opcode = instruction.opcode
            if opcode == .end || opcode == .delegate {
                if depth == 0 { return }
                depth -= 1
            }
            let isArm = opcode == .else || opcode == .catch || opcode == .catchAll
            if let indentation {
                output.append(0x0a)
                let blockDepth = min(depth, 40) - (isArm && depth > 0 ? 1 : 0)
                for _ in 0..<(indentation + 2 * blockDepth) { output.append(0x20) }
            } else {
                output.append(0x20)
            }
            print(instruction)
            if Printer.opensBlock(opcode) { depth += 1 }
        }
    }

    private static func opensBlock(_ opcode: Opcode) -> Bool {
        opcode == .block || opcode == .loop || opcode == .if || opcode == .try || opcode == .tryTable
    }

    mutating func printElementSegments() throws(WasmError) {
        for (index, segment) in module.elementSegments.enumerated() {
            line("(elem")
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
