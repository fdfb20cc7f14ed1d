/*
 * The rows of a pack: registers, ledger, checks and what is cited, of one service at one moment, as far as whoever asks may see them.
 * Deliberately gives nothing that assay query, finding and status would not show to the same person.
 */
#include "cli/cli_report.h"

#include <string.h>

#include "base/json.h"
#include "check/check_observe.h"
#include "check/check_period.h"
#include "registry/registry_table.h"

static bool
is_subject(const struct cli_pack *pack, slice id)
{
	for (size_t i = 0; i < pack->subjects_len; i++)
		if (slice_same(pack->subjects[i], id))
			return true;
	return pack->subjects_len == 0;
}

slice
cli_report_subject(const struct cli_pack *pack, slice id)
{
	for (size_t i = 0; i < pack->hosts_len; i++)
		if (slice_same(pack->hosts[i].id, id))
			return pack->hosts[i].name.len > 0 ? pack->hosts[i].name : id;
	return pack->subjects_len > 0 && slice_same(pack->subjects[0], id) ? pack->service_name : id;
}

err
cli_report_person(struct job *job, void *to, slice token, slice *ret)
{
	const struct cli_pack *pack = to;
	slice says;
	*ret = token;
	if (token.len != 32) /* "(kept)": that there is somebody, and not who */
		return OK;
	TRY(job_format(job, &says, "{person:%.*s}", SLICE(token)));
	return ledger_person_show(job, pack->view.ledger, says, ret);
}

/* Registers */

static err
note_rows(struct job *job, struct cli_pack *pack, const struct registry_register *def, const struct rows *rows, const struct query_read *reads, size_t len)
{
	slice *columns;
	size_t columns_len = 0;
	for (size_t i = 0; i < rows->len; i++) {
		struct registry_record record = {.def = def, .base = {.number = rows->row[i][REGISTRY_NUMBER_COLUMN].number}, .cells = rows->row[i]};
		unsigned rank = registry_record_rank(&record);
		pack->rank = rank > pack->rank ? rank : pack->rank;
	}
	TRY(NEW(job, len + 1, &columns));
	for (size_t i = 0; i < len; i++)
		if (slice_same_nocase(reads[i].table, slice_of(def->table_name)) && reads[i].column.len > 0)
			columns[columns_len++] = reads[i].column;
	return columns_len > 0 ? registry_access_note_rows(job, pack->access, rows, def, columns, columns_len) : OK;
}

static err
register_rows(struct job *job, struct cli_pack *pack, const struct table *table, const struct registry_register *def, const struct query_read *reads, size_t len,
    struct rows *ret)
{
	const struct registry_rows_of of = {.at = pack->view.at, .service = pack->about.service};
	if (table == &registry_observation_table)
		TRY(check_observe(job, pack->view.ledger, pack->registry, pack->source, pack->view.at, ret));
	else if (table == &registry_observed_change_table)
		TRY(check_observed_changes(job, pack->view.ledger, pack->registry, pack->source, pack->view.at, ret));
	else
		TRY(registry_rows(job, pack->registry, slice_of(table->name), &of, ret));
	TRY(registry_access_rows(job, pack->access, &pack->coverage, def, ret));
	return def != NULL ? note_rows(job, pack, def, ret, reads, len) : OK;
}

/* The ledger */

/* A finding is seen by whoever may read what it is about. */
static bool
is_seen(struct job *job, const struct cli_pack *pack, slice check_id, slice row)
{
	const struct check *check = check_find(&pack->view.checks, check_id);
	const json_t *json;
	int64_t number = 0;
	if (check == NULL || check->registry.len == 0)
		return true;
	if (json_read(job, "a finding's row", row, &json).code == ERR_NONE)
		number = json_integer_value(json_object_get(json, "number"));
	return number > 0 ? registry_coverage_has(&pack->coverage, check->registry, number) : registry_coverage_any(&pack->coverage, check->registry);
}

static err
ledger_rows(struct job *job, struct cli_pack *pack, slice table, struct rows *ret)
{
	size_t kept = 0;
	TRY(ledger_table(job, pack->view.ledger, pack->view.at, table, ret));
	int host = table_column(ret->table, S("host")), says = table_column(ret->table, S("says"));
	bool finding = slice_same(table, S("finding"));
	int check = table_column(ret->table, S("check_id")), row = table_column(ret->table, S("row"));
	for (size_t i = 0; i < ret->len; i++) {
		struct cell *cells = ret->row[i];
		if (host >= 0 && cells[host].text.len > 0 && !is_subject(pack, cells[host].text))
			continue;
		if (finding && !is_seen(job, pack, cells[check].text, cells[row].text))
			continue;
		if (host >= 0)
			cells[host].text = cli_report_subject(pack, cells[host].text);
		if (says >= 0)
			TRY(ledger_person_show(job, pack->view.ledger, cells[says].text, &cells[says].text));
		ret->row[kept++] = cells;
	}
	ret->len = kept;
	return OK;
}

