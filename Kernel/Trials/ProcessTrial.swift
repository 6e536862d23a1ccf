// Trials of the process room, for the machine tests: `trial=NAME` on the command line of the tests' kernel. They start the manifest's
// programs again and again, end them at random moments, refuse memory on purpose, and compare what is free before and after.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import KernelProcess
import KernelStartup
import WasmEngine
import WasmModule

/// Trials.
enum ProcessTrial {
    nonisolated(unsafe) private static var requests: [TrialAccess.Request] = []
    nonisolated(unsafe) private static var state: UInt64 = 1
    /// The longest time between two spawns.
    nonisolated(unsafe) private static var pauseMicroseconds = 2000
    /// How far apart the requests are that are refused.
    nonisolated(unsafe) private static var refusalStep = 1
    nonisolated(unsafe) private static var ends = UnsafeMutablePointer<Int>.allocate(capacity: 7)

    /// `trial::poke(address, value)`: stores 8 bytes at an address of the machine, as a wrong handler would.
    static func define(in linker: Linker) {
        linker.defineFunction(
            module: "trial", name: "poke", type: FunctionType(parameters: [.i64, .i64], results: [])
        ) { _, values in
            UnsafeMutableRawPointer(bitPattern: UInt(values[0]))?.storeBytes(of: values[1], as: UInt64.self)
            return .done
        }
    }

    /// Where a trial is asked for: `isolation` gives the manifest's programs that host function; every other one runs instead of them.
    static func prepareIfAsked(_ platform: Platform) {
        let arguments = platform.arguments
        guard arguments.contains("trial") else { return }
        let planted = TrialAccess.define
        TrialAccess.define = {
            planted?($0)
            define(in: $0)
            AddressTrial.define(in: $0)
        }
        ranges = PlatformRanges(platform)
        // A manifest's programs with the host function `trial::poke`, and nothing else.
        if !arguments.has("trial", "isolation") { TrialAccess.run = { run($0, arguments) } }
    }

    nonisolated(unsafe) private static var ranges: PlatformRanges!

    /// Runs the trial the command line names, and leaves the machine: 0 when it is passed.
    private static func run(_ manifest: Manifest, _ arguments: BootArguments) -> Never {
        ends.initialize(repeating: 0, count: 7)
        for program in manifest.programs {
            guard let request = TrialAccess.makeRequest(program, isShown: arguments.contains("shown")) else {
                fail("a program is not in the initrd")
            }
            requests.append(request)
        }
        guard !requests.isEmpty else { fail("a trial needs programs") }
        if arguments.contains("oracle") { AddressOracle.start() }
        if let seed = arguments.integer("seed") { state = UInt64(seed) | 1 }
        let count = arguments.integer("count") ?? 100
        refusalStep = max(arguments.integer("step") ?? 1, 1)
        if arguments.has("trial", "spawns") {
            let seconds = arguments.integer("seconds").map(UInt64.init(clamping:))
            pauseMicroseconds = arguments.integer("pause") ?? 2000
            spawns(seconds == nil ? count : .max, seconds: seconds ?? 1 << 30, killPercent: arguments.integer("kill") ?? 30)
        } else if arguments.has("trial", "pages") {
            refusals(limit: count, plant: { PageFrames.refusalCountdown = $0 }, isMet: { PageFrames.refusalCountdown < 0 })
        } else if arguments.has("trial", "heap") {
            plantedRefusals(limit: count) { TrialAccess.heapRefusalNumber = $0 }
        } else if arguments.has("trial", "code-heap") {
            plantedRefusals(limit: count) { TrialAccess.codeRefusalNumber = $0 }
        } else if arguments.has("trial", "kernel-heap") {
            let heap = KernelHeap.kernel
            refusals(
                limit: count, plant: { heap.pointee.refusalCountdown = $0 }, isMet: { heap.pointee.refusalCountdown < 0 })
        } else if arguments.has("trial", "files-heap") {
            let heap = TrialAccess.sharedFileHeap
            refusals(
                limit: count, plant: { heap.pointee.refusalCountdown = $0 }, isMet: { heap.pointee.refusalCountdown < 0 })
        } else if arguments.has("trial", "regions") || arguments.has("trial", "poke") {
            addresses(isPoking: arguments.has("trial", "poke"))
        } else if arguments.has("trial", "each") {
            if let slice = arguments.integer("slice") { Scheduler.sliceNanoseconds = UInt64(max(slice, 1)) }
            each()
        } else if arguments.has("trial", "crowd") {
            crowd(count)
        } else {
            fail("there is no trial of this name")
        }
        TrialAccess.leave(code: 0)
    }

