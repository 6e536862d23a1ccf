// Fairness, priorities and order of the run queue; wait queues; the profile tree.
import KernelCore
import Testing

private final class Nodes {
    let base: UnsafeMutablePointer<SchedulingNode>
    let count: Int
    var ran: [UInt64]
    init(_ count: Int, _ priority: (Int) -> SchedulingPriority = { _ in .normal }) {
        base = .allocate(capacity: count)
        self.count = count
        ran = [UInt64](repeating: 0, count: count)
        for index in 0..<count { (base + index).initialize(to: SchedulingNode(owner: nil, priority: priority(index))) }
    }
    deinit { base.deallocate() }
    func run(_ queue: inout RunQueue, slices: Int, length: (Int) -> UInt64) {
        for _ in 0..<slices {
            guard let node = queue.takeFirst() else { return }
            let index = node - base
            let slice = length(index)
            ran[index] += slice
            queue.charge(nanoseconds: slice)
            queue.putBack(node)
        }
    }
}

@Suite struct ProcessSchedulingTests {
    @Test func spinners_getEqualShares() {
        let nodes = Nodes(8)
        var queue = RunQueue()
        for index in 0..<8 { queue.insertNew(nodes.base + index) }
        // Slices of different lengths do not matter: time counts, not turns.
        nodes.run(&queue, slices: 8000) { UInt64(1_000_000 * ($0 + 1)) }
        let total = nodes.ran.reduce(0, +)
        for share in nodes.ran { #expect(abs(Double(share) / Double(total) - 0.125) < 0.0125) }
    }

    @Test func priorities_shareByWeight() {
        let nodes = Nodes(3) { [.low, .normal, .high][$0] }
        var queue = RunQueue()
        for index in 0..<3 { queue.insertNew(nodes.base + index) }
        nodes.run(&queue, slices: 21_000) { _ in 10_000_000 }
        #expect(abs(Double(nodes.ran[1]) / Double(nodes.ran[0]) - 4) < 0.1)
        #expect(abs(Double(nodes.ran[2]) / Double(nodes.ran[1]) - 4) < 0.1)
    }

    @Test func newcomer_doesNotCatchUp() {
        let nodes = Nodes(2)
        var queue = RunQueue()
        queue.insertNew(nodes.base)
        nodes.run(&queue, slices: 1000) { _ in 1_000_000 }
        queue.insertNew(nodes.base + 1)
        nodes.run(&queue, slices: 10) { _ in 1_000_000 }
        #expect(nodes.ran[1] <= 6_000_000)
        #expect(nodes.ran[1] >= 4_000_000)
    }

    @Test func sleeper_runsSoonAndKeepsNothing() {
        let nodes = Nodes(2)
        var queue = RunQueue()
        queue.insertNew(nodes.base)
        nodes.run(&queue, slices: 1000) { _ in 1_000_000 }
        queue.insertWoken(nodes.base + 1, creditNanoseconds: 5_000_000)
        #expect(queue.first == nodes.base + 1)
        nodes.run(&queue, slices: 100) { _ in 1_000_000 }
        #expect(nodes.ran[1] <= 60_000_000)
    }

    @Test func randomOperations_matchAModel() {
        let nodes = Nodes(20) { SchedulingPriority(rawValue: UInt8($0 % 3))! }
        var queue = RunQueue(virtualTime: .max - 1_000_000)
        var state: UInt64 = 7
        var queued = Set<Int>()
        var running: Int?
        for _ in 0..<50_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let index = Int(state >> 33) % 20
            switch state >> 61 {
            case 0, 1:
                if state & 0x10000 == 0 {
                    queue.insertWoken(nodes.base + index, creditNanoseconds: state >> 40 & 0xFFFF)
                } else {
                    queue.insertNew(nodes.base + index)
                }
                if index != running { queued.insert(index) }
            case 2:
                let wasQueued = queue.remove(nodes.base + index)
                #expect(wasQueued == queued.contains(index))
                queued.remove(index)
            case 3, 4: queue.charge(nanoseconds: state >> 40 & 0xFFFF)
            case 5:
                guard let last = running else { continue }
                queue.putBack(nodes.base + last)
                queued.insert(last)
                running = nil
            default:
                running = queue.takeFirst().map { $0 - nodes.base }
                if let running {
                    queued.remove(running)
                    for other in queued {
                        #expect(Int64(bitPattern: nodes.base[running].virtualTime &- nodes.base[other].virtualTime) <= 0)
                    }
                } else {
                    #expect(queued.isEmpty)
                }
            }
            #expect(queue.count == queued.count)
            let isSound = queue.checkInvariants(UnsafeMutableBufferPointer(start: nodes.base, count: 20))
            #expect(isSound)
        }
    }

