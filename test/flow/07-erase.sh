#!/bin/sh
# Goal: what is erased is gone from everywhere it was kept, the proofs stay valid, and a machine that stops in the middle finishes later.
. "$(dirname "$0")/kit.sh"
known="the-word-nobody-may-find-again"

# A table of our own, with a word that is easy to look for; uncompressed, so that a search of plain bytes would find it.
assay init "$work/var"
mkdir -p "$work/var/etc/source" "$work/var/facts.d"
cat >"$work/var/etc/source/visitor.yaml" <<-'END'
	about: who came to the office
	key: [name]
	columns:
	  - {name: name, personal: true}
	  - {name: note}
END
echo "{\"name\":\"$known\",\"note\":\"came at nine\"}" >"$work/var/facts.d/visitor.jsonl"
assay collect --table visitor --dir "$work/var"
exits 0 "a table with a word in it is collected"
assay query 'SELECT name, note FROM visitor' --dir "$work/var" --json
json "it[0]['name'] == '$known'" "the word can be asked for"
assay collect --table os_version --dir "$work/var"

# found: a file of the store, the view or the published log holds the word in the clear, or as another encoding of it.
found() {
	grep -rlaF -e "$known" -e "$(printf %s "$known" | base64)" "$work/var/store" "$run" 2>/dev/null
}
[ -z "$(found)" ]
ok $? "it is nowhere in the clear in the store, even before"
plain=$(printf %s "$known" | sha256sum | cut -c 1-64)
! grep -rqaF "$plain" "$work/var/store" "$run" 2>/dev/null
ok $? "nor is its bare digest, which a guess could be tried against"

