// The platform-level interrupt controller: routes device interrupts to the boot hart. RISC-V PLIC specification 1.0, chapters 3 to 9; device
// tree nodes `sifive,plic-1.0.0` and `riscv,plic0`.
import KernelCore
import KernelMachine

/// The machine's interrupt controller.
public enum InterruptController {
    /// Handles one device's interrupt; called with interrupts off, must not block.
    public typealias Handler = @convention(c) (UnsafeMutableRawPointer?) -> Void

    /// Sources the table has room for; QEMU's `virt` has 95.
    private static let sourceCapacity = 128
    /// Handlers one interrupt runs at most. `virt` has eleven devices that interrupt.
    private static let sourcesPerInterrupt = 4

    // Interrupts off, on the boot hart, to which every source is routed.
    nonisolated(unsafe) private static var handlers = InlineArray<128, Handler?>(repeating: nil)
    nonisolated(unsafe) private static var contexts = InlineArray<128, UnsafeMutableRawPointer?>(repeating: nil)

    // Never changes after `start`.
    nonisolated(unsafe) private static var base: UInt64 = 0
    nonisolated(unsafe) private static var hartContext: UInt64 = 0

    private static let supervisorExternal: UInt32 = 9

    /// Finds the controller and the boot hart's context in it, and takes external interrupts. False when the machine has none.
    public static func start(_ tree: DeviceTree, bootHart: UInt64, map: (PhysicalRange) -> Void) -> Bool {
        guard let node = tree.node(compatibleWith: "sifive,plic-1.0.0") ?? tree.node(compatibleWith: "riscv,plic0"),
            let range = node.register(at: 0), let context = context(node, tree, bootHart)
        else { return false }
        map(range)
        base = range.start.rawValue
        hartContext = context
        let words = min(Int(node.integer("riscv,ndev") ?? 31), sourceCapacity - 1) / 32
        for word in 0...words { enableRegisters.store32(UInt(word) * 4, 0) }
        // Take every priority above 0.
        thresholdRegisters.store32(0, 0)
        Traps.setExternalHandler { _ in InterruptController.dispatch() }
        Interrupts.unmask(.external)
        return true
    }

    /// Registers a source's handler and lets it interrupt.
    public static func enable(source: Int, context: UnsafeMutableRawPointer?, _ handler: @escaping Handler) {
        guard base != 0, source > 0, source < sourceCapacity else { return }
        withInterruptsDisabled {
            handlers[source] = handler
            contexts[source] = context
            let offset = UInt(source / 32) * 4
            enableRegisters.store32(offset, enableRegisters.load32(offset) | 1 << UInt32(source % 32))
            // The priority last: QEMU delivers what is pending already when a priority is written, but not when the enable bit is.
            DeviceRegisters(PhysicalAddress(base)).store32(UInt(source) * 4, 1)
        }
    }

    /// Runs the handlers of what is pending; what is left after so many interrupts again at once.
    private static func dispatch() {
        for _ in 0..<sourcesPerInterrupt {
            let source = Int(thresholdRegisters.load32(4))
            if source == 0 { return }
            if source < sourceCapacity, let handler = handlers[source] { handler(contexts[source]) }
            thresholdRegisters.store32(4, UInt32(source))
        }
    }

    private static var enableRegisters: DeviceRegisters { DeviceRegisters(PhysicalAddress(base + 0x2000 + hartContext * 0x80)) }
    private static var thresholdRegisters: DeviceRegisters { DeviceRegisters(PhysicalAddress(base + 0x20_0000 + hartContext * 0x1000)) }

    /// The index of (the boot hart, supervisor external) in `interrupts-extended`.
    private static func context(_ node: DeviceTree.Node, _ tree: DeviceTree, _ bootHart: UInt64) -> UInt64? {
        guard let phandle = interruptControllerOfHart(tree, bootHart) else { return nil }
        var index = 0
        while let controller = node.cell("interrupts-extended", at: index * 2),
            let cause = node.cell("interrupts-extended", at: index * 2 + 1)
        {
            if controller == phandle, cause == supervisorExternal { return UInt64(index) }
            index += 1
        }
        return nil
    }

    private static func interruptControllerOfHart(_ tree: DeviceTree, _ hart: UInt64) -> UInt32? {
        var isInHart = false
        let node = tree.firstNode { node in
            if let type = node.text("device_type"), isEqual(type, "cpu") { isInHart = node.register(at: 0)?.start.rawValue == hart }
            return isInHart && node.isCompatible(with: "riscv,cpu-intc")
        }
        return node?.cell("phandle", at: 0)
    }
}
