// The init manifest: what it means, and the line and words of each error.
import KernelCore
import Testing

private func parse(_ text: String) throws -> Manifest {
    let bytes = Array(text.utf8)
    let result: Result<Manifest, ManifestError> = bytes.withUnsafeBytes { buffer in
        do throws(ManifestError) { return .success(try ManifestParser.parse(buffer)) } catch { return .failure(error) }
    }
    return try result.get()
}

private func message(_ text: String) -> String {
    do {
        _ = try parse(text)
        return "no error"
    } catch let error as ManifestError {
        var buffer = TextBuffer()
        error.render(into: &buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    } catch {
        return "another error"
    }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite struct ManifestTests {
    @Test func statements_fillTheProgram() throws {
        let manifest = try parse(
            """
            # comment
            log info
            deterministic 42
            slice 5
            shell
            program a programs/a.wasm   # another
                argument one "two words" "\\x41\\n"
                argument a#not # a comment
                environment A=1 B=x=y
                directory . / read-only
                directory data /data shared
                directory tmp /tmp
                directory out /out saved
                directory d /d saved
                limit memory 16M
                limit fuel 1000
                limit wall-time 0.25
                limit processor-time none
                stdout pipe p
                priority high
                restart on-failure
                trace
            program b b.wat
                argv0 zero
                stdin pipe p
                stderr null
                terminal stdout stderr
                after a
                invoke f
                directory out /other saved

            """)
        #expect(manifest.logLevel == .info)
        #expect(manifest.deterministicSeed == 42)
        #expect(manifest.sliceNanoseconds == 5_000_000)
        #expect(manifest.startsShell)
        #expect(manifest.programs.count == 2)
        let first = manifest.programs[0]
        #expect(text(first.argument0) == "a.wasm")
        #expect(first.arguments.map(text) == ["one", "two words", "A\n", "a#not"])
        #expect(first.environment.map(text) == ["A=1", "B=x=y"])
        #expect(first.directories.map(\.mode) == [.readOnly, .sharedLayer, .privateLayer, .savedLayer, .savedLayer])
        #expect(manifest.savedDirectories.map(text) == ["out", "d"])
        #expect(first.limits.memoryByteCount == 16 << 20)
        #expect(first.limits.fuel == 1000)
        #expect(first.limits.wallNanoseconds == 250_000_000)
        #expect(first.limits.processorNanoseconds == .max)
        #expect(first.limits.callDepth == nil)
        #expect(first.streams[1] == .pipe(name: Array("p".utf8)))
        #expect(first.priority == .high)
        #expect(first.restart == .onFailure)
        #expect(first.isTraced)
        let second = manifest.programs[1]
        #expect(text(second.argument0) == "zero")
        #expect(second.streams[2] == .null)
        #expect(second.terminals == [false, true, true])
        #expect(second.after.map(text) == ["a"])
        #expect(second.invoke.map(text) == "f")
    }

    @Test(arguments: [
        ("\n\nfrobnicate", "manifest:3: unknown statement: frobnicate"),
        ("argument x", "manifest:1: this statement belongs to a program; begin one with: program NAME PATH: argument"),
        ("program a a.wasm\nlog info", "manifest:2: this statement belongs before the first program: log"),
        ("program a a.wasm\nprogram a b.wasm", "manifest:2: there is a program of this name already: a"),
        ("program a a.wasm\nlimit memory 12X", "manifest:2: an amount is a decimal number with K, M or G, or none: 12X"),
        ("program a a.wasm\nlimit memory 99999999999999999999", "manifest:2: this number is too large: 99999999999999999999"),
        ("program a a.wasm\nlimit memory 99999999999999G", "manifest:2: this number is too large: 99999999999999G"),
        ("program a a.wasm\nargument \"open", "manifest:2: this quoted word is not closed: open"),
        ("program a a.wasm\nargument \"a\"b", "manifest:2: a blank must follow a quoted word: a"),
        ("program a a.wasm\nargument \"\\x00\"", "manifest:2: a NUL byte"),
        ("program a a.wasm\nargument \"\\q\"", "manifest:2: unknown escape; there are \\\" \\\\ \\n \\r \\t \\xHH: q"),
        ("program a a.wasm\nstdin pipe p", "manifest:1: nobody writes to this pipe: p"),
        ("program a a.wasm\nstdout pipe p", "manifest:1: nobody reads from this pipe: p"),
        ("program a a.wasm\nafter b", "manifest:1: after an unknown program: b"),
        ("program a a.wasm\nafter b\nprogram b b.wasm\nafter a", "manifest:1: this program waits for itself: a"),
        ("program a a.wasm\nenvironment X", "manifest:2: environment takes NAME=VALUE: X"),
        ("slice 0", "manifest:1: a slice has 1 to 10000 milliseconds: 0"),
    ])
    func errors_nameLineAndReason(_ text: String, _ expected: String) {
        #expect(message(text) == expected)
    }

    @Test func truncations_neverCrash() {
        let whole = "log info\nprogram a \"a b\\x41\" # c\n  limit wall-time 1.5\r\n directory . / shared\n  stdin file \"x\"\n"
        for count in 0...whole.utf8.count { _ = message(String(whole.prefix(count))) }
        var state: UInt64 = 1
        for _ in 0..<20_000 {
            var bytes = Array(whole.utf8)
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 56)
            }
            bytes.withUnsafeBytes { buffer in _ = try? ManifestParser.parse(buffer) }
        }
    }
}
