/*
 * Running one collector over a fixture tree (or parsing into rows) and looking at the rows it made.
 */
#ifndef KIT_COLLECT_H
#define KIT_COLLECT_H

#include "kit.h"

#include "collect/collect.h"
#include "collect/collect_owner.h"

/* What one collector made of one tree. */
struct kit_collected {
	struct collect collect;
	struct rows rows[8];
};

/* Run ${collector} over the tree ${root} as collect_run() would, as if it were not the live system. */
static inline void
kit_collect(struct kit_collected *to, const struct collector *collector, const char *root)
{
	struct job *job = kit_job();
	const char *cache_dir = to->collect.cache_dir;
	memset(to, 0, sizeof *to);
	to->collect.cache_dir = cache_dir;
	ASSERT_OK(fs_root_open(job, root, &to->collect.root));
	to->collect.rows = to->rows;
	for (; collector->tables[to->collect.rows_len] != NULL; to->collect.rows_len++) {
		assert_true(to->collect.rows_len < 8);
		rows_open(&to->rows[to->collect.rows_len], job, collector->tables[to->collect.rows_len]);
	}
	bool failed = collector->run(job, &to->collect).code != ERR_NONE;
	for (size_t i = 0; i < to->collect.rows_len; i++) {
		if (failed && to->rows[i].state == READING_READ)
			collect_unseen(&to->collect, to->rows[i].table, "%s", job->why);
		rows_sort(&to->rows[i]);
	}
	if (to->collect.owner != NULL)
		collect_owner_close(to->collect.owner);
	to->collect.owner = NULL;
	fs_root_close(&to->collect.root);
}

/* The rows as JSON lines, NUL-terminated. */
static inline const char *
kit_rows_text(struct rows *rows)
{
	slice text;
	ASSERT_OK(rows_write(kit_job(), rows, 0, &text));
	ASSERT_OK(job_copy(kit_job(), text, &text));
	return text.at;
}

/* The rows hold (lack) ${words} somewhere in their JSON lines. */
#define ASSERT_ROWS_HAVE(rows, words)                                                              \
	do {                                                                                       \
		const char *kit_text_ = kit_rows_text(rows);                                       \
		if (strstr(kit_text_, (words)) == NULL)                                            \
			fail_msg("%s lacks %s in:\n%s", #rows, (words), kit_text_);                \
	} while (0)
#define ASSERT_ROWS_LACK(rows, words)                                                              \
	do {                                                                                       \
		const char *kit_text_ = kit_rows_text(rows);                                       \
		if (strstr(kit_text_, (words)) != NULL)                                            \
			fail_msg("%s holds %s in:\n%s", #rows, (words), kit_text_);                \
	} while (0)

#define ASSERT_STATE(rows, wanted)                                                                 \
	do {                                                                                       \
		if ((rows)->state != (wanted))                                                     \
			fail_msg("%s: expected %s, found %s: %.*s", #rows, reading_words[wanted], reading_words[(rows)->state], SLICE((rows)->reason)); \
	} while (0)

#endif
