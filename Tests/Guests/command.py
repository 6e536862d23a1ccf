"""What qemu/run does with its command line and its descriptors: checks that need more than one program, one input and one comparison.

Each check is a function that returns None, or what is wrong. `checks(root)` gives them all; Tests/Guests/run --qemu runs them after the cases.
"""

import hashlib
import io
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIMIT_SECONDS = 60


class Command:
    """qemu/run and the images it is given."""

    def __init__(self, root):
        self.root = root
        self.program = os.path.join(root, "qemu", "run")
        self.host = os.environ.get("MARTLET", os.path.join(root, "build/host/release/martlet"))

    def image(self, name):
        return os.path.join(self.root, "build", "guests", name + ".wasm")

    def start(self, *words, **options):
        settings = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0}
        settings.update(options)
        return subprocess.Popen([self.program, *words], **settings)

    def on_host(self, *words, stdin=b""):
        """The same from `martlet run` on this machine."""
        done = subprocess.run([self.host, "run", *words], input=stdin, capture_output=True, timeout=LIMIT_SECONDS)
        return done.returncode, done.stdout, done.stderr

    def finish(self, *words, stdin=b"", **options):
        """(exit code, standard output, standard error)"""
        process = self.start(*words, **options)
        try:
            out, err = process.communicate(stdin, timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return -1, b"", b"no end within %d s" % LIMIT_SECONDS
        return process.returncode, out, err


def differs(what, got, wanted):
    """A sentence when the two are not equal."""
    return None if got == wanted else "%s is %r instead of %r" % (what, got, wanted)


def is_refused(result, code, *words):
    """Exit code, nothing on standard output, one line on standard error with these words."""
    status, out, err = result
    text = err.decode("utf-8", "replace")
    if status != code or out or text.count("\n") != 1 or not text.startswith("martlet: ") or not all(word in text for word in words):
        return "exit code %d, stdout %r, stderr %r" % (status, out[:100], text[:300])
    return None


def refuses_no_program(command):
    return is_refused(command.finish(), 2, "no program")


def refuses_unknown_option(command):
    return is_refused(command.finish("--frobnicate", "x.wasm"), 2, "--frobnicate")


def refuses_bad_number(command):
    return is_refused(command.finish("--fuel", "many", "x.wasm"), 2, "--fuel", "many")


def refuses_what_an_initrd_has_no_use_for(command):
    return is_refused(command.finish("--initrd", "x.cpio", "--env", "A=1"), 2, "--env", "manifest")


def names_the_absent_program(command):
    return is_refused(command.finish("/absent/x.wasm"), 1, "/absent/x.wasm", "no such file")


def names_what_does_not_fit(command):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "file"), "wb") as file:
            file.truncate(100 << 20)
        wrong = is_refused(command.finish("-m", "64M", "--dir", folder, command.image("return")), 1, "100 MiB", "64M has room for 28")
        return wrong or is_refused(command.finish("-m", "4M", command.image("return")), 2, "-m 4M: too small")


def names_the_full_disk(command):
    with open("/dev/full", "wb") as full:
        result = command.finish(command.image("lines"), "10", stdout=full)
    return is_refused((result[0], b"", result[2]), 1, "standard output", "no space left")


def names_the_absent_directory(command):
    return is_refused(command.finish("--dir", "/absent", command.image("return")), 1, "/absent", "no such directory")


def runs_from_any_directory(command):
    status, out, err = command.finish("exit.wasm", "code", "3", cwd=os.path.join(command.root, "build", "guests"))
    return differs("exit code", status, 3) or differs("stderr", err, b"")


def assembles_text(command):
    return differs("exit code", command.finish(os.path.join(command.root, "Tests", "Guests", "Text", "start-function.wat"))[0], 42)


