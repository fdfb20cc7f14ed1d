/*
 * Packs as content: reading content/report strictly.
 * Deliberately asks nothing: whether the SQL stands is report_pack_lint()'s to say.
 */
#include "report/report_pack.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER "report/"
#define MAX_ID 32
#define MAX_FIGURES 12

const char *const report_pack_type_words[] = {"requirements", "table", "blocks", "text", "figures", "index", NULL};
const char *const report_pack_as_words[] = {"text", "lines", "word", "number", "money", "percent", "day", "minute", "person", "severity", "verdict", "state", "code", NULL};

static bool
is_id(slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return text.len > 0 && text.len <= MAX_ID;
}

static err
need_id(struct job *job, const struct yaml *map, slice *ret)
{
	TRY(yaml_need_text(job, map, "id", ret));
	return is_id(*ret) ? OK : yaml_refuse(job, yaml_get(map, "id"), "id: expected a-z, 0-9, - and _, at most %d, found \"%.*s\"", MAX_ID, SLICE(*ret));
}

static err
maybe_sql(struct job *job, const struct yaml *map, const char *key, const char **ret)
{
	slice text;
	TRY(yaml_maybe_text(job, map, key, &text));
	*ret = NULL;
	return text.len > 0 ? job_string(job, text, ret) : OK;
}

static err
maybe_as(struct job *job, const struct yaml *map, enum report_pack_as otherwise, enum report_pack_as *ret)
{
	unsigned as = otherwise;
	if (yaml_get(map, "as") != NULL)
		TRY(yaml_choice(job, yaml_get(map, "as"), report_pack_as_words, &as));
	*ret = (enum report_pack_as)as;
	return OK;
}

static err
maybe_words(struct job *job, const struct yaml *map, const char *key, slice **ret, size_t *ret_len)
{
	TRY(yaml_maybe_words(job, map, key, ret, ret_len));
	bool empty = *ret_len == 0 && yaml_get(map, key) != NULL;
	return empty ? yaml_refuse(job, yaml_get(map, key), "%s: the list is empty; leave it out", key) : OK;
}

/* Sections */

static err
read_columns(struct job *job, const struct yaml *map, struct report_pack_section *section)
{
	static const char *const keys[] = {"id", "title", "as", NULL};
	const struct yaml *list;
	TRY(yaml_need_list(job, map, "columns", &list));
	if (list->len == 0 || list->len > REPORT_PACK_MAX_COLUMNS)
		return yaml_refuse(job, list, "columns: 1 to %d, found %zu", REPORT_PACK_MAX_COLUMNS, list->len);
	TRY(NEW(job, list->len, &section->columns));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct report_pack_column *column = &section->columns[section->columns_len++];
		TRY(yaml_is_map(job, node, "a column"));
		TRY(yaml_only(job, node, keys));
		TRY(need_id(job, node, &column->id));
		TRY(yaml_need_text(job, node, "title", &column->title));
		TRY(maybe_as(job, node, REPORT_PACK_AS_TEXT, &column->as));
		for (struct report_pack_column *before = section->columns; before < column; before++)
			if (slice_same(before->id, column->id))
				return yaml_refuse(job, node, "columns: %.*s is there twice", SLICE(column->id));
	}
	return OK;
}

static err
read_figures(struct job *job, const struct yaml *map, struct report_pack_section *section)
{
	static const char *const keys[] = {"title", "sql", "as", "good", NULL}, *const goods[] = {"none", "some", NULL};
	const struct yaml *list;
	unsigned good;
	TRY(yaml_need_list(job, map, "figures", &list));
	if (list->len == 0 || list->len > MAX_FIGURES)
		return yaml_refuse(job, list, "figures: 1 to %d, found %zu", MAX_FIGURES, list->len);
	TRY(NEW(job, list->len, &section->figures));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct report_pack_figure *figure = &section->figures[section->figures_len++];
		slice sql;
		TRY(yaml_is_map(job, node, "a figure"));
		TRY(yaml_only(job, node, keys));
		TRY(yaml_need_text(job, node, "title", &figure->title));
		TRY(yaml_need_text(job, node, "sql", &sql));
		TRY(job_string(job, sql, &figure->sql));
		TRY(maybe_as(job, node, REPORT_PACK_AS_NUMBER, &figure->as));
		if (yaml_get(node, "good") != NULL)
			TRY(yaml_choice(job, yaml_get(node, "good"), goods, &good));
		TRY(yaml_maybe_text(job, node, "good", &figure->good));
		figure->node = node;
	}
	TRY(yaml_maybe_text(job, map, "bars-title", &section->bars));
	TRY(maybe_sql(job, map, "bars", &section->sql));
	return (section->sql != NULL) == (section->bars.len > 0) ? OK : yaml_refuse(job, map, "bars and bars-title go together");
}

