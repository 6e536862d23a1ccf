// Where a module's debugging information lies: the custom sections that hold DWARF (WebAssembly tool conventions, "DWARF for WebAssembly").
// Owns nothing: all of it is stretches of the module's bytes.
import WasmModule

/// A stretch of bytes that readers walk.
struct DebugSection {
    /// The first byte; not to be read when `count` is 0.
    let base: UnsafePointer<UInt8>
    /// How many bytes.
    let count: Int

    /// No bytes.
    init() {
        // SAFETY: never read, since there are no bytes.
        base = UnsafePointer(bitPattern: 1)!
        count = 0
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else {
            self = DebugSection()
            return
        }
        base = start.assumingMemoryBound(to: UInt8.self)
        count = bytes.count
    }
}

/// The sections of one module. Valid as long as the module's image.
public struct DebugSections {
    var info = DebugSection()
    var abbreviations = DebugSection()
    var lines = DebugSection()
    var strings = DebugSection()
    var lineStrings = DebugSection()
    var stringOffsets = DebugSection()
    var addresses = DebugSection()
    var ranges = DebugSection()
    var rangeLists = DebugSection()

    /// The sections of a module; of several with one name the first counts.
    public init(_ image: ModuleImage) {
        for section in image.customSections {
            let name = image[section.name]
            guard name.count > 7, name[0] == UInt8(ascii: ".") else { continue }
            let contents = image[section.contents]
            DebugSections.take(contents, name, ".debug_info", &info)
            DebugSections.take(contents, name, ".debug_abbrev", &abbreviations)
            DebugSections.take(contents, name, ".debug_line", &lines)
            DebugSections.take(contents, name, ".debug_str", &strings)
            DebugSections.take(contents, name, ".debug_line_str", &lineStrings)
            DebugSections.take(contents, name, ".debug_str_offsets", &stringOffsets)
            DebugSections.take(contents, name, ".debug_addr", &addresses)
            DebugSections.take(contents, name, ".debug_ranges", &ranges)
            DebugSections.take(contents, name, ".debug_rnglists", &rangeLists)
        }
    }

    /// Sections that lie elsewhere than in a module, by their names without `.debug_`: for tests and fuzzers. `contents` answers with the
    /// bytes of a section, empty when there is none; they must stay as long as the sections are used.
    public init(_ contents: (StaticString) -> UnsafeRawBufferPointer) {
        info = DebugSection(contents("info"))
        abbreviations = DebugSection(contents("abbrev"))
        lines = DebugSection(contents("line"))
        strings = DebugSection(contents("str"))
        lineStrings = DebugSection(contents("line_str"))
        stringOffsets = DebugSection(contents("str_offsets"))
        addresses = DebugSection(contents("addr"))
        ranges = DebugSection(contents("ranges"))
        rangeLists = DebugSection(contents("rnglists"))
    }

    private static func take(
        _ contents: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ wanted: StaticString, _ section: inout DebugSection
    ) {
        guard section.count == 0, name.count == wanted.utf8CodeUnitCount else { return }
        for index in 0..<name.count where name[index] != wanted.utf8Start[index] { return }
        section = DebugSection(contents)
    }

    /// Whether there is anything to be found.
    public var isEmpty: Bool { info.count == 0 || abbreviations.count == 0 }

    /// Bytes of the sections that a look-up walks.
    var walkedByteCount: Int { info.count &+ abbreviations.count &+ lines.count &+ ranges.count &+ rangeLists.count }
}
