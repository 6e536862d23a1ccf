// The simulator against QEMU: the same bare program of random sequences in both, every register and all memory compared at the end of each.
import Foundation
import MachineCode
import MachineSimulator
import Testing

#if canImport(Glibc)
    import Glibc
#endif

private enum Machine {
    /// Where QEMU is; nil when it is not installed.
    static let path: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").lazy
        .map { $0 + "/qemu-system-riscv64" }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// A number that the environment gives, or another.
    static func number(_ name: String, _ usual: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? usual
    }

    /// Runs a program bare and gives what it wrote to the serial port.
    static func output(code: Data, inputs: Data) throws -> Data {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["code", "inputs", "serial"].map { folder.appendingPathComponent($0) }
        try code.write(to: files[0])
        try inputs.write(to: files[1])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path!)
        process.arguments = [
            "-M", "virt", "-cpu", "rv64,zba=true,zbb=true,zbs=true", "-m", "128M", "-bios", "none", "-display", "none", "-monitor", "none",
            "-serial", "file:" + files[2].path, "-device", "loader,file=\(files[0].path),addr=\(BareProgram.codeAddress)",
            "-device", "loader,file=\(files[1].path),addr=\(BareProgram.inputAddress)",
        ]
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // A program that traps never ends.
        let guardian = Thread {
            Thread.sleep(forTimeInterval: 300)
            if process.isRunning { process.terminate() }
        }
        guardian.start()
        process.waitUntilExit()
        return try Data(contentsOf: files[2])
    }
}

@Suite struct MachineTests {
    /// Runs the program's sequences in the simulator, at the program's own addresses; what QEMU writes to the serial port, from memory here.
    private func simulatedOutput(_ program: borrowing BareProgram) throws -> [UInt8] {
        let first = BareProgram.codeAddress
        let byteCount = BareProgram.resultAddress + program.outputByteCount - first
        // 0x100000: MAP_FIXED_NOREPLACE.
        let wanted = UnsafeMutableRawPointer(bitPattern: first)
        let base = mmap(wanted, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | 0x10_0000, -1, 0)
        try #require(base == wanted, "the machine's addresses are taken here")
        defer { munmap(base, byteCount) }
        let memory = UnsafeMutableRawBufferPointer(start: base, count: byteCount)
        UnsafeMutableRawBufferPointer(rebasing: memory[..<program.code.byteCount]).copyMemory(from: program.code.bytes)
        program.inputs.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: memory[(BareProgram.inputAddress - first)...]).copyMemory(from: $0)
        }
        var simulator = Simulator()
        simulator.isConfined = true
        simulator.addWindow(
            base: UInt(BareProgram.inputAddress), memoryByteCount: UInt(program.inputs.count * 8), windowByteCount: 16 << 20)
        simulator.addWindow(
            base: UInt(BareProgram.resultAddress), memoryByteCount: UInt(program.outputByteCount), windowByteCount: 16 << 20)
        let code = UnsafeRawBufferPointer(rebasing: memory[..<program.outputOffset])
        var place = UInt(first + program.firstOffset)
        while true {
            let stop = simulator.run(code: code, from: place, limit: .max / 2)
            if case .illegal(let word, let at) = stop, let mode = BareProgram.rounding(setBy: word) {
                simulator.dynamicRounding = mode
                place = at + 4
                continue
            }
            #expect(stop == .left(UInt(first + program.outputOffset)))
            return Array(memory[(BareProgram.resultAddress - first)...])
        }
    }

    @Test(.enabled(if: Machine.path != nil, "no qemu-system-riscv64")) func randomSequences_leaveInTheSimulator_whatTheyLeaveInQEMU() throws
    {
        let seed = Machine.number("MARTLET_SEED", 1)
        let count = Int(Machine.number("MARTLET_SEQUENCES", 2000))
        var program = BareProgram(sequenceCount: count, seed: seed)
        let isWhole = program.code.finish()
        try #require(isWhole)
        let simulated = try simulatedOutput(program)
        let real = try Machine.output(code: Data(program.code.bytes), inputs: program.inputs.withUnsafeBytes { Data($0) })
        try #require(real.count == simulated.count, "seed \(seed): QEMU wrote \(real.count) of \(simulated.count) bytes")
        let realBytes = [UInt8](real)
        guard realBytes != simulated else { return }
        var reports = 0
        for (index, sequence) in program.sequences.enumerated() where reports < 3 {
            let block = index * BareProgram.blockByteCount
            for register in 0..<64 {
                let at = block + 8 * register
                guard realBytes[at..<at + 8] != simulated[at..<at + 8] else { continue }
                let lines = (sequence.lowerBound / 4..<sequence.upperBound / 4).map { listing(program.code.word(at: $0)) }
                let name = register < 32 ? "x\(register)" : "f\(register - 32)"
                let values = [realBytes, simulated].map { bytes in
                    String((0..<8).reduce(0 as UInt64) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }, radix: 16)
                }
                let text = lines.joined(separator: "\n")
                Issue.record("seed \(seed), sequence \(index): \(name) is \(values[0]) in QEMU, \(values[1]) here\n\(text)")
                reports += 1
                break
            }
        }
        Issue.record("seed \(seed): results differ")
    }
}
