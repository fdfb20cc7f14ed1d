#!/bin/sh
# Goal: a definition changes under records: nothing that is held gets lost, the plan is told before it is carried out, and one broken definition leaves the others working.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"
file="$ASSAY_DIR/etc/register/tool.yaml"

define() { # FIELDS STATES [MORE]
	printf 'id: tool\ntitle: Tool\nabout: What is used.\nfields:\n%b\nstates: [%s]\nchanges: [{id: lend, from: any, to: %s}]\n%b' "$1" "$2" "${4-lent}" "${3-}" >"$file"
}
name='  - {id: name, title: Name, type: text, required: true}'

assay init
mkdir -p "$ASSAY_DIR/etc/register"
define "$name\n  - {id: holder, title: Holder, type: text}\n  - {id: colour, title: Colour, type: choice, choices: [red, blue]}" '{id: here}, {id: lent}'
assay tool add --name Saw --holder Zoe --colour red
exits 0 "a record"
assay tool add --name File
assay tool status 2 lend
exits 0 "and one in another state"
assay register migrate tool
says "Every record fits" "it fits its definition"

# A field and a state go
define "$name\n  - {id: keeper, title: Keeper, type: text}\n  - {id: colour, title: Colour, type: choice, choices: [green, blue]}" '{id: here}, {id: away}' '' away
assay register lint
exits 0 "the next definition is good in itself"
assay tool list --json
exits 0 "and records can be read"
assay tool add --name Axe
exits 2 "but nothing is written over what it does not know"
complains "assay register migrate tool" "the way out is named"
assay tool edit 2 --name Rasp
exits 2 "also not to a record that it fits"
assay risk add --title x --category cyber
exits 0 "another register goes on"
assay register migrate tool --json
exits 0 "the plan"
json '{(p["what"], p["name"], p["records"]) for p in it} == {("field", "holder", 1), ("state", "lent", 1), ("choice", "colour", 1)} or len(it) == 3' "names everything that has no place"
assay register migrate tool
says "nothing says" "and that nothing is said of it"
assay register migrate tool --yes
exits 2 "so it is not carried out"
before=$("$ASSAY" tool history 1 --json)
define "$name\n  - {id: keeper, title: Keeper, type: text, was: [holder]}\n  - {id: colour, title: Colour, type: choice, choices: [green, blue]}" '{id: here}, {id: away, was: [lent]}' 'drops: [colour]\n' away
assay register migrate tool
exits 0 "with all of it said, the plan says where each goes"
says "goes to keeper" "a field"
says "goes to away" "a state"
says "dropped" "and what is dropped"
[ "$("$ASSAY" tool history 1 --json)" = "$before" ]
ok $? "and changes nothing"
assay register migrate tool --yes
exits 0 "carried out"
assay tool show 1 --json
json 'it["keeper"] == "Zoe" and it["colour"] is None and it["version"] == 2' "the value is in its new place"
assay tool show 2 --json
json 'it["status"] == "away"' "the record in its new state"
assay tool history 1 --json
json 'len(it) == 2 and "Zoe" in it[0]["what"] + it[1]["what"]' "and the history holds both"
assay tool add --name Axe
exits 0 "work goes on"
assay register migrate tool
says "Every record fits" "and there is nothing left to do"

# Broken
sed -i 's/^title: Tool/title: Tool\ncolour: red/' "$file"
assay tool list
exits 2 "a broken register cannot be used"
complains "tool.yaml:3: unknown key \"colour\"" "and says why, by line"
assay tool add --name x
exits 2 "nor written"
for words in "risk list" "risk show 1" "risk edit 1 --title y" "search y" "deadline list" "access list" "register list"; do
	assay $words
	exits 0 "$words goes on"
	complains "left out is the register tool" "  and one sentence says what is left out"
done
assay query "SELECT title FROM risk" --json
json 'it == [{"title": "y"}]' "so do questions"
assay register show tool
exits 2 "its page says what is wrong too"
assay check --quiet
exits 2 "checks are not asked by halves"
sentence "  in one sentence"
assay privacy erase zoe --why "request 1" --yes
exits 2 "and nobody is erased by halves"
assay content lint
exits 2 "lint finds it"
says "unknown key" "and says so"
printf 'id: shed\ntitle: Shed\nabout: x\nfields:\n  - {id: best, title: Best, type: link, to: tool}\nstates: [{id: open}]\n' >"$ASSAY_DIR/etc/register/shed.yaml"
assay shed list
exits 2 "a register that links to it cannot be used either"
complains "there is no register \"tool\"" "and says why"
assay risk list
complains "left out is the register tool and 1 other" "both are told"
sed -i '/^colour/d' "$file"
assay tool list --json
exits 0 "put right, it is back"
json 'sorted(r["name"] for r in it) == ["Axe", "File", "Saw"]' "with everything in it"
assay risk list
[ ! -s "$work/err" ]
ok $? "and nothing is left out"
rm "$file" "$ASSAY_DIR/etc/register/shed.yaml"
assay tool list
exits 2 "a register whose definition is gone is no command"
assay privacy erase zoe --why "request 1" --yes
exits 2 "what it held stops an erasure"
complains "3 records of the register tool" "by name"
assay ledger verify
exits 0 "the ledger verifies"
assay rebuild --compare
exits 0 "and the view is what the signed bytes say"
done_testing
