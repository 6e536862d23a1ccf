"""The fuzzers' judge: runs the generated modules under wasmtime's Python package and compares call by call; and compares verdicts on
changed modules. Usage: compare.py FUZZ-PROGRAM SEED MODULES MUTATIONS FOLDER. Ends with a tally."""
import math
import os
import struct
import subprocess
import sys

# wasmtime's words for a trap: ours, as a part of its message.
TRAPS = {
    "unreachable": "unreachable",
    "out of bounds memory access": "out of bounds memory access",
    "undefined element": "undefined element",
    "uninitialized element": "uninitialized element",
    "integer divide by zero": "integer divide by zero",
    "integer overflow": "integer overflow",
    "invalid conversion to integer": "invalid conversion to integer",
    "call stack exhausted": "call stack exhausted",
    "indirect call type mismatch": "indirect call type mismatch",
}
BATCH = 50


def decode(text):
    if not text:
        return []
    values = []
    for item in text.split(","):
        kind, bits = item.split(":")
        bits = int(bits, 16)
        if kind == "i32":
            values.append(bits - (1 << 32) if bits >> 31 else bits)
        elif kind == "i64":
            values.append(bits - (1 << 64) if bits >> 63 else bits)
        elif kind == "f32":
            values.append(struct.unpack("<f", struct.pack("<I", bits))[0])
        else:
            values.append(struct.unpack("<d", struct.pack("<Q", bits))[0])
    return values


def same(left, right):
    if isinstance(left, float) and isinstance(right, float):
        return math.isnan(left) and math.isnan(right) or struct.pack("<d", left) == struct.pack("<d", right)
    return left == right


class Judge:
    def __init__(self, folder):
        import wasmtime

        self.wasmtime, self.folder = wasmtime, folder
        self.engine = wasmtime.Engine()
        self.passed = self.failed = self.skipped = 0

    def fail(self, text):
        self.failed += 1
        if self.failed <= 40:
            print("FAIL", text)

    def call(self, line, store, instance):
        """None when wasmtime agrees with the line, else its answer."""
        head, _, answer = line.partition(" = ")
        _, name, arguments = (head.rstrip("=") + "  ").split(" ")[:3]
        try:
            result = instance.exports(store)[name](store, *decode(arguments))
        except (self.wasmtime.Trap, self.wasmtime.WasmtimeError) as trap:
            message = str(trap)
            expected = TRAPS.get(answer.removeprefix("trap ")) if answer.startswith("trap ") else None
            return None if expected and expected in message else "trap: " + message.splitlines()[-1]
        if answer.startswith("trap "):
            return str(result)
        results = [] if result is None else result if isinstance(result, list) else [result]
        expected = decode(answer)
        agrees = len(results) == len(expected) and all(map(same, results, expected))
        return None if agrees else str(results)

    def module(self, index, lines):
        if not lines:
            return self.fail(f"module {index}: our engine said nothing")
        if "instruction is not translated" in lines[0]:
            # The engine says so itself: counted, not hidden.
            self.skipped += 1
            return None
        if "refused" in lines[0]:
            return self.fail(f"module {lines[0]}")
        module = self.wasmtime.Module.from_file(self.engine, f"{self.folder}/{index}.wasm")
        store = self.wasmtime.Store(self.engine)
        instance = self.wasmtime.Instance(store, module, [])
        for line in lines:
            answer = self.call(line, store, instance)
            if answer is not None:
                return self.fail(f"module {line}; wasmtime: {answer}")
        self.passed += 1

    def run(self, program, seed, count):
        for first in range(0, count, BATCH):
            size = min(BATCH, count - first)
            command = [program, "run", str(seed), str(first), str(size), self.folder]
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=300)
                output = done.stdout
                if done.returncode != 0:
                    print(f"our engine ended with {done.returncode}: {' '.join(command)}")
            except subprocess.TimeoutExpired as expired:
                output = (expired.stdout or b"").decode()
                print(f"our engine did not end: {' '.join(command)}")
            calls = {}
            for line in output.splitlines():
                calls.setdefault(int(line.split(" ", 1)[0]), []).append(line)
            for index in range(first, first + size):
                failed = self.failed
                self.module(index, calls.get(index, []))
                if self.failed == failed and os.path.exists(f"{self.folder}/{index}.wasm"):
                    os.remove(f"{self.folder}/{index}.wasm")

    def mutations(self, program, seed, count):
        path = f"{self.folder}/mutations"
        done = subprocess.run([program, "mutate", str(seed), str(count), path], timeout=3600)
        if done.returncode != 0:
            return self.fail(f"the validator ended with {done.returncode} on changed modules (seed {seed})")
        config = self.wasmtime.Config()
        for name, value in [
            ("wasm_memory64", True), ("wasm_multi_memory", True), ("wasm_tail_call", True), ("wasm_relaxed_simd", True),
            ("wasm_exceptions", False), ("wasm_gc", False), ("wasm_function_references", False), ("wasm_threads", False),
        ]:
            try:
                setattr(config, name, value)
            except (AttributeError, self.wasmtime.WasmtimeError):
                pass
        engine = self.wasmtime.Engine(config)
        data = open(path, "rb").read()
        at = number = 0
        while at < len(data):
            length, verdict = struct.unpack_from("<I", data, at)[0], data[at + 4 : at + 5]
            module = data[at + 5 : at + 5 + length]
            at, number = at + 5 + length, number + 1
            if verdict == b"s":
                self.skipped += 1
                continue
            try:
                self.wasmtime.Module.validate(engine, module)
                theirs, why = b"v", ""
            except self.wasmtime.WasmtimeError as error:
                theirs, why = b"i", str(error).replace("\n", " ")
            if theirs == verdict:
                self.passed += 1
            else:
                open(f"{self.folder}/mutation-{number}.wasm", "wb").write(module)
                self.fail(f"changed module {number}: we say {verdict.decode()}, wasmtime {theirs.decode()} {why[:160]}")


if __name__ == "__main__":
    program, seed, modules, mutations, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    os.makedirs(folder, exist_ok=True)
    try:
        judge = Judge(folder)
    except ImportError:
        print("wasmtime's Python package is missing; `qemu/setup oracle` installs it: nothing was compared")
        print(f"0 passed, 0 failed, {modules + mutations} skipped")
        sys.exit(0)
    judge.run(program, seed, modules)
    judge.mutations(program, seed, mutations)
    print(f"{judge.passed} passed, {judge.failed} failed, {judge.skipped} skipped")
    sys.exit(judge.failed != 0)
