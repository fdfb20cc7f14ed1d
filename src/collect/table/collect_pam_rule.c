/*
 * What PAM asks for each service: every stack with @include, include and substack put in.
 * Does not run the stack: jumps of [success=1 …] are kept as they are written.
 */
#include "collect/table/collect_pam_rule.h"

#include <string.h>

#include "base/buf.h"
#include "collect/collect_line.h"

#define PAM_MAX_RULES 20000
#define PAM_MAX_DEPTH 8
#define PAM_MAX_FILES 10000

static const struct column pam_rule_columns[] = {
    {"service", COLUMN_TEXT, COLUMN_KEY, "program the stack is for, or a shared stack (common-auth)"},
    {"type", COLUMN_TEXT, COLUMN_KEY, "account, auth, password or session"},
    {"position", COLUMN_INT, COLUMN_KEY, "place in the stack, from 0"},
    {"control", COLUMN_TEXT, 0, "required, requisite, sufficient, optional or the list in brackets"},
    {"module", COLUMN_TEXT, 0, "module's file"},
    {"arguments", COLUMN_TEXT, 0, "its arguments, without secrets"},
    {"path", COLUMN_TEXT, 0, "file that has the line"},
    {"line", COLUMN_INT, 0, "line of that file"},
};
const struct table table_pam_rule = {"pam_rule", "the stacks of PAM", pam_rule_columns, 8};

static const char *const pam_folders[] = {"/etc/pam.d", "/usr/lib/pam.d", NULL};

bool
pam_line(slice line, struct pam_line *ret)
{
	struct pam_line rule = {0};
	slice rest = slice_part(line, 0, slice_find(line, '#')), word;
	if (!slice_word(&rest, &word))
		return false;
	if (slice_same_nocase(word, S("@include"))) {
		if (!slice_word(&rest, &rule.include))
			return false;
		*ret = rule;
		return true;
	}
	rule.type = word.at[0] == '-' ? slice_from(word, 1) : word;
	rest = slice_trim(rest);
	if (rest.len > 0 && rest.at[0] == '[') {
		size_t end = slice_find(rest, ']');
		if (end == rest.len)
			return false;
		rule.control = slice_part(rest, 0, end + 1);
		rest = slice_from(rest, end + 1);
	} else if (!slice_word(&rest, &rule.control)) {
		return false;
	}
	if (!slice_word(&rest, &rule.module))
		return false;
	rule.arguments = slice_trim(rest);
	*ret = rule;
	return true;
}

/* May the value of this argument be a secret? */
static bool
pam_is_secret(slice name)
{
	if (name.len > 0 && name.at[0] == '[') /* [name=a value with blanks] */
		name = slice_from(name, 1);
	static const slice parts[] = {S("passw"), S("passwd"), S("secret"), S("bindpw"), S("token"), S("apikey"), S("api_key"), S("skey")};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (slice_has(name, parts[i]))
			return true;
	return false;
}

/* The next argument: one in brackets holds blanks. */
static bool
pam_word(slice *rest, slice *ret)
{
	slice text = slice_trim(*rest);
	if (text.len == 0 || text.at[0] != '[') {
		*rest = text;
		return slice_word(rest, ret);
	}
	size_t end = 1;
	while (end < text.len && text.at[end] != ']')
		end += text.at[end] == '\\' && end + 1 < text.len ? 2 : 1;
	end = end < text.len ? end + 1 : text.len;
	*ret = slice_part(text, 0, end);
	*rest = slice_from(text, end);
	return true;
}

/* pam_exec(8) runs a command: its path stays, its arguments go. */
static slice
pam_command_bare(slice module, slice arguments)
{
	slice rest = arguments, word;
	if (!slice_ends(module, S("pam_exec.so")))
		return arguments;
	while (pam_word(&rest, &word))
		if (word.at[0] == '/')
			return slice_part(arguments, 0, (size_t)(word.at + word.len - arguments.at));
	return arguments;
}

err
pam_redact(struct job *job, slice arguments, slice *ret)
{
	struct buf buf = buf_open(job, "PAM arguments", COLLECT_MAX_FILE);
	slice rest = arguments, word;
	while (pam_word(&rest, &word)) {
		size_t equals = slice_find(word, '=');
		if (buf.len > 0)
			buf_byte(&buf, ' ');
		buf_add(&buf, equals < word.len && pam_is_secret(slice_part(word, 0, equals)) ? slice_part(word, 0, equals + 1) : word);
	}
	return buf_end(&buf, ret);
}

/* Rules that are growing, of one service at a time. */
struct pam_stack {
	struct job *job;
	const struct collect *collect;
	struct pam_rule *at;
	size_t len, room;
	slice service;
	unsigned position[4]; /* next of each type */
	unsigned depth, files;
};

static int
pam_type(slice type)
{
	static const char *const types[] = {"account", "auth", "password", "session"};
	for (int i = 0; i < 4; i++)
		if (slice_same_nocase(type, slice_of(types[i])))
			return i;
	return -1;
}

