#!/bin/sh
# Goal: whoever edits the store, its published files, the view or the signer's memory is found, named, and never believed.
. "$(dirname "$0")/kit.sh"

# One byte of FILE at OFFSET becomes another.
flip() {
	python3 -c 'import sys
path, at = sys.argv[1], int(sys.argv[2])
data = bytearray(open(path, "rb").read())
data[at] ^= 1
open(path, "wb").write(data)' "$1" "$2"
}

# SQL over the store's database, as somebody with root and python does it.
edit() {
	python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
cursor = db.execute(sys.argv[2])
db.commit()
sys.exit(0 if cursor.rowcount == 1 else "%d rows were edited" % cursor.rowcount)' "$work/var/store/store.db" "$1" || echo "# the edit did not take: $1"
}

whole() {
	rm -rf "$work/var" "$run"
	cp -a "$work/whole" "$work/var"
}

# caught TEXT [WORDS]: verify sees it, in one sentence and with exit status 2.
caught() {
	assay ledger verify --dir "$work/var"
	exits 2 "$1: verify refuses"
	sentence "  in one sentence"
	[ -z "${2-}" ] || complains "$2" "  that says \"$2\""
}

assay init "$work/whole"
for table in os_version mount os_version; do
	"$ASSAY" collect --dir "$work/whole" --table $table --quiet >/dev/null || exit 1
	[ -d "$work/early" ] || cp -a "$work/whole" "$work/early"
done
"$ASSAY" check --dir "$work/whole" --quiet >/dev/null 2>&1
whole
assay ledger verify --dir "$work/var"
exits 0 "a copy of an untouched store verifies"
assay rebuild --compare --dir "$work/var"
exits 0 "and its view is what the signed bytes say"
size=$(field "$work/var/store/log/checkpoint" 0 2>/dev/null || sed -n 2p "$work/var/store/log/checkpoint")
echo "# $size entries"

whole
edit "UPDATE entry SET received_us = received_us - 86400000000 WHERE idx = 1"
caught "an entry's received time a day earlier" "entry 1"
whole
edit "UPDATE entry SET received_us = received_us + 1 WHERE idx = (SELECT max(idx) FROM entry)"
caught "the newest entry's received time a microsecond later"
whole
edit "UPDATE entry SET envelope = CAST(replace(CAST(envelope AS TEXT), '\"sig\":\"M', '\"sig\":\"N') AS BLOB) WHERE idx = 2"
caught "a byte of a signature" "entry 2"
whole
edit "UPDATE entry SET envelope = CAST(CAST(envelope AS TEXT) || ' ' AS BLOB) WHERE idx = 2"
caught "a blank behind an envelope" "entry 2"
whole
edit "UPDATE entry SET leaf = (SELECT leaf FROM entry WHERE idx = 1) WHERE idx = 2"
caught "another entry's leaf" "entry 2"
whole
edit "UPDATE entry SET leaf_hash = zeroblob(32) WHERE idx = 2"
caught "a leaf hash" "entry 2"
whole
edit "DELETE FROM entry WHERE idx = 2"
caught "an entry taken out"
whole
edit "DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)"
caught "the newest entry taken out"
whole
edit "UPDATE content_sealed SET sealed = zeroblob(length(sealed)) WHERE id = (SELECT min(id) FROM content_sealed)"
caught "the bytes of a content"
whole
edit "DELETE FROM content_sealed WHERE id = (SELECT min(id) FROM content_sealed)"
caught "the bytes of a content taken out"
whole
edit "UPDATE content SET wrapped_key = zeroblob(length(wrapped_key)) WHERE id = (SELECT min(id) FROM content)"
caught "the key of a content"
whole
edit "UPDATE content SET gone = 1 WHERE id = (SELECT min(id) FROM content)"
caught "a content marked as erased without an erasure"
whole
edit "UPDATE head SET root = zeroblob(32)"
caught "the root in the head row"
whole
edit "UPDATE head SET size = size - 1"
caught "the size in the head row"
whole
edit "UPDATE head SET frontier = zeroblob(length(frontier))"
caught "the frontier in the head row"

whole
flip "$(find "$work/var/store/log/tile/0" -type f | sort | tail -1)" 33
caught "a byte of a tile" "tile"
whole
bundle=$(find "$work/var/store/log/tile/entries" -type f | sort | tail -1)
truncate -s -10 "$bundle"
caught "an entry bundle cut short" "entries"
whole
flip "$work/var/store/log/checkpoint" 60
caught "a byte of the checkpoint" "checkpoint"
whole
cp "$work/early/store/log/checkpoint" "$work/var/store/log/checkpoint"
caught "an older checkpoint"
whole
rm "$work/var/store/log/checkpoint"
caught "no checkpoint"

