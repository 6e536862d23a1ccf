// Memory-mapped registers: the one way drivers touch a device. Every access is volatile and in program order for its device.
// RISC-V unprivileged specification 2.7 (FENCE): ordering between device registers and memory is made explicit by the fences below.
import CMachine
import KernelCore

/// The registers of one device, by byte offset.
public struct DeviceRegisters: Sendable {
    public let base: UInt

    public init(_ address: PhysicalAddress) { base = UInt(address.rawValue) }

    @inline(__always) public func load8(_ offset: UInt) -> UInt8 { machine_load8(base &+ offset) }
    @inline(__always) public func load32(_ offset: UInt) -> UInt32 { machine_load32(base &+ offset) }
    @inline(__always) public func load64(_ offset: UInt) -> UInt64 { machine_load64(base &+ offset) }
    @inline(__always) public func store8(_ offset: UInt, _ value: UInt8) { machine_store8(base &+ offset, value) }
    @inline(__always) public func store32(_ offset: UInt, _ value: UInt32) { machine_store32(base &+ offset, value) }
    @inline(__always) public func store64(_ offset: UInt, _ value: UInt64) { machine_store64(base &+ offset, value) }
}

/// Orders memory between the hart and devices.
public enum Fence {
    /// Everything before is seen before everything after, memory and devices.
    @inline(__always) public static func full() { machine_fence_full() }
    /// Writes before are seen before writes after.
    @inline(__always) public static func writes() { machine_fence_writes() }
    /// Reads before are done before reads after.
    @inline(__always) public static func reads() { machine_fence_reads() }
    /// Code written before is what is executed after.
    @inline(__always) public static func instructions() { machine_fence_instructions() }
}

/// Memory a device reads and writes behind the compiler's back: volatile loads and stores of its words.
public enum SharedMemory {
    @inline(__always) public static func load16(_ address: UInt) -> UInt16 { machine_load16(address) }
    @inline(__always) public static func load32(_ address: UInt) -> UInt32 { machine_load32(address) }
    @inline(__always) public static func store16(_ address: UInt, _ value: UInt16) { machine_store16(address, value) }
    @inline(__always) public static func store32(_ address: UInt, _ value: UInt32) { machine_store32(address, value) }
    @inline(__always) public static func store64(_ address: UInt, _ value: UInt64) { machine_store64(address, value) }
}
