# What the flow tests share. Each is a numbered story that drives the built program ($ASSAY) and speaks TAP.
# Sourced, not run. A test ends with `done_testing`.
set -u
LC_ALL=C.UTF-8
export LC_ALL
unset ASSAY_DIR ASSAY_RUN NO_COLOR SUDO_USER 2>/dev/null || true
ASSAY=${ASSAY:?the program to drive}
work=$(mktemp -d "${TMPDIR:-/tmp}/assay-flow-XXXXXX")
run="/dev/shm/${work##*/}" # the view: of this test alone, and gone with it
export HOME="$work/home" XDG_STATE_HOME="$work/state" ASSAY_RUN="$run"
mkdir -p "$HOME"
count=0
failures=0

clean() {
	[ -z "${mounted-}" ] || umount "$mounted" 2>/dev/null
	rm -rf "$work" "$run"
}
trap clean EXIT

ok() { # STATUS TEXT
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failures=$((failures + 1))
		[ -f "$work/out" ] && sed 's/^/# out: /' "$work/out" | head -20 | cut -c 1-400
		[ -f "$work/err" ] && sed 's/^/# err: /' "$work/err" | head -20 | cut -c 1-400
	fi
}

# Run the program; its output is in $work/out and $work/err, its exit status in $status.
assay() {
	"$ASSAY" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# exits STATUS TEXT: the last run ended with STATUS.
exits() {
	[ "$status" = "$1" ]
	ok $? "$2 (exit $1, found $status)"
}

says() { # WORDS TEXT: standard output holds WORDS
	grep -qF -- "$1" "$work/out"
	ok $? "$2"
}

complains() { # WORDS TEXT: standard error is one sentence that holds WORDS
	grep -qF -- "$1" "$work/err" && [ "$(wc -l <"$work/err")" -le 1 ]
	ok $? "$2"
}

# json EXPRESSION TEXT: python's EXPRESSION over the output as `it` is true.
json() {
	python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
sys.exit(0 if eval(sys.argv[2]) else 1)' "$work/out" "$1" 2>>"$work/err"
	ok $? "$2"
}

# silent WORDS TEXT: neither output holds WORDS.
silent() {
	! grep -qF -- "$1" "$work/out" "$work/err"
	ok $? "$2"
}

# sentence TEXT: what went wrong is one line that opens with the program's name, and nothing of a crash.
sentence() {
	[ "$(wc -l <"$work/err")" = 1 ] && grep -q '^assay' "$work/err" && ! grep -qE 'ERROR: |runtime error' "$work/err"
	ok $? "$1"
}

# field FILE EXPRESSION: print python's EXPRESSION over the JSON of FILE as `it`.
field() {
	python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}

# find_clocked: $clocked is a program whose clock can be set. The sanitizers and faketime both want to be loaded first, and hang: then one of the same sources without
# sanitizers is driven.
find_clocked() {
	clocked=
	command -v faketime >/dev/null 2>&1 || return 1
	for program in "$ASSAY" "$(dirname "$ASSAY")/../../../gcc/src/cli/assay" "$(dirname "$ASSAY")/../../../release/src/cli/assay"; do
		[ -n "$clocked" ] || ! timeout -s KILL 5 faketime -f "+0d" "$program" --version >"$work/out" 2>"$work/err" </dev/null || clocked=$program
	done
	[ -n "$clocked" ]
}

# at WHEN ARGUMENTS…: that program at another time.
at() {
	when=$1
	shift
	faketime -f "$when" "$clocked" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

skip() { # TEXT
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

done_testing() {
	echo "1..$count"
	[ "$failures" = 0 ]
	exit
}
