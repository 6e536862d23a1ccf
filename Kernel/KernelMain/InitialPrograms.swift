// What runs after boot: hands the initrd and the devices to the supervisor, which carries the manifest out.
import KernelConsole
import KernelCore
import KernelDrivers
import KernelMachine
import KernelProcess

/// The programs of the initrd.
enum InitialPrograms {
    static func run(_ platform: borrowing Platform) -> Never {
        Monitor.register()
        let port = Platform.serialPort
        let console = ProgramConsole(input: port, output: port, error: port, isTerminal: true)
        Supervisor.run(initrd: platform.initrd, console: console, arguments: platform.arguments)
    }
}
