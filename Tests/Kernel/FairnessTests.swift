// The run queue against an ideal hart that could be divided: whatever threads sleep, begin and compute, each has run what the ideal one
// would have given it, but for a bound that does not grow with time.
import KernelCore
import Testing

/// Threads that want the hart for bursts, on a run queue as the scheduler uses it, and on the ideal hart.
private struct Simulation: ~Copyable {
    static let stepNanoseconds: UInt64 = 100_000
    static let sliceStepCount = 100
    static let creditNanoseconds: UInt64 = 20_000_000

    struct Client {
        /// Nanoseconds wanted and not yet had.
        var wanted: UInt64 = 0
        var idealWanted: Double = 0
        var ran: UInt64 = 0
        var idealRan: Double = 0
        var hasBegun = false
    }

    let nodes: UnsafeMutableBufferPointer<SchedulingNode>
    var clients: [Client]
    var queue: RunQueue
    var sliceStep = 0
    /// Whether the running thread is charged all the time, as it is to be, or only when it gives the hart up.
    var isChargedAtOnce = true
    private var uncharged: UInt64 = 0
    /// The furthest that any client was from the ideal, in nanoseconds.
    var worst: Double = 0

    init(_ priorities: [SchedulingPriority], virtualTime: UInt64 = 0) {
        nodes = .allocate(capacity: priorities.count)
        for (index, priority) in priorities.enumerated() {
            nodes.initializeElement(at: index, to: SchedulingNode(owner: nil, priority: priority))
        }
        clients = Array(repeating: Client(), count: priorities.count)
        queue = RunQueue(virtualTime: virtualTime)
    }
    deinit { nodes.deallocate() }

    func pointer(_ index: Int) -> RunQueue.Node { nodes.baseAddress! + index }

    /// A client wants the hart; `UInt64.max / 2`: for ever.
    mutating func want(_ index: Int, nanoseconds: UInt64) {
        let isAsleep = clients[index].wanted == 0
        clients[index].wanted += nanoseconds
        clients[index].idealWanted += Double(nanoseconds)
        guard isAsleep else { return }
        if clients[index].hasBegun {
            queue.insertWoken(pointer(index), creditNanoseconds: Self.creditNanoseconds)
        } else {
            queue.insertNew(pointer(index))
        }
        clients[index].hasBegun = true
        if queue.running == nil || queue.shouldPreempt { change() }
    }

    private mutating func change() {
        queue.charge(nanoseconds: uncharged)
        uncharged = 0
        if let running = queue.running, clients[running - nodes.baseAddress!].wanted > 0 { queue.putBack(running) }
        _ = queue.takeFirst()
        sliceStep = 0
    }

    /// Runs one step.
    mutating func step() {
        if let running = queue.running {
            let index = running - nodes.baseAddress!
            let ran = min(Self.stepNanoseconds, clients[index].wanted)
            clients[index].wanted -= ran
            clients[index].ran += ran
            uncharged += ran
            if isChargedAtOnce {
                queue.charge(nanoseconds: uncharged)
                uncharged = 0
            }
            sliceStep += 1
            if clients[index].wanted == 0 || sliceStep >= Self.sliceStepCount && queue.first != nil { change() }
        }
        divide(Double(Self.stepNanoseconds))
        for client in clients { worst = max(worst, abs(Double(client.ran) - client.idealRan)) }
    }

    /// The ideal hart: by weight among those who want it; what one does not need is the others'.
    private mutating func divide(_ nanoseconds: Double) {
        var left = nanoseconds
        while left > 0.5 {
            var weight = 0.0
            for index in clients.indices where clients[index].idealWanted > 0 { weight += Double(nodes[index].priority.weight) }
            guard weight > 0 else { return }
            var piece = left
            for index in clients.indices where clients[index].idealWanted > 0 {
                piece = min(piece, clients[index].idealWanted * weight / Double(nodes[index].priority.weight))
            }
            for index in clients.indices where clients[index].idealWanted > 0 {
                let share = piece * Double(nodes[index].priority.weight) / weight
                clients[index].idealRan += share
                clients[index].idealWanted -= share
                if clients[index].idealWanted < 0.5 { clients[index].idealWanted = 0 }
            }
            left -= piece
        }
    }

