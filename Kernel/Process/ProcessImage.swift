// An image: a decoded, validated and translated module with its engine and linker, shared by all processes of the same bytes. It has a
// region of addresses and a heap of its own, which go as a whole when the last process is gone. The first process that wants it makes it, on
// its own time; others wait. Then it is frozen: guest views only read it, and nobody counts references to its objects. What is translated
// late is added in the kernel view, in a hold.
import FileSystems
import KernelCore
import KernelMachine
import KernelMemory
import WASI
import WasmEngine
import WasmModule
import WasmText

/// What the objects of an image are reached through; lies in the image's heap.
final class ImageContents {
    let engine: Engine
    let module: Module
    let linker: Linker
    /// The binary, when it was assembled from text.
    let assembled: [UInt8]

    init(engine: Engine, module: Module, linker: Linker, assembled: [UInt8]) {
        self.engine = engine
        self.module = module
        self.linker = linker
        self.assembled = assembled
    }
}

/// Why an image cannot be made.
enum ImageError: Error {
    case outOfMemory
    case module(WasmError)
    case text(TextError)
}

/// A shared image. The record lies in the kernel's heap.
struct ProcessImage {
    typealias Pointer = UnsafeMutablePointer<ProcessImage>

    private enum State {
        case loading(Process.Pointer)
        case ready
        case failed
    }

    /// Modules from this size on are translated function by function, at the first call: all at once, 1 MiB takes 0.3 s.
    private static let lazyByteCount = 1 << 20
    /// And from this size on they are validated so, too: all at once, 16 MiB take a second.
    private static let unvalidatedByteCount = 16 << 20

    /// Addresses an image may fill, for each byte of its module, and at least.
    private static let regionFactor: UInt64 = 32
    private static let smallestRegionByteCount: UInt64 = 64 << 20

    // Constant from the start on.
    /// What makes two requests the same image: the bytes and what the translation depends on.
    private let bytes: UnsafeRawBufferPointer
    private let isMetered: Bool
    private let callDepth: Int
    /// Used by whoever makes the image, then by whoever has the lock.
    let heap: Heap.Pointer
    /// Its machine code. Whoever makes the image, then whoever has the lock.
    let code: CodeSpace.Pointer
    /// Held by who translates late or compiles. Its waiters are also those who wait for the image to be made.
    private let lock: UnsafeMutablePointer<HoldLock>

    // Interrupts off. `contents` is constant once the state is `ready`.
    private var state: State
    private var userCount = 1
    private var contents: Unmanaged<ImageContents>?
    private var next: Pointer?

    // Interrupts off.
    nonisolated(unsafe) private static var first: Pointer?

    /// The module, once it is there. Valid as long as the image.
    var module: Module? { contents?._withUnsafeGuaranteedRef { $0.module } }

    /// The image of a process; made when nobody has it. The process's thread calls it and may wait, be preempted or ended in it.
    static func acquire(
        _ process: Process.Pointer, bytes: UnsafeRawBufferPointer, isMetered: Bool, callDepth: Int
    ) throws(ImageError) -> Unmanaged<ImageContents> {
        let image = withInterruptsDisabled { join(process, bytes, isMetered, callDepth) }
        guard let image else { throw .outOfMemory }
        while true {
            let found = try withInterruptsDisabled { () throws(ImageError) -> Unmanaged<ImageContents>? in
                switch image.pointee.state {
                case .ready: return image.pointee.contents
                case .failed:
                    // The next one tries again and reports for itself.
                    image.pointee.state = .loading(process)
                    return nil
                case .loading(let loader):
                    if loader == process { return nil }
                    _ = Scheduler.block(in: image.pointee.lock.pointee.waiters)
                    return nil
                }
            }
            if let found {
                try show(image, to: process)
                return found
            }
            if isLoader(image, process) {
                let contents = try load(image)
                try show(image, to: process)
                return contents
            }
        }
    }

    /// Lets a process's guest view read the image.
    private static func show(_ image: Pointer, to process: Process.Pointer) throws(ImageError) {
        guard let region = KernelHeap.region(of: image.pointee.heap) else { return }
        try withInterruptsDisabled { () throws(ImageError) in
            process.pointee.space.setImage(region.pointee.range)
            process.pointee.code = image.pointee.code
            split(image)
            // One that shares an image larger than its budget did not pay for it when it was made.
            if !process.pointee.space.mayTake(0) { throw .outOfMemory }
        }
    }

