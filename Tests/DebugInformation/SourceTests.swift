// Look-ups: files, lines, columns and inlined functions, in every version and width; what does not hold together ends in "unknown".

import DebugInformation
import Testing

@Suite struct SourceTests {
    /// Versions 2 to 5, 32- and 64-bit offsets and addresses, direct and indexed.
    static let programs: [TestProgram] = {
        var programs: [TestProgram] = []
        for version in 2...5 {
            for width in version < 3 ? [4] : [4, 8] {
                for addressWidth in [4, 8] {
                    for isIndexed in version < 5 ? [false] : [false, true] {
                        programs.append(
                            TestProgram {
                                $0.version = version
                                $0.width = width
                                $0.addressWidth = addressWidth
                                $0.isIndexed = isIndexed
                            })
                    }
                }
            }
        }
        return programs
    }()

    @Test(arguments: programs.indices) func addresses_haveTheirFunctionsAndLines(index: Int) {
        let program = SourceTests.programs[index]
        #expect(program.look(0x0f) == [])
        #expect(program.look(0x10) == ["_ZN5shape5outerEv /home/test/test.c:10:2"])
        #expect(program.look(0x1f) == ["_ZN5shape5outerEv /home/test/test.c:10:2"])
        #expect(program.look(0x20) == ["middle /home/test/test.c:19:5", "_ZN5shape5outerEv /home/test/test.c:30:3"])
        let inner = [
            "inner /home/test/include/inner.h:4:7", "middle /home/test/include/inner.h:20:4", "_ZN5shape5outerEv /home/test/test.c:30:3",
        ]
        #expect(program.look(0x28) == inner)
        #expect(program.look(0x2f) == inner)
        #expect(program.look(0x30) == ["middle /home/test/include/inner.h:9:7", "_ZN5shape5outerEv /home/test/test.c:30:3"])
        #expect(program.look(0x40) == ["_ZN5shape5outerEv /home/test/include/inner.h:9:7"])
        #expect(program.look(0x4f) == ["_ZN5shape5outerEv /home/test/include/inner.h:9:7"])
        #expect(program.look(0x50) != nil)
        #expect(program.look(0x60) == ["inner :0:0"])
        #expect(program.look(0x70) == [])
        #expect(program.look(.max) == [])
    }