assay ledger show --dir "$work/var" --json
entry=$(field "$work/out" '[e["entry"] for e in it if e["kind"] == "evidence"][0]')
assay ledger show "$entry" --dir "$work/var" --json
digest=$(field "$work/out" '[s["digest"] for s in (it[0] if isinstance(it, list) else it)["subjects"] if s["name"] == "visitor"][0]')
[ ${#digest} = 64 ]
ok $? "the entry names the digest of its content"
cp -a "$work/var" "$work/before"

assay erase "$entry" --dir "$work/var"
exits 2 "erase wants a reason"
assay erase "$entry" --subject visitor --why "request 17" --dir "$work/var"
exits 0 "without --yes it only says what it would do"
assay query 'SELECT name FROM visitor' --dir "$work/var" --json
json "it[0]['name'] == '$known'" "and has done nothing"
assay erase "$entry" --subject nothing --why "request 17" --yes --dir "$work/var"
exits 2 "a subject that is not there is not erased"
assay erase "$entry" --subject visitor --why "request 17" --yes --dir "$work/var"
exits 0 "with --yes it is erased"
says "ledger rewrap" "and the next step is named"

number=$(sed -n 's/.*(entry \([0-9]*\)).*/\1/p' "$work/out")
assay query 'SELECT name FROM visitor' --dir "$work/var" --json
silent "$known" "it can no longer be asked for"
grep -q "erased by entry $number" "$work/out" "$work/err"
ok $? "a question says that it was erased, and by which entry"
assay ledger show "$entry" --dir "$work/var"
says "erased by entry $number" "so does the entry that held it"
[ -z "$(found)" ]
ok $? "it is nowhere in store, published log or view"
python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
row = db.execute("SELECT id, wrapped_key, gone FROM content WHERE digest = ?", [bytes.fromhex(sys.argv[2])]).fetchone()
sealed = db.execute("SELECT count(*) FROM content_sealed WHERE id = ?", [row[0]]).fetchone()[0] if row else 0
sys.exit(0 if row is None or (not any(row[1]) and row[2] and not sealed) else str((row, sealed)))' "$work/var/store/store.db" "$digest" 2>"$work/err"
ok $? "key and bytes are gone from the database"
key=$(python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(db.execute("SELECT wrapped_key FROM content WHERE digest = ?", [bytes.fromhex(sys.argv[2])]).fetchone()[0].hex())' "$work/before/store/store.db" "$digest")
python3 -c 'import pathlib, sys
key = bytes.fromhex(sys.argv[2])
left = [str(path) for path in pathlib.Path(sys.argv[1]).rglob("*") if path.is_file() and key in path.read_bytes()]
sys.exit(0 if key and not left else str(left))' "$work/var" "$key" 2>"$work/err"
ok $? "and its key is in no freed page and no log of the database"

assay ledger verify --dir "$work/var" --json
exits 0 "the ledger verifies"
json 'it["erased"] == 1' "and counts what was erased"
assay rebuild --compare --dir "$work/var"
exits 0 "the view is what the signed bytes say"
assay ledger export "$work/export" --dir "$work/var"
assay ledger verify --export "$work/export"
exits 0 "an export of it verifies"
! grep -rqaF "$known" "$work/export"
ok $? "and does not hold it"
assay ledger proof "$entry" --dir "$work/var"
exits 0 "the erased entry still has a proof"

assay erase "$entry" --subject visitor --why "request 17" --yes --dir "$work/var"
exits 2 "erasing again says that it is gone"
sentence "  in one sentence"
complains "erased by entry $number" "  that names the entry"
assay erase 999999 --why x --yes --dir "$work/var"
exits 2 "erasing what is not there is refused"
assay erase "$number" --why x --yes --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "an erasure itself cannot be erased"

# Re-wrapping: an old copy of the root key opens nothing any more.
cp "$work/var/keys/root.key" "$work/old-root.key"
assay ledger rewrap --dir "$work/var"
exits 0 "the surviving keys are wrapped anew"
! cmp -s "$work/old-root.key" "$work/var/keys/root.key"
ok $? "under another root key"
assay query 'SELECT id FROM os_version' --dir "$work/var" --json
json 'it and it[0]["id"]' "what survives can still be read"
assay ledger verify --dir "$work/var"
exits 0 "and verifies"
cp "$work/var/keys/root.key" "$work/new-root.key"
cp "$work/old-root.key" "$work/var/keys/root.key"
rm -rf "$run"
assay query 'SELECT id FROM os_version' --dir "$work/var" --json
[ "$status" -ge 2 ]
ok $? "the old root key opens nothing (exit $status)"
cp "$work/new-root.key" "$work/var/keys/root.key"

# The word is collected again only because the file still says so: erasing does not reach into the source.
assay collect --table visitor --dir "$work/var"
exits 0 "the same facts collected again are new content"
assay query 'SELECT name FROM visitor' --dir "$work/var" --json
json "it[0]['name'] == '$known'" "with its own key"

# Killed at any moment: either nothing was erased, or the next command finishes it.
lost=0 half=0 done=0 round=0
while [ "$round" -lt 15 ]; do
	round=$((round + 1))
	rm -rf "$work/var" "$run"
	cp -a "$work/before" "$work/var"
	"$ASSAY" erase "$entry" --subject visitor --why "request 17" --yes --quiet --dir "$work/var" >/dev/null 2>&1 &
	pid=$!
	sleep "0.0$(printf '%02d' $((round * 3)))"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	"$ASSAY" ledger show --dir "$work/var" --json >"$work/out" 2>"$work/err" || lost=$((lost + 1))
	if grep -q '"kind":"erasure"' "$work/out"; then
		done=$((done + 1))
		"$ASSAY" query 'SELECT name FROM visitor' --dir "$work/var" --json >"$work/out" 2>/dev/null
		if grep -q "$known" "$work/out" || [ -n "$(found)" ]; then half=$((half + 1)); fi
	fi
	"$ASSAY" ledger verify --dir "$work/var" >"$work/out" 2>"$work/err" || lost=$((lost + 1))
done
echo "# 15 rounds, $done with an erasure on record"
[ "$lost" = 0 ]
ok $? "killed in the middle, the store opens and verifies"
[ "$half" = 0 ]
ok $? "and an erasure on record is an erasure done"
done_testing
