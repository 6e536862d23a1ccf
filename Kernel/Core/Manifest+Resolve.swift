// What a manifest must fulfil as a whole: names that are one program's, an order of the programs, and two ends of each pipe. Names become
// numbers here, once, so that nobody compares each with each later: a manifest has up to 4096 programs.

extension Manifest {
    /// Throws where two programs have one name, programs wait for what cannot come, or a pipe has one end only.
    mutating func resolve() throws(ManifestError) {
        let order = try sortedByName()
        for index in programs.indices {
            for name in programs[index].after {
                guard let other = find(name, in: order) else {
                    throw ManifestError(line: programs[index].line, message: "after an unknown program", shown: name)
                }
                guard programs[other].restart != .always else {
                    throw ManifestError(line: programs[index].line, message: "after a program that never ends", shown: name)
                }
                programs[index].predecessors.append(other)
            }
        }
        try resolvePipes()
        try checkOrder()
    }

    /// The programs' numbers in the order of their names.
    private func sortedByName() throws(ManifestError) -> [Int] {
        let programs = programs
        let order = programs.indices.sorted {
            let comparison = compare(programs[$0].name, programs[$1].name)
            return comparison < 0 || comparison == 0 && $0 < $1
        }
        var duplicate: Int?
        for position in order.indices.dropFirst() where compare(programs[order[position - 1]].name, programs[order[position]].name) == 0 {
            duplicate = Swift.min(duplicate ?? .max, order[position])
        }
        if let duplicate {
            throw ManifestError(
                line: programs[duplicate].line, message: "there is a program of this name already", shown: programs[duplicate].name)
        }
        return order
    }

    private func find(_ name: [UInt8], in order: [Int]) -> Int? {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            let comparison = compare(programs[order[middle]].name, name)
            if comparison == 0 { return order[middle] }
            if comparison < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Numbers the pipes, each of which has somebody at both ends.
    private mutating func resolvePipes() throws(ManifestError) {
        // The ends as 4 * program + stream, in the order of the pipes' names.
        var ends: [Int] = []
        for index in programs.indices {
            for stream in 0..<3 where pipeName(4 * index + stream) != nil { ends.append(4 * index + stream) }
        }
        let unresolved = self
        ends.sort {
            let comparison = compare(unresolved.pipeName($0) ?? [], unresolved.pipeName($1) ?? [])
            return comparison < 0 || comparison == 0 && $0 < $1
        }
        var lonely: Int?
        var start = 0
        while start < ends.count {
            var end = start
            var hasReader = false
            var hasWriter = false
            while end < ends.count, compare(pipeName(ends[end]) ?? [], pipeName(ends[start]) ?? []) == 0 {
                if ends[end] & 3 == 0 { hasReader = true } else { hasWriter = true }
                programs[ends[end] >> 2].pipeNumbers[ends[end] & 3] = pipeCount
                end += 1
            }
            if !hasReader || !hasWriter { lonely = Swift.min(lonely ?? .max, ends[start]) }
            pipeCount += 1
            start = end
        }
        if let lonely {
            throw ManifestError(
                line: programs[lonely >> 2].line, message: lonely & 3 == 0 ? "nobody writes to this pipe" : "nobody reads from this pipe",
                shown: pipeName(lonely) ?? [])
        }
    }

    private func pipeName(_ end: Int) -> [UInt8]? {
        if case .pipe(let name)? = programs[end >> 2].streams[end & 3] { return name }
        return nil
    }

    /// Whoever waits for nobody is taken away until nobody is left; whoever remains waits for itself.
    private func checkOrder() throws(ManifestError) {
        // Who waits for program i: successors[starts[i]..<starts[i + 1]].
        var starts = [Int](repeating: 0, count: programs.count + 1)
        for program in programs { for other in program.predecessors { starts[other + 1] += 1 } }
        for index in programs.indices { starts[index + 1] += starts[index] }
        var successors = [Int](repeating: 0, count: starts[programs.count])
        var places = starts
        for index in programs.indices {
            for other in programs[index].predecessors {
                successors[places[other]] = index
                places[other] += 1
            }
        }
        var waitCounts = programs.map { $0.predecessors.count }
        var ready = programs.indices.filter { waitCounts[$0] == 0 }
        while let index = ready.popLast() {
            for successor in successors[starts[index]..<starts[index + 1]] {
                waitCounts[successor] -= 1
                if waitCounts[successor] == 0 { ready.append(successor) }
            }
        }
        for index in programs.indices where waitCounts[index] > 0 {
            throw ManifestError(
                line: programs[index].line, message: "this program waits for itself", shown: programs[index].name)
        }
    }
}

/// Below zero, zero, above: which of two names comes first.
private func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    for index in 0..<Swift.min(left.count, right.count) where left[index] != right[index] { return Int(left[index]) - Int(right[index]) }
    return left.count - right.count
}
