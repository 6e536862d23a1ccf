// Nodes and properties of a device tree: iteration, lookup by path, by phandle and by `compatible`, and the decoding of `reg`.
// Devicetree Specification 0.4, 2.2.1 (node names), 2.3.6 (reg), 2.3.8 (ranges).

extension DeviceTree {
    /// One node. Valid as long as the tree's bytes are.
    public struct Node {
        let tree: DeviceTree
        /// The offset of the node's BEGIN token's successor: its first property or child.
        let bodyOffset: Int
        /// The full name, with the unit address: `serial@10000000`. The root's is empty.
        public let name: UnsafeRawBufferPointer
        /// How many nodes enclose this one; the root is 0.
        public let depth: Int
        /// The parent's `#address-cells` and `#size-cells`, which `reg` is coded with.
        public let addressCellCount: Int
        public let sizeCellCount: Int

        /// The value of a property; nil when the node has none of that name.
        public func property(_ name: StaticString) -> UnsafeRawBufferPointer? {
            var cursor = Cursor(tree: tree, offset: bodyOffset)
            while case .property(let found, let value) = cursor.next() {
                if isEqual(found, name) { return value }
            }
            return nil
        }

        /// A property of one 32-bit cell, or of two as one 64-bit number.
        public func integer(_ name: StaticString) -> UInt64? {
            guard let value = property(name) else { return nil }
            switch value.count {
            case 4: return UInt64(UInt32(bigEndian: value.loadUnaligned(as: UInt32.self)))
            case 8: return UInt64(bigEndian: value.loadUnaligned(as: UInt64.self))
            default: return nil
            }
        }

        /// The cell of a property by index.
        public func cell(_ name: StaticString, at index: Int) -> UInt32? {
            guard let value = property(name), index >= 0, (index + 1) * 4 <= value.count else { return nil }
            return UInt32(bigEndian: value.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
        }

        /// The first text of a property, without its zero.
        public func text(_ name: StaticString) -> UnsafeRawBufferPointer? {
            guard let value = property(name), let end = value.firstIndex(of: 0) else { return nil }
            return UnsafeRawBufferPointer(rebasing: value[0..<end])
        }

        /// Whether one of the texts of `compatible` is the given one.
        public func isCompatible(with text: StaticString) -> Bool {
            guard let list = property("compatible") else { return false }
            var start = 0
            for index in 0..<list.count where list[index] == 0 {
                if isEqual(UnsafeRawBufferPointer(rebasing: list[start..<index]), text) { return true }
                start = index + 1
            }
            return false
        }

        /// A node is usable unless its `status` says otherwise.
        public var isEnabled: Bool {
            guard let status = text("status") else { return true }
            return isEqual(status, "okay") || isEqual(status, "ok")
        }

        /// The index-th address and size of `reg`. Buses between here and the root are taken to map one to one, as QEMU's do.
        public func register(at index: Int) -> PhysicalRange? {
            guard let value = property("reg") else { return nil }
            let stride = (addressCellCount + sizeCellCount) * 4
            guard stride > 0, index >= 0, (index + 1) * stride <= value.count else { return nil }
            let start = number(in: value, at: index * stride, cellCount: addressCellCount)
            let byteCount = number(in: value, at: index * stride + addressCellCount * 4, cellCount: sizeCellCount)
            return PhysicalRange(start: PhysicalAddress(start), byteCount: byteCount)
        }

        private func number(in value: UnsafeRawBufferPointer, at offset: Int, cellCount: Int) -> UInt64 {
            var number: UInt64 = 0
            for index in 0..<cellCount {
                number = number << 32 | UInt64(UInt32(bigEndian: value.loadUnaligned(fromByteOffset: offset + index * 4, as: UInt32.self)))
            }
            return number
        }
    }

