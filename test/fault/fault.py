#!/usr/bin/env python3
"""Kill the program, or fail a system call, at each step of everything that writes; then the store must be whole.

For each story a store is made once and copied for each fault. strace puts the fault in: at the Nth call of one kind the process is killed
(-9), or the call fails with EIO or ENOSPC. Afterwards, without strace:
  * the store opens, every entry that stood there before still stands there, and one that was acknowledged now does;
  * `ledger verify` finds every signature, digest, tile and content right, and `rebuild --compare` no row that differs;
  * nothing ran for longer than it may;
  * of records, what was acknowledged is there, and what is made of several parts is there whole or not at all.
What a story adds to that is in its own check. FAULT_STEPS=all walks every step; else steps are spread evenly over a minute and a half.

usage: fault.py [STORY...]; $ASSAY is the program. Speaks TAP; skips where strace may not trace.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ASSAY = os.environ.get("ASSAY", "assay")
SECRET = "a-sentence-that-is-erased-in-this-story"
CALLS = ["write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "link", "mkdir", "openat", "sendto"]
READS = ["read", "pread64"]
STEPS_EACH = 4  # of one story, call and fault, unless FAULT_STEPS=all
LONGEST_S = 30
SECONDS = 90


class Place:
    """A folder with a store in var/, and the view's folder, which lies on tmpfs."""

    def __init__(self, root, name):
        self.root = os.path.join(root, name)
        self.run = os.path.join("/dev/shm" if os.access("/dev/shm", os.W_OK) else root, os.path.basename(root) + "-" + name)
        os.makedirs(self.root, exist_ok=True)

    def copy_to(self, other):
        shutil.rmtree(other.root)
        shutil.copytree(self.root, other.root, symlinks=True)

    def clean(self):
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.run, ignore_errors=True)

    def assay(self, *words, trace=(), stdin=None):
        env = dict(os.environ, ASSAY_RUN=self.run, HOME=self.root, ASAN_OPTIONS="detect_leaks=0", LC_ALL="C.UTF-8")
        env.pop("ASSAY_DIR", None)
        command = [*trace, ASSAY, *words, "--dir", os.path.join(self.root, "var")]
        try:
            got = subprocess.run(command, stdin=stdin or subprocess.DEVNULL, capture_output=True, env=env, timeout=LONGEST_S, check=False)
        except subprocess.TimeoutExpired:
            return 124, "", "it ran for longer than %d s" % LONGEST_S
        return got.returncode, got.stdout.decode(errors="replace"), got.stderr.decode(errors="replace")

    def must(self, *words, **more):
        code, out, err = self.assay(*words, **more)
        if code != 0:
            raise SystemExit("Bail out! assay %s: %d %s" % (" ".join(words), code, err))
        return out

    def entries(self):
        code, out, err = self.assay("ledger", "show", "--newest", "100000", "--json")
        return ([(e["entry"], e["kind"], e["statement"]) for e in json.loads(out)] if code == 0 else None), err

    def holds(self, words):
        """Does any file of the view, or of what is kept of it, hold the words?"""
        found = []
        for top in (self.run, os.path.join(self.root, "var")):
            for folder, _, names in os.walk(top):
                for name in names:
                    with open(os.path.join(folder, name), "rb") as file:
                        if words.encode() in file.read():
                            found.append(os.path.join(folder, name))
        return found


def strace(*injects):
    # What is not traced is not tampered with either.
    calls = ",".join(one.split(":")[0] for one in injects)
    return ["strace", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=" + calls] + [w for one in injects for w in ("-e", "inject=" + one)]


def snapshots(place):
    cache = os.path.join(place.root, "var", "cache")
    return [n for n in (os.listdir(cache) if os.path.isdir(cache) else []) if n.startswith("view-")]


class Story:
    """What is prepared, what is done under a fault, how many entries it adds, and what must hold beside the common."""

    felt = 0       # faults that made the program end otherwise than well
    adds = 0
    reads = False  # are failing reads of use here?
    also = ()      # further injections, in every run

    def prepare(self, place):
        place.must("init")
        place.must("collect", "--table", "os_version", "--quiet")

    def do(self, place, trace):
        raise NotImplementedError

    def check(self, place, done, entries):
        return None


class Append(Story):
    adds = 1

    def do(self, place, trace):
        return place.assay("collect", "--table", "os_version", "--quiet", trace=trace)


class Bundle(Story):
    adds = 2

    def prepare(self, place):
        Story.prepare(self, place)
        bundle = os.path.join(place.root, "bundle")
        far = Place(place.root, "far")
        far.must("collect", "--table", "os_version", "--output", bundle)
        far.clean()
        place.must("host", "accept", bundle)

    def do(self, place, trace):
        return place.assay("collect", "--from", os.path.join(place.root, "bundle"), trace=trace)


class Erase(Story):
    adds = 1

    def prepare(self, place):
        Story.prepare(self, place)
        place.must("attest", "DFE9-009.right-people", "--says", SECRET, "--until", time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400 * 30)))
        self.entry = next(str(e[0]) for e in place.entries()[0] if e[1] == "decision")

    def do(self, place, trace):
        return place.assay("erase", self.entry, "--why", "request 1", "--yes", trace=trace)

    def check(self, place, done, entries):
        if not any(e[1] == "erasure" for e in entries):
            return None
        found = place.holds(SECRET)
        return "what was erased still stands in " + " ".join(found) if found else None


