#!/bin/sh
# Goal: an auditor gets what they ask for: how long a check held, a sample that anybody can draw again from a population that was whole, and answers by their date.
. "$(dirname "$0")/kit.sh"
source=${ASSAY_SOURCE:?the source tree}
export ASSAY_DIR="$work/var"
export ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0"
at() { # INSTANT ARGUMENTS…: the program at that time
	when=$1
	shift
	faketime "$when" "$ASSAY" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}
TZ=UTC
export TZ
if ! command -v faketime >/dev/null 2>&1 || ! faketime '2026-03-01' true 2>/dev/null; then
	skip "audits" "faketime is not at hand"
	done_testing
fi
at '2026-03-01 00:00:00' init
if [ "$status" != 0 ]; then
	skip "audits" "faketime and this build do not go together"
	done_testing
fi

# A check of the organisation's own, over a register: every service has an address.
mkdir -p "$ASSAY_DIR/etc/check"
cat >"$ASSAY_DIR/etc/check/own-service-address.yaml" <<'END'
id: own-service-address
title: Every service has an address
register: service
severity: medium
answers: [MOJTU-031.mapping]
max_age: 7d
applies: SELECT 1 FROM service
query: SELECT number, name FROM service WHERE address = ''
key: [number]
says: "service {number} ({name}) has no address"
remedy: "Name it: assay service edit NUMBER --address TEXT"
tests:
  pass:
    service: [{number: 1, name: Permits, address: "https://permits.example"}]
  fail:
    service: [{number: 1, name: Permits}]
  not-applicable:
    service: []
END
# How long a check held
at '2026-03-01 10:00:00' service add --name Permits --description "Permits for stalls" --unit East --public-facing yes --sro carol --service-owner bob
exits 0 "a service"
at '2026-03-01 12:00:00' check own-service-address
exits 1 "has no address: the check fails"
at '2026-03-03 12:00:00' service edit 1 --address https://permits.example
at '2026-03-03 12:00:00' check own-service-address
exits 0 "the service passes two days later"
at '2026-04-01 12:00:00' check own-service-address
at '2026-04-02 12:00:00' check own-service-address --from 2026-03-01 --to 2026-03-31 --json
exits 0 "a look back"
json 'len(it) == 1 and it[0]["subject"] == "Permits"' "is about the service"
json 'abs(it[0]["fail_seconds"] - 2 * 86400) < 300' "it failed for two days"
json 'it[0]["pass_seconds"] == 7 * 86400' "passed for as long as the answer stands"
json 'abs(it[0]["not_observed_seconds"] - 22 * 86400) < 300 and it[0]["seconds"] == 31 * 86400' "and was not observed for the rest, though it passed before and after"
json 'it[0]["runs"] == 2 and it[0]["changes"] == 1 and it[0]["failed_since"] is None' "two runs, one change"
at '2026-04-02 12:00:00' check own-service-address --from 2026-03-01 --to 2026-03-02 --json
json 'it[0]["failed_since"].startswith("2026-03-01T12:")' "on the second of March it failed, since the first run"
at '2026-04-02 12:00:00' check own-service-address --from 2026-03-01 --to 2026-03-31 --intervals --json
json '[i["state"] for i in it] == ["not-observed", "fail", "pass", "not-observed"]' "interval by interval"
at '2026-04-02 12:00:00' check own-service-address --from 2026-03-01 --as-of 2026-03-02 --json
json 'it[0]["pass_seconds"] == 0 and it[0]["runs"] == 1' "as it was known on the second of March"
at '2026-04-02 12:00:00' check --from 2026-03-01
exits 2 "without a check"
complains "name the checks" "it says what is missing"
at '2026-04-02 12:00:00' check own-service-address --to 2026-03-31
exits 2 "--to alone"
at '2026-04-02 12:00:00' check own-service-address --from 2026-03-05 --to 2026-03-04
exits 2 "a period that ends before it begins"
at '2026-04-02 12:00:00' check own-service-address --from 2026-03-01 --host elsewhere
exits 2 "a host that is none"

# A sample
n=0
while [ $n -lt 12 ]; do
	n=$((n + 1))
	kind=network
	[ $((n % 3)) = 0 ] || kind=access
	at "2026-04-0$((n / 5 + 3)) 10:00:00" change add --title "Change $n" --kind $kind --owner "person$((n % 2))"
