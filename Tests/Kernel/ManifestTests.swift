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
                limit memory 16MiB
                limit fuel 1000
                limit wall-time 250ms
                limit processor-time none
                stdout pipe p
                priority high
                restart on-failure
                trace
                bad-addresses error
            program b b.wat
                bad-addresses trap
                argv0 zero
                stdin pipe p
                stderr null
                terminal stdout stderr
                after a
                invoke f
                directory out /other saved
            save d "e e"

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
        #expect(manifest.savedDirectories.map(text) == ["out", "d", "e e"])
        #expect(first.limits.memoryByteCount == 16 << 20)
        #expect(first.limits.fuel == 1000)
        #expect(first.limits.wallNanoseconds == 250_000_000)
        #expect(first.limits.processorNanoseconds == .max)
        #expect(first.limits.callDepth == nil)
        #expect(first.streams[1] == .pipe(name: Array("p".utf8)))
        #expect(first.priority == .high)
        #expect(first.restart == .onFailure)
        #expect(first.isTraced)
        #expect(first.answersBadAddresses && !manifest.programs[1].answersBadAddresses)
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
        ("program a a.wasm\nlimit memory 12X", "manifest:2: an amount is a decimal number with K, M or G (KiB, MiB, GiB), or none: 12X"),
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
        ("program a a.wasm\nprogram b b.wasm\nafter a a\nprogram b b", "manifest:4: there is a program of this name already: b"),
        ("program a a\nstdin pipe p\nprogram b b\nstdin pipe p", "manifest:1: nobody writes to this pipe: p"),
        ("program a a\nafter b\nprogram b b\nrestart always", "manifest:1: after a program that never ends: b"),
        ("program a a\nafter a", "manifest:1: this program waits for itself: a"),
        ("program a", "manifest:1: program takes a name and the path of an image"),
        ("program a a a", "manifest:1: program takes a name and the path of an image"),
        ("program \"a b\" a", "manifest:1: a program's name has no blanks: a b"),
        ("program a a\nstdin console x", "manifest:2: a stream is console, null, file PATH or pipe NAME: console"),
        ("program a a\nstdin file x y", "manifest:2: a stream is console, null, file PATH or pipe NAME: file"),
        ("program a a\ndirectory a b c d", "manifest:2: directory takes a source, a guest name and a mode"),
        ("program a a\nargument \"\\x4", "manifest:2: \\x needs two hexadecimal digits"),
    ])
    func errors_nameLineAndReason(_ text: String, _ expected: String) {
        #expect(message(text) == expected)
    }

    /// What `limit` says to an amount: a number for what it understood, else the reason.
    private func limit(_ what: String, _ amount: String) -> String {
        do {
            let limits = try parse("program a a\nlimit \(what) \(amount)").programs[0].limits
            let values = [
                limits.memoryByteCount, limits.pageByteCount, limits.tableElementCount, limits.callDepth, limits.openFileCount,
                limits.fileByteCount, limits.fuel, limits.processorNanoseconds, limits.wallNanoseconds,
            ]
            return values.compactMap { $0 }.map { "\($0)" }.joined(separator: " ")
        } catch { return message("program a a\nlimit \(what) \(amount)") }
    }

    @Test(arguments: ["memory", "table-elements", "call-depth", "open-files", "file-bytes", "fuel"])
    func sizes_atTheirExtremes(_ what: String) {
        let notANumber = "manifest:2: an amount is a decimal number with K, M or G (KiB, MiB, GiB), or none"
        let tooLarge = "manifest:2: this number is too large"
        for (amount, expected) in [
            ("0", "0"), ("00", "0"), ("0K", "0"), ("1", "1"), ("1K", "1024"), ("3G", "3221225472"), ("3GiB", "3221225472"),
            ("1KiB", "1024"),
            ("KiB", "\(notANumber): KiB"), ("1iB", "\(notANumber): 1iB"), ("1KB", "\(notANumber): 1KB"), ("none", "18446744073709551615"),
            ("18446744073709551615", "18446744073709551615"), ("18446744073709551614", "18446744073709551614"),
            ("18446744073709551616", "\(tooLarge): 18446744073709551616"), ("18014398509481983K", "18446744073709550592"),
            ("18014398509481984K", "\(tooLarge): 18014398509481984K"), ("17179869183G", "18446744072635809792"),
            ("17179869184G", "\(tooLarge): 17179869184G"), ("99999999999999999999K", "\(tooLarge): 99999999999999999999K"),
            ("\"\"", notANumber), ("K", "\(notANumber): K"), ("-1", "\(notANumber): -1"), ("+1", "\(notANumber): +1"),
            ("1KK", "\(notANumber): 1KK"), ("1k", "\(notANumber): 1k"), ("1.5K", "\(notANumber): 1.5K"), ("0x10", "\(notANumber): 0x10"),
            ("99999999999999999999x", "\(notANumber): 99999999999999999999x"), ("None", "\(notANumber): None"),
        ] { #expect(limit(what, amount) == expected, "\(what) \(amount)") }
    }

    @Test func pages_belowWhatAProcessNeeds_areRefused() {
        let reason = "manifest:2: no process can begin with less than 128K of pages"
        for amount in ["0", "1", "4K", "127K", "131071"] { #expect(limit("pages", amount) == "\(reason): \(amount)") }
        #expect(limit("pages", "128K") == "131072")
        #expect(limit("pages", "none") == "18446744073709551615")
    }

    @Test(arguments: ["processor-time", "wall-time"])
    func times_atTheirExtremes(_ what: String) {
        let notATime = "manifest:2: a time is decimal seconds, such as 30 or 0.5, or a number with ms, s, m or h"
        let tooLarge = "manifest:2: this number is too large"
        for (amount, expected) in [
            ("0", "0"), ("0.0", "0"), ("0.000000001", "1"), ("1", "1000000000"), ("0.5", "500000000"), ("none", "18446744073709551615"),
            ("999999999.999999999", "999999999999999999"), ("1000000000", "\(tooLarge): 1000000000"),
            ("18446744073709551616", "\(tooLarge): 18446744073709551616"), ("1.2.3", "\(notATime): 1.2.3"), ("1.", "\(notATime): 1."),
            (".5", "\(notATime): .5"), (".", "\(notATime): ."), ("..", "\(notATime): .."), ("\"\"", notATime),
            ("0.0000000001", "\(notATime): 0.0000000001"), ("-1", "\(notATime): -1"), ("1s", "1000000000"), ("500ms", "500000000"),
            ("0.001ms", "1000"), ("1.5m", "90000000000"), ("2h", "7200000000000"), ("999999999s", "999999999000000000"),
            ("16666666m", "999999960000000000"), ("16666667m", "\(tooLarge): 16666667m"), ("999999999h", "\(tooLarge): 999999999h"),
            ("ms", "\(notATime): ms"), ("1sm", "\(notATime): 1sm"), ("1.s", "\(notATime): 1.s"),
            ("s", "\(notATime): s"), ("1e3", "\(notATime): 1e3"), ("0.5x", "\(notATime): 0.5x"),
        ] { #expect(limit(what, amount) == expected, "\(what) \(amount)") }
    }

    @Test func seedsAndSlices_atTheirExtremes() throws {
        #expect(try parse("deterministic 0").deterministicSeed == 0)
        #expect(try parse("deterministic 18446744073709551615").deterministicSeed == .max)
        #expect(message("deterministic 18446744073709551616") == "manifest:1: this number is too large: 18446744073709551616")
        #expect(try parse("shell").tier == nil)
        var tier = ManifestTier(.auto)
        #expect(try parse("tier auto").tier == tier)
        #expect(try parse("tier threaded").tier == ManifestTier(.threaded))
        #expect(try parse("tier native").tier == ManifestTier(.native))
        (tier.threshold, tier.seed) = (65535, .max)
        #expect(try parse("tier auto 65535 18446744073709551615").tier == tier)
        (tier.threshold, tier.seed) = (1, 0)
        #expect(try parse("tier auto 1 0").tier == tier)
        #expect(message("tier") == "manifest:1: tier takes threaded, native or auto")
        #expect(message("tier fast") == "manifest:1: tier takes threaded, native or auto: fast")
        for bad in ["0", "65536", "18446744073709551615"] {
            #expect(message("tier auto \(bad)") == "manifest:1: a threshold is a number from 1 to 65535: \(bad)")
        }
        #expect(message("tier auto 1 2 3") == "manifest:1: tier takes a kind, a threshold and a seed")
        #expect(message("deterministic -1") == "manifest:1: the seed is no decimal number: -1")
        #expect(message("deterministic") == "manifest:1: deterministic takes a seed")
        #expect(try parse("slice 10000").sliceNanoseconds == 10_000_000_000)
        #expect(message("slice 10001") == "manifest:1: a slice has 1 to 10000 milliseconds: 10001")
        #expect(message("slice 18446744073709551615") == "manifest:1: a slice has 1 to 10000 milliseconds: 18446744073709551615")
    }

    /// Each bound: just met, and exceeded by one.
    @Test func bounds_refuseWithTheLine() throws {
        let begin = "program a a\n"
        let word = String(repeating: "x", count: ManifestLimits.wordByteCount)
        #expect(try parse(begin + "argument \(word)").programs[0].arguments[0].count == ManifestLimits.wordByteCount)
        #expect(message(begin + "argument \(word)x") == "manifest:2: a word has at most 128K: \(word.prefix(60))...")
        #expect(message(begin + "argument \"\(word)x\"") == "manifest:2: a word has at most 128K: \(word.prefix(60))...")
        #expect(message(begin + "frob\(word.dropLast(4))") == "manifest:2: unknown statement: frob\(word.prefix(56))...")
        let arguments = "argument" + String(repeating: " x", count: ManifestLimits.argumentCount)
        #expect(try parse(begin + arguments).programs[0].arguments.count == ManifestLimits.argumentCount)
        #expect(message(begin + arguments + " x") == "manifest:2: a program has at most 262144 arguments and variables")
        #expect(message(begin + arguments + "\nenvironment A=1") == "manifest:3: a program has at most 262144 arguments and variables")
        let programs = (0..<ManifestLimits.programCount).map { "program p\($0) x\n" }.joined()
        #expect(try parse(programs).programs.count == ManifestLimits.programCount)
        #expect(message(programs + "program q x") == "manifest:4097: a manifest has at most 4096 programs")
        let after = begin + "program b b\nafter" + String(repeating: " a", count: ManifestLimits.predecessorCount)
        #expect(try parse(after).programs[1].predecessors.count == ManifestLimits.predecessorCount)
        #expect(message(after + " a") == "manifest:3: a program waits for at most 256 others")
        let saved = (0..<ManifestLimits.savedDirectoryCount).map { "directory d\($0) /\($0) saved\n" }.joined()
        #expect(try parse(begin + saved + "directory d0 /again saved").savedDirectories.count == ManifestLimits.savedDirectoryCount)
        #expect(message(begin + saved + "directory e /e saved") == "manifest:258: at most 256 directories can be saved")
        #expect(try parse("save e").savedDirectories.map(text) == ["e"])
        #expect(message("save \"\"") == "manifest:1: save takes directories of the initrd")
        #expect(message(begin + "bad-addresses no") == "manifest:2: bad-addresses takes trap or error: no")
        #expect(message("save") == "manifest:1: save takes directories of the initrd")
        let directories = String(repeating: "directory a b\n", count: ManifestLimits.directoryCount)
        #expect(message(begin + directories + "directory a b") == "manifest:16386: a manifest has at most 16384 directories")
        let comment = String(repeating: "# a comment\n", count: ManifestLimits.byteCount / 12 + 1)
        #expect(message(comment) == "manifest:\(ManifestLimits.byteCount / 12 + 1): the text is too long; a manifest has at most 8M")
    }

    @Test func memory_isCountedBeforeItIsTaken() {
        func message(_ text: String, _ memoryByteCount: Int) -> String {
            Array(text.utf8).withUnsafeBytes { bytes in
                do throws(ManifestError) {
                    _ = try ManifestParser.parse(bytes, memoryByteCount: memoryByteCount)
                    return "no error"
                } catch {
                    var buffer = TextBuffer()
                    error.render(into: &buffer)
                    return String(decoding: buffer.bytes, as: UTF8.self)
                }
            }
        }
        let text = "program a a\nargument one two three\nargument \(String(repeating: "x", count: 10_000))"
        #expect(message(text, 1 << 20) == "no error")
        #expect(message(text, 20_000) == "manifest:3: the machine has too little memory for a manifest of this size")
        #expect(message(text, 0) == "manifest:1: the machine has too little memory for a manifest of this size")
        #expect(message("log info", 0) == "no error")
    }

    @Test func chains_areOrderedQuickly() throws {
        // Each waits for the next: as many rounds as programs, if one looked at all of them in each.
        let count = ManifestLimits.programCount
        let chain = (0..<count).map { "program p\($0) x\n" + ($0 + 1 < count ? "after p\($0 + 1)\n stdout pipe q\($0)\n" : "") }.joined()
        let pipes = (0..<(count - 1)).map { "program r\($0) x\n stdin pipe q\($0)\n" }.joined()
        #expect(message(chain + pipes).contains("a manifest has at most 4096 programs"))
        let half = (0..<(count / 2)).map { number in
            "program p\(number) x\n" + (number + 1 < count / 2 ? "after p\(number + 1)\n" : "") + " stdout pipe q\(number)\n"
        }
        let readers = (0..<(count / 2)).map { "program r\($0) x\n stdin pipe q\(count / 2 - 1 - $0)\n" }
        let manifest = try parse(half.joined() + readers.joined())
        #expect(manifest.pipeCount == count / 2)
        #expect(manifest.programs[3].predecessors == [4])
        #expect(manifest.programs[0].pipeNumbers[1] == manifest.programs[count - 1].pipeNumbers[0])
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
