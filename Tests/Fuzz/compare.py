"""The fuzzers' judge: runs the generated modules under wasmtime's Python package and compares call by call; and compares verdicts on
changed modules and on those with a field at an extreme. The first SAMPLE modules become scripts under FOLDER/sample, with the results both engines agreed on, for the kernel to run.
Usage: compare.py FUZZ-PROGRAM SEED MODULES MUTATIONS SAMPLE FOLDER. Ends with a tally."""
import math
import os
import shutil
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
    "out of bounds table access": "out of bounds table access",
    "null reference": "null reference",
    "null function reference": "null reference",
    "null exception reference": "null reference",
    "unhandled exception": "thrown Wasm exception",
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


def constants(text):
    """The values of an answer as a script writes them, bit by bit."""
    words = []
    for item in filter(None, text.split(",")):
        kind, bits = item.split(":")
        bits = int(bits, 16)
        if kind in ("i32", "i64"):
            words.append(f"({kind}.const 0x{bits:x})")
            continue
        width, fraction = (32, 23) if kind == "f32" else (64, 52)
        sign, mantissa = bits >> (width - 1), bits & ((1 << fraction) - 1)
        exponent = bits >> fraction & ((1 << (width - 1 - fraction)) - 1)
        value = decode(item)[0]
        special = exponent == (1 << (width - 1 - fraction)) - 1
        number = (f"nan:0x{mantissa:x}" if mantissa else "inf") if special else abs(value).hex()
        words.append(f"({kind}.const {'-' if sign else ''}{number})")
    return " ".join(words)


def same(left, right):
    if isinstance(left, float) and isinstance(right, float):
        return math.isnan(left) and math.isnan(right) or struct.pack("<d", left) == struct.pack("<d", right)
    return left == right


class Judge:
    def __init__(self, folder, sample):
        import wasmtime

        self.wasmtime, self.folder, self.sample = wasmtime, folder, sample
        config = wasmtime.Config()
        # The types of garbage collection are types to us, even while their instructions are off.
        for feature in ["memory64", "multi_memory", "tail_call", "relaxed_simd", "function_references", "exceptions", "gc"]:
            setattr(config, "wasm_" + feature, True)
        # On by default there: shared memories.
        config.wasm_threads = False
        self.engine = wasmtime.Engine(config)
        shutil.rmtree(f"{folder}/sample", ignore_errors=True)
        os.makedirs(f"{folder}/sample")
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
            return None if expected and expected in message else "trap: " + message.strip().splitlines()[-1]
        if answer.startswith("trap "):
            return str(result)
        results = [] if result is None else result if isinstance(result, list) else [result]
        expected = decode(answer)
        agrees = len(results) == len(expected) and all(map(same, results, expected))
        return None if agrees else str(results)

    def module(self, index, lines):
        if not lines:
            return self.fail(f"module {index}: our engine said nothing")
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
        if index < self.sample:
            self.script(index, lines)

    def script(self, index, lines):
        """The module and its calls as a script. What our host build answered, bit by bit, wasmtime has agreed to."""
        with open(f"{self.folder}/{index}.wasm", "rb") as file:
            binary = "".join(f"\\{byte:02x}" for byte in file.read())
        commands = [f'(module binary "{binary}")']
        for line in lines:
            head, _, answer = line.partition(" = ")
            _, name, arguments = (head.rstrip("=") + "  ").split(" ")[:3]
            call = f'(invoke "{name}" {constants(arguments)})'
            if answer == "trap unhandled exception":
                commands.append(f"(assert_exception {call})")
            elif answer.startswith("trap "):
                commands.append(f'(assert_trap {call} "{answer.removeprefix("trap ")}")')
            else:
                commands.append(f"(assert_return {call} {constants(answer)})")
        with open(f"{self.folder}/sample/{index}.wast", "w") as file:
            file.write("\n".join(commands) + "\n")

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

    def verdicts(self, kind, program, *arguments):
        """Compares our verdicts on the modules that `program KIND ARGUMENTS... FILE` writes."""
        path = f"{self.folder}/{kind}"
        done = subprocess.run([program, kind, *map(str, arguments), path], timeout=3600)
        if done.returncode != 0:
            return self.fail(f"our engine ended with {done.returncode}: {kind} {arguments}")
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
                self.wasmtime.Module.validate(self.engine, module)
                theirs, why = b"v", ""
            except self.wasmtime.WasmtimeError as error:
                theirs, why = b"i", str(error).replace("\n", " ")
            if theirs == verdict:
                self.passed += 1
            else:
                open(f"{self.folder}/{kind}-{number}.wasm", "wb").write(module)
                self.fail(f"{kind} module {number}: we say {verdict.decode()}, wasmtime {theirs.decode()} {why[:160]}")


if __name__ == "__main__":
    program, folder = sys.argv[1], sys.argv[6]
    seed, modules, mutations, sample = (int(argument) for argument in sys.argv[2:6])
    os.makedirs(folder, exist_ok=True)
    try:
        judge = Judge(folder, sample)
    except ImportError:
        shutil.rmtree(f"{folder}/sample", ignore_errors=True)
        print("wasmtime's Python package is missing; `qemu/setup oracle` installs it: nothing was compared")
        print(f"0 passed, 0 failed, {modules + mutations + 1} skipped")
        sys.exit(0)
    judge.run(program, seed, modules)
    judge.verdicts("mutate", program, seed, mutations)
    judge.verdicts("extremes", program)
    print(f"{judge.passed} passed, {judge.failed} failed, {judge.skipped} skipped")
    sys.exit(judge.failed != 0)
