// The lines of a backtrace, byte by byte: with source lines, without, with names that are not printable.

import DebugInformation
import Testing
import WasmModule

@Suite struct WriterTests {
    /// A module of one function of 0x80 bytes, with the debug sections of a program.
    static func module(_ sections: [String: [UInt8]]) -> [UInt8] {
        var bytes = SectionBytes()
        bytes.bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0]
        let body = [UInt8](repeating: 1, count: 0x7e)
        bytes.u8(10)
        bytes.uleb(body.count + 5)
        bytes.u8(1)
        bytes.uleb(body.count + 2)
        bytes.u8(0)
        bytes.bytes += body
        bytes.u8(0x0b)
        for (name, contents) in sections {
            var section = SectionBytes()
            section.uleb(name.utf8.count + 7)
            section.bytes += Array(".debug_\(name)".utf8) + contents
            bytes.u8(0)
            bytes.uleb(section.bytes.count)
            bytes.bytes += section.bytes
        }
        return bytes.bytes
    }

    struct Line {
        var offset: Int
        var function: String?
        var module: String?
    }

    /// The lines for frames, whose offsets are in the code section.
    static func text(_ sections: [String: [UInt8]], _ lines: [Line], first: Int = 0) throws -> String {
        let bytes = module(sections)
        var text: [UInt8] = []
        try bytes.withUnsafeBytes { raw in
            let image = try ModuleImage.decode(raw)
            let start = Int(image.codeSection.offset)
            var writer = BacktraceWriter(image, frameCount: lines.count)
            for line in lines { writer.add(moduleOffset: line.offset < 0 ? -1 : start + line.offset) }
            writer.locate()
            for (position, line) in lines.enumerated() {
                var function = line.function ?? ""
                var module = line.module ?? ""
                function.withUTF8 { function in
                    module.withUTF8 { module in
                        writer.write(
                            number: first + position, position: position, functionIndex: 7,
                            functionName: line.function == nil ? nil : UnsafeRawBufferPointer(function),
                            moduleName: line.module == nil ? nil : UnsafeRawBufferPointer(module),
                            moduleOffset: line.offset < 0 ? -1 : start + line.offset
                        ) { text.append($0) }
                    }
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    @Test(arguments: [4, 5]) func framesWithInformation_haveTheirSource(version: Int) throws {
        let program = TestProgram { $0.version = version }
        let text = try WriterTests.text(
            program.sections,
            [Line(offset: 0x28, function: "other"), Line(offset: 0x10), Line(offset: 0x60), Line(offset: 0x75, function: "f")], first: 9)
        #expect(
            text == """

                    9:     0x3d - inner
                                    at /home/test/include/inner.h:4:7
                                - middle
                                    at /home/test/include/inner.h:20:4
                                - shape::outer()
                                    at /home/test/test.c:30:3
                   10:     0x25 - shape::outer()
                                    at /home/test/test.c:10:2
                   11:     0x75 - inner
                   12:     0x8a - f
                """)
    }

    @Test func framesWithoutInformation_haveWhatTheNameSectionSays() throws {
        let text = try WriterTests.text(
            [:],
            [
                Line(offset: 0x28), Line(offset: 0x28, module: "m.wasm"), Line(offset: -1, function: "_ZN1a1bEv", module: "m.wasm"),
                Line(offset: 0x28, function: "a\u{1b}[31mé", module: "\n"),
            ])
        #expect(
            text == """

                    0:     0x3d - <wasm function 7>
                    1:     0x3d - m.wasm!<wasm function 7>
                    2:        ? - m.wasm!a::b()
                    3:     0x3d - ?!a?[31m??
                """)
    }

    @Test func allLines_areIndented() throws {
        #expect(try WriterTests.text([:], [Line(offset: 0x28)], first: 16_777_215) == "\n  16777215:     0x3d - <wasm function 7>")
    }

    @Test func leftOutFrames_areCounted() {
        var text: [UInt8] = []
        BacktraceWriter.write(leftOut: 1) { text.append($0) }
        BacktraceWriter.write(leftOut: 65_486) { text.append($0) }
        #expect(String(decoding: text, as: UTF8.self) == "\n       ... 1 frame left out\n       ... 65486 frames left out")
    }
}
