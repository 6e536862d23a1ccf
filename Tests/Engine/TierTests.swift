// Tiers: when functions are handed to whoever keeps machine code, and what happens when nobody takes it. No machine code runs here; the suite
// `native` runs it.

import Testing
import WasmEngine
import WasmModule
import WasmText

/// Takes no code, and counts what it was offered.
private final class Refuser {
    var offered = 0

    var provider: NativeCodeProvider {
        NativeCodeProvider(
            context: Unmanaged.passUnretained(self).toOpaque(),
            place: { context, _ in
                Unmanaged<Refuser>.fromOpaque(context!).takeUnretainedValue().offered += 1
                return nil
            }, release: { _, _, _ in }, run: { _ in })
    }

    func config(_ tier: Tier, threshold: UInt16 = 1) -> Config {
        var config = Config()
        config.tier = tier
        config.tierThreshold = threshold
        config.nativeCode = provider
        return config
    }
}

@Suite struct TierTests {
    static let text = """
        (module
          (func $step (param i32) (result i32) (i32.mul (i32.add (local.get 0) (i32.const 7)) (i32.const 31)))
          (func (export "step") (param i32) (result i32) (call $step (local.get 0)))
          (func (export "loop") (param $n i32) (result i32) (local $x i32)
            (loop $l
              (local.set $x (call $step (local.get $x)))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $x)))
        """

    @Test(arguments: [UInt16(1), 2, 100, 1000]) func auto_offersAFunctionAtItsThresholdAndOnce(threshold: UInt16) throws {
        let refuser = Refuser()
        let guest = try Guest(TierTests.text, refuser.config(.auto, threshold: threshold))
        for _ in 1..<threshold { _ = try guest.i32("step", 1) }
        #expect(refuser.offered == 0)
        // The export and the function it calls.
        _ = try guest.i32("step", 1)
        #expect(refuser.offered == 2)
        for _ in 0..<70_000 { _ = try guest.i32("step", 1) }
        #expect(refuser.offered == 2)
    }

    @Test func auto_countsTurnsOfLoops() throws {
        let refuser = Refuser()
        let guest = try Guest(TierTests.text, refuser.config(.auto, threshold: 1000))
        _ = try guest.i32("loop", 998)
        #expect(refuser.offered == 0)
        _ = try guest.i32("loop", 1)
        // An entry is counted, and so is the first turn: the loop's function has 999 + 2, the other 999.
        #expect(refuser.offered == 1)
    }

    @Test func refusedCode_changesNothing() throws {
        let expected = try Guest(TierTests.text).i32("loop", 100_000)
        for tier in [Tier.threaded, .native, .auto] {
            let refuser = Refuser()
            #expect(try Guest(TierTests.text, refuser.config(tier)).i32("loop", 100_000) == expected)
            // Under `auto` the export `step` is never entered.
            #expect(refuser.offered == (tier == .threaded ? 0 : tier == .native ? 3 : 2))
        }
    }

    @Test func withoutAProvider_everyTierIsThreaded() throws {
        for tier in [Tier.native, .auto] {
            var config = Config()
            config.tier = tier
            config.tierThreshold = 1
            #expect(try Guest(TierTests.text, config).i32("loop", 100) == Guest(TierTests.text).i32("loop", 100))
        }
    }

    @Test(arguments: [UInt16(0), 1, .max - 1, .max]) func thresholdsAtTheirExtremes_areThresholds(threshold: UInt16) throws {
        for seed in [UInt64(0), 1, .max] {
            let refuser = Refuser()
            var config = refuser.config(.auto, threshold: threshold)
            config.tierSeed = seed
            let guest = try Guest(TierTests.text, config)
            _ = try guest.i32("loop", 200_000)
            // The loop and what it calls; the export `step` was never entered.
            #expect(refuser.offered == 2)
        }
    }

    @Test func aSeed_givesEachFunctionItsOwnThreshold() throws {
        func offers(seed: UInt64) throws -> [Int] {
            let refuser = Refuser()
            var config = refuser.config(.auto, threshold: 50)
            config.tierSeed = seed
            let guest = try Guest(TierTests.text, config)
            return try (0..<60).map { _ in
                _ = try guest.i32("step", 1)
                return refuser.offered
            }
        }
        let first = try offers(seed: 7)
        #expect(try first == offers(seed: 7))
        #expect(first.contains(1))
        #expect(first.last == 2)
    }

    /// Compiling cannot be ended, so that it must not take long.
    @Test func aHugeFunction_isNotCompiled() throws {
        let body = String(repeating: "(local.set 0 (i32.mul (i32.xor (local.get 0) (i32.const 77)) (i32.const 31)))", count: 60_000)
        let text = "(module (func (export \"huge\") (param i32) (result i32) \(body) (local.get 0)))"
        let expected = try Guest(text).i32("huge", 3)
        let refuser = Refuser()
        let guest = try Guest(text, refuser.config(.auto))
        for _ in 0..<3 { #expect(try guest.i32("huge", 3) == expected) }
        #expect(refuser.offered == 0)
    }
}
