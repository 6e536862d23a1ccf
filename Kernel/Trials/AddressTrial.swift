// What a process can reach. `trial=regions` starts the manifest's program `neighbour` and prints what lies where and what a guest view grants
// of it; `trial=poke` does the same, then runs the other programs one after another and prints how each ended. They load, store and jump at
// addresses by host functions of this file, as a wrong handler would. Tests/Machine/poke_addresses.py has the lines' format and the judge.
import CMachine
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory
import KernelProcess
import KernelStartup
import WasmEngine
import WasmModule

/// Trials of addresses.
enum AddressTrial {
    /// `trial::load`, `store` and `jump`, each with an address.
    static func define(in linker: Linker) {
        linker.defineFunction(module: "trial", name: "load", type: FunctionType(parameters: [.i64], results: [.i64])) { _, values in
            values[0] = UInt64(machine_load8(UInt(values[0])))
            return .done
        }
        linker.defineFunction(module: "trial", name: "store", type: FunctionType(parameters: [.i64], results: [])) { _, values in
            machine_rewrite32(UInt(values[0]))
            return .done
        }
        linker.defineFunction(module: "trial", name: "jump", type: FunctionType(parameters: [.i64], results: [])) { _, values in
            machine_call(UInt(values[0]))
            return .done
        }
    }

    /// Prints the map, with a neighbour running; with `isPoking` the other programs are run, too.
    static func run(_ requests: [TrialAccess.Request], _ platform: PlatformRanges, isPoking: Bool) -> StaticString? {
        guard let neighbour = requests.first(where: { isNeighbour($0) }) else { return "there is no program `neighbour`" }
        guard let pid = TrialAccess.spawn(neighbour) else { return "the neighbour was refused" }
        // It fills its memories and then sleeps again and again. On a busy host it takes long to be loaded.
        var isFilled = false
        for _ in 0..<settlingLimit where !isFilled {
            TrialAccess.sleep(nanoseconds: settlingNanoseconds)
            _ = TrialAccess.withSpace(of: pid) { isFilled = $0.pageCount >= filledPageCount }
        }
        TrialAccess.sleep(nanoseconds: settlingNanoseconds)
        if plantsWritableCode {
            TrialAccess.forEachCodePage(of: pid) { _, frame in _ = KernelMapping.plantMapping(frame) }
        }
        guard TrialAccess.withSpace(of: pid, { print($0, platform) }) else { return "the neighbour has ended" }
        printCode(of: pid)
        if mayWriteAndRun(pid) { return "a view may write machine code that it may run" }
        if isPoking {
            TrialAccess.hidesFaults = true
            for request in requests where !isNeighbour(request) {
                guard let reason = TrialAccess.runToEnd(request) else { return "a spawn was refused" }
                tell(request.program.name, reason)
            }
        }
        ProcessTable.kill(pid, by: 0)
        while true {
            if let reason = TrialAccess.reapOne() {
                tell(neighbour.program.name, reason)
                return nil
            }
            TrialAccess.waitForEnd(until: nil)
        }
    }

    /// A defect on purpose: guest views may write the neighbour's machine code at its physical address.
    nonisolated(unsafe) static var plantsWritableCode = false

    private static let settlingNanoseconds: UInt64 = 150_000_000
    private static let settlingLimit = 50
    /// The neighbour's memories have three pages of 64 KiB, of which it writes to two.
    private static let filledPageCount = 40

    private static func isNeighbour(_ request: TrialAccess.Request) -> Bool {
        request.program.name.withUnsafeBytes { isEqual($0, "neighbour") }
    }

    /// How a program ended: `poke NAME: END`.
    static func tell(_ name: [UInt8], _ reason: EndReason) {
        var text = TextBuffer()
        text.append("poke ")
        text.append(name)
        text.append(": ")
        reason.render(into: &text)
        text.append("\n")
        text.bytes.withUnsafeBytes { Log.sink($0.baseAddress!.assumingMemoryBound(to: UInt8.self), $0.count) }
    }

    // MARK: The map

    /// The machine code of the neighbour's image; of the one that pokes the first page, which lies at the same address; and where no code is.
    private static func printCode(of pid: UInt64) {
        var run = Run(name: "neighbour-code", grant: "-")
        TrialAccess.forEachCodePage(of: pid) { _, page in run.add(frame(page)) }
        run.end()
        let code = AddressMap.code
        region("own-code", code.lowerBound..<(code.lowerBound + UInt64(pageByteCount)), "x")
        region("code-guard", (code.lowerBound + 0x20_0000)..<code.upperBound, "-")
    }

    private static func mayWriteAndRun(_ pid: UInt64) -> Bool {
        var found = false
        TrialAccess.forEachCodePage(of: pid) { address, page in
            _ = TrialAccess.withSpace(of: pid) { if $0.mayWriteAndRun(page, at: address) { found = true } }
        }
        return found
    }

