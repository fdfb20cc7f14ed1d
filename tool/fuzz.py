#!/usr/bin/env python3
"""Run every fuzzer from its seeds, as many at once as there are processors; a crash is kept in build/fuzz/crash/ and shown.

usage: fuzz.py SECONDS [NAME...]     the last line is "N passed, N failed"
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

BUILD = pathlib.Path("build/fuzz")
CAMPAIGN = 60  # from so many seconds on, inputs are new each time
MIN_RUNS = 50  # a target that ran less often than this did not fuzz


def fuzz(target, seconds):
    name = target.name.removeprefix("fuzz_")
    own = BUILD / "corpus" / name
    own.mkdir(parents=True, exist_ok=True)
    (BUILD / "crash").mkdir(exist_ok=True)
    command = [str(target), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2560", f"-artifact_prefix={BUILD}/crash/{name}-", "-print_final_stats=1"]
    if seconds < CAMPAIGN:
        command.append("-seed=1")  # in the tests the same inputs every time: what make fuzz finds becomes a seed, not a surprise
    dictionary = pathlib.Path(f"test/fuzz/fuzz_{name}.dict")
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    done = subprocess.run(command + [str(own), f"test/corpus/{name}"], capture_output=True, text=True, errors="replace", check=False)
    match = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    runs = int(match.group(1)) if match else 0
    good = done.returncode == 0 and runs >= MIN_RUNS
    return name, good, runs, "" if good else "\n".join(done.stderr.splitlines()[-40:])


def main():
    seconds, wanted = int(sys.argv[1]), sys.argv[2:]
    targets = sorted(path for path in (BUILD / "test/fuzz").glob("fuzz_*") if path.is_file() and os.access(path, os.X_OK))
    targets = [path for path in targets if not wanted or path.name.removeprefix("fuzz_") in wanted]
    passed = failed = total = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, good, runs, tail in pool.map(lambda target: fuzz(target, seconds), targets):
            passed, failed, total = passed + good, failed + (not good), total + runs
            if not good:
                print(f"--- fuzz {name}: {runs} runs\n{tail}", flush=True)
            elif seconds >= CAMPAIGN:
                print(f"fuzz {name:<32} {runs:>12,} runs", flush=True)
    print(f"{len(targets)} fuzzers, {seconds} s each, {total:,} runs")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