/* Checks */

static err
check_rows(struct job *job, const struct cli_pack *pack, struct rows *ret)
{
	rows_open(ret, job, &report_pack_check_table);
	for (size_t i = 0; i < pack->view.checks.len; i++) {
		const struct check *check = &pack->view.checks.at[i];
		struct buf buf = buf_open(job, "answers", 64 * KIB);
		slice answers;
		for (size_t a = 0; a < check->answers_len; a++) {
			buf_text(&buf, a > 0 ? "\n" : "");
			buf_add(&buf, check->answers[a]->id);
		}
		TRY(buf_end(&buf, &answers));
		TRY(rows_add(ret, (struct cell[]){TEXT(check->id), TEXT(check->title), TEXT(check->severity), TEXT(check->why), TEXT(check->remedy), TEXT(check->registry),
				      TEXT(answers)}));
	}
	return OK;
}

static struct cell
instant_or_nil(int64_t at_us)
{
	return at_us != 0 ? INT(at_us) : NIL;
}

/* Rounded down: what held all but a second is not shown as the whole. */
static struct cell
share(int64_t us, int64_t whole_us)
{
	return INT((int64_t)((__int128)us * 10000 / whole_us));
}

static err
effectiveness_row(struct job *job, const struct cli_pack *pack, const struct check *check, const struct check_period_subject *one, struct rows *rows)
{
	const struct check_period *period = &one->period;
	int64_t whole = pack->about.to_us - pack->about.from_us;
	const char *state = check_period_words[period->intervals[period->intervals_len - 1].state];
	(void)job;
	return rows_add(rows, (struct cell[]){TEXT(check->id), TEXT(cli_report_subject(pack, one->subject)), TEXT(check->title), TEXT(check->severity),
				  TEXT(slice_of(state)), share(period->us[PERIOD_PASS], whole), share(period->us[PERIOD_FAIL], whole),
				  share(period->us[PERIOD_NOT_APPLICABLE], whole), share(period->us[PERIOD_COULD_NOT_LOOK], whole),
				  share(period->us[PERIOD_NOT_OBSERVED], whole), INT((int64_t)period->runs), INT((int64_t)period->changes),
				  instant_or_nil(period->first_us), instant_or_nil(period->last_us), instant_or_nil(period->failed_since_us)});
}

/* Every check on everything of the service that it was asked of; what was never asked of it is not listed. */
static err
effectiveness_rows(struct job *job, struct cli_pack *pack, struct rows *ret)
{
	rows_open(ret, job, &report_pack_effectiveness_table);
	if (pack->about.to_us <= pack->about.from_us)
		return OK;
	for (size_t i = 0; i < pack->view.checks.len; i++) {
		const struct check *check = &pack->view.checks.at[i];
		const struct check_period_ask ask = {
		    .at = pack->view.at, .check = check, .from_us = pack->about.from_us, .to_us = pack->about.to_us};
		struct check_period_subject *list;
		size_t len;
		job_progress(job, "looking back", i, pack->view.checks.len);
		TRY(check_period_list(job, pack->view.ledger, &ask, &list, &len));
		for (size_t s = 0; s < len; s++)
			if (is_subject(pack, list[s].subject))
				TRY(effectiveness_row(job, pack, check, &list[s], ret));
	}
	return OK;
}

/* What is cited: the newest reading of each fact table, each run and attestation that answers a part, each record that may be read. */

static err
cite_readings(struct job *job, const struct cli_pack *pack, struct rows *rows)
{
	struct ledger_reading *list;
	size_t len;
	TRY(ledger_readings(job, pack->view.ledger, pack->view.at, S(""), S(""), &list, &len));
	for (size_t i = 0; i < len; i++) {
		slice what, digest;
		if (!is_subject(pack, list[i].host))
			continue;
		TRY(job_format(job, &what, "facts %.*s", SLICE(list[i].table)));
		TRY(job_copy(job, slice_of(digest_text(&list[i].digest).at), &digest));
		TRY(rows_add(rows, (struct cell[]){INT((int64_t)list[i].entry), TEXT(S("evidence")), TEXT(what), TEXT(cli_report_subject(pack, list[i].host)),
				       INT(list[i].collected_us), TEXT(digest)}));
	}
	return OK;
}

