#!/bin/sh
# Install the Debian packages of the named groups that are missing (tool/packages). Says what it installs; silent when nothing is missing.
# usage: tool/install.sh GROUP...
set -eu
cd "$(dirname "$0")/.."

missing=
for group in "$@"; do
	for package in $(sed -n "s/^$group //p" tool/packages); do
		# A tool that is already there by another road (npm from elsewhere) is good enough: its package may conflict with it.
		case $package in
		npm | clang | gcc | meson | openssl | rpm | lynis) command -v "$package" >/dev/null 2>&1 && continue ;;
		golang-go) command -v go >/dev/null 2>&1 && continue ;;
		chromium) # Ubuntu has it as a snap only: the tests of pages are skipped there
			! grep -qx 'ID=ubuntu' /etc/os-release && ! command -v google-chrome >/dev/null 2>&1 || continue ;;
		esac
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
	done
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null 2>&1 || {
		echo "these packages are missing and neither root nor sudo is at hand:$missing" >&2
		exit 3
	}
	as_root="sudo"
fi
echo "Installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update -qq && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; } >"$log" 2>&1; then
	cat "$log" >&2
	exit 3
fi
