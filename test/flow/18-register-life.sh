#!/bin/sh
# Goal: an organisation writes a register of its own, with every kind of field, and lives with it: what is entered is checked, two persons are needed where it says so,
# clocks run, stand still and stop, links are read from both sides, files come out as they went in, and text from anywhere stays text.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"

if [ "$(id -u)" != 0 ]; then
	skip "a register's whole life" "only root can act as somebody else (SUDO_USER)"
	done_testing
fi
as() { # PERSON ARGUMENTS…: the program as that person signs in
	who=$1
	shift
	SUDO_USER=$who "$ASSAY" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}
holds() { # FILE WORDS TEXT
	grep -qF -- "$2" "$1"
	ok $? "$3"
}

assay init
exits 0 "a store"
mkdir -p "$ASSAY_DIR/etc/register" "$ASSAY_DIR/etc/deadline"
for id in give-back:P14D answer:P3D; do
	printf 'id: loan.%s\ntitle: Do it (%s)\nversion: 1\nlength: %s\ncounts: calendar\nbegins: next-day\nroll: none\ncalendar: england-and-wales\nwarn: []\nsource: house rules\nmark: K\n' \
		"${id%:*}" "${id%:*}" "${id#*:}" >"$ASSAY_DIR/etc/deadline/loan.${id%:*}.yaml"
done
cat >"$ASSAY_DIR/etc/register/room.yaml" <<'END'
id: room
title: Room
about: Where things stand.
fields:
  - {id: name, title: Name, type: text, required: true, about: On the door}
states: [{id: open}, {id: shut, end: true}]
changes: [{id: shut, from: any, to: shut}]
END
cat >"$ASSAY_DIR/etc/register/loan.yaml" <<'END'
id: loan
title: Loan
plural: Loans
group: Own
about: Equipment that is lent, to whom and until when.
label: thing
owner: keeper
fields:
  - {id: thing, title: Thing, type: text, required: true, max: 80, about: What is lent}
  - {id: story, title: Story, type: long, about: Why}
  - {id: kind, title: Kind, type: choice, choices: [laptop, {id: phone, title: Telephone}], default: laptop, about: What it is}
  - {id: insured, title: Insured, type: yes-no, about: Is it}
  - {id: pieces, title: Pieces, type: number, min: 1, max: 9, about: How many}
  - {id: weight, title: Weight, type: number, decimals: 1, about: In kilograms}
  - {id: worth, title: Worth, type: money, min: 0, required-when: "insured = 'yes'", about: What it would cost to buy again}
  - {id: from_day, title: From, type: date, default: "=today", about: First day}
  - {id: handed, title: Handed over, type: instant, about: The moment}
  - {id: spell, title: Spell, type: duration, about: How long}
  - {id: keeper, title: Keeper, type: person, default: "=actor", about: Who lends it}
  - {id: borrower, title: Borrower, type: person, about: Who has it}
  - {id: room, title: Room, type: link, to: room, back: Things lent from here, about: Where it belongs}
  - {id: with_it, title: Goes with, type: link, to: [loan, room], many: true, about: What belongs to it}
  - {id: slip, title: Slip, type: file, about: The signed slip}
  - {id: marks, title: Marks, type: list, max: 20, about: Scratches}
  - {id: level, title: Level, type: classification, about: What may be kept on it}
  - {id: hole, title: Worst hole, type: cvss, about: Its worst vulnerability}
  - {id: risk, title: Risk, type: score, compute: "pieces * CASE kind WHEN 'phone' THEN 2 ELSE 1 END", bands: [{to: 3, word: low}, {word: high}], about: Computed}
states: [{id: asked, title: Asked for}, {id: lent, title: Lent}, {id: waiting, title: Waiting}, {id: back, title: Back, end: true}]
changes:
  - id: lend
    title: Lend it
    from: [asked]
    to: lent
    needs: [borrower, pieces, slip]
    when:
      - sql: SELECT 1 FROM loan WHERE number = :number AND risk <= 8
        says: at most a risk of 8 is lent
    not-by: [made, borrower]
    sets: {handed: "=now"}
    starts: [{deadline: loan.give-back}, {deadline: loan.answer, if: "insured = 'yes'"}]
  - {id: ask-again, title: Ask, from: [lent], to: waiting, pauses: [loan.give-back]}
  - {id: go-on, title: Go on, from: [waiting], to: lent, resumes: [loan.give-back]}
  - {id: bring, title: Bring back, from: [lent], to: back, stops: [loan.give-back, loan.answer]}
