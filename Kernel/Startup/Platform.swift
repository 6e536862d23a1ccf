// The machine this kernel booted on, read from the device tree, step by step in boot order.
import Containers
import KernelCore
import KernelDrivers
import KernelMachine
import KernelMemory
import KernelProcess

nonisolated(unsafe) private var uartAddress = PhysicalAddress(0)
nonisolated(unsafe) private var uart: Uart16550?

/// What the device tree says there is.
public struct Platform {
    /// The device tree.
    public let tree: DeviceTree
    /// The kernel's command line.
    public let arguments: BootArguments

    /// Starts the machine, in this order, up to where programs can run.
    @export(interface) @inline(never)
    public static func start() -> Platform {
        let platform = Platform(deviceTreeAt: Firmware.deviceTreeAddress)
        platform.readArguments()
        platform.findPowerControl()
        platform.findClock()
        platform.startMemory()
        platform.startConsole()
        platform.startInterrupts(bootHart: Firmware.bootHart)
        platform.startDevices()
        platform.logSummary()
        return platform
    }

    /// Takes the device tree the firmware handed over.
    init(deviceTreeAt address: UInt) {
        guard let start = UnsafeRawPointer(bitPattern: address), let byteCount = DeviceTree.byteCount(headerAt: start) else {
            panic("the firmware handed over no device tree")
        }
        do throws(DeviceTreeError) {
            tree = try DeviceTree(UnsafeRawBufferPointer(start: start, count: byteCount))
        } catch {
            panic(error.message)
        }
        arguments = BootArguments(tree.topNode("chosen")?.text("bootargs") ?? UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Ends the machine with one line when the command line has a word that this kernel does not know: who asks for something must not
    /// get something else.
    public func refuseUnknownArguments() {
        let unknown = arguments.firstWord { word in
            !isEqual(word, "shell") && !isEqual(word, "check-code") && !isEqual(word, "log=error") && !isEqual(word, "log=warning")
                && !isEqual(word, "log=info")
                && !isEqual(word, "log=debug")
        }
        guard let unknown else { return }
        LogWriter(sink: Log.sink).text("martlet: unknown word on the kernel's command line: ").bytes(unknown).text("\n")
        Power.exit(code: ExitCode.cannotLoad)
    }

    /// `log=error|warning|info|debug`, and `check-code`: machine code is checked before it may run.
    func readArguments() {
        TierSettings.current.checksCode = arguments.contains("check-code")
        if arguments.has("log", "error") { Log.level = .error }
        if arguments.has("log", "info") { Log.level = .info }
        if arguments.has("log", "debug") { Log.level = .debug }
    }

    /// The test finisher, by which QEMU exits with a code. Without one the firmware shuts the machine down.
    func findPowerControl() {
        guard let node = tree.node(compatibleWith: "sifive,test0"), let range = node.register(at: 0) else { return }
        Power.finisherAddress = UInt(range.start.rawValue)
    }

    func findClock() {
        guard let frequency = tree.topNode("cpus")?.integer("timebase-frequency"), frequency > 0 else {
            panic("the device tree names no timebase-frequency under /cpus")
        }
        Clock.setFrequency(frequency)
    }

    /// The serial port: `stdout-path` of /chosen if it is one, else the first.
    var uartNode: DeviceTree.Node? {
        if let path = tree.topNode("chosen")?.text("stdout-path"), let node = tree.node(path: path), node.isCompatible(with: "ns16550a") {
            return node
        }
        return tree.node(compatibleWith: "ns16550a")
    }

    /// The initial RAM disk's bytes as the boot loader placed them; nil when there is none.
    public var initrdRange: PhysicalRange? {
        guard let chosen = tree.topNode("chosen"), let start = chosen.integer("linux,initrd-start"),
            let end = chosen.integer("linux,initrd-end"), end > start
        else { return nil }
        return PhysicalRange(start: PhysicalAddress(start), byteCount: end - start)
    }

    /// The initial RAM disk, in place; empty when there is none.
    public var initrd: UnsafeRawBufferPointer {
        guard let range = initrdRange else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(range.start.rawValue)), count: Int(range.byteCount))
    }

