#!/bin/sh
# Goal: what the front page, the help and the manual promise is so: every command in them runs, every file they name is there, every page is clean.
. "$(dirname "$0")/kit.sh"
source=${ASSAY_SOURCE:?the source tree}
export ASSAY_DIR="$work/var"
assay init
assay collect --quiet
assay check --quiet

# Every command line of the front page's "Five minutes", as a newcomer types it.
mkdir "$work/bin" "$work/here"
ln -s "$ASSAY" "$work/bin/assay"
cat >"$work/bin/ssh" <<'END'
#!/bin/sh
# Another machine: its own key, no store.
shift
unset ASSAY_DIR
cd /
HOME=$HOME/elsewhere XDG_STATE_HOME=$HOME/elsewhere exec "$@" --keys "$HOME/elsewhere-keys" --table os_version
END
chmod +x "$work/bin/ssh"
PATH="$work/bin:$PATH"
export PATH
finding=$("$ASSAY" finding --json | python3 -c 'import json, sys
print(next((f["id"][:4] for f in json.load(sys.stdin)), ""))')
sed -n '/^## Five minutes/,/^## What it says/p' "$source/README.md" | sed -n 's/^    //p' | sed -e :more -e '/\\$/{N;s/\\\n *//;b more' -e '}' -e 's/  *#.*//' | grep -v '^alias' >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 20 ]
ok $? "the front page shows at least twenty commands"
while read -r line; do
	case $line in *1d89*) [ -n "$finding" ] || continue ;; esac
	command=$(echo "$line" | sed "s|1d89|$finding|; s|/tmp/ledger|$work/ledger|g; s|report\.html|$work/report.html|")
	(cd "$work/here" && sh -c "$command") >"$work/out" 2>"$work/err" </dev/null
	status=$?
	case $line in
	*ssh*) [ "$status" = 2 ] && grep -q "assay host accept" "$work/err" && ok 0 "$line (refused, with the command that accepts it)" && continue ;;
	esac
	[ "$status" -le 1 ]
	ok $? "$line (exit $status)"
done <"$work/commands"

# Every command and every verb has an example, and it runs as it stands. One with an ellipsis needs something of the reader's own.
words() { # COMMAND: its verbs, if it has any
	"$ASSAY" "$1" --help | sed -n '/VERB --help/q; s/^  \([a-z]*\)  .*/\1/p'
}
"$ASSAY" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' >"$work/names"
[ "$(wc -l <"$work/names")" -ge 14 ]
ok $? "the help lists every command"
while read -r name; do
	verbs=
	"$ASSAY" "$name" --help | grep -q "VERB --help'" && verbs=$(words "$name")
	for verb in ${verbs:-""}; do
		"$ASSAY" "$name" $verb --help >"$work/out" 2>"$work/err" </dev/null
		example=$(sed -n 's/^example: //p' "$work/out")
		[ -n "$example" ]
		ok $? "assay $name${verb:+ $verb} --help has an example"
		case $example in "" | *…*) continue ;; esac
		command=$(echo "$example" | sed "s|/tmp/ledger|$work/ledger-of-help|; s|/var/lib/assay|$work/lib|; s|report\.html|$work/report-of-help.html|")
		(cd "$work/here" && sh -c "$command") >"$work/out" 2>"$work/err" </dev/null
		status=$?
		[ "$status" -le 1 ]
		ok $? "$example (exit $status)"
	done
done <"$work/names"

# So has every verb of registers: those that all have, and those that some have. The front page left a risk to try them on.
for name in risk asset audit sar supplier-assessment; do
	for verb in $(words $name); do
		"$ASSAY" $name "$verb" --help >"$work/out" 2>"$work/err" </dev/null
		example=$(sed -n 's/^example: //p' "$work/out")
		[ -n "$example" ]
		ok $? "assay $name $verb --help has an example"
		case $name$example in risk*…* | asset* | audit* | sar* | supplier*) continue ;; esac
		(cd "$work/here" && sh -c "$example") >"$work/out" 2>"$work/err" </dev/null
		ok $? "$example"
	done
done

