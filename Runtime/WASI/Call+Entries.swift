// Where each function of WASI is entered: the dispatch, a jump table of jumps, and one entry a function, which counts the call and turns
// what it threw into its result. An entry of its own keeps the quick functions without a frame, and what the slow ones save out of their way.
import FileSystems

extension WASIContext {
    /// The dispatch.
    @inline(__always)
    func enter(_ function: WASIFunction) -> UInt64 {
        switch function {
        case .argsGet: return enterArgsGet()
        case .argsSizesGet: return enterArgsSizesGet()
        case .environGet: return enterEnvironGet()
        case .environSizesGet: return enterEnvironSizesGet()
        case .clockResGet: return enterClockResGet()
        case .clockTimeGet: return enterClockTimeGet()
        case .fdAdvise: return enterFdAdvise()
        case .fdAllocate: return enterFdAllocate()
        case .fdClose: return enterFdClose()
        case .fdDatasync: return enterFdDatasync()
        case .fdFdstatGet: return enterFdFdstatGet()
        case .fdFdstatSetFlags: return enterFdFdstatSetFlags()
        case .fdFdstatSetRights: return enterFdFdstatSetRights()
        case .fdFilestatGet: return enterFdFilestatGet()
        case .fdFilestatSetSize: return enterFdFilestatSetSize()
        case .fdFilestatSetTimes: return enterFdFilestatSetTimes()
        case .fdPread: return enterFdPread()
        case .fdPrestatGet: return enterFdPrestatGet()
        case .fdPrestatDirName: return enterFdPrestatDirName()
        case .fdPwrite: return enterFdPwrite()
        case .fdRead: return enterFdRead()
        case .fdReaddir: return enterFdReaddir()
        case .fdRenumber: return enterFdRenumber()
        case .fdSeek: return enterFdSeek()
        case .fdSync: return enterFdSync()
        case .fdTell: return enterFdTell()
        case .fdWrite: return enterFdWrite()
        case .pathCreateDirectory: return enterPathCreateDirectory()
        case .pathFilestatGet: return enterPathFilestatGet()
        case .pathFilestatSetTimes: return enterPathFilestatSetTimes()
        case .pathLink: return enterPathLink()
        case .pathOpen: return enterPathOpen()
        case .pathReadlink: return enterPathReadlink()
        case .pathRemoveDirectory: return enterPathRemoveDirectory()
        case .pathRename: return enterPathRename()
        case .pathSymlink: return enterPathSymlink()
        case .pathUnlinkFile: return enterPathUnlinkFile()
        case .pollOneoff: return enterPollOneoff()
        case .procExit: return enterProcExit()
        case .procRaise: return enterProcRaise()
        case .schedYield: return enterSchedYield()
        case .randomGet: return enterRandomGet()
        case .sockAccept: return enterSockAccept()
        case .sockRecv: return enterSockRecv()
        case .sockSend: return enterSockSend()
        case .sockShutdown: return enterSockShutdown()
        }
    }

