// Value stacks: how many activations fit, where the stack comes from, and that nothing is touched outside of it.

import Glibc
import Testing
import WasmEngine
import WasmModule
import WasmText

/// Counts the activations of a recursion that ends with a trap.
private func activations(_ settings: Config) throws -> Int32? {
    let text = """
        (module (global $n (export "n") (mut i32) (i32.const 0))
          (func $f (export "f") (global.set $n (i32.add (global.get $n) (i32.const 1))) (call $f)))
        """
    let guest = try Guest(text, settings)
    #expect(guest.trap("f")?.code == .stackOverflow)
    guard case .global(let count)? = guest.instance.export("n"), case .i32(let value) = count.value else { return nil }
    return value
}

/// Stacks that end where a page begins that nobody may touch.
private final class GuardedStacks {
    var live: [UnsafeMutableRawPointer: Int] = [:]
    var reserved = 0
    /// Refuses from this reservation on.
    var grants = Int.max

    static let pageByteCount = 4096

    var provider: StackProvider {
        StackProvider(
            context: Unmanaged.passUnretained(self).toOpaque(),
            reserve: { context, byteCount in
                let stacks = Unmanaged<GuardedStacks>.fromOpaque(context!).takeUnretainedValue()
                guard stacks.reserved < stacks.grants else { return nil }
                stacks.reserved += 1
                let usable = (byteCount + GuardedStacks.pageByteCount - 1) & -GuardedStacks.pageByteCount
                let total = usable + 2 * GuardedStacks.pageByteCount
                guard let start = mmap(nil, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start != MAP_FAILED else { return nil }
                mprotect(start + GuardedStacks.pageByteCount, usable, PROT_READ | PROT_WRITE)
                // Its end is the guard's beginning.
                let base = start + GuardedStacks.pageByteCount + (usable - byteCount)
                stacks.live[base] = byteCount
                return base
            },
            release: { context, base, byteCount in
                let stacks = Unmanaged<GuardedStacks>.fromOpaque(context!).takeUnretainedValue()
                #expect(stacks.live.removeValue(forKey: base) == byteCount)
            })
    }
}

@Suite struct StackTests {
    @Test(arguments: [0, 1, 2, 3, 100]) func callDepth_isTheNumberOfActivations(depth: Int) throws {
        var settings = Config()
        settings.maximumCallDepth = depth
        #expect(try activations(settings) == Int32(depth))
    }

    @Test func callDepthZero_trapsWithTheFunctionAsItsBacktrace() throws {
        var settings = Config()
        settings.maximumCallDepth = 0
        let guest = try Guest("(module (func $f (export \"f\") (param i32) (result i32) (local.get 0)))", settings)
        let trap = guest.trap("f", 7)
        #expect(trap?.code == .stackOverflow)
        #expect(trap?.names == ["f"])
        #expect(trap?.backtrace.first?.moduleOffset == -1)
        let execution = try #require(try guest.function("f").prepare([.i32(1)]))
        guard case .trapped(let first) = execution.resume() else { Issue.record("no trap"); return }
        #expect(first.code == .stackOverflow)
        #expect(execution.results.isEmpty)
        // The start function is a call like any other.
        do {
            _ = try Guest("(module (func $s) (start $s))", settings)
            Issue.record("started")
        } catch {
            guard case .trap(let trap)? = error as? InstantiationError else { Issue.record("\(error)"); return }
            #expect(trap.code == .stackOverflow)
        }
    }

    @Test(arguments: [0, 16, 31, 32, 4096, 4097]) func stackByteCount_ofAnySize_isDefined(byteCount: Int) throws {
        var settings = Config()
        settings.stackByteCount = byteCount
        #expect(try activations(settings) == Int32(byteCount / 32))
    }

    /// Calls back into the guest until even the first frame has no room: a trap, whatever lay on the stack before.
    @Test(arguments: [1024, 4096, 8192]) func callsBack_atTheStacksEnd_trap(byteCount: Int) throws {
        var settings = Config()
        settings.stackByteCount = byteCount
        settings.maximumHostNesting = 1 << 16
        let text = """
            (module (import "env" "again" (func $again (param i32)))
              (func $f (export "f") (param i32) (call $again (local.get 0))))
            """
        let guest = try Guest(text, settings) { linker, _ in
            linker.defineFunction(module: "env", name: "again", type: FunctionType(parameters: [.i32])) { caller, values in
                guard case .function(let function)? = caller.export("f") else { return .trap(.hostError) }
                return trap(of: function, [.i32(Int32(truncatingIfNeeded: values[0]))]).map { .trap($0.code) } ?? .done
            }
        }
        #expect(guest.trap("f", 1)?.code == .stackOverflow)
    }

    @Test func stacks_comeFromTheProviderAndGoBackToIt() throws {
        let stacks = GuardedStacks()
        var settings = Config()
        settings.stackProvider = stacks.provider
        settings.stackByteCount = 256 << 10
        // Small frames, and frames as large as go unchecked, up to the end; an exception with all of the stack to look at.
        let locals = String(repeating: " i64", count: 4000)
        let text = """
            (module (tag $e (param i64))
              (func $small (export "small") (call $small))
              (func $large (export "large") (param i32) (local\(locals)) (local.set 4000 (i64.const 1)) (call $large (local.get 0)))
              (func (export "throws") (param i32) (result i32)
                (loop $l
                  (block $h (result i64) (try_table (catch $e $h) (throw $e (i64.const 9))) (unreachable))
                  (drop)
                  (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get 0)))
            """
        do {
            let guest = try Guest(text, settings)
            #expect(guest.trap("small")?.code == .stackOverflow)
            #expect(guest.trap("large", 1)?.code == .stackOverflow)
            #expect(try guest.i32("throws", 50_000) == 0)
            #expect(stacks.reserved == 3)
            #expect(stacks.live.isEmpty)
            stacks.grants = 3
            #expect(guest.trap("small")?.code == .outOfMemory)
            #expect(try guest.function("small").prepare() == nil)
        }
        #expect(stacks.live.isEmpty)
    }
}
