/*
 * What tests share: a job over an arena, assertions that print the sentence, temporary folders, fixture trees.
 */
#ifndef KIT_H
#define KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/job.h"

/* A job of 256 MiB that lives for the whole test program; kit_fresh() empties it. */
static inline struct job *
kit_job(void)
{
	static struct job job;
	static struct arena *arena;
	if (arena == NULL)
		arena = arena_open("test", 256 * MIB);
	if (job.arena == NULL)
		job_init(&job, arena);
	return &job;
}

static inline struct job *
kit_fresh(void)
{
	struct job *job = kit_job();
	struct arena *arena = job->arena;
	arena_reset(arena);
	job_init(job, arena);
	return job;
}

static inline int
kit_close(void **state)
{
	(void)state;
	arena_close(kit_job()->arena);
	kit_job()->arena = NULL;
	return 0;
}

#define ASSERT_OK(call)                                                                            \
	do {                                                                                       \
		err kit_err_ = (call);                                                             \
		if (kit_err_.code != ERR_NONE)                                                     \
			fail_msg("%s: %s: %s", #call, err_name(kit_err_.code), kit_job()->why);    \
	} while (0)

/* ${call} fails with ${wanted}, and its sentence holds ${words}. */
#define ASSERT_ERR(call, wanted, words)                                                            \
	do {                                                                                       \
		err kit_err_ = (call);                                                             \
		if (kit_err_.code != (wanted))                                                     \
			fail_msg("%s: expected %s, got %s: %s", #call, err_name(wanted), err_name(kit_err_.code), kit_job()->why); \
		if (strstr(kit_job()->why, (words)) == NULL)                                       \
			fail_msg("%s: the sentence \"%s\" lacks \"%s\"", #call, kit_job()->why, (words)); \
	} while (0)

#define ASSERT_SLICE(found, wanted)                                                                \
	do {                                                                                       \
		slice kit_a_ = (found), kit_b_ = slice_of(wanted);                                 \
		if (!slice_same(kit_a_, kit_b_))                                                   \
			fail_msg("%s: expected \"%.*s\", found \"%.*s\"", #found, SLICE(kit_b_), SLICE(kit_a_)); \
	} while (0)

/* A new folder below $TMPDIR or /tmp, removed by kit_rmdir(). The name is in the job's arena. */
static inline const char *
kit_mkdir(void)
{
	slice path;
	const char *base = getenv("TMPDIR");
	ASSERT_OK(job_format(kit_job(), &path, "%s/assay-test-XXXXXX", base != NULL ? base : "/tmp"));
	char *name = (char *)(uintptr_t)path.at;
	assert_non_null(mkdtemp(name));
	return name;
}

/* Write ${text} to ${root}/${path}, making folders on the way. */
static inline void
kit_file(const char *root, const char *path, const char *text)
{
	slice full;
	ASSERT_OK(job_format(kit_job(), &full, "%s/%s", root, path[0] == '/' ? path + 1 : path));
	char *name = (char *)(uintptr_t)full.at;
	for (char *at = name + 1; *at != '\0'; at++)
		if (*at == '/') {
			*at = '\0';
			(void)mkdir(name, 0755);
			*at = '/';
		}
	FILE *file = fopen(name, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
}

#include <ftw.h>
static inline int
kit_unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}
#define kit_rmdir(path) ((void)nftw((path), kit_unlink_one, 16, FTW_DEPTH | FTW_PHYS))

#define KIT_TESTS(tests) (cmocka_run_group_tests_name(__FILE__, tests, NULL, kit_close))

#endif
