// Random operations on the file system against a model that is nothing but dictionaries and arrays; the seed is printed on failure
// and can be given as MARTLET_SEED.
import FileFixtures
import FileSystems
import Glibc
import Testing
import WASI

/// What a correct file system holds: directories of names, files of bytes, links.
private final class ModelNode {
    enum Kind { case file, directory, link }
    let kind: Kind
    var children: [String: ModelNode] = [:]
    var bytes: [UInt8] = []
    var target = ""
    var linkCount = 1
    init(_ kind: Kind) { self.kind = kind }
}

private struct Model {
    let root = ModelNode(.directory)

    /// The directory that holds the last name, following plain directories only (the test makes no links in the middle of paths).
    func parent(_ path: String) -> Result<(ModelNode, String), Errno> {
        var node = root
        let parts = path.split(separator: "/").map(String.init)
        for part in parts.dropLast() {
            guard let child = node.children[part] else { return .failure(.noent) }
            guard child.kind == .directory else { return .failure(.notdir) }
            node = child
        }
        return .success((node, parts.last!))
    }

    func make(_ path: String, _ kind: ModelNode.Kind, target: String = "") -> Errno {
        switch parent(path) {
        case .failure(let error): return error
        case .success(let (directory, name)):
            guard directory.children[name] == nil else { return .exist }
            let node = ModelNode(kind)
            node.target = target
            directory.children[name] = node
            return .success
        }
    }
    func remove(_ path: String, directoryWanted: Bool) -> Errno {
        switch parent(path) {
        case .failure(let error): return error
        case .success(let (directory, name)):
            guard let node = directory.children[name] else { return .noent }
            if directoryWanted {
                guard node.kind == .directory else { return .notdir }
                guard node.children.isEmpty else { return .notempty }
            } else {
                guard node.kind != .directory else { return .isdir }
            }
            node.linkCount -= 1
            directory.children[name] = nil
            return .success
        }
    }
    func link(_ old: String, _ new: String) -> Errno {
        switch parent(old) {
        case .failure(let error): return error
        case .success(let (directory, name)):
            guard let node = directory.children[name] else { return .noent }
            switch parent(new) {
            case .failure(let error): return error
            case .success(let (newDirectory, newName)):
                guard node.kind != .directory else { return .perm }
                guard newDirectory.children[newName] == nil else { return .exist }
                newDirectory.children[newName] = node
                node.linkCount += 1
                return .success
            }
        }
    }
    private func contains(_ node: ModelNode, _ other: ModelNode) -> Bool {
        node === other || node.children.values.contains { $0.kind == .directory && contains($0, other) }
    }
    func rename(_ old: String, _ new: String) -> Errno {
        switch parent(old) {
        case .failure(let error): return error
        case .success(let (directory, name)):
            guard let node = directory.children[name] else { return .noent }
            switch parent(new) {
            case .failure(let error): return error
            case .success(let (newDirectory, newName)):
                if node.kind == .directory && contains(node, newDirectory) { return .inval }
                if let existing = newDirectory.children[newName] {
                    if existing === node { return .success }
                    if node.kind == .directory {
                        guard existing.kind == .directory else { return .notdir }
                        guard existing.children.isEmpty else { return .notempty }
                    } else {
                        guard existing.kind != .directory else { return .isdir }
                    }
                    existing.linkCount -= 1
                }
                directory.children[name] = nil
                newDirectory.children[newName] = node
                return .success
            }
        }
    }
    func file(_ path: String) -> ModelNode? {
        guard case .success(let (directory, name)) = parent(path), let node = directory.children[name], node.kind == .file else {
            return nil
        }
        return node
    }
}

@Suite struct RandomizedTests {
    /// Compares the whole tree below a directory.
    private func compare(_ guest: TestGuest, _ model: ModelNode, _ path: String, _ seed: UInt64) throws {
        let names = try guest.names(path)
        #expect(names == model.children.keys.sorted(), "seed \(seed), \(path)")
        for (name, child) in model.children {
            let childPath = path == "." ? name : path + "/" + name
            let status = try guest.status(childPath).get()
            switch child.kind {
            case .directory:
                #expect(status.type == 3)
                #expect(status.linkCount == UInt64(2 + child.children.values.count { $0.kind == .directory }))
                try compare(guest, child, childPath, seed)
            case .file:
                #expect(status.linkCount == UInt64(child.linkCount) && status.size == UInt64(child.bytes.count), "seed \(seed)")
                #expect(try Array(guest.content(childPath).utf8) == child.bytes, "seed \(seed), \(childPath)")
            case .link: #expect(try guest.readlink(childPath).get() == child.target)
            }
        }
    }