    /// Refusals of requests that heaps which are still to be made will meet.
    private static func plantedRefusals(limit: Int, plant: (Int) -> Void) {
        var before = 0
        refusals(
            limit: limit,
            plant: {
                before = Heap.plantedRefusalCount
                plant($0)
            }, isMet: { Heap.plantedRefusalCount != before })
    }

    private static func fail(_ text: StaticString) -> Never {
        Log.line(.error, "trial") { $0.text("failed: ").text(text) }
        TrialAccess.leave(code: 2)
    }

    private static func random(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(truncatingIfNeeded: (state >> 33) % UInt64(max(limit, 1)))
    }

    /// Gives back all that have ended; counts how.
    private static func reapAll() {
        while let reason = TrialAccess.reapOne() {
            let kind =
                switch reason {
                case .exited: 0
                case .trapped: 1
                case .killed: 2
                case .outOfBudget: 3
                case .failedToLoad: 4
                case .internalError: 5
                }
            ends[kind] += 1
        }
    }

    /// Waits until at most `count` processes are left, or `deadline`.
    private static func waitUntil(atMost count: Int, deadline: UInt64? = nil) {
        while true {
            reapAll()
            if ProcessTable.count <= count { return }
            if let deadline, ProcessEvents.nanoseconds >= deadline { return }
            TrialAccess.waitForEnd(until: deadline)
        }
    }

    /// What is free and what is in use, once the heaps that stay have given back what they keep for later.
    private struct Balance {
        var pages: Int
        var kernelBytes: Int
        var sharedFileBytes: Int
        static var now: Balance {
            TrialAccess.trim()
            return Balance(
                pages: PageFrames.balance, kernelBytes: KernelHeap.kernel.pointee.usedByteCount,
                sharedFileBytes: TrialAccess.sharedFileHeap.pointee.usedByteCount)
        }
    }

    private static func check(_ before: Balance) {
        let after = Balance.now
        if after.pages != before.pages || after.kernelBytes != before.kernelBytes || after.sharedFileBytes != before.sharedFileBytes {
            Log.line(.error, "trial") {
                $0.text("pages ").decimal(after.pages - before.pages)
                    .text(", bytes of the kernel's heap ").decimal(after.kernelBytes - before.kernelBytes)
                    .text(", of the shared files ").decimal(after.sharedFileBytes - before.sharedFileBytes)
                    .text("; these heaps now have ").decimal(KernelHeap.kernel.pointee.pageCount).text(" and ")
                    .decimal(TrialAccess.sharedFileHeap.pointee.pageCount).text(" pages")
            }
            fail("something was not given back")
        }
    }

    private static func tell(_ name: StaticString, _ count: Int) {
        Log.line(.error, "trial") {
            $0.text(name).text(": ok, ").decimal(count).text(" rounds, ").decimal(ends[0]).text(" exited, ").decimal(ends[1])
                .text(" trapped, ").decimal(ends[2]).text(" killed, ").decimal(ends[3]).text(" out of budget, ").decimal(ends[4])
                .text(" not loaded, ").decimal(ends[5]).text(" internal errors, balance exact")
        }
    }

    /// So many spawns of random programs, or for so long, at most eight at a time; some are ended at random moments.
    private static func spawns(_ count: Int, seconds: UInt64, killPercent: Int) {
        let deadline = ProcessEvents.nanoseconds &+ seconds &* 1_000_000_000
        // Each once, so that what is made only once (what a shared directory holds) is there before it is counted.
        for index in requests.indices {
            _ = spawn(at: index)
            waitUntil(atMost: 0, deadline: ProcessEvents.nanoseconds + 500_000_000)
            killAll()
            waitUntil(atMost: 0)
        }
        for kind in 0..<7 { ends[kind] = 0 }
        killedInCodeCount = 0
        killedCompilingCount = 0
        let before = Balance.now
        var started = 0
        var alive = InlineArray<8, UInt64>(repeating: 0)
        while started < count, ProcessEvents.nanoseconds < deadline {
            let slot = random(8)
            if alive[slot] != 0, random(100) < killPercent { kill(alive[slot]) }
            if ProcessTable.count < 7 {
                if let pid = spawn(at: random(requests.count)) {
                    alive[slot] = pid
                    started += 1
                } else if ProcessTable.count == 0 {
                    // Others may have taken all memory; when nobody lives, it is there.
                    fail("a spawn was refused")
                }
            }
            // A pause: whoever runs is somewhere else each time.
            let pause = random(pauseMicroseconds * 1000)
            waitUntil(atMost: ProcessTable.count >= 7 ? 6 : 0, deadline: ProcessEvents.nanoseconds + UInt64(pause))
        }
        killAll()
        waitUntil(atMost: 0)
        check(before)
        if ends[5] > 0 { fail("there were internal errors") }
        if AddressOracle.foundCount > 0 { fail("the kernel keeps addresses of what went") }
        tell("spawns", started)
        Log.line(.error, "trial") {
            $0.decimal(killedInCodeCount).text(" killed in machine code, ").decimal(killedCompilingCount).text(" making it")
        }
    }