    mutating func run(milliseconds: UInt64) {
        for _ in 0..<(milliseconds * 1_000_000 / Self.stepNanoseconds) { step() }
    }
}

private let forever: UInt64 = 1 << 60
private let millisecond: UInt64 = 1_000_000

@Suite struct FairnessTests {
    @Test(arguments: [0, UInt64.max - 1_000_000_000]) func sleeper_afterALoneRun_getsNoMoreThanItsCredit(start: UInt64) {
        var simulation = Simulation([.normal, .normal], virtualTime: start)
        simulation.want(1, nanoseconds: millisecond)
        simulation.run(milliseconds: 2)
        simulation.want(0, nanoseconds: forever)
        simulation.run(milliseconds: 5000)
        let before = simulation.clients[0].ran
        simulation.want(1, nanoseconds: forever)
        simulation.run(milliseconds: 100)
        #expect(simulation.clients[0].ran - before >= 35 * millisecond)
        #expect(simulation.clients[1].ran >= 50 * millisecond)
    }

    @Test(arguments: [0, UInt64.max - 1_000_000_000]) func newcomer_afterALoneRun_sharesAtOnce(start: UInt64) {
        var simulation = Simulation([.normal, .normal], virtualTime: start)
        simulation.want(0, nanoseconds: forever)
        simulation.run(milliseconds: 5000)
        let before = simulation.clients[0].ran
        simulation.want(1, nanoseconds: forever)
        simulation.run(milliseconds: 100)
        #expect(abs(Int(simulation.clients[0].ran - before) - 50_000_000) <= 10_000_000)
    }

    /// Without the charge the newcomer begins where the lone runner was long ago: the tests above would see it.
    @Test func newcomer_afterALoneRunThatIsNotCharged_starvesTheOther() {
        var simulation = Simulation([.normal, .normal])
        simulation.isChargedAtOnce = false
        simulation.want(0, nanoseconds: forever)
        simulation.run(milliseconds: 5000)
        let before = simulation.clients[0].ran
        simulation.want(1, nanoseconds: forever)
        simulation.run(milliseconds: 3000)
        #expect(simulation.clients[0].ran - before <= 20 * millisecond)
    }

    @Test func everySecond_keepsTheShares() {
        // Four spinners of three weights beside light sleepers: in each second each of them has its share within a tenth, and a slice and a
        // credit.
        var simulation = Simulation([.normal, .normal, .high, .low, .normal, .high, .low])
        for index in 0..<4 { simulation.want(index, nanoseconds: forever) }
        var history: [[(ran: UInt64, ideal: Double)]] = []
        for step in 0..<100_000 {
            if step % 70 == 0 { simulation.want(4, nanoseconds: millisecond) }
            if step % 310 == 0 { simulation.want(5, nanoseconds: 5 * millisecond) }
            if step % 30_000 == 0 { simulation.want(6, nanoseconds: 100 * millisecond) }
            if step % 500 == 0 { history.append(simulation.clients.map { ($0.ran, $0.idealRan) }) }
            simulation.step()
        }
        for end in 20..<history.count {
            for index in simulation.clients.indices {
                let ran = Double(history[end][index].ran - history[end - 20][index].ran)
                let ideal = history[end][index].ideal - history[end - 20][index].ideal
                #expect(abs(ran - ideal) <= 0.1 * ideal + 30e6, "thread \(index) at \(end * 50) ms: \(ran / 1e6) instead of \(ideal / 1e6)")
            }
        }
    }

    @Test func newcomers_withoutEnd_starveNobody() {
        // Two at a time, each for a millisecond; a spinner beside them has a third.
        var simulation = Simulation(Array(repeating: .normal, count: 3000))
        simulation.want(0, nanoseconds: forever)
        var next = 1
        var alive: [Int] = []
        for _ in 0..<20_000 {
            alive.removeAll { simulation.clients[$0].wanted == 0 }
            while alive.count < 2 {
                simulation.want(next, nanoseconds: millisecond)
                alive.append(next)
                next += 1
            }
            simulation.step()
            if next > 2990 { break }
        }
        let total = simulation.clients.reduce(0) { $0 + $1.ran }
        #expect(simulation.clients[0].ran > total * 3 / 10)
    }

