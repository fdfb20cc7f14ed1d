/*
 * Frameworks, requirements, parts and schemes, read strictly from the content set.
 * Deliberately knows no framework and no scheme by name.
 */
#include "catalogue/catalogue.h"

#include <stdlib.h>
#include <string.h>

#define MAX_REQUIREMENTS 5000
#define MAX_PARTS 9

const char *const basis_words[] = {"attested", "recorded", "observed", "exercised", NULL};

static const char *const kind_words[] = {"requirements", "scheme", NULL};
static const char *const requirement_kinds[] = {"control", "workflow", "evidence", "register", "role", "report", "things-to-avoid", NULL};
static const char *const function_words[] = {"govern", "identify", "protect", "detect", "respond", "recover", NULL};
static const char *const phase_words[] = {"any", "discovery", "alpha", "beta", "live", NULL};
static const char *const rests_words[] = {"section", "requirement", NULL};

/* One outcome of a scheme that requirements may map to. */
struct outcome {
	slice scheme, id, title;
};

struct loading {
	struct job *job;
	struct catalogue *catalogue;
	struct outcome *outcomes;
	size_t outcomes_len, outcomes_room;
	const struct yaml **heads; /* of catalogue.frameworks, same order */
	struct requirement *pool;  /* of the framework being read */
	const struct yaml **nodes; /* of the pool, same order */
	size_t pool_len;
	size_t settled; /* frameworks that are read whole */
};

/* a-z, 0-9 and the bytes of ${others}. */
static bool
is_slug_with(slice text, const char *others, bool capitals)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (capitals && c >= 'A' && c <= 'Z');
		if (!plain && slice_find(slice_of(others), c) == strlen(others))
			return false;
	}
	return text.len > 0 && text.len <= 80;
}

static bool
is_slug(slice text, bool capitals)
{
	return is_slug_with(text, "-", capitals);
}

static err
read_outcomes(struct loading *loading, const struct yaml *map, slice scheme)
{
	const struct yaml *list;
	TRY(yaml_need_list(loading->job, map, "outcomes", &list));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		static const char *const keys[] = {"id", "title", NULL};
		struct outcome outcome = {.scheme = scheme};
		TRY(yaml_is_map(loading->job, node, "an outcome"));
		TRY(yaml_only(loading->job, node, keys));
		TRY(yaml_need_text(loading->job, node, "id", &outcome.id));
		TRY(yaml_need_text(loading->job, node, "title", &outcome.title));
		for (size_t i = 0; i < loading->outcomes_len; i++)
			if (slice_same(loading->outcomes[i].scheme, scheme) && slice_same(loading->outcomes[i].id, outcome.id))
				return yaml_refuse(loading->job, node, "the outcome %.*s is there twice", SLICE(outcome.id));
		if (outcome.title.len == 0)
			return yaml_refuse(loading->job, node, "the outcome %.*s: expected a title, found none", SLICE(outcome.id));
		if (loading->outcomes_len == loading->outcomes_room) {
			size_t room = loading->outcomes_room == 0 ? 128 : loading->outcomes_room * 2;
			struct outcome *more;
			TRY(NEW(loading->job, room, &more));
			if (loading->outcomes_len > 0)
				memcpy(more, loading->outcomes, loading->outcomes_len * sizeof *more);
			loading->outcomes = more;
			loading->outcomes_room = room;
		}
		loading->outcomes[loading->outcomes_len++] = outcome;
	}
	return OK;
}

/* A head is the file framework/ID.yaml, so that no two can have one id. */
static err
read_head_id(struct loading *loading, const struct yaml *map, slice path, slice *ret)
{
	TRY(yaml_need_text(loading->job, map, "id", ret));
	if (!is_slug_with(*ret, ".-", false) || !slice_same(slice_part(path, 10, path.len - 15), *ret))
		return yaml_refuse(loading->job, yaml_get(map, "id"),
		    "id: expected the file's own name (a-z, 0-9, dots and hyphens), found \"%.*s\"", SLICE(*ret));
	return OK;
}

static err
read_head(struct loading *loading, const struct yaml *map, slice path)
{
	static const char *const keys[] = {"id", "kind", "title", "publisher", "source", "about", "outcomes", NULL};
	struct catalogue *catalogue = loading->catalogue;
	struct framework framework = {0};
	unsigned kind;
	slice text;
	TRY(yaml_is_map(loading->job, map, "a framework file"));
	TRY(yaml_only(loading->job, map, keys));
	TRY(yaml_need_text(loading->job, map, "kind", &text));
	TRY(yaml_choice(loading->job, yaml_get(map, "kind"), kind_words, &kind));
	TRY(read_head_id(loading, map, path, &framework.id));
	TRY(yaml_need_text(loading->job, map, "title", &framework.title));
	TRY(yaml_need_text(loading->job, map, "source", &framework.source));
	TRY(yaml_maybe_text(loading->job, map, "publisher", &framework.publisher));
	TRY(yaml_maybe_text(loading->job, map, "about", &framework.about));
	if (kind == 0 && yaml_get(map, "outcomes") != NULL)
		return yaml_refuse(loading->job, yaml_get(map, "outcomes"),
		    "outcomes: only a scheme has them; a framework has requirements in its folder");
	if (kind == 1)
		return read_outcomes(loading, map, framework.id);
	loading->heads[catalogue->len] = map;
	catalogue->frameworks[catalogue->len++] = framework;
	return OK;
}