static err
cite_answer(struct job *job, const struct cli_pack *pack, const struct part *part, const struct part_answer *answer, struct rows *rows)
{
	struct ledger_entry entry;
	slice what, digest;
	TRY(ledger_entry(job, pack->view.ledger, answer->entry, &entry));
	if (answer->check != NULL)
		TRY(job_format(job, &what, "check %.*s: %.*s", SLICE(answer->check->id), SLICE(answer->check->title)));
	else
		TRY(job_format(job, &what, "attested: %.*s", SLICE(part->says)));
	TRY(job_copy(job, slice_of(digest_text(&entry.statement).at), &digest));
	return rows_add(rows, (struct cell[]){INT((int64_t)answer->entry), TEXT(slice_of(ledger_kind_words[entry.kind])), TEXT(what),
				  TEXT(answer->host.len > 0 ? cli_report_subject(pack, answer->host) : pack->service_name), INT(entry.received_us), TEXT(digest)});
}

static err
cite_answers(struct job *job, const struct cli_pack *pack, struct rows *rows)
{
	for (size_t i = 0; i < pack->view.verdicts_len; i++)
		for (size_t p = 0; p < pack->view.verdicts[i].requirement->parts_len; p++) {
			const struct part_verdict *part = &pack->view.verdicts[i].parts[p];
			for (size_t a = 0; a < part->answers_len; a++)
				TRY(cite_answer(job, pack, part->part, &part->answers[a], rows));
		}
	return OK;
}

static err
cite_records(struct job *job, struct cli_pack *pack, const struct registry_register *def, struct rows *rows)
{
	struct ledger_record *bases;
	size_t len;
	TRY(ledger_records(job, pack->view.ledger, pack->view.at, def->id, &bases, &len));
	for (size_t i = 0; i < len; i++) {
		struct registry_record record;
		struct ledger_change *changes;
		size_t changes_len;
		slice what, digest;
		TRY(registry_record_of(job, def, &bases[i], &record));
		int64_t service = registry_record_service(pack->registry, &record);
		struct registry_ask ask = registry_ask_of(pack->registry, &record, S("read"));
		if ((pack->about.service > 0 && service != pack->about.service) || !registry_coverage_has(&pack->coverage, def->id, bases[i].number) ||
		    !registry_access_allows(pack->access, &ask, NULL))
			continue;
		TRY(ledger_record_changes(job, pack->view.ledger, pack->view.at, bases[i].uid, &changes, &changes_len));
		if (changes_len == 0)
			continue;
		const struct ledger_change *newest = &changes[changes_len - 1];
		unsigned rank = registry_record_rank(&record);
		pack->rank = rank > pack->rank ? rank : pack->rank;
		TRY(job_format(job, &what, "%.*s %lld, version %lld: %.*s", SLICE(def->title), (long long)bases[i].number, (long long)bases[i].version,
		    SLICE(record.label)));
		TRY(job_copy(job, slice_of(digest_text(&newest->content).at), &digest));
		TRY(rows_add(rows, (struct cell[]){INT((int64_t)newest->entry), TEXT(S("change")), TEXT(what), TEXT(pack->service_name), INT(newest->made_us), TEXT(digest)}));
	}
	return OK;
}

static err
cited_rows(struct job *job, struct cli_pack *pack, struct rows *ret)
{
	rows_open(ret, job, &report_pack_cited_table);
	TRY(cite_readings(job, pack, ret));
	TRY(cite_answers(job, pack, ret));
	for (size_t i = 0; i < pack->registry->registers.len; i++)
		TRY(cite_records(job, pack, &pack->registry->registers.at[i], ret));
	rows_sort(ret);
	return OK;
}

err
cli_report_rows(struct job *job, void *to, slice table, const struct query_read *reads, size_t reads_len, struct rows *ret)
{
	struct cli_pack *pack = to;
	const struct registry_register *def = NULL;
	const struct table *found = registry_table_find(&pack->registry->registers, table, &def);
	if (found != NULL)
		return register_rows(job, pack, found, def, reads, reads_len, ret);
	if (slice_same_nocase(table, slice_of(report_pack_check_table.name)))
		return check_rows(job, pack, ret);
	if (slice_same_nocase(table, slice_of(report_pack_effectiveness_table.name)))
		return effectiveness_rows(job, pack, ret);
	if (slice_same_nocase(table, slice_of(report_pack_cited_table.name)))
		return cited_rows(job, pack, ret);
	return ledger_rows(job, pack, table, ret);
}