done
at '2026-04-10 10:00:00' audit add --title "Changes of April" --kind change-audit
exits 0 "an audit"
at '2026-04-10 11:00:00' audit sample 1 --of change --where owner=person1 --from 2026-04-01 --to 2026-04-30 --size 2 --strata kind --json
exits 0 "is given a sample"
json 'len(it) == 4 and len({i["id"] for i in it}) == 4 and [i["stratum"] for i in it] == ["access"] * 2 + ["network"] * 2' "two of each kind"
cp "$work/out" "$work/first"
at '2026-04-11 10:00:00' change edit 1 --title "Renamed" --owner person0
at '2026-04-11 10:00:00' change add --title "Later" --kind access --owner person1
at '2026-04-12 10:00:00' audit sample 1 --redraw --json
cmp -s "$work/out" "$work/first"
ok $? "the same is drawn again, whatever happened to the records since"
at '2026-04-12 10:00:00' audit sample 1 --check
exits 0 "the population was whole"
says "exactly what the ledger held" "and it is said"
at '2026-04-12 10:00:00' audit sample 1 --redraw --output "$work/sample.txt"
grep -q '^population: 6$' "$work/sample.txt" && ! grep -q person1 "$work/sample.txt"
ok $? "the file counts the population and names nobody"
at '2026-04-12 10:00:00' audit file 1 sample-file --output "$work/field.txt"
cmp -s "$work/field.txt" "$work/sample.txt"
ok $? "it is the file that the record holds"
at '2026-04-12 10:00:00' audit show 1
says "4 drawn from 6 with seed" "the record shows the draw"

# The page's own script draws the same, without assay.
sed -n '/^```sh$/,/^```$/p' "$source/doc/sample.md" | sed '1d;$d' >"$work/draw.sh"
drawn() { sed '1,/^$/d' "$1" | sed '1,/^$/d'; }
same() { # TEXT
	sh "$work/draw.sh" "$work/sample.txt" >"$work/out" 2>"$work/err"
	drawn "$work/sample.txt" | cmp -s - "$work/out" && [ -s "$work/out" ]
	ok $? "$1"
}
same "the shell lines of doc/sample.md draw the same"
for how in '--size 3' '--fraction 30%' '--fraction 0.5 --strata kind' '--size 100 --strata owner' '--size 2 --seed 00112233445566778899aabbccddeeff'; do
	at '2026-04-12 11:00:00' audit sample 1 --of change $how
	at '2026-04-12 11:00:00' audit sample 1 --redraw --output "$work/sample.txt"
	same "and with $how"
done
grep -q '^seed-from: a person$' "$work/sample.txt"
ok $? "a seed that was given is told from a random one"
sed 's/^seed: 00/seed: 01/' "$work/sample.txt" >"$work/other.txt"
cp "$work/other.txt" "$work/sample.txt"
sh "$work/draw.sh" "$work/sample.txt" | cmp -s - "$work/out"
[ $? = 1 ]
ok $? "another seed draws others"
sed 's/^change\/3\t1\t.*//' "$work/field.txt" >"$work/less.txt"
sh "$work/draw.sh" "$work/less.txt" >"$work/out" 2>"$work/err"
[ $? = 1 ]
ok $? "a population with one left out is refused by the script"
at '2026-04-12 11:00:00' audit sample 1 --redraw --version 2 --json
cmp -s "$work/out" "$work/first"
ok $? "the first draw is still there: nobody draws until they like it unseen"

# Somebody leaves one out, and makes everything else agree with itself.
python3 - "$work/field.txt" >"$work/forged.txt" <<'END'
import hashlib, sys
head, population, drawn = open(sys.argv[1]).read().split("\n\n")
lines = population.split("\n")[1:]
body = "".join(l + "\n" for l in lines)
seed = [l for l in head.split("\n") if l.startswith("seed: ")][0][6:]
kinds = sorted({l.split("\t")[2] for l in lines})
draw = []
for kind in kinds:
    draw += sorted((l.split("\t")[0] for l in lines if l.split("\t")[2] == kind), key=lambda i: hashlib.sha256((seed + i).encode()).hexdigest())[:2]
say = {"population": str(len(lines)), "population-sha256": hashlib.sha256(body.encode()).hexdigest(), "drawn": str(len(draw))}
head = "\n".join(l.split(": ")[0] + ": " + say[l.split(": ")[0]] if l.split(": ")[0] in say else l for l in head.split("\n"))
sys.stdout.write(head + "\n\n" + body + "\n" + "".join(i + "\n" for i in draw))
END
sha=$(sha256sum <"$work/forged.txt" | cut -c 1-64)
at '2026-04-13 10:00:00' audit add --title Forged --kind change-audit --sample-file "$work/forged.txt" --note "Sample drawn: 4 of 5 change; file SHA-256 $sha"
exits 0 "a forged sample"
at '2026-04-13 10:00:00' audit sample 2 --redraw
exits 0 "holds together by itself"
at '2026-04-13 10:00:00' audit sample 2 --check
exits 2 "but is not whole"
says "left out" "what was left out is named"
complains "not what the ledger held" "and the sentence says so"
at '2026-04-13 10:00:00' audit add --title Careless --kind change-audit --sample-file "$work/field.txt" --note "Sample drawn: 4 of 5 change; file SHA-256 $sha"
at '2026-04-13 10:00:00' audit sample 3 --redraw
exits 2 "a file that is not the one its note names is refused"
at '2026-04-13 10:00:00' audit add --title Nothing --kind other
at '2026-04-13 10:00:00' audit sample 4 --check
exits 2 "no sample, nothing to check"
complains "has no sample" "and it is said"