static err
read_phases(struct loading *loading, const struct yaml *map, struct requirement *requirement)
{
	const struct yaml *list;
	TRY(yaml_need_list(loading->job, map, "phase", &list));
	for (const struct yaml *node = list->first; node != NULL; node = node->next) {
		unsigned at;
		TRY(yaml_choice(loading->job, node, phase_words, &at));
		if (requirement->phases == 5)
			return yaml_refuse(loading->job, node, "phase: at most 5 phases");
		for (size_t i = 0; i < requirement->phases; i++)
			if (slice_same(requirement->phase[i], node->text))
				return yaml_refuse(loading->job, node, "phase: %.*s is there twice", SLICE(node->text));
		requirement->phase[requirement->phases++] = node->text;
	}
	return requirement->phases > 0 ? OK : yaml_refuse(loading->job, list, "phase: expected at least one phase, found none");
}

static err
read_part(struct loading *loading, const struct yaml *node, struct requirement *requirement)
{
	static const char *const keys[] = {"id", "says", "basis", NULL};
	struct part part = {.requirement = requirement};
	slice slug, basis;
	unsigned at;
	TRY(yaml_is_map(loading->job, node, "a part"));
	TRY(yaml_only(loading->job, node, keys));
	TRY(yaml_need_text(loading->job, node, "id", &slug));
	TRY(yaml_need_text(loading->job, node, "says", &part.says));
	TRY(yaml_need_text(loading->job, node, "basis", &basis));
	TRY(yaml_choice(loading->job, yaml_get(node, "basis"), basis_words, &at));
	part.basis = (enum basis)at;
	if (!is_slug(slug, false))
		return yaml_refuse(
		    loading->job, node, "a part's id is lower-case letters, digits and hyphens, found \"%.*s\"", SLICE(slug));
	TRY(job_format(loading->job, &part.id, "%.*s.%.*s", SLICE(requirement->id), SLICE(slug)));
	for (size_t i = 0; i < requirement->parts_len; i++)
		if (slice_same(requirement->parts[i].id, part.id))
			return yaml_refuse(loading->job, node, "the part %.*s is there twice", SLICE(part.id));
	requirement->parts[requirement->parts_len++] = part;
	return OK;
}

static err
read_parts(struct loading *loading, const struct yaml *map, struct requirement *requirement)
{
	const struct yaml *list;
	TRY(yaml_need_list(loading->job, map, "parts", &list));
	if (list->len == 0 || list->len > MAX_PARTS)
		return yaml_refuse(
		    loading->job, list, "%.*s: expected 1 to %d parts, found %zu", SLICE(requirement->id), MAX_PARTS, list->len);
	TRY(NEW(loading->job, list->len, &requirement->parts));
	for (const struct yaml *node = list->first; node != NULL; node = node->next)
		TRY(read_part(loading, node, requirement));
	loading->catalogue->parts += requirement->parts_len;
	return OK;
}

static err
read_map(struct loading *loading, const struct yaml *node, struct requirement *requirement)
{
	static const char *const keys[] = {"to", "rests-on", NULL};
	struct mapping map = {0};
	slice to, rests;
	unsigned at;
	TRY(yaml_is_map(loading->job, node, "a map"));
	TRY(yaml_only(loading->job, node, keys));
	TRY(yaml_need_text(loading->job, node, "to", &to));
	TRY(yaml_need_text(loading->job, node, "rests-on", &rests));
	TRY(yaml_choice(loading->job, yaml_get(node, "rests-on"), rests_words, &at));
	size_t slash = slice_find(to, '/');
	map.by_section = at == 0;
	map.scheme = slice_part(to, 0, slash);
	map.outcome = slice_from(to, slash + 1);
	for (size_t i = 0; i < loading->outcomes_len; i++)
		if (slice_same(loading->outcomes[i].scheme, map.scheme) && slice_same(loading->outcomes[i].id, map.outcome))
			map.title = loading->outcomes[i].title;
	if (map.title.len == 0)
		return yaml_refuse(loading->job, node, "%.*s maps to %.*s, which no scheme has", SLICE(requirement->id), SLICE(to));
	requirement->maps[requirement->maps_len++] = map;
	return OK;
}