    @Test func anySequenceOfOperations_agreesWithTheModel() throws {
        let seed = getenv("MARTLET_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 1...UInt64.max)
        for variant in 0..<2 {
            var random = SeededGenerator(state: seed)
            let model = Model()
            // Once from nothing, once above a tree that has the model's beginning already.
            var archive: TestArchive?
            var lower: InitrdTree?
            if variant == 1 {
                var builder = ArchiveBuilder()
                for number in 0..<4 {
                    builder.add("a/b/f\(number)", content: String(repeating: "l", count: number * 3000))
                    if number == 0 { _ = model.make("a", .directory); _ = model.make("a/b", .directory) }
                    _ = model.make("a/b/f\(number)", .file)
                    model.file("a/b/f\(number)")!.bytes = [UInt8](repeating: 0x6c, count: number * 3000)
                }
                archive = TestArchive(builder.finish())
                lower = try archive!.tree()
            }
            let guest = TestGuest(lower: lower)
            let names = ["a", "b", "c", "f0", "f1", "f2"]
            func path() -> String {
                (0..<Int.random(in: 1...3, using: &random)).map { _ in names.randomElement(using: &random)! }.joined(separator: "/")
            }
            for step in 0..<3000 {
                let name = path()
                switch Int.random(in: 0..<10, using: &random) {
                case 0: #expect(guest.makeDirectory(name) == model.make(name, .directory), "seed \(seed) step \(step)")
                case 1: #expect(guest.removeDirectory(name) == model.remove(name, directoryWanted: true), "seed \(seed) step \(step)")
                case 2: #expect(guest.unlink(name) == model.remove(name, directoryWanted: false), "seed \(seed) step \(step)")
                case 3:
                    let other = path()
                    #expect(guest.rename(name, other) == model.rename(name, other), "seed \(seed) step \(step) \(name) \(other)")
                case 4:
                    let other = path()
                    #expect(guest.link(name, other) == model.link(name, other), "seed \(seed) step \(step) \(name) \(other)")
                case 5, 6:
                    let result = guest.open(name, [.create, .exclusive])
                    #expect(result.error == model.make(name, .file), "seed \(seed) step \(step)")
                    if case .success(let fd) = result { _ = guest.close(fd) }
                case 7, 8:
                    guard let file = model.file(name) else { continue }
                    let fd = try guest.mustOpen(name)
                    let offset = Int.random(in: 0..<20_000, using: &random)
                    let bytes = [UInt8](
                        repeating: UInt8.random(in: 97...122, using: &random), count: Int.random(in: 0..<9000, using: &random))
                    #expect(guest.write(fd, bytes, at: UInt64(offset)) == .success(bytes.count))
                    if !bytes.isEmpty {
                        while file.bytes.count < offset + bytes.count { file.bytes.append(0) }
                        file.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
                    }
                    _ = guest.close(fd)
                default:
                    guard let file = model.file(name) else { continue }
                    let fd = try guest.mustOpen(name)
                    let count = Int.random(in: 0..<25_000, using: &random)
                    #expect(guest.call(.fdFilestatSetSize, UInt64(fd), UInt64(count)) == .success)
                    if count < file.bytes.count { file.bytes.removeLast(file.bytes.count - count) }
                    while file.bytes.count < count { file.bytes.append(0) }
                    _ = guest.close(fd)
                }
                if step % 500 == 499 { try compare(guest, model.root, ".", seed) }
            }
            try compare(guest, model.root, ".", seed)
            // Removing everything gives everything back.
            func clear(_ node: ModelNode, _ path: String) {
                for (name, child) in node.children {
                    let childPath = path.isEmpty ? name : path + "/" + name
                    if child.kind == .directory {
                        clear(child, childPath)
                        #expect(guest.removeDirectory(childPath) == .success)
                    } else {
                        #expect(guest.unlink(childPath) == .success)
                    }
                }
            }
            clear(model.root, "")
            #expect(guest.layer.usedByteCount == 0, "seed \(seed)")
            withExtendedLifetime(archive) {}
        }
    }
}
