// Runs one script: its commands in order. Owns the stores and the modules the script defines.
// Spec: the reference interpreter's script grammar (interpreter/README.md, "Scripts").
import ComponentRuntime
import Containers
import WasmEngine
import WasmModule
import WasmText

/// The bytes of a module, kept alive by the module that was decoded from them.
final class ModuleBytes {
    let buffer: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8]) {
        buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
        buffer.copyBytes(from: bytes)
        count = bytes.count
    }

    private let count: Int
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]) }

    deinit { buffer.deallocate() }
}

/// Runs scripts one after the other; each starts with an empty store and `spectest`. In a script that registers nothing no module can
/// meet another, so each has a store of its own, and what an earlier one had is given back: its guarded memories above all.
///
/// Every command counts once: a module that must load, an action that must not trap, an assertion. `register` counts when it fails.
/// Messages are compared as the reference runners do: the engine's words must begin with the script's, or the script's with the engine's.
public final class ScriptRunner {
    let config: Config
    let vocabulary = Vocabulary()
    let exclusions: ExclusionList
    let report: (ScriptReport) -> Void

    // The state of the script that runs.
    var reader: TokenReader
    var engine: Engine
    /// The current module's.
    var surroundings: Surroundings
    /// Those of named instances.
    var namedSurroundings: [Surroundings] = []
    private(set) var registersModules = false
    /// Instances by the script's names; the empty name is the last module's.
    var instances: [Name: Instance] = [:]
    /// Modules by the script's names, for `module instance`.
    var definitions: [Name: Module] = [:]
    var current: Instance?
    var lastDefinition: Module?
    /// Why commands that need the current module are skipped: its own command was excluded.
    var currentSkipReason: [UInt8]?
    /// Whether the last module or component was a component.
    var isCurrentComponent = false
    /// The script's names of components and of their instances.
    var componentNames: [Name: Bool] = [:]
    var componentDefinitions: [Name: CompiledComponent] = [:]
    var lastComponent: CompiledComponent?
    /// Component instances by the script's names; the current one is the last.
    var componentInstances: [Name: ScriptComponent] = [:]
    var currentComponent: ScriptComponent?
    var scriptPath: [UInt8] = []
    var scriptSkipReason: [UInt8]?
    var isFolderExcluded = false
    var tally = ScriptTally()
    /// What the last `ref.null` read was of: the constant needs it.
    var lastNullIsFunction = false
    var lastNullIsException = false
    private var lineOffset = 0
    private var lineNumber = 1

    /// A runner for engines of this configuration. `report` is told of every command as it ends.
    public init(_ config: Config, exclusions: ExclusionList = ExclusionList(), report: @escaping (ScriptReport) -> Void) {
        self.config = config
        self.exclusions = exclusions
        self.report = report
        reader = TokenReader(text: UnsafeRawBufferPointer(start: nil, count: 0), vocabulary: vocabulary)
        engine = Engine(config)
        surroundings = Surroundings(engine)
    }

    /// Runs a script and returns its totals. `path` names it in the exclusion list.
    @export(interface) @inline(never)
    public func run(script text: UnsafeRawBufferPointer, path: [UInt8]) -> ScriptTally {
        reader = TokenReader(text: text, vocabulary: vocabulary)
        instances = [:]
        definitions = [:]
        current = nil
        lastDefinition = nil
        currentSkipReason = nil
        isCurrentComponent = false
        componentNames = [:]
        forgetComponents()
        engine = Engine(config)
        surroundings = Surroundings(engine)
        namedSurroundings = []
        registersModules = Self.contains(text, "(register")
        tally = ScriptTally()
        scriptPath = path
        scriptSkipReason = exclusions.reason(script: path)
        isFolderExcluded = exclusions.excludesFolder(of: path)
        lineOffset = 0
        lineNumber = 1
        do throws(TextError) {
            try reader.start(at: 0)
            if isInlineModule {
                loadInlineModule()
            } else {
                while reader.current.kind != .end { try command() }
            }
        } catch {
            let located = error.located(in: text)
            finish(located.line, .failed, message: "the script cannot be read: ", located.message)
        }
        current = nil
        instances = [:]
        definitions = [:]
        namedSurroundings = []
        forgetComponents()
        return tally
    }

    /// Where a new module is to live.
    var nextSurroundings: Surroundings { registersModules ? surroundings : Surroundings(engine) }

