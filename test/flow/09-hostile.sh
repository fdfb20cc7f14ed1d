#!/bin/sh
# Goal: what a hostile job leaves in facts.d never acts, on a terminal, in JSON, CSV or HTML, and is refused by file and line when it breaks a rule;
# and an organisation's own table and check work without building anything.
. "$(dirname "$0")/kit.sh"

assay init "$work/var"
mkdir -p "$work/var/etc/source" "$work/var/etc/check" "$work/var/facts.d"
facts="$work/var/facts.d/badge.jsonl"
cat >"$work/var/etc/source/badge.yaml" <<-'END'
	about: door badges that are out
	key: [number]
	columns:
	  - {name: number, type: int}
	  - {name: holder}
	  - {name: returned, type: time, maybe: true}
END
cat >"$work/var/etc/check/badge-returned.yaml" <<-'END'
	id: badge-returned
	title: Every badge came back
	severity: medium
	answers: [DFE9-081.roles]
	max_age: 7d
	why: A badge that is out opens doors.
	applies: SELECT 1 FROM badge
	query: SELECT number, holder FROM badge WHERE returned IS NULL
	key: [number]
	says: "badge {number} is still out: {holder}"
	remedy: Ask for it.
	tests:
	  pass:
	    badge: [{number: 1, holder: x, returned: "2026-01-01T00:00:00Z"}]
	  fail:
	    badge: [{number: 1, holder: x}]
	  not-applicable:
	    badge: absent
	  could-not-look:
	    badge: could-not-look
END
echo '{"number":1,"holder":"reception"}' >"$facts"
assay content lint --dir "$work/var"
exits 0 "an organisation's own check is good content"
assay collect --dir "$work/var" --table badge --json
exits 0 "its own table is collected"
json 'any(r["table"] == "badge" and r["state"] == "read" and r["rows"] == 1 for r in it)' "and read"
assay query --tables --dir "$work/var" --json
json '[r["columns"] for r in it if r["table"] == "badge"] == ["host number holder returned file_owner file_time"]' "a question may read it"
assay check badge-returned --dir "$work/var" --json
exits 1 "its own check finds what is wrong, with nothing rebuilt"
assay finding --dir "$work/var" --json
json '[f["says"] for f in it] == ["badge 1 is still out: reception"]' "and says it in its own words"
sed -i 's/key: \[number\]/key: [no_such]/' "$work/var/etc/check/badge-returned.yaml"
assay content lint --dir "$work/var"
exits 2 "a broken check of the organisation is refused"
says "badge-returned.yaml" "by its file"
assay check --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "and not asked by halves (exit $status)"
sentence "  in one sentence"
sed -i 's/key: \[no_such\]/key: [number]/' "$work/var/etc/check/badge-returned.yaml"

# One hostile string after another, as a value that a finding repeats.
python3 - "$facts" <<-'END'
	import json, sys
	hostile = ["\x1b[2J\x1b]0;owned\x07\x1b[31mred", "<script>alert(1)</script><img src=x onerror=alert(1)>", "=HYPERLINK(\"http://evil.invalid\",\"x\")",
	           "+1+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "\tTAB", "a,\"b\"\r\nc", "\u202eevil\u202c \u2066x\u2069", "{person:0000000000000000}", "{number} {holder} {0} %s %n",
	           "x\nNew, worst first:\n  000000000000  critical everything is on fire", "' onmouseover='alert(1)", "</td></table>", "\u0000".replace("\u0000", "\u0001"),
	           "\u200b\ufeffzero", "\u0085next\u2028line", "A" * 60000, "\U000e0041tag", "\x9b31mC1"]
	with open(sys.argv[1], "w", encoding="utf-8") as out:
	    for at, text in enumerate(hostile):
	        out.write(json.dumps({"number": at, "holder": text}, ensure_ascii=False) + "\n")
END
assay collect --dir "$work/var" --table badge
exits 0 "hostile values are values"

