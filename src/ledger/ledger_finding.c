/*
 * Check runs and findings: what is new, changed and gone is worked out here, once, and said in the run's content; findings are found by id
 * or prefix. Deliberately does not: ask checks (the check room does) or resolve persons (ledger_person.c).
 *
 * A run's content is canonical JSON (keys sorted, no blanks), subject "run" of an entry of kind run:
 *   {"at":"RFC 3339","changed":[F,…],"checks":[["CHECK","VERDICT","REASON"],…],"content":"hex of the content
 * set","found":[F,…],"gone":["ID",…], "host":"HOST ID","partial":0 or 1} F = {"check":"…","id":"12 hex digits","key":"JSON array as
 * text","row":"JSON object as text","says":"…","severity":"…"} checks are sorted by name, findings and gone by id, each once. A finding
 * that is neither found, changed nor gone is still there as it was.
 */
#include "ledger/ledger_finding.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

#define RUN_MAX_BYTES (64 * MIB)
#define ID_LEN 12
#define MIN_PREFIX 4

const char *const ledger_verdict_words[] = {"pass", "fail", "not-applicable", "could-not-look", NULL};
static const char *const severity_words[] = {"critical", "high", "medium", "low", "info", NULL};

/* The form */

static void
put_text(struct buf *buf, const char *lead, slice text)
{
	buf_text(buf, lead);
	ledger_form_put(buf, text);
}

static void
put_findings(struct buf *buf, const struct ledger_run_finding *findings, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		buf_text(buf, i > 0 ? ",{" : "{");
		put_text(buf, "\"check\":", findings[i].check);
		put_text(buf, ",\"id\":", findings[i].id);
		put_text(buf, ",\"key\":", findings[i].key);
		put_text(buf, ",\"row\":", findings[i].row);
		put_text(buf, ",\"says\":", findings[i].says);
		put_text(buf, ",\"severity\":", findings[i].severity);
		buf_byte(buf, '}');
	}
}

static void
put_checks(struct buf *buf, const struct ledger_run_form *form)
{
	for (size_t i = 0; i < form->results_len; i++) {
		put_text(buf, i > 0 ? ",[" : "[", form->results[i].check);
		put_text(buf, ",", slice_of(ledger_verdict_words[form->results[i].verdict]));
		put_text(buf, ",", form->results[i].reason);
		buf_byte(buf, ']');
	}
}

err
ledger_run_form_write(struct job *job, const struct ledger_run_form *form, slice *ret)
{
	struct buf buf = buf_open(job, "a check run", RUN_MAX_BYTES);
	struct instant_text at = instant_text(form->at_us);
	struct digest_text content = digest_text(&form->content);
	put_text(&buf, "{\"at\":", slice_of(at.at));
	buf_text(&buf, ",\"changed\":[");
	put_findings(&buf, form->changed, form->changed_len);
	buf_text(&buf, "],\"checks\":[");
	put_checks(&buf, form);
	put_text(&buf, "],\"content\":", slice_of(content.at));
	buf_text(&buf, ",\"found\":[");
	put_findings(&buf, form->found, form->found_len);
	buf_text(&buf, "],\"gone\":[");
	for (size_t i = 0; i < form->gone_len; i++)
		put_text(&buf, i > 0 ? "," : "", form->gone[i]);
	put_text(&buf, "],\"host\":", form->host);
	buf_printf(&buf, ",\"partial\":%d}", form->partial ? 1 : 0);
	return buf_end(&buf, ret);
}

static err
read_findings(struct job *job, const json_t *object, const char *key, struct ledger_run_finding **ret, size_t *ret_len)
{
	static const char *const keys[] = {"check", "id", "key", "row", "says", "severity", NULL};
	const json_t *array;
	struct ledger_run_finding *findings;
	TRY(json_need_array(job, "run", object, key, &array));
	size_t len = json_array_size(array);
	TRY(NEW(job, len + 1, &findings));
	for (size_t i = 0; i < len; i++) {
		const json_t *one = json_array_get(array, i);
		struct ledger_run_finding *f = &findings[i];
		TRY(json_only(job, "run", one, keys));
		TRY(json_need_text(job, "run", one, "check", &f->check));
		TRY(json_need_text(job, "run", one, "id", &f->id));
		TRY(json_need_text(job, "run", one, "key", &f->key));
		TRY(json_need_text(job, "run", one, "row", &f->row));
		TRY(json_need_text(job, "run", one, "says", &f->says));
		TRY(json_need_text(job, "run", one, "severity", &f->severity));
	}
	*ret = findings;
	*ret_len = len;
	return OK;
}