static bool
has_section(const struct framework *framework, slice title)
{
	for (size_t i = 0; i < framework->len; i++)
		if (slice_same(framework->requirements[i].section, title))
			return true;
	return false;
}

static err
check_requirements(struct job *job, const struct catalogue *catalogue, const struct report_pack_section *section)
{
	const struct framework *framework = catalogue_framework(catalogue, section->framework);
	if (framework == NULL)
		return yaml_refuse(job, section->node, "framework: there is no framework \"%.*s\"", SLICE(section->framework));
	for (size_t i = 0; i < section->sections_len; i++)
		if (!has_section(framework, section->sections[i]))
			return yaml_refuse(job, section->node, "sections: %.*s has no section \"%.*s\"", SLICE(framework->id), SLICE(section->sections[i]));
	for (size_t i = 0; i < section->ids_len; i++) {
		const struct requirement *one = catalogue_requirement(catalogue, section->ids[i]);
		if (one == NULL || one->framework != framework)
			return yaml_refuse(job, section->node, "ids: %.*s has no requirement \"%.*s\"", SLICE(framework->id), SLICE(section->ids[i]));
	}
	return OK;
}

static err
read_requirements(struct job *job, const struct catalogue *catalogue, const struct yaml *map, struct report_pack_section *section)
{
	TRY(yaml_need_text(job, map, "framework", &section->framework));
	TRY(maybe_words(job, map, "sections", &section->sections, &section->sections_len));
	TRY(maybe_words(job, map, "ids", &section->ids, &section->ids_len));
	TRY(yaml_maybe_bool(job, map, "phased", false, &section->phased));
	return catalogue != NULL ? check_requirements(job, catalogue, section) : OK;
}

static err
read_question(struct job *job, const struct yaml *map, struct report_pack_section *section)
{
	slice sql;
	TRY(yaml_need_text(job, map, "sql", &sql));
	TRY(job_string(job, sql, &section->sql));
	TRY(yaml_need_text(job, map, "empty", &section->empty));
	return section->type == REPORT_PACK_TABLE ? read_columns(job, map, section) : OK;
}

static err
read_section(struct job *job, const struct catalogue *catalogue, const struct yaml *map, struct report_pack_section *section)
{
	static const char *const requirements[] = {"id", "title", "about", "type", "framework", "sections", "ids", "phased", NULL},
				 *const table[] = {"id", "title", "about", "type", "sql", "columns", "empty", NULL},
				 *const blocks[] = {"id", "title", "about", "type", "sql", "empty", NULL}, *const text[] = {"id", "title", "type", "text", NULL},
				 *const figures[] = {"id", "title", "about", "type", "figures", "bars", "bars-title", NULL},
				 *const index[] = {"id", "title", "about", "type", NULL};
	static const char *const *const keys[] = {requirements, table, blocks, text, figures, index};
	unsigned type;
	TRY(yaml_is_map(job, map, "a section"));
	section->node = map;
	if (yaml_get(map, "type") == NULL)
		return yaml_refuse(job, map, "type: is missing: requirements, table, blocks, text, figures or index");
	TRY(yaml_choice(job, yaml_get(map, "type"), report_pack_type_words, &type));
	section->type = (enum report_pack_type)type;
	TRY(yaml_only(job, map, keys[type]));
	TRY(need_id(job, map, &section->id));
	TRY(yaml_need_text(job, map, "title", &section->title));
	TRY(yaml_maybe_text(job, map, "about", &section->about));
	switch (section->type) {
	case REPORT_PACK_REQUIREMENTS:
		return read_requirements(job, catalogue, map, section);
	case REPORT_PACK_TABLE:
	case REPORT_PACK_BLOCKS:
		return read_question(job, map, section);
	case REPORT_PACK_TEXT:
		return yaml_need_text(job, map, "text", &section->text);
	case REPORT_PACK_FIGURES:
		return read_figures(job, map, section);
	case REPORT_PACK_INDEX:
		break;
	}
	return OK;
}

/* The whole */