columns: [number, thing, status, keeper, risk, due]
index: [risk, kind]
sort: [-risk, number]
groups: [{title: What, fields: [thing, kind, pieces]}]
END
assay register lint
exits 0 "the definitions are right"
says "0 faults" "and that is said"
assay loan lend 1
exits 2 "the register has commands, with nothing built"
as ann room add --name "Store"
exits 0 "a place"

# What is entered is checked, all of it at once.
as ann loan add --story x --kind bicycle --insured maybe --pieces 10 --weight 1.55 --worth cheap --from-day 2026-02-30 --handed yesterday --spell long --room 9 \
	--slip "$work/none" --level hush --hole CVSS:3.1/AV:X
[ "$status" != 0 ]
ok $? "a record with a fault in every field is refused (exit $status)"
echo "Signed: zoe" >"$work/slip.txt"
as ann loan add --story x --kind bicycle --insured maybe --pieces 10 --weight 1.55 --worth cheap --from-day 2026-02-30 --handed yesterday --spell long --room 9 \
	--slip "$work/slip.txt" --level hush --hole CVSS:3.1/AV:X
exits 2 "so is one whose file is there"
for field in thing kind insured pieces weight worth from-day handed spell room level hole; do
	complains "--$field" "  and --$field is named"
done
as ann loan add --thing "Laptop 7" --insured yes
exits 2 "what is required when something else is so"
complains "--worth is required" "is asked for then"
as ann loan add --thing "Laptop 7" --story "Two
lines" --insured yes --pieces 3 --weight 2.5 --worth 1200.50 --handed 2026-02-03T09:15:00Z --spell P90D --room 1 --with-it room/1 --marks "lid,corner" \
	--level official-sensitive --hole CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H --json
exits 0 "with everything right it is kept"
json 'it["number"] == 1 and it["status"] == "asked" and it["kind"] == "laptop" and it["keeper"] == "ann" and it["from_day"] == it["made"][:10]' "with what it takes by itself"
json 'it["pieces"] == 3 and it["weight"] == 2.5 and it["worth"] == 1200.5 and it["marks"] == ["lid", "corner"] and it["room"] == ["room/1"] and it["risk"] == 3' "as what each is"
assay query "SELECT thing, weight, worth, spell / 86400000000 AS days, risk, risk_band, hole_score, keeper FROM loan" --json
json 'it[0]["weight"] == 25 and it[0]["worth"] == 120050 and it[0]["days"] == 90 and it[0]["risk_band"] == "low" and it[0]["hole_score"] == 98 and it[0]["keeper"] != "ann"' "SQL reads numbers, bands and tokens"
as ann loan edit 1 --risk 9
exits 2 "a score is not entered"
as ann loan edit 1 --pieces 4 --kind phone --json
json 'it["risk"] == 8 and it["version"] == 2' "it is computed from what changed"
first=$(field "$work/out" 'it["changed"]')
assay query "SELECT risk_band FROM loan" --json
json 'it[0]["risk_band"] == "high"' "and so is its band"

# Two persons
as bob loan status 1 lend
exits 2 "a change needs things"
complains "--borrower is needed" "each is named"
complains "--slip is needed" "all at once"
as ann loan status 1 lend --borrower cat --slip "$work/slip.txt"
exits 2 "who added it does not lend it"
complains "you are who added the record" "it is said why"
as cat loan status 1 lend --borrower cat --slip "$work/slip.txt"
exits 2 "nor does the borrower"
as bob loan status 1 lend --borrower cat --slip "$work/slip.txt" --pieces 9
exits 2 "a condition that is not true"
complains "at most a risk of 8 is lent" "is told in its own words"
assay loan show 1 --json
json 'it["version"] == 2 and it["borrower"] is None' "and none of these tries left anything"
as bob loan status 1 lend --borrower cat --slip "$work/slip.txt" --json
exits 0 "another person lends it"
json 'it["status"] == "lent" and it["due_by"] == "loan.answer" and it["handed"] > "2026-06"' "what the change sets is set, and the earlier deadline counts"

