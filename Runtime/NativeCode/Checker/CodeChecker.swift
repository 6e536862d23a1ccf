// CodeChecker: whether a function's words may run beside the kernel. Nothing of the emitter is used: the words are decoded again, and
// what each register holds is found anew from label to label. The rules are in README.md.

import Containers
import MachineCode
import WasmOperations

/// A function's code and what its maker says of it. Borrowed while it is checked.
public struct CodeDescription {
    /// The words.
    public var code: UnsafeRawBufferPointer
    /// The offset of the cell whose address `a0` holds inside the function.
    public var anchor: Int
    /// The cells that lead into the code.
    public var entries: UnsafeBufferPointer<NativeEntry>
    /// The accesses of guarded memory, ascending.
    public var faultSites: UnsafeBufferPointer<CodeSite>

    /// A description.
    public init(
        code: UnsafeRawBufferPointer, anchor: Int, entries: UnsafeBufferPointer<NativeEntry>, faultSites: UnsafeBufferPointer<CodeSite>
    ) {
        self.code = code
        self.anchor = anchor
        self.entries = entries
        self.faultSites = faultSites
    }
}

/// Checks functions one after the other. Its time and memory are linear in words and cells.
public struct CodeChecker: ~Copyable {
    let layout: EngineLayout
    var survey = CellSurvey()
    /// Each word: its form (8 bits), flags (7), and above them the entry there and one, or 0.
    var notes = GrowableArray<UInt32>()
    var facts: [32 of RegisterFact] = .init(repeating: RegisterFact())
    /// When each fact was found: those of before the last label do not count.
    private var times: [32 of UInt32] = .init(repeating: 0)
    private var time: UInt32 = 1

    var function: IntermediateFunction
    var description: CodeDescription
    /// The word at hand, and how many there are.
    var index = 0
    var count = 0
    /// The next place that may fault.
    var site = 0
    var lastSymbol: UInt32 = 0
    /// How often `a0` changed.
    var cellChanges: UInt32 = 0
    var path = PathState()

    /// What is known of the way to the word at hand.
    struct PathState {
        /// Whether the word before leads here.
        var falls = false
        /// Whether nothing happened since the function's entry but changes of `a0`.
        var isAtEntry = false
        /// What became of the frame's register.
        var frame = FrameState.own
        /// Bytes above the frame that were found to be on the stack.
        var stackByteCount: Int64 = 0
        /// Bytes that memory 0 was found to have at least.
        var memoryByteCount: Int64 = 0
        /// A number, and what may be added to it so that the sum fits 64 bits.
        var uncarried: UInt32 = 0
        var uncarriedSum: Int64 = 0
        /// The call that the last return address stored was for, and where it was stored.
        var call: SurveyedCall?
        /// What was found of an element of a table.
        var entry = EntryState()
        /// Whether fuel must be charged before anything branches, and whether nothing may branch at all.
        var mustCharge = false
        var mustLeave = false
        /// The first word of the loop that clears slots, while its words are looked at.
        var clearing: Int?
    }

    /// Whose frame is in its register.
    enum FrameState {
        case own
        /// A callee's that the stack holds; one that is not yet known to be there.
        case callee, unchecked
        case caller
    }

    /// The element `symbol` of table `table`, as far as it was looked at.
    struct EntryState {
        var symbol: UInt32 = 0
        var table: Int64 = -1
        var isThere = false
        var isOwn = false
        var type: Int64?
    }

    // Flags of a word.
    static let isTarget: UInt32 = 0x100
    static let isLoop: UInt32 = 0x200
    /// The way here leaves at once.
    static let isExit: UInt32 = 0x400
    /// The function's calls of itself come here.
    static let isSelfEntry: UInt32 = 0x800
    /// More than one branch leads here.
    static let isShared: UInt32 = 0x1000
    /// A branch around the jump behind it: together the opposite branch, to where the jump leads.
    static let isWide: UInt32 = 0x2000
    /// The word takes the frame's register back from a callee's frame that the stack does not hold.
    static let isRetreat: UInt32 = 0x4000
    private static let entryShift: UInt32 = 15
    private static let mostEntries = 1 << 17 - 1

