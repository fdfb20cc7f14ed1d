#!/bin/sh
# Build with sanitizers and run everything: unit, replay, house and flow tests, then each fuzzer for FUZZ_SECONDS (10).
# The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."

echo "Building: clang with AddressSanitizer and UndefinedBehaviorSanitizer, warnings as errors"
tool/build.sh test
echo "Building: gcc, hardened release, warnings as errors"
tool/build.sh gcc
tool/build.sh release
echo "Building: the fuzzers"
tool/build.sh fuzz
echo "Testing"
status=0
meson test -C build/test --no-rebuild --num-processes "$(nproc)" >build/test/log.txt 2>&1 || status=1
tool/test_summary.py build/test/meson-logs/testlog.json build/test/meson-logs/testlog.junit.xml >build/test/summary.txt || status=1
sed '$d' build/test/summary.txt
tests=$(tail -n 1 build/test/summary.txt)
echo "Fuzzing: each parser for ${FUZZ_SECONDS:-10} s"
tool/fuzz.py "${FUZZ_SECONDS:-10}" >build/fuzz/summary.txt || status=1
sed '$d' build/fuzz/summary.txt
fuzz=$(tail -n 1 build/fuzz/summary.txt)
echo "$tests
$fuzz" | awk '{ passed += $1; failed += $3; skipped += ($6 == "skipped" ? $5 : 0) }
	END { printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : "" }'
exit "$status"
