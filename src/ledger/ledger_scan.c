/*
 * Reading canonical text from left to right.
 * Deliberately does not: accept blanks, other orders, escapes or anything else a JSON reader would; our own writers give one form only.
 */
#include "ledger/ledger_scan.h"

#include <string.h>

struct ledger_scan
ledger_scan_open(struct job *job, const char *name, slice text, size_t max_bytes)
{
	struct ledger_scan scan = {.job = job, .name = name, .text = text};
	if (text.len > max_bytes)
		scan.failed = err_set(job, ERR_LIMIT, "%s: at most %zu bytes, found %zu", name, max_bytes, text.len);
	return scan;
}

bool
ledger_scan_good(const struct ledger_scan *scan)
{
	return scan->failed.code == ERR_NONE;
}

/* A short piece of the text for a sentence. */
static slice
found(const struct ledger_scan *scan)
{
	return slice_part(scan->text, scan->at, 24);
}

void
ledger_scan_fail(struct ledger_scan *scan, const char *rule)
{
	if (!ledger_scan_good(scan))
		return;
	scan->failed = err_set(scan->job, ERR_INPUT, "%s: byte %zu: %s, found \"%.*s\"", scan->name, scan->at, rule, SLICE(found(scan)));
}

bool
ledger_scan_maybe(struct ledger_scan *scan, slice literal)
{
	if (!ledger_scan_good(scan) || scan->text.len - scan->at < literal.len ||
	    memcmp(scan->text.at + scan->at, literal.at, literal.len) != 0)
		return false;
	scan->at += literal.len;
	return true;
}

void
ledger_scan_want(struct ledger_scan *scan, slice literal)
{
	if (!ledger_scan_good(scan) || ledger_scan_maybe(scan, literal))
		return;
	scan->failed = err_set(scan->job, ERR_INPUT, "%s: byte %zu: canonical form: expected \"%.*s\", found \"%.*s\"", scan->name,
	    scan->at, SLICE(literal), SLICE(found(scan)));
}

slice
ledger_scan_until(struct ledger_scan *scan, char byte)
{
	if (!ledger_scan_good(scan))
		return S("");
	slice rest = slice_from(scan->text, scan->at);
	const char *end = rest.len > 0 ? memchr(rest.at, byte, rest.len) : NULL;
	if (end == NULL) {
		ledger_scan_fail(scan, "the text ends too early");
		return S("");
	}
	slice part = {rest.at, (size_t)(end - rest.at)};
	scan->at += part.len + 1;
	return part;
}

slice
ledger_scan_base64(struct ledger_scan *scan, size_t max_bytes)
{
	size_t from = scan->at;
	slice text = ledger_scan_until(scan, '"'), bytes = S("");
	if (!ledger_scan_good(scan))
		return bytes;
	if (text.len / 4 * 3 > max_bytes + 2) {
		scan->failed = err_set(scan->job, ERR_LIMIT, "%s: byte %zu: at most %zu bytes in base64, found %zu", scan->name, from,
		    max_bytes, text.len / 4 * 3);
		return bytes;
	}
	scan->failed = code_unbase64(scan->job, text, &bytes);
	if (!ledger_scan_good(scan)) {
		scan->failed = err_prefix(scan->job, scan->failed, "%s: byte %zu", scan->name, from);
		return S("");
	}
	return bytes;
}

err
ledger_scan_end(struct ledger_scan *scan)
{
	if (ledger_scan_good(scan) && scan->at != scan->text.len)
		ledger_scan_fail(scan, "the text must end here");
	return scan->failed;
}
