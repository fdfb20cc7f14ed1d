/*
 * Targets yaml_read(), yaml_get(), yaml_only(), yaml_choice(): every node must have its line, its length and keys of its own.
 */
#include <stdlib.h>

#include "base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
visit(struct job *job, const struct yaml *node, unsigned depth)
{
	static const char *const words[] = {"title", "query", NULL};
	unsigned choice = 0;
	size_t len = 0;
	if (node->line == 0 || depth > YAML_MAX_DEPTH + 1 || slice_find(node->text, '\0') != node->text.len)
		abort();
	(void)yaml_only(job, node, words).code;
	(void)yaml_choice(job, node, words, &choice).code;
	for (const struct yaml *child = node->first; child != NULL; child = child->next, len++) {
		const char *key = NULL;
		visit(job, child, depth + 1);
		if (node->kind == YAML_MAP && (job_string(job, child->key, &key).code != ERR_NONE || yaml_get(node, key) != child))
			abort();
	}
	if (len != node->len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	struct job job;
	const struct yaml *root = NULL;
	if (len > 64 * KIB) /* yaml_get() of each member makes visit() quadratic */
		return 0;
	job_init(&job, arena);
	if (yaml_read(&job, "fuzz", slice_bytes(at, len), &root).code == ERR_NONE)
		visit(&job, root, 0);
	return 0;
}
