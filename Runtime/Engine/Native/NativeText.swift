// NativeText: a function's machine code beside the operations it was made of, for people.

import Containers
import MachineCode
import NativeCode
import WasmModule
import WasmOperations

extension Module {
    /// The functions that have code of their own.
    package var definedFunctions: Range<Int> {
        image.importedFunctionCount..<image.importedFunctionCount + image.bodies.count
    }

    /// Bytes of the body of a function with code of its own, its size's not counted.
    package func bodyByteCount(ofFunction function: Int) -> Int { Int(image.bodies[function - image.importedFunctionCount].count) }

    /// Compiles a function anew and gives `body` the compiler, with its code, and the function's cells. False when the function is not valid, is
    /// imported, cannot be compiled or memory is refused.
    package func compile(
        function: Int, isGuarded: Bool, recordsCells: Bool, recordsMaps: Bool = false,
        _ body: (_ emitter: consuming Emitter, _ cells: UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        recompile(function: function, isGuarded: isGuarded, recordsCells: recordsCells, recordsMaps: recordsMaps) { emitter, translator in
            body(emitter, UnsafeRawBufferPointer(start: translator.code.base, count: translator.code.count))
        }
    }

    private func recompile(
        function: Int, isGuarded: Bool, recordsCells: Bool, recordsMaps: Bool,
        _ body: (_ emitter: consuming Emitter, _ translator: borrowing Translator) -> Void
    ) -> Bool {
        let index = function - image.importedFunctionCount
        guard index >= 0, index < image.bodies.count,
            let layout = EngineLayout(isGuarded: isGuarded, isMetered: engine.config.isFuelMetered)
        else { return false }
        var translator = Translator(self)
        translator.recordsSourceMap = true
        do throws(WasmError) { try translator.translate(body: index) } catch { return false }
        var emitter = Emitter(layout, byteLimit: engine.config.codeByteLimit)
        emitter.recordsCells = recordsCells
        emitter.recordsMaps = recordsMaps
        var targets = GrowableArray<UInt32>()
        guard NativeCompiler.compile(&emitter, translator, index: UInt32(function), &targets) else { return false }
        body(emitter, translator)
        return true
    }

    /// Compiles a function anew, for guarded memories, and appends its code's text: each operation with the offset of its instruction in the
    /// module, below it its instructions with their offsets. What is behind the last operation is ways in and out. False when the function
    /// is not valid, is imported, cannot be compiled or memory is refused.
    public func appendNativeCode(ofFunction function: Int, to text: inout [UInt8]) -> Bool {
        recompile(function: function, isGuarded: true, recordsCells: true, recordsMaps: false) { emitter, translator in
            Module.append(emitter, translator, to: &text)
        }
    }

    private static func append(_ emitter: borrowing Emitter, _ translator: borrowing Translator, to text: inout [UInt8]) {
        let words = emitter.code.bytes.bindMemory(to: UInt32.self)
        var site = 0
        var instruction = 0
        for index in words.indices {
            while site < emitter.cellSites.count, Int(emitter.cellSites[site].codeOffset) == index * 4 {
                let cell = Int(emitter.cellSites[site].cellOffset)
                while instruction + 1 < translator.sourceMap.count, Int(translator.sourceMap[instruction + 1].cell) <= cell {
                    instruction += 1
                }
                if translator.sourceMap.count > 0 { text.append(decimal: Int(translator.sourceMap[instruction].instruction)) }
                text.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: " ")])
                OperationText.append(translator.code, cell, &text)
                site += 1
            }
            for _ in 0..<8 { text.append(UInt8(ascii: " ")) }
            text.append(decimal: index * 4)
            text.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: " ")])
            text.append(machineWord: words[index])
            text.append(UInt8(ascii: "\n"))
        }
    }
}