    @inline(never) private func enterArgsGet() -> UInt64 { outcome { () throws(Errno) in try argsGet() } }
    @inline(never) private func enterArgsSizesGet() -> UInt64 { outcome { () throws(Errno) in try argsSizesGet() } }
    @inline(never) private func enterEnvironGet() -> UInt64 { outcome { () throws(Errno) in try environGet() } }
    @inline(never) private func enterEnvironSizesGet() -> UInt64 { outcome { () throws(Errno) in try environSizesGet() } }
    @inline(never) private func enterClockResGet() -> UInt64 { outcome { () throws(Errno) in try clockResGet() } }
    @inline(never) private func enterClockTimeGet() -> UInt64 { outcome { () throws(Errno) in try clockTimeGet() } }
    @inline(never) private func enterFdAdvise() -> UInt64 { outcome { () throws(Errno) in try fdAdvise() } }
    @inline(never) private func enterFdAllocate() -> UInt64 { outcome { () throws(Errno) in try fdAllocate() } }
    @inline(never) private func enterFdClose() -> UInt64 { outcome { () throws(Errno) in try fdClose() } }
    @inline(never) private func enterFdDatasync() -> UInt64 { outcome { () throws(Errno) in try fdDatasync() } }
    @inline(never) private func enterFdFdstatGet() -> UInt64 { outcome { () throws(Errno) in try fdFdstatGet() } }
    @inline(never) private func enterFdFdstatSetFlags() -> UInt64 { outcome { () throws(Errno) in try fdFdstatSetFlags() } }
    @inline(never) private func enterFdFdstatSetRights() -> UInt64 { outcome { () throws(Errno) in try fdFdstatSetRights() } }
    @inline(never) private func enterFdFilestatGet() -> UInt64 { outcome { () throws(Errno) in try fdFilestatGet() } }
    @inline(never) private func enterFdFilestatSetSize() -> UInt64 { outcome { () throws(Errno) in try fdFilestatSetSize() } }
    @inline(never) private func enterFdFilestatSetTimes() -> UInt64 { outcome { () throws(Errno) in try fdFilestatSetTimes() } }
    @inline(never) private func enterFdPread() -> UInt64 { outcome { () throws(Errno) in try fdPread() } }
    @inline(never) private func enterFdPrestatGet() -> UInt64 { outcome { () throws(Errno) in try fdPrestatGet() } }
    @inline(never) private func enterFdPrestatDirName() -> UInt64 { outcome { () throws(Errno) in try fdPrestatDirName() } }
    @inline(never) private func enterFdPwrite() -> UInt64 { outcome { () throws(Errno) in try fdPwrite() } }
    @inline(never) private func enterFdRead() -> UInt64 { outcome { () throws(Errno) in try fdRead() } }
    @inline(never) private func enterFdReaddir() -> UInt64 { outcome { () throws(Errno) in try fdReaddir() } }
    @inline(never) private func enterFdRenumber() -> UInt64 { outcome { () throws(Errno) in try fdRenumber() } }
    @inline(never) private func enterFdSeek() -> UInt64 { outcome { () throws(Errno) in try fdSeek() } }
    @inline(never) private func enterFdSync() -> UInt64 { outcome { () throws(Errno) in try fdSync() } }
    @inline(never) private func enterFdTell() -> UInt64 { outcome { () throws(Errno) in try fdTell() } }
    @inline(never) private func enterFdWrite() -> UInt64 { outcome { () throws(Errno) in try fdWrite() } }
    @inline(never) private func enterPathCreateDirectory() -> UInt64 { outcome { () throws(Errno) in try pathCreateDirectory() } }
    @inline(never) private func enterPathFilestatGet() -> UInt64 { outcome { () throws(Errno) in try pathFilestatGet() } }
    @inline(never) private func enterPathFilestatSetTimes() -> UInt64 { outcome { () throws(Errno) in try pathFilestatSetTimes() } }
    @inline(never) private func enterPathLink() -> UInt64 { outcome { () throws(Errno) in try pathLink() } }
    @inline(never) private func enterPathOpen() -> UInt64 { outcome { () throws(Errno) in try pathOpen() } }
    @inline(never) private func enterPathReadlink() -> UInt64 { outcome { () throws(Errno) in try pathReadlink() } }
    @inline(never) private func enterPathRemoveDirectory() -> UInt64 { outcome { () throws(Errno) in try pathRemoveDirectory() } }
    @inline(never) private func enterPathRename() -> UInt64 { outcome { () throws(Errno) in try pathRename() } }
    @inline(never) private func enterPathSymlink() -> UInt64 { outcome { () throws(Errno) in try pathSymlink() } }
    @inline(never) private func enterPathUnlinkFile() -> UInt64 { outcome { () throws(Errno) in try pathUnlinkFile() } }
    @inline(never) private func enterPollOneoff() -> UInt64 { outcome { () throws(Errno) in try pollOneoff() } }
    @inline(never) private func enterProcExit() -> UInt64 { outcome { () throws(Errno) in try procExit() } }
    @inline(never) private func enterProcRaise() -> UInt64 { outcome { () throws(Errno) in try procRaise() } }
    @inline(never) private func enterSchedYield() -> UInt64 { outcome { () throws(Errno) in schedYield() } }
    @inline(never) private func enterRandomGet() -> UInt64 { outcome { () throws(Errno) in try randomGet() } }
    @inline(never) private func enterSockAccept() -> UInt64 { outcome { () throws(Errno) in try sockAccept() } }
    @inline(never) private func enterSockRecv() -> UInt64 { outcome { () throws(Errno) in try sockRecv() } }
    @inline(never) private func enterSockSend() -> UInt64 { outcome { () throws(Errno) in try sockSend() } }
    @inline(never) private func enterSockShutdown() -> UInt64 { outcome { () throws(Errno) in try sockShutdown() } }
}
