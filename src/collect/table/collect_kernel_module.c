/*
 * Kernel modules that are loaded or blocked. Does not list modules that could be loaded, nor what is built into the kernel.
 */
#include "collect/table/collect_kernel_module.h"

#include <string.h>

#include "collect/collect_line.h"
#include "collect/collect_value.h"

#define MODULE_MAX 10000 /* Debian's kernel has some 4000 */

static const struct column kernel_module_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "module, with _ for -"},
    {"loaded", COLUMN_INT, 0, "1 = in the running kernel"},
    {"size_bytes", COLUMN_INT, COLUMN_VOLATILE, "memory it takes, 0 when not loaded"},
    {"used_by", COLUMN_INT, COLUMN_VOLATILE, "number of users"},
    {"blocked", COLUMN_INT, 0, "1 = modprobe's configuration keeps it out (blacklist, or an install line that loads nothing)"},
    {"block_path", COLUMN_TEXT, 0, "file that blocks it, empty for none"},
};
const struct table table_kernel_module = {"kernel_module", "kernel modules that are loaded or blocked", kernel_module_columns,
    sizeof kernel_module_columns / sizeof *kernel_module_columns};

static err
module_find(struct collect_modules *modules, slice name, struct collect_module **ret)
{
	char *at;
	TRY(NEW(modules->job, name.len + 1, &at));
	for (size_t i = 0; i < name.len; i++)
		at[i] = name.at[i] == '-' ? '_' : name.at[i];
	for (size_t i = 0; i < modules->len; i++)
		if (slice_same(modules->at[i].name, slice_bytes(at, name.len))) {
			*ret = &modules->at[i];
			return OK;
		}
	if (modules->len == MODULE_MAX)
		return err_set(modules->job, ERR_LIMIT, "more than %d kernel modules are loaded or blocked", MODULE_MAX);
	if (modules->len == modules->room) {
		struct collect_module *more;
		size_t room = modules->room == 0 ? 256 : modules->room * 2;
		TRY(NEW(modules->job, room, &more));
		if (modules->len > 0)
			memcpy(more, modules->at, modules->len * sizeof *more);
		modules->at = more;
		modules->room = room;
	}
	*ret = &modules->at[modules->len++];
	**ret = (struct collect_module){.name = slice_bytes(at, name.len), .block_path = ""};
	return OK;
}

static err
module_block(struct collect_modules *modules, slice name, const char *path)
{
	struct collect_module *module;
	if (name.len == 0)
		return OK;
	TRY(module_find(modules, name, &module));
	if (!module->blocked)
		module->block_path = path;
	module->blocked = true;
	return OK;
}

err
collect_modules_loaded(struct collect_modules *modules, slice text)
{
	slice line, name, size, users;
	struct collect_module *module;
	while (slice_cut(&text, '\n', &line)) {
		int64_t bytes, count;
		if (!slice_word(&line, &name) || !slice_word(&line, &size) || !slice_word(&line, &users) || !slice_i64(size, &bytes))
			continue;
		TRY(module_find(modules, name, &module));
		module->loaded = true;
		module->size_bytes = bytes;
		module->used_by = slice_i64(users, &count) ? count : 0;
	}
	return OK;
}

/* An install line that runs a program which does nothing. */
static bool
module_install_nothing(slice command)
{
	static const char *const nothing[] = {
	    "/bin/false", "/usr/bin/false", "/bin/true", "/usr/bin/true", "/sbin/nologin", "/usr/sbin/nologin", ":", "false", "true", NULL};
	slice word;
	return slice_word(&command, &word) && collect_word_in(word, nothing);
}

err
collect_modules_config(struct collect_modules *modules, const char *path, slice text)
{
	struct collect_lines lines = collect_lines_of(modules->job, text, "#");
	slice line, word, name;
	unsigned number;
	while (collect_lines_next(&lines, &line, &number)) {
		if (!slice_word(&line, &word) || !slice_word(&line, &name))
			continue;
		if (slice_same(word, S("blacklist")) || (slice_same(word, S("install")) && module_install_nothing(line)))
			TRY(module_block(modules, name, path));
	}
	return OK;
}

err
collect_modules_cmdline(struct collect_modules *modules, slice text)
{
	slice word, name;
	while (slice_word(&text, &word)) {
		if (!slice_starts(word, S("module_blacklist=")) && !slice_starts(word, S("modprobe.blacklist=")))
			continue;
		word = slice_from(word, slice_find(word, '=') + 1);
		while (slice_cut(&word, ',', &name))
			TRY(module_block(modules, name, "/proc/cmdline"));
	}
	return OK;
}

static err
kernel_module_config(struct job *job, const struct collect *collect, struct collect_modules *modules)
{
	static const char *const folders[] = {
	    "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d", NULL};
	const char **paths;
	size_t len;
	slice text;
	bool there;
	TRY(collect_dropin_paths(job, collect, folders, ".conf", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		TRY(collect_read(job, collect, paths[i], &text, &there));
		TRY(collect_modules_config(modules, paths[i], text));
	}
	return OK;
}

static err
kernel_module_run(struct job *job, struct collect *collect)
{
	struct collect_modules modules = {.job = job};
	slice text;
	err read = fs_read(job, &collect->root, "/proc/modules", 4 * MIB, &text);
	if (read.code == ERR_MISSING && fs_exists(&collect->root, "/proc/stat")) {
		collect_absent(collect, &table_kernel_module, "this kernel has no loadable modules");
		return OK;
	}
	TRY(read);
	TRY(collect_modules_loaded(&modules, text));
	TRY(kernel_module_config(job, collect, &modules));
	if (collect_value(job, collect, "/proc/cmdline", &text))
		TRY(collect_modules_cmdline(&modules, text));
	for (size_t i = 0; i < modules.len; i++) {
		const struct collect_module *module = &modules.at[i];
		TRY(rows_add(collect_rows(collect, &table_kernel_module),
		    (struct cell[]){TEXT(module->name), INT(module->loaded), INT(module->size_bytes), INT(module->used_by),
			INT(module->blocked), TEXT(slice_of(module->block_path))}));
	}
	return OK;
}

const struct collector collect_kernel_module = {
    .name = "kernel_module",
    .about = "Kernel modules that are loaded, and those modprobe's configuration keeps out",
    .tables = (const struct table *const[]){&table_kernel_module, NULL},
    .reads = (const char *const[]){"/proc/modules", "/proc/cmdline", "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d", NULL},
    .needs = "",
    .run = kernel_module_run,
};