static err
read_maps(struct loading *loading, const struct yaml *map, struct requirement *requirement)
{
	const struct yaml *list;
	TRY(yaml_maybe_list(loading->job, map, "maps", &list));
	if (list == NULL)
		return OK;
	TRY(NEW(loading->job, list->len + 1, &requirement->maps));
	for (const struct yaml *node = list->first; node != NULL; node = node->next)
		TRY(read_map(loading, node, requirement));
	return OK;
}

static err
read_fields(struct loading *loading, const struct yaml *map, struct requirement *requirement)
{
	struct job *job = loading->job;
	slice review;
	unsigned at;
	TRY(yaml_need_text(job, map, "id", &requirement->id));
	TRY(yaml_need_text(job, map, "title", &requirement->title));
	TRY(yaml_need_text(job, map, "text", &requirement->text));
	TRY(yaml_need_text(job, map, "does", &requirement->does));
	TRY(yaml_need_text(job, map, "kind", &requirement->kind));
	TRY(yaml_choice(job, yaml_get(map, "kind"), requirement_kinds, &at));
	TRY(yaml_need_text(job, map, "function", &requirement->function));
	TRY(yaml_choice(job, yaml_get(map, "function"), function_words, &at));
	TRY(yaml_need_text(job, map, "review", &review));
	TRY(yaml_maybe_text(job, map, "review-event", &requirement->review_event));
	if (!duration_parse(review, &requirement->review) || requirement->review.us + requirement->review.months <= 0)
		return yaml_refuse(
		    job, yaml_get(map, "review"), "review: expected an ISO 8601 duration such as P3M, found \"%.*s\"", SLICE(review));
	if (!is_slug(requirement->id, true))
		return yaml_refuse(
		    job, yaml_get(map, "id"), "a requirement's id is letters, digits and hyphens, found \"%.*s\"", SLICE(requirement->id));
	return OK;
}

/* People name a requirement by its id alone, in any case: it is one in all frameworks. */
static err
refuse_twice(struct loading *loading, const struct requirement *requirement, const struct yaml *map)
{
	struct catalogue sofar = *loading->catalogue;
	sofar.len = loading->settled;
	const struct requirement *there = catalogue_requirement(&sofar, requirement->id);
	if (there != NULL)
		return yaml_refuse(loading->job, map, "the requirement %.*s is in the framework %.*s already", SLICE(requirement->id),
		    SLICE(there->framework->id));
	for (size_t i = 0; i < loading->pool_len; i++)
		if (slice_same_nocase(loading->pool[i].id, requirement->id))
			return yaml_refuse(loading->job, map, "the requirement %.*s is there twice; first at %s:%u", SLICE(requirement->id),
			    loading->nodes[i]->file, loading->nodes[i]->line);
	return OK;
}

static err
read_requirement(struct loading *loading, const struct yaml *map, slice section, slice source)
{
	static const char *const keys[] = {
	    "id", "title", "text", "does", "kind", "function", "phase", "review", "review-event", "parts", "maps", NULL};
	TRY(yaml_is_map(loading->job, map, "a requirement"));
	TRY(yaml_only(loading->job, map, keys));
	if (loading->pool_len == MAX_REQUIREMENTS)
		return yaml_refuse(loading->job, map, "a framework has at most %d requirements", MAX_REQUIREMENTS);
	struct requirement *requirement = &loading->pool[loading->pool_len];
	loading->nodes[loading->pool_len] = map;
	*requirement = (struct requirement){.section = section, .source = source};
	TRY(read_fields(loading, map, requirement));
	TRY(read_phases(loading, map, requirement));
	TRY(read_parts(loading, map, requirement));
	TRY(read_maps(loading, map, requirement));
	TRY(refuse_twice(loading, requirement, map));
	loading->pool_len++;
	return OK;
}

static err
read_section(struct loading *loading, const struct yaml *map, const struct framework *framework)
{
	static const char *const keys[] = {"framework", "section", "source", "requirements", NULL};
	slice id, section, source;
	const struct yaml *list;
	TRY(yaml_is_map(loading->job, map, "a section file"));
	TRY(yaml_only(loading->job, map, keys));
	TRY(yaml_need_text(loading->job, map, "framework", &id));
	if (!slice_same(id, framework->id))
		return yaml_refuse(
		    loading->job, map, "framework: expected %.*s, as the folder says, found %.*s", SLICE(framework->id), SLICE(id));
	TRY(yaml_need_text(loading->job, map, "section", &section));
	TRY(yaml_maybe_text(loading->job, map, "source", &source));
	if (source.len == 0)
		source = framework->source;
	TRY(yaml_need_list(loading->job, map, "requirements", &list));
	for (const struct yaml *node = list->first; node != NULL; node = node->next)
		TRY(read_requirement(loading, node, section, source));
	return OK;
}

