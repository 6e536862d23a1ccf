"""Machine code: each workload threaded, and compiled when it is hot, in instructions beside those of the same C compiled for the machine, and in
seconds in QEMU. Compile time is in all figures."""

import os
import re

from measurement import COUNTED, call, figure, here, in_kernel, mean, shown

# The bars: times native, the most of one workload, times faster than threaded code in QEMU.
NATIVE, WORST, FASTER = 1.25, 2.0, 8.0
REPETITIONS = 3


def natives():
    """Workload to millions of instructions."""
    with open(os.path.join(here, "native.tsv")) as lines:
        return {line.split()[0]: int(line.split()[1]) for line in lines if line.strip() and not line.startswith("#")}


def run(image, expected, tier, *options):
    """What `--statistics` says; None when the output is wrong."""
    output, errors, _ = call([in_kernel, "--tier", tier, "--statistics", *options, image])
    return errors if output == expected else None


def seconds(image, expected, tier):
    """The shortest of some runs."""
    best = None
    for _ in range(REPETITIONS):
        errors = run(image, expected, tier)
        found = errors and re.search(r"statistics: ([\d.]+) s,", errors)
        if not found:
            return None
        best = float(found.group(1)) if best is None else min(best, float(found.group(1)))
    return best


def table(images, expected):
    """Prints the table; gives the ratios to native, the ratios of seconds, and how many figures are missing."""
    print("\nMachine code in the kernel (`--tier auto`: threaded until hot, compile time included)")
    print("%-8s %10s %10s %8s %8s %10s %8s %7s %9s %9s" % (
        "workload", "threaded M", "compiled M", "native M", "x native", "threaded s", "auto s", "faster", "functions", "code"))
    ratios, speeds, missing = [], [], 0
    for name, native in natives().items():
        if name not in images:
            continue
        image, wanted = images[name], expected[name]
        said = [run(image, wanted, tier, COUNTED) for tier in ("threaded", "auto")]
        counted = [said_of and figure(r"(\d+) instructions", said_of) for said_of in said]
        times = [seconds(image, wanted, tier) for tier in ("threaded", "auto")]
        if None in counted or None in times:
            missing += 1
            print("%-8s wrong output, or no figures" % name)
            continue
        ratios.append(counted[1] / 1e6 / native)
        speeds.append(times[0] / times[1])
        code = re.search(r"(\d+) functions? compiled to ([\d.]+\w?)", said[1])
        print("%-8s %10.0f %10.0f %8d %8.2f %10.3f %8.3f %7.1f %9s %9s" % (
            name, counted[0] / 1e6, counted[1] / 1e6, native, ratios[-1], times[0], times[1], speeds[-1],
            code.group(1) if code else "-", code.group(2) if code else "-"), flush=True)
    print("%-8s %10s %10s %8s %8s %10s %8s %7s" % ("geomean", "", "", "", shown(mean(ratios)), "", "", shown(mean(speeds), "%.1f")))
    return ratios, speeds, missing
