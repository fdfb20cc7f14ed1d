/*
 * The story of assay demo as it is written: its steps in the order of their moments, and the words of each as they are typed.
 * Deliberately runs nothing and knows no register.
 */
#include "cli/cli_demo.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

#define MAX_FILES 100
#define MAX_STEPS 5000
#define MAX_BYTES ((size_t)2 * MIB)
#define MINUTE_US (60 * SECOND_US)

/* "-30d", "+5d" or "-30d 09:30" from the story's now, rounded to the day it falls on; without a time the day alone. */
static bool
moment_parse(slice text, int64_t now_us, bool *ret_timed, int64_t *ret_us)
{
	slice days, clock = S("00:00");
	char stamp[] = "1970-01-01T00:00:00Z";
	int64_t count, within;
	size_t blank = slice_find(text, ' ');
	*ret_timed = blank < text.len;
	days = slice_part(text, 0, blank);
	if (*ret_timed)
		clock = slice_from(text, blank + 1);
	if (days.len < 3 || (days.at[0] != '-' && days.at[0] != '+') || days.at[days.len - 1] != 'd' || clock.len != 5 ||
	    !slice_i64(slice_part(days, 1, days.len - 2), &count) || count < 0 || count > 5000)
		return false;
	memcpy(stamp + 11, clock.at, 5);
	if (!instant_parse(slice_of(stamp), &within))
		return false;
	*ret_us = (now_us / DAY_US + (days.at[0] == '-' ? -count : count)) * DAY_US + within;
	return true;
}

/* A step without a moment is typed a minute after the one above it. What belongs together stands together, and is told in the order of its moments. */
static err
step_moment(struct job *job, const struct cli_demo_story *story, const struct yaml *node, int64_t before_us, int64_t *ret_us)
{
	const struct yaml *at = yaml_get(node, "at");
	bool timed;
	*ret_us = before_us + MINUTE_US;
	if (at == NULL && before_us == 0)
		return yaml_refuse(job, node, "the first step of a file says when it is: at: -30d 09:30");
	if (at != NULL && (at->kind != YAML_SCALAR || !moment_parse(at->text, story->now_us, &timed, ret_us) || !timed))
		return yaml_refuse(job, at, "at: expected a day before today and a time, as -30d 09:30, found \"%.*s\"", SLICE(at->text));
	if (*ret_us > story->now_us && yaml_get(node, "if") == NULL)
		return yaml_refuse(job, node, "at: nothing is typed in the future");
	return OK;
}

static err
step_read(struct job *job, const struct cli_demo_story *story, const struct yaml *node, int64_t before_us, struct cli_demo_step *ret)
{
	static const char *const keys[] = {"at", "as", "name", "fails", "if", "run", NULL};
	slice only_if = {0};
	*ret = (struct cli_demo_step){.node = node};
	TRY(yaml_is_map(job, node, "a step"));
	TRY(yaml_only(job, node, keys));
	TRY(yaml_maybe_text(job, node, "as", &ret->actor));
	TRY(yaml_maybe_text(job, node, "name", &ret->name));
	TRY(yaml_maybe_text(job, node, "fails", &ret->fails));
	TRY(yaml_maybe_text(job, node, "if", &only_if));
	TRY(yaml_need_list(job, node, "run", &ret->words));
	if (only_if.len > 0 && !slice_same(only_if, S("collect")))
		return yaml_refuse(job, yaml_get(node, "if"), "if: expected collect, found \"%.*s\"", SLICE(only_if));
	ret->collecting = only_if.len > 0;
	if (ret->words->len == 0)
		return yaml_refuse(job, ret->words, "run: expected the words of a command");
	for (const struct yaml *word = ret->words->first; word != NULL; word = word->next)
		if (word->kind != YAML_SCALAR)
			return yaml_refuse(job, word, "run: expected a word, quoted where it is a sentence");
	return step_moment(job, story, node, before_us, &ret->at_us);
}

static err
file_read(struct job *job, struct cli_demo_story *story, const char *path)
{
	static const char *const keys[] = {"about", "steps", NULL};
	const struct yaml *root, *steps;
	int64_t before_us = 0;
	slice text, about;
	TRY(fs_slurp(job, path, MAX_BYTES, &text));
	TRY(yaml_read(job, path, text, &root));
	TRY(yaml_is_map(job, root, "a part of the story"));
	TRY(yaml_only(job, root, keys));
	TRY(yaml_need_text(job, root, "about", &about));
	TRY(yaml_need_list(job, root, "steps", &steps));
	for (const struct yaml *node = steps->first; node != NULL; node = node->next) {
		if (story->len == MAX_STEPS)
			return yaml_refuse(job, node, "a story has at most %d steps", MAX_STEPS);
		TRY(step_read(job, story, node, before_us, &story->steps[story->len]));
		before_us = story->steps[story->len++].at_us;
	}
	return OK;
}

