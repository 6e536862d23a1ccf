// The counts of `--dispatch-counts`, on standard error: operations, pairs and triples by frequency.
import WasmEngine
import WasmOperations

/// What `--dispatch-counts` prints.
enum DispatchReport {
    /// Lines of each of the three lists.
    static let lineCount = 32

    static func write(_ store: Store) {
        guard let counter = store.dispatchCounter else { return }
        complain("\(counter.total) dispatches")
        list("operations", counter.operations, of: counter.total)
        list("pairs", counter.pairs, of: counter.total)
        list("triples", counter.triples, of: counter.total)
    }

    private static func list(_ title: String, _ counts: [DispatchCount], of total: UInt64) {
        complain("\n\(title):")
        for entry in counts.prefix(lineCount) {
            let permille = total == 0 ? 0 : entry.count * 1000 / total
            let names = entry.operations.map { "\($0.name)" }.joined(separator: " ; ")
            let count = String(entry.count)
            let share = "\(permille / 10).\(permille % 10)%"
            complain(
                String(repeating: " ", count: max(0, 12 - count.utf8.count)) + count
                    + String(repeating: " ", count: max(0, 7 - share.utf8.count)) + share + "  " + names)
        }
    }
}
