"""Rows that wear out the file systems, in a private layer and in the one that programs share, and rows of C's and Rust's libraries."""

from hostile_row import OUT_OF_TIME, OUT_OF_WALL, REFUSED, Group, Row

# The ways of Tests/Guests/C/hostile-files.c with how often.
WAYS = {"many": 20_000, "deep": 3000, "links": 5000, "sparse": 1, "renames": 5000, "unlink-open": 500, "readdir-while-deleting": 700,
        "descriptors": 1, "symlinks": 500, "long-names": 1, "fill": 64, "orphans": 1000, "scattered": 1000, "vectors": 100, "times": 1,
        "devices": 200}
SAMPLE = ("deep", "links", "unlink-open", "sparse", "for-ever")


def rows(sharing, prefix):
    """Every way in a private or in the shared layer."""
    lines = ["directory . /" + sharing, "limit open-files 2000"] + ([] if sharing else ["limit file-bytes 8M"])
    out = [Row("%s-%s" % (prefix, way), "hostile-files", "exited 0", lines + ["argument %s %s-%s- %d" % (way, prefix, way, count)],
               processor="4", wall="60", is_sample=way in SAMPLE) for way, count in WAYS.items()]
    out.append(Row(prefix + "-for-ever", "hostile-files", OUT_OF_TIME + "|" + OUT_OF_WALL, lines + ["argument for-ever %s-e-" % prefix],
                   processor="1", wall="20", is_sample="for-ever" in SAMPLE and bool(sharing)))
    out.append(Row(prefix + "-trap-holding", "hostile-files", "trapped: unreachable", lines + ["argument trap-holding %s-t-" % prefix]))
    return out


def heap_rows():
    limited = ["limit memory 32M"]
    return [Row("rust-" + way, "hostile-heap", ends, limited + ["argument " + way], processor="2", is_sample=way == "recursion") for way, ends in (
        ("vector", "trapped: unreachable|" + REFUSED), ("scattered", "exited 0|trapped: unreachable|" + OUT_OF_TIME),
        ("tables", "exited 0|trapped: unreachable|" + OUT_OF_TIME), ("recursion", "trapped: .*|" + OUT_OF_TIME), ("foreign", "exited 0"))]


def groups():
    """The groups of this file. What goes wrong for want of memory in the shared layer stands in hostile_shared.py."""
    private, shared = rows("", "private"), rows(" shared", "shared")
    half = len(WAYS) // 2
    return [Group("files-1", private[:half]), Group("files-2", private[half:] + heap_rows()),
            Group("shared-1", shared[:half], is_balanced=False, has_trial=False),
            Group("shared-2", shared[half:], is_balanced=False, has_trial=False)]