    /// A checker of code for engines of a layout.
    public init(_ layout: EngineLayout) {
        self.layout = layout
        function = IntermediateFunction(
            cells: UnsafeRawPointer(bitPattern: 16)!, byteCount: 0, entryOffset: 0, frameByteCount: 0, index: 0,
            handlerTargets: UnsafeBufferPointer(start: nil, count: 0))
        description = CodeDescription(
            code: UnsafeRawBufferPointer(start: nil, count: 0), anchor: 0, entries: UnsafeBufferPointer(start: nil, count: 0),
            faultSites: UnsafeBufferPointer(start: nil, count: 0))
    }

    /// Checks the code of a function, whose cells have operation numbers; nil when it breaks no rule.
    @export(interface) @inline(never)
    public mutating func check(_ description: CodeDescription, of function: IntermediateFunction) -> CodeFault? {
        self.function = function
        self.description = description
        count = description.code.count / 4
        index = count
        do throws(CodeFaultReason) {
            guard description.code.count & 3 == 0, count > 0, count < 1 << 28 else { throw .description }
            if let reason = survey.read(function) { throw reason }
            guard survey.isStart(Int64(function.entryOffset)) else { throw .description }
            try decode()
            try placeEntries()
            try walk()
            return nil
        } catch {
            return CodeFault(index * 4, error)
        }
    }