def takes_a_program_from_a_pipe(command):
    with open(command.image("exit"), "rb") as file:
        image = file.read()
    for name in ("/dev/stdin", "-"):
        for run in (command.finish, command.on_host):
            wrong = differs("what it does", run(name, "code", "9", stdin=image), (9, b"", b""))
            if wrong:
                return wrong
    return None


def passes_the_name_as_it_is(command):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "two words.wasm")
        os.symlink(command.image("arguments"), path)
        out = command.finish(path)[1]
    return None if b"0: [two words.wasm] 14\n" in out else "stdout is %r" % out


def reads_a_closed_input(command):
    status, out, err = command.finish(command.image("cat"), stdin=None, preexec_fn=lambda: os.close(0))
    return differs("exit code", status, 0) or differs("stdout", out, b"")


def ends_with_input_unread(command):
    return differs("exit code", command.finish(command.image("exit"), "code", "4", stdin=b"x" * 1000000)[0], 4)


def ends_when_nobody_reads_its_output(command):
    process = command.start(command.image("lines"), "3000000")
    first = process.stdout.readline()
    process.stdout.close()
    process.stdin.close()
    try:
        status = process.wait(timeout=LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return "it goes on"
    process.stderr.close()
    return differs("first line's number", first[:8], b"00000000") or differs("exit code", status, 141)


def waits_for_a_slow_reader(command):
    process = command.start(command.image("binary"), "1024")
    digest, count = hashlib.sha256(), 0
    while True:
        data = os.read(process.stdout.fileno(), 40000)
        if not data:
            break
        digest.update(data)
        count += len(data)
        time.sleep(0.005)
    process.communicate()
    reference = hashlib.sha256()
    state, block = 1, bytearray(1 << 20)
    for at in range(1 << 20):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        block[at] = state >> 24
    reference.update(block)
    return differs("byte count", count, 1 << 20) or differs("digest", digest.hexdigest(), reference.hexdigest())


def answers_each_line_at_once(command):
    """A dialogue: nothing is held back on the way, in either direction."""
    process = command.start(command.image("greeter"))
    try:
        for name in ("Ada", "Grace"):
            prompt = os.read(process.stdout.fileno(), 6)
            if prompt != b"name? ":
                return "the prompt is %r" % prompt
            process.stdin.write(b"%s\n" % name.encode())
            process.stdin.flush()
            answer = process.stdout.readline()
            if answer != b"hello, %s (%d)\n" % (name.encode(), len(name)):
                return "the answer is %r" % answer
        out, _ = process.communicate(b"bye\n", timeout=LIMIT_SECONDS)
        return differs("the rest", out, b"name? bye after 2\n") or differs("exit code", process.returncode, 3)
    except subprocess.TimeoutExpired:
        return "no end"
    finally:
        process.kill()
        process.communicate()


def runs_several_at_once(command):
    processes = [command.start(command.image("arguments"), "number", str(number)) for number in range(4)]
    wrong = None
    for number, process in enumerate(processes):
        out, _ = process.communicate(b"", timeout=LIMIT_SECONDS)
        if b"2: [%d] 1\n" % number not in out:
            wrong = "number %d printed %r" % (number, out[:200])
    return wrong


def child_of_runner(process):
    """QEMU, once qemu/run has started it: still a copy of the runner's Python, or itself. None after ten seconds without."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with open("/proc/%d/task/%d/children" % (process.pid, process.pid)) as file:
            children = file.read().split()
        for child in children:
            try:
                with open("/proc/%s/comm" % child) as file:
                    if file.read().startswith(("python", "qemu")):  # not the shell's, with which the runner begins
                        return int(child)
            except OSError:  # gone again
                pass
    return None


def leaves_nothing_behind(command):
    """Neither a QEMU nor a file when it is ended by a signal, however early: at once, and later."""
    folder = tempfile.gettempdir()
    before = set(os.listdir(folder))
    for delay in [0] * 8 + [0.3]:
        process = command.start(command.image("spin"))
        child = child_of_runner(process)
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT_SECONDS)
        if child is None:
            return "QEMU did not start"
        if os.path.exists("/proc/%d" % child):
            os.kill(child, signal.SIGKILL)
            return "QEMU goes on"
        wrong = differs("exit code", process.returncode, 128 + signal.SIGTERM)
        if wrong:
            return wrong
    left = [name for name in set(os.listdir(folder)) - before if name.startswith("martlet")]
    return differs("what is left", left, [])


def passes_the_environment(command):
    environment = dict(os.environ, GREETING="from here")
    out = command.finish("--env", "GREETING", command.image("arguments"), env=environment)[1]
    return None if b"[GREETING=from here]\n" in out else "stdout is %r" % out


def adds_other_programs(command):
    status, out, _ = command.finish("--with", command.image("unicode"), command.image("numbers"))
    return differs("exit code", status, 0) or (None if b"Stra" in out and b"61c8864680b583e8df442d22ce4859b9" in out else "one of them printed nothing")


def gives_the_first_failure(command):
    return differs("exit code", command.finish("--with", command.image("start-function"), command.image("return"))[0], 42)


def traces_calls(command):
    status, out, err = command.finish("--trace", command.image("cat"), stdin=b"traced")
    return differs("exit code", status, 0) or differs("stdout", out, b"traced") or (None if b"fd_read" in err and b"fd_write" in err else "stderr is %r" % err[-300:])


def keeps_the_log_to_itself(command):
    status, out, err = command.finish(command.image("return"))
    return differs("stdout", out, b"") or differs("stderr", err, b"")


def shows_the_log(command):
    err = command.finish("--log", "debug", command.image("return"))[2]
    return None if err and b"OpenSBI" not in err else "the log is %r" % err[-300:]


def writes_a_profile(command):
    """Stacks with names, in the shares the program is known to have; instructions are counted, so that a busy host changes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "folded")
        program = os.path.join(command.root, "Tests/Guests/Text/shares.wat")
        status, _, err = command.finish("--profile", path, "--qemu", "-icount shift=0", program)
        if status != 0:
            return "exit code %d, stderr %r" % (status, err[:300])
        with open(path) as file:
            counts = dict((line.rpartition(" ")[0], int(line.rpartition(" ")[2])) for line in file)
    three, one = (counts.get("shares.wat;main;%s;spin" % name, 0) for name in ("three", "one"))
    if three + one < 100 or three + one < 0.9 * sum(counts.values()) or not 2.5 < three / max(one, 1) < 3.5:
        return "the profile is %r" % counts
    return None


