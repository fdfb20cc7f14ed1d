#!/bin/sh
# Run every fuzzer for FUZZ_SECONDS (300) from its seeds.
set -eu
cd "$(dirname "$0")/.."
tool/build.sh fuzz
exec tool/fuzz.py "${FUZZ_SECONDS:-300}" "$@"
