// The end of a program that is out of time (`--timeout`): a timer of the system, whose handler says so and ends the process. Owns SIGALRM.
import Glibc

/// The process's deadline.
enum Deadline {
    /// What the handler writes: it may only call what is safe in a signal handler, so the line is made before.
    nonisolated(unsafe) private static var line = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    /// Ends the process after that time with the exit code for it.
    static func start(seconds: Double, program: String) {
        let text = Array("martlet: \(program): killed: out of wall time\n".utf8)
        line = .allocate(byteCount: text.count, alignment: 1)
        line.copyBytes(from: text)
        signal(SIGALRM) { _ in
            _ = write(STDERR_FILENO, Deadline.line.baseAddress, Deadline.line.count)
            _exit(ExitCode.outOfTime)
        }
        let whole = seconds.rounded(.down)
        var interval = itimerval()
        interval.it_value = timeval(tv_sec: Int(whole), tv_usec: max(Int((seconds - whole) * 1_000_000), 1))
        setitimer(__itimer_which_t(0), &interval, nil)
    }
}