# What verify refuses is not quietly built upon either.
whole
edit "UPDATE head SET root = zeroblob(32)"
assay collect --table os_version --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "nothing is appended to an edited head (exit $status)"
sentence "  and it says so in one sentence"
whole
edit "UPDATE head SET size = size - 1"
assay collect --table os_version --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "nothing is appended to a shortened head (exit $status)"
sentence "  and it says so in one sentence"

# An old copy of the store, put back under a signer that remembers more.
whole
rm -rf "$work/var/store"
cp -a "$work/early/store" "$work/var/store"
assay ledger verify --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "an old copy of the store: verify refuses (exit $status)"
sentence "  in one sentence"
complains "signer" "  that names the signer's memory"
assay collect --table os_version --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "an old copy of the store: nothing is appended (exit $status)"
sentence "  and it says so in one sentence"
assay status --dir "$work/var" --json
[ "$status" -ge 2 ]
ok $? "an old copy of the store: no status is given on it (exit $status)"
assay ledger adopt --why "restored a backup" --dir "$work/var"
exits 2 "a signer that has its memory adopts nothing"

# Another store altogether.
assay init "$work/other"
"$ASSAY" collect --dir "$work/other" --table os_version --quiet >/dev/null
whole
rm -rf "$work/var/store"
cp -a "$work/other/store" "$work/var/store"
assay ledger verify --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "another store under our keys: verify refuses (exit $status)"
sentence "  in one sentence"
assay collect --table os_version --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "another store under our keys: nothing is appended (exit $status)"

# The signer's memory is lost.
whole
rm "$work/var/signer/state"
assay collect --table os_version --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "without the signer's memory nothing is appended (exit $status)"
sentence "  in one sentence"
complains "assay ledger adopt" "  that names the way on"
assay ledger adopt --dir "$work/var"
exits 2 "adopting wants a reason"
assay ledger adopt --why "the disk of the signer died" --dir "$work/var"
exits 0 "with a reason the signer goes on"
assay ledger show --newest 1 --dir "$work/var" --json
json 'it[0]["kind"] == "adopt"' "and the ledger says so in an entry of its own"
assay collect --table os_version --dir "$work/var"
exits 0 "work goes on"
assay ledger verify --dir "$work/var"
exits 0 "and the ledger verifies"
ends=
for half in 20 4116; do
	whole
	flip "$work/var/signer/state" $half
	assay collect --table os_version --dir "$work/var"
	ends="$ends $status"
	[ "$status" = 0 ] || complains "signer" "the signer's newer half damaged: the older does not stand in for it"
done
case $ends in " 0 2" | " 2 0") true ;; *) false ;; esac
ok $? "the older half damaged: the newer goes on (exits$ends)"
whole
head -c "$(stat -c %s "$work/var/signer/state")" /dev/urandom >"$work/var/signer/state"
assay collect --table os_version --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "a memory of the signer that is damaged throughout is no memory (exit $status)"
sentence "  in one sentence"
complains "assay ledger adopt" "  that names the way on"
assay ledger adopt --why "the file was damaged" --dir "$work/var"
[ "$status" = 0 ] || { complains "$work/var/signer/state" "adopting refuses over a file that is there, and names it" && mv "$work/var/signer/state" "$work/state-aside"; }
assay ledger adopt --why "the file was damaged" --dir "$work/var"
exits 0 "once it is put aside, the signer goes on"

# The view.
whole
assay finding --dir "$work/var" --json
view=$(find "$run" -name '*.db' 2>/dev/null | head -1)
if [ -z "$view" ]; then
	skip "an edited view" "there is no tmpfs at /dev/shm: views live in memory"
else
	assay rebuild --compare --dir "$work/var"
	exits 0 "an untouched view compares well"
	python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE entry SET received = received - 1000000 WHERE idx = 1")
db.commit()' "$view"
	assay rebuild --compare --dir "$work/var"
	exits 2 "an edited view is found"
	says "entry" "and the row is named"
	python3 -c 'import sys; sys.exit(0 if len(open(sys.argv[1]).read().splitlines()) <= 6 else 1)' "$work/out"
	ok $? "and no other"
	assay rebuild --dir "$work/var"
	exits 0 "the view is made anew"
	assay rebuild --compare --dir "$work/var"
	exits 0 "and compares well again"
	head -c 100 /dev/urandom | dd of="$view" bs=1 seek=4096 conv=notrunc 2>/dev/null
	assay rebuild --dir "$work/var"
	exits 0 "a damaged view is thrown away and made anew"
	assay rebuild --compare --dir "$work/var"
	exits 0 "and compares well"
	rm -rf "$run"
	assay rebuild --compare --dir "$work/var"
	exits 0 "without the folder of the view it is made anew too"
fi
done_testing
