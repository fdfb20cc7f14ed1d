#!/bin/sh
# Goal: kill -9 in the middle of an addition, a status change with a file, or an import of five thousand rows, and a disk that is full: what was acknowledged is there, a sheet
# is there whole or not at all, and work goes on.
. "$(dirname "$0")/kit.sh"

define() { # DIR
	mkdir -p "$1/etc/register"
	cat >"$1/etc/register/crate.yaml" <<'END'
id: crate
title: Crate
about: What is sent.
fields:
  - {id: name, title: Name, type: text, required: true, about: On its side}
  - {id: weight, title: Weight, type: number, about: In kilograms}
  - {id: slip, title: Slip, type: file, about: The signed slip}
states: [{id: packed}, {id: sent, end: true}]
changes: [{id: send, from: any, to: sent, needs: [slip]}]
END
}
whole() { # TEXT: the ledger and the view
	assay ledger verify
	exits 0 "$1 the ledger verifies"
	assay rebuild --compare
	exits 0 "and the view is what the signed bytes say"
}
export ASSAY_DIR="$work/var"
assay init
define "$work/var"
head -c 300000 /dev/urandom >"$work/slip"

# Small changes
rounds=${KILL_ROUNDS:-24}
acked=0 killed=0 round=0 sent=
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	from=$(date +%s%N)
	if [ $((round % 3)) = 0 ] && [ "$acked" -gt 0 ]; then
		"$ASSAY" crate status "$acked" send --slip "$work/slip" --json >"$work/ack" 2>/dev/null </dev/null &
	else
		"$ASSAY" crate add --name "round $round" --json >"$work/ack" 2>/dev/null </dev/null &
	fi
	pid=$!
	# From at once to a little longer than the first one took; every fourth is left alone.
	[ $((round % 4)) = 1 ] || sleep "$(printf '0.%06d' $((took * ((round * 37) % 130) / 100 % 1000000)))"
	if [ $((round % 4)) != 1 ] && kill -9 "$pid" 2>/dev/null; then
		killed=$((killed + 1))
		wait "$pid" 2>/dev/null
	elif wait "$pid"; then
		[ -n "${took-}" ] || took=$((($(date +%s%N) - from) / 1000))
		if [ "$(field "$work/ack" 'it["status"]')" = sent ]; then
			sent="$sent $(field "$work/ack" 'it["number"]')"
		else
			acked=$(field "$work/ack" 'it["number"]')
			echo "$acked round $round" >>"$work/acked"
		fi
	fi
done
echo "# $rounds rounds, $killed killed, $(wc -l <"$work/acked") additions acknowledged, sent:$sent"
[ "$killed" -gt $((rounds / 4)) ]
ok $? "enough rounds really were killed ($killed of $rounds)"
assay crate list --all --limit 0 --json
exits 0 "the store opens"
python3 -c 'import json, sys
it = {r["number"]: r for r in json.load(open(sys.argv[1]))}
for line in open(sys.argv[2]):
    number, name = line.rstrip("\n").split(" ", 1)
    assert it[int(number)]["name"] == name, line
for number in sys.argv[3].split():
    assert it[int(number)]["status"] == "sent", number
assert sorted(it) == list(range(1, len(it) + 1)), sorted(it)' "$work/out" "$work/acked" "$sent" 2>"$work/err"
ok $? "everything that was acknowledged is there, and no number is left out"
bad=0
for number in $(field "$work/out" '" ".join(str(r["number"]) for r in it if r["status"] == "sent")'); do
	"$ASSAY" crate file "$number" slip --output - 2>"$work/err" | cmp -s - "$work/slip" || bad=$((bad + 1))
done
[ "$bad" = 0 ]
ok $? "whatever was sent has its file, whole"
whole "after $killed kills"

# Five thousand rows
python3 -c 'print("name,weight"); [print(f"sheet {i},{i % 90}") for i in range(5000)]' >"$work/sheet.csv"
cp -a "$work/var" "$work/before"
from=$(date +%s%N)
assay crate import "$work/sheet.csv"
exits 0 "a sheet of five thousand rows"
took=$((($(date +%s%N) - from) / 1000))
half=0 none=0 all=0
for share in 15 45 70 85 95; do
	rm -rf "$work/var" "$run"
	cp -a "$work/before" "$work/var"
	"$ASSAY" crate import "$work/sheet.csv" >"$work/ack" 2>/dev/null </dev/null &
	pid=$!
	sleep "$(printf '%d.%06d' $((took * share / 100 / 1000000)) $((took * share / 100 % 1000000)))"
	kill -9 "$pid" 2>/dev/null
	if wait "$pid" 2>/dev/null; then acknowledged=yes; else acknowledged=no; fi
	assay query "SELECT count(*) AS n FROM crate WHERE name LIKE 'sheet %'" --json
	rows=$(field "$work/out" 'it[0]["n"]')
	case $rows in
	5000) all=$((all + 1)) ;;
	0) [ $acknowledged = yes ] && half=$((half + 1)) || none=$((none + 1)) ;;
	*) half=$((half + 1)) ;;
	esac
done
echo "# of five imports that were killed: $none left nothing, $all everything"
[ "$half" = 0 ]
ok $? "killed anywhere, an import is there whole or not at all"
[ "$none" -gt 0 ]
ok $? "and at least one really was stopped before"
whole "after that"
assay crate import "$work/sheet.csv"
[ "$status" = 0 ]
ok $? "the sheet can be brought in again"

# A full disk
mkdir "$work/disk"
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=4m tmpfs "$work/disk" 2>/dev/null; then
	skip "a full disk" "a small file system cannot be mounted here"
	done_testing
fi
mounted="$work/disk"
export ASSAY_DIR="$work/disk/var"
assay init
define "$ASSAY_DIR"
assay crate add --name kept
exits 0 "a store on a small disk takes a record"
head -c 5000000 /dev/zero >"$work/disk/filler" 2>/dev/null
for words in "add --name lost" "edit 1 --weight 5" "status 1 send --slip $work/slip" "import $work/sheet.csv"; do
	assay crate $words
	exits 3 "with no room left, crate ${words%% *} could not"
	sentence "  and says so in one sentence"
done
rm "$work/disk/filler"
assay crate list --all --json
json '[(r["name"], r["weight"], r["status"]) for r in it] == [("kept", None, "packed")]' "with room again, what was kept is there and nothing else"
whole "after a full disk"
assay crate add --name next --json
json 'it["number"] == 2' "and the next record gets the next number"
done_testing