static int
by_id(const void *a, const void *b)
{
	return slice_order(((const struct requirement *)a)->id, ((const struct requirement *)b)->id);
}

/* Sorting moved the requirements: what points at them is pointed again. */
static err
settle(struct loading *loading, struct framework *framework)
{
	TRY(NEW(loading->job, loading->pool_len + 1, &framework->requirements));
	if (loading->pool_len > 0) {
		qsort(loading->pool, loading->pool_len, sizeof *loading->pool, by_id);
		memcpy(framework->requirements, loading->pool, loading->pool_len * sizeof *loading->pool);
	}
	framework->len = loading->pool_len;
	for (size_t i = 0; i < framework->len; i++) {
		struct requirement *requirement = &framework->requirements[i];
		requirement->framework = framework;
		for (size_t p = 0; p < requirement->parts_len; p++)
			requirement->parts[p].requirement = requirement;
	}
	loading->catalogue->requirements += framework->len;
	loading->settled++;
	return OK;
}

static err
read_framework(struct loading *loading, const struct content *content, struct framework *framework)
{
	slice folder;
	TRY(job_format(loading->job, &folder, "framework/%.*s/", SLICE(framework->id)));
	loading->pool_len = 0;
	for (size_t i = 0; i < content->len; i++) {
		const struct yaml *map;
		if (!slice_starts(slice_of(content->files[i].path), folder))
			continue;
		TRY(yaml_read(loading->job, content->files[i].from, content->files[i].text, &map));
		TRY(read_section(loading, map, framework));
	}
	if (loading->pool_len == 0)
		return yaml_refuse(loading->job, loading->heads[framework - loading->catalogue->frameworks],
		    "expected requirements in %.*s*.yaml, found none", SLICE(folder));
	return settle(loading, framework);
}

/* A section in a folder that no framework has would be silently left out. */
static err
refuse_orphans(struct loading *loading, const struct content *content)
{
	for (size_t i = 0; i < content->len; i++) {
		slice path = slice_of(content->files[i].path), folder = slice_from(path, 10);
		bool known = false;
		if (!slice_starts(path, S("framework/")) || slice_find(folder, '/') == folder.len)
			continue;
		folder = slice_part(folder, 0, slice_find(folder, '/'));
		for (size_t f = 0; f < loading->catalogue->len; f++)
			known = known || slice_same(loading->catalogue->frameworks[f].id, folder);
		if (!known)
			return err_set(loading->job, ERR_INPUT,
			    "%s:1: there is no framework/%.*s.yaml of kind requirements, whose section this would be",
			    content->files[i].from, SLICE(folder));
	}
	return OK;
}

err
catalogue_load(struct job *job, const struct content *content, struct catalogue *ret)
{
	struct catalogue catalogue = {0};
	struct loading loading = {.job = job, .catalogue = &catalogue};
	TRY(NEW(job, content->len + 1, &catalogue.frameworks));
	TRY(NEW(job, content->len + 1, &loading.heads));
	TRY(NEW(job, MAX_REQUIREMENTS, &loading.pool));
	TRY(NEW(job, MAX_REQUIREMENTS, &loading.nodes));
	for (size_t i = 0; i < content->len; i++) {
		slice path = slice_of(content->files[i].path);
		const struct yaml *map;
		if (!slice_starts(path, S("framework/")) || slice_find(slice_from(path, 10), '/') < path.len - 10)
			continue;
		TRY(yaml_read(job, content->files[i].from, content->files[i].text, &map));
		TRY(read_head(&loading, map, path));
	}
	TRY(refuse_orphans(&loading, content));
	for (size_t i = 0; i < catalogue.len; i++)
		TRY(read_framework(&loading, content, &catalogue.frameworks[i]));
	*ret = catalogue;
	return OK;
}

const struct framework *
catalogue_framework(const struct catalogue *catalogue, slice id)
{
	for (size_t i = 0; i < catalogue->len; i++)
		if (slice_same_nocase(catalogue->frameworks[i].id, id))
			return &catalogue->frameworks[i];
	return NULL;
}

const struct requirement *
catalogue_requirement(const struct catalogue *catalogue, slice id)
{
	for (size_t i = 0; i < catalogue->len; i++)
		for (size_t r = 0; r < catalogue->frameworks[i].len; r++)
			if (slice_same_nocase(catalogue->frameworks[i].requirements[r].id, id))
				return &catalogue->frameworks[i].requirements[r];
	return NULL;
}

const struct part *
catalogue_part(const struct catalogue *catalogue, slice id)
{
	const struct requirement *requirement = catalogue_requirement(catalogue, slice_part(id, 0, slice_find(id, '.')));
	for (size_t i = 0; requirement != NULL && i < requirement->parts_len; i++)
		if (slice_same_nocase(requirement->parts[i].id, id))
			return &requirement->parts[i];
	return NULL;
}
