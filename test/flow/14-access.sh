#!/bin/sh
# Goal: who may do what is somebody's decision, with a reason and an end; what is refused and what sensitive is read leaves a trace; nobody is locked out.
. "$(dirname "$0")/kit.sh"
export ASSAY_DIR="$work/var"

if [ "$(id -u)" != 0 ]; then
	skip "roles of several persons" "only root can act as somebody else (SUDO_USER)"
	done_testing
fi
as() { # PERSON ARGUMENTS…: the program as that person signs in
	who=$1
	shift
	SUDO_USER=$who "$ASSAY" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

assay init
exits 0 "a store"
assay access list
exits 0 "before the first grant"
says "whoever opens the store is administrator" "it is said that nobody has a role yet"
assay access list --json
json 'it == []' "and to programs that there is no grant"
as ann access explain sam erase risk --json
json 'it["allowed"] and "no grant was ever made" in it["why"]' "explain says so too"

as ann service add --name Pay --description "takes payments" --unit north --public-facing yes --tier standard --sro ann --service-owner ann
exits 0 "a service of unit north"
as ann service add --name Dig --description "digs" --unit south --public-facing no --tier standard --sro ann --service-owner ann
exits 0 "and one of unit south"

# The first grant
as ann access grant sam risk-owner --why "owns risks"
exits 2 "a first grant that makes no administrator is refused"
complains "assay access grant NAME administrator --why TEXT" "and the command that is needed is named"
as ann access grant ann administrator --until 2099-01-01 --why "runs it"
exits 2 "an administrator with an end is none"
as ann access grant ann administrator --why "runs the register"
exits 0 "the first grant makes an administrator"
as ann access list --json
json 'len(it) == 1 and it[0]["person"] == "ann" and it[0]["by"] == "ann" and it[0]["state"] == "live"' "who, and by whom"
admin=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[0]["grant"])' "$work/out")
as ann access revoke "$admin" --why "no more"
exits 3 "the last administrator cannot be taken back"
complains "last administrator" "and it is said why"

# Roles over one service, one unit, everything
as ann access grant zebedee-q7 guest --until "$(date -u -d '+20 days' +%F)" --why "visits"
exits 0 "a guest for three weeks"
as ann access grant sam service-team --service 1 --why "joined the team"
exits 0 "sam is in the team of service 1"
as ann access grant tom service-team --service 9 --why "joined"
exits 2 "a service that is not there is refused"
as ann access grant tom service-team --why "joined"
exits 2 "a role for a service is not given over everything"
as ann access grant tom risk-owner --unit north --why "owns the risks of the north"
exits 0 "tom owns the risks of a unit"
as ann access grant eve auditor --why "yearly audit"
exits 2 "an auditor needs an end"
complains "--until" "and is told how"
until=$(date -u -d '+60 days' +%F)
as ann access grant eve auditor --until "$until" --why "yearly audit"
exits 0 "with one the auditor is let in"

explains() { # yes|no PERSON ACTION WHAT TEXT [OPTIONS]
	wanted=$1 person=$2 action=$3 what=$4 text=$5
	shift 5
	as ann access explain "$person" "$action" "$what" --json "$@"
	json "it['allowed'] == ('$wanted' == 'yes')" "$wanted: $text"
}
explains yes sam read service/1 "sam reads his service"
explains no sam read service/2 "and not another's" 
explains yes sam read policy "and policies that are of no service"
explains no sam approve-change change "and approves no change" --service 1
explains yes tom accept-risk risk "tom accepts risks of a service of the north" --service 1
explains no tom accept-risk risk "and not of the south" --service 2
explains yes eve read service/2 "the auditor reads everything"
explains no eve edit service/2 "and edits nothing"
explains no mallory read service/1 "somebody nobody knows may nothing"
as ann access explain sam read service/2
says "not within its scope" "explain names the grant and why it does not apply"

# Refusals leave a trace, also of strangers
as sam access grant sam administrator --why "would be handy"
exits 3 "sam cannot make himself administrator"
complains "sam may not grant" "who and what"
as sam access list --json
json '[g["person"] for g in it] == ["sam"]' "sam sees his own grants only"
as mallory access log
exits 3 "a stranger may not look into the log"
as eve access log --denied --json
exits 0 "the auditor may"
json '{(e["person"], e["detail"]) for e in it} == {("sam", "grant"), ("mallory", "audit")}' "and sees both refusals, by name"
as ann access log --read --json
json 'it == []' "nobody read anything sensitive"