def is_deterministic(command):
    """The same bytes from programs that interleave, twice."""
    words = ["--deterministic=7", "--with", command.image("collections"), "--with", command.image("life"), command.image("numbers")]
    first, second = command.finish(*words), command.finish(*words)
    return differs("the exit code", first[0], 0) or differs("the second run's output", second[1], first[1])


def saving_tree(folder):
    """A directory with a bit of everything, inside `folder`."""
    path = os.path.join(folder, "tree")
    os.makedirs(os.path.join(path, "a", "b"))
    for name, content in (("file", "file"), ("a/file", "x" * 5000), ("a/b/deep", "")):
        with open(os.path.join(path, name), "w") as file:
            file.write(content)
    os.chmod(os.path.join(path, "a/file"), 0o755)
    os.symlink("a/file", os.path.join(path, "link"))
    return path


def described(path):
    """What lies below a directory, without times: links' targets, files' contents."""
    found = {}
    for folder, directories, files in os.walk(path):
        for name in directories + files:
            entry = os.path.join(folder, name)
            if os.path.islink(entry):
                what = ("link", os.readlink(entry))
            elif os.path.isdir(entry):
                what = ("directory",)
            else:
                with open(entry, "rb") as file:
                    what = ("file", file.read())
            found[os.path.relpath(entry, path)] = what
    return found


