// The deadline queue against a sorted list.
import KernelCore
import Testing

struct DeadlineQueueTests {
    @Test func randomOperations_agreeWithASortedList() {
        for seed in 1...6 as ClosedRange<UInt64> {
            var random = Xorshift(state: seed &* 77_777_777)
            let nodes = UnsafeMutablePointer<Deadline>.allocate(capacity: 200)
            nodes.initialize(repeating: Deadline(), count: 200)
            defer { nodes.deallocate() }
            var queue = DeadlineQueue()
            var model: [(ticks: UInt64, sequence: Int, node: Int)] = []
            func isBefore(_ left: (ticks: UInt64, sequence: Int, node: Int), _ right: (ticks: UInt64, sequence: Int, node: Int)) -> Bool {
                (left.ticks, left.sequence) < (right.ticks, right.sequence)
            }
            for sequence in 0..<5000 {
                let node = Int.random(in: 0..<200, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0, 1:
                    guard !nodes[node].isQueued else { continue }
                    let ticks = UInt64.random(in: 0..<500, using: &random)
                    queue.insert(nodes + node, ticks: ticks)
                    model.append((ticks, sequence, node))
                case 2:
                    queue.remove(nodes + node)
                    model.removeAll { $0.node == node }
                    #expect(!nodes[node].isQueued)
                default:
                    let now = UInt64.random(in: 0..<200, using: &random)
                    let expected = model.min(by: isBefore).flatMap { $0.ticks <= now ? $0 : nil }
                    let popped = queue.popExpired(now: now)
                    #expect(popped == expected.map { nodes + $0.node })
                    if let expected { model.removeAll { $0.node == expected.node } }
                }
                #expect(queue.count == model.count)
                #expect(queue.checkInvariants())
                #expect(queue.first == model.min(by: isBefore).map { nodes + $0.node })
            }
            while let expected = model.min(by: isBefore) {
                let popped = queue.popExpired(now: .max)
                #expect(popped == nodes + expected.node)
                model.removeAll { $0.node == expected.node }
            }
            #expect(queue.first == nil)
        }
    }

    @Test func extremeTicks_keepTheirOrder() {
        let nodes = UnsafeMutablePointer<Deadline>.allocate(capacity: 4)
        nodes.initialize(repeating: Deadline(), count: 4)
        defer { nodes.deallocate() }
        var queue = DeadlineQueue()
        let ticks: [UInt64] = [.max, 0, .max - 1, 1]
        for index in 0..<4 { queue.insert(nodes + index, ticks: ticks[index]) }
        let times: [UInt64] = [0, 0, UInt64.max - 1, UInt64.max - 1, UInt64.max - 1, UInt64.max]
        let expectations: [Int?] = [1, nil, 3, 2, nil, 0]
        for (now, expected) in zip(times, expectations) {
            let popped = queue.popExpired(now: now)
            #expect(popped == expected.map { nodes + $0 })
        }
        #expect(queue.first == nil)
    }

    @Test func equalDeadlines_keepTheirOrder() {
        let nodes = UnsafeMutablePointer<Deadline>.allocate(capacity: 50)
        nodes.initialize(repeating: Deadline(), count: 50)
        defer { nodes.deallocate() }
        var queue = DeadlineQueue()
        for index in 0..<50 { queue.insert(nodes + index, ticks: 9) }
        let early = queue.popExpired(now: 8)
        #expect(early == nil)
        for index in 0..<50 {
            let popped = queue.popExpired(now: 9)
            #expect(popped == nodes + index)
        }
    }
}
