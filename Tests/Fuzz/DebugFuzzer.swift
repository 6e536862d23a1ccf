// Changed debugging information and changed names: no crash, no more steps than the finder states, no longer name than the demangler states.
//
//     fuzz debug SEED COUNT FILE...         modules with debugging information; ends with `N passed, N failed, N skipped`
import DebugInformation
import Glibc
import ModuleGeneration
import WasmModule

/// The debug sections of one module, and where its code lies.
private struct DebugSeed {
    static let names: [StaticString] = ["info", "abbrev", "line", "str", "line_str", "str_offsets", "addr", "ranges", "rnglists"]

    var sections: [[UInt8]] = []
    var codeByteCount: UInt64

    /// Nil when the module has no debugging information.
    init?(path: String) {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        let found = bytes.withUnsafeBytes { raw -> ([[UInt8]], Int)? in
            guard let image = try? ModuleImage.decode(raw) else { return nil }
            let sections = DebugSeed.names.map { name -> [UInt8] in
                let wanted = Array(".debug_\(name)".utf8)
                let section = image.customSections.first { image[$0.name].elementsEqual(wanted) }
                return section.map { Array(image[$0.contents]) } ?? []
            }
            return (sections, Int(image.codeSection.count))
        }
        guard let found, !found.0[0].isEmpty else { return nil }
        sections = found.0
        codeByteCount = UInt64(max(found.1, 1))
    }
}

enum DebugFuzzer {
    /// Runs `count` changed modules and as many changed names; answers how many failed.
    static func run(seed: Int, count: Int, files: ArraySlice<String>) -> Int {
        let seeds = files.compactMap { DebugSeed(path: $0) }
        guard !seeds.isEmpty else {
            print("no module with debugging information among the files\n0 passed, 0 failed, \(count) skipped")
            return 0
        }
        let small = seeds.filter { seed in seed.sections.reduce(0) { $0 + $1.count } < 1 << 18 }
        var failures = 0
        var mostSteps = 0
        var found = 0
        var readable = 0
        for index in 0..<count {
            var random = SeededNumbers(state: UInt64(seed) &* 1_000_003 &+ UInt64(index))
            // Large ones take long to copy: one of 256.
            let isAny = random.next() % 256 == 0 || small.isEmpty
            let origin = isAny ? seeds[Int(random.next() % UInt64(seeds.count))] : small[Int(random.next() % UInt64(small.count))]
            var sections = origin.sections
            for _ in 0...random.next() % 4 { change(&sections, &random) }
            let (steps, limit, frameCount) = look(sections, origin.codeByteCount, &random)
            mostSteps = max(mostSteps, steps)
            found += frameCount
            if steps > limit + 1_000 {
                print("FAIL debug \(seed) \(index): \(steps) steps, where \(limit) are stated")
                failures += 1
            }
            if name(seeds[Int(random.next() % UInt64(seeds.count))].sections[3], &random, &readable) > Demangler.byteLimit + 3 {
                print("FAIL debug \(seed) \(index): a name longer than stated")
                failures += 1
            }
        }
        print("debug: \(found) functions found in changed information, \(readable) changed names readable, at most \(mostSteps) steps")
        print("\(count - failures) passed, \(failures) failed, 0 skipped")
        return failures
    }