# Every file that a page of ours names is there.
python3 - "$source" >"$work/out" 2>"$work/err" <<-'END'
	import glob, os, re, sys
	os.chdir(sys.argv[1])
	known = {os.path.basename(path) for path in glob.glob("**/*", recursive=True)}
	missing = []
	for page in ["README.md", "ARCHITECTURE.md", "STYLE.md", *sorted(glob.glob("doc/*.md"))]:
	    text = re.sub(r"^```.*?^```", "", open(page, encoding="utf-8").read(), flags=re.S | re.M)
	    for link in re.findall(r"\]\(([^)#]+)\)", text):
	        if "://" not in link and not os.path.exists(os.path.join(os.path.dirname(page), link)):
	            missing.append("%s: %s" % (page, link))
	    for name in re.findall(r"`([A-Za-z0-9_./*-]+)`", text):
	        ours = re.match(r"(src|test|tool|doc|content|man|bench)/", name)
	        if ours and not glob.glob(name) and not glob.glob("src/" + name):
	            missing.append("%s: %s" % (page, name))
	        elif not ours and "/" not in name and re.search(r"^\w+_\w+\.[ch]$", name) and name not in known:
	            missing.append("%s: %s" % (page, name))
	print("\n".join(missing))
	sys.exit(1 if missing else 0)
END
ok $? "every file that a page names is there"
"$ASSAY" collect --describe >"$work/collect.md" 2>"$work/err"
cmp -s "$work/collect.md" "$source/doc/collect.md"
ok $? "doc/collect.md is what the program says of itself (make doc)"
python3 "$source/tool/registers.py" "$ASSAY" >"$work/registers.md" 2>"$work/err" && cmp -s "$work/registers.md" "$source/doc/registers.md"
ok $? "doc/registers.md is what the program says of its registers (make doc)"

# The manual. What it shows of a definition is one, and what is broken in it is found.
mkdir "$work/definition"
sed -n '/^\.nf/,/^\.fi/p' "$source/man/assay-register.5" | sed '/^\./d; s/\\-/-/g' >"$work/definition/key-holder.yaml"
assay register lint "$work/definition/key-holder.yaml"
exits 0 "the definition in assay-register.5 is clean"
cp "$work/definition/key-holder.yaml" "$work/whole.yaml"
sed -n 's/\\//g; s/^\.[BI]R* //p' "$source/man/assay-register.5" | tr ' ,"' '\n\n\n' | sort -u >"$work/told"
keys() { # WHERE SED: every key that a refusal names is in the manual's page
	sed "$2" "$work/whole.yaml" >"$work/definition/key-holder.yaml"
	assay register lint "$work/definition/key-holder.yaml"
	sed -n 's/.*unknown key "zzzzzzzz", expected one of //p' "$work/out" | tr -d ' ' | tr ',' '\n' | sort -u >"$work/known"
	comm -23 "$work/known" "$work/told" >"$work/err"
	[ -s "$work/known" ] && [ ! -s "$work/err" ]
	ok $? "assay-register.5 tells every key of $1"
}
keys "a register" '1a zzzzzzzz: 1'
keys "a state" 's/{id: held,/{id: held, zzzzzzzz: 1,/'
keys "a change" 's/    from: \[held\]/    zzzzzzzz: 1\n&/'
for type in text long choice yes-no number money date instant duration person link file list classification cvss score; do
	keys "a field of the type $type" "s/{id: room, title: Room, type: text,/{id: room, title: Room, type: $type, zzzzzzzz: 1,/"
done
sed -i 's/needs: .*/needs: [back]/' "$work/definition/key-holder.yaml"
assay register lint "$work/definition/key-holder.yaml"
exits 2 "and is not when a change needs a field that is not there"
while read -r name; do
	grep -qF "assay\\-$name" "$source/man/assay.1"
	ok $? "assay.1 names assay-$name"
done <"$work/names"
manual=$(dirname "$ASSAY")/../../man
if ! command -v mandoc >/dev/null 2>&1; then
	skip "the manual's pages" "mandoc is not installed"
	done_testing
fi
while read -r name; do
	[ -f "$manual/assay-$name.1" ]
	ok $? "assay-$name.1 is made"
done <"$work/names"
for page in "$manual"/*.[1-8] "$source"/man/*.[1-8]; do
	mandoc -Tlint -W error "$page" >"$work/out" 2>"$work/err"
	ok $? "${page##*/} is clean"
	for option in $(sed -n 's/^\.B \\-\\-\([a-z\\-]*\).*/\1/p' "$page" | tr -d '\\' | sort -u); do
		case ${page##*/} in assay-*.1) ;; *) continue ;; esac
		name=${page##*/assay-}
		name=${name%.1}
		{ "$ASSAY" "$name" --help; for verb in $("$ASSAY" "$name" --help | grep -q "VERB --help'" && words "$name"); do "$ASSAY" "$name" "$verb" --help; done; } |
			grep -q -- "--$option" || { echo "# $name: --$option"; false; }
		ok $? "  --$option is there"
	done
done
done_testing