static err
read_checks(struct job *job, const json_t *object, struct ledger_run_form *form)
{
	const json_t *array;
	TRY(json_need_array(job, "run", object, "checks", &array));
	form->results_len = json_array_size(array);
	TRY(NEW(job, form->results_len + 1, &form->results));
	for (size_t i = 0; i < form->results_len; i++) {
		const json_t *one = json_array_get(array, i);
		slice verdict = json_text(json_array_get(one, 1));
		struct ledger_run_result *result = &form->results[i];
		result->check = json_text(json_array_get(one, 0));
		result->reason = json_text(json_array_get(one, 2));
		while (
		    ledger_verdict_words[result->verdict] != NULL && !slice_same(verdict, slice_of(ledger_verdict_words[result->verdict])))
			result->verdict++;
		if (ledger_verdict_words[result->verdict] == NULL)
			return err_set(job, ERR_INPUT,
			    "run: a verdict must be pass, fail, not-applicable or could-not-look, found \"%.*s\"", SLICE(verdict));
	}
	return OK;
}

static err
read_gone(struct job *job, const json_t *object, struct ledger_run_form *form)
{
	const json_t *array;
	TRY(json_need_array(job, "run", object, "gone", &array));
	form->gone_len = json_array_size(array);
	TRY(NEW(job, form->gone_len + 1, &form->gone));
	for (size_t i = 0; i < form->gone_len; i++)
		form->gone[i] = json_text(json_array_get(array, i));
	return OK;
}

err
ledger_run_form_read(struct job *job, slice content, struct ledger_run_form *ret)
{
	static const char *const keys[] = {"at", "changed", "checks", "content", "found", "gone", "host", "partial", NULL};
	struct ledger_run_form form = {0};
	const json_t *object;
	slice at, hex, again;
	int64_t partial;
	TRY(json_read(job, "run", content, &object));
	TRY(json_only(job, "run", object, keys));
	TRY(json_need_text(job, "run", object, "at", &at));
	TRY(json_need_text(job, "run", object, "content", &hex));
	TRY(json_need_text(job, "run", object, "host", &form.host));
	TRY(json_need_int(job, "run", object, "partial", &partial));
	if (!instant_parse(at, &form.at_us) || !digest_parse(hex, &form.content))
		return err_set(job, ERR_INPUT, "run: \"at\" must be an RFC 3339 instant and \"content\" 64 hex digits");
	form.partial = partial != 0;
	TRY(read_findings(job, object, "changed", &form.changed, &form.changed_len));
	TRY(read_findings(job, object, "found", &form.found, &form.found_len));
	TRY(read_checks(job, object, &form));
	TRY(read_gone(job, object, &form));
	TRY(ledger_run_form_write(job, &form, &again));
	if (!slice_same(content, again))
		return err_set(job, ERR_INPUT, "run: expected canonical JSON, found another form");
	*ret = form;
	return OK;
}

/* Working out what changed */

struct working {
	const struct ledger_run *run;
	struct ledger_run_form *form;
	struct ledger_finding *open; /* what stands now, by id */
	size_t open_len;
	size_t still;
};

static int
order_results(const void *a, const void *b)
{
	return slice_order(((const struct ledger_run_result *)a)->check, ((const struct ledger_run_result *)b)->check);
}

static int
order_findings(const void *a, const void *b)
{
	return slice_order(((const struct ledger_finding *)a)->id, ((const struct ledger_finding *)b)->id);
}

static bool
word_known(const char *const *words, slice word)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (slice_same(word, slice_of(words[i])))
			return true;
	return false;
}

