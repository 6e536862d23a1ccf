// wasi:io: errors, streams, and polling, which waits without spinning.
import ComponentRuntime
import Containers
import FileSystems
import WASI
import WasmEngine

extension CommandWorld {
    /// What `check-write` permits at once.
    private static let writePermit: UInt64 = 1 << 16

    func defineStreams(_ linker: ComponentLinker) {
        define(
            linker, "wasi:io/error", resources: [type("error")],
            [
                (
                    "[method]error.to-debug-string", "borrow->string",
                    { (world, call) throws(ComponentTrap) in
                        let name = try world.error(call).name
                        try call.putBytes(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
                    }
                )
            ])
        define(
            linker, "wasi:io/poll", resources: [type("pollable")],
            [
                ("poll", "list<borrow>->list<u32>", { (world, call) throws(ComponentTrap) in try world.poll(call) }),
                (
                    "[method]pollable.ready", "borrow->bool",
                    { (world, call) throws(ComponentTrap) in call.put(world.isReady(try world.pollable(call.u32(0))) ? 1 : 0, 1) }
                ),
                (
                    "[method]pollable.block", "borrow",
                    { (world, call) throws(ComponentTrap) in try world.block([try world.pollable(call.u32(0))]) }
                ),
            ])
        define(
            linker, "wasi:io/streams",
            resources: [type("input-stream"), type("output-stream"), type("error"), type("pollable")],
            [
                (
                    "[method]input-stream.read", "borrow,u64->result<list<u8>,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.read(call, blocks: false) }
                ),
                (
                    "[method]input-stream.blocking-read", "borrow,u64->result<list<u8>,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.read(call, blocks: true) }
                ),
                (
                    "[method]input-stream.skip", "borrow,u64->result<u64,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.skip(call, blocks: false) }
                ),
                (
                    "[method]input-stream.blocking-skip", "borrow,u64->result<u64,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.skip(call, blocks: true) }
                ),
                (
                    "[method]input-stream.subscribe", "borrow->own",
                    { (world, call) throws(ComponentTrap) in try world.subscribe(try world.input(call), isWrite: false, call) }
                ),
                (
                    "[method]output-stream.check-write", "borrow->result<u64,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.checkWrite(call) }
                ),
                (
                    "[method]output-stream.write", "borrow,list<u8>->result<_,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.write(call) }
                ),
                (
                    "[method]output-stream.blocking-write-and-flush", "borrow,list<u8>->result<_,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.write(call) }
                ),
                (
                    "[method]output-stream.flush", "borrow->result<_,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.flush(call) }
                ),
                (
                    "[method]output-stream.blocking-flush", "borrow->result<_,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.flush(call) }
                ),
                (
                    "[method]output-stream.subscribe", "borrow->own",
                    { (world, call) throws(ComponentTrap) in try world.subscribe(try world.output(call), isWrite: true, call) }
                ),
                (
                    "[method]output-stream.write-zeroes", "borrow,u64->result<_,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.writeZeroes(call) }
                ),
                (
                    "[method]output-stream.blocking-write-zeroes-and-flush", "borrow,u64->result<_,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.writeZeroes(call) }
                ),
                (
                    "[method]output-stream.splice", "borrow,borrow,u64->result<u64,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.splice(call, blocks: false) }
                ),
                (
                    "[method]output-stream.blocking-splice", "borrow,borrow,u64->result<u64,stream-error>",
                    { (world, call) throws(ComponentTrap) in try world.splice(call, blocks: true) }
                ),
            ])
    }

    // MARK: Results

    /// The result is a `stream-error`: `closed`, or the last operation's error.
    private func failStream(_ error: Errno?, _ call: HostCall) throws(ComponentTrap) {
        if error == .intr { throw .host("the process is being ended") }
        call.put(1, 1)
        let isClosed = error == nil || error == .pipe
        call.put(isClosed ? 1 : 0, 1, at: call.payloadOffset)
        if !isClosed, let error { call.put(try add(.error(error)), 4, at: call.payloadOffset + 4) }
    }

    /// Runs what may fail, and makes its error the result.
    private func attempt(_ call: HostCall, _ body: () throws(Errno) -> Bool) throws(ComponentTrap) {
        let isOpen: Bool
        do throws(Errno) { isOpen = try body() } catch { return try failStream(error, call) }
        if isOpen { call.succeed() } else { try failStream(nil, call) }
    }

    // MARK: Input

    /// (self, len: u64) -> result<list<u8>, stream-error>
    private func read(_ call: HostCall, blocks: Bool) throws(ComponentTrap) {
        let stream = try input(call)
        let address = try call.allocate(Int(min(call.u64(8), CommandWorld.readLimit)))
        let room = call.room(at: address, Int(min(call.u64(8), CommandWorld.readLimit)))
        try attempt(call) { () throws(Errno) in
            guard let count = try stream.read(platform, into: room, nonblocking: !blocks) else { return false }
            call.put(address, 4, at: call.payloadOffset)
            call.put(UInt64(count), 4, at: call.payloadOffset + 4)
            return true
        }
    }

    /// (self, len: u64) -> result<u64, stream-error>
    private func skip(_ call: HostCall, blocks: Bool) throws(ComponentTrap) {
        let stream = try input(call)
        let count = Int(min(call.u64(8), CommandWorld.readLimit))
        let room = call.room(at: try call.allocate(count), count)
        try attempt(call) { () throws(Errno) in
            guard let count = try stream.read(platform, into: room, nonblocking: !blocks) else { return false }
            call.put(UInt64(count), 8, at: call.payloadOffset)
            return true
        }
    }

    // MARK: Output

    /// (self) -> result<u64, stream-error>
    private func checkWrite(_ call: HostCall) throws(ComponentTrap) {
        let stream = try output(call)
        guard !stream.isClosed else { return try failStream(nil, call) }
        var permit = CommandWorld.writePermit
        if case .stream(let handle) = stream.kind, !platform.readiness(StreamInterest(stream: handle, isWrite: true)).isReady { permit = 0 }
        call.succeed()
        call.put(permit, 8, at: call.payloadOffset)
    }

    /// (self, contents: list<u8>) -> result<_, stream-error>
    private func write(_ call: HostCall) throws(ComponentTrap) {
        let stream = try output(call)
        let bytes = call.bytes(4)
        try attempt(call) { () throws(Errno) in
            try write(stream, bytes)
            return true
        }
    }

    private func write(_ stream: ByteStream, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
        do throws(Errno) { try stream.write(platform, bytes) } catch {
            stream.isClosed = true
            throw error
        }
    }

    /// (self) -> result<_, stream-error>: nothing is held back, so there is nothing to do.
    private func flush(_ call: HostCall) throws(ComponentTrap) {
        if try output(call).isClosed { return try failStream(nil, call) }
        call.succeed()
    }

    /// (self, len: u64) -> result<_, stream-error>
    private func writeZeroes(_ call: HostCall) throws(ComponentTrap) {
        let stream = try output(call)
        let address = try call.allocate(4096)
        let zeroes = UnsafeRawBufferPointer(call.room(at: address, 4096))
        var left = min(call.u64(8), CommandWorld.writePermit)
        try attempt(call) { () throws(Errno) in
            while left > 0 {
                let count = min(left, 4096)
                try write(stream, UnsafeRawBufferPointer(rebasing: zeroes[..<Int(count)]))
                left -= count
            }
            return true
        }
    }

    /// (self, src: borrow<input-stream>, len: u64) -> result<u64, stream-error>
    private func splice(_ call: HostCall, blocks: Bool) throws(ComponentTrap) {
        let target = try output(call)
        let source = try input(call, 4)
        let count = Int(min(call.u64(8), CommandWorld.readLimit))
        let room = call.room(at: try call.allocate(count), count)
        try attempt(call) { () throws(Errno) in
            guard let count = try source.read(platform, into: room, nonblocking: !blocks) else { return false }
            try write(target, UnsafeRawBufferPointer(rebasing: room[..<count]))
            call.put(UInt64(count), 8, at: call.payloadOffset)
            return true
        }
    }

    // MARK: Polling

    /// (self) -> own<pollable>
    private func subscribe(_ stream: ByteStream, isWrite: Bool, _ call: HostCall) throws(ComponentTrap) {
        var pollable = Pollable.ready
        if case .stream(let handle) = stream.kind { pollable = .stream(StreamInterest(stream: handle, isWrite: isWrite)) }
        call.put(try add(.pollable(pollable)), 4)
    }

    private func isReady(_ pollable: Pollable) -> Bool {
        switch pollable {
        case .ready: return true
        case .stream(let interest):
            let readiness = platform.readiness(interest)
            return readiness.isReady || readiness.isHungUp
        case .deadline(let deadline): return platform.time(of: .monotonic) ?? .max >= deadline
        }
    }

    /// Waits until one is ready.
    private func block(_ pollables: [Pollable]) throws(ComponentTrap) {
        var deadline: UInt64?
        var interests: [StreamInterest] = []
        for pollable in pollables {
            switch pollable {
            case .ready: return
            case .stream(let interest): interests.append(interest)
            case .deadline(let time): deadline = min(deadline ?? .max, time)
            }
        }
        while true {
            for pollable in pollables where isReady(pollable) { return }
            guard interests.withUnsafeBufferPointer({ platform.wait(until: deadline, for: $0) }) else {
                throw .host("the process is being ended")
            }
        }
    }

    /// (in: list<borrow<pollable>>) -> list<u32>
    private func poll(_ call: HostCall) throws(ComponentTrap) {
        let list = call.bytes(0, elementByteCount: 4)
        guard list.count > 0 else { throw .host("poll of an empty list") }
        guard list.count / 4 <= 1 << 16 else { throw .host("poll of more than 65536 pollables") }
        var pollables: [Pollable] = []
        for index in 0..<list.count / 4 {
            pollables.append(try pollable(UInt32(littleEndian: list.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))))
        }
        try block(pollables)
        let address = try call.allocate(pollables.count * 4, alignment: 4)
        var count: UInt64 = 0
        for index in 0..<pollables.count where isReady(pollables[index]) {
            call.write(UInt64(index), 4, at: address + count * 4)
            count += 1
        }
        call.put(address, 4)
        call.put(count, 4, at: 4)
    }
}
