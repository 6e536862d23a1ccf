// Names found without an index: what a trap's report asks for, which must get along without memory. Specification appendix A.4.

extension NameSection {
    /// A function's name, looked for from the section's start; nil when it has none or the section is not in order.
    public static func functionName(_ function: UInt32, in image: ModuleImage) -> ByteRange? {
        guard var names = subsection(.function, of: image), let count = try? names.length() else { return nil }
        for _ in 0..<count {
            guard let index = try? names.u32(), index <= function else { return nil }
            // Only the name that is wanted is looked into.
            if index == function { return try? names.name(limit: Int.max) }
            guard (try? names.vector()) != nil else { return nil }
        }
        return nil
    }

    /// The module's own name; nil when it has none.
    public static func moduleName(in image: ModuleImage) -> ByteRange? {
        guard var name = subsection(.module, of: image) else { return nil }
        return try? name.name(limit: Int.max)
    }

    /// The first name section's part of a kind.
    private static func subsection(_ kind: NameKind, of image: ModuleImage) -> ByteReader? {
        guard var reader = contents(of: image) else { return nil }
        while !reader.isAtEnd {
            guard let id = try? reader.byte(), let part = try? reader.vector() else { return nil }
            if id == kind.rawValue { return ByteReader(image.bytes, part) }
        }
        return nil
    }

    /// The first custom section called `name`.
    static func contents(of image: ModuleImage) -> ByteReader? {
        let wanted: StaticString = "name"
        for section in image.customSections where section.name.count == 4 {
            let name = image[section.name]
            if (0..<4).allSatisfy({ name[$0] == wanted.utf8Start[$0] }) { return ByteReader(image.bytes, section.contents) }
        }
        return nil
    }
}