static err
finding_check(struct job *job, const struct ledger_run *run, const struct ledger_finding *finding)
{
	uint8_t id[ID_LEN / 2];
	if (!code_unhex(finding->id, id, sizeof id))
		return err_set(job, ERR_BUG, "run: a finding's id must be %d hex digits, found \"%.*s\"", ID_LEN, SLICE(finding->id));
	if (!slice_same(finding->host, run->host))
		return err_set(job, ERR_BUG, "run: a finding of the run must be about its host %.*s, found \"%.*s\"", SLICE(run->host),
		    SLICE(finding->host));
	if (!word_known(severity_words, finding->severity))
		return err_set(
		    job, ERR_BUG, "run: a severity must be critical, high, medium, low or info, found \"%.*s\"", SLICE(finding->severity));
	return OK;
}

/* Sorted copies of what the caller gives, each once. */
static err
results_lay(struct job *job, struct working *w)
{
	struct ledger_run_form *form = w->form;
	TRY(NEW(job, w->run->results_len + 1, &form->results));
	for (size_t i = 0; i < w->run->results_len; i++) {
		const struct ledger_result *from = &w->run->results[i];
		slice reason = from->reason.at != NULL ? from->reason : S("");
		if ((unsigned)from->verdict > LEDGER_COULD_NOT_LOOK)
			return err_set(
			    job, ERR_BUG, "run: a verdict must be one of ledger_verdict_words, found number %u", (unsigned)from->verdict);
		form->results[i] = (struct ledger_run_result){.check = from->check, .verdict = from->verdict, .reason = reason};
	}
	form->results_len = w->run->results_len;
	qsort(form->results, form->results_len, sizeof *form->results, order_results);
	for (size_t i = 1; i < form->results_len; i++)
		if (slice_same(form->results[i - 1].check, form->results[i].check))
			return err_set(
			    job, ERR_BUG, "run: a check must stand once in a run, found \"%.*s\" twice", SLICE(form->results[i].check));
	return OK;
}

static err
findings_lay(struct job *job, const struct ledger_run *run, struct ledger_finding **ret)
{
	struct ledger_finding *now;
	TRY(NEW(job, run->findings_len + 1, &now));
	for (size_t i = 0; i < run->findings_len; i++) {
		TRY(finding_check(job, run, &run->findings[i]));
		now[i] = run->findings[i];
	}
	qsort(now, run->findings_len, sizeof *now, order_findings);
	for (size_t i = 1; i < run->findings_len; i++)
		if (slice_same(now[i - 1].id, now[i].id))
			return err_set(job, ERR_BUG, "run: a finding must stand once in a run, found %.*s twice", SLICE(now[i].id));
	*ret = now;
	return OK;
}

static const struct ledger_run_result *
result_of(const struct working *w, slice check)
{
	struct ledger_run_result wanted = {.check = check};
	return bsearch(&wanted, w->form->results, w->form->results_len, sizeof wanted, order_results);
}

/* A finding that is open but was not found again. It is gone, unless nobody looked: the check was not asked, or could not look. */
static bool
is_gone(const struct working *w, const struct ledger_finding *open)
{
	const struct ledger_run_result *result = result_of(w, open->check);
	if (result == NULL)
		return !w->run->partial;
	return result->verdict != LEDGER_COULD_NOT_LOOK;
}

static bool
says_same(const struct ledger_finding *a, const struct ledger_finding *b)
{
	return slice_same(a->check, b->check) && slice_same(a->severity, b->severity) && slice_same(a->says, b->says) &&
	       slice_same(a->key, b->key) && slice_same(a->row, b->row);
}

static struct ledger_run_finding
saying(const struct ledger_finding *f)
{
	return (struct ledger_run_finding){
	    .id = f->id, .check = f->check, .severity = f->severity, .says = f->says, .key = f->key, .row = f->row};
}