    @Test func manyAddresses_areFoundInOneWalk() throws {
        let program = TestProgram()
        let addresses = (0..<0x80).map { UInt64($0) }
        let together = try #require(TestProgram.look(program.sections, addresses))
        for address in addresses { #expect(together.lines[Int(address)] == program.look(address)) }
        let one = try #require(TestProgram.look(program.sections, [0x28]))
        #expect(together.steps < one.steps * 40)
    }

    @Test func nothingThere_isNothingFound() {
        #expect(TestProgram.look([:], [0x28]) == nil)
        #expect(TestProgram.look(["info": [1, 2, 3]], [0x28]) == nil)
        #expect(TestProgram.look(["info": [1, 2, 3], "abbrev": [0]], [0x28])?.lines == [[]])
    }

    @Test func capacity_isAsManyAddresses() throws {
        let program = TestProgram()
        try program.sections["info"]!.withUnsafeBytes { info in
            try program.sections["abbrev"]!.withUnsafeBytes { abbreviations in
                let sections = DebugSections {
                    "\($0)" == "info" ? info : "\($0)" == "abbrev" ? abbreviations : UnsafeRawBufferPointer(start: nil, count: 0)
                }
                guard var finder = SourceFinder(sections, capacity: 1) else { throw Refusal() }
                #expect(finder.add(0x28) == 0)
                #expect(finder.add(0x28) == nil)
                finder.locate()
                var count = 0
                #expect(finder.forEachFrame(0) { _ in count += 1 })
                #expect(count == 3)
                #expect(!finder.forEachFrame(1) { _ in count += 1 })
                #expect(!finder.forEachFrame(-1) { _ in count += 1 })
                #expect(count == 3)
            }
        }
    }

    struct Refusal: Error {}

    // MARK: What does not hold together

    @Test func originsInACircle_haveNoName() {
        for version in 4...5 {
            let program = TestProgram { $0.version = version }
            // The place of the inlined entry for `middle`: its own origin.
            let bytes = program.sections["info"]!
            for offset in 0..<bytes.count {
                let changed = TestProgram {
                    $0.version = version
                    $0.originOfMiddle = offset
                }
                let found = changed.look(0x28)
                #expect(found?.count == 3)
                #expect(found?.last?.hasPrefix("_ZN5shape5outerEv") == true)
            }
        }
    }

    @Test(arguments: [(0, 1, 13), (14, 0, 13), (14, 1, 0), (14, 1, 1), (14, 255, 13), (255, 1, 13), (14, 1, 255)])
    func lineHeaders_atTheirExtremes(lineRange: Int, minimumStep: Int, opcodeBase: Int) {
        for version in 4...5 {
            let program = TestProgram {
                $0.version = version
                $0.lineRange = lineRange
                $0.minimumStep = minimumStep
                $0.opcodeBase = opcodeBase
            }
            // Functions do not depend on lines.
            #expect(program.look(0x28)?.count == 3)
            #expect(program.look(0x28)?[0].hasPrefix("inner ") == true)
            if lineRange == 0 || opcodeBase == 0 { #expect(program.look(0x28)?[0] == "inner :0:0") }
        }
    }

    @Test func unitsWithoutContents_areSteppedOver() {
        for version in 4...5 {
            let program = TestProgram { $0.version = version }
            var sections = program.sections
            // Lengths of 0 and 1 before the unit: references within it are relative to it, those of others to the section.
            sections["info"] = [0, 0, 0, 0, 1, 0, 0, 0, 7] + program.sections["info"]!
            #expect(TestProgram.look(sections, [0x28])?.lines[0] == program.look(0x28))
            sections["info"] = [UInt8](repeating: 0, count: 4000) + program.sections["info"]!
            #expect(TestProgram.look(sections, [0x28])?.lines[0] == program.look(0x28))
        }
    }

    /// Every byte of every section at every extreme, and every section cut off anywhere: never a crash, never more steps than stated.
    @Test(arguments: programs.indices) func damage_isUnknownAtMost(index: Int) throws {
        let sections = SourceTests.programs[index].sections
        let addresses: [UInt64] = [0, 0x10, 0x28, 0x40, 0x60, 0xffff_ffff, .max]
        for (name, bytes) in sections {
            for offset in bytes.indices {
                for value in [0, 1, 0x7f, 0x80, 0xfe, 0xff] as [UInt8] {
                    var changed = sections
                    changed[name]![offset] = value
                    let result = try #require(TestProgram.look(changed, addresses))
                    #expect(result.steps <= result.limit + 1000)
                }
                var cut = sections
                cut[name] = Array(bytes[..<offset])
                if let result = TestProgram.look(cut, addresses) { #expect(result.steps <= result.limit + 1000) }
            }
        }
    }

    /// Ten thousand units that all say they have the same long list of ranges: the walk ends where the steps do.
    @Test func sharedLists_areWalkedWithinTheBound() throws {
        var info = SectionBytes()
        for _ in 0..<10_000 {
            info.unit(width: 4) { unit in
                unit.u16(4)
                unit.u32(0)
                unit.u8(4)
                unit.u8(1)
                unit.u32(0)
            }
        }
        var ranges = SectionBytes()
        for number in 0..<10_000 {
            ranges.u32(0x1000 + number)
            ranges.u32(0x1001 + number)
        }
        let abbreviations: [UInt8] = [1, 0x11, 0, 0x55, 0x17, 0, 0, 0]
        let sections = ["info": info.bytes, "ranges": ranges.bytes, "abbrev": abbreviations]
        let result = try #require(TestProgram.look(sections, [0x10]))
        #expect(result.steps <= result.limit + 1000)
        #expect(result.limit < 2_000_000)
    }

    /// Numbers with a million bytes, and a string with as many, that each look-up would walk again.
    @Test func longNumbersAndStrings_costTheirLength() throws {
        for version in 4...5 {
            var program = TestProgram { $0.version = version }.sections
            let padding = [UInt8](repeating: 0x80, count: 1_000_000)
            for (name, bytes) in program {
                for offset in stride(from: 4, to: bytes.count, by: 3) {
                    var changed = program
                    changed[name] = Array(bytes[..<offset]) + padding + [0] + Array(bytes[offset...])
                    let result = try #require(TestProgram.look(changed, [0x10, 0x28, 0x28, 0x28]))
                    #expect(result.steps <= result.limit + 100_000)
                }
            }
            program["str"] = [UInt8](repeating: 0x61, count: 100_000)
            let found = try #require(TestProgram.look(program, [0x28]))
            #expect(found.lines[0].allSatisfy { $0.utf8.count < 5000 })
        }
    }
}
