"""The table of speed: each program as threaded code and compiled when it is hot, beside the same sources compiled for the machine. Instructions
are counted; seconds are processor time of QEMU, less what starting QEMU and the kernel takes, so loading and compiling are in all figures."""

import os
import re

import baseline
import chart
from measurement import COUNTED, call, figure, here, in_kernel, mean, processor_seconds, shown, workloads

# The bars. Of the small workloads: the mean over native, the most of one, the mean of times faster than threaded code in QEMU. Of programs nobody
# tuned for, each: over native, times faster.
MEAN, WORST, FASTER = 1.25, 2.0, 8.0
UNTUNED, UNTUNED_FASTER = 2.5, 3.5
# A time is the shortest of some runs: short runs are repeated more often, since what else the machine does weighs more in them.
REPETITIONS, SHORT_REPETITIONS, SHORT_SECONDS = 3, 5, 1.0
# Lua and SQLite reach their steady speed within this time: from the repetition on from which FOLLOWING ones take at most 1.1 of what they take in the end.
STEADY_MILLISECONDS, FOLLOWING, SLACK = 100, 5, 1.1
TIERS = ("threaded", "auto")
FIGURES = os.path.join(here, "speed.tsv")


class Row:
    """What was measured of a program; None is not measured. Instructions are in millions."""

    def __init__(self, program, is_tuned):
        self.name, self.is_tuned = program.name, is_tuned
        self.native = self.here = self.native_seconds = None
        self.instructions, self.seconds = {}, {}
        self.functions = self.code = self.complaint = None

    def over_native(self):
        return self.instructions["auto"] / self.native if self.native else None

    def faster(self):
        return self.seconds["threaded"] / self.seconds["auto"]

    def seconds_over_native(self):
        return self.seconds["auto"] / self.native_seconds if self.native_seconds else None


def published():
    """Workload to millions of instructions."""
    with open(os.path.join(here, "native.tsv")) as lines:
        return {line.split()[0]: int(line.split()[1]) for line in lines if line.strip() and not line.startswith("#")}


def words(program, tier, *options):
    return [in_kernel, "--tier", tier, *options, *program.options, program.image, *program.arguments]


def starting(program_words, output):
    """The processor time of a run that does next to nothing: QEMU's start and the kernel's."""
    found = [processor_seconds(program_words) for _ in range(SHORT_REPETITIONS)]
    return min(seconds for _, seconds in found) if all(said == output for said, _ in found) else 0.0


def measure(program, is_tuned, native, start, native_start):
    """The row of a program; its complaint says what is wrong."""
    row = Row(program, is_tuned)
    said, row.here = baseline.run(program, "-icount", "shift=0")
    expected = program.expected if program.expected is not None else said
    if said is not None and said != expected:
        row.complaint = "native: %r" % said[:80]
    # A figure that others published for the same source is what the bar is about.
    row.native = native.get(program.name, row.here)
    for tier in TIERS:
        output, errors, _ = call(words(program, tier, "--statistics", COUNTED))
        if output != expected:
            row.complaint = "%s: %r %s" % (tier, output[:80], errors.strip()[:200])
            return row
        row.instructions[tier] = (figure(r"(\d+) instructions", errors) or 0) / 1e6
    code = re.search(r"(\d+) functions? compiled to ([\d.]+\w?)", errors)
    if code:
        row.functions, row.code = code.groups()
    # By turns, so that what else the machine does meets all of them.
    times = {tier: [] for tier in (*TIERS, "native")}
    for repetition in range(SHORT_REPETITIONS):
        if repetition >= REPETITIONS and times["auto"][0] > SHORT_SECONDS:
            break
        # The slow one is repeated as often as need be.
        for tier in TIERS[1 if repetition >= REPETITIONS and times["threaded"][0] > SHORT_SECONDS else 0:]:
            output, seconds = processor_seconds(words(program, tier))
            if output != expected:
                row.complaint = "%s: %r" % (tier, output[:80])
                return row
            times[tier].append(max(seconds - start, 0.001))
        if row.here:
            times["native"].append(max(baseline.seconds(program) - native_start, 0.001))
    row.seconds = {tier: min(times[tier]) for tier in TIERS}
    row.native_seconds = min(times["native"], default=None)
    return row


def shown_row(row):
    print("%-9s %8s %8s %9.0f %8.0f %9s %10s %9.3f %7.3f %9s %7.1f %10s %7s" % (
        row.name, shown(row.native, "%.0f"), shown(row.here, "%.0f"), row.instructions["threaded"], row.instructions["auto"], shown(row.over_native()),
        shown(row.native_seconds, "%.3f"), row.seconds["threaded"], row.seconds["auto"], shown(row.seconds_over_native()), row.faster(),
        row.functions or "-", row.code or "-"), flush=True)


def shown_means(name, rows):
    print("%-9s %8s %8s %9s %8s %9s %10s %9s %7s %9s %7s" % (
        name, "", "", "", "", shown(mean([row.over_native() for row in rows])), "", "", "", shown(mean([row.seconds_over_native() for row in rows])),
        shown(mean([row.faster() for row in rows]), "%.1f")))


