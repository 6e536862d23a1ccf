// NativeRun: machine code on the host: a simulated hart between the engine's handlers.

import Glibc
import MachineCode
import MachineSimulator
import NativeCode
import WasmEngine

/// The hart that native code runs on, and how an engine reaches it.
enum NativeRun {
    nonisolated(unsafe) private static var hart = Simulator()
    /// Most instructions of one stay in native code.
    private static let instructionLimit = 1 << 40
    /// What registers hold that native code has no business to read.
    private static let poison: UInt64 = 0xDEAD_BEEF_0BAD_F00D

    static var retiredCount: Int { hart.retiredCount }

    /// Functions whose code the checker refused.
    nonisolated(unsafe) private(set) static var faultCount = 0

    /// Memory for code, and the hart. All code is checked.
    static let provider: NativeCodeProvider = {
        var provider = NativeCodeProvider(
            context: nil,
            place: { _, function in
                let code = function.assumingMemoryBound(to: NativeFunction.self).pointee.code
                guard let memory = malloc(code.count) else { return nil }
                memory.copyMemory(from: code.baseAddress!, byteCount: code.count)
                if NativeRun.plantedPlace > 0 { NativeRun.plant(UnsafeMutableRawBufferPointer(start: memory, count: code.count)) }
                return memory
            }, release: { _, base, _ in free(base) },
            run: { registers in NativeRun.run(registers.assumingMemoryBound(to: NativeRegisters.self)) })
        provider.reportFault = { _, function, offset, reason in
            NativeRun.faultCount += 1
            let text = CodeFaultReason(rawValue: reason)?.text.description ?? ""
            print("0: failed: code of function \(function) at offset \(offset): \(text)")
        }
        return provider
    }()

    /// A defect on purpose when above 0: of so many ADDW and XOR one becomes SUBW or OR, after the code was checked.
    nonisolated(unsafe) static var plantedPlace = 0
    nonisolated(unsafe) private static var plantedCount = 0

    private static func plant(_ code: UnsafeMutableRawBufferPointer) {
        for offset in stride(from: 0, to: code.count, by: 4) {
            let word = code.load(fromByteOffset: offset, as: UInt32.self)
            let changed: UInt32
            switch word & 0xFE00_707F {
            case 0x3B: changed = word | 0x4000_0000
            case 0x4033: changed = word | 0x2000
            default: continue
            }
            plantedCount += 1
            if plantedCount % plantedPlace == 0 { code.storeBytes(of: changed, toByteOffset: offset, as: UInt32.self) }
        }
    }

    /// Functions that native frames can be turned back from, by their code's bytes.
    nonisolated(unsafe) private static var mapped: [Int: [MappedFunction]] = [:]
    /// After how many instructions of a stay a frame becomes threaded at the next place with a map; none when 0.
    nonisolated(unsafe) static var threadedAfter = 0
    /// How many frames did.
    nonisolated(unsafe) private(set) static var threadedCount = 0

    /// Records the maps of a module's functions.
    static func map(_ module: Module) {
        mapped = [:]
        for function in module.definedFunctions {
            _ = module.compile(function: function, isGuarded: false, recordsCells: false, recordsMaps: true) { emitter, cells in
                let function = MappedFunction(emitter, [UInt8](cells))
                mapped[function.code.count, default: []].append(function)
            }
        }
    }

