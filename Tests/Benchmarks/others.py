"""Other runtimes on this host, for scale: each a command that runs a WASI program, or a visible reason why not.

The reference counts are of riscv64 builds that are not here; these are what a machine can have: WasmKit (in the Swift toolchain), WABT's
`wasm-interp` (Debian), wasm3, WAMR and wasmi where their commands are in PATH, and wasmtime (PyPI), which compiles.
"""

import os
import shutil
import sys

from measurement import call, fastest, martlet, mean, root, shown, workloads

# Runs a program under wasmtime's Python package: the file, as `_start`.
WASMTIME = """
import sys, wasmtime
engine = wasmtime.Engine()
store, linker = wasmtime.Store(engine), wasmtime.Linker(engine)
wasi = wasmtime.WasiConfig()
wasi.inherit_stdout()
store.set_wasi(wasi)
linker.define_wasi()
instance = linker.instantiate(store, wasmtime.Module.from_file(engine, sys.argv[1]))
try:
    instance.exports(store)["_start"](store)
except wasmtime.ExitTrap as exit:
    sys.exit(exit.code)
"""


def commands():
    """Runtime to the words before the program's path, or None."""
    def found(name, *words):
        path = shutil.which(name)
        return [path, *words] if path else None

    wasmtime = None
    tools = os.path.join(root, "build", "tools", "python")
    script = [sys.executable, "-c", "import sys; sys.path.append(%r)%s" % (tools, WASMTIME)]
    if call([sys.executable, "-c", "import sys; sys.path.append(%r); import wasmtime" % tools])[1] == "":
        wasmtime = script
    return {
        "wasm3": found("wasm3"),
        "WAMR": found("iwasm"),
        "wasmi": found("wasmi_cli"),
        "WasmKit": found("wasmkit", "run"),
        "wasm-interp": found("wasm-interp", "--wasi"),
        "wasmtime": wasmtime,
    }


def compare(images, expected):
    """The table: seconds of each workload here and how many times longer the others take."""
    runtimes = commands()
    absent = {}
    for name, words in runtimes.items():
        if words is None:
            absent[name] = "not installed"
            continue
        output, errors, _ = call(words + [os.path.join(workloads, "hello.wasm")])
        if output != "hello, wasm":
            absent[name] = "does not run hello.wasm: %s" % " ".join((output + " " + errors).split())[:100]
    present = [name for name in runtimes if name not in absent]
    print("\nOther runtimes on this host: wall time of the whole process, as a multiple of martlet's (above 1: martlet is faster)")
    print("%-8s %10s" % ("workload", "martlet s") + "".join(" %12s" % name for name in present))
    ratios = {name: [] for name in present}
    for name, image in images.items():
        own = fastest([martlet, "run", image], expected[name])
        line = "%-8s %10s" % (name, shown(own, "%.3f"))
        for runtime in present:
            seconds = fastest(runtimes[runtime] + [image], expected[name])
            if seconds is None or own is None:
                line += " %12s" % "wrong output"
            else:
                ratios[runtime].append(seconds / own)
                line += " %12.2f" % (seconds / own)
        print(line, flush=True)
    print("%-8s %10s" % ("geomean", "") + "".join(" %12s" % shown(mean(ratios[name])) for name in present))
    for name, reason in absent.items():
        print("%s: %s" % (name, reason))
    print("wasmtime compiles (and is started by Python, which takes 0.1 s of each of its runs); the others interpret")