# inert FILE: nothing in it acts on a terminal or turns the reading direction.
inert() {
	python3 -c 'import sys, unicodedata
text = open(sys.argv[1], "rb").read().decode("utf-8")
bad = sorted({hex(ord(c)) for c in text if c not in "\n\t" and (unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))})
sys.exit("found " + " ".join(bad) if bad else 0)' "$1" 2>>"$work/err"
}
for command in "check" "finding" "finding --all" "report text"; do
	assay $command --dir "$work/var"
	inert "$work/out"
	ok $? "$command shows them, and none acts on a terminal"
	! grep -qE '^ *000000000000 +critical' "$work/out"
	ok $? "and none writes a line of its own"
done
assay query 'SELECT number, holder FROM badge' --dir "$work/var"
inert "$work/out"
ok $? "nor in the answer to a question"
[ "$(wc -l <"$work/out")" = 21 ]
ok $? "which has one line for each row"
for id in $("$ASSAY" finding --dir "$work/var" --json | python3 -c 'import json, sys
print(*[f["id"] for f in json.load(sys.stdin)])'); do
	assay finding "$id" --dir "$work/var"
	[ "$status" = 0 ] && inert "$work/out" && ! grep -qE '^ *000000000000 +critical|^New, worst' "$work/out" || break
done
[ "$status" = 0 ] && inert "$work/out" && ! grep -qE '^ *000000000000 +critical|^New, worst' "$work/out"
ok $? "nor in any finding shown by itself"

assay finding --dir "$work/var" --json
json 'len(it) == 20' "JSON output is JSON, with every finding"
json "any('\\\\x1b[2J' in f['says'] for f in it)" "and a finding's sentence is harmless already"
LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$work/out"
[ $? = 1 ]
ok $? "escaped, so that it does not act when it is shown raw"
assay finding --dir "$work/var" --csv
python3 -c 'import csv, sys
rows = list(csv.reader(open(sys.argv[1], encoding="utf-8", newline="")))
bad = [cell[:20] for row in rows[1:] for cell in row if cell[:1] in "=+-@\t\r" and cell]
sys.exit(str(bad) if bad or len({len(row) for row in rows}) != 1 or len(rows) != 21 else 0)' "$work/out" 2>"$work/err"
ok $? "CSV output is CSV, and no cell of it is a formula"
assay query 'SELECT holder FROM badge' --dir "$work/var" --csv
python3 -c 'import csv, sys
bad = [row for row in csv.reader(open(sys.argv[1], encoding="utf-8", newline="")) if row[-1][:1] in tuple("=+-@\t\r")]
sys.exit(str(bad) if bad else 0)' "$work/out" 2>"$work/err"
ok $? "nor in the answer to a question"
assay query 'SELECT number, holder FROM badge' --dir "$work/var" --json
json "any('\\x1b[2J' in r['holder'] for r in it) and any(len(r['holder']) == 60000 for r in it)" "a question in JSON gives each value as it was"
LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$work/out"
[ $? = 1 ]
ok $? "escaped as JSON has it"
assay report html --dir "$work/var" --output "$work/report.html"
exits 0 "the report is written"
python3 - "$work/report.html" 2>"$work/err" <<-'END'
	import html.parser, sys
	class Look(html.parser.HTMLParser):
	    def handle_starttag(self, tag, attrs):
	        names = {name for name, _ in attrs}
	        if tag in ("script", "img", "iframe", "object") and not any(v and v.startswith("data:") for n, v in attrs if n == "src") or any(n.startswith("on") for n in names):
	            sys.exit("<%s %s>" % (tag, attrs))
	text = open(sys.argv[1], encoding="utf-8").read()
	if "&lt;script&gt;" not in text:
	    sys.exit("the hostile text is not in the report at all")
	Look().feed(text)
END
ok $? "and nothing in it acts, though all of it is told"
inert "$work/report.html"
ok $? "nor turns the reading direction"

# refused WORDS TEXT: the file of facts as it is now is not believed, its table could not be looked at, and the check passes nothing.
refused() {
	assay collect --dir "$work/var" --table badge --json
	exits 0 "$2: the collection goes on"
	json '[r["state"] for r in it if r["table"] == "badge"] == ["could-not-look"]' "  the table could not be looked at"
	json "all('$1' in r['reason'] for r in it if r['table'] == 'badge')" "  and the reason says \"$1\""
	assay check badge-returned --dir "$work/var" --json
	json 'it[0]["pass"] == 0 and it[0]["could_not_look"] == 1' "  nothing passes on it"
}
good='{"number":1,"holder":"x","returned":"2026-01-01T00:00:00Z"}'
printf '%s\n{"number":2,"holder":' "$good" >"$facts"
refused "badge.jsonl:2" "JSON that breaks off"
printf '%s\n{"number":2,"number":3,"holder":"x"}\n' "$good" >"$facts"
refused "badge.jsonl:2" "a key twice in one object"
printf '%s\n{"number":1,"holder":"y"}\n' "$good" >"$facts"
refused "same key" "two rows of the same key"
printf '%s\n{"number":"2","holder":"x"}\n' "$good" >"$facts"
refused "whole number" "text where a number belongs"
printf '%s\n{"number":2,"holder":"x","extra":1}\n' "$good" >"$facts"
refused "extra" "a column nobody declared"
printf '%s\n{"number":2}\n' "$good" >"$facts"
refused "holder" "a column left out"
printf '%s\n{"number":2,"holder":"x","returned":"yesterday"}\n' "$good" >"$facts"
refused "RFC 3339" "a time that is none"
printf '%s\n[1]\n' "$good" >"$facts"
refused "object" "a row that is no object"
printf '%s\n{"number":2,"holder":"\377"}\n' "$good" >"$facts"
refused "badge.jsonl:2" "bytes that are no UTF-8"
python3 -c 'print("[" * 100000)' >"$facts"
refused "badge.jsonl:1" "brackets without end"
python3 -c 'print("{\"number\":2,\"holder\":\"" + "A" * 2000000 + "\"}")' >"$facts"
refused "longer" "a line of two million letters"
truncate -s 17M "$facts"
refused "larger" "a file of 17 MiB"
rm "$facts"
mkdir "$facts"
refused "regular file" "a folder in place of the file"
rmdir "$facts"
mkfifo "$facts"
refused "badge.jsonl" "a pipe in place of the file, which nobody ever writes to,"
rm "$facts"
ln -s /etc/passwd "$facts"
refused "badge.jsonl" "a link in place of the file"
rm "$facts"
echo "$good" >"$facts"
chmod 666 "$facts"
refused "written by everybody" "a file that everybody may write"
chmod 644 "$facts"
assay collect --dir "$work/var" --table badge --quiet
assay check badge-returned --dir "$work/var" --json
json 'it[0]["pass"] == 1' "and a good file passes again"
touch -d '20 days ago' "$facts"
printf 'max_age: 7d\n' >>"$work/var/etc/source/badge.yaml"
refused "longer ago" "a file nobody wrote for longer than its max_age"
printf '{"number":1}\n' >"$work/var/facts.d/unknown.jsonl"
assay collect --dir "$work/var" --table dropin --json
exits 0 "facts that nobody declared are no fault"
assay query 'SELECT name, state, reason FROM dropin' --dir "$work/var" --json
json 'any(r["name"] == "unknown" and r["state"] == "could-not-look" for r in it)' "but are told"
printf 'about: x\nkey: [number]\ncolumns: 7\n' >"$work/var/etc/source/broken.yaml"
assay collect --dir "$work/var" --table badge
[ "$status" -le 2 ]
ok $? "a broken description does not end the program (exit $status)"
assay check --dir "$work/var"
[ "$status" -ge 2 ]
ok $? "a check over a broken description is refused (exit $status)"
complains "broken.yaml" "and the description is named"
done_testing