    /// Changes one section: a byte, a field at an extreme, bytes put in or taken out, an end cut off, one section in another's place.
    private static func change(_ sections: inout [[UInt8]], _ random: inout SeededNumbers) {
        // The sections that steer the walk more often than strings.
        let choices = [0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8]
        let section = choices[Int(random.next() % UInt64(choices.count))]
        guard !sections[section].isEmpty else { return }
        // Half of the changes near the start, where headers are.
        let reach = random.next() & 1 == 0 ? min(sections[section].count, 256) : sections[section].count
        let place = Int(random.next() % UInt64(reach))
        switch random.next() % 8 {
        case 0, 1, 2: sections[section][place] = UInt8(truncatingIfNeeded: random.next())
        case 3:
            let extremes: [UInt8] = [0, 1, 0x7f, 0x80, 0xfe, 0xff]
            let value = extremes[Int(random.next() % 6)]
            for offset in 0..<[1, 2, 4, 8][Int(random.next() % 4)] where place + offset < sections[section].count {
                sections[section][place + offset] = value
            }
        case 4: sections[section].insert(contentsOf: [0xff, 0xff, 0xff, 0xff, 0x0f].prefix(Int(random.next() % 6)), at: place)
        case 5: sections[section].removeSubrange(place..<min(place + 1 + Int(random.next() % 16), sections[section].count))
        case 6: sections[section].removeSubrange(place...)
        default:
            let other = sections[Int(random.next() % UInt64(sections.count))]
            guard !other.isEmpty else { return }
            let start = Int(random.next() % UInt64(other.count))
            let count = min(Int(random.next() % 64), other.count - start, sections[section].count - place)
            sections[section].replaceSubrange(place..<place + count, with: other[start..<start + count])
        }
    }

    /// Looks for a few addresses, in copies that end where their memory ends.
    private static func look(
        _ sections: [[UInt8]], _ codeByteCount: UInt64, _ random: inout SeededNumbers
    ) -> (steps: Int, limit: Int, frameCount: Int) {
        let copies = sections.map { bytes -> UnsafeMutableRawBufferPointer in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
            copy.copyBytes(from: bytes)
            return copy
        }
        defer { for copy in copies { copy.deallocate() } }
        let all = DebugSections { name in
            UnsafeRawBufferPointer(copies[DebugSeed.names.firstIndex { "\($0)" == "\(name)" } ?? 0])
        }
        guard var finder = SourceFinder(all, capacity: 8) else { return (0, 0, 0) }
        for _ in 0..<6 { _ = finder.add(random.next() % codeByteCount) }
        _ = finder.add(0)
        _ = finder.add(.max)
        finder.locate()
        var frameCount = 0
        for number in 0..<8 {
            _ = finder.forEachFrame(number) { frame in
                frameCount += 1
                var sum: UInt8 = 0
                frame.path?.write { sum ^= $0 }
                if let name = frame.name { for byte in name { sum ^= byte } }
            }
        }
        return (finder.stepCount, finder.stepLimit, frameCount)
    }

    /// Changes a name of a string section; the length of what is made of it.
    private static func name(_ strings: [UInt8], _ random: inout SeededNumbers, _ readable: inout Int) -> Int {
        guard !strings.isEmpty, var demangler = Demangler() else { return 0 }
        var start = 0
        // Most strings are no mangled names.
        for _ in 0..<16 {
            start = Int(random.next() % UInt64(strings.count))
            while start > 0, strings[start - 1] != 0 { start -= 1 }
            if strings[start] == UInt8(ascii: "_") || strings[start] == UInt8(ascii: "$") { break }
        }
        let end = strings[start...].firstIndex(of: 0) ?? strings.count
        var name = Array(strings[start..<end])
        guard !name.isEmpty else { return 0 }
        let letters = Array("0123456789_AEFGIJKLNPRSTUVXYZabcdefilmnoprstuvxyz$.".utf8)
        for _ in 0..<random.next() % 4 {
            let place = Int(random.next() % UInt64(name.count))
            switch random.next() % 4 {
            case 0: name.insert(letters[Int(random.next() % UInt64(letters.count))], at: place)
            case 1 where name.count > 1: name.remove(at: place)
            case 2: name += name[place...]
            default: name[place] = letters[Int(random.next() % UInt64(letters.count))]
            }
        }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: name.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: name)
        var count = 0
        if demangler.write(UnsafeRawBufferPointer(copy), { _ in count += 1 }) { readable += 1 }
        return count
    }
}
