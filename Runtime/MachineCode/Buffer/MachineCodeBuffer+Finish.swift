// The end of a piece of code: branches that do not reach become two words, and every reference to a label gets its distance.

import Containers

extension MachineCodeBuffer {
    /// Words that a branch reaches forward and backward: 4 KiB.
    private static var branchReach: Int { 1024 }

    /// Gives every reference its distance; false when the code cannot be used. Afterwards nothing is added before `removeAll`.
    ///
    /// Labels are where they are because of the branches that grew, so which ones grow is decided first, in one pass: a branch grows when
    /// it would not reach if all references between it and its label grew. That takes a few branches between 3 and 4 KiB too many.
    @export(interface) @inline(never)
    public mutating func finish() -> Bool {
        for index in 0..<references.count where !isRefused {
            let label = references[index].label
            if label >= labels.count || labels[Int(label)] == .max { refuse(.label) }
        }
        guard !isRefused, wordCount < MachineCodeBuffer.branchReach || widenBranches() else { return false }
        for index in 0..<references.count where !isRefused { resolve(references[index]) }
        references.removeAll()
        return !isRefused
    }

    /// Where the word at a place is now, in bytes from the beginning. Before `finish`, where it would be if no branch grew.
    public func byteOffset(of position: MachineCodePosition) -> Int {
        (Int(position.wordIndex) &+ widenedCount(before: position.wordIndex)) << 2
    }

    /// Where a label is, in bytes from the beginning. Before `finish`, where it would be if no branch grew. Nil when it has no place.
    public func byteOffset(of label: MachineCodeLabel) -> Int? {
        isBound(label) ? Int(labels[Int(label.index)]) << 2 : nil
    }

    /// How many branches before a place grew.
    private func widenedCount(before wordIndex: UInt32) -> Int {
        var low = 0
        var high = widened.count
        while low < high {
            let middle = (low &+ high) / 2
            if widened[middle] < wordIndex { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// How many references there are before a place.
    private func referenceCount(before wordIndex: UInt32) -> Int {
        var low = 0
        var high = references.count
        while low < high {
            let middle = (low &+ high) / 2
            if references[middle].wordIndex < wordIndex { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    /// Finds the branches that may not reach and makes room for a second word behind each; false when memory is refused.
    private mutating func widenBranches() -> Bool {
        for index in 0..<references.count {
            let reference = references[index]
            guard InstructionForm.isBranch(base[Int(reference.wordIndex)]) else { continue }
            let place = labels[Int(reference.label)]
            let distance = abs(Int(place) &- Int(reference.wordIndex))
            // There are at most as many references between as words.
            guard 2 &* distance >= MachineCodeBuffer.branchReach else { continue }
            let between = abs(referenceCount(before: place) &- index)
            guard distance &+ between >= MachineCodeBuffer.branchReach else { continue }
            guard widened.append(reference.wordIndex) else {
                refuse(.memory)
                return false
            }
        }
        guard !widened.isEmpty else { return true }
        let oldCount = wordCount
        guard grow(widened.count) else { return false }
        // From the end: the words behind a branch move by as many words as branches up to it grew.
        var from = oldCount
        for index in stride(from: widened.count &- 1, through: 0, by: -1) {
            let start = Int(widened[index]) &+ 1
            let moved = start &+ index &+ 1
            (base + moved).update(from: base + start, count: from &- start)
            from = start
        }
        next = base + (oldCount &+ widened.count)
        for index in 0..<labels.count where labels[index] != .max {
            labels[index] &+= UInt32(truncatingIfNeeded: widenedCount(before: labels[index]))
        }
        for index in 0..<references.count { widen(index) }
        return true
    }

    /// Moves a reference to where its word is, and where that word is a branch that grew, inverts it around a jump, which becomes the word
    /// that refers.
    private mutating func widen(_ index: Int) {
        let old = references[index].wordIndex
        let before = widenedCount(before: old)
        let new = Int(old) &+ before
        references[index].wordIndex = UInt32(truncatingIfNeeded: new)
        guard before < widened.count, widened[before] == old else { return }
        base[new] = BranchForm.inverted(base[new]) | OperandKind.branch13.bits(8)
        base[new &+ 1] = JumpForm.jal.word(.zero, offset: 0)
        references[index].wordIndex &+= 1
    }

    /// Puts a label's distance into the word that refers to it.
    private mutating func resolve(_ reference: MachineCodeReference) {
        let index = Int(reference.wordIndex)
        let distance = (Int(labels[Int(reference.label)]) &- index) << 2
        let word = base[index]
        if InstructionForm.isBranch(word) {
            base[index] = word | OperandKind.branch13.bits(distance)
        } else if InstructionForm.isJump(word) {
            guard OperandKind.jump21.fits(distance) else { return refuse(.distance) }
            base[index] = word | OperandKind.jump21.bits(distance)
        } else {
            // auipc adds the upper part, rounded so that the lower part is a signed 12-bit number.
            base[index] = word | OperandKind.upper20.bits((distance &+ 0x800) >> 12)
            base[index &+ 1] |= OperandKind.signed12.bits(distance)
        }
    }
}

extension InstructionForm {
    /// Whether a word is a branch, by its opcode.
    static func isBranch(_ word: UInt32) -> Bool { word & 0x7F == BranchForm.beq.match & 0x7F }
    /// Whether a word is `jal`.
    static func isJump(_ word: UInt32) -> Bool { word & 0x7F == JumpForm.jal.match }
}

extension BranchForm {
    /// What tells a condition from its opposite: beq from bne, blt from bge, bltu from bgeu.
    private static var inversion: UInt32 { BranchForm.beq.match ^ BranchForm.bne.match }
    /// The opposite condition.
    public var inverted: BranchForm { BranchForm(match: match ^ BranchForm.inversion) }
    /// A branch's word with the opposite condition.
    static func inverted(_ word: UInt32) -> UInt32 { word ^ inversion }
}
