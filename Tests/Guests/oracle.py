"""Runs a case under wasmtime's Python package: the judge of what a program should print. qemu/setup oracle installs it into build/tools/python."""

import os
import sys

# wasmtime's words for a trap, as far as they are not the reference interpreter's that our own line uses.
TRAP_WORDS = {
    "wasm `unreachable` instruction executed": "unreachable",
    "call stack exhausted": "call stack exhausted",
    "out of bounds memory access": "out of bounds memory access",
    "undefined element: out of bounds table access": "undefined element",
    "uninitialized element": "uninitialized element",
    "indirect call type mismatch": "indirect call type mismatch",
    "integer overflow": "integer overflow",
    "integer divide by zero": "integer divide by zero",
    "invalid conversion to integer": "invalid conversion to integer",
    "all fuel consumed by WebAssembly": "all fuel consumed",
}


class Oracle:
    """An engine and a store for each case, with every proposal on that the guests use."""

    def __init__(self, room):
        self.room = room
        sys.path.insert(0, os.path.join(os.path.dirname(room.images), "tools", "python"))
        try:
            import wasmtime
        except ImportError:
            sys.exit("Tests/Guests: wasmtime is missing; `qemu/setup oracle` installs it")
        self.wasmtime = wasmtime

    def run(self, case, place):
        """(exit code, standard output, standard error with the line that Martlet would add)."""
        wasmtime = self.wasmtime
        limits = dict(zip(case.options[::2], case.options[1::2]))
        config = wasmtime.Config()
        config.wasm_exceptions = True
        config.consume_fuel = "--fuel" in limits
        engine = wasmtime.Engine(config)
        store = wasmtime.Store(engine)
        if "--fuel" in limits:
            store.set_fuel(int(limits["--fuel"]))
        if "--max-memory" in limits:
            digits = limits["--max-memory"]
            unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(digits[-1], 1)
            store.set_limits(memory_size=int(digits.rstrip("KMG")) * unit)
        settings = wasmtime.WasiConfig()
        settings.argv = [limits.get("--argv0", case.program + ".wasm")] + case.arguments
        settings.env = [tuple(variable.split("=", 1)) for variable in case.environment]
        for host, guest in place.directories:
            settings.preopen_dir(host, guest)
        files = {name: os.path.join(place.folder, name) for name in ("stdin", "stdout", "stderr")}
        with open(files["stdin"], "wb") as file:
            file.write(case.stdin())
        settings.stdin_file = files["stdin"]
        settings.stdout_file = files["stdout"]
        settings.stderr_file = files["stderr"]
        store.set_wasi(settings)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        status, line, printed = 0, "", b""
        try:
            with open(self.room.image(case.program), "rb") as file:
                module = wasmtime.Module(engine, file.read())
            instance = linker.instantiate(store, module)
            if "_initialize" in instance.exports(store):
                instance.exports(store)["_initialize"](store)
            if "--invoke" in limits:
                function = instance.exports(store)[limits["--invoke"]]
                kinds = [str(kind) for kind in function.type(store).params]
                values = [float(word) if kind[0] == "f" else int(word) for kind, word in zip(kinds, case.arguments)]
                results = function(store, *values)
                results = [] if results is None else results if isinstance(results, list) else [results]
                printed = b"".join(b"%s\n" % repr(result).removesuffix(".0").encode() for result in results)
            else:
                instance.exports(store)["_start"](store)
        except wasmtime.ExitTrap as exit:
            status = exit.code
        except wasmtime.Trap as trap:
            status, line = 134, "martlet: trap: %s\n" % next((ours for theirs, ours in TRAP_WORDS.items() if theirs in trap.message), trap.message)
        except wasmtime.WasmtimeError as error:
            fuel = "all fuel consumed" in str(error)
            status, line = (134, "martlet: all fuel consumed\n") if fuel else (1, "martlet: %s\n" % str(error).replace("\n", " "))
        del store, linker
        with open(files["stdout"], "rb") as out, open(files["stderr"], "rb") as err:
            return status, out.read() + printed, err.read() + line.encode()