    func word(_ index: Int) -> UInt32 { description.code.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self) }
    func form(_ index: Int) -> InstructionForm { InstructionForm(rawValue: UInt8(truncatingIfNeeded: notes[index])).unsafelyUnwrapped }

    // MARK: The first pass

    /// Decodes every word and marks where branches lead.
    private mutating func decode() throws(CodeFaultReason) {
        notes.removeAll()
        guard notes.append(repeating: 0, count: count) else { throw .memory }
        index = 0
        while index < count {
            guard let form = InstructionForm.of(word(index)) else { throw .instruction }
            notes[index] |= UInt32(form.rawValue)
            let shape = form.shape
            if shape == .branch, isAroundJump() {
                notes[index] |= CodeChecker.isWide
            } else if shape == .branch || shape == .jump {
                let target = try target(word(index), shape)
                if notes[target] & CodeChecker.isTarget != 0 { notes[target] |= CodeChecker.isShared }
                notes[target] |= target <= index ? CodeChecker.isTarget | CodeChecker.isLoop : CodeChecker.isTarget
            }
            index += 1
        }
    }

    /// Whether the branch at hand skips a jump behind it.
    private func isAroundJump() -> Bool {
        guard index + 2 < count, OperandKind.branch13.value(in: word(index)) == 8 else { return false }
        return word(index + 1) & 0xFFF == InstructionForm.jal.match
    }

    /// The word that a branch or jump leads to.
    func target(_ word: UInt32, _ shape: InstructionShape) throws(CodeFaultReason) -> Int {
        let distance = (shape == .branch ? OperandKind.branch13 : .jump21).value(in: word)
        let target = index + distance / 4
        guard distance & 3 == 0, target >= 0, target < count else { throw .target }
        return target
    }

    private mutating func placeEntries() throws(CodeFaultReason) {
        index = count
        guard description.entries.count <= CodeChecker.mostEntries, description.anchor >= 0, description.anchor < survey.byteCount else {
            throw .description
        }
        for number in 0..<description.entries.count {
            let entry = description.entries[number]
            let place = Int(entry.codeOffset / 4)
            guard entry.codeOffset & 3 == 0, place < count, survey.isStart(Int64(entry.cellOffset)),
                notes[place] >> CodeChecker.entryShift == 0
            else { throw .description }
            notes[place] |= UInt32(truncatingIfNeeded: number + 1) << CodeChecker.entryShift
        }
    }

    // MARK: The second pass

    private mutating func walk() throws(CodeFaultReason) {
        site = 0
        cellChanges = 0
        lastSymbol = 0
        path = PathState()
        index = 0
        while index < count {
            try arrive()
            try step()
            index += 1
        }
        if path.falls { throw .end }
        guard site == description.faultSites.count else { throw .memoryAccess }
    }

    /// Forgets what does not hold on every way to the word at hand.
    private mutating func arrive() throws(CodeFaultReason) {
        let note = notes[index]
        let entry = Int(note >> CodeChecker.entryShift) - 1
        guard entry >= 0 || note & CodeChecker.isTarget != 0 || !path.falls else { return path.falls = true }
        let cell = facts(of: .cellRegister)
        if path.falls {
            if entry < 0, isClearing(note) { return path.clearing = index }
            guard path.frame == .own else { throw .frame }
            guard entry < 0, cell.kind == .cell, cell.offset == Int64(description.anchor) else { throw .anchor }
        }
        var new = PathState(falls: true)
        if note & CodeChecker.isRetreat != 0 {
            guard entry < 0, !path.falls else { throw .frame }
            new.frame = .unchecked
        }
        new.isAtEntry = path.falls && path.isAtEntry
        new.mustCharge = path.falls && path.mustCharge || survey.isMetered && note & CodeChecker.isLoop != 0
        new.mustLeave = path.falls && path.mustLeave || note & CodeChecker.isExit != 0
        forgetFacts()
        var offset = Int64(description.anchor)
        if entry >= 0 {
            offset = Int64(description.entries[entry].cellOffset)
            if note & CodeChecker.isTarget != 0, offset != Int64(description.anchor) { throw .anchor }
            new.isAtEntry = offset == Int64(function.entryOffset)
            new.mustCharge = survey.isMetered && new.isAtEntry
        }
        if note & CodeChecker.isSelfEntry != 0, !new.isAtEntry { throw .target }
        if new.isAtEntry { notes[index] |= CodeChecker.isSelfEntry }
        path = new
        setCell(RegisterFact(kind: .cell, offset: offset))
    }

    // MARK: Facts

    private mutating func forgetFacts() {
        time &+= 1
        if time == 0 {
            times = .init(repeating: 0)
            time = 1
        }
    }

    func facts(of register: Int) -> RegisterFact {
        switch register {
        case 0: return .number(0)
        case .frameRegister: return path.frame == .own ? RegisterFact(kind: .frame) : RegisterFact()
        case .memoryRegister: return RegisterFact(kind: .memory)
        case .instanceRegister: return RegisterFact(kind: .instance)
        case .executionRegister where layout.isMetered: return RegisterFact(kind: .execution)
        case .fuelRegister where layout.isMetered: return times[register] == time ? facts[register] : RegisterFact(kind: .fuel)
        default: return times[register] == time ? facts[register] : RegisterFact()
        }
    }

    /// Notes what a register holds from now on.
    mutating func set(_ register: Int, _ fact: RegisterFact) throws(CodeFaultReason) {
        switch register {
        case 0: return
        case 1, 2, 3, 4, 8, .memoryRegister, .instanceRegister: throw .register
        case .frameRegister: throw .frame
        case .executionRegister where layout.isMetered: throw .register
        case .fuelRegister where layout.isMetered && fact.kind != .fuel: throw .charge
        case .cellRegister:
            switch fact.kind {
            case .cell, .callee, .returnCell: setCell(fact)
            default: throw .anchor
            }
        default:
            facts[register] = fact
            times[register] = time
        }
    }

    mutating func setCell(_ fact: RegisterFact) {
        cellChanges &+= 1
        facts[.cellRegister] = fact
        times[.cellRegister] = time
    }

    mutating func newSymbol() -> UInt32 {
        lastSymbol &+= 1
        return lastSymbol
    }
}

extension Int {
    /// `a0` to `a3`, `s8` and `s9`, by their numbers.
    static var cellRegister: Int { 10 }
    static var frameRegister: Int { 11 }
    static var memoryRegister: Int { 12 }
    static var instanceRegister: Int { 13 }
    static var executionRegister: Int { 24 }
    static var fuelRegister: Int { 25 }
}