/* By moment; at one moment as they were read, for each lies where it was read. */
static int
by_moment(const void *a, const void *b)
{
	const struct cli_demo_step *left = a, *right = b;
	if (left->at_us != right->at_us)
		return left->at_us < right->at_us ? -1 : 1;
	int files = strcmp(left->node->file, right->node->file);
	if (files != 0)
		return files;
	return left->node->line < right->node->line ? -1 : 1;
}

static void
root_close_at(struct fs_root *root)
{
	fs_root_close(root);
}

err
cli_demo_story_read(struct job *job, const char *folder, int64_t now_us, struct cli_demo_story *ret)
{
	DEFER(root_close_at) struct fs_root root = {.fd = -1};
	struct fs_name *names;
	const char *path;
	size_t len;
	*ret = (struct cli_demo_story){.folder = folder, .now_us = now_us};
	TRY(fs_root_open(job, folder, &root));
	TRY(fs_list(job, &root, ".", MAX_FILES, &names, &len));
	TRY(NEW(job, MAX_STEPS, &ret->steps));
	for (size_t i = 0; i < len; i++) {
		if (!slice_ends(slice_of(names[i].name), S(".yaml")))
			continue;
		TRY(fs_join(job, folder, names[i].name, &path));
		TRY(file_read(job, ret, path));
	}
	if (ret->len == 0)
		return err_set(job, ERR_MISSING, "%s: expected the steps of a story (*.yaml), found none", folder);
	qsort(ret->steps, ret->len, sizeof *ret->steps, by_moment);
	return OK;
}

/* Words */

static err
put_name(struct job *job, const struct cli_demo_story *story, slice name, const struct cli_demo_names *names, struct buf *buf)
{
	bool timed;
	int64_t at_us;
	if (name.len > 0 && (name.at[0] == '-' || name.at[0] == '+')) {
		if (!moment_parse(name, story->now_us, &timed, &at_us))
			return err_set(job, ERR_INPUT, "expected ${-30d} or ${-30d 09:30}, found ${%.*s}", SLICE(name));
		buf_text(buf, timed ? instant_text(at_us).at : instant_day(at_us).at);
		return OK;
	}
	if (slice_same(name, S("folder"))) {
		buf_text(buf, story->folder);
		return OK;
	}
	if (slice_same(name, S("me"))) {
		buf_add(buf, names != NULL ? names->me : name);
		return OK;
	}
	for (size_t i = 0; names != NULL && i < names->len; i++)
		if (slice_same(names->at[i].name, name)) {
			buf_i64(buf, names->at[i].number);
			return OK;
		}
	for (size_t i = 0; names == NULL && i < story->len; i++)
		if (slice_same(story->steps[i].name, name)) {
			buf_byte(buf, '1');
			return OK;
		}
	return err_set(job, ERR_INPUT, "no step before this one is named \"%.*s\"", SLICE(name));
}

static err
put_word(struct job *job, const struct cli_demo_story *story, slice rest, const struct cli_demo_names *names, struct buf *buf)
{
	while (rest.len > 0) {
		size_t dollar = slice_find(rest, '$');
		buf_add(buf, slice_part(rest, 0, dollar));
		rest = slice_from(rest, dollar);
		if (rest.len == 0)
			break;
		size_t end = slice_find(rest, '}');
		if (!slice_starts(rest, S("${")) || end == rest.len)
			return err_set(job, ERR_INPUT, "a dollar begins a name, as in ${name}");
		TRY(put_name(job, story, slice_part(rest, 2, end - 2), names, buf));
		rest = slice_from(rest, end + 1);
	}
	return OK;
}

err
cli_demo_words(struct job *job, const struct cli_demo_story *story, const struct cli_demo_step *step, const struct cli_demo_names *names, char ***ret,
    int *ret_len)
{
	*ret_len = 0;
	TRY(NEW(job, step->words->len + 1, ret));
	for (const struct yaml *word = step->words->first; word != NULL; word = word->next) {
		struct buf buf = buf_open(job, "a word of a step", 64 * KIB);
		slice text;
		char *copy;
		TRY(put_word(job, story, word->text, names, &buf));
		TRY(buf_end(&buf, &text));
		TRY(NEW(job, text.len + 1, &copy));
		memcpy(copy, text.at, text.len);
		(*ret)[(*ret_len)++] = copy;
	}
	return OK;
}
