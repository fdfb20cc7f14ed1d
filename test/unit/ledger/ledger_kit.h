/*
 * What tests of a whole ledger share: one in a temporary folder, a clock of hours, evidence, copies, comparing and verifying.
 */
#ifndef LEDGER_KIT_H
#define LEDGER_KIT_H

#include "kit.h"

#include "base/instant.h"
#include "base/table.h"
#include "ledger/ledger.h"

struct place {
	struct ledger_place place;
	const char *dir;
};

/* Hour ${hours} of a fixed day. */
static inline int64_t
at_us(int64_t hours)
{
	return instant_from_civil(2026, 11, 1) * DAY_US + hours * 3600 * SECOND_US;
}

static inline const char *
copy_text(slice text)
{
	const char *copy;
	ASSERT_OK(job_string(kit_job(), text, &copy));
	return copy;
}

static inline struct place
place_in(const char *dir)
{
	struct place place = {.dir = dir};
	slice run;
	/* Views of tests on a tmpfs folder of their own; where there is none, in memory. */
	ASSERT_OK(job_format(kit_job(), &run, "/dev/shm/assay-test-%d", (int)getpid()));
	ASSERT_OK(ledger_place_of(kit_job(), dir, NULL, NULL, run.at, &place.place));
	return place;
}

/* A new ledger, made at hour 0, beside what the test holds already. */
static inline struct place
place_more(void)
{
	struct place place = place_in(kit_mkdir());
	kit_job()->now_us = at_us(0);
	ASSERT_OK(ledger_init(kit_job(), &place.place));
	return place;
}

/* The first one of a test: memory begins anew. */
static inline struct place
place_make(void)
{
	(void)kit_fresh();
	return place_more();
}

static inline void
place_remove(const struct place *place)
{
	kit_rmdir(place->dir);
	kit_rmdir(place->place.run);
}

static inline struct ledger *
ledger_at(const struct place *place)
{
	struct ledger *ledger = NULL;
	ASSERT_OK(ledger_open(kit_job(), &place->place, &ledger));
	return ledger;
}

static inline void
run_cp(const char *from, const char *to)
{
	slice command;
	ASSERT_OK(job_format(kit_job(), &command, "cp -a %s %s", from, to));
	assert_int_equal(system(command.at), 0);
}

static inline struct place
place_copy(const struct place *place)
{
	slice dir;
	ASSERT_OK(job_format(kit_job(), &dir, "%s-copy", place->dir));
	run_cp(place->dir, dir.at);
	return place_in(dir.at);
}

/* Put ${name} of ${from} in the place of that of ${to}. */
static inline void
file_replace(const struct place *to, const struct place *from, const char *name)
{
	const char *old, *new;
	ASSERT_OK(fs_join(kit_job(), to->dir, name, &old));
	ASSERT_OK(fs_join(kit_job(), from->dir, name, &new));
	run_cp(new, old);
}

static inline void
folder_replace(const struct place *to, const struct place *from, const char *name)
{
	const char *old;
	ASSERT_OK(fs_join(kit_job(), to->dir, name, &old));
	kit_rmdir(old);
	file_replace(to, from, name);
}

/* Evidence */

static const struct column mount_columns[] = {{"target", COLUMN_TEXT, COLUMN_KEY, "where"}};
static const struct table mount_description = {"mount", "Mounts", mount_columns, 1};

static inline slice
mount_table(const char *target)
{
	struct rows rows;
	slice text;
	rows_open(&rows, kit_job(), &mount_description);
	ASSERT_OK(rows_add(&rows, (struct cell[]){TEXT(slice_of(target))}));
	ASSERT_OK(rows_write(kit_job(), &rows, 0, &text));
	return text;
}

static inline struct ledger_receipt
evidence_of(struct ledger *ledger, struct ledger_subject *subjects, size_t len, int64_t hour)
{
	struct ledger_receipt receipt;
	struct ledger_draft draft = {.kind = LEDGER_EVIDENCE,
	    .host = ledger_host_id(ledger),
	    .from_us = at_us(hour) - SECOND_US,
	    .to_us = at_us(hour),
	    .subjects = subjects,
	    .subjects_len = len,
	    .by_host = true};
	kit_job()->now_us = at_us(hour);
	ASSERT_OK(ledger_append(kit_job(), ledger, &draft, 1, &receipt));
	return receipt;
}

/* One table with one row, collected at ${hour}. */
static inline struct ledger_receipt
evidence(struct ledger *ledger, const char *table, const char *target, int64_t hour)
{
	struct ledger_subject subject = {.name = slice_of(table), .content = mount_table(target)};
	return evidence_of(ledger, &subject, 1, hour);
}

static inline struct ledger_moment
now_of(struct ledger *ledger)
{
	struct ledger_moment now;
	ASSERT_OK(ledger_moment(kit_job(), ledger, 0, &now));
	return now;
}

/* Checking */

static inline err
line_print(struct job *job, void *to, slice text)
{
	char *first = to;
	(void)job;
	if (first[0] == '\0')
		snprintf(first, 512, "%.*s", SLICE(text));
	return OK;
}

/* The whole of a closed ledger holds: tree, digests, signatures. */
static inline void
verify(const struct place *place)
{
	struct ledger_verify_options options = {.signatures = true, .contents = true};
	struct ledger_verify_result result;
	ASSERT_OK(ledger_verify(kit_job(), &place->place, NULL, &options, &result));
}

/* The number of differences between the view and the signed entries; the first sentence is in ${compare_said}. */
static char compare_said[512];
static inline uint64_t
compare(struct ledger *ledger)
{
	uint64_t entries, differences;
	compare_said[0] = '\0';
	ASSERT_OK(ledger_rebuild(kit_job(), ledger, true, line_print, compare_said, &entries, &differences));
	assert_int_equal(entries, ledger_size(ledger));
	return differences;
}

#endif
