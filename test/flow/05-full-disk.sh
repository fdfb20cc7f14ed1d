#!/bin/sh
# Goal: a full disk is said in one sentence, loses nothing that was acknowledged, and work goes on once there is room.
. "$(dirname "$0")/kit.sh"

mkdir "$work/disk"
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=3m tmpfs "$work/disk" 2>/dev/null; then
	skip "a full disk" "a small file system cannot be mounted here"
	done_testing
fi
mounted="$work/disk"
assay init "$work/disk/var"
exits 0 "a store on a small disk"
assay collect --table os_version --dir "$work/disk/var"
exits 0 "takes a first collection"
before=$("$ASSAY" ledger show --dir "$work/disk/var" --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')
head -c 4000000 /dev/zero >"$work/disk/filler" 2>/dev/null
assay collect --dir "$work/disk/var"
exits 3 "a full disk: could not"
complains "" "and says so in one sentence"
assay report html --dir "$work/disk/var" --output "$work/disk/report.html"
[ "$status" -ge 2 ] && [ ! -s "$work/disk/report.html" ]
ok $? "no half-written report is left"
rm "$work/disk/filler"
assay ledger verify --dir "$work/disk/var"
exits 0 "with room again the ledger verifies"
after=$("$ASSAY" ledger show --dir "$work/disk/var" --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')
[ "$after" -ge "$before" ]
ok $? "nothing acknowledged was lost ($before before, $after after)"
assay collect --table os_version --dir "$work/disk/var"
exits 0 "and the next collection is kept"
done_testing
