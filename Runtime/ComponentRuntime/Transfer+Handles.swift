// Handles between two sides: an own handle moves, a borrow handle is lent for the call. Spec: CanonicalABI.md, `lift_own`, `lift_borrow`,
// `lower_own`, `lower_borrow`.
import Containers
import WasmComponent
import WasmEngine

extension Transfer {
    mutating func copyHandle(_ node: UnsafePointer<TypeNode>, from place: Place, to result: Place) throws(ComponentTrap) {
        guard let row = node.pointee.element?.node else { return }
        let type = try scope.resource(nodes[Int(row)].start)
        let isHosts = store.resourceType(type).definer == nil
        let index = UInt32(truncatingIfNeeded: try load(place, 4))
        let isOwn = node.pointee.kind == .own
        let representation: UInt64
        if source.isHost, isHosts {
            // The host has its own resources by their representation.
            representation = UInt64(index)
        } else if isOwn {
            let handle = try source.instance.handles.remove(index, type)
            guard handle.isOwn else { throw ComponentTrap("cannot lift own resource from a borrow (handle index %)", UInt64(index)) }
            representation = handle.representation
        } else {
            let handle = try source.instance.handles.get(index, type)
            guard store.lenders.append(Lender(instance: source.instance, index: index)) else {
                throw ComponentTrap("out of memory for a handle")
            }
            source.instance.handles.lend(index, by: 1)
            representation = handle.representation
        }
        try self.store(try lowered(representation, type, isOwn: isOwn, isHosts: isHosts), result, 4)
    }

    private func lowered(_ representation: UInt64, _ type: ResourceID, isOwn: Bool, isHosts: Bool) throws(ComponentTrap) -> UInt64 {
        if target.isHost, isHosts { return representation }
        if isOwn { return UInt64(try target.instance.handles.add(Handle(type: type, representation: representation, isOwn: true))) }
        if target.instance === store.resourceType(type).definer { return representation }
        guard store.tasks.count > 0 else { throw ComponentTrap("a borrow handle needs a call") }
        let task = store.tasks.count - 1
        store.tasks[task].borrowCount += 1
        return UInt64(
            try target.instance.handles.add(Handle(type: type, representation: representation, isOwn: false, task: UInt32(task))))
    }
}
