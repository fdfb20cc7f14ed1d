/*
 * Which operating system this is. Does not ask the package manager: point releases are package versions.
 */
#include "collect/table/collect_os_version.h"

#include <sys/utsname.h>

#include "collect/collect_line.h"
#include "collect/collect_value.h"

static const struct column os_version_columns[] = {
    {"id", COLUMN_TEXT, COLUMN_KEY, "short name of the distribution"},
    {"name", COLUMN_TEXT, 0, "name of the distribution"},
    {"version_id", COLUMN_TEXT, 0, "version number"},
    {"codename", COLUMN_TEXT, 0, "release name, in lower case"},
    {"variant", COLUMN_TEXT, 0, "edition, empty for none"},
    {"arch", COLUMN_TEXT, 0, "machine type of the kernel"},
    {"pretty_name", COLUMN_TEXT, 0, "name and version for people"},
};
const struct table table_os_version = {
    "os_version", "the operating system and its version", os_version_columns, sizeof os_version_columns / sizeof *os_version_columns};

err
collect_os_version_parse(struct job *job, slice text, slice arch, struct rows *rows)
{
	enum { ID, NAME, VERSION_ID, CODENAME, VARIANT, ARCH, PRETTY, CELLS };
	static const char *const keys[] = {"ID", "NAME", "VERSION_ID", "VERSION_CODENAME", "VARIANT_ID", "", "PRETTY_NAME"};
	struct cell cells[CELLS] = {0};
	struct collect_lines lines = collect_lines_of(job, text, "#");
	slice line, key, value;
	unsigned number;
	while (collect_lines_next(&lines, &line, &number)) {
		if (!collect_shell_assignment(job, line, &key, &value))
			continue;
		for (size_t i = 0; i < CELLS; i++)
			if (key.len > 0 && slice_same(key, slice_of(keys[i])))
				cells[i].text = value;
	}
	if (cells[ID].text.len == 0)
		return err_set(job, ERR_INPUT, "os-release: os-release(5): expected an ID, found none");
	cells[ARCH].text = arch;
	return rows_add(rows, cells);
}

static err
os_version_run(struct job *job, struct collect *collect)
{
	slice text, arch = S("unknown");
	bool there;
	struct utsname name;
	TRY(collect_read(job, collect, "/etc/os-release", &text, &there));
	if (!there)
		TRY(collect_read(job, collect, "/usr/lib/os-release", &text, &there));
	if (!there) {
		collect_unseen(collect, &table_os_version, "neither /etc/os-release nor /usr/lib/os-release is there");
		return OK;
	}
	if (!collect_value(job, collect, "/proc/sys/kernel/arch", &arch) && collect->live && uname(&name) == 0)
		TRY(job_copy(job, slice_of(name.machine), &arch));
	return collect_os_version_parse(job, text, arch, collect_rows(collect, &table_os_version));
}

const struct collector collect_os_version = {
    .name = "os_version",
    .about = "The operating system's name, version and architecture",
    .tables = (const struct table *const[]){&table_os_version, NULL},
    .reads = (const char *const[]){"/etc/os-release", "/usr/lib/os-release", "/proc/sys/kernel/arch", "uname(2)", NULL},
    .needs = "",
    .run = os_version_run,
};