    @Test func waitQueue_isFirstComeFirstServed() {
        let queue = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 1)
        let nodes = UnsafeMutablePointer<WaitNode>.allocate(capacity: 4)
        defer {
            queue.deallocate()
            nodes.deallocate()
        }
        queue.initialize(to: WaitQueue())
        for index in 0..<4 {
            (nodes + index).initialize(to: WaitNode(owner: nil))
            WaitQueue.enqueue(nodes + index, in: queue)
        }
        #expect(WaitQueue.remove(nodes + 1))
        #expect(!WaitQueue.remove(nodes + 1))
        #expect(WaitQueue.takeFirst(queue) == nodes)
        #expect(WaitQueue.takeFirst(queue) == nodes + 2)
        #expect(nodes[3].isWaiting)
        #expect(WaitQueue.takeFirst(queue) == nodes + 3)
        #expect(WaitQueue.takeFirst(queue) == nil)
        #expect(queue.pointee.isEmpty)
    }

    @Test func pendingWakes_wakeThoseWhoWaitedThenAndNoOthers() {
        let queues = UnsafeMutablePointer<WaitQueue>.allocate(capacity: 3)
        let nodes = UnsafeMutablePointer<WaitNode>.allocate(capacity: 9)
        let pending = UnsafeMutablePointer<PendingWakes>.allocate(capacity: 1)
        defer {
            queues.deallocate()
            nodes.deallocate()
            pending.deallocate()
        }
        pending.initialize(to: PendingWakes())
        queues.initialize(repeating: WaitQueue(), count: 3)
        nodes.initialize(repeating: WaitNode(owner: nil), count: 9)
        for index in 0..<6 { WaitQueue.enqueue(nodes + index, in: queues + index % 2) }
        PendingWakes.add(queues, to: pending)
        PendingWakes.add(queues + 1, to: pending)
        PendingWakes.add(queues + 2, to: pending)
        // Who comes later is not meant; who has gone is not woken.
        WaitQueue.enqueue(nodes + 6, in: queues)
        WaitQueue.remove(nodes + 2)
        #expect(PendingWakes.takeFirst(pending) == nodes)
        #expect(PendingWakes.takeFirst(pending) == nodes + 4)
        #expect(PendingWakes.takeFirst(pending) == nodes + 1)
        #expect(nodes[6].isWaiting)
        // A queue that is empty again is not remembered: its memory may be given back.
        WaitQueue.remove(nodes + 3)
        WaitQueue.remove(nodes + 5)
        queues[1] = WaitQueue()
        #expect(PendingWakes.takeFirst(pending) == nil)
        // Asked for again: the latecomer too.
        PendingWakes.add(queues, to: pending)
        PendingWakes.add(queues, to: pending)
        #expect(PendingWakes.takeFirst(pending) == nodes + 6)
        #expect(PendingWakes.takeFirst(pending) == nil)
    }

    @Test func profile_countsStacks() {
        guard var tree = ProfileTree(capacity: 16) else {
            Issue.record("no memory")
            return
        }
        func frame(_ function: UInt32) -> ProfileFrame { ProfileFrame(image: 1, function: function) }
        for _ in 0..<3 { [frame(2), frame(1)].withUnsafeBufferPointer { tree.add(stack: $0) } }
        [frame(1)].withUnsafeBufferPointer { tree.add(stack: $0) }
        var seen: [String] = []
        tree.forEachStack { stack, count in seen.append(stack.map { "\($0.function)" }.joined(separator: ";") + " \(count)") }
        #expect(seen == ["1 1", "1;2 3"])
        for function in 10..<40 { [frame(UInt32(function))].withUnsafeBufferPointer { tree.add(stack: $0) } }
        #expect(tree.nodeCount == 16)
        #expect(tree.droppedCount == 16)
        #expect(tree.sampleCount == 34)
    }

    @Test func endReasons_haveTheirCodesAndWords() {
        func words(_ reason: EndReason) -> String {
            var text = TextBuffer()
            reason.render(into: &text)
            return String(decoding: text.bytes, as: UTF8.self)
        }
        #expect(EndReason.exited(code: 3).exitCode == 3)
        #expect(EndReason.exited(code: 256).exitCode == 1)
        #expect(EndReason.exited(code: 0xFFFF_FFFF).exitCode == 1)
        #expect(EndReason.trapped(message: "unreachable").exitCode == 134)
        #expect(EndReason.failedToLoad.exitCode == 1)
        #expect(EndReason.outOfBudget(.wallTime).exitCode == 124)
        #expect(words(.killed(by: 7)) == "killed by process 7")
        #expect(words(.outOfBudget(.memory)) == "killed: out of memory")
        var text = TextBuffer()
        EndTable.renderHeading(into: &text)
        let width = text.bytes.count
        text = TextBuffer()
        EndTable.render(
            EndRecord(
                pid: 12, name: Array("spin".utf8), reason: .exited(code: 0), runNanoseconds: 1_234_567_890,
                processorNanoseconds: 999_000_000,
                peakMemoryByteCount: 1_572_864, callCount: 17, fuelUsed: nil), into: &text)
        let line = String(decoding: text.bytes, as: UTF8.self)
        #expect(line == "    12    1.234    0.999     1.5M        17          -  spin                 exited 0")
        #expect(width == line.count - "exited 0".count + "END".count)
    }
}
