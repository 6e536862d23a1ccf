"""The suite `hostile`: groups of programs that try to bring the machine down, each in one boot beside good programs that must not notice.

For each group: nothing panics, every program ends as its row says, the good ones are right and get their share of the counted time, and every
page is back. Then the same programs under the trial, which ends them at random moments and compares pages and heaps exactly."""

import functools
import os
import re
import time

import hostile_calls
import hostile_engine
import hostile_files
import hostile_malformed
import hostile_shortage
from archive_bytes import archive, entry
from boot import Case, Failure
from hostile_good import RESULT, good
from process_cases import BALANCE, COUNTED_TIME, SEED, assembled

# Words that only a defect of ours says.
FORBIDDEN = ("kernel panic", "internal error", "Swift runtime failure")
# How far each of the others may be ahead when it starts or wakes (Kernel/Core/RunQueue), and so come between two looks of a good program; and
# what else may: starting, ending, the console.
AHEAD_MICROSECONDS, OTHER_MICROSECONDS = 20_000, 50_000
# Share of the time a good program gets at least, of what is its due.
LEAST_SHARE = 0.9
LATE_NANOSECONDS = 50_000_000


def groups():
    """All of them."""
    return hostile_engine.groups() + hostile_calls.groups() + hostile_files.groups() + hostile_malformed.groups() + hostile_shortage.groups()


def image(rows, manifest, *others):
    """The initrd: each program once, whatever number of rows and copies it has."""
    contents = {}
    for row in rows:
        # What is no text of ours goes as it is, whatever it is.
        is_source = row.content.startswith(b"(module") and not row.is_text
        contents.setdefault(row.file_name, assembled(row.content) if is_source else row.content)
    for name, content in others:
        contents[name] = assembled(content)
    entries = [entry(name, content, inode=number + 2) for number, (name, content) in enumerate(contents.items())]
    return archive(entry("manifest", manifest.encode(), inode=1), *entries)


def manifest_of(rows, with_good=True):
    """The good programs first and last, the hostile ones between them; (text, names of rows by name of program)."""
    text, names = "", {}
    if with_good:
        text += "program good good.wasm\n directory . /\n limit file-bytes 64K\n"
    for row in rows:
        for copy in range(row.copies):
            # The end table cuts nothing, but a name is a word.
            name = row.name if row.copies == 1 else "%s-%d" % (row.name, copy)
            names[name] = row
            text += row.manifest(name)
    if with_good:
        text += "program late late.wasm\n directory . /\n limit file-bytes 64K\n"
    return text, names


class End:
    """A line of the end table."""

    LINE = re.compile(r"ended: +(\d+) +([\d.]+)\S* +([\d.]+)\S* +(\S+) +(\d+) +(\S+)  (\S+) +(.*?)\r?$", re.M)

    def __init__(self, fields):
        self.run_seconds, self.processor_seconds = float(fields[1]), float(fields[2])
        self.memory, self.name, self.reason = fields[3], fields[6], fields[7].strip()


def said(boot):
    return bytes(boot.serial).decode("utf-8", "replace")


def ends_of(boot):
    return {end.name: end for end in map(End, End.LINE.findall(said(boot)))}


def number_after(word, text):
    found = re.search(r"(?m)%s *(\d+)\r?$" % word, text)
    return int(found.group(1)) if found else None


def check_good(boot, neighbours):
    """What the good programs said; a line about the worse of them."""
    ends, text = ends_of(boot), said(boot)
    worst_gap, worst_share = 0, 9.0
    for name in ("good", "late"):
        end = ends.get(name)
        if end is None or end.reason != "exited 0":
            raise Failure("the good program %s: %s" % (name, end.reason if end else "no line in the end table"))
        letter = name[0]
        result, gap, took = (number_after(letter + word, text) for word in ("result", "gap", "time"))
        if result != RESULT:
            raise Failure("the good program %s computed %s instead of %d" % (name, result, RESULT))
        worst_gap = max(worst_gap, gap)
        worst_share = min(worst_share, end.processor_seconds * 1e6 / max(took, 1) * (neighbours + 1))
    allowed = OTHER_MICROSECONDS + AHEAD_MICROSECONDS * (neighbours + 1)
    if worst_gap > allowed:
        raise Failure("a good program was %.1f ms without the hart, of %d programs; %.1f ms are its due" % (worst_gap / 1000, neighbours + 1, allowed / 1000))
    if worst_share < LEAST_SHARE:
        raise Failure("a good program got %.2f of its share" % worst_share)
    return "longest without the hart %.1f ms, least share %.2f" % (worst_gap / 1000, worst_share)


def must_be_sound(boot, is_balanced=True):
    """No panic, no internal error, and the last line about pages."""
    boot.must_not_say(*FORBIDDEN)
    boot.must_say(BALANCE if is_balanced else "balance: pages ")


def group_case(group, is_sample, plant=""):
    """Runs a group's rows (of the sample only some); `plant` is a defect for the tests' kernel."""
    def body(case):
        rows = [row for row in group.rows if row.is_sample or not is_sample]
        manifest, names = manifest_of(rows)
        boot = case.boot("log=info " + plant, initrd=image(rows, manifest, ("good.wasm", good()), ("late.wasm", good(LATE_NANOSECONDS))),
                         memory=group.memory, seconds=group.seconds, qemu=COUNTED_TIME)
        boot.must_not_say(*FORBIDDEN)
        ends = ends_of(boot)
        wrong = []
        for name, row in names.items():
            reason = ends[name].reason if name in ends else "no line in the end table"
            if not re.fullmatch(row.ends, reason):
                wrong.append("%s: %s" % (name, reason))
        if wrong:
            raise Failure("; ".join(wrong))
        must_be_sound(boot, group.is_balanced)
        return "%d programs, %s" % (len(names), check_good(boot, len(names) + 1))
    return body


def trial_case(group, is_sample):
    """The group's programs again and again, ended at random moments: pages and the bytes of all heaps are exact afterwards."""
    def body(case):
        rows = [row for row in group.rows if row.is_sample or not is_sample]
        manifest, _ = manifest_of(rows, with_good=False)
        count = 60 if is_sample else max(100, 8 * len(rows))
        boot = case.boot("trial=spawns count=%d kill=30 seed=%d" % (count, SEED), initrd=image(rows, manifest), memory=group.memory,
                         seconds=group.seconds)
        boot.must_not_say("kernel panic", "internal error in process")
        boot.must_exit(0).must_say(" 0 internal errors, balance exact")
        return "%d spawns, seed %d" % (count, SEED)
    return body


def hostile_cases(is_all):
    """The sample of `make test`, or all of it."""
    cases = []
    for group in groups():
        if is_all or any(row.is_sample for row in group.rows):
            cases.append(Case("process/hostile/" + group.name, group_case(group, not is_all)))
    cases += hostile_shortage.cases(is_all)
    if is_all:
        for group in groups():
            if group.has_trial:
                cases.append(Case("process/hostile/trial/" + group.name, trial_case(group, False)))
    return cases
