#!/bin/sh
# Run every fuzzer for FUZZ_SECONDS from its seeds; a crash is kept in build/fuzz/crash/ and named.
set -eu
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-300}
tool/build.sh fuzz
mkdir -p build/fuzz/crash build/fuzz/corpus
failed=0
for target in build/fuzz/test/fuzz/fuzz_*; do
	[ -x "$target" ] && [ -f "$target" ] || continue
	name=$(basename "$target")
	name=${name#fuzz_}
	mkdir -p "build/fuzz/corpus/$name"
	dict=
	[ -f "test/fuzz/fuzz_$name.dict" ] && dict="-dict=test/fuzz/fuzz_$name.dict"
	printf '%-32s ' "$name"
	if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="build/fuzz/crash/$name-" $dict \
		"build/fuzz/corpus/$name" "test/corpus/$name" >"build/fuzz/$name.log" 2>&1; then
		sed -n 's/^Done \([0-9]*\) runs.*/\1 runs/p' "build/fuzz/$name.log"
	else
		failed=1
		echo "FAILED"
		tail -40 "build/fuzz/$name.log"
	fi
done
exit $failed
