#!/usr/bin/env python3
"""Exports judged by other people's tools, and the table of doc/verify.md: which tool refuses which change.

    foreign.py FOREIGN_LEDGER WORK_FOLDER [--write]

Go's golang.org/x/mod/sumdb (Debian's golang-golang-x-mod-dev), npm's @sigstore/verify and the script of doc/verify.md (openssl and coreutils) must
accept good exports; every change is tried on every tool and the outcome must be what the document says (--write writes it there).
Exit 77 when a tool is not on this machine; what can be tried without it is tried all the same.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
source = os.path.dirname(os.path.dirname(here))
ledger, work = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
write = "--write" in sys.argv
doc = os.path.join(source, "doc", "verify.md")
failures, missing = [], []


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=600, **options)


def ours(*arguments):
    got = run(ledger, *arguments)
    if got.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: {got.stderr.strip()}")


# --- the tools

def build_go():
    gopath = "/usr/share/gocode"
    if not shutil.which("go") or not os.path.isdir(f"{gopath}/src/golang.org/x/mod/sumdb"):
        return None
    out = os.path.join(work, "sumdb")
    env = dict(os.environ, GO111MODULE="off", GOPATH=gopath, GOFLAGS="", GOPROXY="off", GOCACHE=os.path.join(work, "gocache"))
    got = run("go", "build", "-o", out, os.path.join(here, "sumdb.go"), env=env)
    if got.returncode != 0:
        sys.exit(f"go build: {got.stderr}")
    return out


def install_npm():
    """npm ci below the work folder, from the pinned lock file; None without node, npm or a registry."""
    if not shutil.which("node") or not shutil.which("npm"):
        return None
    place = os.path.join(work, "npm")
    os.makedirs(place, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(here, name), place)
    if not os.path.isdir(os.path.join(place, "node_modules", "@sigstore", "verify")):
        got = run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=place)
        if got.returncode != 0:
            print(f"# npm ci: {got.stderr.strip()[-300:]}")
            return None
    return place


def judge(command, **options):
    """True: refused. False: accepted. Anything else is a fault of the tool itself."""
    got = run(*command, **options)
    if got.returncode == 0:
        return False
    if got.returncode == 1:
        return True
    raise RuntimeError(f"{command}: exit {got.returncode}: {got.stderr[-300:]}")


def tools():
    script = os.path.join(work, "verify.sh")
    subprocess.run([sys.executable, os.path.join(source, "tool", "verify_script.py"), doc, script], check=True)
    # Nothing but a POSIX shell, openssl and coreutils is within the script's reach.
    reach = os.path.join(work, "bin")
    shutil.rmtree(reach, ignore_errors=True)
    os.makedirs(reach)
    for name in "openssl mktemp rm od tr basenc sha256sum cut cat base64 head tail printf wc".split():
        os.symlink(shutil.which(name), os.path.join(reach, name))
    shell = shutil.which("dash") or shutil.which("sh")
    go, npm = build_go(), install_npm()
    if not go:
        missing.append("Go with golang-golang-x-mod-dev")
    if not npm:
        missing.append("npm ci of @sigstore/verify")
    return {
        "assay": lambda folder, old: judge([ledger, "verify", folder] + ([old] if old else [])),
        "verify.sh": lambda folder, old: None if old else judge([shell, script, folder], env={"PATH": reach}),
        "Go x/mod/sumdb": go and (lambda folder, old: judge([go, folder] + ([old] if old else []))),
        "npm @sigstore/verify": npm
        and (lambda folder, old: None if old else judge(["node", os.path.join(here, "verify.mjs"), folder], env=dict(os.environ, FOREIGN_MODULES=npm))),
    }


# --- the changes: each takes a copy of a good export of some entries and spoils it

def path(folder, *name):
    return os.path.join(folder, *name)


def read(name):
    with open(name, "rb") as file:
        return file.read()


def put(name, data):
    with open(name, "wb") as file:
        file.write(data)


def flip(name, at, bit=0):
    data = bytearray(read(name))
    data[at] ^= 1 << bit
    put(name, bytes(data))


def tile(folder, level):
    """The one partial tile of a small export."""
    place = path(folder, "tile", level, "000.p")
    (only,) = os.listdir(place)
    return path(place, only)


def other64(text):
    """The same base64 with another first digit: other bytes of the same length."""
    return ("B" if text[0] != "B" else "C") + text[1:]


def bundle(change):
    """A change of entry 3's bundle, as JSON; written back as we write it."""

    def spoil(folder):
        name = path(folder, "bundles", "003.sigstore.json")
        value = json.loads(read(name))
        entry = value["verificationMaterial"]["tlogEntries"][0]
        change(value, entry, entry["inclusionProof"])
        put(name, (json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n").encode())

    return spoil


def assign(pick, key, make):
    def change(value, entry, proof):
        target = {"value": value, "entry": entry, "proof": proof}[pick]
        *steps, last = key.split("/")
        for step in steps:
            target = target[int(step) if step.isdigit() else step]
        last = int(last) if last.isdigit() else last
        target[last] = make(target[last])

    return bundle(change)


def add_one(text):
    return str(int(text) + 1)


def payload_changed(text):
    data = bytearray(base64.b64decode(text))
    data[-20] ^= 1
    return base64.b64encode(bytes(data)).decode()


def checkpoint_line(number, change):
    def spoil(folder):
        name = path(folder, "checkpoint")
        lines = read(name).decode().split("\n")
        lines[number] = change(lines[number])
        put(name, "\n".join(lines).encode())

    return spoil


def signature_changed(line):
    head, text = line.rsplit(" ", 1)
    return f"{head} {text[:40]}{'A' if text[40] != 'A' else 'B'}{text[41:]}"


def unused_bits(line):
    """68 bytes end in one digit with two unused bits and a padding sign."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return f"{line[:-2]}{digits[digits.index(line[-2]) ^ 1]}="


def entries_of(data):
    entries = []
    while data:
        length = data[0] << 8 | data[1]
        entries.append(data[: 2 + length])
        data = data[2 + length :]
    return entries


def swapped(folder):
    name = tile(folder, "entries")
    entries = entries_of(read(name))
    entries[3], entries[4] = entries[4], entries[3]
    put(name, b"".join(entries))
    name = tile(folder, "0")
    data = read(name)
    put(name, data[: 3 * 32] + data[4 * 32 : 5 * 32] + data[3 * 32 : 4 * 32] + data[5 * 32 :])


def dropped(folder):
    name = tile(folder, "entries")
    put(name, b"".join(entries_of(read(name))[:-1]))


def cut(name_of):
    def spoil(folder):
        name = name_of(folder)
        put(name, read(name)[:-1])

    return spoil


def removed(*name):
    return lambda folder: os.remove(path(folder, *name))


def key_replaced(folder):
    names = [name for name in os.listdir(path(folder, "keys")) if re.fullmatch("[0-9a-f]{64}.pem", name)]
    other = os.path.join(work, "other-key.pem")
    got = run("sh", "-c", f"openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkey -pubout > '{other}'")
    assert got.returncode == 0, got.stderr
    for name in names:
        shutil.copy(other, path(folder, "keys", name))


def replaced(*name):
    """Take this file from another ledger's export of the same size."""
    return lambda folder: shutil.copy(path(work, "other", *name), path(folder, *name))


def resigned(folder):
    """Checkpoint and log key of another ledger: somebody else signs this history."""
    for name in (("checkpoint",), ("keys", "log.pub"), ("keys", "log.pem"), ("trusted_root.json",)):
        replaced(*name)(folder)


def anew(folder):
    shutil.rmtree(folder)
    shutil.copytree(path(work, "other"), folder)


def older(folder):
    shutil.rmtree(folder)
    shutil.copytree(path(work, "old"), folder)


def older_checkpoint(folder):
    shutil.copy(path(work, "old", "checkpoint"), path(folder, "checkpoint"))


def entry_replaced(folder):
    """Entry 3 of another ledger in the place of ours: rightly signed, by somebody else."""
    name = tile(folder, "entries")
    entries = entries_of(read(name))
    entries[3] = entries_of(read(tile(path(work, "other"), "entries")))[3]
    put(name, b"".join(entries))
    replaced("bundles", "003.sigstore.json")(folder)




CHANGES = [
    # what, spoil, older checkpoint to hold against it
    ("`checkpoint`: the size", checkpoint_line(1, add_one), None),
    ("`checkpoint`: the root", checkpoint_line(2, other64), None),
    ("`checkpoint`: the log's name", checkpoint_line(0, lambda line: line[:-1] + ("0" if line[-1] != "0" else "1")), None),
    ("`checkpoint`: a bit of the signature", checkpoint_line(4, signature_changed), None),
    ("`checkpoint`: an unused bit of the signature's last base64 digit", checkpoint_line(4, unused_bits), None),
    ("`checkpoint`: cut by a byte", cut(lambda folder: path(folder, "checkpoint")), None),
    ("`checkpoint`: a valid older one over the newer tree", older_checkpoint, None),
    ("`tile/entries`: a bit", lambda folder: flip(tile(folder, "entries"), 1000), None),
    ("`tile/entries`: cut by a byte", cut(lambda folder: tile(folder, "entries")), None),
    ("`tile/entries`: the last entry dropped", dropped, None),
    ("`tile/entries`: missing", lambda folder: os.remove(tile(folder, "entries")), None),
    ("`tile/0`: a bit", lambda folder: flip(tile(folder, "0"), 100), None),
    ("`tile/0`: cut by a byte", cut(lambda folder: tile(folder, "0")), None),
    ("`tile/0`: missing", lambda folder: os.remove(tile(folder, "0")), None),
    ("two entries in the other order, in both tiles", swapped, None),
    ("an entry of somebody else, rightly signed, tile and bundle", entry_replaced, None),
    ("bundle: the statement", assign("value", "dsseEnvelope/payload", payload_changed), None),
    ("bundle: the signature", assign("value", "dsseEnvelope/signatures/0/sig", lambda text: text[:30] + other64(text[30:])), None),
    ("bundle: the signature's key id", assign("value", "dsseEnvelope/signatures/0/keyid", lambda text: text[:-1] + ("0" if text[-1] != "0" else "1")), None),
    ("bundle: the key hint", assign("value", "verificationMaterial/publicKey/hint", lambda text: text[:-1] + ("0" if text[-1] != "0" else "1")), None),
    ("bundle: the leaf", assign("entry", "canonicalizedBody", payload_changed), None),
    ("bundle: a hash of the proof", assign("proof", "hashes/0", other64), None),
    ("bundle: a hash of the proof left out", bundle(lambda value, entry, proof: proof["hashes"].pop()), None),
    ("bundle: the proof's index", assign("proof", "logIndex", add_one), None),
    ("bundle: the top-level `logIndex`", assign("entry", "logIndex", add_one), None),
    ("bundle: `treeSize`", assign("proof", "treeSize", add_one), None),
    ("bundle: `rootHash`", assign("proof", "rootHash", other64), None),
    ("bundle: `integratedTime`", assign("entry", "integratedTime", add_one), None),
    ("bundle: the log's id", assign("entry", "logId/keyId", other64), None),
    ("bundle: the checkpoint in it", assign("proof", "checkpoint/envelope", lambda text: text.replace("log/", "log/0", 1)), None),
    ("bundle: missing", removed("bundles", "003.sigstore.json"), None),
    ("bundle: another entry's in its place", lambda folder: shutil.copy(path(folder, "bundles", "004.sigstore.json"), path(folder, "bundles", "003.sigstore.json")), None),
    ("`keys/log.pub`: a bit", lambda folder: flip(path(folder, "keys", "log.pub"), -5), None),
    ("`keys/log.pem`: another key", replaced("keys", "log.pem"), None),
    ("`keys/….pem`: another key", key_replaced, None),
    ("`trusted_root.json`: another log's", replaced("trusted_root.json"), None),
    ("another log's checkpoint and keys over these entries", resigned, None),
    ("`README.md`: a bit", lambda folder: flip(path(folder, "README.md"), 10), None),
    ("a whole older export", older, None),
    ("a whole older export, held against a newer checkpoint", older, "good"),
    ("everything made anew with other keys", anew, None),
    ("everything made anew with other keys, held against an older checkpoint", anew, "old"),
]


# --- the test

def words(outcome):
    return {True: "yes", False: "no", None: "–"}[outcome]


def expected_table(names):
    """The rows of the table in doc/verify.md, by what is changed."""
    rows = {}
    for line in read(doc).decode().split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 1 + len(names) and cells[0] != "change":
            rows[cells[0]] = cells[1:]
    return rows


def write_table(rows):
    text = read(doc).decode()
    head = "| change | assay | verify.sh | Go x/mod/sumdb | npm @sigstore/verify |\n|---|---|---|---|---|\n"
    begin = text.index(head) + len(head)
    end = begin
    while text.startswith("| ", end):
        end = text.index("\n", end) + 1
    table = "".join(f"| {what} | {' | '.join(cells)} |\n" for what, cells in rows)
    put(doc, (text[:begin] + table + text[end:]).encode())


def check(what, good):
    print(f"{'ok' if good else 'not ok'} - {what}", flush=True)
    if not good:
        failures.append(what)


def make_exports():
    for name in ("small", "large", "stranger", "old", "good", "other", "big"):
        shutil.rmtree(path(work, name), ignore_errors=True)
    ours("make", path(work, "small"), "7")
    ours("export", path(work, "small"), path(work, "old"))
    ours("grow", path(work, "small"), "5")
    ours("export", path(work, "small"), path(work, "good"))
    ours("make", path(work, "stranger"), "12")
    ours("export", path(work, "stranger"), path(work, "other"))
    ours("make", path(work, "large"), "300")
    ours("export", path(work, "large"), path(work, "big"))


def test_good(known):
    for folder in ("old", "good", "other", "big"):
        for name, tool in known.items():
            if tool:
                check(f"{name} accepts the good export {folder}", tool(path(work, folder), None) is False)
    for name in ("assay", "Go x/mod/sumdb"):
        if known[name]:
            check(f"{name} accepts a checkpoint that the older one leads to", known[name](path(work, "good"), path(work, "old", "checkpoint")) is False)


def test_script_on_one(known):
    """One entry, and a content with its secret bytes."""
    script, env = path(work, "verify.sh"), {"PATH": path(work, "bin")}
    shell = shutil.which("dash") or shutil.which("sh")
    salted, wrong = path(work, "salted"), path(work, "wrong")
    ours("content", path(work, "small"), "3", salted)
    put(wrong, read(salted) + b".")
    check("verify.sh accepts entry 3", run(shell, script, path(work, "good"), "3", env=env).returncode == 0)
    check("verify.sh accepts entry 3 with its content", run(shell, script, path(work, "good"), "3", salted, env=env).returncode == 0)
    check("verify.sh refuses entry 3 with another content", run(shell, script, path(work, "good"), "3", wrong, env=env).returncode == 1)
    check("verify.sh refuses entry 4 with entry 3's content", run(shell, script, path(work, "good"), "4", salted, env=env).returncode == 1)
    check("verify.sh refuses an entry beyond the log", run(shell, script, path(work, "good"), "99", env=env).returncode == 1)
    check("sha256sum of the salted content is the statement's digest", hashed(salted) in statement(3))
    check("the export carries this script", read(path(work, "good", "verify.sh")) == read(script))


def hashed(name):
    return run("sha256sum", name).stdout[:64]


def statement(index):
    return base64.b64decode(json.loads(read(path(work, "good", "bundles", f"{index:03}.sigstore.json")))["dsseEnvelope"]["payload"]).decode()


def test_no_content():
    plain = b"content 0 of this ledger"
    for folder, _, files in os.walk(path(work, "good")):
        for name in files:
            data = read(path(folder, name))
            if plain in data or base64.b64encode(plain)[:-4] in data:
                check(f"no content in {name}", False)
    check("no content is in the export", True)


def main():
    os.makedirs(work, exist_ok=True)
    known = tools()
    make_exports()
    test_good(known)
    test_script_on_one(known)
    test_no_content()
    wanted, rows = expected_table(known), []
    for what, spoil, old in CHANGES:
        copy = path(work, "copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(path(work, "good"), copy)
        spoil(copy)
        held = path(work, old, "checkpoint") if old else None
        found = [words(tool(copy, held)) if tool else "missing" for tool in known.values()]
        rows.append((what, found))
        agrees = what in wanted and all(f in (w, "missing") for f, w in zip(found, wanted[what]))
        if not write:
            check(f"{what}: {', '.join(found)}", agrees)
    if write:
        write_table(rows)
    elif set(wanted) != {what for what, _ in rows}:
        check("the document's table has exactly these rows", False)
    # Whatever a tool lets pass must be let pass knowingly: ours refuses all but what needs a second source, or is no evidence.
    passes = [what for what, found in rows if found[0] != "yes"]
    check("assay refuses every change that can be seen", passes == ["`README.md`: a bit", "a whole older export", "everything made anew with other keys"])
    for name in missing:
        print(f"# not on this machine: {name}")
    sys.exit(1 if failures else 77 if missing else 0)


main()
