#!/bin/sh
# Goal: many people at one register at once: nobody overwrites what they did not see, no number is given twice, whatever was acknowledged is there, and a record that could
# not be written says so.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"

assay init
mkdir -p "$ASSAY_DIR/etc/register"
cat >"$ASSAY_DIR/etc/register/crate.yaml" <<'END'
id: crate
title: Crate
about: What stands in the store.
fields:
  - {id: name, title: Name, type: text, required: true, about: What it is called}
  - {id: count, title: Count, type: number, about: How many}
  - {id: place, title: Place, type: text, about: Where}
states: [{id: full}, {id: empty, end: true}]
changes: [{id: use-up, from: any, to: empty}]
END
assay crate add --name first --count 1
exits 0 "a record"

# Two who saw the same version
assay crate edit 1 --count 2 --if-version 1
exits 0 "the first edit of version 1 is made"
assay crate edit 1 --count 7 --place cellar --if-version 1
exits 2 "the second is not"
complains "version 2" "it is told which version there is"
grep -q "count.*2" "$work/err" && grep -q "7" "$work/err"
ok $? "with both sides"
assay crate show 1 --json
json 'it["count"] == 2 and it["place"] is None and it["version"] == 2' "and nothing of it was kept, the other field neither"
assay crate edit 1 --count 7 --place cellar --if-version 2
exits 0 "having seen it, it is made"
assay crate status 1 use-up --if-version 1
exits 2 "a status change of what was seen before is not made either"

# Twenty at once, while a sheet comes in and one record is edited
python3 -c 'print("name,count"); [print(f"sheet {i},{i}") for i in range(300)]' >"$work/sheet.csv"
"$ASSAY" crate import "$work/sheet.csv" >"$work/sheet.out" 2>"$work/sheet.err" </dev/null &
sheet=$!
pids=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	"$ASSAY" crate add --name "parallel $i" --json >"$work/add.$i" 2>"$work/adderr.$i" </dev/null &
	pids="$pids $!:$i"
done
"$ASSAY" crate edit 1 --count 8 --if-version 3 >"$work/one" 2>&1 </dev/null &
one=$!
"$ASSAY" crate edit 1 --count 9 --if-version 3 >"$work/two" 2>&1 </dev/null &
two=$!
good=0 busy=0 other=0
: >"$work/numbers"
for both in $pids; do
	wait "${both%:*}"
	case $? in
	0) good=$((good + 1)) && field "$work/add.${both#*:}" 'it["number"]' >>"$work/numbers" ;;
	3) busy=$((busy + 1)) && cat "$work/adderr.${both#*:}" >"$work/err" ;;
	*) other=$((other + 1)) && cat "$work/adderr.${both#*:}" >"$work/err" ;;
	esac
done
wait $sheet
sheet=$?
wait $one
one=$?
wait $two
two=$?
echo "# of twenty: $good kept, $busy busy, $other otherwise; the sheet ended $sheet, the edits $one and $two"
[ "$other" = 0 ] && [ "$good" -gt 0 ]
ok $? "each of twenty is kept or says that it could not"
[ "$(sort -u "$work/numbers" | wc -l)" = "$good" ]
ok $? "no number was given twice"
if [ "$busy" -gt 0 ]; then
	grep -q "held by process" "$work/err"
	ok $? "who could not says who has the store"
fi
[ "$((one + two))" != 0 ] && { [ "$one" = 0 ] || [ "$two" = 0 ] || [ "$one$two" = 33 ]; }
ok $? "of two edits of one version at most one is made"
assay crate list --limit 0 --json
cp "$work/out" "$work/list"
python3 -c 'import json, sys
it, numbers, good, sheet = json.load(open(sys.argv[1])), set(map(int, open(sys.argv[2]).read().split())), int(sys.argv[3]), int(sys.argv[4])
by = {r["number"]: r["name"] for r in it}
lost = [n for n in numbers if not by.get(n, "").startswith("parallel")]
rows = sum(name.startswith("sheet") for name in by.values())
assert not lost, lost
assert rows == (300 if sheet == 0 else 0), rows
assert len(by) == len(it) == 1 + rows + sum(n.startswith("parallel") for n in by.values())
assert sum(n.startswith("parallel") for n in by.values()) == good, (by, good)
assert sorted(by) == list(range(1, len(by) + 1)), sorted(by)' "$work/list" "$work/numbers" "$good" "$sheet" 2>"$work/err"
ok $? "what was acknowledged is there, nothing else, the sheet whole or not at all, and no number is left out"
assay ledger verify
exits 0 "the ledger verifies"
assay rebuild --compare
exits 0 "and the view is what the signed bytes say"
done_testing