def write(rows):
    """The figures, for the picture and for who compares."""
    with open(FIGURES, "w") as file:
        file.write("# Written by `make bench`: millions of instructions (native, threaded, machine code), seconds in QEMU (the same three).\n")
        for row in rows:
            file.write("\t".join([row.name, shown(row.native, "%.1f")] + ["%.1f" % row.instructions[tier] for tier in TIERS]
                                 + [shown(row.native_seconds, "%.3f")] + ["%.3f" % row.seconds[tier] for tier in TIERS]) + "\n")


def steady(program, words_of_repetitions, speed):
    """Milliseconds of processor time until a program that does the same again and again is as fast as it gets, at `speed` instructions a
    millisecond: counted, so it is the same each time. None when it does not run."""
    output, _, _ = call([in_kernel, COUNTED, *program.options, *words_of_repetitions])
    ends = [float(line) for line in output.split() if re.fullmatch(r"[\d.]+", line)]
    lasted = [after - before for before, after in zip([0.0] + ends, ends)]
    if len(lasted) < 4 * FOLLOWING:
        return None
    usual = sorted(lasted[len(lasted) // 2:])[len(lasted) // 4]
    for index in range(len(lasted) - FOLLOWING):
        if sum(lasted[index:index + FOLLOWING]) <= SLACK * usual * FOLLOWING:
            # The clock of such a run counts instructions as nanoseconds.
            return ends[index - 1] * 1e9 / speed if index else 0.0
    return None


def bars(rows):
    """(what, value, bar, whether it is met) of each bar that was measured."""
    tuned = [row for row in rows if row.is_tuned]
    ratios = [row.over_native() for row in tuned]
    faster = mean([row.faster() for row in tuned])
    found = []
    if tuned:
        found = [
            ("instructions over native, mean", mean(ratios), MEAN, mean(ratios) <= MEAN),
            ("instructions over native, worst", max(ratios), WORST, max(ratios) <= WORST),
            ("times faster than threaded code, mean", faster, FASTER, faster >= FASTER),
        ]
    for row in rows:
        if not row.is_tuned:
            found.append(("%s: instructions over native" % row.name, row.over_native(), UNTUNED, row.over_native() <= UNTUNED))
            found.append(("%s: times faster than threaded code" % row.name, row.faster(), UNTUNED_FASTER, row.faster() >= UNTUNED_FASTER))
    return found


def table(images, expected, is_whole):
    """Prints the table and a line for each bar; gives the bars and how many figures are missing. `is_whole`: of all programs, so worth writing down."""
    baseline.build()
    print("\nSpeed: millions of instructions, seconds of QEMU's processor time (native: bare; Martlet: load and compilation included)")
    print("%-9s %8s %8s %9s %8s %9s %10s %9s %7s %9s %7s %10s %7s" % (
        "program", "native M", "ours M", "threaded M", "auto M", "x native", "native s", "threaded s", "auto s", "x native", "faster", "functions", "code"))
    native, programs = published(), []
    programs = [(program, True) for program in baseline.tuned(images, expected) if program.name in native]
    if is_whole:
        programs += [(program, False) for program in baseline.untuned()]
    hello = baseline.Program("hello", os.path.join(workloads, "hello.wasm"), expected="hello, wasm")
    start = starting(words(hello, "auto"), hello.expected)
    native_start = min(baseline.seconds(hello) for _ in range(SHORT_REPETITIONS)) if os.path.exists(hello.native) else 0.0
    rows, missing = [], 0
    for program, is_tuned in programs:
        row = measure(program, is_tuned, native, start, native_start)
        if row.complaint:
            missing += 1
            print("%-9s wrong output %s" % (row.name, row.complaint))
            continue
        rows.append(row)
        shown_row(row)
    shown_means("geomean", [row for row in rows if row.is_tuned])
    if any(not row.is_tuned for row in rows):
        shown_means("all", rows)
    print("native M: published for the same source, or else ours M, what clang -O2 makes of it here; starting QEMU takes %.2f s, and the kernel %.2f s more"
          % (native_start, start - native_start))
    found = bars(rows)
    for program, _ in programs:
        row = next((row for row in rows if row.name == program.name and program.repeated), None)
        value = row and steady(program, program.repeated, row.instructions["auto"] * 1e6 / row.seconds["auto"] / 1e3)
        if row:
            missing += value is None
            found.append(("%s: milliseconds until its speed is steady" % row.name, value, STEADY_MILLISECONDS,
                          value is not None and value <= STEADY_MILLISECONDS))
    for name, value, limit, is_met in found:
        print("%-44s %6s   bar %6.2f   %s" % (name, shown(value), limit, "passed" if is_met else "MISSED"))
    if is_whole and not missing and len(rows) == len(native) + 2 and all(row.native_seconds for row in rows):
        write(rows)
        chart.write()
    elif is_whole:
        print("the picture stays as it is, since not everything was measured")
    return found, missing
