#!/usr/bin/env python3
"""The picture of speed (speed.svg), drawn from the figures that `make bench` wrote down (speed.tsv), those of native code (native.tsv) and of the
other interpreters (reference.tsv). One row a program; instructions as multiples of native ones, on a scale on which each doubling is as wide as
the next. Colours are such that they can be read on light and dark backgrounds alike.

Usage: Tests/Benchmarks/chart.py
"""

import math
import os

from measurement import here, mean

PICTURE = os.path.join(here, "speed.svg")
WIDTH, LEFT, RIGHT, TOP, ROW, BELOW = 820, 118, 26, 92, 27, 46
LARGEST = 32
INK, FAINT = "#808890", "#80889055"
# Name, colour, and how it is drawn: a disk of this radius, or a ring.
KINDS = [
    ("native", "#808890", "line"),
    ("Martlet, machine code", "#e8590c", "disk"),
    ("Martlet, threaded code", "#3b82f6", "disk"),
    ("wasmi 2.0 beta", "#2f9e6e", "ring"),
    ("wasm3", "#b08d00", "ring"),
    ("WAMR fast", "#b05fc4", "ring"),
]
INTERPRETERS = {"wasm3": 0, "WAMR fast": 2, "wasmi 2.0 beta": 4}


def rows_of(name):
    """The lines of a table of figures, as words."""
    with open(os.path.join(here, name)) as lines:
        return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def multiples():
    """[(program, {kind: multiple of native})], the geometric mean of what the interpreters ran after those programs."""
    others = {words[0]: [int(word) for word in words[1:]] for words in rows_of("reference.tsv")}
    found = []
    for name, native, threaded, compiled, *_ in rows_of("speed.tsv"):
        native = float(native)
        values = {"Martlet, machine code": float(compiled) / native, "Martlet, threaded code": float(threaded) / native}
        for kind, column in INTERPRETERS.items():
            if name in others:
                values[kind] = others[name][column] / native
        found.append((name, values))
    compared = [values for name, values in found if name in others]
    average = ("mean of %d" % len(compared), {kind: mean([values[kind] for values in compared]) for kind, *_ in KINDS[1:]}) if compared else None
    last = max((index for index, (name, _) in enumerate(found) if name in others), default=-1) + 1
    return found[:last] + ([average] if average else []) + found[last:]


def across(multiple):
    """Where a multiple lies; what is faster than half of native or slower than the last mark lies at the edge."""
    position = (math.log2(min(max(multiple, 0.5), LARGEST)) + 1) / (math.log2(LARGEST) + 1)
    return LEFT + position * (WIDTH - LEFT - RIGHT)


def text(x, y, words, anchor="start", colour=INK, weight="normal", size=13):
    return '<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" font-weight="%s" font-size="%d">%s</text>' % (x, y, anchor, colour, weight, size, words)


def mark(x, y, colour, form):
    if form == "disk":
        return '<circle cx="%.1f" cy="%.1f" r="6" fill="%s"/>' % (x, y, colour)
    if form == "ring":
        return '<circle cx="%.1f" cy="%.1f" r="4.5" fill="none" stroke="%s" stroke-width="2"/>' % (x, y, colour)
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="2"/>' % (x, y - 8, x, y + 8, colour)


def draw(rows):
    """The picture as SVG."""
    bottom = TOP + ROW * len(rows)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, Helvetica, Arial, sans-serif">'
        % (WIDTH, bottom + BELOW, WIDTH, bottom + BELOW),
        "<title>Instructions as multiples of native code</title>",
    ]
    for index, (name, colour, form) in enumerate(KINDS):
        x, y = LEFT + index % 3 * 225, 24 + index // 3 * 24
        parts += [mark(x, y, colour, form), text(x + 13, y + 4.5, name)]
    for power in range(-1, int(math.log2(LARGEST)) + 1):
        x = across(2.0**power)
        parts.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s" stroke-width="%d"/>' % (
            x, TOP - 12, x, bottom, INK if power == 0 else FAINT, 2 if power == 0 else 1))
        parts.append(text(x, bottom + 17, "½" if power < 0 else "%d" % 2**power, "middle"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, bottom + 37, "instructions, as multiples of native (fewer is better)", "middle"))
    for index, (name, values) in enumerate(rows):
        y = TOP + ROW * index + ROW / 2 - 6
        is_mean = name.startswith("mean")
        if is_mean:
            parts.append('<rect x="4" y="%.1f" width="%d" height="%d" rx="5" fill="#80889022"/>' % (y - ROW / 2 + 1, WIDTH - 8, ROW - 2))
        parts.append(text(LEFT - 14, y + 4.5, name, "end", weight="bold" if is_mean else "normal"))
        parts.append('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>' % (across(min(*values.values(), 1)), y, across(max(values.values())), y, FAINT))
        # The last drawn lies on top.
        for kind, colour, form in reversed(KINDS[1:]):
            if kind in values:
                parts.append(mark(across(values[kind]), y, colour, form))
        x = across(values["Martlet, machine code"])
        parts.append(text(x, y - 8, "%.2f" % values["Martlet, machine code"], "middle", KINDS[1][1], "bold", 11))
    return "\n".join(parts + ["</svg>"]) + "\n"


def write():
    """Draws the picture of the figures that are written down."""
    with open(PICTURE, "w") as file:
        file.write(draw(multiples()))


if __name__ == "__main__":
    write()