static err
read_phase(struct job *job, const struct yaml *map, struct report_pack *pack)
{
	static const char *const keys[] = {"words", "otherwise", NULL};
	const struct yaml *phase;
	TRY(yaml_maybe_map(job, map, "phase", &phase));
	if (phase == NULL)
		return OK;
	TRY(yaml_only(job, phase, keys));
	TRY(maybe_words(job, phase, "words", &pack->phases, &pack->phases_len));
	if (pack->phases_len == 0)
		return yaml_refuse(job, phase, "words: is missing: the phases that may be asked for");
	return maybe_sql(job, phase, "otherwise", &pack->phase_otherwise);
}

static err
read_period(struct job *job, const struct yaml *map, struct report_pack *pack)
{
	static const char *const keys[] = {"otherwise", NULL};
	const struct yaml *period;
	slice text;
	TRY(yaml_maybe_map(job, map, "period", &period));
	if (period == NULL)
		return OK;
	TRY(yaml_only(job, period, keys));
	TRY(yaml_need_text(job, period, "otherwise", &text));
	pack->period = true;
	return duration_parse(text, &pack->period_otherwise) ? OK : yaml_refuse(job, period, "otherwise: expected a duration such as P1Y, found \"%.*s\"", SLICE(text));
}

static err
read_pack(struct job *job, const struct content_file *file, const struct catalogue *catalogue, struct report_pack *pack)
{
	static const char *const keys[] = {"id", "title", "about", "audience", "phase", "period", "sections", NULL};
	const struct yaml *map, *list;
	slice path = slice_of(file->path);
	size_t front = strlen(FOLDER);
	TRY(yaml_read(job, file->from, file->text, &map));
	TRY(yaml_is_map(job, map, "a pack"));
	TRY(yaml_only(job, map, keys));
	pack->node = map;
	TRY(need_id(job, map, &pack->id));
	if (!slice_ends(path, S(".yaml")) || !slice_same(pack->id, slice_part(path, front, path.len - front - 5)))
		return yaml_refuse(job, yaml_get(map, "id"), "id: expected the file's own name, found \"%.*s\"", SLICE(pack->id));
	TRY(yaml_need_text(job, map, "title", &pack->title));
	TRY(yaml_need_text(job, map, "about", &pack->about));
	TRY(yaml_need_text(job, map, "audience", &pack->audience));
	TRY(read_phase(job, map, pack));
	TRY(read_period(job, map, pack));
	TRY(yaml_need_list(job, map, "sections", &list));
	if (list->len == 0 || list->len > REPORT_PACK_MAX_SECTIONS)
		return yaml_refuse(job, list, "sections: 1 to %d, found %zu", REPORT_PACK_MAX_SECTIONS, list->len);
	TRY(NEW(job, list->len, &pack->sections));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		struct report_pack_section *section = &pack->sections[pack->sections_len++];
		TRY(read_section(job, catalogue, node, section));
		if (section->phased && pack->phases_len == 0)
			return yaml_refuse(job, node, "phased: the pack has no phases");
		for (struct report_pack_section *before = pack->sections; before < section; before++)
			if (slice_same(before->id, section->id))
				return yaml_refuse(job, node, "id: %.*s is there twice", SLICE(section->id));
	}
	return OK;
}

static int
by_id(const void *a, const void *b)
{
	const struct report_pack *x = a, *y = b;
	return slice_order(x->id, y->id);
}

err
report_packs_load_each(struct job *job, const struct content *content, const struct catalogue *catalogue, err (*fault)(struct job *job, void *to, err found),
    void *fault_to, struct report_packs *ret)
{
	TRY(NEW(job, content->len + 1, &ret->at));
	ret->len = 0;
	for (size_t i = 0; i < content->len; i++) {
		if (!slice_starts(slice_of(content->files[i].path), S(FOLDER)))
			continue;
		ret->at[ret->len] = (struct report_pack){0};
		err good = read_pack(job, &content->files[i], catalogue, &ret->at[ret->len]);
		if (good.code == ERR_NONE)
			ret->len++;
		else
			TRY(fault(job, fault_to, good));
	}
	if (ret->len > 0)
		qsort(ret->at, ret->len, sizeof *ret->at, by_id);
	return OK;
}

static err
hand_up(struct job *job, void *to, err found)
{
	(void)job, (void)to;
	return found;
}

err
report_packs_load(struct job *job, const struct content *content, const struct catalogue *catalogue, struct report_packs *ret)
{
	return report_packs_load_each(job, content, catalogue, hand_up, NULL, ret);
}

const struct report_pack *
report_pack_find(const struct report_packs *packs, slice id)
{
	for (size_t i = 0; i < packs->len; i++)
		if (slice_same(packs->at[i].id, id))
			return &packs->at[i];
	return NULL;
}
