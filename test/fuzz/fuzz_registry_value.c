/*
 * Targets registry_value_read(), registry_value_show() and registry_value_cell(): the first byte is the type of a field, the rest what a person entered. What is taken is JSON
 * that the field takes back, and entered again as it is shown plain it is kept the same.
 */
#include <stdlib.h>

#include "base/text.h"
#include "registry/registry_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
need(bool held)
{
	if (!held)
		abort();
}

static slice to[] = {{"risk", 4}};
static struct registry_choice choices[] = {{{"red", 3}, {"Red", 3}}, {{"dark-blue", 9}, {"Dark blue", 9}}};

static struct registry_field
field_of(uint8_t byte)
{
	struct registry_field field = {.id = S("f"), .option = "f", .type = (enum registry_type)(byte % (REGISTRY_SCORE + 1)), .max_bytes = 300,
	    .decimals = byte / 64, .many = (byte & 32) != 0, .to = to, .to_len = 1, .choices = choices, .choices_len = 2};
	return field;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 32 * MIB);
	struct job job;
	struct cell cell, second;
	const json_t *json;
	slice kept, shown, again;
	if (len < 2 || len > 4 * KIB)
		return 0;
	job_init(&job, arena);
	struct registry_field field = field_of(at[0]);
	if (registry_value_read(&job, &field, slice_bytes(at + 1, len - 1), INT64_C(1796000400000000), S("ada"), &kept).code != ERR_NONE)
		return 0;
	need(json_read(&job, "value", kept, &json).code == ERR_NONE);
	if (field.type == REGISTRY_FILE || field.type == REGISTRY_PERSON) /* a path and a name: who writes makes content and token of them */
		return 0;
	need(registry_value_fits(&field, json));
	need(registry_value_cell(&job, &field, json, &cell, &second).code == ERR_NONE);
	need(registry_value_show(&job, &field, json, false, &shown).code == ERR_NONE && text_utf8(shown));
	need(registry_value_show(&job, &field, json, true, &shown).code == ERR_NONE);
	bool listed = field.type == REGISTRY_LIST; /* an item may hold the comma or line break that parts items: JSON is for those */
	if (shown.len > 0 && !listed) {
		need(registry_value_read(&job, &field, shown, INT64_C(1796000400000000), S("ada"), &again).code == ERR_NONE);
		need(slice_same(kept, again));
	}
	return 0;
}
