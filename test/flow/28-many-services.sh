#!/bin/sh
# Goal: an organisation with many services and thousands of records asks its registers without needing the memory of all of them at once.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"

# Memory is measured: without sanitizers, when the same sources are built without.
for program in "$(dirname "$ASSAY")/../../../release/src/cli/assay" "$(dirname "$ASSAY")/../../../gcc/src/cli/assay"; do
	[ ! -x "$program" ] || [ "$program" -ot "$ASSAY" ] || ASSAY=$program
done
export ASSAY

# asked: run the checks; the most memory they took, in KiB, into $work/peak
asked() {
	python3 - "$ASSAY" >"$work/peak" <<'EOF'
import resource, subprocess, sys
status = subprocess.run([sys.argv[1], "check", "--quiet"], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if status in (0, 1) else 1 << 40)
EOF
	cat "$work/peak"
}

assay init
python3 - "$work" <<'EOF'
import csv, sys
def write(name, rows):
    csv.writer(open(f"{sys.argv[1]}/{name}.csv", "w")).writerows(rows)
def services(numbers):
    return [["name", "description", "unit", "public_facing", "tier", "sro", "service_owner"]] + [
        [f"Service {n}", "does something", "north", "no", "standard", "ann", "ann"] for n in numbers]
write("one", services([1]))
write("others", services(range(2, 61)))
write("risks", [["title", "category", "description", "service"]] + [[f"Risk {n} of things that may go wrong", "cyber", "what " * 100, 1] for n in range(2000)])
EOF
assay service import "$work/one.csv"
exits 0 "there is a service"
assay risk import "$work/risks.csv"
exits 0 "and it has two thousand risks"
asked >/dev/null
first=$(asked) # what is new was found the first time
assay service import "$work/others.csv"
exits 0 "there are sixty services"
asked >/dev/null
many=$(asked)
[ "$many" -lt $((first * 2)) ]
ok $? "sixty are asked in less than twice the memory of one ($first, then $many KiB)"
assay status --service 60 --summary --json
[ "$status" -le 1 ]
ok $? "and each has answers of its own"
done_testing
