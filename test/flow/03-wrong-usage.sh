#!/bin/sh
# Goal: wrong usage and wrong input give one clear sentence and exit status 2 (3 where something could not be done), never a half-written thing.
. "$(dirname "$0")/kit.sh"

refused() { # STATUS WORDS TEXT ARGUMENTS…
	wanted=$1 words=$2 text=$3
	shift 3
	assay "$@"
	exits "$wanted" "$text"
	complains "$words" "  and says \"$words\""
}

assay
exits 2 "no command at all"
assay --help
exits 0 "help is asked for"
says "collect" "and lists the commands"
assay --version
exits 0 "version"
for command in init collect check finding status requirement report attest query host ledger erase rebuild content; do
	assay "$command" --help
	exits 0 "$command has help"
done

refused 2 "no command named" "an unknown command" frobnicate
assay init "$work/var"
refused 2 "there is no option --frob" "an unknown option" collect --frob --dir "$work/var"
refused 2 "needs a value" "an option without its value" collect --dir "$work/var" --table
refused 2 "takes no value" "a flag with a value" status --json=yes --dir "$work/var"
refused 2 "one word too many" "one word too many" status extra --dir "$work/var"
refused 2 "something is missing" "a word too few" requirement --dir "$work/var"
refused 2 "exclude each other" "two output forms" status --json --csv --dir "$work/var"
refused 2 "no-such" "an unknown table" collect --table no-such --dir "$work/var"
refused 2 "no-such" "an unknown check" check no-such --dir "$work/var"
refused 2 "no-such" "an unknown profile" check --profile no-such --dir "$work/var"
refused 2 "--framework: expected one of" "an unknown framework" status --framework no-such --dir "$work/var"
refused 2 "--function: expected" "an unknown function" status --function dance --dir "$work/var"
refused 2 "--service" "an unknown service" status --service other --dir "$work/var"
refused 2 "expected a date" "a broken date" status --as-of yesterday --dir "$work/var"
refused 2 "in the future" "a date in the future" status --as-of 2999-01-01 --dir "$work/var"
refused 2 "no requirement" "an unknown requirement" requirement NOPE-1 --dir "$work/var"
refused 2 "" "an unknown finding" finding ffffffffffff --dir "$work/var"
refused 2 "SQLite says" "broken SQL" query 'SELEC 1' --dir "$work/var"
refused 2 "number of an entry" "an entry that is no number" ledger show x --dir "$work/var"
refused 2 "" "an entry that is not there" ledger show 999999 --dir "$work/var"
refused 2 "" "a proof of what is not there" ledger proof 999999 --dir "$work/var"
refused 2 "init" "no store here" status --dir "$work/nowhere"
refused 2 "--why" "erase without a reason" erase 0 --dir "$work/var"
refused 2 "content" "no content here" status --dir "$work/var" --content "$work/nowhere"

mkdir -p "$work/content/framework" "$work/content/check"
printf 'id: x\nid: y\n' >"$work/content/framework/x.yaml"
refused 2 "x.yaml:2" "broken YAML is refused by file and line" status --dir "$work/var" --content "$work/content"
printf 'a: &b 1\nc: *b\n' >"$work/content/framework/x.yaml"
refused 2 "x.yaml:1" "YAML with anchors is refused" status --dir "$work/var" --content "$work/content"

chmod 644 "$work/var/keys/root.key"
refused 3 "root.key" "a key that others may read is refused" status --dir "$work/var"
chmod 600 "$work/var/keys/root.key"
mv "$work/var/keys/log.key" "$work/log.key"
assay collect --table os_version --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "without the log key nothing is collected"
mv "$work/log.key" "$work/var/keys/log.key"
assay collect --table os_version --dir "$work/var"
exits 0 "and with it again it is"
done_testing
