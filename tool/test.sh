#!/bin/sh
# Build with sanitizers and run everything; the last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."

echo "Building with clang, AddressSanitizer and UndefinedBehaviorSanitizer"
tool/build.sh test
echo "Building with gcc, warnings as errors, and the release binary"
tool/build.sh gcc
tool/build.sh release
echo "Building the fuzzers"
tool/build.sh fuzz
echo "Testing"
status=0
meson test -C build/test --no-rebuild --print-errorlogs --num-processes "$(nproc)" >build/test/log.txt 2>&1 || status=$?
tool/test_summary.py build/test/meson-logs/testlog.json build/test/meson-logs/testlog.junit.xml || status=1
exit "$status"
