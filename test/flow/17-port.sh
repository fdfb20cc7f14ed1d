#!/bin/sh
# Goal: an organisation's own register goes to spreadsheets and comes back, without rebuilding; everything that is wrong with a file is told at once and then nothing is
# written; ten thousand rows are one transaction.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"

own() { # DIR: the organisation's register below it
	mkdir -p "$1/etc/register"
	cat >"$1/etc/register/kiln.yaml" <<'END'
id: kiln
title: Kiln
plural: Kilns
group: Own
about: Every kiln the pottery runs.
label: name
fields:
  - {id: name, title: Name, type: text, required: true, about: What it is called}
  - {id: kind, title: Kind of kiln, type: choice, choices: [gas, electric], about: What heats it}
  - {id: cost, title: Cost, type: money, min: 0, about: What it cost}
  - {id: hours, title: Hours, type: number, decimals: 1, about: How long it ran}
  - {id: built_on, title: Built on, type: date, about: The day it was built}
  - {id: keeper, title: Keeper, type: person, about: Who looks after it}
  - {id: beside, title: Stands beside, type: link, to: kiln, about: The kiln next to it}
  - {id: glazes, title: Glazes, type: list, about: What is fired in it}
  - {id: plan, title: Plan, type: file, about: The drawing}
  - {id: remark, title: Remark, type: long, about: Anything else}
states:
  - {id: cold, title: Cold}
  - {id: hot, title: In use}
  - {id: scrapped, title: Scrapped, end: true}
changes:
  - {id: light, title: Light it, from: [cold], to: hot}
  - {id: scrap, title: Scrap it, from: any, to: scrapped}
END
}

assay init
exits 0 "a store"
own "$ASSAY_DIR"
assay kiln import --help
exits 0 "the organisation's register can be imported"

# In
printf 'Name,Kind of kiln,COST,hours,built-on,keeper,glazes,remark\r\nOld,gas,"1,200.50",7.5,2026-02-03,zoe@example.org,"ash\ntin","two\nlines"\r\n"\047=2+5",electric,,,,,,\r\n' >"$work/in.csv"
assay kiln import "$work/in.csv" --dry-run
exits 0 "what would happen"
says "Would be: 2 records added" "is said"
assay kiln list --json
json 'it == []' "and did not happen"
assay kiln import "$work/in.csv"
exits 0 "then it does"
echo drawing >"$work/plan.txt"
assay kiln edit 1 --plan "$work/plan.txt" --beside 2
assay kiln status 1 light
exits 0 "one is in use"

# Out, and in again
for form in csv xlsx; do
	assay kiln export --all --output "$work/out.$form"
	exits 0 "exported as $form"
	entries=$(assay ledger verify >/dev/null; head -1 "$work/out")
	assay kiln import "$work/out.$form"
	says "0 records added, 0 changed, 2 left as they are" "the $form comes back and changes nothing"
	assay ledger verify
	[ "$(head -1 "$work/out")" = "$entries" ]
	ok $? "no entry was made"
done
grep -q "'=2+5" "$work/out.csv"
ok $? "what a spreadsheet would run is neutralised"
assay kiln export --format json --where status=hot --columns name,keeper,cost,glazes
json 'it == [{"name": "Old", "keeper": "zoe@example.org", "cost": 1200.5, "glazes": ["ash", "tin"]}]' "JSON has the columns and records that were asked for"
assay kiln export --columns nmae
exits 2 "a column there is not"
complains 'did you mean "name"' "is refused with the nearest"

"$ASSAY" init --dir "$work/second" >/dev/null
own "$work/second"
assay kiln import "$work/out.xlsx" --dir "$work/second"
exits 2 "numbers that are not there are not made up"
assay kiln import "$work/out.xlsx" --dir "$work/second" --as-recorded
exits 0 "as recorded, an empty store takes the workbook"
says "plan.txt" "the file that is not in it is named"
assay kiln export --all --dir "$work/second" --columns number,status,name,kind,cost,hours,built_on,keeper,beside,glazes,remark
cp "$work/out" "$work/b.csv"
assay kiln export --all --columns number,status,name,kind,cost,hours,built_on,keeper,beside,glazes,remark
cmp -s "$work/out" "$work/b.csv"
ok $? "and holds the same"

