#!/bin/sh
# What make run does once the binary is there: a store below var/, evidence of this machine, the checks, the status, the report.
# Findings are what a look is for: they do not fail the run.
set -eu
cd "$(dirname "$0")/.."

assay="$PWD/build/release/assay"
ASSAY_DIR=${ASSAY_DIR:-$PWD/var}
export ASSAY_DIR

[ -d "$ASSAY_DIR/store" ] || "$assay" init
# Only the look itself is done as root, where that can be had: what it saw comes back as a bundle signed with this store's host key.
if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
	sudo -n "$assay" collect --dir "$ASSAY_DIR" --output - | "$assay" collect --from -
else
	[ "$(id -u)" = 0 ] || echo "Looking without root: what only root may see is kept as \"could not look\", with the reason"
	"$assay" collect
fi
"$assay" check || [ $? = 1 ]
echo
"$assay" status --summary || [ $? = 1 ]
"$assay" report html --output "$ASSAY_DIR/report.html"
echo
echo "The whole report: $ASSAY_DIR/report.html"
echo "Next: build/release/assay finding, build/release/assay status, build/release/assay requirement MOJTU-068"
