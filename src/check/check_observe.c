/*
 * Observed beside declared: what every host shows, and every record that should be shown, each with its state.
 * Deliberately changes nothing: what is proposed is accepted or ignored by a person.
 */
#include "check/check_observe_priv.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/ledger_ignore.h"
#include "registry/registry_table.h"

const char *const check_observed_words[] = {"unrecorded", "unseen", "recorded", "ignored", "could-not-look", NULL};

/* A record that is not ended. */
struct declared {
	slice match;
	const struct cell *cells;
	int64_t number, seen_us;
	bool shown; /* by the newest facts of a host */
};

/* What one host shows now, and which rows came of it. */
struct looking {
	struct check_shown newest;
	size_t from, to;
};

struct observing {
	struct job *scratch;
	struct ledger *ledger;
	const struct registry *registry;
	struct ledger_moment at;
	struct check_observe_plan plan;
	struct declared *declared; /* sorted by match */
	size_t declared_len;
	const struct ledger_ignore *ignores; /* sorted by key */
	size_t ignores_len;
	const struct ledger_host *hosts;
	size_t hosts_len;
	struct looking *looking; /* by host; of those that are not accepted, or sent nothing yet, newest.any is false */
	struct check_observations *out;
	size_t room;
};

/* Records */

static int
by_match(const void *a, const void *b)
{
	const struct declared *x = a, *y = b;
	int order = slice_order(x->match, y->match);
	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static err
take_records(struct job *job, struct observing *o)
{
	const struct registry_register *def = o->plan.def;
	struct registry_rows_of of = {.at = o->at};
	struct rows rows;
	TRY(registry_rows(job, o->registry, slice_of(def->table_name), &of, &rows));
	TRY(NEW(job, rows.len + 1, &o->declared));
	for (size_t i = 0; i < rows.len; i++) {
		struct declared *declared = &o->declared[o->declared_len];
		struct buf buf = buf_open(job, "a record's key", 256 * KIB);
		if (!rows.row[i][REGISTRY_ENDED].null)
			continue;
		for (size_t k = 0; k < def->observed->key_len; k++) {
			int column = o->plan.matches[k]->column;
			const struct cell *cell = &rows.row[i][column];
			check_observe_match(&buf, cell, def->table.columns[column].type);
		}
		TRY(buf_end(&buf, &declared->match));
		declared->cells = rows.row[i];
		declared->number = rows.row[i][REGISTRY_NUMBER_COLUMN].number;
		o->declared_len++;
	}
	if (o->declared_len > 0)
		qsort(o->declared, o->declared_len, sizeof *o->declared, by_match);
	return OK;
}

/* The first of those that match, or NULL; the others follow it. */
static struct declared *
declared_find(const struct observing *o, slice match)
{
	size_t low = 0, high = o->declared_len;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (slice_order(o->declared[middle].match, match) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < o->declared_len && slice_same(o->declared[low].match, match) ? &o->declared[low] : NULL;
}

static bool
is_filled(const struct observing *o, const struct declared *declared)
{
	const struct cell *cell = &declared->cells[o->plan.matches[0]->column];
	return !cell->null && (o->plan.def->table.columns[o->plan.matches[0]->column].type != COLUMN_TEXT || cell->text.len > 0);
}

/* Rows */

static err
add(struct job *job, struct observing *o, const struct check_observed *observed)
{
	struct check_observations *out = o->out;
	struct buf buf = buf_open(job, "an identity", 64 * KIB);
	slice text;
	if (out->len == o->room) {
		struct check_observed *grown;
		o->room = o->room * 2 + 64;
		TRY(NEW(job, o->room, &grown));
		if (out->len > 0)
			memcpy(grown, out->at, out->len * sizeof *grown);
		out->at = grown;
	}
	struct check_observed *added = &out->at[out->len++];
	*added = *observed;
	buf_add(&buf, o->plan.def->id);
	buf_byte(&buf, '\0');
	buf_add(&buf, observed->key);
	TRY(buf_end(&buf, &text));
	struct digest digest = code_sha256(text);
	return job_format(job, &added->id, "%.12s", digest_text(&digest).at);
}

static const struct ledger_ignore *
ignored(const struct observing *o, slice key)
{
	for (size_t low = 0, high = o->ignores_len; low < high;) {
		size_t middle = low + (high - low) / 2;
		int order = slice_order(o->ignores[middle].key, key);
		if (order == 0)
			return o->ignores[middle].until_us > o->at.now_us ? &o->ignores[middle] : NULL;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool
is_stale(const struct observing *o, int64_t seen_us)
{
	return instant_after(seen_us, o->plan.def->observed->unseen) < o->at.now_us;
}

static err
add_shown(struct job *job, struct observing *o, const struct ledger_host *host, const struct check_shown *shown, const struct check_shown_row *row)
{
	struct check_observed observed = {
	    .host = host->name, .key = row->key, .last_seen_us = shown->seen_us, .cells = row->cells, .is_text = row->is_text};
	struct declared *declared = declared_find(o, row->match), *end = o->declared + o->declared_len;
	if (declared == NULL) {
		const struct ledger_ignore *ignore = ignored(o, row->key);
		observed.state = ignore != NULL ? CHECK_IGNORED : CHECK_UNRECORDED;
		observed.until_us = ignore != NULL ? ignore->until_us : 0;
		observed.why = ignore != NULL ? ignore->why : S("");
		observed.first_seen_us = shown->seen_us;
		return add(job, o, &observed);
	}
	observed.number = declared->number;
	observed.state = CHECK_RECORDED;
	for (; declared < end && slice_same(declared->match, row->match); declared++) {
		declared->shown = true;
		if (shown->seen_us > declared->seen_us)
			declared->seen_us = shown->seen_us;
	}
	return is_stale(o, shown->seen_us) ? OK : add(job, o, &observed); /* shown long ago only: add_unseen() says so */
}

/* The past, a day at a time */

/* A record may be of any host when its key names none. */
static bool
is_of(const struct observing *o, const struct declared *declared, const struct ledger_host *host)
{
	int part = o->plan.host_part;
	return part < 0 || slice_same(declared->cells[o->plan.matches[part]->column].text, host->name);
}

static bool
is_missing_any(const struct observing *o, const struct ledger_host *host)
{
	for (size_t i = 0; i < o->declared_len; i++) {
		const struct declared *declared = &o->declared[i];
		if (!declared->shown && declared->seen_us == 0 && is_filled(o, declared) && is_of(o, declared, host))
			return true;
	}
	return false;
}

static void
note_missing(struct observing *o, const struct check_shown *shown)
{
	for (size_t i = 0; i < o->declared_len; i++) {
		struct declared *declared = &o->declared[i];
		if (!declared->shown && shown->seen_us > declared->seen_us && check_shown_has(shown, declared->match))
			declared->seen_us = shown->seen_us;
	}
}

/* Rows that ${shown} has too were there already then. False: none goes on. */
static bool
note_first(struct observing *o, const struct looking *looking, bool *going, const struct check_shown *shown)
{
	const struct check_shown *newest = &looking->newest;
	bool any = false;
	size_t row = 0;
	for (size_t i = looking->from; i < looking->to; i++) {
		struct check_observed *observed = &o->out->at[i];
		bool *goes = &going[i - looking->from];
		if (observed->first_seen_us == 0 || !*goes)
			continue;
		while (row < newest->len && newest->at[row].cells != observed->cells) /* both are in the order of the newest rows */
			row++;
		*goes = row < newest->len && check_shown_has(shown, newest->at[row].match);
		if (!*goes)
			continue;
		any = true;
		if (shown->seen_us < observed->first_seen_us)
			observed->first_seen_us = shown->seen_us;
	}
	return any;
}

static err
look_back(struct job *job, struct observing *o, const struct ledger_host *host, const struct looking *looking)
{
	struct check_shown before = looking->newest, shown;
	struct ledger_moment then;
	bool *going, first = looking->to > looking->from;
	TRY(NEW(job, looking->to - looking->from + 1, &going));
	memset(going, 1, looking->to - looking->from + 1);
	for (int64_t day = 1; day <= CHECK_OBSERVED_DAYS; day++) {
		bool missing = !is_stale(o, o->at.now_us - day * DAY_US) && is_missing_any(o, host);
		if (!first && !missing)
			return OK;
		TRY(ledger_moment(job, o->ledger, o->at.now_us - day * DAY_US, &then));
		if (then.size > o->at.size)
			then.size = o->at.size;
		TRY(check_observe_host(job, o->scratch, o->ledger, &o->plan, host, then, &before, &shown));
		if (!shown.any)
			return OK;
		if (missing)
			note_missing(o, &shown);
		if (shown.blind) /* it says nothing of what was not there */
			continue;
		first = first && note_first(o, looking, going, &shown);
		before = shown;
	}
	return OK;
}

/* Records that no host shows */

/* Could a host that did not look still have it? */
static bool
may_be_hidden(const struct observing *o, const struct declared *declared)
{
	for (size_t i = 0; i < o->hosts_len; i++)
		if (o->looking[i].newest.any && o->looking[i].newest.blind && is_of(o, declared, &o->hosts[i]))
			return true;
	return false;
}

/* A person's name of a token is opened to make the mark that an observed name gets, and kept nowhere. */
static err
record_value(struct job *job, struct observing *o, const struct declared *declared, size_t part, slice *ret)
{
	const struct registry_field *field = o->plan.matches[part];
	const struct cell *cell = &declared->cells[field->column];
	TRY(check_observe_text(job, field, cell, o->plan.def->table.columns[field->column].type == COLUMN_TEXT, ret));
	if (field->type != REGISTRY_PERSON || ret->len == 0)
		return OK;
	TRY(job_format(job, ret, "{person:%.*s}", SLICE(*ret)));
	return ledger_person_show(job, o->ledger, *ret, ret);
}

static err
add_unshown(struct job *job, struct observing *o, const struct declared *declared)
{
	struct check_observed observed = {.number = declared->number, .last_seen_us = declared->seen_us};
	struct buf key = buf_open(job, "a record's key", 64 * KIB);
	int64_t since_us = declared->cells[REGISTRY_MADE].number;
	bool stale = is_stale(o, since_us > declared->seen_us ? since_us : declared->seen_us);
	observed.state = stale && !may_be_hidden(o, declared) ? CHECK_UNSEEN : CHECK_RECORDED;
	for (size_t i = 0; i < o->plan.def->observed->key_len; i++) {
		slice value;
		TRY(record_value(job, o, declared, i, &value));
		TRY(check_observe_key(job, o->ledger, &key, value, o->plan.personal[i]));
	}
	TRY(buf_end(&key, &observed.key));
	return add(job, o, &observed);
}

/* All hosts */

static err
observe_host(struct job *job, struct observing *o, const struct ledger_host *host, struct looking *looking)
{
	struct check_shown *shown = &looking->newest;
	looking->from = o->out->len;
	TRY(check_observe_host(job, o->scratch, o->ledger, &o->plan, host, o->at, NULL, shown));
	for (size_t i = 0; shown->any && i < shown->len; i++)
		TRY(add_shown(job, o, host, shown, &shown->at[i]));
	looking->to = o->out->len;
	struct check_observed blind = {.host = host->name, .key = S(""), .state = CHECK_BLIND, .last_seen_us = shown->seen_us};
	return shown->any && shown->blind ? add(job, o, &blind) : OK;
}

static err
observe_hosts(struct job *job, struct observing *o)
{
	TRY(NEW(job, o->hosts_len + 1, &o->looking));
	for (size_t i = 0; i < o->hosts_len; i++)
		if (o->hosts[i].state == LEDGER_HOST_ACCEPTED && o->hosts[i].last_seen_us != 0)
			TRY(observe_host(job, o, &o->hosts[i], &o->looking[i]));
	for (size_t i = 0; i < o->hosts_len; i++) {
		job_progress(job, "looking back", i, o->hosts_len);
		if (o->looking[i].newest.any)
			TRY(look_back(job, o, &o->hosts[i], &o->looking[i]));
	}
	return OK;
}

static int
by_key(const void *a, const void *b)
{
	const struct check_observed *x = a, *y = b;
	int order = slice_order(x->key, y->key);
	if (order == 0)
		order = slice_order(x->host, y->host);
	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static err
observe_all(struct job *job, struct observing *o)
{
	struct ledger_host *hosts;
	struct ledger_ignore *ignores;
	TRY(take_records(job, o));
	TRY(ledger_ignores(job, o->ledger, o->at, o->plan.def->id, &ignores, &o->ignores_len));
	o->ignores = ignores;
	TRY(ledger_hosts(job, o->ledger, o->at, &hosts, &o->hosts_len));
	o->hosts = hosts;
	TRY(observe_hosts(job, o));
	for (size_t i = 0; i < o->declared_len; i++)
		if (is_filled(o, &o->declared[i]) && (!o->declared[i].shown || is_stale(o, o->declared[i].seen_us)))
			TRY(add_unshown(job, o, &o->declared[i]));
	if (o->out->len > 0)
		qsort(o->out->at, o->out->len, sizeof *o->out->at, by_key);
	return OK;
}

static err
observe_with(struct job *job, struct observing *o, const struct check_schema *schema, const struct registry_register *def,
    struct check_observations *ret)
{
	*ret = (struct check_observations){.def = def};
	o->out = ret;
	TRY(check_observe_plan(job, schema, def, &o->plan));
	ret->columns = o->plan.columns;
	ret->columns_len = o->plan.columns_len;
	return observe_all(job, o);
}

err
check_observe_register(struct job *job, struct ledger *ledger, const struct registry *registry, const struct registry_register *def,
    const char *source_dir, struct ledger_moment at, struct check_observations *ret)
{
	DEFER(arena_close_at) struct arena *arena = arena_open("observing", CHECK_OBSERVED_MEMORY);
	struct observing o = {.ledger = ledger, .registry = registry, .at = at};
	struct check_schema schema;
	struct job scratch;
	if (arena == NULL)
		return err_set(job, ERR_LIMIT, "observing: the system has no memory");
	job_init(&scratch, arena);
	scratch.now_us = job->now_us;
	o.scratch = &scratch;
	TRY(check_schema_open(job, source_dir, &schema));
	return observe_with(job, &o, &schema, def, ret);
}

err
check_observe(struct job *job, struct ledger *ledger, const struct registry *registry, const char *source_dir, struct ledger_moment at, struct rows *ret)
{
	struct rows rows;
	rows_open(&rows, job, &registry_observation_table);
	for (size_t i = 0; i < registry->registers.len; i++) {
		const struct registry_register *def = &registry->registers.at[i];
		struct check_observations found;
		if (def->observed == NULL)
			continue;
		TRY(check_observe_register(job, ledger, registry, def, source_dir, at, &found));
		for (size_t n = 0; n < found.len; n++) {
			const struct check_observed *one = &found.at[n];
			TRY(rows_add(&rows, (struct cell[]){TEXT(def->id), TEXT(one->host), TEXT(one->key),
						TEXT(slice_of(check_observed_words[one->state])), one->number != 0 ? INT(one->number) : NIL,
						one->first_seen_us != 0 ? INT(one->first_seen_us) : NIL,
						one->last_seen_us != 0 ? INT(one->last_seen_us) : NIL}));
		}
	}
	*ret = rows;
	return OK;
}

/* What a record is to be given */

/* One line of text is made from what hosts wrote; whatever else does not fit is said when it is written. */
static err
fit(struct job *job, const struct registry_field *field, slice value, slice *ret)
{
	char *line;
	*ret = value;
	if (field->type == REGISTRY_PERSON && value.len > 0 && value.at[0] == '=') /* =actor would mean whoever accepts it */
		*ret = S("");
	if (field->type != REGISTRY_TEXT)
		return OK;
	value = check_text_cut(value, field->max_bytes);
	TRY(NEW(job, value.len + 1, &line));
	for (size_t i = 0; i < value.len; i++)
		line[i] = (unsigned char)value.at[i] < ' ' ? ' ' : value.at[i];
	*ret = slice_trim(slice_bytes(line, value.len));
	return OK;
}

static err
add_input(struct job *job, const struct check_observations *observations, const struct check_observed *observed, slice field_id, slice column,
    struct registry_input *inputs, size_t *len)
{
	const struct registry_field *field = registry_field(observations->def, field_id);
	slice value = S("");
	for (size_t i = 0; i < observations->columns_len; i++)
		if (slice_same(observations->columns[i], column))
			TRY(check_observe_text(job, field, &observed->cells[i], observed->is_text[i], &value));
	TRY(fit(job, field, value, &value));
	if (value.len > 0)
		inputs[(*len)++] = (struct registry_input){.field = field, .text = value};
	return OK;
}

err
check_observe_inputs(struct job *job, const struct check_observations *observations, const struct check_observed *observed, bool matches,
    struct registry_input **ret, size_t *ret_len)
{
	const struct registry_observed *rule = observations->def->observed;
	*ret_len = 0;
	TRY(NEW(job, rule->key_len + rule->sets_len + 1, ret));
	for (size_t i = 0; observed->cells != NULL && i < rule->key_len; i++) {
		bool set = false;
		for (size_t s = 0; !matches && s < rule->sets_len; s++)
			set = set || slice_same(rule->sets[s].field, rule->matches[i]);
		if (!set)
			TRY(add_input(job, observations, observed, rule->matches[i], rule->key[i], *ret, ret_len));
	}
	for (size_t i = 0; observed->cells != NULL && !matches && i < rule->sets_len; i++)
		TRY(add_input(job, observations, observed, rule->sets[i].field, rule->sets[i].value, *ret, ret_len));
	return OK;
}
