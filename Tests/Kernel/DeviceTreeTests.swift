// The device tree reader on trees built here, and on damaged ones.
import KernelCore
import Testing

/// Builds flattened device trees.
private struct TreeBuilder {
    private var structure: [UInt8] = []
    private var strings: [UInt8] = []
    var reservations: [(UInt64, UInt64)] = []

    private static func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) } }
    private static func big(_ value: UInt64) -> [UInt8] { big(UInt32(value >> 32)) + big(UInt32(truncatingIfNeeded: value)) }

    mutating func node(_ name: String, _ body: (inout TreeBuilder) -> Void) {
        structure += Self.big(UInt32(1)) + Array(name.utf8) + [0]
        pad()
        body(&self)
        structure += Self.big(UInt32(2))
    }
    mutating func property(_ name: String, _ value: [UInt8]) {
        structure += Self.big(UInt32(3)) + Self.big(UInt32(value.count)) + Self.big(UInt32(strings.count)) + value
        pad()
        strings += Array(name.utf8) + [0]
    }
    mutating func property(_ name: String, text: String...) { property(name, text.flatMap { Array($0.utf8) + [0] }) }
    mutating func property(_ name: String, cells: UInt32...) { property(name, cells.flatMap { Self.big($0) }) }
    mutating func nop() { structure += Self.big(UInt32(4)) }
    private mutating func pad() { while structure.count % 4 != 0 { structure.append(0) } }

    func bytes() -> [UInt8] {
        let structure = self.structure + Self.big(UInt32(9))
        let reserved = (reservations + [(0, 0)]).flatMap { Self.big($0.0) + Self.big($0.1) }
        let reservedStart = 40
        let structureStart = reservedStart + reserved.count
        let stringsStart = structureStart + structure.count
        let total = stringsStart + strings.count
        let words: [UInt32] = [
            0xd00d_feed, UInt32(total), UInt32(structureStart), UInt32(stringsStart), UInt32(reservedStart), 17, 16, 0,
            UInt32(strings.count), UInt32(structure.count),
        ]
        return words.flatMap { Self.big($0) } + reserved + structure + strings
    }
}

private let sample: [UInt8] = {
    var builder = TreeBuilder()
    builder.reservations = [(0x8000_0000, 0x8_0000)]
    builder.node("") { root in
        root.property("#address-cells", cells: 2)
        root.property("#size-cells", cells: 2)
        root.node("chosen") {
            $0.property("bootargs", text: "log=info selftest=x")
            $0.property("stdout-path", text: "/soc/serial@10000000:115200")
            $0.property("linux,initrd-start", cells: 0x8400_0000)
            $0.property("linux,initrd-end", cells: 0, 0x8500_0000)
        }
        root.nop()
        root.node("memory@80000000") {
            $0.property("device_type", text: "memory")
            $0.property("reg", cells: 0, 0x8000_0000, 0, 0x1000_0000, 1, 0, 0, 0x4000_0000)
        }
        root.node("reserved-memory") { reserved in
            reserved.property("#address-cells", cells: 2)
            reserved.property("#size-cells", cells: 2)
            reserved.node("firmware@80000000") { $0.property("reg", cells: 0, 0x8000_0000, 0, 0x4_0000) }
        }
        root.node("soc") { soc in
            soc.property("#address-cells", cells: 1)
            soc.property("#size-cells", cells: 1)
            soc.node("serial@20000000") {
                $0.property("compatible", text: "other", "ns16550a")
                $0.property("status", text: "disabled")
                $0.property("reg", cells: 0x2000_0000, 0x100)
            }
            soc.node("serial@10000000") {
                $0.property("compatible", text: "vendor,uart", "ns16550a")
                $0.property("reg", cells: 0x1000_0000, 0x100)
                $0.property("phandle", cells: 7)
            }
        }
    }
    return builder.bytes()
}()

private func withTree<Result>(_ bytes: [UInt8], _ body: (DeviceTree) throws -> Result) throws -> Result {
    try bytes.withUnsafeBytes { try body(try DeviceTree($0)) }
}