# Wrong files
printf 'name,kind\nCaf\351,gas\n' >"$work/latin.csv"
assay kiln import "$work/latin.csv"
exits 2 "bytes that are not UTF-8"
says "row 2" "are told by row"
assay kiln import "$work/latin.csv" --encoding windows-1252
exits 0 "and read when their encoding is named"
assay kiln list --where name=Café --json
json 'len(it) == 1 and it[0]["name"] == "Café"' "as what they are"
assay kiln import "$work/latin.csv" --encoding latin-9
complains "expected windows-1252 or utf-8" "another encoding is refused"
printf 'number,name,kind,built_on,keeper,status\n1,Old,steam,3rd May,zoe@example.org,\n1,Old,gas,,,\n77,X,gas,,,\n,old,gas,,,hot\n,,gas,,new@example.org,\n,"Qu"ote,gas,,,\n' >"$work/wrong.csv"
before=$(assay ledger verify; head -1 "$work/out")
assay kiln import "$work/wrong.csv" --json
exits 2 "a file with many faults"
json 'it["written"] is False and {(p["row"], p["column"]) for p in it["problems"] if not p["warning"]} >= {(2, "kind"), (2, "built_on"), (3, "number"), (4, "number"), (5, "status"), (6, "name")} and any(p["row"] == 7 for p in it["problems"])' "every one is told with row and column"
json 'any(p["warning"] and p["row"] == 5 and "kiln 1" in p["says"] for p in it["problems"])' "a name that is there already is a warning"
assay ledger verify
[ "$(head -1 "$work/out")" = "$before" ]
ok $? "and nothing was written, no person either"
assay kiln import "$work/wrong.csv"
complains "nothing was imported" "people read a sentence"
printf 'name,knd\nx,gas\n' >"$work/head.csv"
assay kiln import "$work/head.csv"
says 'did you mean "kind"' "an unknown heading is told with the nearest"
assay kiln import "$work/head.csv" --ignore-columns knd
exits 0 "or left out"
printf 'name\n"=HYPERLINK(""x"")"\n' >"$work/formula.csv"
assay kiln import "$work/formula.csv"
exits 0 "a formula in CSV is text"
says "warning" "with a warning"

# Somebody else was first
assay kiln export --output "$work/mine.csv"
assay kiln edit 2 --cost 3
sed 's/electric/gas/' "$work/mine.csv" >"$work/mine2.csv"
assay kiln import "$work/mine2.csv"
exits 2 "a row that somebody changed since is refused"
says "it is at version" "with both sides"

# Ten thousand rows, one transaction
python3 - "$work/many.csv" <<'END'
import sys
with open(sys.argv[1], "w") as out:
    out.write("name,kind,cost,hours,built_on,keeper\n")
    for i in range(10000):
        out.write(f"Kiln of row {i},{['gas', 'electric'][i % 2]},{i}.50,{i % 90}.5,2026-03-04,person{i % 50}@example.org\n")
END
assay kiln import "$work/many.csv"
exits 0 "ten thousand rows"
says "10000 records added" "are added"
sed '9000s/gas/coal/;9000s/electric/coal/' "$work/many.csv" >"$work/many2.csv"
assay kiln import "$work/many2.csv" --json
exits 2 "one wrong cell in ten thousand rows"
json 'it["wrong"] == 1 and [p["row"] for p in it["problems"] if not p["warning"]] == [9000] and sum(p["warning"] for p in it["problems"]) >= 9999' "refuses them all, and names its row"
assay kiln export --output "$work/many.xlsx"
assay kiln import "$work/many.xlsx"
says "0 records added, 0 changed" "the workbook of all comes back and changes nothing"
assay ledger verify
exits 0 "the ledger verifies"

done_testing
