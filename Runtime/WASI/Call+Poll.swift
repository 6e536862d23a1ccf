// poll_oneoff: waiting for clocks and descriptors.
//
// subscription: userdata 0, tag 8 (u8), then at 16 the clock (id, timeout, precision, flags) or the descriptor (u32). Preview 0 has a
// further identifier in front of the clock: 56 bytes against 48. event: userdata 0, error 8 (u16), type 10 (u8), at 16 byte count and
// at 24 flags (u16); 32 bytes in both.
import FileSystems

/// Where the parts of a subscription lie.
private struct SubscriptionLayout {
    let byteCount: UInt64
    let clockOffset: UInt64

    init(_ preview: Preview) {
        byteCount = preview == .preview1 ? 48 : 56
        clockOffset = preview == .preview1 ? 16 : 24
    }
}

/// What became of one subscription in one round.
private enum Readiness {
    /// It happened, or it cannot: an event.
    case event(error: Errno, byteCount: UInt64, isHungUp: Bool)
    /// Not before the monotonic clock shows this.
    case clock(UInt64)
    /// When the stream is ready.
    case stream(StreamInterest)
}

extension WASIContext {
    /// (subscriptions, events, count) -> event count
    func pollOneoff() throws(Errno) {
        let layout = SubscriptionLayout(preview)
        let count = UInt64(u32(2))
        guard count > 0, count <= UInt64(limits.subscriptionCount) else { throw .inval }
        let subscriptions = address(0)
        let events = address(1)
        _ = try bytes(subscriptions, count * layout.byteCount)
        _ = try bytes(events, count * 32)
        try checkResult(3, byteCount: 4)
        for index in 0..<count {
            guard try load(subscriptions + index * layout.byteCount + 8, as: UInt8.self) <= 2 else { throw .inval }
        }

        // Relative timeouts count from here.
        let start = platform.time(of: .monotonic) ?? 0
        while true {
            var eventCount: UInt64 = 0
            var deadline: UInt64?
            var interests: [StreamInterest] = []
            for index in 0..<count {
                let subscription = subscriptions + index * layout.byteCount
                switch try readiness(subscription, layout, start) {
                case .event(let error, let byteCount, let isHungUp):
                    try storeEvent(events + eventCount * 32, subscription, error, byteCount, isHungUp)
                    eventCount += 1
                case .clock(let time): deadline = min(deadline ?? time, time)
                case .stream(let interest): interests.append(interest)
                }
            }
            if eventCount > 0 {
                try store(UInt32(truncatingIfNeeded: eventCount), address(3))
                return
            }
            let isAlive = interests.withUnsafeBufferPointer { platform.wait(until: deadline, for: $0) }
            guard isAlive else {
                end = .ended
                throw .intr
            }
        }
    }

    private func readiness(_ subscription: UInt64, _ layout: SubscriptionLayout, _ start: UInt64) throws(Errno) -> Readiness {
        let tag = try load(subscription + 8, as: UInt8.self)
        if tag == 0 { return try clockReadiness(subscription + layout.clockOffset, start) }
        let isWrite = tag == 2
        let file: OpenFile
        do throws(Errno) {
            file = try descriptors.file(try load(subscription + 16, as: UInt32.self))
            try require(.pollFdReadwrite, of: file)
            try require(isWrite ? .fdWrite : .fdRead, of: file)
        } catch {
            return .event(error: error, byteCount: 0, isHungUp: false)
        }
        switch file.kind {
        case .directory: return .event(error: .badf, byteCount: 0, isHungUp: false)
        case .regular(let fileSystem, let node):
            let byteCount = try fileSystem.status(of: node).byteCount
            let rest = byteCount > file.offset ? byteCount - file.offset : 0
            return .event(error: .success, byteCount: isWrite ? 1 : rest, isHungUp: false)
        case .device(_, _, .console): return streamReadiness(isWrite ? .standardOutput : .standardInput, isWrite)
        case .device: return .event(error: .success, byteCount: 1, isHungUp: false)
        case .stream(let stream): return streamReadiness(stream, isWrite)
        }
    }

    private func streamReadiness(_ stream: StreamHandle, _ isWrite: Bool) -> Readiness {
        let interest = StreamInterest(stream: stream, isWrite: isWrite)
        let readiness = platform.readiness(interest)
        guard readiness.isReady || readiness.isHungUp else { return .stream(interest) }
        return .event(error: .success, byteCount: readiness.byteCount, isHungUp: readiness.isHungUp)
    }

    /// The clock at `clock`: id 0 (u32), timeout 8, precision 16, flags 24 (u16).
    private func clockReadiness(_ clock: UInt64, _ start: UInt64) throws(Errno) -> Readiness {
        let id = try load(clock, as: UInt32.self)
        let timeout = try load(clock + 8, as: UInt64.self)
        let flags = try load(clock + 24, as: UInt16.self)
        guard flags <= 1 else { return .event(error: .inval, byteCount: 0, isHungUp: false) }
        guard let kind = Clock(rawValue: id) else { return .event(error: .inval, byteCount: 0, isHungUp: false) }
        guard kind == .realtime || kind == .monotonic, let now = platform.time(of: .monotonic),
            let time = platform.time(of: kind)
        else { return .event(error: .notsup, byteCount: 0, isHungUp: false) }
        let deadline: UInt64
        if flags == 0 {
            let (sum, overflow) = start.addingReportingOverflow(timeout)
            deadline = overflow ? UInt64.max : sum
        } else if timeout <= time {
            deadline = now
        } else {
            // Real time is waited for by the monotonic clock; after each wake-up it is asked anew, so it may be set meanwhile.
            let (sum, overflow) = now.addingReportingOverflow(timeout - time)
            deadline = overflow ? UInt64.max : sum
        }
        return deadline <= now ? .event(error: .success, byteCount: 0, isHungUp: false) : .clock(deadline)
    }

    private func storeEvent(
        _ event: UInt64, _ subscription: UInt64, _ error: Errno, _ byteCount: UInt64, _ isHungUp: Bool
    ) throws(Errno) {
        let userdata = try load(subscription, as: UInt64.self)
        let tag = try load(subscription + 8, as: UInt8.self)
        let target = try bytes(event, 32)
        target.initializeMemory(as: UInt8.self, repeating: 0)
        target.storeBytes(of: userdata.littleEndian, toByteOffset: 0, as: UInt64.self)
        target.storeBytes(of: error.rawValue.littleEndian, toByteOffset: 8, as: UInt16.self)
        target.storeBytes(of: tag, toByteOffset: 10, as: UInt8.self)
        guard tag != 0 else { return }
        target.storeBytes(of: byteCount.littleEndian, toByteOffset: 16, as: UInt64.self)
        target.storeBytes(of: UInt16(isHungUp ? 1 : 0).littleEndian, toByteOffset: 24, as: UInt16.self)
    }
}
