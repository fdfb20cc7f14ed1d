#!/bin/sh
# What make run does once the binary is there: a store below var/, evidence of this machine, the checks, the status, the report.
# Findings are what a look is for: they do not fail the run.
set -eu
cd "$(dirname "$0")/.."

assay="$PWD/build/release/assay"
dir=${ASSAY_DIR:-$PWD/var}
as_root=
if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
	as_root="sudo -n"
fi

[ -d "$dir/store" ] || "$assay" init "$dir"
# Only the look itself is done as root, where that can be had; what it saw comes back as a signed bundle or straight into the store.
if [ -n "$as_root" ]; then
	if ! $as_root "$assay" collect --output - | "$assay" collect --dir "$dir" --from -; then
		"$assay" host accept --dir "$dir" --local "$($as_root "$assay" host key)"
		$as_root "$assay" collect --output - | "$assay" collect --dir "$dir" --from -
	fi
else
	"$assay" collect --dir "$dir"
fi
"$assay" check --dir "$dir" || [ $? = 1 ]
echo
"$assay" status --dir "$dir" --summary || [ $? = 1 ]
"$assay" report html --dir "$dir" --output "$dir/report.html"
echo
echo "The whole report: $dir/report.html"