class Rewrap(Story):
    adds = 1

    def do(self, place, trace):
        return place.assay("ledger", "rewrap", trace=trace)

    def check(self, place, done, entries):
        left = [n for n in os.listdir(os.path.join(place.root, "var", "keys")) if n == "root.key.new"]
        return "a half-finished re-wrap is left" if left else None


class Adopt(Story):
    adds = 1

    def prepare(self, place):
        Story.prepare(self, place)
        os.unlink(os.path.join(place.root, "var", "signer", "state"))

    def do(self, place, trace):
        return place.assay("ledger", "adopt", "--why", "the disk was lost", trace=trace)

    def settle(self, place):
        if not os.path.exists(os.path.join(place.root, "var", "signer", "state")):
            return place.assay("ledger", "adopt", "--why", "again")
        return 0, "", ""


class Rebuild(Story):
    reads = True

    def do(self, place, trace):
        return place.assay("rebuild", trace=trace)


class Save(Story):
    """A rebuild that is slowed down until it is worth a snapshot, which is written when the ledger is closed."""

    also = ("pwrite64:delay_enter=8000",)

    def prepare(self, place):
        Story.prepare(self, place)
        place.must("rebuild", trace=strace(*self.also))
        if not snapshots(place):
            raise SystemExit("Bail out! no snapshot was written")
        shutil.rmtree(os.path.join(place.root, "var", "cache"))

    def do(self, place, trace):
        return place.assay("rebuild", trace=trace)


class Load(Story):
    """The view is gone, as after a start of the machine, and is filled from a snapshot."""

    reads = True

    def prepare(self, place):
        Story.prepare(self, place)
        place.must("rebuild", trace=strace("pwrite64:delay_enter=8000"))
        if not snapshots(place):
            raise SystemExit("Bail out! no snapshot was written")
        place.must("collect", "--table", "os_version", "--quiet")

    def do(self, place, trace):
        return place.assay("status", trace=trace)


class Init(Story):
    """Made anew after each fault: a crash while making leaves a store, or what making takes up."""

    adds = 1

    def prepare(self, place):
        pass

    def do(self, place, trace):
        return place.assay("init", trace=trace)

    def settle(self, place):
        if not os.path.exists(os.path.join(place.root, "var", "store", "store.db")):
            return place.assay("init")
        return 0, "", ""


CRATE = """id: crate
title: Crate
about: What is sent.
fields:
  - {id: name, title: Name, type: text, required: true, about: On its side}
  - {id: %s, title: Weight, type: number, about: In kilograms%s}
  - {id: sender, title: Sender, type: text, personal: true, about: Who packed it}
  - {id: slip, title: Slip, type: file, about: The signed slip}
states: [{id: packed}, {id: sent, end: true}]
changes: [{id: send, from: any, to: sent, needs: [slip]}]
"""


class Records(Story):
    """A register of the organisation's own, with some records in it."""

    adds = 1
    rows = 5

    def define(self, place, field="weight", more=""):
        folder = os.path.join(place.root, "var", "etc", "register")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "crate.yaml"), "w", encoding="utf-8") as out:
            out.write(CRATE % (field, more))

    def sheet(self, place, rows):
        path = os.path.join(place.root, "crates.csv")
        with open(path, "w", encoding="utf-8") as out:
            out.write("name,weight\n" + "".join("row %d,%d\n" % (i, i) for i in range(rows)))
        return path

    def prepare(self, place):
        place.must("init")
        self.define(place)
        place.must("crate", "import", self.sheet(place, self.rows))
        with open(os.path.join(place.root, "slip.txt"), "w", encoding="utf-8") as out:
            out.write("signed\n")

    def crates(self, place):
        code, out, err = place.assay("crate", "list", "--all", "--limit", "0", "--json")
        return json.loads(out) if code == 0 else "the records cannot be listed: " + err

    def wrong(self, place, done, crates):
        raise NotImplementedError

    def check(self, place, done, entries):
        crates = self.crates(place)
        if isinstance(crates, str):
            return crates
        if [c["number"] for c in crates] != list(range(1, len(crates) + 1)):
            return "numbers are left out or given twice"
        return self.wrong(place, done, crates)


