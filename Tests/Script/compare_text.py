"""Every text module of the official scripts, assembled by us and by others: the same verdict, the same exports, and our print is a fixed point.

Usage: compare_text.py FUZZ-PROGRAM SPEC-FOLDER EXCLUSIONS WORK-FOLDER. Ends with a tally: for each module one test of our verdict against the script's
and of the round trip, and one for each other assembler (wasmtime's Python package, which holds the `wat` crate of wasm-tools; `wat2wasm` of
wabt) of its verdict and exports. Where another one judges otherwise and the script agrees with us, that is its own matter: skipped, with the reason."""
import collections
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

KINDS = ["func", "table", "memory", "global", "tag"]


def unsigned(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def exports(data):
    """The exports of a binary, as our program writes them."""
    at, found = 8, []
    while at < len(data):
        section, at = data[at], at + 1
        size, at = unsigned(data, at)
        if section == 7:
            count, place = unsigned(data, at)
            for _ in range(count):
                length, place = unsigned(data, place)
                name, kind = data[place : place + length], data[place + length]
                _, place = unsigned(data, place + length + 1)
                found.append(f"{KINDS[kind]}:{name.hex()}")
        at += size
    return found


class Wasmtime:
    name = "wasmtime"

    def __init__(self):
        import wasmtime

        self.wasmtime = wasmtime
        config = wasmtime.Config()
        for feature in ["memory64", "multi_memory", "tail_call", "relaxed_simd", "function_references", "exceptions", "gc"]:
            try:
                setattr(config, "wasm_" + feature, True)
            except (AttributeError, wasmtime.WasmtimeError):
                pass
        self.engine = wasmtime.Engine(config)

    def judge(self, path):
        try:
            with open(path, "rb") as file:
                text = file.read().decode()
            binary = bytes(self.wasmtime.wat2wasm(text))
        except (self.wasmtime.WasmtimeError, UnicodeDecodeError) as error:
            return "malformed", [], reason(str(error))
        try:
            self.wasmtime.Module.validate(self.engine, binary)
        except self.wasmtime.WasmtimeError as error:
            return "invalid", [], reason(str(error))
        return "valid", exports(binary), ""


class Wabt:
    name = "wabt"

    def __init__(self):
        self.program = shutil.which("wat2wasm")
        if not self.program:
            raise ImportError

    def judge(self, path):
        output = path + ".wabt"
        try:
            done = subprocess.run([self.program, "--enable-all", path, "-o", output], capture_output=True, timeout=60)
        except subprocess.TimeoutExpired:
            return "malformed", [], "took over a minute"
        if done.returncode != 0:
            return "refused", [], reason(done.stderr.decode(errors="replace"))
        with open(output, "rb") as file:
            binary = file.read()
        os.unlink(output)
        return "valid", exports(binary), ""


def reason(message):
    """The kind of a complaint: its first line without the place and without names and numbers."""
    line = next((part for part in message.splitlines() if "error" in part), message.splitlines()[0] if message else "no reason given")
    line = re.sub(r"^.*?error:? *", "", line)
    line = re.sub(r"\(at offset.*", "", line)
    return re.sub(r"[\"'`$].*|\d+", "…", line).strip()[:60] or "no reason given"


def excluded_by(path):
    """The exclusion list: by script and line, `*` for all, the reason."""
    with open(path) as file:
        rows = [line.split(None, 2) for line in file if line.strip() and not line.startswith("#")]
    return {(script, line): why.strip() for script, line, why in rows}


def main():
    program, spec, exclusions, work = sys.argv[1:5]
    excluded = excluded_by(exclusions)
    os.makedirs(work, exist_ok=True)
    scripts = sorted(
        os.path.join(folder, name) for folder, _, names in os.walk(spec) for name in names
        if name.endswith(".wast") and "/proposals/" not in folder + "/")
    done = subprocess.run([program, "modules", work] + scripts, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"FAIL the program ended with {done.returncode}: {done.stderr[-300:]}")
        print("0 passed, 1 failed, 0 skipped")
        return 1
    modules = []
    for line in done.stdout.splitlines():
        number, place, expected, ours, round_trip, *names = line.split(" ")
        modules.append((f"{work}/{number}.wat", os.path.relpath(place, spec), expected, ours, round_trip, [n for n in names if n]))
    passed = failed = 0
    skipped = collections.Counter()

    def fail(text):
        nonlocal failed
        failed += 1
        if failed <= 40:
            print("FAIL", text)

    for path, place, expected, ours, round_trip, _ in modules:
        script, line = place.rsplit(":", 1)
        why = excluded.get((os.path.basename(script), "*")) or excluded.get((os.path.basename(script), line))
        if ours != expected and why:
            skipped["excluded from the scripts: " + why] += 1
        elif ours != expected:
            fail(f"{place}: {expected} says the script, {ours} we")
        elif round_trip == "differs":
            fail(f"{place}: print, assemble, print is no fixed point")
        else:
            passed += 1
    judges = []
    for kind in (Wasmtime, Wabt):
        try:
            judges.append(kind())
        except ImportError:
            skipped[f"{kind.name} is not installed"] += len(modules)
    for judge in judges:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda module: judge.judge(module[0]), modules))
        for (path, place, expected, ours, _, names), (verdict, theirs, why) in zip(modules, answers):
            if (verdict == "valid") != (ours == "valid"):
                # Either we pass the script's own word above, or the script is excluded there.
                skipped[f"{judge.name} judges otherwise than we do: {why or 'accepts it'}"] += 1
            elif verdict == "valid" and names != theirs:
                fail(f"{place}: we export {names}, {judge.name} {theirs}")
            else:
                passed += 1
    for why, count in skipped.most_common():
        print(f"skipped {count}: {why}")
    print(f"{len(modules)} text modules of {len(scripts)} scripts")
    print(f"{passed} passed, {failed} failed, {sum(skipped.values())} skipped")
    return failed != 0


sys.exit(main())