def edit_here(path, line):
    """What Tests/Guests/C/edit.c does with a line, done on this machine: `ok` or `no`."""
    word, first, second = (line.split(" ", 2) + [""])[:3]
    here = os.path.join(path, first)
    try:
        if word in ("write", "append"):
            flags = os.O_TRUNC if word == "write" else os.O_APPEND
            file = os.open(here, os.O_WRONLY | os.O_CREAT | flags, 0o644)
            os.write(file, second.encode())
            os.close(file)
        elif word == "grow":
            os.truncate(here, int(second))
        elif word == "rename":
            os.rename(here, os.path.join(path, second))
        elif word == "link":
            os.symlink(first, os.path.join(path, second))
        else:
            {"remove": os.unlink, "directory": os.mkdir, "remove-directory": os.rmdir}[word](here)
        return "ok"
    except OSError:
        return "no"


def saves_what_was_changed(command):
    """Any changes: the same answers, in the machine and on the host, and the same files as when they are made here."""
    seed = int(os.environ.get("MARTLET_SEED") or random.getrandbits(32))
    chance = random.Random(seed)
    words = ("write", "append", "grow", "rename", "rename", "link", "remove", "directory", "remove-directory")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        saved, reference = saving_tree(folder), saving_tree(other)

        def path():
            """Often one that is there, often one that is not."""
            known = sorted(described(reference))
            start = chance.choice(known + ["a"])
            return start if chance.random() < 0.5 else "%s/new%d" % (start, chance.randint(0, 9)) if chance.random() < 0.7 else chance.choice("abcd")

        lines, answers = [], []
        for number in range(400):
            word = chance.choice(words)
            first = path()
            second = {"write": "text %d" % number, "append": "more %d" % number, "grow": str(chance.randint(0, 20000))}.get(word, "")
            if word == "link":
                first = chance.choice("abcd")  # one name: what leads upwards depends on where the link is in the end
            if word in ("rename", "link"):
                second = path()
            lines.append("%s %s %s" % (word, first, second))
            answers.append(edit_here(reference, lines[-1]))
        before, text = described(saved), "\n".join(lines).encode()
        on_host = command.on_host("--dir", saved + "::/", command.image("edit"), stdin=text)
        wrong = differs("what a copy was made of", described(saved), before)
        in_machine = command.finish("--save", saved + "::/", command.image("edit"), stdin=text)
        for status, out, err in (on_host, in_machine):
            wrong = wrong or differs("exit code", status, 0) or differs("stderr", err, b"")
            for line, got, wanted in zip(lines, out.decode().split(), answers):
                wrong = wrong or differs("the answer to `%s`" % line, got, wanted)
        got, wanted = described(saved), described(reference)
        for name in sorted(set(got) | set(wanted)):
            wrong = wrong or differs(name, got.get(name), wanted.get(name))
        return wrong and "%s (MARTLET_SEED=%d)" % (wrong, seed)


def saves_modes_and_times(command):
    """A file that is written keeps its mode; one that is new gets the caller's; a time that is set arrives."""
    with tempfile.TemporaryDirectory() as folder:
        tree = saving_tree(folder)
        lines = b"write a/file text\nwrite a/new text\ntime file 1000000\n"
        status, out, err = command.finish("--save", tree + "::/", command.image("edit"), stdin=lines, preexec_fn=lambda: os.umask(0o027))
        modes = [os.stat(os.path.join(tree, name)).st_mode & 0o777 for name in ("a/file", "a/new")]
        return (differs("exit code", status, 0) or differs("the modes", modes, [0o755, 0o640])
                or differs("the time", os.stat(os.path.join(tree, "file")).st_mtime, 1000000.0))