    @Test func oftenSleeping_gainsNothing() {
        // It sleeps for a tenth of a millisecond after each millisecond; the spinner has its half all the same.
        var simulation = Simulation([.normal, .normal])
        simulation.want(0, nanoseconds: forever)
        for _ in 0..<5000 {
            simulation.want(1, nanoseconds: millisecond)
            while simulation.clients[1].wanted > 0 { simulation.step() }
            simulation.step()
        }
        let total = simulation.clients[0].ran + simulation.clients[1].ran
        #expect(simulation.clients[0].ran > total * 48 / 100)
    }

    @Test func neglectedWeights_shareByWeightAfterLoneRuns() {
        for (heavy, light) in [(SchedulingPriority.high, SchedulingPriority.low), (.low, .high)] {
            var simulation = Simulation([heavy, light])
            simulation.want(0, nanoseconds: forever)
            simulation.run(milliseconds: 3000)
            let before = simulation.clients[0].ran
            simulation.want(1, nanoseconds: forever)
            simulation.run(milliseconds: 1700)
            let share = Double(simulation.clients[0].ran - before) / 1.7e9
            let fair = Double(heavy.weight) / Double(heavy.weight + light.weight)
            #expect(abs(share - fair) < 0.02)
        }
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>) func randomLoads_stayBesideTheIdealHart(seed: UInt64) {
        var random = Xorshift(state: seed &* 7_777_777_777)
        let spinnerCount = Int.random(in: 0...4, using: &random)
        let sleeperCount = Int.random(in: 1...5, using: &random)
        let newcomerCount = 40
        let all: [SchedulingPriority] = [.low, .normal, .normal, .high]
        var priorities: [SchedulingPriority] = []
        for _ in 0..<(spinnerCount + sleeperCount + newcomerCount) { priorities.append(all.randomElement(using: &random)!) }
        // Every second seed begins shortly before the times wrap.
        var simulation = Simulation(priorities, virtualTime: seed % 2 == 0 ? UInt64.max - 40_000_000_000 : 0)
        var due = (0..<sleeperCount).map { _ in Int.random(in: 0..<100_000, using: &random) }
        var next = spinnerCount + sleeperCount
        var lone = 0
        let stepCount = 300_000
        for step in 0..<stepCount {
            // Spinners come one after the other; then there are seconds in which only the first runs.
            if step % 40_000 == 0, step / 40_000 < spinnerCount { simulation.want(step / 40_000, nanoseconds: forever) }
            if lone > 0 { lone -= 1 } else if Int.random(in: 0..<60_000, using: &random) == 0 { lone = 30_000 }
            for sleeper in 0..<sleeperCount where lone == 0 && due[sleeper] <= step {
                let burst = Int.random(in: 0..<4, using: &random) == 0 ? 100 * millisecond : millisecond
                simulation.want(spinnerCount + sleeper, nanoseconds: UInt64.random(in: 1..<burst, using: &random))
                due[sleeper] = step + Int.random(in: 1..<(Int.random(in: 0..<10, using: &random) == 0 ? 10_000 : 400), using: &random)
            }
            if lone == 0, next < priorities.count, Int.random(in: 0..<5000, using: &random) == 0 {
                simulation.want(next, nanoseconds: UInt64.random(in: 1..<(300 * millisecond), using: &random))
                next += 1
            }
            simulation.step()
            if step % 1000 == 0 {
                let isSound = simulation.queue.checkInvariants(simulation.nodes)
                #expect(isSound)
            }
        }
        // Thirty seconds of up to fifty threads, and nobody was ever further away than by some slices and credits.
        #expect(simulation.worst < 150e6, "\(simulation.worst / 1e6) ms")
    }
}
