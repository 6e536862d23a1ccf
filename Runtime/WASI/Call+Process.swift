// The process and its surroundings: proc_exit, proc_raise, sched_yield, random_get.
import FileSystems

extension WASIContext {
    /// (code). Does not come back.
    func procExit() throws(Errno) { try leave(u32(0)) }

    /// Ends the process with a code. What ends it throws, so that a call that succeeds need not be asked whether it did.
    private func leave(_ code: UInt32) throws(Errno) {
        end = .exit(code)
        throw .intr
    }

    /// (signal). There are no handlers in WASI, so a signal does what POSIX does by default: end the process with 128 + its number,
    /// or nothing. Stopping is not supported, since nobody could continue the process.
    func procRaise() throws(Errno) {
        switch u32(0) {
        case 0, 16, 17, 22, 27: return  // none; chld, cont, urg and winch are ignored by default.
        case 18, 19, 20, 21: throw .notsup  // stop, tstp, ttin, ttou
        case 1...30: try leave(128 + WASIContext.posixSignalNumber(u32(0)))
        default: throw .inval
        }
    }

    /// WASI numbers the signals nearly as Linux on x86-64, without stkflt (16): all from chld on are one lower.
    private static func posixSignalNumber(_ signal: UInt32) -> UInt32 { signal < 16 ? signal : signal + 1 }

    /// ()
    func schedYield() { platform.yield() }

    /// (buffer, byte count). All of it, however long.
    @inline(__always)
    func randomGet() throws(Errno) {
        let target = try buffer(0)
        guard target.count > 0 else { return }
        try fillRandom(target)
    }

    @inline(never)
    private func fillRandom(_ target: UnsafeMutableRawBufferPointer) throws(Errno) {
        guard platform.fillRandom(target) else { throw .nosys }
    }
}