    /// The page allocator over all free RAM, then translation, then the heap is usable.
    func startMemory() {
        var map = MemoryMap()
        var hasRoom = true
        tree.forEachMemoryRange { range in
            // What lies above the kernel's one-to-one mapping stays unused.
            guard range.start.rawValue < KernelMapping.identityEnd else { return }
            let byteCount = min(range.end.rawValue, KernelMapping.identityEnd) - range.start.rawValue
            if !map.addMemory(PhysicalRange(start: range.start, byteCount: byteCount)) { hasRoom = false }
        }
        tree.forEachReservedRange { if !map.reserve($0) { hasRoom = false } }
        let image = PhysicalRange(start: KernelImage.start, byteCount: KernelImage.end.rawValue - KernelImage.start.rawValue)
        if !map.reserve(image) { hasRoom = false }
        // The firmware lies below the image; an old one may not have said how large it is.
        if let bounds = map.bounds, bounds.start < image.start, map.reservedRange(at: 0).start >= image.start {
            if !map.reserve(PhysicalRange(start: bounds.start, byteCount: image.start.rawValue - bounds.start.rawValue)) { hasRoom = false }
        }
        let treeStart = PhysicalAddress(UInt64(UInt(bitPattern: tree.bytes.baseAddress!)))
        if !map.reserve(PhysicalRange(start: treeStart, byteCount: UInt64(tree.bytes.count))) { hasRoom = false }
        if let initrdRange, !map.reserve(initrdRange) { hasRoom = false }
        guard hasRoom else { panic("the device tree names more memory ranges than the kernel has room for") }

        let atBoot = map
        PageFrames.start(&map)
        KernelMapping.start(atBoot, initrd: initrdRange)
        if Power.finisherAddress != 0 {
            KernelMapping.mapDevice(PhysicalRange(start: PhysicalAddress(UInt64(Power.finisherAddress)), byteCount: 4))
        }
    }

    /// The log moves from the firmware's console to the UART.
    func startConsole() {
        guard let node = uartNode, let range = node.register(at: 0) else {
            Log.warning("console", "the device tree names no ns16550a serial port; the firmware's console is used")
            return
        }
        KernelMapping.mapDevice(range)
        uartAddress = range.start
        Log.emergencySink = { Uart16550.sendPolled(uartAddress, $0, $1) }
        let device = Uart16550(range.start)
        uart = device
        Log.sink = { uart?.writeAll(UnsafeRawBufferPointer(start: $0, count: $1)) }
        Power.drainHook = {
            VirtioDevices.drain()
            uart?.drain()
        }
    }

    /// Timer and device interrupts; afterwards they are taken.
    func startInterrupts(bootHart: UInt64) {
        var claimsSstc = false
        tree.forEachNode { node in
            guard let type = node.text("device_type"), isEqual(type, "cpu"), node.register(at: 0)?.start.rawValue == bootHart,
                let isa = node.text("riscv,isa")
            else { return }
            claimsSstc = isaString(isa, has: "sstc")
        }
        Timer.start(claimsSstc: claimsSstc)
        if InterruptController.start(tree, bootHart: bootHart, map: KernelMapping.mapDevice) {
            if let source = uartNode?.cell("interrupts", at: 0), let port = uart {
                InterruptController.enable(source: Int(source), context: nil) { _ in uart?.handleInterrupt() }
                port.startInterrupts()
            }
        } else {
            Log.warning("interrupts", "the device tree names no PLIC; the serial port is polled")
        }
        Interrupts.enable()
    }

    /// The wall clock and the seed of the random generator.
    func startDevices() {
        if let node = tree.node(compatibleWith: "google,goldfish-rtc"), let range = node.register(at: 0) {
            KernelMapping.mapDevice(range)
            Clock.setWall(nanoseconds: GoldfishRtc.readNanoseconds(range.start))
        }
        if let seed = tree.topNode("chosen")?.property("rng-seed"), !seed.isEmpty { Entropy.mix(seed, from: "the boot loader's seed") }
        VirtioDevices.start(tree)
    }

    /// The UART for whoever shares it with the log.
    public static var serialPort: Uart16550? { uart }

    func logSummary() {
        Log.line(.info, "boot") { $0.text("martlet ").text(Version.commit) }
        Log.line(.info, "boot") {
            $0.decimal(PageFrames.freePageCount / 256).text(" MiB of memory free, timer ").decimal(unsigned: Clock.ticksPerSecond)
                .text(Timer.usesCompareRegister ? " Hz by Sstc" : " Hz by SBI").text(", random from ").text(Entropy.source)
        }
        Log.line(.info, "boot") {
            $0.text("up after ").decimal(unsigned: (Clock.nanoseconds - Clock.nanoseconds(fromTicks: Clock.bootTicks)) / 1000)
                .text(" microseconds in the kernel")
        }
    }
}
