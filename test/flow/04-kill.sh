#!/bin/sh
# Goal: kill -9 at any moment of a collection never loses an acknowledged entry and never leaves a store that does not open.
. "$(dirname "$0")/kit.sh"

rounds=${KILL_ROUNDS:-200}
assay init "$work/var"
acked=0 lost=0 broken=0 killed=0 round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	"$ASSAY" collect --table os_version --dir "$work/var" --quiet >"$work/ack" 2>/dev/null &
	pid=$!
	# From at once to a little longer than a collection takes, in steps that differ each round.
	sleep "0.$(printf '%03d' $(((round * 7) % 120)))"
	if kill -9 "$pid" 2>/dev/null; then
		killed=$((killed + 1))
		wait "$pid" 2>/dev/null
	elif wait "$pid"; then
		acked=$((acked + 1))
	fi
	if [ $((round % 10)) = 0 ]; then
		size=$("$ASSAY" ledger show --newest 100000 --dir "$work/var" --json 2>>"$work/err" |
			python3 -c 'import json, sys
print(sum(e["kind"] == "evidence" for e in json.load(sys.stdin)))') || broken=$((broken + 1))
		[ "${size:-0}" -ge "$acked" ] || lost=$((lost + 1))
	fi
done
echo "# $rounds rounds, $killed killed, $acked acknowledged"
[ "$broken" = 0 ]
ok $? "the store opened after every ten kills"
[ "$lost" = 0 ]
ok $? "nothing acknowledged was lost"
[ "$killed" -gt $((rounds / 10)) ]
ok $? "enough rounds really were killed ($killed of $rounds)"
assay ledger verify --dir "$work/var"
exits 0 "the ledger verifies afterwards"
assay rebuild --compare --dir "$work/var"
exits 0 "and the view is what the signed bytes say"
done_testing
