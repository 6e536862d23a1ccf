// Row: one intermediate operation as it is declared, and the variants it expands to.

/// What an operation leaves in which accumulator.
enum Accumulator: String {
    case none, integer, double, single
}

/// One variant of a row: the operand forms, the fields of its cell and the text of its handler.
struct Variant {
    /// Full name, as in the textual form: `i32.add_as_r`.
    var name: String
    /// The fields behind the header, one letter each (see `Layout`).
    var fields: String
    /// The accumulator it writes.
    var writes: Accumulator
    /// The statements of the handler; nil when the handler is written by hand under the name `op_…`.
    var body: String?
    /// The statements when memory is checked, when they differ.
    var checkedBody: String?
    /// What it does, as data.
    var meaning = Meaning(.handler)
}

/// One declared operation.
struct Row {
    /// The name without forms: `i32.add`.
    var name: String
    /// One sentence for the documentation.
    var summary: String
    /// The variants in the order of their numbers.
    var variants: [Variant]
    /// The file its handlers go to.
    var family: String
}

/// How the letters of a field list are laid out behind the 8-byte header.
///
/// `R` result slot; `r` result slot not written (the result is in the accumulator only); `s` slot; `a` operand in the accumulator (no field);
/// `i` 32-bit immediate; `I` 64-bit immediate; `o` 32-bit unsigned offset; `T` branch target (8 bytes);
/// `n` count or index; `d` frame distance of a call (must be last, see `call`).
enum Layout {
    static func size(of letter: Character) -> Int {
        switch letter {
        case "a": 0
        case "I", "T", "F": 8
        default: 4
        }
    }

    /// The offset of each field, and the size of the whole cell.
    static func offsets(_ fields: String) -> (offsets: [Int], size: Int) {
        var offset = 8
        var offsets: [Int] = []
        for letter in fields {
            let size = size(of: letter)
            if size == 8 { offset = (offset + 7) & ~7 }
            offsets.append(offset)
            offset += size
        }
        return (offsets, (offset + 7) & ~7)
    }
}

/// The identifier of a name: `i32.add_as` becomes `i32_add_as`.
func identifier(_ name: String) -> String {
    String(name.map { $0 == "." ? "_" : $0 })
}
