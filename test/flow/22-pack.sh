#!/bin/sh
# Goal: a pack is handed over, kept in the ledger as it was, given back byte by byte and made again; what somebody may not read is not in theirs, and an organisation adds a pack of its own.
. "$(dirname "$0")/kit.sh"

if [ "$(id -u)" != 0 ]; then
	skip "packs" "only root can act as somebody else (SUDO_USER)"
	done_testing
fi
export ASSAY_DIR="$work/var"
as() { # PERSON ARGUMENTS…
	who=$1
	shift
	SUDO_USER=$who "$ASSAY" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}
# page FILE WORDS TEXT, and absent: the file holds WORDS, or does not
page() {
	grep -qF -- "$2" "$1"
	ok $? "$3"
}
absent() {
	! grep -qF -- "$2" "$1"
	ok $? "$3"
}

as ann init "$work/var"
exits 0 "a store is made"
as ann report pack spend-control --output "$work/none.html"
exits 0 "a pack is made while there is no service"
page "$work/none.html" "The organisation" "it is about the organisation then"
as ann service add --name Juggling --unit Licences --description "People apply" --service-owner olu --security-lead bea --public-facing yes --sro sam --security-budget 1200.50 --budget-until 2099-01-01 --budget-agreed-by sam --budget-rationale "It follows"
exits 0 "a service is recorded"
as ann risk add --title "Sessions are stolen" --service 1 --owner bea --description "They last long" --category cyber --tolerance over
exits 0 "and a risk over tolerance"
as ann check --quiet
[ "$status" = 0 ] || [ "$status" = 1 ]
ok $? "checks are asked"

# Packs there are
as ann report packs --json
json "sorted(p['id'] for p in it) == ['audit', 'gate', 'spend-control']" "three packs are listed"
as ann report pack nothing
exits 2 "a pack there is not is refused"
complains "there is no pack" "and named"
as ann report pack gate --phase summer --output "$work/x"
complains "discovery, alpha, beta, live" "a phase there is not is refused with those there are"
as ann report pack audit --phase live --output "$work/x"
complains "does not go by phases" "a pack without phases takes none"
as ann report pack gate --from 2026-01-01 --output "$work/x"
complains "does not look back" "a pack without a period takes none"
as ann report pack gate --format pdf --output "$work/x"
exits 2 "a format there is not is refused"
as ann report pack gate --format csv
complains "name a folder" "CSV wants a folder"
[ ! -e "$work/x" ]
ok $? "nothing was written by any of them"

# What a page says
as ann report pack spend-control --output "$work/spend.html"
exits 0 "the spend control pack is made"
page "$work/spend.html" "£1,200.50" "it says what is set aside"
page "$work/spend.html" "Risk over tolerance: Sessions are stolen" "what stands in the way"
page "$work/spend.html" "bea, owner of the risk" "and who can move it"
[ "$(stat -c %a "$work/spend.html")" = 600 ]
ok $? "only its owner may read the file"
gap=$(grep -n '<h3>Not met' "$work/spend.html" | head -1 | cut -d: -f1)
rest=$(grep -nE '<h3>(Unanswered|Partly met|Met)' "$work/spend.html" | head -1 | cut -d: -f1)
[ -n "$gap" ] && [ -n "$rest" ] && [ "$gap" -lt "$rest" ]
ok $? "what is not met comes first"
for phase in discovery alpha beta live; do
	as ann report pack gate --phase $phase --output "$work/gate-$phase.html"
done
page "$work/gate-live.html" "Nobody has tested the service from outside" "going live without a penetration test stands in the way"
absent "$work/gate-discovery.html" "Nobody has tested the service from outside" "in discovery it does not"
! cmp -s "$work/gate-alpha.html" "$work/gate-beta.html"
ok $? "phases differ"
as ann report pack gate --draft --format json
json "it['phase'] == 'discovery' and it['frozen_entry'] == ''" "without a phase it is the service's own; a draft names no entry"
as ann report pack audit --from 2020-01-01 --format json --draft
json "any(r['register'] == 'risk' and r['made_by'] == 'ann' for s in it['sections'] if s['id'] == 'changes' for r in s['rows'])" "evidence of change names who"
json "len([s for s in it['sections'] if s['id'] == 'effectiveness'][0]['rows']) > 100" "how long each check held"
as ann report pack audit --from 2020-01-01 --to 2020-12-31 --format json --draft
json "[s for s in it['sections'] if s['id'] == 'changes'][0]['rows'] == []" "before there was anything, nothing changed"

