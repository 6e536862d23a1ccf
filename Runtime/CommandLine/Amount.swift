// Sizes and times as a command line writes them, the same that a manifest takes (qemu/MANIFEST.md).

/// Reads amounts.
enum Amount {
    /// Bytes: `65536`, or a number with K, M or G, or KiB, MiB or GiB; nil when it is none or does not fit.
    static func byteCount(_ text: String) -> Int? {
        let units: [(name: String, factor: Int)] = [
            ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30),
        ]
        let unit = units.first { text.lowercased().hasSuffix($0.name) }
        guard let number = Int(text.dropLast(unit?.name.count ?? 0)), number >= 0 else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit?.factor ?? 1)
        return overflow ? nil : product
    }

    /// Seconds: a number, or one with ms, s, m or h; nil when it is none, not above zero, or 10^9 or more.
    static func seconds(_ text: String) -> Double? {
        let units: [(name: String, factor: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        let unit = units.first { text.hasSuffix($0.name) }
        guard let number = Double(text.dropLast(unit?.name.count ?? 0)) else { return nil }
        let seconds = number * (unit?.factor ?? 1)
        return seconds > 0 && seconds < 1e9 ? seconds : nil
    }
}
