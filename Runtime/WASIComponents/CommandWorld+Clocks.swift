// wasi:clocks: the wall clock and the monotonic clock.
import ComponentRuntime
import Containers
import FileSystems
import WASI
import WasmEngine

extension CommandWorld {
    func defineClocks(_ linker: ComponentLinker) {
        define(
            linker, "wasi:clocks/wall-clock",
            [
                (
                    "now", "->datetime",
                    { (world, call) throws(ComponentTrap) in
                        CommandWorld.putDate(world.platform.time(of: .realtime) ?? 0, call, at: call.results)
                    }
                ),
                (
                    "resolution", "->datetime",
                    { (world, call) throws(ComponentTrap) in
                        CommandWorld.putDate(world.platform.resolution(of: .realtime) ?? 1, call, at: call.results)
                    }
                ),
            ])
        define(
            linker, "wasi:clocks/monotonic-clock", resources: [type("pollable")],
            [
                ("now", "->u64", { (world, call) throws(ComponentTrap) in call.put(world.platform.time(of: .monotonic) ?? 0, 8) }),
                (
                    "resolution", "->u64",
                    { (world, call) throws(ComponentTrap) in call.put(world.platform.resolution(of: .monotonic) ?? 1, 8) }
                ),
                (
                    "subscribe-instant", "u64->own",
                    { (world, call) throws(ComponentTrap) in call.put(try world.add(.pollable(.deadline(call.u64(0)))), 4) }
                ),
                (
                    "subscribe-duration", "u64->own",
                    { (world, call) throws(ComponentTrap) in
                        let now = world.platform.time(of: .monotonic) ?? 0
                        let (deadline, isOverflowing) = now.addingReportingOverflow(call.u64(0))
                        call.put(try world.add(.pollable(.deadline(isOverflowing ? .max : deadline))), 4)
                    }
                ),
            ])
    }

    /// Writes a `datetime` at an address.
    static func putDate(_ nanoseconds: UInt64, _ call: HostCall, at address: UInt64) {
        call.write(nanoseconds / 1_000_000_000, 8, at: address)
        call.write(nanoseconds % 1_000_000_000, 4, at: address + 8)
    }
}
