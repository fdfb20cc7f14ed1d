#!/bin/sh
# Goal: a library of threats says which risks are missing; they are added with what they are about, left with a reason, or gone through one by one.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"

assay init "$work/var"
assay risk assess --json
json 'it == []' "where nothing is recorded nothing is threatened"
assay service add --name Doors --description "opens doors" --unit north --public-facing yes --transactional yes --sensitive-data no --sensitive-data-decided-on 2026-11-01 --tier standard --sro ann --service-owner ann
assay asset add --name gate --kind web-service --service 1 --internet-facing yes --holds-data no
assay asset add --name "an old gate" --kind web-service --internet-facing yes --holds-data no
assay ledger verify --json
before=$(field "$work/out" 'it["size"]')
assay risk assess --json
exits 0 "what is missing is listed"
json 'len(it) > 20 and all(p["state"] == "proposed" for p in it)' "for the service and for both assets"
json '[p["likelihood"] * p["impact"] for p in it] == sorted((p["likelihood"] * p["impact"] for p in it), reverse=True)' "worst first"
json 'not any(p["threat"] == "ransomware" for p in it)' "a threat to services in use is none to one in discovery"
one=$(field "$work/out" '[p["id"] for p in it if p["threat"] == "broken-access-control" and p["number"] == 1][0]')
two=$(field "$work/out" '[p["id"] for p in it if p["threat"] == "broken-access-control" and p["number"] == 2][0]')
three=$(field "$work/out" '[p["id"] for p in it if p["threat"] == "injection" and p["number"] == 1][0]')
assay risk assess --service 1 --json
json 'all(p["service"] == 1 for p in it) and not any(p["thing"].startswith("asset 2") for p in it)' "or for one service"
assay ledger verify --json
[ "$(field "$work/out" 'it["size"]')" = "$before" ]
ok $? "looking adds nothing to the ledger"

assay risk assess --accept "$one,ffffffff"
exits 2 "an id of nothing is refused"
assay risk list --json
json 'it == []' "and the other one is not added by halves"
assay risk assess --accept "$one,$two" --likelihood 9
exits 2 "nor is one with a likelihood that is none"
complains "expected a number from 1 to 5" "which is said"
assay risk assess --accept "$one,$three" --likelihood 2 --owner bob
exits 0 "two are added"
assay risk show 1 --json
json 'it["threat_id"] == "broken-access-control" and it["assets"] == ["asset/1"] and it["service"] == ["service/1"] and it["owner"] == "bob"' "with the threat, the asset, its service and the owner"
json 'it["inherent_likelihood"] == 2 and it["inherent_impact"] == 4 and it["inherent"] == 8' "and the scores: the given one, and the one to begin with"
assay risk assess --accept "$one"
exits 2 "what is covered is not added twice"
assay risk assess --reject "$two" --until 2099-01-01
exits 2 "leaving one needs a reason"
assay risk assess --reject "$two" --until 2020-01-01 --why "no"
exits 2 "and a day to come"
assay risk assess --reject "$two" --until 2099-01-01 --why "it is being taken down"
exits 0 "then it is left"
assay risk assess --json
json 'not any(p["threat"] == "broken-access-control" for p in it)' "neither is proposed any more"
assay risk assess --all --json
json 'sorted((p["state"], p["covered_by"], p["why"]) for p in it if p["threat"] == "broken-access-control") == [("covered", 1, ""), ("rejected", None, "it is being taken down")]' "and both can still be seen"
assay risk status 1 dismiss --closing-rationale "never was one"
assay risk assess --json
json '[p["id"] for p in it if p["threat"] == "broken-access-control"] == ["'"$one"'"]' "what covered it has ended: it is proposed again"

# One by one.
first=$(field "$work/out" 'it[0]["id"]')
printf 'y\n?\n9\n3\n\n\n\nn\nnot here\n\nq\n' >"$work/answers"
"$ASSAY" risk assess --guided <"$work/answers" >"$work/out" 2>"$work/err"
status=$?
exits 0 "the questions are answered"
says "Without any control" "? explains"
says "expected a number from 1 to 5, found 9" "what is no value is asked again"
says "1 added, 1 left for a year, 1 skipped" "and what came of it is said"
assay risk list --json
json 'len(it) == 2' "each answer was written at once"
assay risk assess --all --json
json '[(p["state"]) for p in it if p["id"] == "'"$first"'"] == ["covered"]' "the first one is covered now"
json 'any(p["state"] == "rejected" and p["why"] == "not here" for p in it)' "and one is left, with the reason"
printf 'y\n\n\nnobody\nmitigate\n\n' >"$work/answers"
"$ASSAY" risk assess --guided <"$work/answers" >"$work/out" 2>"$work/err"
says "Why this treatment is required" "what is missing is asked for"
says "0 added" "and nothing is added when the answers end"
assay risk assess --guided --json
exits 2 "questions do not go with JSON"
assay risk assess --guided --list
exits 2 "one act at a time"
assay supplier assess
exits 2 "a register without the ability has no such verb"

# An organisation's own threats.
mkdir -p "$work/var/etc/threat"
cat >"$work/var/etc/threat/goats.yaml" <<-'END'
	id: goats
	title: Goats eat the cables
	about: They do.
	category: physical
	likelihood: 5
	likelihood-because: There are goats.
	impact: 5
	impact-because: All of them.
	source: the caretaker
	applies-to:
	  - {register: asset, when: "name = 'gate'", because: It has cables}
END
assay register lint
exits 0 "an organisation adds a threat of its own"
assay risk assess --json
json '(it[0]["threat"], it[0]["number"]) == ("goats", 1)' "and sees it first"
sed -i 's/category: physical/category: goats/' "$work/var/etc/threat/goats.yaml"
assay register lint
exits 2 "a category that is none"
says "goats.yaml:" "is found by file and line"
assay ledger verify
exits 0 "and every proof holds"
done_testing