class Add(Records):
    def do(self, place, trace):
        return place.assay("crate", "add", "--name", "new", "--weight", "7", trace=trace)

    def wrong(self, place, done, crates):
        new = [c["weight"] for c in crates if c["name"] == "new"]
        return None if new in ([7], [] if not done else [7]) else "of one record that was added there is %s" % new


class Send(Records):
    """A status change with the file that it needs."""

    def do(self, place, trace):
        return place.assay("crate", "status", "2", "send", "--slip", os.path.join(place.root, "slip.txt"), trace=trace)

    def wrong(self, place, done, crates):
        sent = crates[1]["status"] == "sent"
        if done and not sent:
            return "it was acknowledged and is not so"
        code, out, _ = place.assay("crate", "file", "2", "slip", "--output", "-")
        if sent != (code == 0) or (sent and out != "signed\n"):
            return "a record is %s and its file opens with %d" % (crates[1]["status"], code)
        return None


class Import(Records):
    many = 300

    def do(self, place, trace):
        return place.assay("crate", "import", self.sheet(place, self.many), trace=trace)

    def wrong(self, place, done, crates):
        new = len(crates) - self.rows
        return None if new == self.many or (new == 0 and not done) else "%d rows of %d are there" % (new, self.many)


class Forget(Records):
    """Everything about a person is taken away: stated anew without, then destroyed. Broken off, it can be done again."""

    def prepare(self, place):
        Records.prepare(self, place)
        place.must("crate", "edit", "3", "--sender", SECRET)
        place.must("crate", "edit", "3", "--sender", "none")
        place.must("crate", "edit", "4", "--sender", SECRET)

    def do(self, place, trace):
        return place.assay("privacy", "erase", SECRET, "--why", "request 1", "--yes", trace=trace)

    def wrong(self, place, done, crates):
        gone = place.assay("privacy", "find", SECRET, "--json")
        if gone[0] != 0 or (done and json.loads(gone[1])):
            return "who was erased is found: " + gone[1] + gone[2]
        code, _, err = self.do(place, [])
        if code not in (0, 2) or (code == 2 and "nothing is held" not in err):
            return "it cannot be done again: " + err
        if [c["weight"] for c in crates] != list(range(self.rows)):
            return "more went than was asked for"
        found = place.holds(SECRET)
        if found:
            return "what was erased still stands in " + " ".join(found)
        for words in (("ledger", "verify"), ("rebuild", "--compare")):
            code, out, err = place.assay(*words)
            if code != 0:
                return "afterwards %s: %s" % (" ".join(words), err or out)
        return None


class Migrate(Records):
    def prepare(self, place):
        Records.prepare(self, place)
        self.define(place, "mass", ", was: [weight]")

    def do(self, place, trace):
        return place.assay("register", "migrate", "crate", "--yes", trace=trace)

    def wrong(self, place, done, crates):
        left = place.assay("register", "migrate", "crate", "--json")
        plan = json.loads(left[1].split("Every")[0]) if left[0] == 0 else None
        masses = [c["mass"] for c in crates]
        if plan == [] and masses == list(range(self.rows)):
            return None
        if not done and plan and plan[0]["records"] == self.rows and masses == [None] * self.rows:
            return None
        return "half of it was carried out: %s, %s" % (plan, masses)


STORIES = {"append": Append, "bundle": Bundle, "erase": Erase, "rewrap": Rewrap, "adopt": Adopt, "rebuild": Rebuild, "save": Save,
           "load": Load, "init": Init, "add": Add, "send": Send, "import": Import, "forget": Forget, "migrate": Migrate}


