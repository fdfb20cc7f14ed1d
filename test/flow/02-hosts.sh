#!/bin/sh
# Goal: evidence of another machine comes in as one signed bundle, whole or not at all, and only from hosts somebody accepted.
. "$(dirname "$0")/kit.sh"

assay init "$work/var"
"$ASSAY" collect --table os_version --dir "$work/elsewhere" --keys "$work/elsewhere-keys" --output "$work/bundle" --quiet 2>/dev/null
ok $? "a machine without a store makes a bundle"
assay collect --dir "$work/var" --from "$work/bundle"
exits 2 "an unknown host is refused"
complains "SHA256:" "its fingerprint is named"
grep -q "assay host accept" "$work/err"
ok $? "and the command that accepts it"
assay ledger show --dir "$work/var" --json
json 'all(e["kind"] != "evidence" for e in it)' "nothing of it is kept"

print=$(sed -n 's/.*\(SHA256:[A-Za-z0-9+/]*\).*/\1/p' "$work/err")
"$ASSAY" collect --dir "$work/var" --from "$work/bundle" >/dev/null 2>"$work/err"
print=$(sed -n 's/.*\(SHA256:[A-Za-z0-9+/]*\).*/\1/p' "$work/err" | head -1)
assay host accept "$print" --name web-1 --dir "$work/var"
exits 0 "the host is accepted by its fingerprint"
assay collect --dir "$work/var" --from "$work/bundle"
exits 0 "now its evidence is taken"
assay collect --dir "$work/var" --from "$work/bundle" --json
exits 0 "sent again, it is there already"
json 'it["was_there"] is True' "and is not kept twice"
assay query 'SELECT id FROM os_version' --dir "$work/var" --json
json 'any(r["host"] == "web-1" for r in it)' "its facts can be asked"

for at in 10 100 500; do
	cp "$work/bundle" "$work/bad"
	printf '\377' | dd of="$work/bad" bs=1 seek=$at conv=notrunc 2>/dev/null
	assay collect --dir "$work/var" --from "$work/bad"
	exits 2 "a bundle damaged at byte $at is refused"
done
head -c 300 "$work/bundle" >"$work/bad"
assay collect --dir "$work/var" --from "$work/bad"
exits 2 "a bundle cut short is refused"
: >"$work/bad"
assay collect --dir "$work/var" --from "$work/bad"
exits 2 "an empty bundle is refused"
assay collect --dir "$work/var" --from "$work/none-there"
exits 2 "a bundle that is not there is refused"

assay check --dir "$work/var"
assay host retire web-1 --dir "$work/var"
exits 2 "retiring wants a reason"
assay host retire web-1 --why "switched off" --dir "$work/var"
exits 0 "a host can be retired"
assay finding --host web-1 --dir "$work/var" --json
json 'it == []' "its findings are no longer open"
assay finding --host web-1 --ended --dir "$work/var" --json
json 'all(f["state"] != "gone" for f in it)' "they ended as retired, not as fixed"
assay ledger verify --dir "$work/var"
exits 0 "the ledger verifies"
done_testing
