#!/bin/sh
# Goal: a check that fails on a machine reopens the residual score of every risk that counts on it, and of no other.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"

assay init "$work/var"
assay collect --quiet
assay check --quiet
assay query "SELECT check_id, host, verdict FROM check_result" --json
exits 0 "verdicts can be asked for"
bad=$(field "$work/out" 'next((r["check_id"] for r in it if r["verdict"] == "fail" and r["host"]), "")')
good=$(field "$work/out" 'next((r["check_id"] for r in it if r["verdict"] == "pass" and r["host"]), "")')
host=$(field "$work/out" 'next((r["host"] for r in it if r["host"]), "")')
if [ -z "$bad" ] || [ -z "$good" ]; then
	skip "a failing check and the risk" "nothing fails, or nothing passes, on this machine"
	done_testing
fi
assay service add --name Doors --description "opens doors" --unit north --public-facing no --tier standard --sro ann --service-owner ann
assay service add --name Windows --description "opens windows" --unit north --public-facing no --tier standard --sro ann --service-owner ann
assay asset add --name gate --service 1 --host-name "$host"
assay control add --title "the failing one" --checks "$good,$bad"
assay control add --title "the passing one" --checks "$good"
for service in 1 1 2; do
	assay risk add --title "of service $service" --service $service --current-likelihood 4 --current-impact 4 --residual-likelihood 1 --residual-impact 4
done
assay risk link 1 controls 1
assay risk link 2 controls 2
assay risk link 3 controls 1
assay check risk-control-check-fails --json
assay finding --json
json 'sorted(f["says"].split()[1] for f in it if f["check"] == "risk-control-check-fails") == ["1"]' "the risk of that host's service whose control fails, and no other"
json '[f for f in it if f["check"] == "risk-control-check-fails"][0]["says"].endswith("without it the score is 16")' "with what it is without the control"
assay risk edit 1 --residual-likelihood 4
exits 0 "the residual score is set anew"
assay check risk-control-check-fails --json
assay finding --json
json 'not any(f["check"] == "risk-control-check-fails" for f in it)' "and the finding is gone"
assay risk edit 1 --residual-likelihood 1
assay control edit 1 --checks "$good"
assay check risk-control-check-fails --json
assay finding --json
json 'not any(f["check"] == "risk-control-check-fails" for f in it)' "a control that no longer names the check reopens nothing"
assay ledger verify
exits 0 "and every proof holds"
done_testing