static err
pam_add(struct pam_stack *stack, const struct pam_line *line, const char *path, unsigned number)
{
	int type = pam_type(line->type);
	if (type < 0)
		return OK;
	if (stack->len == stack->room) {
		size_t room = stack->room == 0 ? 256 : stack->room * 2;
		struct pam_rule *at;
		TRY(NEW(stack->job, room, &at));
		if (stack->len > 0)
			memcpy(at, stack->at, stack->len * sizeof *at);
		stack->at = at;
		stack->room = room;
	}
	if (stack->len >= PAM_MAX_RULES)
		return err_set(stack->job, ERR_LIMIT, "%s:%u: the stacks of PAM have more than %d rules", path, number, PAM_MAX_RULES);
	struct pam_rule rule = {.service = stack->service,
	    .type = line->type,
	    .control = line->control,
	    .module = line->module,
	    .position = stack->position[type]++,
	    .path = path,
	    .line = number};
	TRY(pam_redact(stack->job, pam_command_bare(line->module, line->arguments), &rule.arguments));
	stack->at[stack->len++] = rule;
	return OK;
}

static err pam_file(struct pam_stack *stack, const char *path, slice only);

/* The lines of type ${only} ("" = all) of the file ${name}, in pam.d unless it is a path. */
static err
pam_include(struct pam_stack *stack, slice name, slice only)
{
	const char *path, *string;
	TRY(job_string(stack->job, name, &string));
	if (name.at[0] == '/')
		return pam_file(stack, string, only);
	for (size_t i = 0; pam_folders[i] != NULL; i++) {
		TRY(fs_join(stack->job, pam_folders[i], string, &path));
		if (fs_exists(&stack->collect->root, path))
			return pam_file(stack, path, only);
	}
	return OK;
}

static err
pam_file(struct pam_stack *stack, const char *path, slice only)
{
	slice text, line;
	bool there;
	unsigned number;
	if (++stack->depth > PAM_MAX_DEPTH || ++stack->files > PAM_MAX_FILES)
		return err_set(stack->job, ERR_LIMIT, "%s: files of PAM include one another more than %d deep or %d times", path,
		    PAM_MAX_DEPTH, PAM_MAX_FILES);
	TRY(collect_read(stack->job, stack->collect, path, &text, &there));
	struct collect_lines lines = collect_lines_of(stack->job, text, "#");
	while (collect_lines_next(&lines, &line, &number)) {
		struct pam_line rule;
		if (!pam_line(line, &rule))
			continue;
		if (rule.include.len > 0)
			TRY(pam_include(stack, rule.include, only));
		else if (only.len > 0 && !slice_same_nocase(rule.type, only))
			continue;
		else if (slice_same(rule.control, S("include")) || slice_same(rule.control, S("substack")))
			TRY(pam_include(stack, rule.module, rule.type));
		else
			TRY(pam_add(stack, &rule, path, number));
	}
	stack->depth--;
	return OK;
}

err
pam_rules(struct job *job, const struct collect *collect, struct pam_rule **ret, size_t *ret_len)
{
	struct pam_stack stack = {.job = job, .collect = collect};
	const char **paths;
	size_t len;
	TRY(collect_dropin_paths(job, collect, pam_folders, "", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		stack.service = slice_of(strrchr(paths[i], '/') + 1);
		memset(stack.position, 0, sizeof stack.position);
		if (!slice_has(stack.service, S(".dpkg-")) && !slice_ends(stack.service, S("~")))
			TRY(pam_file(&stack, paths[i], S("")));
	}
	*ret = stack.at;
	*ret_len = stack.len;
	return OK;
}

static err
pam_run(struct job *job, struct collect *collect)
{
	struct rows *rows = collect_rows(collect, &table_pam_rule);
	struct pam_rule *rule;
	size_t len;
	if (!fs_exists(&collect->root, pam_folders[0]) && !fs_exists(&collect->root, pam_folders[1])) {
		collect_absent(collect, &table_pam_rule, "PAM is not installed");
		return OK;
	}
	TRY(pam_rules(job, collect, &rule, &len));
	for (size_t i = 0; i < len; i++) {
		struct cell cells[] = {TEXT(rule[i].service), TEXT(rule[i].type), INT(rule[i].position), TEXT(rule[i].control),
		    TEXT(rule[i].module), TEXT(rule[i].arguments), TEXT(slice_of(rule[i].path)), INT(rule[i].line)};
		TRY(rows_add(rows, cells));
	}
	return OK;
}

static const struct table *const pam_tables[] = {&table_pam_rule, NULL};
static const char *const pam_reads[] = {"/etc/pam.d", "/usr/lib/pam.d", NULL};

const struct collector collect_pam_rule = {
    .name = "pam_rule",
    .about = "the stacks of PAM with their includes put in",
    .tables = pam_tables,
    .reads = pam_reads,
    .needs = "",
    .run = pam_run,
};
