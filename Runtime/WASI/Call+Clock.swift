// Clocks: clock_res_get, clock_time_get. The platform says which clocks there are: one it has not is `notsup`, an unknown number `inval`.
import FileSystems

extension WASIContext {
    /// (id) -> timestamp
    func clockResGet() throws(Errno) {
        guard let clock = Clock(rawValue: u32(0)) else { throw .inval }
        guard let resolution = platform.resolution(of: clock) else { throw .notsup }
        try store(resolution, address(1))
    }

    /// (id, precision) -> timestamp. The precision only allows a worse answer; ours is the best there is.
    func clockTimeGet() throws(Errno) {
        guard let clock = Clock(rawValue: u32(0)) else { throw .inval }
        guard let time = platform.time(of: clock) else { throw .notsup }
        try store(time, address(2))
    }
}
