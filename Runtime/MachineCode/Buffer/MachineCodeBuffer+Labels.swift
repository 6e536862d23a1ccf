// Labels: places in code that instructions refer to before they are known. `finish` gives every instruction its distance, and turns a
// branch whose label is too far into the inverted branch around a jump.

import Containers

/// A word that refers to a label.
@frozen @usableFromInline struct MachineCodeReference {
    /// The word's place as it was added; after `finish`, where it is.
    @usableFromInline var wordIndex: UInt32
    /// The label.
    @usableFromInline let label: UInt32
    @usableFromInline init(wordIndex: UInt32, label: UInt32) {
        self.wordIndex = wordIndex
        self.label = label
    }
}

extension MachineCodeBuffer {
    /// Where a label without a place is: beyond every limit.
    private static var unbound: UInt32 { .max }

    /// A new label, without a place.
    public mutating func makeLabel() -> MachineCodeLabel {
        let label = MachineCodeLabel(index: UInt32(truncatingIfNeeded: labels.count))
        if isRefused || !labels.append(MachineCodeBuffer.unbound) { refuse(.memory) }
        return label
    }

    /// A new label at the next word.
    public mutating func makeBoundLabel() -> MachineCodeLabel {
        let label = makeLabel()
        bind(label)
        return label
    }

    /// Gives a label its place: the next word. A label has one place; a second one refuses the code.
    public mutating func bind(_ label: MachineCodeLabel) {
        guard !isRefused else { return }
        guard label.index < labels.count, labels[Int(label.index)] == MachineCodeBuffer.unbound else { return refuse(.label) }
        labels[Int(label.index)] = position.wordIndex
    }

    /// Whether a label has its place already, so that a branch to it goes backward.
    public func isBound(_ label: MachineCodeLabel) -> Bool {
        label.index < labels.count && labels[Int(label.index)] != MachineCodeBuffer.unbound
    }

    /// Records that the next word refers to a label.
    @inlinable @inline(__always) mutating func refer(to label: MachineCodeLabel) {
        if !references.append(MachineCodeReference(wordIndex: position.wordIndex, label: label.index)) { refuse(.memory) }
    }

    /// Adds a branch to a label, which may lie up to 1 MiB away: beyond 4 KiB it becomes two instructions.
    @inlinable @inline(__always)
    public mutating func append(_ form: BranchForm, _ rs1: IntegerRegister, _ rs2: IntegerRegister, to label: MachineCodeLabel) {
        refer(to: label)
        append(word: form.word(rs1, rs2, offset: 0))
    }

    /// Adds a jump to a label, at most 1 MiB away.
    @inlinable @inline(__always)
    public mutating func append(_ form: JumpForm, _ rd: IntegerRegister, to label: MachineCodeLabel) {
        refer(to: label)
        append(word: form.word(rd, offset: 0))
    }

    /// Adds the two instructions that put a label's address into a register: `auipc`, `addi`. The register is not `zero`.
    @inlinable @inline(__always) public mutating func loadAddress(_ rd: IntegerRegister, of label: MachineCodeLabel) {
        refer(to: label)
        append(word: UpperForm.auipc.word(rd, 0))
        append(word: ImmediateForm.addi.word(rd, rd, 0))
    }
}