# Records: what may be read and changed
as ann risk add --title "Payment page goes down" --category technology --service 1
exits 0 "a risk of service 1"
as ann risk add --title "Digger is stolen" --category physical --service 2
exits 0 "one of service 2"
as ann risk add --title "Keys leak" --category cyber --service 1 --classification secret
exits 0 "a secret one of service 1"
as sam risk list --all --json
json '[r["number"] for r in it] == [1]' "sam lists the one he may read"
as sam risk show 2
exits 3 "another service's is refused"
complains "sam may not read risk 2" "by name and number"
grep -q "Digger" "$work/out" "$work/err"
[ $? = 1 ]
ok $? "and nothing of it is told"
as sam risk show 3
exits 3 "so is a secret one of his own service"
as sam search digger --json
json 'it == []' "search does not find it for him"
as ann search digger --json
json '[r["number"] for r in it] == [2]' "and does for ann"
as sam query 'SELECT number FROM risk ORDER BY number' --json
json '[r["number"] for r in it] == [1]' "a question sees no more than a list"
as eve query 'SELECT number FROM risk ORDER BY number' --json
json '[r["number"] for r in it] == [1, 2]' "the auditor's sees all but the secret"
as eve risk edit 1 --title "x"
exits 3 "the auditor changes nothing"
complains "eve may not edit risk 1" "and is told"
as sam risk edit 1 --vulnerability "one machine only"
exits 0 "sam edits what is his"
as sam risk add --title "x" --category cyber --service 2
exits 3 "and adds nothing to another service"
as sam risk edit 1 --service 2
exits 3 "nor moves a record there"
as ann risk show 3
exits 0 "ann reads the secret one"
as eve access log --read --json
json '[(e["person"], e["register"], e["number"]) for e in it if e["register"] == "risk"][:1] == [("ann", "risk", 3)]' "which is an entry"
as eve access log --denied --json
json '("sam", "read", 2) in {(e["person"], e["detail"], e["number"]) for e in it}' "and so is every try that was refused"

# Findings are about records
as ann check --quiet
as sam finding --all --json
json 'all(not f["host"].startswith("risk ") or f["host"] == "risk 1" for f in it)' "sam sees findings about risks he may read only"
as ann finding --all --json
json 'any(f["host"] == "risk 2" for f in it)' "ann sees them all"
about=$(python3 -c 'import json, sys; print(next((f["id"] for f in json.load(open(sys.argv[1])) if f["host"] == "risk 2"), ""))' "$work/out")
if [ -n "$about" ]; then
	as sam finding "$about"
	exits 3 "asked for by its id, one about another's risk is refused"
	grep -q "Digger" "$work/out" "$work/err"
	[ $? = 1 ]
	ok $? "and tells nothing"
fi

# What was secret stays so, in its history too
as ann risk add --title "Old drawings" --category cyber --service 1 --classification secret --vulnerability "behind the lift"
old=$(sed -n "s,^Risk \([0-9]*\) added.*,\1,p" "$work/out")
as ann risk edit "$old" --classification official --vulnerability "painted over"
as sam risk history "$old" --json
exits 0 "what became official may be read"
json '[r["what"] == "may not be seen" for r in it] == [True, False]' "and not what it said when it was secret"
! grep -q "lift" "$work/out"
ok $? "nor a word of it"
as ann risk history "$old"
grep -q "behind the lift" "$work/out"
ok $? "who may read it then reads it now"

# Taking back, ending, reviewing
as ann access list sam --json
grant=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[0]["grant"])' "$work/out")
as ann access revoke "$grant"
exits 2 "taking back needs a reason"
as ann access revoke "$grant" --why "left the team"
exits 0 "sam's grant is taken back"
explains no sam read service/1 "he reads his service no more"
as ann access list sam --ended --json
json 'len(it) == 1 and it[0]["state"] == "revoked" and it[0]["revoked_why"] == "left the team"' "what was stays to be seen"
as eve access review --json
exits 0 "the auditor reviews who has what"
json '{g["person"]: g["note"] for g in it} == {"ann": "", "zebedee-q7": "ends soon", "tom": "never used", "eve": "never used"}' "with what was never used"
as ann access review --output "$work/review.csv"
[ "$(wc -l <"$work/review.csv")" = 5 ] && grep -q '^grant,person,role' "$work/review.csv"
ok $? "and takes it along as CSV"

# Roles of one's own, and a wrong one
mkdir -p "$ASSAY_DIR/etc/role"
printf 'id: reader\ntitle: Reader\nabout: Reads\nread-only: true\nmay:\n  - {do: [read, edit], in: any}\n' >"$ASSAY_DIR/etc/role/reader.yaml"
assay content lint
exits 2 "a read-only role that edits is found"
says 'found "edit"' "and named by file and line"
sed -i 's/, edit//' "$ASSAY_DIR/etc/role/reader.yaml"
assay access role reader
exits 0 "put right, it is a role"
as ann access grant sam reader --why "reads now"
exits 0 "that can be given"
rm "$ASSAY_DIR/etc/role/reader.yaml"
explains no sam read service/1 "a role that is gone from content gives nothing"

# The view is made again from what was signed, grants too
assay rebuild --compare
exits 0 "the view and the entries agree"
says "0 rows differ" "in every row"
grep -rqa 'joined the team' "$run"
ok $? "the view holds why a role was given"
grep -rqa 'zebedee-q7' "$run"
[ $? = 1 ]
ok $? "and to whom only as a token"
done_testing