    nonisolated(unsafe) private static var killedInCodeCount = 0
    nonisolated(unsafe) private static var killedCompilingCount = 0

    /// Ends a process; counts what it was doing.
    private static func kill(_ pid: UInt64) {
        switch TrialAccess.work(of: pid) {
        case .runningMachineCode: killedInCodeCount += 1
        case .compiling: killedCompilingCount += 1
        default: break
        }
        ProcessTable.kill(pid, by: 0)
    }

    /// Starts a program; one that writes to a pipe of the manifest together with the one that reads from it.
    private static func spawn(at index: Int) -> UInt64? {
        guard case .pipe(let name)? = requests[index].program.streams[1], let reader = requests.first(where: { reads($0, from: name) })
        else { return TrialAccess.spawn(requests[index]) }
        return TrialAccess.spawn(requests[index], pipedTo: reader)
    }

    private static func reads(_ request: TrialAccess.Request, from name: [UInt8]) -> Bool {
        if case .pipe(let other)? = request.program.streams[0] { return other == name }
        return false
    }

    /// The map of addresses, and with `isPoking` the programs that try it.
    private static func addresses(isPoking: Bool) {
        let before = Balance.now
        if let reason = AddressTrial.run(requests, ranges, isPoking: isPoking) { fail(reason) }
        check(before)
        tell("addresses", requests.count)
    }

    /// All programs, one after another, with what they print; how each ended. One named `beside` runs all the time and is ended at last.
    private static func each() {
        Plant.plantIntoSlices()
        func isBeside(_ request: TrialAccess.Request) -> Bool { request.program.name.withUnsafeBytes { isEqual($0, "beside") } }
        let before = Balance.now
        let switches = Scheduler.switchCount
        if let beside = requests.first(where: isBeside) { _ = TrialAccess.spawn(beside) }
        for request in requests where !isBeside(request) {
            guard let reason = TrialAccess.runToEnd(request) else { fail("a spawn was refused") }
            AddressTrial.tell(request.program.name, reason)
        }
        killAll()
        waitUntil(atMost: 0)
        check(before)
        tell("each", requests.count)
        Log.line(.error, "trial") { $0.decimal(Int(Scheduler.switchCount &- switches)).text(" switches") }
    }

    /// So many processes of the first program at a time, which sleep; what one of them takes.
    private static func crowd(_ count: Int) {
        if let reason = CrowdTrial.run(requests[0], count) { fail(reason) }
        killAll()
        waitUntil(atMost: 0)
        tell("crowd", count)
    }

    private static func killAll() {
        for status in ProcessTable.list() { ProcessTable.kill(status.pid, by: 0) }
    }

    /// Runs all programs with the n-th request refused, for n from 0 until a run meets no refusal: then every request was refused once, or with
    /// `step` so many-th of them. The program `cleaner` runs after the others, with nothing refused: what an ended program had written to shared
    /// files is not the kernel's to remove.
    private static func refusals(limit: Int, plant: (Int) -> Void, isMet: () -> Bool) {
        let cleaner = requests.first { request in request.program.name.withUnsafeBytes { isEqual($0, "cleaner") } }
        if cleaner != nil { requests.removeAll { request in request.program.name.withUnsafeBytes { isEqual($0, "cleaner") } } }
        func runAll() {
            for request in requests.indices { _ = spawn(at: request) }
            waitUntil(atMost: 0)
        }
        for _ in 0..<2 {
            runAll()
            if let cleaner { _ = TrialAccess.runToEnd(cleaner) }
        }
        for kind in 0..<7 { ends[kind] = 0 }
        let before = Balance.now
        var number = random(refusalStep)
        var roundCount = 0
        while true {
            if number >= limit { fail("there are more requests than the limit") }
            plant(number)
            runAll()
            let wasMet = isMet()
            plant(-1)
            if let cleaner { _ = TrialAccess.runToEnd(cleaner) }
            check(before)
            guard wasMet else { break }
            number += refusalStep
            roundCount += 1
        }
        if ends[5] > 0 { fail("there were internal errors") }
        tell("refusals of every request", roundCount)
    }
}