    /// Calls `body` for every node in the tree's order, parents first, until it returns true; says whether one did.
    @discardableResult
    public func firstNode(where body: (Node) -> Bool) -> Node? {
        // The cells of the nodes on the path; a node without the properties has the specification's defaults, 2 and 1.
        var cells = InlineArray<17, (address: Int, size: Int)>(repeating: (2, 1))
        var cursor = Cursor(tree: self, offset: structureStart)
        var depth = -1
        while true {
            switch cursor.next() {
            case .beginNode(let name):
                depth += 1
                let parent: (address: Int, size: Int) = depth == 0 ? (2, 1) : cells[depth - 1]
                cells[depth] = (2, 1)
                let node = Node(
                    tree: self, bodyOffset: cursor.offset, name: name, depth: depth, addressCellCount: parent.address,
                    sizeCellCount: parent.size)
                if body(node) { return node }
            case .endNode: depth -= 1
            case .property(let name, let value):
                if value.count == 4, depth >= 0 {
                    let number = Int(UInt32(bigEndian: value.loadUnaligned(as: UInt32.self)))
                    if isEqual(name, "#address-cells") { cells[depth].address = min(number, 4) }
                    if isEqual(name, "#size-cells") { cells[depth].size = min(number, 4) }
                }
            case .end, .malformed: return nil
            }
        }
    }

    /// Calls `body` for every node.
    public func forEachNode(_ body: (Node) -> Void) {
        firstNode { node in
            body(node)
            return false
        }
    }

    /// The first enabled node compatible with a text.
    public func node(compatibleWith text: StaticString) -> Node? {
        firstNode { $0.isCompatible(with: text) && $0.isEnabled }
    }

    /// The node with a `phandle`.
    public func node(phandle: UInt32) -> Node? {
        firstNode { $0.cell("phandle", at: 0) == phandle }
    }

    /// A node right below the root by its name without the unit address: `chosen`, `cpus`.
    public func topNode(_ name: StaticString) -> Node? {
        firstNode { $0.depth == 1 && $0.hasBaseName(name) }
    }

    /// A node by its path from the root, each part with or without its unit address. What follows a `:` (as in `stdout-path`) is ignored.
    public func node(path: UnsafeRawBufferPointer) -> Node? {
        var end = 0
        while end < path.count, path[end] != UInt8(ascii: ":") { end += 1 }
        guard end > 0, path[0] == UInt8(ascii: "/") else { return nil }
        var partStart = 1
        var partDepth = 1
        func part() -> UnsafeRawBufferPointer {
            var partEnd = partStart
            while partEnd < end, path[partEnd] != UInt8(ascii: "/") { partEnd += 1 }
            return UnsafeRawBufferPointer(rebasing: path[partStart..<partEnd])
        }
        return firstNode { node in
            guard node.depth == partDepth, partStart < end else { return false }
            let wanted = part()
            guard node.matches(wanted) else { return false }
            partStart += wanted.count + 1
            partDepth += 1
            return partStart >= end
        }
    }

    /// Calls `body` for every range of RAM (nodes with `device_type = "memory"`).
    public func forEachMemoryRange(_ body: (PhysicalRange) -> Void) {
        forEachNode { node in
            guard let type = node.text("device_type"), isEqual(type, "memory"), node.isEnabled else { return }
            var index = 0
            while let range = node.register(at: index) {
                if !range.isEmpty { body(range) }
                index += 1
            }
        }
    }

    /// Calls `body` for every range nobody may use: the reservation block, and the children of `/reserved-memory` with a `reg`.
    public func forEachReservedRange(_ body: (PhysicalRange) -> Void) {
        var offset = reservationsStart
        while offset + 16 <= bytes.count {
            let start = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let byteCount = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            if start == 0 && byteCount == 0 { break }
            body(PhysicalRange(start: PhysicalAddress(start), byteCount: byteCount))
            offset += 16
        }
        var isInside = false
        forEachNode { node in
            if node.depth == 1 { isInside = node.hasBaseName("reserved-memory") }
            guard isInside, node.depth == 2 else { return }
            var index = 0
            while let range = node.register(at: index) {
                body(range)
                index += 1
            }
        }
    }
}

extension DeviceTree.Node {
    /// Whether the name up to the `@` is the given one.
    public func hasBaseName(_ text: StaticString) -> Bool {
        hasPrefix(name, text) && (name.count == text.utf8CodeUnitCount || name[text.utf8CodeUnitCount] == UInt8(ascii: "@"))
    }

    func matches(_ part: UnsafeRawBufferPointer) -> Bool {
        guard name.count >= part.count else { return false }
        for index in 0..<part.count where name[index] != part[index] { return false }
        return name.count == part.count || name[part.count] == UInt8(ascii: "@")
    }
}