# Kept, given back, made again
as ann report frozen --json
entry=$(field "$work/out" "[o['entry'] for o in it if o['pack'] == 'spend-control'][0]")
page "$work/spend.html" "ledger entry $entry" "the page says which entry it is"
as ann report frozen "$entry" --output "$work/back.html"
exits 0 "it is given back"
cmp -s "$work/spend.html" "$work/back.html"
ok $? "byte by byte"
as ann risk add --title "Juggling balls run out" --service 1 --owner bea --description "All red ones" --category delivery --tolerance over
as ann report frozen "$entry" --again
exits 0 "made again as of then, after the registers changed, it is the same"
says "the same bytes" "and says so"
as ann report pack spend-control --output "$work/later.html"
page "$work/later.html" "Juggling balls run out" "a new one knows the new risk"
absent "$work/spend.html" "Juggling balls run out" "the old one did not"
as ann report pack spend-control --format csv --output "$work/sheets"
exits 0 "as CSV"
[ -f "$work/sheets/pack.csv" ] && grep -q "Sessions are stolen" "$work/sheets/02-blocks.csv"
ok $? "one file a section"
as ann report frozen --json
sheets=$(field "$work/out" "[o['entry'] for o in it if o['format'] == 'csv'][0]")
as ann report frozen "$sheets" --output "$work/sheets-back"
diff -r "$work/sheets" "$work/sheets-back" >/dev/null
ok $? "a folder is given back too"
as ann report frozen "$sheets" --again
exits 0 "and made again"
as ann report frozen 0
exits 2 "an entry that is no report is refused"
as ann ledger verify
exits 0 "the ledger verifies"
as ann rebuild --compare
exits 0 "and the view says the same as the signed bytes"

# What somebody may not read is not in theirs
as ann access grant ann administrator --why "first"
as ann access grant gus guest --service 1 --until "$(date -d '+20 days' +%F)" --why "looks around"
[ "$status" = 0 ] || as ann access grant gus service-team --service 1 --why "looks around"
exits 0 "somebody else may look at part of it"
as ann risk add --title "Kept from the team" --service 1 --owner bea --description "Why" --category cyber --tolerance over --classification secret
as gus report pack gate --output "$work/gus.html"
exits 0 "they make a pack of their own"
absent "$work/gus.html" "Kept from the team" "what is above their grant is not in it"
as ann report pack gate --output "$work/ann.html"
page "$work/ann.html" "Kept from the team" "whoever may read it has it"
as ann report frozen --json
ann=$(field "$work/out" "[o['entry'] for o in it if o['pack'] == 'gate' and o['by'] == 'ann'][0]")
gus=$(field "$work/out" "[o['entry'] for o in it if o['pack'] == 'gate' and o['by'] == 'gus'][0]")
as gus report frozen "$ann" --output "$work/stolen.html"
exits 3 "nor do they get what somebody else was given"
[ ! -e "$work/stolen.html" ]
ok $? "nothing was written"
as gus report frozen "$gus" --output "$work/gus-back.html"
exits 0 "their own they get"
as gus report frozen --json
json "[o['by'] for o in it] == ['gus']" "and see only that in the list"
as ann report frozen "$gus" --again
exits 2 "made again by somebody who may read more, it differs"
complains "differs" "which is said"

# An organisation's own
mkdir -p "$work/var/etc/report"
cat >"$work/var/etc/report/own.yaml" <<-'END'
	id: own
	title: Our pack
	about: Risks by owner.
	audience: The board
	sections:
	  - id: risks
	    title: Risks
	    type: table
	    empty: None.
	    sql: SELECT title, owner FROM risk ORDER BY number
	    columns: [{id: title, title: Risk}, {id: owner, title: Owner, as: person}]
END
as ann content lint
exits 0 "a pack of one's own passes lint"
as ann report pack own --output "$work/own.html"
page "$work/own.html" "Our pack" "and is made"
sed -i 's/title, owner FROM/titel, owner FROM/' "$work/var/etc/report/own.yaml"
as ann content lint
exits 2 "a slip in its SQL is a fault"
says "own.yaml:" "with file and line"
done_testing
