// What runs after boot: hands the initrd and the devices to the supervisor, which carries the manifest out.
import KernelConsole
import KernelCore
import KernelDrivers
import KernelMachine
import KernelProcess

/// The programs of the initrd.
public enum InitialPrograms {
    /// Runs them and leaves the machine.
    @export(interface) @inline(never)
    public static func run(_ platform: borrowing Platform) -> Never {
        Monitor.register()
        Supervisor.run(initrd: platform.initrd, console: console, arguments: platform.arguments)
    }

    /// Ports for the programs' streams when the machine has them by our names, one for output and error together or one for each, or a virtio
    /// console for all; else the UART, shared with the log.
    private static var console: ProgramConsole {
        let port = Platform.serialPort
        var console = ProgramConsole(input: port, output: port, error: port, isTerminal: true)
        guard let virtio = VirtioDevices.console else { return console }
        let input = virtio.port(named: "martlet.stdin")
        let both = virtio.port(named: "martlet.output")
        let output = virtio.port(named: "martlet.stdout")
        let error = virtio.port(named: "martlet.stderr")
        if let both {
            console = ProgramConsole(input: input, output: both, error: both, isTerminal: false, monitor: port)
            console.hasMarks = true
        } else if input != nil || output != nil || error != nil {
            console = ProgramConsole(input: input, output: output, error: error ?? port, isTerminal: false, monitor: port)
        } else if let whole = virtio.consolePort {
            console = ProgramConsole(input: whole, output: whole, error: whole, isTerminal: true, monitor: port)
        }
        console.profile = virtio.port(named: "martlet.profile")
        console.files = virtio.port(named: "martlet.files")
        return console
    }
}