def tried(story, template, before, root, number, fault):
    """One fault, and what is wrong afterwards, or None."""
    place = Place(root, "%d" % number)
    try:
        template.copy_to(place)
        trace = strace(*[a for a in story.also if not fault.startswith(a.split(":")[0] + ":")], fault)
        code, out, err = story.do(place, trace)
        story.felt += code != 0
        if code == 124:
            return err
        if "ERROR: " in err or "runtime error" in err:
            return "a sanitizer speaks: " + err[:600]
        settle = getattr(story, "settle", None)
        if settle is not None:
            again, _, err = settle(place)
            if again != 0:
                return "it cannot be taken up again: " + err
        entries, err = place.entries()
        if entries is None:
            return "the store does not open: " + err
        if entries[: len(before)] != before:
            return "entries of before are gone or others"
        if code == 0 and len(entries) < len(before) + story.adds:
            return "acknowledged, but %d entries are there and %d were" % (len(entries), len(before))
        for words in (("ledger", "verify"), ("rebuild", "--compare")):
            again, out, err = place.assay(*words)
            if again != 0:
                return "%s: %s" % (" ".join(words), err or out)
        return story.check(place, code == 0, entries)
    finally:
        place.clean()


def steps_of(story, template, root):
    """How often each call is made when nothing fails, by the busiest process."""
    place = Place(root, "count")
    log = os.path.join(root, "count.log")
    calls = CALLS + (READS if story.reads else [])
    try:
        template.copy_to(place)
        code, _, err = story.do(place, ["strace", "-f", "-qqq", "-o", log, "-e", "trace=" + ",".join(calls)] +
                                [w for one in story.also for w in ("-e", "inject=" + one)])
        if code != 0:
            raise SystemExit("Bail out! without a fault: %s" % err)
    finally:
        place.clean()
    counts = {}
    with open(log, encoding="utf-8", errors="replace") as file:
        for line in file:
            pid, _, rest = line.partition(" ")
            call = rest.strip().split("(")[0]
            if call in calls:
                counts[(pid, call)] = counts.get((pid, call), 0) + 1
    return {call: max([n for (_, c), n in counts.items() if c == call], default=0) for call in calls}


def spread(count, most):
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})


def faults_of(counts, everything):
    for call, count in counts.items():
        kinds = ["error=EIO"] if call in READS else ["signal=KILL", "error=EIO"]
        if call in ("write", "pwrite64", "ftruncate", "openat", "mkdir"):
            kinds.append("error=ENOSPC")
        if call in ("openat", "sendto"):
            kinds = ["signal=KILL"] if call == "sendto" else ["error=ENOSPC"]
        for kind in kinds:
            for step in spread(count, count if everything else STEPS_EACH):
                yield "%s:%s:when=%d" % (call, kind, step)


def can_trace():
    if shutil.which("strace") is None:
        return "there is no strace"
    got = subprocess.run([*strace("openat:signal=KILL:when=1"), "true"], capture_output=True, check=False)
    return None if got.returncode in (137, -9) else "strace cannot put faults in here: " + got.stderr.decode(errors="replace").strip()[:120]


def main():
    why = can_trace()
    if why is not None:
        print("1..0 # SKIP " + why)
        return 0
    everything = os.environ.get("FAULT_STEPS") == "all"
    names = sys.argv[1:] or list(STORIES)
    until = time.monotonic() + (1e9 if everything else SECONDS)
    failures = 0
    root = tempfile.mkdtemp(prefix="assay-fault-")
    try:
        with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
            for at, name in enumerate(names, 1):
                story = STORIES[name]()
                template = Place(root, "template")
                story.prepare(template)
                before = (template.entries()[0] or []) if name not in ("init", "adopt") else []
                shutil.rmtree(template.run, ignore_errors=True)
                faults = list(faults_of(steps_of(story, template, root), everything))
                # The time that is left is shared by the stories that are left; what is left out is spread too.
                share = time.monotonic() + max(0, until - time.monotonic()) / (len(names) - at + 1)
                order = sorted(range(len(faults)), key=lambda i: (i * 7919) % max(1, len(faults)))

                def one(i):
                    if time.monotonic() > share:
                        return None
                    return faults[i], tried(story, template, before, root, i, faults[i])

                results = [r for r in pool.map(one, order) if r is not None]
                wrong = [(fault, what) for fault, what in results if what is not None]
                if results and story.felt < len(results) // 10:
                    wrong.append(("all", "only %d of %d faults were felt" % (story.felt, len(results))))
                print("%s %d - %s: whole after each of %d faults of %d (%d felt)" % ("not ok" if wrong else "ok", at, name, len(results), len(faults), story.felt))
                for fault, what in sorted(wrong)[:20]:
                    print("# %s: %s" % (fault, what.strip().replace("\n", " / ")[:500]))
                sys.stdout.flush()
                failures += bool(wrong)
                template.clean()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print("1..%d" % len(names))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
