"""Running programs and reading figures: what the parts of the benchmark share."""

import math
import os
import re
import resource
import subprocess
import time

here = os.path.dirname(os.path.realpath(__file__))
root = os.path.normpath(os.path.join(here, "..", ".."))
shared = os.environ.get("MARTLET_SHARED", os.path.join(root, "..", "shared"))
workloads = os.path.join(shared, "bench")
martlet = os.path.join(root, "build", "host", "release", "martlet")
in_kernel = os.path.join(root, "qemu", "run")
COUNTED = "--qemu=-icount shift=0"
LIMIT_SECONDS = 300


def call(words, **options):
    """Standard output, standard error and seconds of a command; an exit code that is not 0 shows in the errors."""
    start = time.monotonic()
    try:
        done = subprocess.run(words, capture_output=True, timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL, **options)
    except subprocess.TimeoutExpired:
        return "", "no end within %d s" % LIMIT_SECONDS, float(LIMIT_SECONDS)
    seconds = time.monotonic() - start
    errors = done.stderr.decode(errors="replace")
    if done.returncode:
        errors += " (exit code %d)" % done.returncode
    return done.stdout.decode(errors="replace").strip(), errors, seconds


def processor_seconds(words):
    """Standard output of a command and the processor time of it and all that it started, which other work on this machine changes least."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = call(words)[0]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return output, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def fastest(words, expected, repetitions=3):
    """The shortest of some runs, in seconds; None when the output is wrong. What takes long runs once."""
    best = None
    for _ in range(repetitions):
        output, _, seconds = call(words)
        if output != expected:
            return None
        best = seconds if best is None else min(best, seconds)
        if seconds > 5:
            break
    return best


def figure(pattern, text):
    """The number a pattern finds, or None."""
    found = re.search(pattern, text)
    return int(found.group(1)) if found else None


def mean(values):
    """The geometric mean of what is known."""
    values = [value for value in values if value]
    return math.exp(sum(math.log(value) for value in values) / len(values)) if values else None


def shown(value, form="%.2f"):
    return "-" if value is None else form % value