    private static func isLoader(_ image: Pointer, _ process: Process.Pointer) -> Bool {
        withInterruptsDisabled {
            if case .loading(let loader) = image.pointee.state { return loader == process }
            return false
        }
    }

    /// Finds the image or makes its record. Interrupts are off.
    private static func join(
        _ process: Process.Pointer, _ bytes: UnsafeRawBufferPointer, _ isMetered: Bool, _ callDepth: Int
    ) -> Pointer? {
        var candidate = first
        while let image = candidate {
            if image.pointee.bytes.baseAddress == bytes.baseAddress, image.pointee.bytes.count == bytes.count,
                image.pointee.isMetered == isMetered, image.pointee.callDepth == callDepth
            {
                image.pointee.userCount += 1
                process.pointee.image = image
                return image
            }
            candidate = image.pointee.next
        }
        let lockOffset = (MemoryLayout<ProcessImage>.size + 15) & ~15
        let queueOffset = lockOffset + (MemoryLayout<HoldLock>.size + 15) & ~15
        guard let memory = KernelHeap.tryAllocate(from: KernelHeap.kernel, byteCount: queueOffset + MemoryLayout<WaitQueue>.size) else {
            return nil
        }
        guard
            let heap = KernelHeap.makeRegionHeap(
                name: "image", byteCount: max(smallestRegionByteCount, UInt64(bytes.count) * regionFactor), isGuestReadable: true,
                for: .process, pageLimit: .max)
        else {
            KernelHeap.free(memory)
            return nil
        }
        guard let code = CodeSpace.make() else {
            KernelHeap.destroyRegionHeap(heap)
            KernelHeap.free(memory)
            return nil
        }
        heap.pointee.refusalCountdown = TrialAccess.heapRefusalNumber
        let waiters = (memory + queueOffset).bindMemory(to: WaitQueue.self, capacity: 1)
        waiters.initialize(to: WaitQueue())
        let lock = (memory + lockOffset).bindMemory(to: HoldLock.self, capacity: 1)
        lock.initialize(to: HoldLock(waiters: waiters))
        let image = memory.bindMemory(to: ProcessImage.self, capacity: 1)
        image.initialize(
            to: ProcessImage(
                bytes: bytes, isMetered: isMetered, callDepth: callDepth, heap: heap, code: code, lock: lock, state: .loading(process),
                contents: nil, next: first))
        first = image
        process.pointee.image = image
        return image
    }

    /// What an image takes from now on is for the running process to pay: no more than its budget has left.
    private static func charge(_ heap: Heap.Pointer) {
        guard let process = Scheduler.current.pointee.process, let region = KernelHeap.region(of: heap) else { return }
        region.pointee.pageLimit = region.pointee.pageCount + max(process.pointee.space.freePageCount, 0)
    }

    /// Divides the pages of the running process's image among those that use it.
    private static func split() {
        guard let image = Scheduler.current.pointee.process?.pointee.image else { return }
        withInterruptsDisabled { split(image) }
    }

    private static func split(_ image: Pointer) {
        guard let region = KernelHeap.region(of: image.pointee.heap), image.pointee.userCount > 0 else { return }
        let share = (region.pointee.pageCount + image.pointee.userCount - 1) / image.pointee.userCount
        ProcessTable.forEach { process in
            if process.pointee.image == image { process.pointee.space.imagePageCount = share }
        }
    }

    private static func load(_ image: Pointer) throws(ImageError) -> Unmanaged<ImageContents> {
        charge(image.pointee.heap)
        let result: Result<Unmanaged<ImageContents>, ImageError> = KernelHeap.with(image.pointee.heap) {
            do throws(ImageError) { return .success(try translate(image)) } catch { return .failure(error) }
        }
        return try withInterruptsDisabled { () throws(ImageError) -> Unmanaged<ImageContents> in
            defer { Scheduler.wakeAll(image.pointee.lock.pointee.waiters) }
            switch result {
            case .success(let contents):
                Heap.freeze(image.pointee.heap)
                image.pointee.contents = contents
                image.pointee.state = .ready
                return contents
            case .failure(let error):
                image.pointee.state = .failed
                throw error
            }
        }
    }

