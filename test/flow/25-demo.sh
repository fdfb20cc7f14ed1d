#!/bin/sh
# Goal: somebody who has nothing yet sees a whole service in an hour: every register holds something, some of it late, all of it entered by ordinary commands.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/demo"

# Some eight hundred commands: without sanitizers, when the same sources are built without.
for program in "$(dirname "$ASSAY")/../../../release/src/cli/assay" "$(dirname "$ASSAY")/../../../gcc/src/cli/assay"; do
	[ ! -x "$program" ] || [ "$program" -ot "$ASSAY" ] || ASSAY=$program
done
export ASSAY

# rows REGISTER: how many records there are
rows() {
	"$ASSAY" "$1" list --all --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
}

assay demo --lint
exits 0 "the steps of the story parse"
says ", 0 faults" "and nothing is wrong with them"
assay demo "$ASSAY_DIR"
exits 0 "a store that tells a story"
says "All of it is made up" "and says that nothing of it is true"
[ "$(grep -c '^  assay ' "$work/out")" = 6 ]
ok $? "six commands to look at next"
grep -q "made up" "$ASSAY_DIR/README"
ok $? "it is written beside the store too"
[ "$(find "$ASSAY_DIR/keys" -perm /077 -name '*.key' | wc -l)" = 0 ] && [ "$(stat -c %a "$ASSAY_DIR/keys")" = 700 ]
ok $? "its keys are its owner's alone"
[ -z "$(find /dev/shm -maxdepth 1 -name 'assay-demo-*' -newer "$ASSAY_DIR/../home" 2>/dev/null)" ]
ok $? "and nothing is left where it was made"

# Alive: every register, over months, in the order in which it came
assay register list --json
registers=$(field "$work/out" '" ".join(r["id"] for r in it)')
[ "$(echo "$registers" | wc -w)" -ge 50 ]
ok $? "there are at least fifty registers"
for register in $registers; do
	[ "$(rows "$register")" -ge 1 ]
	ok $? "$register holds at least one record"
done
assay access list --json
json 'sum(g["role"] == "administrator" for g in it) == 1 and len({g["person"] for g in it}) >= 10' "ten people hold roles, one of them is administrator"
json 'all("made up" in g["why"] for g in it if g["role"] == "administrator")' "whose grant says that all is made up"
assay ledger show --newest 5000 --json
json 'len(it) > 600 and all(a["received"] <= b["received"] for a, b in zip(*[iter(sorted(it, key=lambda e: e["entry"]))] * 2))' "received times never run backwards"
json '(lambda d: len(d) > 60)({e["received"][:10] for e in it})' "over more than sixty days"
json 'max(e["received"] for e in it) < __import__("datetime").datetime.now(__import__("datetime").timezone.utc).isoformat()' "and none lies ahead"
assay access log --denied --json
json 'len(it) >= 3' "refusals that belong to the story are in the log"
assay deadline list --json
json 'sum(d["state"] == "over" for d in it) >= 5 and sum(d["state"] == "running" for d in it) >= 20' "some of what is due is late, most is not yet"
json 'not any("{person:" in d["label"] for d in it)' "and people are named, not numbered"

# Judged: some of it good, some not
assay check --json
exits 1 "something is wrong with the service"
json 'sum(h["pass"] for h in it) >= 200 and sum(h["fail"] for h in it) >= 60' "many checks pass and many fail"
assay status --json
json 'sum(r["verdict"] == "met" for r in it) >= 25 and sum(r["verdict"] == "not-met" for r in it) >= 40 and sum(r["verdict"] == "partly-met" for r in it) >= 10' "requirements are met, partly met and not met"

# It is a store like any other
assay ledger verify
exits 0 "the ledger verifies"
assay rebuild --compare
says "0 rows differ" "and the view is what the entries say"
before=$(find "$ASSAY_DIR" -type f -exec cksum {} + | sort | cksum)
assay demo "$ASSAY_DIR"
exits 2 "a second story into the same store is refused"
complains "never mixed" "and it is said why"
mkdir "$work/other" && echo x >"$work/other/notes"
assay demo "$work/other"
exits 2 "so is a folder with anything else in it"
[ "$(ls "$work/other")" = notes ]
ok $? "which is left as it was"
[ "$before" = "$(find "$ASSAY_DIR" -type f -exec cksum {} + | sort | cksum)" ]
ok $? "the store too"
SUDO_USER=amara.okafor "$ASSAY" risk list >"$work/out" 2>"$work/err"
if [ "$(id -u)" = 0 ]; then
	ok $? "the people of the story may look"
	SUDO_USER=lucy.chan "$ASSAY" sar list --json >"$work/out"
	json 'it == []' "as far as their roles go"
fi

# A step that is wrong is named by file and line, and leaves nothing behind
tell() { # STEPS: a story of these steps over the content there is
	rm -rf "$work/content" "$work/made"
	mkdir -p "$work/content/demo"
	for part in register role deadline calendar; do
		cp -r "${ASSAY_SOURCE:?}/content/$part" "$work/content/"
	done
	{
		printf 'about: a test\nsteps:\n'
		cat
	} >"$work/content/demo/one.yaml"
	assay demo "$work/made" --content "$work/content"
}
service='service, add, --name, A, --description, b, --unit, u, --public-facing, "yes", --sro, h, --service-owner, h'
tell <<END
  - {at: -2d 10:00, name: s, run: [$service]}
  - {run: [risk, add, --title, R, --service, "\${s}"]}
END
exits 0 "a small story is told"
tell <<END
  - {at: -2d 10:00, name: s, run: [$service]}
  - {run: [risk, add, --title, R, --service, "7"]}
END
exits 2 "a step that is refused ends the story"
complains "one.yaml:4: " "by file and line"
[ ! -e "$work/made" ]
ok $? "and nothing half-made is left"
tell <<END
  - {at: -2d 10:00, fails: no such thing, run: [$service]}
END
exits 2 "a refusal that does not come is a fault"
tell <<END
  - {at: +1d 10:00, run: [$service]}
END
complains "in the future" "nothing is typed in the future"
tell <<END
  - {at: -2d 10:00, name: s, run: [$service]}
  - {at: -0d 00:00, if: collect, run: [collect, --table, os_version]}
END
exits 0 "a step that looks at this machine is left out"
rm -rf "$work/made"
assay demo "$work/made" --content "$work/content" --collect
exits 0 "unless it is asked for"
assay ledger show --newest 1 --dir "$work/made" --json
json 'it[0]["kind"] == "evidence" and it[0]["received"][:10] >= "'"$(date -u +%F)"'"' "and what it saw is of now"
for words in "init, $work/elsewhere" "demo, $work/elsewhere" "service, list, --dir, $work/demo" "risk, add, --title, \"\${nobody}\""; do
	tell <<END
  - {at: -2d 10:00, run: [$words]}
END
	exits 2 "a step is not: $words"
done
[ ! -e "$work/elsewhere" ]
ok $? "no step made another store"
assay demo --lint --content "$work/content"
exits 2 "lint finds it before anything is made"
says "one.yaml:3: " "by file and line"
assay risk add --title x --now 2020-01-01
exits 2 "no other command takes a moment to pretend"
done_testing
