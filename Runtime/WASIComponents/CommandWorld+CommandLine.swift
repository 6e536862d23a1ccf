// wasi:cli and wasi:random: arguments, environment, exit, the standard streams and their terminals; random bytes.
import ComponentRuntime
import Containers
import FileSystems
import WASI
import WasmEngine

extension ComponentTrap {
    /// The end by `exit`.
    static func exit(_ code: Int32) -> ComponentTrap {
        var trap = Trap(code: .exit)
        trap.exitCode = code
        return ComponentTrap.core(trap)
    }
}

extension CommandWorld {
    func defineCommandLine(_ linker: ComponentLinker) {
        define(
            linker, "wasi:cli/environment",
            [
                (
                    "get-environment", "->list<tuple<string,string>>",
                    { (world, call) throws(ComponentTrap) in try world.getEnvironment(call) }
                ),
                ("get-arguments", "->list<string>", { (world, call) throws(ComponentTrap) in try world.getArguments(call) }),
                ("initial-cwd", "->option<string>", { (_, call) throws(ComponentTrap) in call.put(0, 1) }),
            ])
        define(
            linker, "wasi:cli/exit",
            [
                ("exit", "result<_,_>", { (_, call) throws(ComponentTrap) in throw .exit(call.u8(0) == 0 ? 0 : 1) }),
                ("exit-with-code", "u8", { (_, call) throws(ComponentTrap) in throw .exit(Int32(call.u8(0))) }),
            ])
        define(
            linker, "wasi:cli/stdin", resources: [type("input-stream")],
            [("get-stdin", "->own", { (world, call) throws(ComponentTrap) in try world.standardInput(call) })])
        define(
            linker, "wasi:cli/stdout", resources: [type("output-stream")],
            [("get-stdout", "->own", { (world, call) throws(ComponentTrap) in try world.standardOutput(call, .standardOutput) })])
        define(
            linker, "wasi:cli/stderr", resources: [type("output-stream")],
            [("get-stderr", "->own", { (world, call) throws(ComponentTrap) in try world.standardOutput(call, .standardError) })])
        define(linker, "wasi:cli/terminal-input", resources: [type("terminal-input")], [])
        define(linker, "wasi:cli/terminal-output", resources: [type("terminal-output")], [])
        define(
            linker, "wasi:cli/terminal-stdin", resources: [type("terminal-input")],
            [("get-terminal-stdin", "->option<own>", { (world, call) throws(ComponentTrap) in try world.terminal(call, .standardInput) })])
        define(
            linker, "wasi:cli/terminal-stdout", resources: [type("terminal-output")],
            [("get-terminal-stdout", "->option<own>", { (world, call) throws(ComponentTrap) in try world.terminal(call, .standardOutput) })]
        )
        define(
            linker, "wasi:cli/terminal-stderr", resources: [type("terminal-output")],
            [("get-terminal-stderr", "->option<own>", { (world, call) throws(ComponentTrap) in try world.terminal(call, .standardError) })])
        define(
            linker, "wasi:random/random",
            [
                ("get-random-bytes", "u64->list<u8>", { (world, call) throws(ComponentTrap) in try world.randomBytes(call) }),
                ("get-random-u64", "->u64", { (world, call) throws(ComponentTrap) in try world.randomNumbers(call, 1) }),
            ])
        define(
            linker, "wasi:random/insecure",
            [
                ("get-insecure-random-bytes", "u64->list<u8>", { (world, call) throws(ComponentTrap) in try world.randomBytes(call) }),
                ("get-insecure-random-u64", "->u64", { (world, call) throws(ComponentTrap) in try world.randomNumbers(call, 1) }),
            ])
        define(
            linker, "wasi:random/insecure-seed",
            [("insecure-seed", "->tuple<u64,u64>", { (world, call) throws(ComponentTrap) in try world.randomNumbers(call, 2) })])
    }

    /// () -> list<string>
    private func getArguments(_ call: HostCall) throws(ComponentTrap) {
        let list = try call.allocate(arguments.count * 8, alignment: 4)
        for index in 0..<arguments.count { try putString(arguments[index][...], call, at: list + UInt64(index * 8)) }
        call.put(list, 4)
        call.put(UInt64(arguments.count), 4, at: 4)
    }

    /// () -> list<tuple<string, string>>. What has no `=` is a name without a value.
    private func getEnvironment(_ call: HostCall) throws(ComponentTrap) {
        let list = try call.allocate(environment.count * 16, alignment: 4)
        for index in 0..<environment.count {
            let entry = environment[index]
            let end = entry.firstIndex(of: 0x3d) ?? entry.count
            try putString(entry[..<end], call, at: list + UInt64(index * 16))
            try putString(entry[min(end + 1, entry.count)...], call, at: list + UInt64(index * 16 + 8))
        }
        call.put(list, 4)
        call.put(UInt64(environment.count), 4, at: 4)
    }

    /// Writes a string's address and length at an address. What is not UTF-8 has a question mark for each byte that is not ASCII.
    func putString(_ bytes: ArraySlice<UInt8>, _ call: HostCall, at address: UInt64) throws(ComponentTrap) {
        let text = try call.allocate(bytes.count)
        let room = call.room(at: text, bytes.count)
        let isText = bytes.withUnsafeBytes { isUTF8($0) }
        var position = 0
        for byte in bytes {
            room[position] = isText || byte < 0x80 ? byte : 0x3f
            position += 1
        }
        call.write(text, 4, at: address)
        call.write(UInt64(bytes.count), 4, at: address + 4)
    }

    private func standardInput(_ call: HostCall) throws(ComponentTrap) {
        call.put(try add(.input(ByteStream(.stream(.standardInput)))), 4)
    }

    private func standardOutput(_ call: HostCall, _ stream: StreamHandle) throws(ComponentTrap) {
        call.put(try add(.output(ByteStream(.stream(stream)))), 4)
    }

    /// () -> option<own terminal>
    private func terminal(_ call: HostCall, _ stream: StreamHandle) throws(ComponentTrap) {
        guard platform.type(of: stream) == .characterDevice else { return call.put(0, 1) }
        call.put(1, 1)
        call.put(try add(.token), 4, at: call.payloadOffset)
    }

    /// (len: u64) -> list<u8>
    private func randomBytes(_ call: HostCall) throws(ComponentTrap) {
        let count = call.u64(0)
        guard count < 1 << 28 else { throw .host("too many random bytes are asked for") }
        let address = try call.allocate(Int(count))
        guard count == 0 || platform.fillRandom(call.room(at: address, Int(count))) else { throw .host("no source of random bytes") }
        call.put(address, 4)
        call.put(count, 4, at: 4)
    }

    /// () -> u64, or a tuple of two
    private func randomNumbers(_ call: HostCall, _ count: Int) throws(ComponentTrap) {
        guard platform.fillRandom(call.room(at: call.results, count * 8)) else { throw .host("no source of random bytes") }
    }
}