    private static func print(_ space: borrowing AddressSpace, _ platform: PlatformRanges) {
        let page = UInt64(pageByteCount)
        let guards = KernelImage.stackGuards
        region("text", KernelImage.textRange, "rx")
        region("constants", KernelImage.constantsRange, "r")
        region("data", KernelImage.dataRange.lowerBound..<guards[0], "rw")
        region("idle-stack", guards[0]..<guards[1], "-")
        region("stack-guard", guards[1]..<(guards[1] + page), "-")
        region("trap-stack", (guards[1] + page)..<guards[2], "rw")
        region("stack-guard", guards[2]..<(guards[2] + page), "-")
        region("trap-stack", (guards[2] + page)..<KernelImage.end.rawValue, "rw")
        for index in 0..<platform.deviceCount { region("devices", platform.devices[index], "-") }
        let memory = platform.memory
        region("firmware", memory.lowerBound..<KernelImage.start.rawValue, "-")
        let initrd = platform.initrd
        region("initrd", initrd, "r")
        // All other memory, whatever it is used for; the names below say it of some.
        region("frames", KernelImage.end.rawValue..<initrd.lowerBound, "-")
        region("frames", initrd.upperBound..<memory.upperBound, "-")
        Heap.forEachChunk(KernelHeap.kernel) { chunk in
            let start = UInt64(UInt(bitPattern: chunk.baseAddress))
            region("kernel-heap", start..<(start + UInt64(chunk.count)), "-")
        }
        space.forEachTable { region("neighbour-tables", frame($0), "-") }
        region("tables", frame(KernelMapping.roots.kernel), "-")
        region("tables", frame(KernelMapping.roots.guestTemplate), "-")
        var run = Run(name: "neighbour-frames", grant: "-")
        space.forEachOwnPage { _, page in run.add(frame(page)) }
        run.end()
        run = Run(name: "common", grant: "r")
        KernelMapping.forEachCommonPage { address, _ in run.add(address..<(address + page)) }
        run.end()
        // The stack of the poking process itself, whose pages come on touch, and what guards it.
        let stack = KernelImage.processStack
        region("own-guard", (stack.lowerBound - 0x10000)..<stack.lowerBound, "-")
        region("own-stack", stack.lowerBound..<stack.upperBound, "rw")
        region("thread-stacks", KernelImage.threadStackRegion.lowerBound..<(KernelImage.threadStackRegion.lowerBound + 0x100000), "-")
    }

    /// Ranges that touch become one line.
    private struct Run {
        let name: StaticString
        let grant: StaticString
        var range: Range<UInt64> = 0..<0

        init(name: StaticString, grant: StaticString) {
            self.name = name
            self.grant = grant
        }

        mutating func add(_ next: Range<UInt64>) {
            if next.lowerBound == range.upperBound {
                range = range.lowerBound..<next.upperBound
            } else {
                end()
                range = next
            }
        }

        func end() { if !range.isEmpty { region(name, range, grant) } }
    }

    private static func frame(_ page: PageNumber) -> Range<UInt64> {
        page.address.rawValue..<(page.address.rawValue + UInt64(pageByteCount))
    }

    private static func region(_ name: StaticString, _ range: Range<UInt64>, _ grant: StaticString) {
        guard !range.isEmpty else { return }
        withInterruptsDisabled {
            _ = LogWriter(sink: Log.sink).text("region ").text(name).text(" ").hexadecimal(range.lowerBound).text(" ")
                .hexadecimal(range.upperBound).text(" ").text(grant).text("\n")
        }
    }
}

/// Where the machine has its memory, its devices and the initrd.
struct PlatformRanges {
    var memory: Range<UInt64> = 0..<0
    var initrd: Range<UInt64> = 0..<0
    var devices = InlineArray<32, Range<UInt64>>(repeating: 0..<0)
    var deviceCount = 0

    init(_ platform: borrowing Platform) {
        let mask = UInt64(pageByteCount - 1)
        var found: Range<UInt64> = 0..<0
        platform.tree.forEachMemoryRange { range in
            let end = min(range.end.rawValue, KernelMapping.identityEnd)
            if found.isEmpty, end > range.start.rawValue { found = range.start.rawValue..<end }
        }
        memory = found
        if let range = platform.initrdRange { initrd = (range.start.rawValue & ~mask)..<((range.end.rawValue + mask) & ~mask) }
        var ranges = InlineArray<32, Range<UInt64>>(repeating: 0..<0)
        var count = 0
        for name in ["ns16550a", "virtio,mmio", "sifive,plic-1.0.0", "riscv,plic0", "sifive,test0", "google,goldfish-rtc"] as [StaticString]
        {
            platform.tree.forEachNode { node in
                guard count < 32, node.isCompatible(with: name), let range = node.register(at: 0) else { return }
                let start = range.start.rawValue & ~mask
                ranges[count] = start..<((range.end.rawValue + mask) & ~mask)
                count += 1
            }
        }
        devices = ranges
        deviceCount = count
    }
}
