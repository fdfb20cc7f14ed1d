#!/bin/sh
# Goal: what registers hold about a person is found, given to them, and taken away for good, from earlier versions and notes too; a hold stops it; records go when their time
# is over; and afterwards the name is in no file of the store.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"
name="Quentin Quill" login="quentin.quill@example.org"

assay init
mkdir -p "$ASSAY_DIR/etc/register"
cat >"$ASSAY_DIR/etc/register/visit.yaml" <<'END'
id: visit
title: Visit
about: Who came, and what about.
label: matter
subject: visitor
fields:
  - {id: matter, title: Matter, type: text, required: true, about: What about}
  - {id: visitor, title: Visitor, type: person, about: Who came}
  - {id: story, title: Story, type: long, personal: true, about: What was said}
  - {id: phones, title: Telephones, type: list, personal: true, about: Where to call back}
  - {id: picture, title: Picture, type: file, personal: true, about: At the door}
  - {id: host, title: Host, type: person, about: Who was visited}
  - {id: ended_on, title: Ended on, type: date, about: The day}
states: [{id: announced}, {id: over, end: true}]
changes: [{id: leave, from: any, to: over, sets: {ended_on: "=today"}}]
retention: {after: P90D, from: ended_on, source: house rules}
END
echo "picture of $name" >"$work/picture.txt"
assay visit add --matter "Complaint" --visitor "$login" --story "$name was loud" --phones "020 7946 0001" --picture "$work/picture.txt" --host bea
exits 0 "a record about a person"
assay visit add --matter "Delivery" --visitor zed --story "$name signed for it"
assay visit edit 2 --story "The porter signed for it"
exits 0 "one that named them, and does no more"
assay visit add --matter "Audit" --visitor ida --story "All in order" --host "$login"
exits 0 "one that they had a part in"
assay visit add --matter "Plumber" --visitor ida --story "The quilling machine leaks"
assay visit note 4 "$name held the lamp"
exits 0 "and one with a note about them"
assay visit add --matter "Nobody" --visitor zed --story "Quills are sold here"

# found: files of the store or the view in which WORDS stand as they are, or encoded.
found() {
	grep -rlaiF -e "$1" -e "$(printf %s "$1" | base64)" "$ASSAY_DIR" "$run" 2>/dev/null
}

assay privacy find "$name" --json
exits 0 "what is held under their name"
json '{(t["number"], t["how"].split(":")[0]) for t in it if t["kind"] == "record"} == {(1, "named"), (2, "named"), (4, "noted")}' "is found: now, earlier, and in a note"
assay privacy find "$login" --json
json '{(t["number"], t["how"].split(":")[0]) for t in it if t["kind"] == "record"} == {(1, "about"), (3, "linked")}' "and under their login"
assay privacy find "Quill" --json
json '{t["number"] for t in it if t["kind"] == "record"} == {1, 2, 4}' "a name is whole words"
assay privacy find "nobody at all"
says "Nothing is held" "of a stranger there is nothing"
assay privacy export "$login" --output "$work/copy.json"
exits 0 "they get a copy"
python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
assert {r["record"]["number"] for r in it["records"]} == {1, 3}
assert "loud" in json.dumps(it)' "$work/copy.json" 2>"$work/err"
ok $? "with what is held about them"
[ "$(stat -c %a "$work/copy.json")" = 600 ]
ok $? "that nobody else can read"

# A hold
assay visit edit 1 --hold "litigation 7"
assay privacy erase "$login" --why "request 17" --yes
exits 3 "a record on hold"
complains "litigation 7" "stops it, and it is said why"
assay visit show 1 --json
json 'it["story"] == "Quentin Quill was loud" and it["visitor"] == "quentin.quill@example.org"' "and nothing was taken"
assay visit edit 1 --hold none
assay privacy erase "$login" --why "request of $login" --yes
exits 2 "a reason that names the person is refused"
assay privacy erase "$login" --yes
exits 2 "so is none"
assay privacy erase "$login" --why "request 17"
exits 0 "without --yes"
says "add --yes" "it only says what it would do"
[ -n "$(found "$name")" ]
ok $? "the view holds the name (so the search that follows means something)"

# Gone
assay privacy erase "$login" --why "request 17" --yes
exits 0 "erased by login"
assay privacy erase "$name" --why "request 17" --yes
exits 0 "and by name"
assay privacy erase "$name" --why "request 17" --yes
exits 2 "there is nothing left to erase"
for words in "$name" "$login" "0207946" "020 7946" "picture of"; do
	[ -z "$(found "$words")" ]
	ok $? "\"$words\" is in no file of store, cache or view"
done
assay visit list --all --json
json '[r["matter"] for r in it] == ["Complaint", "Delivery", "Audit", "Plumber", "Nobody"]' "what else the records say is there"
assay visit show 1 --json
json 'it["story"] is None and it["phones"] is None and it["picture"] is None and it["visitor"] == "erased person" and it["host"] == "bea"' "without anything about them"
assay visit file 1 picture
exits 2 "their file is gone"
assay visit show 4 --json
json 'it["story"] == "The quilling machine leaks" and it["visitor"] == "ida"' "a record that a note named them in keeps what it says of others"
assay visit show 5 --json
json 'it["version"] == 1 and it["story"] == "Quills are sold here"' "and a longer word is another word"
for number in 1 2 3 4; do
	assay visit history "$number"
	silent "Quentin" "nor does the history of $number know them"
done
assay privacy find "$name"
says "Nothing is held" "nothing is found any more"
assay search Quentin --json
json 'it == []' "nor by a search"
assay ledger verify
exits 0 "the ledger verifies"
assay rebuild --compare
exits 0 "and the view is what the signed bytes say"
assay ledger export "$work/export"
! grep -rqaiF -e "$name" -e "$login" "$work/export"
ok $? "an export of it does not hold the name"
rm -rf "$run" "$ASSAY_DIR/cache"
assay visit show 1 --json
json 'it["visitor"] == "erased person"' "made again from what was signed, they stay unknown"
assay ledger rewrap
exits 0 "the keys are wrapped anew"
assay visit show 4 --json
json 'it["story"] == "The quilling machine leaks"' "and what is left can be read"

# Retention
assay visit status 5 leave
assay visit status 3 leave
assay visit edit 3 --hold "an inquiry"
assay privacy retention --json
json 'it == []' "today no record's time is over"
if find_clocked; then
	at +89d privacy retention --json
	json 'it == []' "nor in 89 days"
	at +92d privacy retention --json
	json '[(e["register"], e["number"], e["hold"]) for e in it] == [("visit", 3, "an inquiry"), ("visit", 5, "")] or {e["number"] for e in it} == {3, 5}' "in 92 days two are"
	at +92d privacy retention --yes
	exits 2 "erasing them needs a reason"
	at +92d privacy retention --yes --why "time is over"
	exits 0 "with one"
	says "1 record" "the one that is not on hold goes"
	at +92d visit show 5 --json
	json 'it["matter"] is None and it["status"] == "over"' "its number and status stay"
	at +92d visit show 3 --json
	json 'it["matter"] == "Audit"' "the other is whole"
	[ -z "$(found "Quills are sold")" ]
	ok $? "what it said is in no file"
	assay ledger verify
	exits 0 "the ledger verifies"
	assay rebuild --compare
	exits 0 "and the view is what the signed bytes say"
else
	skip "retention" "faketime is not installed, or does not work with this build"
fi
done_testing
