// The platform of WASI on the host: clocks, random bytes, the three standard streams and waiting, through the C library.
// Owns nothing; streams 0, 1 and 2 are the host process's descriptors and stay open.
import FileSystems
import Glibc
import WASI

/// WASI's machine when a program runs under `martlet run`.
final class HostPlatform: Platform {
    private func clock(_ clock: Clock) -> clockid_t {
        switch clock {
        case .realtime: CLOCK_REALTIME
        case .monotonic: CLOCK_MONOTONIC
        case .processCPUTime: CLOCK_PROCESS_CPUTIME_ID
        case .threadCPUTime: CLOCK_THREAD_CPUTIME_ID
        }
    }

    private func nanoseconds(_ time: timespec) -> UInt64 { UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec) }

    override func time(of clock: Clock) -> UInt64? {
        var time = timespec()
        return clock_gettime(self.clock(clock), &time) == 0 ? nanoseconds(time) : nil
    }

    override func resolution(of clock: Clock) -> UInt64? {
        var time = timespec()
        return clock_getres(self.clock(clock), &time) == 0 ? max(nanoseconds(time), 1) : nil
    }

    override func fillRandom(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        // getentropy gives at most 256 bytes at once.
        var done = 0
        while done < buffer.count {
            let count = min(256, buffer.count - done)
            guard getentropy(buffer.baseAddress! + done, count) == 0 else { return false }
            done += count
        }
        return true
    }

    override func read(_ stream: StreamHandle, into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) -> StreamResult {
        let descriptor = Int32(stream.rawValue)
        if nonblocking, !isReady(descriptor, Int16(POLLIN)) { return .failed(.again) }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return .bytes(count) }
            if errno != EINTR { return .failed(HostPlatform.error(errno)) }
        }
    }

    override func write(_ stream: StreamHandle, from buffer: UnsafeRawBufferPointer, nonblocking: Bool) -> StreamResult {
        write(stream, ByteVectors(buffer), nonblocking: nonblocking)
    }

    override func write(_ stream: StreamHandle, _ bytes: ByteVectors, nonblocking: Bool) -> StreamResult {
        let descriptor = Int32(stream.rawValue)
        if nonblocking, !isReady(descriptor, Int16(POLLOUT)) { return .failed(.again) }
        var rest = bytes
        var done = 0
        while !rest.isEmpty {
            // The system keeps together what one call hands it: as many pieces as it takes.
            var pieces: [iovec] = []
            var ahead = rest
            while !ahead.isEmpty, pieces.count < HostPlatform.pieceLimit {
                pieces.append(iovec(iov_base: UnsafeMutableRawPointer(mutating: ahead.first.baseAddress), iov_len: ahead.first.count))
                ahead.removeFirst(ahead.first.count)
            }
            var count = writev(descriptor, pieces, Int32(pieces.count))
            if count >= 0 {
                done += count
                while count > 0 {
                    let taken = min(count, rest.first.count)
                    rest.removeFirst(taken)
                    count -= taken
                }
                if nonblocking { break }
            } else if errno == EAGAIN, !nonblocking {
                _ = isReady(descriptor, Int16(POLLOUT), timeoutMilliseconds: -1)
            } else if errno != EINTR {
                return done > 0 ? .bytes(done) : .failed(HostPlatform.error(errno))
            }
        }
        return .bytes(done)
    }

    /// Linux's UIO_MAXIOV.
    private static let pieceLimit = 1024

    override func readiness(_ interest: StreamInterest) -> StreamReadiness {
        let wanted = Int16(interest.isWrite ? POLLOUT : POLLIN)
        var request = pollfd(fd: Int32(interest.stream.rawValue), events: wanted, revents: 0)
        guard poll(&request, 1, 0) > 0 else { return StreamReadiness(isReady: false, byteCount: 0, isHungUp: false) }
        let isHungUp = request.revents & Int16(POLLHUP | POLLERR) != 0
        var byteCount: CInt = 1
        if !interest.isWrite, ioctl(request.fd, UInt(FIONREAD), &byteCount) != 0 { byteCount = 1 }
        return StreamReadiness(
            isReady: request.revents & wanted != 0, byteCount: UInt64(max(byteCount, 0)), isHungUp: isHungUp && byteCount == 0)
    }

    override func type(of stream: StreamHandle) -> FileType {
        isatty(Int32(stream.rawValue)) == 1 ? .characterDevice : .unknown
    }

    override func wait(until deadline: UInt64?, for interests: UnsafeBufferPointer<StreamInterest>) -> Bool {
        var requests: [pollfd] = []
        for interest in interests {
            requests.append(
                pollfd(
                    fd: Int32(interest.stream.rawValue), events: Int16(interest.isWrite ? POLLOUT : POLLIN), revents: 0))
        }
        guard let deadline else {
            _ = poll(&requests, nfds_t(requests.count), -1)
            return true
        }
        let now = time(of: .monotonic) ?? deadline
        let rest = deadline > now ? deadline - now : 0
        if requests.isEmpty {
            // Nothing but time to wait for: to the nanosecond.
            var time = timespec(tv_sec: Int(min(rest / 1_000_000_000, 1 << 40)), tv_nsec: Int(rest % 1_000_000_000))
            nanosleep(&time, nil)
        } else {
            let milliseconds = rest / 1_000_000 + (rest % 1_000_000 > 0 ? 1 : 0)
            _ = poll(&requests, nfds_t(requests.count), Int32(min(milliseconds, UInt64(Int32.max))))
        }
        return true
    }

    override func yield() { sched_yield() }

    override func trace(_ line: UnsafeRawBufferPointer) {
        var text = Array(line)
        text.append(10)
        text.withUnsafeBytes { tell($0) }
    }

    private func isReady(_ descriptor: Int32, _ events: Int16, timeoutMilliseconds: Int32 = 0) -> Bool {
        var request = pollfd(fd: descriptor, events: events, revents: 0)
        return poll(&request, 1, timeoutMilliseconds) > 0
    }

    /// The host's error as the guest's.
    static func error(_ number: Int32) -> Errno {
        switch number {
        case EPERM: .perm
        case ENOENT: .noent
        case EACCES: .acces
        case EBADF: .badf
        case EAGAIN: .again
        case EISDIR: .isdir
        case ENOTDIR: .notdir
        case ELOOP: .loop
        case EMFILE, ENFILE: .nfile
        case ENAMETOOLONG: .nametoolong
        case ENOMEM: .nomem
        case EPIPE: .pipe
        case ENOSPC: .nospc
        case EINVAL: .inval
        default: .io
        }
    }
}
