/*
 * Targets catalogue_load(), catalogue_part(), content_pack() and content_unpack(): the input is a section file, or a head with it when it
 * begins with "id:".
 */
#include <stdlib.h>

#include "catalogue/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

#define HEAD "id: fw\nkind: requirements\ntitle: F\nsource: s\n"
#define SCHEME "id: caf\nkind: scheme\ntitle: C\nsource: s\noutcomes:\n- {id: C1.a, title: T}\n"
#define SECTION                                                                                                                            \
	"framework: fw\nsection: S\nrequirements:\n- {id: A-1, title: T, text: X, does: D, kind: control, function: protect, phase: "      \
	"[any], review: P1Y, "                                                                                                             \
	"parts: [{id: a, says: S, basis: observed}]}\n"

static void
need(bool held)
{
	if (!held)
		abort();
}

/* Every part is found by its id and points back to where it stands. */
static void
visit(const struct catalogue *catalogue)
{
	size_t requirements = 0, parts = 0;
	for (size_t f = 0; f < catalogue->len; f++)
		for (size_t r = 0; r < catalogue->frameworks[f].len; r++) {
			const struct requirement *requirement = &catalogue->frameworks[f].requirements[r];
			requirements++;
			need(requirement->framework == &catalogue->frameworks[f] && requirement->parts_len > 0 && requirement->phases > 0);
			need(catalogue_requirement(catalogue, requirement->id) == requirement);
			for (size_t p = 0; p < requirement->parts_len; p++, parts++)
				need(catalogue_part(catalogue, requirement->parts[p].id) == &requirement->parts[p] &&
				     requirement->parts[p].requirement == requirement);
		}
	need(requirements == catalogue->requirements && parts == catalogue->parts);
}

static void
repack(struct job *job, const struct content *content)
{
	struct content back;
	slice pack;
	need(content_pack(job, content, &pack).code == ERR_NONE);
	if (content_unpack(job, pack, &back).code == ERR_NONE) /* refused: not UTF-8, or a NUL */
		need(back.len == content->len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	struct job job;
	struct catalogue catalogue;
	slice text = slice_bytes(at, len);
	bool head = slice_starts(text, S("id:"));
	struct content_file files[] = {{.path = "framework/caf.yaml", .from = "caf", .text = S(SCHEME)},
	    {.path = "framework/fw.yaml", .from = "fw", .text = head ? text : S(HEAD)},
	    {.path = "framework/fw/one.yaml", .from = "one", .text = head ? S(SECTION) : text}};
	struct content content = {.files = files, .len = 3};
	if (len > 32 * KIB)
		return 0;
	job_init(&job, arena);
	if (catalogue_load(&job, &content, &catalogue).code == ERR_NONE)
		visit(&catalogue);
	else
		need(job.why[0] != '\0');
	repack(&job, &content);
	return 0;
}
