// What the assembler remembers while it reads instructions: the body, the open blocks and folded expressions, the labels.
// Owns the stacks that stand in for recursion. Spec: WebAssembly core, 6.6 (instructions).
import WasmModule

/// One open construct of the instruction grammar.
struct InstructionFrame {
    enum Kind: UInt8 {
        /// `(op …`: only folded operands may come; the instruction is written at `)`.
        case folded
        /// `(block …`, `(loop …`, `(try_table …`: instructions; `)` writes `end`.
        case foldedBlock
        /// `(if …` before `(then`: folded conditions.
        case foldedIf
        /// `(then …` or `(else …`.
        case foldedArm
        /// `(if …` after `(then …)`.
        case foldedIfAfterThen
        /// `(if …` after `(else …)`.
        case foldedIfAfterElse
        /// `(try …` before `(do`.
        case foldedTry
        /// `(do …`, `(catch …`, `(catch_all …`.
        case foldedTryArm
        /// `(try …` after `(do …)` and maybe some `(catch …)`.
        case foldedTryAfterArm
        /// `(try …` after `(catch_all …)`.
        case foldedTryAfterCatchAll
        /// `(try …` after `(delegate …)`, which has written the end.
        case foldedTryAfterDelegate
        /// `block`, `loop`, `try_table` up to `end`.
        case flatBlock
        /// `if` up to `else` or `end`.
        case flatIf
        /// `else` up to `end`.
        case flatElse
        /// `try` up to `catch`, `catch_all`, `delegate` or `end`.
        case flatTry
        /// `catch` up to the next.
        case flatCatch
        /// `catch_all` up to `end`.
        case flatCatchAll
    }

    var kind: Kind
    /// Where the instruction that waits for `)` begins in `CodeState.pending`.
    var pendingStart: Int
    /// A branch hint for the waiting instruction: 0 or 1, 2 for none.
    var hint: UInt8 = 2
    /// Whether a catch clause was there; `delegate` may not follow one.
    var hasCatch = false
    /// The block's label, for `(if`, whose label is in scope only from `(then` on.
    var label: Symbol?
    /// Where the construct opened, for the message when it never closes.
    var position: Int
}

/// A label in scope.
struct LabelEntry {
    var symbol: Symbol?
    /// What the symbol meant outside.
    var shadowed: UInt32
}

/// The state of one instruction sequence; reused from function to function.
struct CodeState {
    /// The bytes of the sequence so far.
    var body: [UInt8] = []
    /// Folded instructions that wait for their operands.
    var pending: [UInt8] = []
    var frames: [InstructionFrame] = []
    var labels: [LabelEntry] = []
    /// The function whose code this is; nil in constant expressions.
    var function: UInt32?
    /// How many labels the function has had so far, for the name section.
    var labelCount: UInt32 = 0
    /// A branch hint read and not yet used: 0 or 1, 2 for none.
    var nextHint: UInt8 = 2
    /// Offsets in `body` and values of the function's hints.
    var hints: [(offset: UInt32, value: UInt8)] = []
    /// The finished content of the branch hint section.
    var hintContent: [UInt8] = []
    var hintedFunctionCount: UInt32 = 0
}
