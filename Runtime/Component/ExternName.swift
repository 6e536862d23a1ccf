// The names of imports and exports: plain names in kebab case with their annotations, and interface names with versions.
// Spec: Explainer.md of the component model, "Import and Export Definitions" and "Name Uniqueness". Owns nothing.
import Containers
import WasmModule

/// A parsed name, as ranges of the input.
struct ExternName {
    enum Form {
        /// A label, or nothing the grammar annotates.
        case plain
        case constructor
        case method
        case `static`
        case interface
    }

    var form = Form.plain
    /// The whole name.
    var whole: ByteRange
    /// Of an annotated name: the resource's label.
    var resource: ByteRange
    /// What has to be unique in its scope, without regard to case.
    var unique: ByteRange

    /// Parses a name of the input.
    init(_ range: ByteRange, in input: UnsafeRawBufferPointer) throws(ComponentError) {
        whole = range
        resource = range
        unique = range
        let scanner = NameScanner(input, range)
        if scanner.skips("[constructor]") {
            form = .constructor
            resource = range.dropping(13)
            try scanner.requireLabel(resource)
        } else if scanner.skips("[method]") || scanner.skips("[static]") {
            form = scanner.skips("[method]") ? .method : .static
            let rest = range.dropping(8)
            guard let dot = scanner.first(0x2e, in: rest) else {
                throw scanner.error("failed to find `.` character in `%`", .name(rest))
            }
            resource = rest.prefix(dot)
            let member = rest.dropping(dot + 1)
            try scanner.requireLabel(resource)
            try scanner.requireLabel(member)
            unique = scanner.areEqualFolded(resource, member) ? member : rest
        } else if scanner.first(0x3a, in: range) != nil {
            form = .interface
            try scanner.requireInterface(range)
        } else {
            try scanner.requireLabel(range)
        }
    }

    /// Whether bytes are a label in kebab case.
    static func isLabel(_ range: ByteRange, in input: UnsafeRawBufferPointer) -> Bool { NameScanner(input, range).isLabel(range) }
}

extension ByteRange {
    func prefix(_ length: Int) -> ByteRange { ByteRange(offset: offset, count: UInt32(truncatingIfNeeded: length)) }
    func dropping(_ length: Int) -> ByteRange {
        ByteRange(offset: offset + UInt32(truncatingIfNeeded: length), count: count - UInt32(truncatingIfNeeded: length))
    }
}

/// The grammar of names over a stretch of the input.
struct NameScanner {
    let input: UnsafeRawBufferPointer
    let whole: ByteRange

    init(_ input: UnsafeRawBufferPointer, _ whole: ByteRange) {
        self.input = input
        self.whole = whole
    }

    func error(_ message: StaticString, _ first: ErrorArgument = .none, _ second: ErrorArgument = .none) -> ComponentError {
        ComponentError(.invalid, at: Int(whole.offset), message, first, second)
            .during("`%` is not a valid extern name", .name(whole))
    }

    func skips(_ prefix: StaticString) -> Bool {
        guard Int(whole.count) >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount where input[Int(whole.offset) + index] != prefix.utf8Start[index] { return false }
        return true
    }

    /// How far into `range` the first such byte is.
    func first(_ byte: UInt8, in range: ByteRange) -> Int? {
        for index in 0..<Int(range.count) where input[Int(range.offset) + index] == byte { return index }
        return nil
    }

    func areEqualFolded(_ first: ByteRange, _ second: ByteRange) -> Bool {
        guard first.count == second.count else { return false }
        for index in 0..<Int(first.count) {
            guard Self.folded(input[Int(first.offset) + index]) == Self.folded(input[Int(second.offset) + index]) else { return false }
        }
        return true
    }

    private static func folded(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte }

    /// `label`: fragments of one case each, with hyphens between; the first begins with a letter. `words`: all in lower case.
    func isLabel(_ range: ByteRange, isLowercase: Bool = false) -> Bool {
        var isStart = true
        var isFirst = true
        var hasLower = false
        var hasUpper = false
        for index in Int(range.offset)..<range.end {
            let byte = input[index]
            switch byte {
            case 0x2d:
                if isStart { return false }
                isStart = true
                isFirst = false
                hasLower = false
                hasUpper = false
                continue
            case 0x61...0x7a:
                if hasUpper { return false }
                hasLower = true
            case 0x41...0x5a:
                if hasLower || isLowercase { return false }
                hasUpper = true
            case 0x30...0x39: if isFirst, isStart { return false }
            default: return false
            }
            isStart = false
        }
        return !isStart
    }

