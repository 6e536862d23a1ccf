// Sockets: sock_accept, sock_recv, sock_send, sock_shutdown. There is no network, so no descriptor is ever a socket: a closed
// descriptor is `badf`, an open one `notsock`, as POSIX has it. The README has the table.
import FileSystems

extension WASIContext {
    func sockAccept() throws(Errno) { try refuse() }
    func sockRecv() throws(Errno) { try refuse() }
    func sockSend() throws(Errno) { try refuse() }
    func sockShutdown() throws(Errno) { try refuse() }

    private func refuse() throws(Errno) {
        _ = try file(0)
        throw .notsock
    }
}
