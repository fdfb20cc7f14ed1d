#!/usr/bin/env python3
"""Measure assay on this machine: whole-process figures (wall, CPU, peak memory), the machine's own limits, and the peers, in one run.

usage: bench.py BUILD_FOLDER ENTRIES
"""
import hashlib
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 5


def run(*command, env=None, fine=(0, 1)):
    """Run to the end; (wall seconds, CPU seconds, peak MiB, output)."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
        out.seek(0)
        text = out.read()
    if child.returncode not in fine:
        sys.exit(f"{' '.join(map(str, command))} ended with {child.returncode}:\n{text[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def line(name, found, target=""):
    print(f"  {name:<58} {found:>18}  {target}", flush=True)


def median(*command, env=None):
    figures = [run(*command, env=env)[:3] for _ in range(RUNS)]
    return tuple(statistics.median(column) for column in zip(*figures))


def limits(folder):
    print("This machine")
    path = folder / "sync"
    with open(path, "wb", buffering=0) as out:
        took = []
        for _ in range(200):
            out.write(b"x" * 4096)
            started = time.monotonic()
            os.fdatasync(out.fileno())
            took.append(time.monotonic() - started)
    sync = statistics.median(took)
    line("one fdatasync", f"{sync * 1e3:.2f} ms")
    block = os.urandom(1 << 20) * 16
    started = time.monotonic()
    hashlib.sha256(block).digest()
    line("SHA-256 of one core", f"{len(block) / (time.monotonic() - started) / 1e6:.0f} MB/s")
    speed = subprocess.run(["openssl", "speed", "-seconds", "1", "ecdsap256"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"256 bits ecdsa \(nistp256\)\s+\S+\s+\S+\s+(\S+)\s+(\S+)", speed)
    sign, verify = (float(match.group(1)), float(match.group(2))) if match else (0.0, 0.0)
    line("P-256 signatures of one core", f"{sign:,.0f}/s")
    line("P-256 verifications of one core", f"{verify:,.0f}/s")
    return sync, sign, verify


def machine(assay, folder):
    print("This machine looked at (collect + check + verdicts)")
    env = dict(os.environ, ASSAY_DIR=str(folder / "var"))
    run(assay, "init", folder / "var", env=env)
    if os.geteuid() == 0:
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as drop:
            try:
                os.sync()
                drop.write("3")
            except OSError:
                pass
    steps = (("collect",), ("check",), ("status",))
    cold = sum(run(assay, *step, env=env)[0] for step in steps)
    line("cold", f"{cold:.2f} s")
    warm = []
    peak = 0.0
    for _ in range(RUNS):
        took = [run(assay, *step, env=env) for step in steps]
        warm.append([t[0] for t in took])
        peak = max(peak, took[0][2])
    sums = statistics.median(sum(w) for w in warm)
    line("warm, median of %d" % RUNS, f"{sums:.2f} s", "wanted: 1.00 s or less")
    for at, step in enumerate(steps):
        line("  of it " + step[0], f"{statistics.median(w[at] for w in warm):.2f} s")
    line("peak memory of collect", f"{peak:.0f} MiB", "wanted: 64 or less")
    out = run(assay, "check", "--json", env=env)[3]
    counts = [int(n) for n in re.findall(r'"(?:pass|fail|not_applicable|could_not_look)":(\d+)', out)]
    line("checks asked", f"{sum(counts)}", "wanted: 150 or more")
    return sums


def ledger(build, assay, folder, entries, verify_rate):
    print(f"A ledger of {entries:,} entries")
    env = dict(os.environ, KEEP="1")
    store = folder / "big"
    text = run(build / "bench/bench_ledger", str(entries), str(store), env=env)[3]
    for found in text.strip().splitlines():
        print("  " + found)
    where = ("--dir", str(store))
    wall, cpu, peak, _ = run(assay, "ledger", "verify", "--no-signatures", *where)
    line("verify tree and digests", f"{wall:.1f} s", f"wanted: {30 * entries / 1e6:.1f} s or less; {cpu:.1f} s CPU, {peak:.0f} MiB")
    wall, cpu, peak, _ = run(assay, "ledger", "verify", *where)
    least = entries / verify_rate / (os.cpu_count() or 1) if verify_rate else 0
    line("verify every signature too", f"{wall:.1f} s", f"wanted: {90 * entries / 1e6:.1f} s or less; {wall / least:.1f} times the signatures alone" if least else "")
    wall, _, _ = median(assay, "host", "list", *where)
    line("start (open, read one table)", f"{wall:.3f} s", "wanted: 0.2 s or less")


def registers(build, folder):
    print("Registers: 100,000 records in one, 500 services (wanted: import 5 s; lists 5 ms; search 100 ms for a common word, 10 ms for a rare one)")
    text = run(build / "bench/bench_registry", "100000", str(folder / "registers"))[3]
    for found in text.strip().splitlines():
        print("  " + found)


def peers(ours):
    print("The peers on this machine, and how many times our collect + check + verdicts")
    if shutil.which("lynis"):
        wall = run("lynis", "audit", "system", "--quick", "--quiet", "--nocolors", fine=range(256))[0]
        line("lynis audit system --quick", f"{wall:.1f} s", f"{wall / ours:.0f} times")
    stream = pathlib.Path("/usr/share/xml/scap/ssg/content/ssg-debian11-ds.xml")
    if shutil.which("oscap") and stream.exists():
        with tempfile.TemporaryDirectory() as split:
            run("oscap", "ds", "sds-split", str(stream), split, fine=range(256))
            ovals = sorted(pathlib.Path(split).rglob("*oval.xml"))
            if ovals:
                wall = run("oscap", "oval", "eval", str(ovals[0]), fine=range(256))[0]
                line("oscap oval eval (ssg-debian11)", f"{wall:.1f} s", f"{wall / ours:.0f} times")


def main():
    build, entries = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2])
    assay = build / "src/cli/assay"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="assay-bench-", dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        os.environ["ASSAY_CONTENT"] = str(pathlib.Path(__file__).resolve().parent.parent / "content")
        verify_rate = limits(folder)[2]
        ours = machine(assay, folder)
        ledger(build, assay, folder, entries, verify_rate)
        registers(build, folder)
        peers(ours)


if __name__ == "__main__":
    main()