    func requireLabel(_ range: ByteRange, isLowercase: Bool = false) throws(ComponentError) {
        guard isLabel(range, isLowercase: isLowercase) else { throw error("`%` is not in kebab case", .name(range)) }
    }

    /// `namespace:package/interface@version`.
    func requireInterface(_ range: ByteRange) throws(ComponentError) {
        let colon = first(0x3a, in: range) ?? 0
        try requireLabel(range.prefix(colon), isLowercase: true)
        let afterColon = range.dropping(colon + 1)
        var slash = Int(afterColon.count)
        for index in 0..<Int(afterColon.count) where !isWordByte(afterColon, index) {
            slash = index
            break
        }
        try requireLabel(afterColon.prefix(slash), isLowercase: true)
        guard slash < Int(afterColon.count), input[Int(afterColon.offset) + slash] == 0x2f else {
            throw error("expected `/` after package name")
        }
        let projection = afterColon.dropping(slash + 1)
        var end = Int(projection.count)
        for index in 0..<Int(projection.count) where !isWordByte(projection, index) {
            end = index
            break
        }
        try requireLabel(projection.prefix(end))
        let rest = projection.dropping(end)
        guard rest.count > 0 else { return }
        guard input[Int(rest.offset)] == 0x40 else { throw error("trailing characters found: `%`", .name(rest)) }
        try requireVersion(rest.dropping(1))
    }

    private func isWordByte(_ range: ByteRange, _ index: Int) -> Bool {
        let byte = input[Int(range.offset) + index]
        return byte == 0x2d || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a)
    }

    /// Semantic Versioning 2.0: three numbers, then `-` and `+` parts of dotted identifiers. Also the shortened forms of canonical
    /// names: `1`, `0.2`, `0.0.1`.
    func requireVersion(_ range: ByteRange) throws(ComponentError) {
        guard range.count > 0 else { throw error("empty string, expected a semver version") }
        let parts: InlineArray<3, StaticString> = ["major version number", "minor version number", "patch version number"]
        var position = Int(range.offset)
        var isZeroSoFar = true
        for part in 0..<3 {
            guard position < range.end else { throw error("unexpected end of input while parsing %", .word(parts[part])) }
            let start = position
            while position < range.end, input[position] >= 0x30, input[position] <= 0x39 { position += 1 }
            guard position > start else {
                throw error("unexpected character '%' while parsing %", .character(input[position]), .word(parts[part]))
            }
            if input[start] == 0x30, position > start + 1 { throw error("invalid leading zero in %", .word(parts[part])) }
            guard position - start <= 20 else { throw error("value of % exceeds what a number holds", .word(parts[part])) }
            let isZero = input[start] == 0x30
            if position == range.end, part < 2, isZeroSoFar, !isZero { return }
            isZeroSoFar = isZeroSoFar && isZero
            guard part < 2 else { break }
            guard position < range.end else { throw error("unexpected end of input while parsing %", .word(parts[part + 1])) }
            guard input[position] == 0x2e else {
                throw error("unexpected character '%' after %", .character(input[position]), .word(parts[part]))
            }
            position += 1
        }
        if position < range.end, input[position] == 0x2d {
            position = try identifiers(position + 1, range.end, "pre-release identifier")
        }
        if position < range.end, input[position] == 0x2b { position = try identifiers(position + 1, range.end, "build metadata") }
        guard position == range.end else {
            throw error("unexpected character '%' after %", .character(input[position]), .word("patch version number"))
        }
    }

    /// Dotted identifiers from `start`; where they end. A pre-release number has no leading zero.
    private func identifiers(_ start: Int, _ end: Int, _ what: StaticString) throws(ComponentError) -> Int {
        let isBuild = what.utf8Start[0] == 0x62
        var position = start
        while true {
            let segment = position
            var isNumber = true
            while position < end {
                let byte = input[position]
                guard byte == 0x2d || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a)
                else {
                    break
                }
                if byte < 0x30 || byte > 0x39 { isNumber = false }
                position += 1
            }
            guard position > segment else { throw error("empty identifier segment in %", .word(what)) }
            if isNumber, !isBuild, position > segment + 1, input[segment] == 0x30 { throw error("invalid leading zero in %", .word(what)) }
            guard position < end, input[position] == 0x2e else { return position }
            position += 1
        }
    }

    /// Whether a version is one of the shortened forms.
    func isCanonicalVersion(_ range: ByteRange) -> Bool {
        var dots = 0
        for index in Int(range.offset)..<range.end {
            if input[index] == 0x2e { dots += 1 } else if input[index] < 0x30 || input[index] > 0x39 { return false }
        }
        if dots == 2 { return input[Int(range.offset)] == 0x30 && input[Int(range.offset) + 2] == 0x30 }
        return true
    }
}
