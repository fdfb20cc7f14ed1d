#!/bin/sh
# The figures of assay on this machine, beside the machine's own limits and the peers, all in one run.
# BENCH_ENTRIES (1,000,000) sets the size of the big ledger.
set -eu
cd "$(dirname "$0")/.."
tool/build.sh bench
exec python3 bench/bench.py build/bench "${BENCH_ENTRIES:-1000000}"
