"""What things around the engine cost in the kernel: instructions for each repetition of a small program.

`costs/NAME.wat` repeats something as often as the constant behind `;; COUNT` says. It runs twice under `-icount`, with COUNT as it stands and
with eleven times it; the difference over ten times COUNT is what one repetition takes, the loop's own instructions (row `loop`) included.
"""

import os
import re
import tempfile

from measurement import COUNTED, call, figure, here, in_kernel, martlet, shown, workloads

folder = os.path.join(here, "costs")
guests = os.path.join(here, "..", "..", "build", "guests")


def instructions(path, *options):
    """Instructions retired by a program in the kernel, or the complaint."""
    _, errors, _ = call([in_kernel, "--tier", "threaded", "--statistics", *options, COUNTED, path])
    count = figure(r"statistics: (\d+) instructions", errors)
    return (count, None) if count is not None and "exit code" not in errors else (None, errors.strip()[:200])


def per_repetition(source, factor, run):
    """The difference of two runs of `source`, one repeating `factor` times more often, for each repetition."""
    count = int(re.search(r"(\d+)\)* ;; COUNT", source).group(1))
    figures = []
    with tempfile.TemporaryDirectory() as scratch:
        for times in (1, factor):
            path = os.path.join(scratch, "cost.wat")
            with open(path, "w") as file:
                file.write(re.sub(r"\d+(\)* ;; COUNT)", r"%d\1" % (count * times), source))
            figure_found, complaint = run(path)
            if complaint:
                return None, complaint
            figures.append(figure_found)
    return (figures[1] - figures[0]) / (count * (factor - 1)), None


def code_byte_count(path):
    """Bytes of a module's code section."""
    with open(path, "rb") as file:
        data = file.read()
    position = 8

    def number():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(data):
        section = data[position]
        position += 1
        size = number()
        if section == 10:
            return size
        position += size
    return 0


def translation():
    """Instructions for each byte of code to validate and translate a module, and the complaint: the slope over our guests of the time from
    boot to the end of a run that has no such export, in a machine whose clock counts instructions."""
    points = []
    for file in sorted(os.listdir(guests)) if os.path.isdir(guests) else []:
        path = os.path.join(guests, file)
        if not file.endswith(".wasm") or not 40_000 < os.path.getsize(path) < 1 << 20:
            continue
        output, errors, _ = call([in_kernel, "--log", "trace", "--invoke", "-", COUNTED, path])
        log = output + errors
        first, last = re.search(r"\[([0-9.]+)\] boot: up", log), re.search(r"\[([0-9.]+)\] balance", log)
        if not first or not last:
            return None, "%s: no times in the log" % file
        points.append((code_byte_count(path), (float(last.group(1)) - float(first.group(1))) * 1e9))
    if len(points) < 3:
        return None, "no guests: make guests"
    mean = [sum(point[axis] for point in points) / len(points) for axis in (0, 1)]
    spread = sum((x - mean[0]) ** 2 for x, _ in points)
    return sum((x - mean[0]) * (y - mean[1]) for x, y in points) / spread, None


def table():
    """Prints the table; gives the number of rows that failed."""
    failed = 0
    print("\nCosts in the kernel: retired instructions for each repetition, its loop included")
    for file in sorted(os.listdir(folder)):
        name, extension = os.path.splitext(file)
        if extension != ".wat":
            continue
        with open(os.path.join(folder, file)) as text:
            source = text.read()
        summary = re.match(r";; (.*)", source).group(1)
        cost, complaint = per_repetition(source, 11, instructions)
        failed += complaint is not None
        print("%-22s %12s   %s" % (name, shown(cost, "%.1f"), complaint or summary), flush=True)
    hello, complaint = instructions(os.path.join(workloads, "hello.wasm"))
    failed += complaint is not None
    print("%-22s %12s   %s" % ("hello", shown(hello, "%.0f"), complaint or "a C program that prints one line, from its first instruction to its end"))
    cost, complaint = translation()
    print("%-22s %12s   %s" % ("translation", shown(cost, "%.1f"), complaint or "validation and translation, for each byte of a module's code"))
    for name in ("fib", "sieve", "hashmap"):
        path = os.path.join(workloads, name + ".wasm")
        plain, first = instructions(path)
        metered, second = instructions(path, "--fuel", str(10**15))
        complaint = first or second
        failed += complaint is not None
        ratio = metered / plain if not complaint else None
        print("%-22s %12s   %s" % ("fuel, " + name, shown(ratio), complaint or "instructions with fuel, as a multiple of those without"))
    return failed
