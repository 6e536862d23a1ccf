// ConstantExpression: the values of globals, offsets and elements (core specification, 3.3.13 and 4.5.4). The decoder has validated them.

import Containers
import WasmModule
import WasmNumerics

extension Instance {
    /// The value of a valid constant expression.
    func evaluate(_ range: ByteRange) -> (low: UInt64, high: UInt64) {
        var reader = InstructionReader(module.image, range)
        return evaluate(&reader)
    }

    /// Reads one constant expression up to its `end`.
    func evaluate(_ reader: inout InstructionReader) -> (low: UInt64, high: UInt64) {
        var instruction = Instruction()
        var stack: [(low: UInt64, high: UInt64)] = []
        while (try? reader.next(&instruction)) != nil {
            switch instruction.opcode {
            case .end: return stack.last ?? (0, 0)
            case .i32Const: stack.append((word(Int32(truncatingIfNeeded: instruction.bits)), 0))
            case .i64Const, .f32Const, .f64Const: stack.append((instruction.bits, 0))
            case .v128Const: stack.append((instruction.bits, instruction.highBits))
            case .refNull: stack.append((0, 0))
            case .refFunc: stack.append((UInt64(UInt(bitPattern: state.pointee.functions[Int(instruction.index)])), 0))
            case .globalGet:
                let global = state.pointee.globals[Int(instruction.index)]
                stack.append((global.pointee.low, global.pointee.high))
            case .i32Add: wordBinary(&stack, I32.add)
            case .i32Sub: wordBinary(&stack, I32.sub)
            case .i32Mul: wordBinary(&stack, I32.mul)
            case .i64Add: binary(&stack, I64.add)
            case .i64Sub: binary(&stack, I64.sub)
            case .i64Mul: binary(&stack, I64.mul)
            default: return (0, 0)
            }
        }
        return (0, 0)
    }

    private func binary(_ stack: inout [(low: UInt64, high: UInt64)], _ operation: (UInt64, UInt64) -> UInt64) {
        guard let right = stack.popLast(), let left = stack.popLast() else { return }
        stack.append((operation(left.low, right.low), 0))
    }

    private func wordBinary(_ stack: inout [(low: UInt64, high: UInt64)], _ operation: (UInt32, UInt32) -> UInt32) {
        binary(&stack) { word(operation(UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $1))) }
    }

    /// Reads an element segment's items.
    func readElements(_ segment: ElementSegment, into items: UnsafeMutablePointer<UInt64>) {
        if segment.isExpressions {
            var reader = InstructionReader(module.image, segment.items)
            for index in 0..<Int(segment.count) { items[index] = evaluate(&reader).low }
            return
        }
        let bytes = module.image[segment.items]
        var position = 0
        for index in 0..<Int(segment.count) {
            // The decoder has checked the LEB128 numbers and the indices.
            var value: UInt32 = 0
            var shift: UInt32 = 0
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                value |= UInt32(byte & 0x7F) &<< shift
                shift += 7
                if byte & 0x80 == 0 { break }
            }
            items[index] = UInt64(UInt(bitPattern: state.pointee.functions[Int(value)]))
        }
    }
}
