#!/bin/sh
# Goal: two at once, a signal in the middle, a store that cannot be written, a folder that cannot be read: each is said, nothing is lost.
. "$(dirname "$0")/kit.sh"

entries() {
	"$ASSAY" ledger show --newest 100000 --dir "$work/var" --json 2>>"$work/err" | python3 -c 'import json, sys
print(sum(e["kind"] == "evidence" for e in json.load(sys.stdin)))'
}

# hold SECONDS: another program has the store's lock.
hold() {
	python3 -c 'import fcntl, os, sys, time
lock = open(sys.argv[1], "r+")
fcntl.lockf(lock, fcntl.LOCK_EX)
lock.write("%d\n" % os.getpid())
lock.truncate()
open(sys.argv[3], "w").close()
time.sleep(float(sys.argv[2]))' "$work/var/store/lock" "$1" "$work/held" &
	holder=$!
	while [ ! -e "$work/held" ] && kill -0 "$holder" 2>/dev/null; do sleep 0.05; done
	rm -f "$work/held"
}

assay init "$work/var"

# Two whole collections at once.
"$ASSAY" collect --dir "$work/var" >"$work/out1" 2>"$work/err1" &
one=$!
"$ASSAY" collect --dir "$work/var" >"$work/out2" 2>"$work/err2" &
two=$!
wait $one
first=$?
wait $two
second=$?
echo "# two collections ended $first and $second"
kept=0
for end in $first $second; do
	case $end in 0) kept=$((kept + 1)) ;; esac
done
cat "$work/err1" "$work/err2" >"$work/err"
case $first$second in 00 | 03 | 30) true ;; *) false ;; esac
ok $? "each of two collections at once is kept or says that it could not"
[ "$(entries)" = "$kept" ]
ok $? "and as many entries are there as were acknowledged ($kept)"
if [ $kept = 1 ]; then
	cat "$work/err1" "$work/err2" >"$work/err"
	complains "held by process" "the other says who has the store"
fi

# Ten small ones at once, each of which has the time to wait.
before=$(entries)
acked=0
pids=
for _ in 1 2 3 4 5 6 7 8 9 10; do
	"$ASSAY" collect --table os_version --quiet --dir "$work/var" >/dev/null 2>>"$work/err" &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" && acked=$((acked + 1))
done
[ "$acked" = 10 ]
ok $? "ten short ones wait for each other ($acked of 10)"
[ $(($(entries) - before)) = "$acked" ]
ok $? "and every one is there"

# Somebody holds the store for long, and for a moment.
hold 20
for command in "status" "collect --table os_version" "ledger verify"; do
	from=$(date +%s)
	assay $command --dir "$work/var"
	took=$(($(date +%s) - from))
	exits 3 "$command while another holds the store"
	[ "$took" -ge 4 ] && [ "$took" -le 9 ]
	ok $? "  after waiting some five seconds ($took)"
	complains "$holder" "  and names the process that holds it"
done
kill "$holder" 2>/dev/null
wait "$holder" 2>/dev/null
hold 2
assay status --dir "$work/var" --json
[ "$status" -le 1 ]
ok $? "one that holds it for two seconds is waited for (exit $status)"
wait "$holder" 2>/dev/null

# Signals.
for signal in TERM INT HUP; do
	before=$(entries)
	"$ASSAY" collect --dir "$work/var" >"$work/out" 2>"$work/err" &
	pid=$!
	sleep 0.3
	kill -$signal "$pid" 2>/dev/null
	wait "$pid"
	status=$?
	after=$(entries)
	[ "$status" = 0 ] && [ "$after" -gt "$before" ] || { [ "$status" != 0 ] && [ "$after" -ge "$before" ]; }
	ok $? "SIG$signal in the middle of a collection: kept and acknowledged, or neither (exit $status)"
done
"$ASSAY" finding --dir "$work/var" --all --json 2>"$work/err" | head -c 10 >/dev/null
! grep -q 'ERROR: \|runtime error' "$work/err"
ok $? "a reader that goes away is no crash"
if [ -w /dev/full ]; then
	"$ASSAY" query 'SELECT * FROM package' --dir "$work/var" >/dev/full 2>"$work/err"
	status=$?
	exits 3 "standard output that takes nothing is said"
	sentence "  in one sentence"
fi
assay ledger verify --dir "$work/var"
exits 0 "after all that the ledger verifies"
assay rebuild --compare --dir "$work/var"
exits 0 "and the view is what the signed bytes say"

# A store that cannot be written.
mkdir "$work/frozen"
if [ "$(id -u)" = 0 ] && mount --bind "$work/var" "$work/frozen" 2>/dev/null && mounted="$work/frozen" && mount -o remount,bind,ro "$work/frozen" 2>/dev/null; then
	for command in "status" "collect --table os_version" "erase 1 --why x --yes"; do
		assay $command --dir "$work/frozen"
		[ "$status" = 3 ]
		ok $? "$command on a store that cannot be written: could not (exit $status)"
		sentence "  in one sentence"
	done
	umount "$work/frozen" && mounted=
else
	skip "a store that cannot be written" "nothing can be mounted read-only here"
fi

# A stranger, who may neither read the store nor see everything of the machine.
if [ "$(id -u)" = 0 ] && su -s /bin/sh -c true -- nobody 2>/dev/null; then
	chmod 755 "$work"
	stranger() {
		su -s /bin/sh -c 'HOME="$1"; ASSAY_RUN="$1/run"; export HOME ASSAY_RUN; shift; exec "$@"' -- nobody sh "$work/stranger" "$ASSAY" "$@" >"$work/out" 2>"$work/err" </dev/null
		status=$?
	}
	mkdir "$work/stranger"
	chown nobody "$work/stranger"
	if ! su -s /bin/sh -c 'test -x "$1"' -- nobody sh "$ASSAY"; then
		skip "a stranger" "nobody may not run the program where it is"
		done_testing
	fi
	stranger status --dir "$work/var"
	exits 3 "a stranger may not read the store"
	sentence "  and is told so in one sentence"
	stranger collect --dir "$work/var"
	exits 3 "nor add to it"
	stranger init "$work/stranger/var"
	exits 0 "a stranger may have a store of their own"
	stranger collect --dir "$work/stranger/var" --json
	exits 0 "and look at the machine"
	json 'any(r["state"] == "could-not-look" for r in it)' "not everything can be seen"
	json 'all(r["reason"] for r in it if r["state"] == "could-not-look")' "and each table says why"
	json 'not any(r["state"] == "absent" and r["table"] in ("shadow", "account", "package") for r in it)' "nothing unseen is called absent"
	stranger check --dir "$work/stranger/var" --json
	[ "$status" -le 1 ]
	ok $? "checks are asked of what was seen (exit $status)"
	json 'it[0]["could_not_look"] > 0' "and could not look at the rest"
	stranger collect --dir "$work/stranger/var"
	says "root sees more" "the summary says that root sees more"
else
	skip "a stranger" "another account cannot be taken on here"
fi
done_testing