# A register without fields for it keeps the sample beside the record; of entries and of findings too.
at '2026-04-13 11:00:00' change sample 1 --of entries --where kind=change --fraction 10%
exits 0 "a sample of entries, for a change"
at '2026-04-13 11:00:00' change sample 1 --check
exits 0 "is whole"
at '2026-04-13 11:00:00' audit sample 1 --of findings --size 1
exits 0 "a sample of findings"
at '2026-04-13 11:00:00' audit sample 1 --check
exits 0 "is whole too"
at '2026-04-13 11:00:00' audit sample 1 --of change --where title=nothing --size 1
exits 2 "an empty population"
at '2026-04-13 11:00:00' audit sample 1 --of change --size 1 --fraction 0.5
exits 2 "two sizes"
at '2026-04-13 11:00:00' audit sample 1 --check --size 1
exits 2 "a size when looking back"
at '2026-04-13 11:00:00' risk sample 1 --of change --size 1
exits 2 "a register without the ability has no such verb"

# An auditor's list of requests, from the first to the last day.
echo "joiners of the first quarter" >"$work/joiners.txt"
at '2026-05-05 10:00:00' audit-request add --title "List of joiners" --audit 1 --item R-7 --received-on 2026-05-05
exits 0 "a request"
at '2026-05-05 10:00:00' audit-request add --title "Firewall changes" --audit 1 --received-on 2026-05-05 --wanted-by 2026-05-12
at '2026-05-05 10:00:00' deadline list --register audit-request --json
json '[(d["number"], d["due"][:10]) for d in it] == [(2, "2026-05-12"), (1, "2026-05-19")]' "ten working days where nobody said a date, else that date"
at '2026-05-06 10:00:00' audit-request status 1 prepare --owner bob
exits 2 "nothing is prepared that nobody described"
complains "--description is needed" "it says what is missing"
at '2026-05-06 10:00:00' audit-request status 1 prepare --owner bob --description "Everyone who joined, with the day"
exits 0 "prepared"
at '2026-05-07 10:00:00' audit-request status 1 supply --supplied-on 2026-05-07 --supplied-how secure-transfer --release-approved-by carol
exits 2 "nothing is handed over without something"
at '2026-05-07 10:00:00' audit-request status 1 supply --supplied-on 2026-05-07 --supplied-how secure-transfer --release-approved-by carol --package "$work/joiners.txt"
exits 0 "handed over with a file"
at '2026-05-07 10:00:00' deadline list --register audit-request --json
json '[d["number"] for d in it] == [2]' "its deadline is over"
at '2026-05-08 10:00:00' audit-request status 1 return --returned-reason "The day is missing" --wanted-by 2026-05-07
exits 2 "a new date must be to come"
at '2026-05-08 10:00:00' audit-request status 1 return --returned-reason "The day is missing" --wanted-by 2026-05-15
exits 0 "not enough: returned"
at '2026-05-08 10:00:00' deadline list --register audit-request --json
json 'sorted((d["number"], d["due"][:10]) for d in it) == [(1, "2026-05-15"), (2, "2026-05-12")]' "with its new date"
at '2026-05-09 10:00:00' audit-request status 1 prepare
at '2026-05-09 10:00:00' audit-request status 1 supply --supplied-on 2026-05-09 --supplied-how secure-transfer
exits 2 "what goes out again is released again"
complains "--release-approved-by is needed" "by somebody, anew"
at '2026-05-09 10:00:00' audit-request status 1 supply --supplied-on 2026-05-09 --supplied-how secure-transfer --release-approved-by carol --package "$work/joiners.txt"
at '2026-05-10 10:00:00' audit-request status 1 accept
exits 0 "accepted"
at '2026-05-10 10:00:00' audit-request status 2 agree-date --wanted-by 2026-06-01
exits 2 "another date needs a reason"
at '2026-05-10 10:00:00' audit-request status 2 agree-date --wanted-by 2026-06-01 --date-reason "Auditor away until then"
at '2026-05-10 10:00:00' deadline list --register audit-request --json
json '[(d["number"], d["due"][:10]) for d in it] == [(2, "2026-06-01")]' "the deadline moves to the date agreed"
at '2026-06-02 10:00:00' deadline list --register audit-request --json
json 'it[0]["state"] == "over"' "and is over on the day after"
at '2026-06-02 10:00:00' audit-request status 2 refuse --refused-reason "Not ours to give" --release-approved-by carol
exits 0 "not given, with who decided it"
at '2026-06-02 10:00:00' deadline list --register audit-request --json
json 'it == []' "nothing is left"
at '2026-06-02 10:00:00' audit-request file 1 package --output "$work/again.txt"
cmp -s "$work/again.txt" "$work/joiners.txt"
ok $? "the answer can be taken out again"
at '2026-06-02 10:00:00' audit show 1
says "Requests" "the audit names its requests"
at '2026-06-02 10:00:00' ledger verify
exits 0 "and every proof holds"
done_testing