private func text(_ bytes: UnsafeRawBufferPointer?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

struct DeviceTreeTests {
    @Test func properties_areFound() throws {
        try withTree(sample) { tree in
            let chosen = try #require(tree.topNode("chosen"))
            #expect(text(chosen.text("bootargs")) == "log=info selftest=x")
            #expect(chosen.integer("linux,initrd-start") == 0x8400_0000)
            #expect(chosen.integer("linux,initrd-end") == 0x8500_0000)
            #expect(chosen.property("absent") == nil)
            #expect(tree.topNode("chose") == nil)
        }
    }

    @Test func nodes_areFoundByPathCompatibleAndPhandle() throws {
        try withTree(sample) { tree in
            let path = try #require(tree.topNode("chosen")?.text("stdout-path"))
            let byPath = try #require(tree.node(path: path))
            #expect(text(byPath.name) == "serial@10000000")
            // The first compatible one is disabled.
            let compatible = try #require(tree.node(compatibleWith: "ns16550a"))
            #expect(compatible.register(at: 0) == PhysicalRange(start: PhysicalAddress(0x1000_0000), byteCount: 0x100))
            #expect(compatible.register(at: 1) == nil)
            #expect(text(tree.node(phandle: 7)?.name) == "serial@10000000")
            #expect(tree.node(compatibleWith: "ns16550") == nil)
            #expect(Array("/soc/none".utf8).withUnsafeBytes { tree.node(path: $0) == nil })
        }
    }

    @Test func memoryAndReservations_areRead() throws {
        try withTree(sample) { tree in
            var memory: [PhysicalRange] = []
            tree.forEachMemoryRange { memory.append($0) }
            #expect(
                memory == [
                    PhysicalRange(start: PhysicalAddress(0x8000_0000), byteCount: 0x1000_0000),
                    PhysicalRange(start: PhysicalAddress(0x1_0000_0000), byteCount: 0x4000_0000),
                ])
            var reserved: [UInt64] = []
            tree.forEachReservedRange { reserved.append($0.byteCount) }
            #expect(reserved == [0x8_0000, 0x4_0000])
        }
    }

    @Test func everyTruncation_isRefusedOrHarmless() {
        for length in 0..<sample.count {
            let part = Array(sample[0..<length])
            #expect(throws: DeviceTreeError.self) { try withTree(part) { _ in } }
        }
    }

    @Test func everyDamagedByte_isRefusedOrHarmless() {
        // Reading a damaged tree may fail, but must stay inside the bytes: exact-size storage, and the sanitised reader traps otherwise.
        for index in sample.indices {
            for value in [0x00, 0x7F, 0xFF] as [UInt8] {
                var bytes = sample
                bytes[index] = value
                _ = try? withTree(bytes) { tree in
                    tree.forEachNode { node in
                        _ = node.register(at: 0)
                        _ = node.isCompatible(with: "ns16550a")
                    }
                    tree.forEachMemoryRange { _ in }
                    tree.forEachReservedRange { _ in }
                    _ = tree.topNode("chosen")?.text("bootargs")
                }
            }
        }
    }

    @Test func wrongMagicAndVersion_areNamed() {
        var bytes = sample
        bytes[0] = 0
        #expect(throws: DeviceTreeError.badMagic) { try withTree(bytes) { _ in } }
        bytes = sample
        bytes[23] = 16
        #expect(throws: DeviceTreeError.unsupportedVersion) { try withTree(bytes) { _ in } }
    }
}

struct BootArgumentsTests {
    private func value(_ line: String, _ name: StaticString) -> String? {
        Array(line.utf8).withUnsafeBytes { text(BootArguments($0).value(of: name)) }
    }

    @Test func words_areSplitAtBlanksOutsideQuotes() {
        #expect(value("a=1 b=2", "b") == "2")
        #expect(value("  flag  b=\"x y\" c='z'", "b") == "x y")
        #expect(value("  flag  b=\"x y\" c='z'", "c") == "z")
        #expect(value("flag", "flag") == "")
        #expect(value("flags", "flag") == nil)
        #expect(value("", "flag") == nil)
        #expect(value("b=\"open end", "b") == "\"open end")
    }

    @Test func integers_areDecimalOnly() {
        Array("n=42 m=4x k= big=99999999999999999999".utf8).withUnsafeBytes { bytes in
            let arguments = BootArguments(bytes)
            #expect(arguments.integer("n") == 42)
            #expect(arguments.integer("m") == nil)
            #expect(arguments.integer("k") == nil)
            #expect(arguments.integer("big") == nil)
            #expect(arguments.has("n", "42"))
        }
    }

    @Test func isaString_findsWholeExtensions() {
        Array("rv64imafdch_zicsr_sstc".utf8).withUnsafeBytes { bytes in
            #expect(isaString(bytes, has: "sstc"))
            #expect(isaString(bytes, has: "zicsr"))
            #expect(!isaString(bytes, has: "zic"))
            #expect(!isaString(bytes, has: "sst"))
        }
    }
}