    private static func contains(_ text: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        var start = 0
        while start + word.utf8CodeUnitCount <= text.count {
            var length = 0
            while length < word.utf8CodeUnitCount, text[start + length] == word.utf8Start[length] { length += 1 }
            if length == word.utf8CodeUnitCount { return true }
            start += 1
        }
        return false
    }

    /// A script that begins with a module field is one module without `(module`.
    private var isInlineModule: Bool {
        guard reader.current.kind == .leftParenthesis, reader.ahead.kind == .keyword else { return false }
        switch reader.aheadWord {
        case Word(.func), Word(.memory), Word(.table), Word(.global), Word(.type), Word(.rec), Word(.import), Word(.export), Word(.tag),
            Word(.elem), Word(.data), Word(.start):
            return true
        default: return false
        }
    }

    /// One top-level form: whatever goes wrong inside it, the next form is read after it.
    private func command() throws(TextError) {
        if reader.current.kind == .annotation { return try reader.advance() }
        guard reader.current.kind == .leftParenthesis else { throw reader.unexpected("a script command") }
        let start = reader.current.start
        let line = line(at: start)
        var after = reader
        try after.advance()
        try after.skipForm()
        if let reason = exclusions.reason(script: scriptPath, line: line) {
            skipCommand(line, reason)
            reader = after
            return
        }
        do throws(TextError) {
            try reader.advance()
            try runCommand(line, start: start, end: after.previousEnd)
        } catch {
            let located = error.located(in: reader.text)
            finish(line, .failed, message: "the command cannot be read: ", located.message)
        }
        reader = after
    }

    private func skipCommand(_ line: Int, _ reason: [UInt8]) {
        if reader.aheadWord == Word(.module) {
            current = nil
            currentSkipReason = reason
        }
        finish(line, .skipped, detail: reason)
    }

    private func runCommand(_ line: Int, start: Int, end: Int) throws(TextError) {
        guard reader.current.kind == .keyword else { throw reader.unexpected("a script command") }
        let word = reader.word
        if word == Word(.component) { return try componentCommand(line, start: start) }
        if word != Word(.module), try isComponentCommand() { return try componentCommand(line, start: start) }
        switch word {
        case Word(.module): try moduleCommand(line, start: start, end: end)
        case Word(.register): try registerCommand(line)
        case Word(.invoke), Word(.get): try actionCommand(line)
        case Word(.assertReturn): try assertReturn(line)
        case Word(.assertTrap): try assertTrap(line)
        case Word(.assertExhaustion): try assertExhaustion(line)
        case Word(.assertException): try assertException(line)
        case Word(.assertInvalid), Word(.assertInvalidCustom): try assertInvalid(line, isCustom: word == Word(.assertInvalidCustom))
        case Word(.assertMalformed), Word(.assertMalformedCustom):
            try assertMalformed(line, isCustom: word == Word(.assertMalformedCustom))
        case Word(.assertUnlinkable): try assertUnlinkable(line)
        default: throw reader.unexpected("a script command")
        }
    }

    /// The line of a place; places come in ascending order.
    func line(at offset: Int) -> Int {
        while lineOffset < offset {
            if reader.text[lineOffset] == 0x0a { lineNumber += 1 }
            lineOffset += 1
        }
        return lineNumber
    }

    // MARK: reporting

    func finish(_ line: Int, _ outcome: ScriptOutcome, detail: [UInt8] = []) {
        tally.count(outcome)
        report(ScriptReport(outcome: outcome, line: line, detail: detail))
    }

    func finish(_ line: Int, _ outcome: ScriptOutcome, message: StaticString, _ second: StaticString = "") {
        var detail: [UInt8] = []
        detail.append(message)
        detail.append(second)
        finish(line, outcome, detail: detail)
    }

    /// Why an assertion on the current module is not run; nil when it is.
    func skipReason(_ instanceName: Name?) -> [UInt8]? {
        if let scriptSkipReason { return scriptSkipReason }
        return instanceName == nil ? currentSkipReason : nil
    }
}

/// Whether one text begins with the other, as the reference runners compare messages. An empty text matches nothing but itself.
func messagesMatch(_ actual: [UInt8], _ expected: [UInt8]) -> Bool {
    let count = min(actual.count, expected.count)
    if count == 0 { return actual.count == expected.count }
    for index in 0..<count where actual[index] != expected[index] { return false }
    return true
}

extension [UInt8] {
    /// The bytes of a static string.
    init(_ string: StaticString) {
        self = Array(UnsafeBufferPointer(start: string.utf8Start, count: string.utf8CodeUnitCount))
    }
}
