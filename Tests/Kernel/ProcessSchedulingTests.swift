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
            node.pointee.charge(nanoseconds: slice)
            queue.insert(node)
        }
    }
}

@Suite struct ProcessSchedulingTests {
    @Test func spinners_getEqualShares() {
        let nodes = Nodes(8)
        var queue = RunQueue()
        for index in 0..<8 { queue.insert(nodes.base + index) }
        // Slices of different lengths do not matter: time counts, not turns.
        nodes.run(&queue, slices: 8000) { UInt64(1_000_000 * ($0 + 1)) }
        let total = nodes.ran.reduce(0, +)
        for share in nodes.ran { #expect(abs(Double(share) / Double(total) - 0.125) < 0.0125) }
    }

    @Test func priorities_shareByWeight() {
        let nodes = Nodes(3) { [.low, .normal, .high][$0] }
        var queue = RunQueue()
        for index in 0..<3 { queue.insert(nodes.base + index) }
        nodes.run(&queue, slices: 21_000) { _ in 10_000_000 }
        #expect(abs(Double(nodes.ran[1]) / Double(nodes.ran[0]) - 4) < 0.1)
        #expect(abs(Double(nodes.ran[2]) / Double(nodes.ran[1]) - 4) < 0.1)
    }

    @Test func newcomer_doesNotCatchUp() {
        let nodes = Nodes(2)
        var queue = RunQueue()
        queue.insert(nodes.base)
        nodes.run(&queue, slices: 1000) { _ in 1_000_000 }
        queue.insert(nodes.base + 1)
        nodes.run(&queue, slices: 10) { _ in 1_000_000 }
        #expect(nodes.ran[1] <= 6_000_000)
        #expect(nodes.ran[1] >= 4_000_000)
    }

    @Test func sleeper_runsSoonAndKeepsNothing() {
        let nodes = Nodes(2)
        var queue = RunQueue()
        queue.insert(nodes.base)
        nodes.run(&queue, slices: 1000) { _ in 1_000_000 }
        queue.insertWoken(nodes.base + 1, creditNanoseconds: 5_000_000)
        #expect(queue.first == nodes.base + 1)
        nodes.run(&queue, slices: 100) { _ in 1_000_000 }
        #expect(nodes.ran[1] <= 60_000_000)
    }

    @Test func randomOperations_matchAModel() {
        let nodes = Nodes(20)
        var queue = RunQueue()
        var state: UInt64 = 7
        var queued = Set<Int>()
        for _ in 0..<50_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let index = Int(state >> 33) % 20
            switch state >> 62 {
            case 0, 1:
                if !queued.contains(index) { (nodes.base + index).pointee.charge(nanoseconds: state >> 40 & 0xFFFF) }
                queue.insert(nodes.base + index)
                queued.insert(index)
            case 2:
                #expect(queue.remove(nodes.base + index) == queued.contains(index))
                queued.remove(index)
            default:
                let least = queued.map { nodes.base[$0].virtualTime }.min()
                let node = queue.takeFirst()
                #expect(node?.pointee.virtualTime == least)
                if let node { queued.remove(node - nodes.base) }
            }
            #expect(queue.count == queued.count)
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
        #expect(EndReason.exited(code: 0xFFFF_FFFF).exitCode == 255)
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
