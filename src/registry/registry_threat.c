/*
 * Threats, read strictly from content. A wrong one is an error by file and line, never one threat less.
 * Deliberately does not: ask what is threatened (registry_assess.c), or know a register.
 */
#include "registry/registry_threat.h"

#include <stdlib.h>
#include <string.h>

#include "registry/registry_register_priv.h"
#include "registry/registry_value.h"

#define MAX_TITLE 120
#define HIGHEST 5

const char *const registry_threat_columns[] = {
    "id", "title", "about", "category", "kind", "stride", "controls", "likelihood", "impact", "source", "story", NULL};

/* Reading */

static err
read_target(struct job *job, const struct registry_registers *registers, const struct registry_register *def, const struct yaml *node,
    struct registry_threat_target *ret)
{
	static const char *const keys[] = {"register", "when", "sql", "because", NULL};
	const struct registry_register *of;
	bool linked = false;
	slice sql;
	ret->node = node;
	TRY(yaml_is_map(job, node, "what it is a threat to"));
	TRY(yaml_only(job, node, keys));
	TRY(yaml_need_text(job, node, "register", &ret->registry));
	TRY(yaml_maybe_text(job, node, "when", &ret->when));
	TRY(yaml_maybe_text(job, node, "sql", &sql));
	TRY(yaml_need_text(job, node, "because", &ret->because));
	for (size_t i = 0; i < def->assess->links_len; i++)
		linked = linked || slice_same(def->assess->links[i].value, ret->registry);
	of = registry_find(registers, ret->registry);
	if (!linked || of == NULL)
		return yaml_refuse(job, node, "register: %.*s links threats to no records of \"%.*s\"", SLICE(def->id), SLICE(ret->registry));
	if (ret->when.len > 0 && sql.len > 0)
		return yaml_refuse(job, node, "applies-to: either when or sql, found both");
	if (sql.len == 0)
		TRY(job_format(job, &sql, "SELECT number FROM %s WHERE ended IS NULL AND (%.*s)", of->table_name, SLICE(ret->when.len > 0 ? ret->when : S("1"))));
	return job_string(job, sql, &ret->sql);
}

static err
read_targets(struct job *job, const struct registry_registers *registers, const struct registry_register *def, struct registry_threat *threat)
{
	const struct yaml *list;
	TRY(yaml_need_list(job, threat->node, "applies-to", &list));
	if (list->len == 0)
		return yaml_refuse(job, list, "applies-to: expected what it is a threat to, found nothing");
	TRY(NEW(job, list->len, &threat->targets));
	for (const struct yaml *node = list->first; node != NULL; node = node->next)
		TRY(read_target(job, registers, def, node, &threat->targets[threat->targets_len++]));
	return OK;
}

static err
read_score(struct job *job, const struct yaml *map, const char *key, const char *because, int64_t *ret, slice *ret_because)
{
	TRY(yaml_maybe_int(job, map, key, 0, ret));
	if (*ret < 1 || *ret > HIGHEST)
		return yaml_refuse(job, yaml_get(map, key) != NULL ? yaml_get(map, key) : map, "%s: expected 1 to %d to begin with, found %lld", key, HIGHEST,
		    (long long)*ret);
	return yaml_need_text(job, map, because, ret_because);
}

static err
read_threat(struct job *job, const struct content_file *file, size_t folder, const struct registry_registers *registers,
    const struct registry_register *def, struct registry_threat *ret)
{
	static const char *const keys[] = {"id", "title", "about", "applies-to", "category", "kind", "stride", "controls", "likelihood",
	    "likelihood-because", "impact", "impact-because", "source", NULL};
	slice name = slice_from(slice_of(file->path), folder);
	const struct yaml *node;
	TRY(yaml_read(job, file->from, file->text, &node));
	TRY(yaml_is_map(job, node, "a threat"));
	TRY(yaml_only(job, node, keys));
	*ret = (struct registry_threat){.node = node};
	TRY(yaml_need_text(job, node, "id", &ret->id));
	if (!registry_is_slug(ret->id, '-', 60) || name.len < 5 || !slice_same(ret->id, slice_part(name, 0, name.len - 5)))
		return yaml_refuse(job, node, "id: expected the file's own name (a-z 0-9 -), found \"%.*s\"", SLICE(ret->id));
	TRY(yaml_need_text(job, node, "title", &ret->title));
	if (ret->title.len > MAX_TITLE)
		return yaml_refuse(job, node, "title: at most %d bytes, found %zu", MAX_TITLE, ret->title.len);
	TRY(yaml_need_text(job, node, "about", &ret->about));
	TRY(yaml_maybe_text(job, node, "category", &ret->category));
	TRY(yaml_maybe_text(job, node, "kind", &ret->kind));
	TRY(yaml_maybe_text(job, node, "stride", &ret->stride));
	TRY(yaml_need_text(job, node, "source", &ret->source));
	TRY(yaml_maybe_words(job, node, "controls", &ret->controls, &ret->controls_len));
	TRY(read_score(job, node, "likelihood", "likelihood-because", &ret->likelihood, &ret->likelihood_because));
	TRY(read_score(job, node, "impact", "impact-because", &ret->impact, &ret->impact_because));
	return read_targets(job, registers, def, ret);
}

static int
by_id(const void *a, const void *b)
{
	return slice_order(((const struct registry_threat *)a)->id, ((const struct registry_threat *)b)->id);
}