def saves_large_files(command):
    with tempfile.TemporaryDirectory() as folder:
        tree, size = saving_tree(folder), 100 << 20
        lines = b"grow a/file %d\nappend a/file the end\n" % size
        status, _, err = command.finish("--save", tree + "::/", command.image("edit"), stdin=lines)
        if status != 0:
            return "exit code %d, stderr %r" % (status, err[:300])
        with open(os.path.join(tree, "a/file"), "rb") as file:
            content = file.read()
        return differs("the size", len(content), size + 7) or differs("the beginning and end", content[:5001] + content[-8:], b"x" * 5000 + b"\0\0the end")


def saves_however_it_ends(command):
    """What was written before a program ran out of time is there, as it would be under any other system."""
    with tempfile.TemporaryDirectory() as folder:
        tree = saving_tree(folder)
        process = command.start("--timeout", "1.5", "--save", tree, command.image("edit"))
        process.stdin.write(b"write %s/new text\n" % os.fsencode(tree))
        process.stdin.flush()
        process.wait(timeout=LIMIT_SECONDS)
        process.communicate()
        return differs("exit code", process.returncode, 124) or differs("the file", described(tree).get("new"), ("file", b"text"))


def shows_an_awkward_directory(command):
    """Links that lead out, nowhere or to themselves, hard links, names that are no text, and what is no file: the same on the host."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        tree = os.path.join(folder, "tree")
        os.makedirs(os.path.join(tree, "empty"))
        for path in ("secret", "tree/file", "tree/-n\n"):
            with open(os.path.join(folder, path), "w") as file:
                file.write("text\n")
        os.link(os.path.join(tree, "file"), os.path.join(tree, "second"))
        for name, target in (("link", "file"), ("out", "../secret"), ("absolute", "/etc/passwd"), ("loop", "loop"), ("dangling", "absent")):
            os.symlink(target, os.path.join(tree, name))
        os.mkfifo(os.path.join(tree, "fifo"))
        listener.bind(os.path.join(tree, "socket"))
        os.mkdir(os.path.join(os.fsencode(tree), b"\xff"))
        listing = (b"/:\n-        5 -n\n\nl        0 absolute -> /etc/passwd\nl        0 dangling -> absent\nd        0 empty\n-        5 file\n"
                   b"l        0 link -> file\nl        0 loop -> loop\nl        0 out -> ../secret\n-        5 second\n\n/empty:\n")
        contents = [("link", b"text\n", ""), ("second", b"text\n", ""), ("out", b"", "not permitted"), ("absolute", b"", "not permitted"),
                    ("loop", b"", "loop"), ("dangling", b"", "No such file"), ("fifo", b"", "No such file")]
        wrong = None
        for run in (command.on_host, command.finish):
            wrong = wrong or differs("the listing", run("--dir", tree + "::/", command.image("ls"), "-lR", "/")[1], listing)
            for name, content, complaint in contents:
                status, out, err = run("--dir", tree + "::/", command.image("cat"), "/" + name)
                wrong = wrong or differs(name, (status, out), (1 if complaint else 0, content)) or differs(name, complaint in err.decode(), True)
        return wrong


def packs_a_deep_directory(command):
    """More deeply nested than Python's calls may be, its own for making and removing directories among them."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mkdir", "-p", folder + "/d" * 1200], check=True)
        status, out, err = command.finish("--dir", folder + "::/", command.image("ls"), "/d/d/d")
        subprocess.run(["rm", "-r", folder + "/d"], check=True)
        return differs("what it says", (status, out, err), (0, b"d\n", b""))


def leaves_copies_alone(command):
    with tempfile.TemporaryDirectory() as folder:
        tree = saving_tree(folder)
        before = described(tree)
        status, out, err = command.finish("--dir", tree + "::/", command.image("edit"), stdin=b"write file text\nremove link\n")
        return differs("stdout", out, b"ok\nok\n") or differs("the tree", described(tree), before)