    private static func translate(_ image: Pointer) throws(ImageError) -> Unmanaged<ImageContents> {
        var assembled: [UInt8] = []
        var binary = image.pointee.bytes
        if isText(binary) {
            // The assembler of components nests on the stack; a component ends here in either form.
            if isComponentText(binary) { throw .module(.component) }
            do throws(TextError) { assembled = try assembleModule(text: binary) } catch { throw .text(error) }
            // SAFETY: the array is kept by the contents and never changed, so its storage stays.
            binary = assembled.withUnsafeBytes { UnsafeRawBufferPointer(start: $0.baseAddress, count: $0.count) }
        }
        var config = Config()
        config.memoryProvider = GuestWindows.provider
        config.stackProvider = GuestWindows.stackProvider
        config.isFuelMetered = image.pointee.isMetered
        // The engine bounds the bytes of its stack; a frame of a small function has about 64.
        config.stackByteCount = max(4096, min(config.stackByteCount, image.pointee.callDepth &* 64))
        config.maximumCallDepth = image.pointee.callDepth
        let code = image.pointee.code
        CodeSpace.settle(&config, code)
        let lock = image.pointee.lock
        config.aroundCompilation = { work in
            // Whoever makes the image does so in the kernel view, is alone with it, and may be ended: it goes with its code.
            if KernelView.isEntered { return CodeSpace.compile(code, work) }
            // On the code's own stack, so that nothing more of the thread's is touched.
            Scheduler.hold(lock, stackByteCount: 0) { CodeSpace.compile(code, work) }
        }
        if binary.count >= lazyByteCount {
            let heap = image.pointee.heap
            config.translation = binary.count < unvalidatedByteCount ? .lazyTranslation : .lazy
            config.aroundLateTranslation = { work in
                Scheduler.hold(lock) {
                    ProcessImage.charge(heap)
                    KernelHeap.with(heap) { work() }
                    // An object that came and stayed is shared like the others.
                    Heap.freezeNew(heap)
                    ProcessImage.split()
                }
            }
        }
        let engine = Engine(config)
        let module: Module
        do throws(WasmError) { module = try Module(engine, bytes: binary, owner: nil) } catch { throw .module(error) }
        let linker = Linker(engine)
        WASIContext.define(in: linker)
        TrialAccess.define?(linker)
        // From here on the processes that use the image only read it.
        engine.freeze()
        return Unmanaged.passRetained(ImageContents(engine: engine, module: module, linker: linker, assembled: assembled))
    }

    /// Whether an address is that of a field that may lead into an image: its contents, and the record of its heap and region.
    static func isNamedField(_ address: UInt64) -> Bool {
        if let leaving, isNamedField(address, of: leaving) { return true }
        var candidate = first
        while let image = candidate {
            if isNamedField(address, of: image) { return true }
            candidate = image.pointee.next
        }
        return false
    }

    private static func isNamedField(_ address: UInt64, of image: Pointer) -> Bool {
        if contains(UnsafeRawBufferPointer(start: image, count: MemoryLayout<ProcessImage>.size), address) { return true }
        let record = UnsafeRawBufferPointer(start: image.pointee.heap, count: KernelHeap.regionHeapByteCount)
        return contains(record, address)
    }

    /// The image that is being given back, for the trials' oracle.
    nonisolated(unsafe) private static var leaving: Pointer?

    /// A process that used the image has ended. The last takes the image with it.
    static func release(_ image: Pointer, by process: Process.Pointer) {
        let isLast = withInterruptsDisabled {
            image.pointee.userCount -= 1
            if case .loading(let loader) = image.pointee.state, loader == process {
                // It ended while it made the image: what there is of it is worth nothing, but it goes with the heap.
                image.pointee.state = .failed
                Scheduler.wakeAll(image.pointee.lock.pointee.waiters)
            }
            process.pointee.image = nil
            process.pointee.code = nil
            split(image)
            guard image.pointee.userCount == 0 else { return false }
            if first == image {
                first = image.pointee.next
            } else {
                var candidate = first
                while let other = candidate, other.pointee.next != image { candidate = other.pointee.next }
                candidate?.pointee.next = image.pointee.next
            }
            return true
        }
        guard isLast else { return }
        if let beforeRelease = TrialAccess.beforeRelease, let region = KernelHeap.region(of: image.pointee.heap) {
            leaving = image
            beforeRelease(region.pointee.range)
            leaving = nil
        }
        KernelHeap.destroyRegionHeap(image.pointee.heap)
        CodeSpace.destroy(image.pointee.code)
        image.deinitialize(count: 1)
        KernelHeap.free(UnsafeMutableRawPointer(image))
    }
}
