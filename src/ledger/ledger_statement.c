/*
 * In-toto statements as assay writes them: one canonical form, written and read from left to right.
 * Deliberately does not: know what a subject's content says, or hash or sign anything.
 */
#include "ledger/ledger_statement.h"

#include <string.h>

#include "ledger/ledger_scan.h"

#define MAX_BYTES (128 * KIB)
#define MAX_NAME 128

const char *const ledger_kind_words[] = {
    "evidence", "run", "decision", "change", "grant", "content", "host", "erasure", "adopt", "receipt", NULL};

static bool
letters_only(slice text, size_t most, const char *more)
{
	if (text.len == 0 || text.len > most)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!plain && (c == '\0' || strchr(more, c) == NULL))
			return false;
	}
	return true;
}

static bool
is_hex(slice text, size_t len)
{
	if (text.len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!((text.at[i] >= '0' && text.at[i] <= '9') || (text.at[i] >= 'a' && text.at[i] <= 'f')))
			return false;
	return true;
}

static const char *name_rule = "a subject's name is 1 to 128 of a-z A-Z 0-9 . _ : / - (what it says goes into content)";

static bool
name_good(slice name)
{
	return letters_only(name, MAX_NAME, "._:/-ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* A host has one reading of a table at a time: two in one entry would be two truths, and no view could show them. */
static bool
named_twice(const struct ledger_statement *s)
{
	for (size_t i = 1; i < s->subjects_len; i++)
		for (size_t before = 0; before < i; before++)
			if (slice_same(s->subjects[i].name, s->subjects[before].name))
				return true;
	return false;
}

/* What holds for a statement however it came: asked before writing and after reading. */
static const char *
broken_rule(const struct ledger_statement *s)
{
	if ((unsigned)s->kind > LEDGER_RECEIPT)
		return "the kind must be one of ledger_kind_words";
	if (!is_hex(s->id, 32))
		return "predicate.id must be 32 hex digits";
	if (s->host.len > 0 && !is_hex(s->host, 32))
		return "predicate.host must be 32 hex digits";
	if (s->by.len > 0 && !letters_only(s->by, 64, "-"))
		return "predicate.by must be a person token of at most 64 of a-z 0-9 -";
	if (s->from_us > s->to_us)
		return "predicate.from must not be after predicate.to";
	if (s->subjects_len == 0 || s->subjects_len > LEDGER_MAX_SUBJECTS)
		return "there must be 1 to 256 subjects";
	if (s->kind == LEDGER_EVIDENCE && named_twice(s))
		return "evidence must name a table once";
	return NULL;
}

static char *
put(char *at, slice text)
{
	memcpy(at, text.at, text.len);
	return at + text.len;
}

#define PUT(at, literal) put((at), S(literal))

static char *
put_instant(char *at, int64_t at_us)
{
	struct instant_text text = instant_text(at_us);
	return put(at, slice_of(text.at));
}

static char *
put_predicate(char *at, const struct ledger_statement *s)
{
	at = PUT(at, "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{");
	if (s->by.len > 0) {
		at = put(PUT(at, "\"by\":\""), s->by);
		at = PUT(at, "\",");
	}
	at = put_instant(PUT(at, "\"from\":\""), s->from_us);
	at = PUT(at, "\",");
	if (s->host.len > 0) {
		at = put(PUT(at, "\"host\":\""), s->host);
		at = PUT(at, "\",");
	}
	at = put(PUT(at, "\"id\":\""), s->id);
	at = put_instant(PUT(at, "\",\"made\":\""), s->made_us);
	at = put_instant(PUT(at, "\",\"to\":\""), s->to_us);
	at = put(PUT(at, "\"},\"predicateType\":\"https://assay.invalid/"), slice_of(ledger_kind_words[s->kind]));
	return PUT(at, "/v1\",\"subject\":[");
}

static char *
put_subjects(char *at, const struct ledger_statement *s)
{
	for (size_t i = 0; i < s->subjects_len; i++) {
		if (i > 0)
			*at++ = ',';
		at = PUT(at, "{\"digest\":{\"sha256\":\"");
		code_hex_text(s->subjects[i].digest.byte, 32, at);
		at = put(PUT(at + 64, "\"},\"name\":\""), s->subjects[i].name);
		at = PUT(at, "\"}");
	}
	return PUT(at, "]}");
}

err
ledger_statement_write(struct job *job, const struct ledger_statement *statement, slice *ret)
{
	const char *rule = broken_rule(statement);
	size_t room = 640;
	char *text;
	for (size_t i = 0; rule == NULL && i < statement->subjects_len; i++) {
		if (!name_good(statement->subjects[i].name))
			rule = name_rule;
		room += 112 + statement->subjects[i].name.len;
	}
	int64_t instants[] = {statement->from_us, statement->to_us, statement->made_us};
	for (size_t i = 0; i < 3; i++)
		if (instant_text(instants[i]).at[0] == '?')
			rule = "instants must lie in the years 0001 to 9999";
	if (rule != NULL)
		return err_set(job, ERR_INPUT, "statement: %s", rule);
	TRY(NEW(job, room, &text));
	char *end = put_subjects(put_predicate(text, statement), statement);
	*ret = slice_bytes(text, (size_t)(end - text));
	return OK;
}

static int64_t
scan_instant(struct ledger_scan *scan)
{
	slice text = ledger_scan_until(scan, '"');
	int64_t at_us = 0;
	if (!ledger_scan_good(scan))
		return 0;
	/* instant_parse() is kinder than we are: only the form that would be written is taken. */
	if (!instant_parse(text, &at_us) || !slice_same(text, slice_of(instant_text(at_us).at)))
		ledger_scan_fail(scan, "an instant must be RFC 3339 in UTC as assay writes it");
	return at_us;
}

static enum ledger_kind
scan_kind(struct ledger_scan *scan)
{
	slice word = ledger_scan_until(scan, '/');
	for (unsigned kind = 0; ledger_kind_words[kind] != NULL; kind++)
		if (slice_same(word, slice_of(ledger_kind_words[kind])))
			return (enum ledger_kind)kind;
	ledger_scan_fail(scan, "predicateType must be https://assay.invalid/KIND/v1 of a known kind");
	return LEDGER_EVIDENCE;
}

static void
scan_predicate(struct ledger_scan *scan, struct ledger_statement *s)
{
	ledger_scan_want(scan, S("{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{"));
	if (ledger_scan_maybe(scan, S("\"by\":\""))) {
		s->by = ledger_scan_until(scan, '"');
		ledger_scan_want(scan, S(","));
		if (s->by.len == 0)
			ledger_scan_fail(scan, "predicate.by must not be empty");
	}
	ledger_scan_want(scan, S("\"from\":\""));
	s->from_us = scan_instant(scan);
	ledger_scan_want(scan, S(","));
	if (ledger_scan_maybe(scan, S("\"host\":\""))) {
		s->host = ledger_scan_until(scan, '"');
		ledger_scan_want(scan, S(","));
		if (s->host.len == 0)
			ledger_scan_fail(scan, "predicate.host must not be empty");
	}
	ledger_scan_want(scan, S("\"id\":\""));
	s->id = ledger_scan_until(scan, '"');
	ledger_scan_want(scan, S(",\"made\":\""));
	s->made_us = scan_instant(scan);
	ledger_scan_want(scan, S(",\"to\":\""));
	s->to_us = scan_instant(scan);
	ledger_scan_want(scan, S("},\"predicateType\":\"https://assay.invalid/"));
	s->kind = scan_kind(scan);
	ledger_scan_want(scan, S("v1\",\"subject\":["));
}

static void
scan_subject(struct ledger_scan *scan, struct ledger_subject *subject)
{
	ledger_scan_want(scan, S("{\"digest\":{\"sha256\":\""));
	if (!digest_parse(ledger_scan_until(scan, '"'), &subject->digest))
		ledger_scan_fail(scan, "a digest must be 64 lower-case hex digits");
	ledger_scan_want(scan, S("},\"name\":\""));
	subject->name = ledger_scan_until(scan, '"');
	if (!name_good(subject->name))
		ledger_scan_fail(scan, name_rule);
	ledger_scan_want(scan, S("}"));
	subject->known = true;
}

/* As many subjects as there are; counted first by the braces that only subjects open, so that the arena is asked once. */
static err
scan_subjects(struct ledger_scan *scan, struct ledger_statement *s)
{
	size_t most = (scan->text.len - scan->at) / sizeof "{\"digest\":{\"sha256\":\"\"},\"name\":\"\"}" + 1;
	if (most > LEDGER_MAX_SUBJECTS)
		most = LEDGER_MAX_SUBJECTS;
	TRY(NEW(scan->job, most, &s->subjects));
	do {
		if (s->subjects_len == most)
			ledger_scan_fail(scan, "there must be 1 to 256 subjects");
		else
			scan_subject(scan, &s->subjects[s->subjects_len++]);
	} while (ledger_scan_good(scan) && ledger_scan_maybe(scan, S(",")));
	ledger_scan_want(scan, S("]}"));
	return ledger_scan_end(scan);
}

err
ledger_statement_read(struct job *job, slice text, struct ledger_statement *ret)
{
	struct ledger_statement s = {0};
	struct ledger_scan scan = ledger_scan_open(job, "statement", text, MAX_BYTES);
	scan_predicate(&scan, &s);
	if (!ledger_scan_good(&scan))
		return scan.failed;
	TRY(scan_subjects(&scan, &s));
	const char *rule = broken_rule(&s);
	if (rule != NULL)
		return err_set(job, ERR_INPUT, "statement: %s", rule);
	*ret = s;
	return OK;
}