def saves_nothing_outside(command):
    """A link that leads out is replaced, not followed, whatever the program puts in its place."""
    with tempfile.TemporaryDirectory() as folder:
        tree, outside = saving_tree(folder), os.path.join(folder, "outside")
        os.mkdir(outside)
        os.symlink("../outside", os.path.join(tree, "out"))
        lines = b"write out/file text\nremove out\ndirectory out\nwrite out/file text\n"
        status, out, err = command.finish("--save", tree + "::/", command.image("edit"), stdin=lines)
        return (differs("stdout", out, b"no\nok\nok\nok\n") or differs("stderr", err, b"") or differs("what is outside", os.listdir(outside), [])
                or differs("what is inside", described(tree).get("out/file"), ("file", b"text")))


def follows_no_link_of_an_archive(command):
    """Archives such as no kernel sends: names that lead upwards, through links, or nowhere."""
    sys.path.insert(0, os.path.join(command.root, "qemu"))
    from archive import Archive
    from changes import Changes

    with tempfile.TemporaryDirectory() as folder:
        tree, outside = saving_tree(folder), os.path.join(folder, "outside")
        os.mkdir(outside)
        os.symlink("../outside", os.path.join(tree, "out"))
        before = described(folder)
        data = io.BytesIO()
        archive = Archive(data)
        archive.directories.add("d")  # the directory that is saved has no entry of its own
        for name in ("../outside/file", "out/file", "a/../../outside/file", "a/..", "a//x", "absent/file", "file/below"):
            archive.directories.update(name[:at] for name in ["d/" + name] for at in range(len(name)))
            archive.add_bytes("d/" + name, b"text")
        archive.finish()
        changes = Changes({b"d": tree})
        for byte in data.getvalue():  # one at a time: a piece may end anywhere
            changes.feed(bytes([byte]))
        changes.close()
        return (differs("the end", changes.is_complete, True) or differs("how many are refused", len(changes.complaints), 7)
                or differs("the files", described(folder), before))


def says_what_it_cannot_save(command):
    """A directory that is not empty here, since its file has a name that no program can see."""
    with tempfile.TemporaryDirectory() as folder:
        tree = saving_tree(folder)
        hidden = os.path.join(os.fsencode(tree), b"a", b"b", b"\xff")
        with open(hidden, "w"):
            pass
        lines = b"remove a/b/deep\nremove-directory a/b\nwrite file text\n"
        result = command.finish("--save", tree + "::/", command.image("edit"), stdin=lines)
        wrong = is_refused((result[0], b"", result[2]), 1, "a/b", "not saved", "not empty")
        return wrong or differs("another file", described(tree)["file"], ("file", b"text")) or differs("the hidden file", os.path.exists(hidden), True)


def leaves_nothing_of_what_has_no_place(command):
    """A file and a link where this machine still has a directory: two complaints, the directory stays, and nothing lies beside it."""
    with tempfile.TemporaryDirectory() as folder:
        tree = saving_tree(folder)
        for name in (b"a/b", b"c"):
            os.makedirs(os.path.join(os.fsencode(tree), name, b"\xff"))
        before = described(tree)
        lines = b"remove a/b/deep\nremove-directory a/b\nwrite a/b text\nremove-directory c\nlink file c\nwrite file other\n"
        status, out, err = command.finish("--save", tree + "::/", command.image("edit"), stdin=lines)
        del before["a/b/deep"]
        before["file"] = ("file", b"other")
        complaints = err.decode("utf-8", "replace").splitlines()
        places = [line for line in complaints if "is a directory" in line and "not saved" in line]
        return (differs("exit code", status, 1) or differs("stdout", out, b"ok\n" * 6) or differs("the complaints", (len(complaints), len(places)), (4, 2))
                or differs("the tree", described(tree), before))


def checks():
    """All of them, in the order of this file."""
    helpers = (differs, is_refused, child_of_runner, saving_tree, described, edit_here, checks)
    return [value for value in globals().values() if callable(value) and getattr(value, "__module__", None) == __name__
            and value not in helpers and not isinstance(value, type)]