static err
load(struct job *job, const struct content *content, const struct registry_registers *registers, const struct registry_register *def,
    registry_fault fault, void *fault_to, struct registry_threats *ret)
{
	slice folder;
	*ret = (struct registry_threats){0};
	TRY(job_format(job, &folder, "%.*s/", SLICE(def->assess->threats)));
	TRY(NEW(job, content->len + 1, &ret->at));
	for (size_t i = 0; i < content->len; i++) {
		if (!slice_starts(slice_of(content->files[i].path), folder))
			continue;
		if (ret->len == REGISTRY_MAX_THREATS)
			return err_set(job, ERR_LIMIT, "%s: a library holds at most %d threats", content->files[i].from, REGISTRY_MAX_THREATS);
		err read = read_threat(job, &content->files[i], folder.len, registers, def, &ret->at[ret->len]);
		if (read.code == ERR_NONE)
			ret->len++;
		else if (fault == NULL)
			return read;
		else
			TRY(fault(job, fault_to, read));
	}
	if (ret->len > 0)
		qsort(ret->at, ret->len, sizeof *ret->at, by_id);
	return OK;
}

err
registry_threat_load(struct job *job, const struct content *content, const struct registry_registers *registers, const struct registry_register *def,
    struct registry_threats *ret)
{
	return load(job, content, registers, def, NULL, NULL, ret);
}

const struct registry_threat *
registry_threat_find(const struct registry_threats *threats, slice id)
{
	const struct registry_threat wanted = {.id = id};
	return threats->len == 0 ? NULL : bsearch(&wanted, threats->at, threats->len, sizeof *threats->at, by_id);
}

err
registry_threat_value(struct job *job, const struct registry_threat *threat, slice column, slice *ret)
{
	const struct {
		slice name, text;
	} texts[] = {{S("id"), threat->id}, {S("title"), threat->title}, {S("about"), threat->about}, {S("category"), threat->category},
	    {S("kind"), threat->kind}, {S("stride"), threat->stride}, {S("source"), threat->source}};
	struct buf buf = buf_open(job, "a threat's value", 64 * KIB);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (slice_same(texts[i].name, column)) {
			*ret = texts[i].text;
			return OK;
		}
	if (slice_same(column, S("likelihood")))
		buf_i64(&buf, threat->likelihood);
	else if (slice_same(column, S("impact")))
		buf_i64(&buf, threat->impact);
	else if (slice_same(column, S("controls")))
		for (size_t i = 0; i < threat->controls_len; i++)
			buf_printf(&buf, "%s%.*s", i > 0 ? "\n" : "", SLICE(threat->controls[i]));
	else /* story */
		buf_printf(&buf, "Likelihood %lld to begin with: %.*s\nImpact %lld to begin with: %.*s", (long long)threat->likelihood,
		    SLICE(threat->likelihood_because), (long long)threat->impact, SLICE(threat->impact_because));
	return buf_end(&buf, ret);
}

/* Lint */

static err
lint_sql(struct job *job, struct query *query, const struct registry_threat_target *target)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct query_column *columns;
	bool number = false;
	slice why;
	if (query_ask_open(job, query, target->sql, &ask).code != ERR_NONE) {
		TRY(job_copy(job, slice_of(job->why), &why));
		return yaml_refuse(job, target->node, "%s: %.*s", target->when.len > 0 ? "when" : "sql", SLICE(why));
	}
	for (const char *const *name = query_ask_parameters(ask); *name != NULL; name++)
		if (strcmp(*name, ":now") != 0)
			return yaml_refuse(job, target->node, "sql: there is no parameter %s here", *name);
	size_t len = query_ask_columns(ask, &columns);
	for (size_t i = 0; i < len; i++)
		number = number || slice_same(columns[i].name, S("number"));
	return number ? OK : yaml_refuse(job, target->node, "sql: expected a column \"number\", found none");
}

/* Whatever a threat says must be what somebody could enter. */
static err
lint_values(struct job *job, const struct registry_register *def, const struct registry_threat *threat)
{
	for (size_t i = 0; i < def->assess->sets_len; i++) {
		const struct registry_set *set = &def->assess->sets[i];
		slice value, kept, why;
		TRY(registry_threat_value(job, threat, set->value, &value));
		if (value.len == 0 || registry_value_read(job, registry_field(def, set->field), value, 0, S("nobody"), &kept).code == ERR_NONE)
			continue;
		TRY(job_copy(job, slice_of(job->why), &why));
		return yaml_refuse(job, threat->node, "%.*s: %.*s", SLICE(set->value), SLICE(why));
	}
	return OK;
}

static err
lint_threat(struct job *job, struct query *query, const struct registry_register *def, const struct registry_threat *threat)
{
	for (size_t i = 0; i < threat->targets_len; i++)
		TRY(lint_sql(job, query, &threat->targets[i]));
	return lint_values(job, def, threat);
}

err
registry_threat_lint(struct job *job, const struct content *content, const struct registry_registers *registers, struct query *query,
    const struct registry_register *def, registry_fault fault, void *fault_to)
{
	struct registry_threats threats;
	if (def->assess == NULL)
		return OK;
	TRY(load(job, content, registers, def, fault, fault_to, &threats));
	for (size_t i = 0; i < threats.len; i++) {
		err good = lint_threat(job, query, def, &threats.at[i]);
		if (good.code != ERR_NONE)
			TRY(fault(job, fault_to, good));
	}
	return OK;
}