# Clocks
due() { "$ASSAY" query "SELECT rule, paused, stopped, due FROM deadline WHERE register = 'loan' ORDER BY rule" --json >"$work/out" 2>"$work/err"; }
due
json '[(d["rule"], d["paused"], d["stopped"]) for d in it] == [("loan.answer", 0, None), ("loan.give-back", 0, None)]' "two deadlines run"
as bob loan status 1 ask-again
due
json '[d["paused"] for d in it] == [0, 1]' "one stands still"
assay deadline list --json
exits 0 "what is due can be listed"
as bob loan status 1 go-on
due
json '[(d["paused"], d["stopped"]) for d in it] == [(0, None), (0, None)]' "and goes on"
as cat loan status 1 bring
exits 0 "brought back"
due
json 'all(d["stopped"] for d in it)' "no clock runs any more"
as cat loan status 1 bring
exits 2 "an end is an end"
as cat loan list --json
json 'it == []' "what has ended is not listed"
as cat loan list --all --where "thing~laptop" --json
json '[r["number"] for r in it] == [1]' "but with --all"

# Links both ways, files, history
as ann loan add --thing "Bag" --with-it loan/1,room/1
exits 0 "something that goes with it"
as ann loan show 1
says "Linked from" "the other side shows it"
as ann room show 1
says "Things lent from here" "under the name the definition gives"
as ann loan link 2 with_it loan/1 --remove --json
json 'it["with_it"] == ["room/1"]' "a link is taken away"
as ann loan edit 2 --room 77
exits 2 "what is not there cannot be linked"
assay loan file 1 slip --output "$work/again.txt"
cmp -s "$work/slip.txt" "$work/again.txt"
ok $? "a file comes out as it went in"
assay loan file 2 slip
exits 2 "one that is not there is said"
assay loan history 1 --json
json '[h["version"] for h in it] == [1, 2, 3, 4, 5, 6] and [h["by"] for h in it][:3] == ["ann", "ann", "bob"] and it[2]["change"] == "lend"' "the history knows who did what"
assay loan show 1 --as-of "$first" --json
json 'it["version"] == 2 and it["status"] == "asked" and it["pieces"] == 4' "as it was at a moment"
assay search "corner" --json
json '[(r["register"], r["number"]) for r in it] == [("loan", 1)]' "search finds it"
assay search '"* OR' --json
[ "$status" = 0 ] || [ "$status" = 2 ]
ok $? "and is not upset by signs (exit $status)"
as ann loan note 2 "The strap is torn"
assay loan history 2
says "strap" "a note stands in the history"

# Text from anywhere stays text
esc=$(printf '\033')
as ann loan add --thing "${esc}[31m<script>alert(1)</script>" --story "=cmd|' /C calc'!A0" --marks "+1,@x"
exits 0 "hostile text is kept"
number=$(sed -n 's/^Loan \([0-9]*\) added.*/\1/p' "$work/out")
for words in "loan list --all" "loan show $number" "loan history $number" "search script" "deadline list" "privacy find ann"; do
	assay $words
	! LC_ALL=C grep -q "$esc" "$work/out" "$work/err"
	ok $? "$words lets nothing act on a terminal"
done
assay loan show "$number" --json
json 'it["thing"].startswith("\x1b[31m<script>")' "programs get it whole"
silent "$esc" "and escaped"
assay loan export --all
python3 -c 'import csv, sys
bad = [cell for row in csv.reader(open(sys.argv[1], encoding="utf-8", newline="")) for cell in row if cell[:1] in tuple("=+-@\t\r") and cell]
sys.exit(str(bad) if bad else 0)' "$work/out" 2>>"$work/err"
ok $? "no cell of an export is a formula"
assay loan list --all --csv
python3 -c 'import csv, sys
bad = [cell for row in csv.reader(open(sys.argv[1], encoding="utf-8", newline="")) for cell in row if cell[:1] in tuple("=+-@\t\r") and cell]
sys.exit(str(bad) if bad else 0)' "$work/out" 2>>"$work/err"
ok $? "nor of a list"
as ann loan add --thing "x" --keeper "{person:0000000000000000}"
[ "$status" -le 2 ]
ok $? "a name that looks like a token is no token (exit $status)"
assay report html --output "$work/report.html"
! grep -q '<script>alert' "$work/report.html"
ok $? "a report runs nothing of it"

assay ledger verify
exits 0 "the ledger verifies"
assay rebuild --compare
exits 0 "and the view is what the signed bytes say"
rm -rf "$run"
assay loan list --all --json
json 'len(it) >= 3' "thrown away, it is made again"
done_testing
