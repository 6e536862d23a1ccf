// The function table against the .witx files: every function, parameter and result, by name and type, in both editions.
import FileSystems
import Glibc
import Testing
import WASI

/// The interface definitions, from `../shared` beside the checkout or where `MARTLET_SHARED` points.
private func definition(_ name: String) -> String? {
    let root: String
    if let given = getenv("MARTLET_SHARED") {
        root = String(cString: given)
    } else {
        root = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 } + "/shared"
    }
    guard let file = fopen(root + "/wasi/" + name, "r") else { return nil }
    defer { fclose(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { break }
        text += buffer[0..<count]
    }
    return String(decoding: text, as: UTF8.self)
}

/// The tests that need them are skipped when they are not there, and say so.
private let areDefinitionsThere: Testing.ConditionTrait = .enabled(
    if: definition("preview1/typenames.witx") != nil, "no interface definitions (set MARTLET_SHARED)")

/// A parenthesised expression.
private indirect enum Expression: CustomStringConvertible {
    case atom(String)
    case list([Expression])
    var description: String {
        switch self {
        case .atom(let text): text
        case .list(let parts): "(" + parts.map(\.description).joined(separator: " ") + ")"
        }
    }
    var parts: [Expression] {
        if case .list(let parts) = self { return parts }
        return []
    }
    var text: String {
        if case .atom(let text) = self { return text }
        return ""
    }
}

private func parse(_ text: String) -> [Expression] {
    var tokens: [String] = []
    for line in text.split(separator: "\n") {
        let code = line.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)[0]
        for token in code.replacing("(", with: " ( ").replacing(")", with: " ) ").split(separator: " ") { tokens.append(String(token)) }
    }
    var position = 0
    func list() -> [Expression] {
        var parts: [Expression] = []
        while position < tokens.count {
            let token = tokens[position]
            position += 1
            if token == ")" { break }
            parts.append(token == "(" ? .list(list()) : .atom(token))
        }
        return parts
    }
    return list()
}

private func declarations(_ expressions: [Expression]) -> [String] {
    var found: [String] = []
    for module in expressions where module.parts.first?.text == "module" {
        for function in module.parts where function.parts.first?.text == "@interface" {
            var name = ""
            var parameters: [String] = []
            var results = "none"
            for part in function.parts {
                switch part.parts.first?.text {
                case "export": name = part.parts[1].text.replacing("\"", with: "")
                case "param": parameters.append(part.parts[1].text.dropFirst() + ": " + part.parts[2].description)
                case "result": results = part.parts[2].description
                default: break
                }
            }
            found.append(name + "(" + parameters.joined(separator: ", ") + ") -> " + results)
        }
    }
    return found.sorted()
}

private func text(_ value: StaticString) -> String { value.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }

private func declaration(_ row: FunctionRow) -> String {
    let parameters = row.parameters.map { text($0.name) + ": " + text($0.type.witx) }.joined(separator: ", ")
    let types = row.results.map { text($0.witx) }
    let results: String
    switch types.count {
    case 0: results = "(expected (error $errno))"
    case 1: results = "(expected " + types[0] + " (error $errno))"
    default: results = "(expected (tuple " + types.joined(separator: " ") + ") (error $errno))"
    }
    return text(row.name) + "(" + parameters + ") -> " + (row.returnsErrno ? results : "none")
}

@Suite struct CompletenessTests {
    @Test(areDefinitionsThere) func everyFunctionOfPreview1IsDeclaredAsTheWitxHasIt() throws {
        let witx = try #require(definition("preview1/wasi_snapshot_preview1.witx"), "the shared interface definitions are missing")
        let expected = declarations(parse(witx))
        #expect(expected.count == 46)
        #expect(FunctionRow.all.map(declaration).sorted() == expected)
    }

    @Test(areDefinitionsThere) func everyFunctionOfPreview0IsDeclaredAsTheWitxHasIt() throws {
        let witx = try #require(definition("preview0/wasi_unstable.witx"), "the shared interface definitions are missing")
        let expected = declarations(parse(witx))
        #expect(expected.count == 45)
        #expect(FunctionRow.all.filter(\.isInUnstable).map(declaration).sorted() == expected)
    }

    @Test func theRowsAreInTheOrderOfTheFunctions() {
        #expect(FunctionRow.all.count == WASIFunction.allCases.count)
        for function in WASIFunction.allCases { #expect(function.row.function == function) }
    }

    @Test(areDefinitionsThere) func everyErrorNumberHasTheSpecificationsNameAndPlace() throws {
        for edition in ["preview1", "preview0"] {
            let witx = try #require(definition(edition + "/typenames.witx"), "the shared interface definitions are missing")
            let type = try #require(parse(witx).first { $0.parts.count > 1 && $0.parts[1].text == "$errno" })
            let names = type.parts[2].parts.dropFirst(2).map { String($0.text.dropFirst()) }
            #expect(names.count == Errno.count)
            for (number, name) in names.enumerated() {
                #expect(try text(#require(Errno(rawValue: UInt16(number))).name) == name)
            }
        }
    }

    @Test(areDefinitionsThere) func everyRightHasTheSpecificationsBit() throws {
        let witx = try #require(definition("preview1/typenames.witx"), "the shared interface definitions are missing")
        let type = try #require(parse(witx).first { $0.parts.count > 1 && $0.parts[1].text == "$rights" })
        let names = type.parts[2].parts.dropFirst(2).map(\.text)
        let bits: [String: Rights] = [
            "$fd_read": .fdRead, "$fd_seek": .fdSeek, "$fd_write": .fdWrite, "$path_open": .pathOpen, "$fd_readdir": .fdReaddir,
            "$path_filestat_set_size": .pathFilestatSetSize, "$poll_fd_readwrite": .pollFdReadwrite, "$sock_accept": .sockAccept,
            "$path_unlink_file": .pathUnlinkFile, "$fd_filestat_set_times": .fdFilestatSetTimes,
        ]
        #expect(names.count == 30)
        for (number, name) in names.enumerated() {
            if let right = bits[name] { #expect(right.rawValue == 1 << number, "\(name)") }
        }
    }
}