    /// Runs native code for some instructions, and on to a place with a map, where the frame becomes a threaded one. True when it did.
    private static func runToMap(_ registers: UnsafeMutablePointer<NativeRegisters>, _ stop: inout SimulatorStop) -> Bool {
        let code = registers.pointee.code
        guard let function = mapped[code.count]?.first(where: { $0.code.elementsEqual(code) }) else { return false }
        stop = hart.run(code: code, from: registers.pointee.programCounter, limit: threadedAfter)
        while case .limit = stop {
            let offset = Int(hart.programCounter - UInt(bitPattern: code.baseAddress))
            let frame = UnsafeMutableRawPointer(bitPattern: UInt(hart[.a1]))!
            if let state = hart.withRegisters({
                function.emitter.makeThreaded(at: offset, SavedRegisters(integers: $0, floats: $1), frame: frame)
            }) {
                threadedCount += 1
                hart[.a0] = UInt64(state.cell)
                hart[.a4] = state.accumulator
                hart[.fa0] = state.double
                hart[.fa1] = UInt64(state.single) | 0xFFFF_FFFF_0000_0000
                if let fuel = state.fuel {
                    let execution = UnsafeMutableRawPointer(bitPattern: UInt(hart[.s8]))!
                    execution.storeBytes(of: fuel, toByteOffset: function.emitter.layout.executionFuel, as: Int64.self)
                }
                let number = function.cells.withUnsafeBytes { $0.load(fromByteOffset: state.cellOffset, as: UInt16.self) }
                let instance = UnsafeRawPointer(bitPattern: UInt(hart[.a3]))!
                let handlers = instance.load(fromByteOffset: function.emitter.layout.handlers, as: UnsafePointer<UInt>.self)
                stop = .left(handlers[Int(number)])
                return true
            }
            stop = hart.run(code: code, from: hart.programCounter, limit: 1)
        }
        return true
    }

    private static func run(_ registers: UnsafeMutablePointer<NativeRegisters>) {
        for number in 1..<32 { hart[IntegerRegister(number: number)] = poison }
        for number in 0..<32 { hart[FloatRegister(number: number)] = poison }
        hart[.a0] = UInt64(registers.pointee.cell)
        hart[.a1] = UInt64(registers.pointee.frame)
        hart[.a2] = UInt64(registers.pointee.memory)
        hart[.a3] = UInt64(registers.pointee.instance)
        hart[.s8] = UInt64(registers.pointee.execution)
        hart[.a4] = registers.pointee.accumulator
        hart[.fa0] = registers.pointee.double
        hart[.fa1] = UInt64(registers.pointee.single) | 0xFFFF_FFFF_0000_0000
        var stop = SimulatorStop.limit
        if threadedAfter == 0 || !runToMap(registers, &stop) {
            stop = hart.run(code: registers.pointee.code, from: registers.pointee.programCounter, limit: instructionLimit)
        }
        switch stop {
        case .left(let address): registers.pointee.programCounter = address
        case .fault(let address, let place): fail("a fault at \(String(address, radix: 16))", place, registers)
        case .illegal(let word, let place): fail("the word \(String(word, radix: 16))", place, registers)
        case .limit: fail("no end", 0, registers)
        }
        for register: IntegerRegister in [.ra, .sp, .gp, .tp, .s0] where hart[register] != poison {
            fail("x\(register.number) changed", registers.pointee.programCounter, registers)
        }
        registers.pointee.cell = UInt(hart[.a0])
        registers.pointee.frame = UInt(hart[.a1])
        registers.pointee.memory = UInt(hart[.a2])
        registers.pointee.instance = UInt(hart[.a3])
        registers.pointee.accumulator = hart[.a4]
        registers.pointee.double = hart[.fa0]
        registers.pointee.single = UInt32(truncatingIfNeeded: hart[.fa1])
    }

    private static func fail(_ what: String, _ place: UInt, _ registers: UnsafeMutablePointer<NativeRegisters>) -> Never {
        let offset = Int(bitPattern: place) - Int(bitPattern: registers.pointee.code.baseAddress)
        print("native code: \(what) at offset \(offset) of \(registers.pointee.code.count)")
        fflush(nil)
        abort()
    }
}

/// A function's code with its maps.
final class MappedFunction {
    let emitter: Emitter
    let cells: [UInt8]
    var code: UnsafeRawBufferPointer { emitter.code.bytes }

    init(_ emitter: consuming Emitter, _ cells: [UInt8]) {
        self.emitter = emitter
        self.cells = cells
    }
}
