// PlantedWords: code with one harmful word at a random place, which the checker must refuse.

import MachineCode
import ModuleGeneration
import NativeCode

/// Kinds of harm.
enum PlantedHarm: Int, CaseIterable {
    case csr, system, fence, atomic, compressed
    case storeThroughValue, loadThroughValue, storeThroughInstance, storeThroughCell
    case branchOutside, jumpOutside, jumpThroughRegister, callThroughRegister
    case writeOfRegister, readOfRegister, writeOfMemoryBase, writeOfFrame, writeOfCell, breakpoint
    case storeBelowFrame, removedComparison, writeOfExecution, writeOfFuel

    /// Pins and what is scratch only within an operation without an address.
    private static let values = [15, 16, 17, 28, 29, 30, 31, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 14]
    private static let kept = [1, 2, 3, 4, 8]

    /// A word that does harm at place `index` of `count`.
    func word(_ random: inout SeededNumbers, _ index: Int, _ count: Int) -> UInt32 {
        let value = PlantedHarm.values.randomElement(using: &random)!
        let other = PlantedHarm.values.randomElement(using: &random)!
        let kept = PlantedHarm.kept.randomElement(using: &random)!
        let offset = Int.random(in: -2048...2047, using: &random)
        let load: InstructionForm = [.lb, .lh, .lw, .ld, .lbu, .lhu, .lwu, .fld, .flw].randomElement(using: &random)!
        let store: InstructionForm = [.sb, .sh, .sw, .sd, .fsd, .fsw].randomElement(using: &random)!
        switch self {
        // csrrw, csrrs, csrrc and their immediate forms, any register, any CSR.
        case .csr:
            let function = [1, 2, 3, 5, 6, 7].randomElement(using: &random)!
            return UInt32.random(in: 0..<1 << 12, using: &random) << 20 | UInt32(value) << 15 | UInt32(function) << 12 | UInt32(other) << 7
                | 0x73
        // ecall, sret, mret, wfi, sfence.vma
        case .system: return [0x0000_0073, 0x1020_0073, 0x3020_0073, 0x1050_0073, 0x1200_0073].randomElement(using: &random)!
        case .breakpoint: return 0x0010_0073
        case .fence: return [0x0FF0_000F, 0x0000_100F].randomElement(using: &random)!
        case .atomic:
            return UInt32([0, 2, 3, 1, 4, 8, 12].randomElement(using: &random)!) << 27 | UInt32(value) << 20 | UInt32(other) << 15
                | UInt32([2, 3].randomElement(using: &random)!) << 12 | UInt32(value) << 7 | 0x2F
        case .compressed: return UInt32(truncatingIfNeeded: random.next()) & ~3 | UInt32([0, 1, 2].randomElement(using: &random)!)
        case .storeThroughValue: return Instruction(store, other, offset, value)!.word
        case .loadThroughValue: return Instruction(load, other, offset, value)!.word
        case .storeThroughInstance: return Instruction(store, other, offset, 13)!.word
        case .storeThroughCell: return Instruction(store, other, offset, 10)!.word
        case .branchOutside:
            let back = index < 1024 && Bool.random(using: &random)
            let distance = back ? -index * 4 - 4 : (count - index) * 4
            if distance < 4096, distance >= -4096 {
                return Instruction([.beq, .bne, .blt, .bltu].randomElement(using: &random)!, value, other, distance)!.word
            }
            return Instruction(.jal, 0, distance)!.word
        case .jumpOutside: return Instruction(.jal, 0, Bool.random(using: &random) ? -index * 4 - 4 : (count - index) * 4)!.word
        case .jumpThroughRegister: return Instruction(.jalr, 0, offset, value)!.word
        case .callThroughRegister: return Instruction(.jalr, [1, 5, value].randomElement(using: &random)!, 0, other)!.word
        case .writeOfRegister: return Instruction(.addi, kept, value, offset)!.word
        case .readOfRegister: return Instruction(.addi, other, kept, offset)!.word
        case .writeOfMemoryBase: return Instruction(.add, [12, 13].randomElement(using: &random)!, value, other)!.word
        case .storeBelowFrame: return Instruction(store, other, Int.random(in: -2048 ... -1, using: &random), 11)!.word
        // addi zero, zero, 0
        case .removedComparison: return 0x13
        case .writeOfExecution: return Instruction(.addi, 24, value, offset)!.word
        case .writeOfFuel: return Instruction(.xori, 25, value, offset)!.word
        case .writeOfFrame: return Instruction(.addi, 11, value, offset)!.word
        case .writeOfCell: return Instruction(.addi, 10, value, offset)!.word
        }
    }
}

/// Plants words in compiled functions.
struct PlantedWords {
    private(set) var functionCount = 0
    private(set) var acceptedCount = 0
    private(set) var refusedSoundCount = 0

    /// Checks the code an emitter made, whole and with a harmful word.
    mutating func plant(_ emitter: borrowing Emitter, _ random: inout SeededNumbers) {
        var checker = CodeChecker(emitter.layout)
        if let fault = checker.check(emitter) {
            refusedSoundCount += 1
            print("refused: offset \(fault.codeOffset): \(fault.reason.text)")
            return
        }
        functionCount += 1
        let words = emitter.code.bytes.bindMemory(to: UInt32.self)
        var index = Int.random(in: words.indices, using: &random)
        var harm = PlantedHarm.allCases.randomElement(using: &random)!
        if harm == .removedComparison {
            // Of an access of memory with its size, from the place on: `bltu t2, t1`.
            while index < words.count, words[index] & 0x1FF_F07F != Instruction(.bltu, 7, 6, 0)!.word { index += 1 }
            if index == words.count { (index, harm) = (0, .system) }
        }
        // In guarded memory a comparison is for what is not to be stored by halves: without it, too, nothing outside is touched.
        if !emitter.layout.isChecked, harm == .removedComparison { harm = .fence }
        // Without fuel these registers are pins.
        if !emitter.layout.isMetered, harm == .writeOfExecution || harm == .writeOfFuel { harm = .system }
        let word = harm.word(&random, index, words.count)
        let changed = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: words.count)
        defer { changed.deallocate() }
        _ = changed.initialize(from: words)
        changed[index] = word
        if checker.check(emitter, code: UnsafeRawBufferPointer(changed)) == nil {
            acceptedCount += 1
            print("accepted: \(harm) \(String(word, radix: 16)) for \(String(words[index], radix: 16)) at word \(index) of \(words.count)")
        }
    }
}
