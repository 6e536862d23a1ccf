// Finds the virtio devices of the machine and starts their drivers.
import KernelCore
import KernelMachine
import KernelMemory

/// The virtio devices there are.
public enum VirtioDevices {
    /// The first console; nil when the machine has none.
    nonisolated(unsafe) public private(set) static var console: VirtioConsole?
    /// The first entropy source; nil when the machine has none.
    nonisolated(unsafe) public private(set) static var entropy: VirtioEntropy?

    /// Looks at every `virtio,mmio` slot of the device tree.
    public static func start(_ tree: DeviceTree) {
        tree.forEachNode { node in
            guard node.isCompatible(with: "virtio,mmio"), node.isEnabled, let range = node.register(at: 0) else { return }
            KernelMapping.mapDevice(range)
            guard let transport = VirtioTransport(range.start) else { return }
            start(transport, source: Int(node.cell("interrupts", at: 0) ?? 0))
        }
    }

    private static func start(_ transport: VirtioTransport, source: Int) {
        switch transport.deviceIdentifier {
        case VirtioConsole.deviceIdentifier where console == nil:
            console = VirtioConsole(transport)
            if console == nil { Log.warning("virtio", "a console device could not be started") }
            InterruptController.enable(source: source, context: nil) { _ in VirtioDevices.console?.handleInterrupt() }
        case VirtioEntropy.deviceIdentifier where entropy == nil:
            entropy = VirtioEntropy(transport)
            if entropy == nil { Log.warning("virtio", "an entropy device could not be started") }
            InterruptController.enable(source: source, context: nil) { _ in VirtioDevices.entropy?.handleInterrupt() }
        default:
            Log.line(.info, "virtio") { $0.text("no driver for device kind ").decimal(Int(transport.deviceIdentifier)) }
        }
    }

    /// Waits until every console port has sent what was accepted: at the end of the machine.
    public static func drain() {
        guard let console else { return }
        for port in console.ports {
            if let port, port.isPresent { port.drain() }
        }
    }
}