/* Walk both sorted lists at once. */
static err
findings_merge(struct job *job, struct working *w, const struct ledger_finding *now, size_t now_len)
{
	struct ledger_run_form *form = w->form;
	TRY(NEW(job, now_len + 1, &form->found));
	TRY(NEW(job, now_len + 1, &form->changed));
	TRY(NEW(job, w->open_len + 1, &form->gone));
	for (size_t i = 0, j = 0; i < now_len || j < w->open_len;) {
		int order = i == now_len ? 1 : j == w->open_len ? -1 : slice_order(now[i].id, w->open[j].id);
		if (order < 0) {
			form->found[form->found_len++] = saying(&now[i++]);
		} else if (order > 0) {
			if (is_gone(w, &w->open[j]))
				form->gone[form->gone_len++] = w->open[j].id;
			else
				w->still++;
			j++;
		} else {
			if (!says_same(&now[i], &w->open[j]))
				form->changed[form->changed_len++] = saying(&now[i]);
			w->still++;
			i++, j++;
		}
	}
	return OK;
}

static err
host_need_accepted(struct job *job, struct ledger *ledger, slice host)
{
	struct ledger_moment now;
	struct ledger_host *hosts;
	size_t len;
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(ledger_hosts(job, ledger, now, &hosts, &len));
	for (size_t i = 0; i < len; i++)
		if (slice_same(hosts[i].id, host) && hosts[i].state == LEDGER_HOST_ACCEPTED)
			return OK;
	return err_set(job, ERR_DENIED, "run: host \"%.*s\" must be an accepted host of this ledger", SLICE(host));
}

err
ledger_run_append(struct job *job, struct ledger *ledger, const struct ledger_run *run, struct ledger_run_change *ret)
{
	struct ledger_run_form form = {.host = run->host, .at_us = run->at_us, .content = run->content, .partial = run->partial};
	struct working w = {.run = run, .form = &form};
	struct ledger_run_change change = {0};
	struct ledger_subject subject = {.name = S("run")};
	struct ledger_moment now;
	struct ledger_finding *findings = NULL;
	if (!run->records)
		TRY(host_need_accepted(job, ledger, run->host));
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(ledger_findings(job, ledger, now, LEDGER_FINDINGS_OPEN, S(""), run->host, &w.open, &w.open_len));
	if (w.open_len > 1)
		qsort(w.open, w.open_len, sizeof *w.open, order_findings);
	TRY(results_lay(job, &w));
	TRY(findings_lay(job, run, &findings));
	TRY(findings_merge(job, &w, findings, run->findings_len));
	TRY(ledger_run_form_write(job, &form, &subject.content));
	struct ledger_draft draft = {
	    .kind = LEDGER_RUN, .host = run->host, .from_us = run->at_us, .to_us = run->at_us, .subjects = &subject, .subjects_len = 1};
	TRY(ledger_append(job, ledger, &draft, 1, &change.receipt));
	change.found = form.found_len;
	change.gone = form.gone_len;
	change.still = w.still;
	*ret = change;
	return OK;
}

/* By prefix */

static bool
is_hex(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!((text.at[i] >= '0' && text.at[i] <= '9') || (text.at[i] >= 'a' && text.at[i] <= 'f')))
			return false;
	return true;
}

err
ledger_finding(struct job *job, struct ledger *ledger, struct ledger_moment at, slice id, struct ledger_finding *ret)
{
	struct ledger_finding *all, *found = NULL;
	size_t len;
	if (id.len < MIN_PREFIX || id.len > ID_LEN || !is_hex(id))
		return err_set(job, ERR_INPUT, "a finding is named by %d to %d hex digits, found \"%.*s\"", MIN_PREFIX, ID_LEN,
		    (int)(id.len < 40 ? id.len : 40), id.at);
	TRY(ledger_findings(job, ledger, at, LEDGER_FINDINGS_OPEN | LEDGER_FINDINGS_ENDED, S(""), S(""), &all, &len));
	for (size_t i = 0; i < len; i++) {
		if (!slice_starts(all[i].id, id))
			continue;
		if (found != NULL && !slice_same(found->id, all[i].id))
			return err_set(job, ERR_CONFLICT, "finding %.*s: more than one begins so, %.*s and %.*s among them", SLICE(id),
			    SLICE(found->id), SLICE(all[i].id));
		/* The same finding may have come and gone before: the open one, else the last. */
		if (found == NULL || found->state != LEDGER_FINDING_OPEN)
			found = &all[i];
	}
	if (found == NULL)
		return err_set(job, ERR_MISSING, "finding %.*s: there is no finding whose id begins so", SLICE(id));
	*ret = *found;
	return OK;
}
