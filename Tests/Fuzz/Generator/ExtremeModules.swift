// Modules that have every kind of section and segment, and one instruction; each has one field at an extreme (`FieldWriter`).
// The instruction stands where it is executed with operands that fit, and where it cannot be reached: validators differ there.

import WasmModule

/// A module of which one field is at an extreme.
public struct ExtremeModule: Sendable {
    /// The instruction, or `sections`, the field's number and what it holds.
    public let name: String
    public let bytes: [UInt8]
    /// Whether no validator may accept it.
    public let isNeverValid: Bool
}

/// All of them, in a fixed order.
public enum ExtremeModules {
    /// Hands each module to `visit`: some 15,000 of about 500 bytes.
    public static func forEach(_ visit: (ExtremeModule) -> Void) {
        vary("sections", isWhole: true, body: { $0.opcode(.nop) }, visit)
        for opcode in Opcode.allCases where opcode.row.proposal != .garbageCollection {
            for place in InstructionPlace.allCases where place != .withMemory || opcode.row.hasMemoryArgument {
                vary("\(opcode.row.name) \(place)", isWhole: false, body: { instruction(opcode, place, &$0) }, visit)
            }
        }
    }

    /// The module with each field of the body (or, if `isWhole`, of all sections) replaced in each way.
    private static func vary(_ name: String, isWhole: Bool, body: (inout FieldWriter) -> Void, _ visit: (ExtremeModule) -> Void) {
        var usual = FieldWriter()
        let (inBody, nameCount) = write(body, &usual)
        for number in isWhole ? 0..<usual.fields.count : inBody {
            for encoding in usual.fields[number].width.encodings(usual.fields[number].usual) {
                var writer = FieldWriter(replacing: number, by: encoding.bytes)
                _ = write(body, &writer)
                // What the name section holds is nobody's business.
                let isNeverValid = encoding.isNeverValid && number < usual.fields.count - nameCount
                visit(ExtremeModule(name: "\(name) field \(number): \(encoding.name)", bytes: writer.bytes, isNeverValid: isNeverValid))
            }
        }
    }

    // MARK: The sections

    /// Writes the module; gives the numbers of the body's fields, and how many the name section has, which comes last.
    private static func write(_ body: (inout FieldWriter) -> Void, _ writer: inout FieldWriter) -> (inBody: Range<Int>, nameCount: Int) {
        var inBody = 0..<0
        writer.raw([0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00])
        types(&writer)
        imports(&writer)
        // Function 0 is imported, 1 is the one that matters.
        writer.section(.function) {
            $0.count(2)
            $0.index(0)
            $0.index(1)
        }
        definitions(&writer)
        writer.section(.start) { $0.index(1) }
        segments(&writer)
        writer.section(.dataCount) { $0.count(3) }
        writer.section(.code) {
            $0.count(2)
            $0.sized {
                // i32 i32 i64 f32 f64 v128 funcref
                $0.count(6)
                $0.count(2)
                $0.byte(0x7F)
                for type: UInt8 in [0x7E, 0x7D, 0x7C, 0x7B, 0x70] {
                    $0.count(1)
                    $0.byte(type)
                }
                let first = $0.fields.count
                body(&$0)
                inBody = first..<$0.fields.count
                // Whatever the instruction left is dropped.
                $0.opcode(.unreachable)
                $0.opcode(.end)
            }
            $0.sized { $0.raw([0x00, 0x20, 0x00, 0x0B]) }
        }
        data(&writer)
        let beforeNames = writer.fields.count
        names(&writer)
        return (inBody, writer.fields.count - beforeNames)
    }

    private static func types(_ writer: inout FieldWriter) {
        writer.section(.type) {
            $0.count(6)
            // 0: [] -> []; 1: [i32] -> [i32]; 2: [i64] -> []
            for (parameters, results) in [([], []), ([0x7F], [0x7F]), ([0x7E], [])] as [([UInt8], [UInt8])] {
                $0.byte(0x60)
                for list in [parameters, results] {
                    $0.count(list.count)
                    for type in list { $0.byte(type) }
                }
            }
            // 3: an open function type; 4 and 5: a group of two, the second below 3 and naming 4; 6: an array of i8; 7: a structure.
            $0.byte(0x50)
            $0.count(0)
            $0.raw([0x60, 0, 0])
            $0.byte(0x4E)
            $0.count(2)
            $0.byte(0x60)
            $0.count(1)
            $0.byte(0x63)
            $0.field(.s33, 5)
            $0.count(0)
            $0.byte(0x4F)
            $0.count(1)
            $0.index(3)
            $0.byte(0x60)
            $0.count(0)
            $0.count(0)
            $0.byte(0x4E)
            $0.count(2)
            $0.byte(0x5E)
            $0.byte(0x78)
            $0.byte(1)
            $0.byte(0x5F)
            $0.count(1)
            $0.byte(0x64)
            $0.field(.s33, 6)
            $0.byte(0)
        }
    }

    private static func limits(_ flags: UInt8, _ minimum: Int64, _ maximum: Int64, _ writer: inout FieldWriter) {
        writer.byte(flags)
        writer.field(.u64, minimum)
        if flags & 1 != 0 { writer.field(.u64, maximum) }
    }

    private static func imports(_ writer: inout FieldWriter) {
        writer.section(.import) {
            $0.count(5)
            for kind: UInt8 in 0..<5 {
                $0.name("m")
                $0.name("n")
                $0.byte(kind)
                switch kind {
                case 0: $0.index(0)
                case 1:
                    $0.byte(0x70)
                    limits(1, 4, 8, &$0)
                case 2: limits(1, 1, 2, &$0)
                case 3:
                    $0.byte(0x7F)
                    $0.byte(0)
                default:
                    $0.byte(0)
                    $0.index(2)
                }
            }
        }
    }

    private static func definitions(_ writer: inout FieldWriter) {
        writer.section(.table) {
            $0.count(3)
            $0.byte(0x70)
            limits(0, 2, 0, &$0)
            $0.byte(0x63)
            $0.field(.s33, 0)
            limits(5, 2, 8, &$0)
            // With a value of its own: ref.func 1.
            $0.byte(0x40)
            $0.byte(0)
            $0.byte(0x64)
            $0.field(.s33, -16)
            limits(1, 1, 1, &$0)
            $0.opcode(.refFunc)
            $0.index(1)
            $0.opcode(.end)
        }
        writer.section(.memory) {
            $0.count(2)
            limits(0, 1, 0, &$0)
            limits(5, 1, 3, &$0)
        }
        writer.section(.tag) {
            $0.count(1)
            $0.byte(0)
            $0.index(0)
        }
        // Global 0 is imported; 1: a mutable i32 that starts as global 0; 2: an i64; 3: a function.
        writer.section(.global) {
            $0.count(3)
            $0.byte(0x7F)
            $0.byte(1)
            $0.opcode(.globalGet)
            $0.index(0)
            $0.opcode(.end)
            $0.raw([0x7E, 0x00])
            $0.opcode(.i64Const)
            $0.field(.s64, 5)
            $0.opcode(.end)
            $0.raw([0x70, 0x00])
            $0.opcode(.refNull)
            $0.field(.s33, -16)
            $0.opcode(.end)
        }
        writer.section(.export) {
            $0.count(5)
            for kind: UInt8 in 0..<5 {
                $0.name("e\(kind)")
                $0.byte(kind)
                $0.index(1)
            }
        }
    }

    /// The offset of a segment: a constant expression.
    private static func offset(_ writer: inout FieldWriter) {
        writer.opcode(.i32Const)
        writer.field(.s32, 0)
        writer.opcode(.end)
    }

    /// Element segments of all eight forms.
    private static func segments(_ writer: inout FieldWriter) {
        writer.section(.element) {
            $0.count(8)
            for flags in 0..<8 {
                $0.field(.u32, Int64(flags))
                if flags & 1 == 0 {
                    if flags & 2 != 0 { $0.index(1) }
                    offset(&$0)
                }
                if flags & 3 != 0 { $0.byte(flags & 4 != 0 ? 0x70 : 0) }
                $0.count(1)
                if flags & 4 == 0 {
                    $0.index(1)
                } else {
                    $0.opcode(.refFunc)
                    $0.index(1)
                    $0.opcode(.end)
                }
            }
        }
    }

    private static func data(_ writer: inout FieldWriter) {
        writer.section(.data) {
            $0.count(3)
            for flags in 0..<3 {
                $0.field(.u32, Int64(flags))
                if flags == 2 { $0.index(1) }
                if flags != 1 { offset(&$0) }
                $0.sized { $0.raw([1, 2, 3]) }
            }
        }
    }

    private static func names(_ writer: inout FieldWriter) {
        writer.section(.custom) {
            $0.raw([4] + Array("name".utf8))
            $0.byte(1)
            $0.sized {
                $0.count(2)
                for function in 0..<2 {
                    $0.index(function)
                    $0.name("f")
                }
            }
            $0.byte(2)
            $0.sized {
                $0.count(1)
                $0.index(1)
                $0.count(1)
                $0.index(0)
                $0.name("l")
            }
        }
    }
}
