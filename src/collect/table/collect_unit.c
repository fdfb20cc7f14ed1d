/*
 * systemd's units from their files: what is enabled, what runs as whom, every setting after drop-ins, and the timers.
 * Does not ask systemd: a state is known only where a unit's control group says so.
 */
#include "collect/table/collect_unit.h"

#include <dirent.h>
#include <string.h>

#include "base/buf.h"
#include "base/instant.h"
#include "collect/collect_line.h"
#include "collect/collect_value.h"
#include "collect/table/collect_mount.h"

#define UNIT_MAX_NAMES 20000
#define UNIT_MAX_VALUES 20000 /* of one unit */

static const struct column unit_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "unit, with its suffix"},
    {"kind", COLUMN_TEXT, 0, "service, socket, timer, path, mount, automount, swap, slice, scope, target"},
    {"path", COLUMN_TEXT, 0, "file that describes it"},
    {"enabled", COLUMN_TEXT, 0,
	"enabled, disabled, linked (known, not started), static (nothing to enable), alias, masked, generated or transient"},
    {"state", COLUMN_TEXT, COLUMN_MAYBE, "active when its control group has processes; NULL when systemd does not run or cannot be seen"},
    {"runs_as", COLUMN_TEXT, COLUMN_PERSONAL, "account a service runs as, \"(dynamic)\" for one made up at start; empty for other kinds"},
    {"exec_path", COLUMN_TEXT, 0, "program a service starts first"},
};
const struct table table_unit = {"unit", "systemd's units", unit_columns, 7};

static const struct column unit_setting_columns[] = {
    {"unit", COLUMN_TEXT, COLUMN_KEY, "unit, with its suffix"},
    {"section", COLUMN_TEXT, COLUMN_KEY, "section of the file"},
    {"key", COLUMN_TEXT, COLUMN_KEY, "setting, spelled as systemd does"},
    {"position", COLUMN_INT, COLUMN_KEY, "number of the value, from 0, where a setting has several"},
    {"value", COLUMN_TEXT, 0,
	"value after drop-ins; a command without its arguments, an environment without its values, no secrets, no account's name"},
    {"path", COLUMN_TEXT, 0, "file that sets it"},
    {"line", COLUMN_INT, 0, "line of that file"},
};
const struct table table_unit_setting = {"unit_setting", "settings of systemd's units after drop-ins", unit_setting_columns, 7};

static const struct column timer_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "timer unit"},
    {"activates", COLUMN_TEXT, 0, "unit it starts"},
    {"schedule", COLUMN_TEXT, 0, "its On… settings"},
    {"persistent", COLUMN_INT, 0, "1 when a missed run is made up for"},
    {"enabled", COLUMN_TEXT, 0, "as in the table unit"},
    {"last_run", COLUMN_TIME, COLUMN_MAYBE, "last run, known of persistent timers"},
};
const struct table table_timer = {"timer", "systemd's timers", timer_columns, 6};

/* Strongest first, as systemd.unit(5) has them. */
enum unit_place { UNIT_SET_UP, UNIT_PACKAGED, UNIT_GENERATED, UNIT_TRANSIENT };
static const struct {
	const char *path;
	enum unit_place place;
} unit_folders[] = {{"/etc/systemd/system.control", UNIT_SET_UP}, {"/run/systemd/system.control", UNIT_SET_UP},
    {"/run/systemd/transient", UNIT_TRANSIENT}, {"/run/systemd/generator.early", UNIT_GENERATED}, {"/etc/systemd/system", UNIT_SET_UP},
    {"/run/systemd/system", UNIT_SET_UP}, {"/run/systemd/generator", UNIT_GENERATED}, {"/usr/local/lib/systemd/system", UNIT_PACKAGED},
    {"/usr/lib/systemd/system", UNIT_PACKAGED}, {"/lib/systemd/system", UNIT_PACKAGED}, {"/run/systemd/generator.late", UNIT_GENERATED}};
#define UNIT_FOLDERS (sizeof unit_folders / sizeof *unit_folders)
#define UNIT_LEVELS 12 /* of drop-in folders for one unit: foo-bar.service.d, foo-.service.d, service.d, … */

static const char *const unit_kinds[] = {
    "service", "socket", "timer", "path", "mount", "automount", "swap", "slice", "scope", "target", NULL};

/* ---- one file ---- */

/* Keys that add up; of all others the last value wins. */
static bool
unit_adds_up(slice key)
{
	static const char *const keys[] = {"After", "Before", "Wants", "Requires", "Requisite", "BindsTo", "PartOf", "Upholds", "Conflicts",
	    "OnFailure", "OnSuccess", "Documentation", "WantedBy", "RequiredBy", "UpheldBy", "Also", "Alias", "Environment",
	    "EnvironmentFile", "PassEnvironment", "UnsetEnvironment", "SupplementaryGroups", "CapabilityBoundingSet", "AmbientCapabilities",
	    "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "ExecPaths", "NoExecPaths", "BindPaths", "BindReadOnlyPaths",
	    "TemporaryFileSystem", "SystemCallFilter", "RestrictAddressFamilies", "RestrictNamespaces", "IPAddressAllow", "IPAddressDeny",
	    "DeviceAllow", "LoadCredential", "SetCredential", "LoadCredentialEncrypted", "SetCredentialEncrypted", "StateDirectory",
	    "RuntimeDirectory", "LogsDirectory", "CacheDirectory", "ConfigurationDirectory", "RequiresMountsFor", "SocketBindAllow",
	    "SocketBindDeny", NULL};
	static const char *const starts[] = {"Exec", "Listen", "On", "Condition", "Assert", "Path", NULL};
	for (size_t i = 0; keys[i] != NULL; i++)
		if (slice_same(key, slice_of(keys[i])))
			return true;
	for (size_t i = 0; starts[i] != NULL; i++)
		if (slice_starts(key, slice_of(starts[i])) && !slice_same(key, S("OnFailureJobMode")))
			return true;
	return false;
}

/* The program of a command line, without systemd's prefixes in front. */
static slice
unit_program(slice command)
{
	slice word = S("");
	while (command.len > 0 && strchr("@-:+!|", command.at[0]) != NULL && command.at[0] != '\0')
		command = slice_from(command, 1);
	(void)slice_word(&command, &word);
	return word;
}

/* May ${name} be the name of an environment variable? */
static bool
unit_is_name(slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char byte = name.at[i];
		if (!((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_' || (i > 0 && byte >= '0' && byte <= '9')))
			return false;
	}
	return name.len > 0;
}

/* NAME of each NAME=value (${bare}: also of a word without a sign); quotes hold blanks together. A word that is neither is part of a value
 * that somebody forgot to quote. */
static err
unit_names(struct job *job, slice text, bool bare, slice *ret)
{
	struct buf buf = buf_open(job, "environment", COLLECT_MAX_FILE);
	for (size_t i = 0; i < text.len;) {
		char quote = '\0';
		size_t from = i;
		for (; i < text.len && (quote != '\0' || (text.at[i] != ' ' && text.at[i] != '\t')); i++) {
			if (text.at[i] == '\\' && i + 1 < text.len)
				i++;
			else if (quote != '\0')
				quote = text.at[i] == quote ? '\0' : quote;
			else if (text.at[i] == '"' || text.at[i] == '\'')
				quote = text.at[i];
		}
		slice one = slice_part(text, from, i - from);
		if (one.len > 0 && (one.at[0] == '"' || one.at[0] == '\''))
			one = slice_from(one, 1);
		if (bare && one.len > 0 && (one.at[one.len - 1] == '"' || one.at[one.len - 1] == '\''))
			one.len--;
		slice name = slice_part(one, 0, slice_find(one, '='));
		if (unit_is_name(name) && (bare || name.len < one.len)) {
			if (buf.len > 0)
				buf_byte(&buf, ' ');
			buf_add(&buf, name);
		}
		while (i < text.len && (text.at[i] == ' ' || text.at[i] == '\t'))
			i++;
	}
	return buf_end(&buf, ret);
}

/* Does the key's own name say that its value is a secret? */
static bool
unit_is_secret(slice key)
{
	static const char *const words[] = {"Password", "Passwd", "Secret", "Token", "StandardInputText", "StandardInputData"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_has(key, slice_of(words[i])))
			return true;
	return false;
}

/* What may be kept of a value. */
static err
unit_redact(struct job *job, slice key, slice value, slice *ret)
{
	slice kept = value;
	if (slice_same(key, S("Environment")) || slice_same(key, S("UnsetEnvironment")))
		TRY(unit_names(job, value, slice_same(key, S("UnsetEnvironment")), &kept));
	if (slice_same(key, S("ConditionEnvironment")) || slice_same(key, S("AssertEnvironment")))
		kept = slice_part(value, 0, slice_find(value, '='));
	if (slice_starts(key, S("Exec")) && !slice_same(key, S("ExecPaths")))
		kept = unit_program(value);
	if (slice_starts(key, S("SetCredential")))
		kept = slice_part(value, 0, slice_find(value, ':'));
	if (slice_same(key, S("Description")))
		kept = slice_part(value, 0, 200);
	if (slice_same(key, S("Options")))
		TRY(collect_mount_options(job, value, &kept));
	if (slice_same(key, S("What")) || slice_same(key, S("Documentation")))
		TRY(collect_uri_bare(job, value, &kept));
	/* An empty value would clear the key: one that is only not kept must not. */
	*ret = value.len > 0 && (kept.len == 0 || unit_is_secret(key)) ? S("(not kept)") : kept;
	return OK;
}

static err
unit_add(struct unit_values *values, struct unit_value value)
{
	size_t same = 0, last = 0, kept = 0;
	bool list = unit_adds_up(value.key);
	for (size_t i = 0; i < values->len; i++)
		if (slice_same(values->at[i].key, value.key) && slice_same(values->at[i].section, value.section))
			same++, last = i;
	if (value.value.len == 0) {
		for (size_t i = 0; i < values->len; i++)
			if (!slice_same(values->at[i].key, value.key) || !slice_same(values->at[i].section, value.section))
				values->at[kept++] = values->at[i];
		values->len = kept;
		return OK;
	}
	if (!list && same > 0) {
		values->at[last] = value;
		return OK;
	}
	if (values->len == values->room) {
		size_t room = values->room == 0 ? 32 : values->room * 2;
		struct unit_value *at;
		TRY(NEW(values->job, room, &at));
		if (values->len > 0)
			memcpy(at, values->at, values->len * sizeof *at);
		values->at = at;
		values->room = room;
	}
	if (values->len >= UNIT_MAX_VALUES)
		return err_set(values->job, ERR_LIMIT, "%s:%u: a unit has more than %d settings", value.path, value.line, UNIT_MAX_VALUES);
	value.position = (unsigned)same;
	values->at[values->len++] = value;
	return OK;
}

err
unit_text(struct unit_values *values, const char *path, slice text)
{
	struct collect_lines lines = collect_lines_of(values->job, text, "#;");
	slice line, section = S("");
	unsigned number;
	while (collect_lines_next(&lines, &line, &number)) {
		if (line.at[0] == '[' && line.at[line.len - 1] == ']') {
			section = slice_part(line, 1, line.len - 2);
			continue;
		}
		size_t equals = slice_find(line, '=');
		/* What begins with X- is somebody else's and unknown to systemd. */
		if (equals == line.len || slice_starts(section, S("X-")) || slice_starts(line, S("X-")))
			continue;
		struct unit_value value = {
		    .section = section, .key = slice_trim(slice_part(line, 0, equals)), .path = path, .line = number};
		TRY(unit_redact(values->job, value.key, slice_trim(slice_from(line, equals + 1)), &value.value));
		TRY(unit_add(values, value));
	}
	return OK;
}

slice
unit_value(const struct unit_values *values, slice section, slice key)
{
	for (size_t i = values->len; i-- > 0;)
		if (slice_same(values->at[i].section, section) && slice_same(values->at[i].key, key))
			return values->at[i].value;
	return S("");
}

/* systemd's words for yes. */
static bool
unit_is_true(slice value)
{
	return slice_same_nocase(value, S("yes")) || slice_same_nocase(value, S("true")) || slice_same_nocase(value, S("on")) ||
	       slice_same(value, S("1")) || slice_same_nocase(value, S("y")) || slice_same_nocase(value, S("t"));
}

/* ---- all of them ---- */

/* A name in one of the folders. */
struct unit_entry {
	const char *name;
	const char *folder;
	bool drop_ins; /* a folder NAME.d of this name is somewhere */
	bool wanted;   /* a link in a .wants or .requires folder */
	bool link;
};

struct unit_host {
	struct job *job;
	struct collect *collect;
	struct unit_entry *at;
	size_t len, room;
	bool running;
	bool kind_drop_ins[16]; /* by unit_kinds: a folder such as service.d is somewhere */
};

/* The index in unit_kinds of ${word}, or SIZE_MAX. */
static size_t
unit_kind_index(slice word)
{
	for (size_t i = 0; unit_kinds[i] != NULL; i++)
		if (slice_same(word, slice_of(unit_kinds[i])))
			return i;
	return SIZE_MAX;
}

static const char *
unit_kind(slice name)
{
	size_t index = unit_kind_index(slice_from(name, slice_find_last(name, '.') + 1));
	return index == SIZE_MAX ? NULL : unit_kinds[index];
}

static enum unit_place
unit_place_of(const char *folder)
{
	for (size_t i = 0; i < UNIT_FOLDERS; i++)
		if (folder != NULL && strcmp(folder, unit_folders[i].path) == 0)
			return unit_folders[i].place;
	return UNIT_PACKAGED;
}

static struct unit_entry *
unit_find(const struct unit_host *host, slice name)
{
	for (size_t i = 0; i < host->len; i++)
		if (slice_same(slice_of(host->at[i].name), name))
			return &host->at[i];
	return NULL;
}

static err
unit_entry_add(struct unit_host *host, const char *name, const char *folder, struct unit_entry **ret)
{
	*ret = unit_find(host, slice_of(name));
	if (*ret == NULL) {
		if (host->len == host->room) {
			size_t room = host->room == 0 ? 512 : host->room * 2;
			struct unit_entry *at;
			TRY(NEW(host->job, room, &at));
			if (host->len > 0)
				memcpy(at, host->at, host->len * sizeof *at);
			host->at = at;
			host->room = room;
		}
		*ret = &host->at[host->len++];
		(*ret)->name = name;
	}
	if ((*ret)->folder == NULL)
		(*ret)->folder = folder;
	return OK;
}

/* Links in NAME.wants and NAME.requires: what is enabled. Instances of templates become units here. */
static err
unit_wants(struct unit_host *host, const char *folder, const char *name)
{
	const char *path;
	struct fs_name *names;
	size_t len;
	TRY(fs_join(host->job, folder, name, &path));
	TRY(fs_list(host->job, &host->collect->root, path, UNIT_MAX_NAMES, &names, &len));
	for (size_t i = 0; i < len; i++) {
		struct unit_entry *entry;
		if (unit_kind(slice_of(names[i].name)) == NULL)
			continue;
		TRY(unit_entry_add(host, names[i].name, NULL, &entry));
		/* What a package itself links stands there without anybody having enabled it. */
		entry->wanted = entry->wanted || unit_place_of(folder) != UNIT_PACKAGED;
	}
	return OK;
}

static err
unit_folder(struct unit_host *host, const char *folder)
{
	struct fs_name *names;
	size_t len;
	err listed = fs_list(host->job, &host->collect->root, folder, UNIT_MAX_NAMES, &names, &len);
	if (listed.code == ERR_MISSING)
		return OK;
	TRY(listed);
	for (size_t i = 0; i < len; i++) {
		slice name = slice_of(names[i].name);
		struct unit_entry *entry;
		if (slice_ends(name, S(".wants")) || slice_ends(name, S(".requires")) || slice_ends(name, S(".upholds"))) {
			TRY(unit_wants(host, folder, names[i].name));
		} else if (slice_ends(name, S(".d"))) {
			const char *unit;
			TRY(job_string(host->job, slice_part(name, 0, name.len - 2), &unit));
			if (unit_kind_index(slice_of(unit)) != SIZE_MAX) {
				host->kind_drop_ins[unit_kind_index(slice_of(unit))] = true;
			} else if (unit_kind(slice_of(unit)) != NULL) {
				TRY(unit_entry_add(host, unit, NULL, &entry));
				entry->drop_ins = true;
			}
		} else if (unit_kind(name) != NULL) {
			bool first = unit_find(host, name) == NULL || unit_find(host, name)->folder == NULL;
			TRY(unit_entry_add(host, names[i].name, folder, &entry));
			if (first)
				entry->link = names[i].type == DT_LNK;
		}
	}
	return OK;
}

/* "getty@.service" of "getty@tty1.service", or the empty text. */
static err
unit_template(struct job *job, slice name, slice *ret)
{
	size_t at = slice_find(name, '@'), dot = slice_find_last(name, '.');
	*ret = S("");
	if (at >= dot || at + 1 == dot)
		return OK;
	slice front = slice_part(name, 0, at + 1), back = slice_from(name, dot);
	return job_format(job, ret, "%.*s%.*s", SLICE(front), SLICE(back));
}

/* The names whose drop-in folders hold for ${name}, strongest first: itself, its template, "foo-.service" for "foo-bar.service", "service".
 */
static err
unit_levels(struct unit_host *host, slice name, slice template, slice *level, size_t *ret_len)
{
	size_t dot = slice_find_last(name, '.'), len = 0;
	slice base = template.len > 0 ? template : name, suffix = slice_from(name, dot + 1);
	const struct unit_entry *entry = unit_find(host, name);
	if (entry != NULL && entry->drop_ins)
		level[len++] = name;
	entry = template.len > 0 ? unit_find(host, template) : NULL;
	if (entry != NULL && entry->drop_ins)
		level[len++] = template;
	for (size_t at = slice_find_last(base, '.'); len < UNIT_LEVELS - 1 && at > 1;) {
		slice front = slice_part(base, 0, at - 1), prefix;
		if (slice_find(front, '-') == front.len)
			break;
		at = slice_find_last(front, '-') + 1;
		TRY(job_format(host->job, &prefix, "%.*s.%.*s", (int)at, base.at, SLICE(suffix)));
		entry = unit_find(host, prefix);
		if (entry != NULL && entry->drop_ins && !slice_same(prefix, base))
			level[len++] = prefix;
	}
	if (unit_kind_index(suffix) != SIZE_MAX && host->kind_drop_ins[unit_kind_index(suffix)])
		level[len++] = suffix;
	*ret_len = len;
	return OK;
}

/* Add the drop-ins of ${name}: of files with one name that of the strongest level and folder, all in the order of their names. */
static err
unit_drop_ins(struct unit_host *host, slice name, slice template, struct unit_values *values)
{
	const char *folders[UNIT_LEVELS * UNIT_FOLDERS + 1], **paths;
	slice level[UNIT_LEVELS], folder;
	size_t levels, len = 0;
	TRY(unit_levels(host, name, template, level, &levels));
	for (size_t l = 0; l < levels; l++)
		for (size_t i = 0; i < UNIT_FOLDERS; i++) {
			TRY(job_format(host->job, &folder, "%s/%.*s.d", unit_folders[i].path, SLICE(level[l])));
			folders[len++] = folder.at;
		}
	folders[len] = NULL;
	TRY(collect_dropin_paths(host->job, host->collect, folders, ".conf", &paths, &len));
	for (size_t i = 0; i < len; i++) {
		slice text;
		bool there;
		TRY(collect_read(host->job, host->collect, paths[i], &text, &there));
		TRY(unit_text(values, paths[i], text));
	}
	return OK;
}

/* "enabled", "disabled", … of a unit whose file is read. */
static const char *
unit_enabled(struct unit_host *host, const struct unit_entry *entry, const char *path, const struct unit_values *values)
{
	slice target;
	enum unit_place place = unit_place_of(entry->folder);
	if (place == UNIT_GENERATED || place == UNIT_TRANSIENT)
		return place == UNIT_GENERATED ? "generated" : "transient";
	if (entry->link && fs_readlink(host->job, &host->collect->root, path, &target).code == ERR_NONE) {
		slice base = slice_from(target, slice_find(target, '/') < target.len ? slice_find_last(target, '/') + 1 : 0);
		if (!slice_same(base, slice_of(entry->name)))
			return "alias";
		if (place == UNIT_SET_UP)
			return entry->wanted ? "enabled" : "linked";
	}
	if (entry->wanted)
		return "enabled";
	for (size_t i = 0; i < values->len; i++)
		if (slice_same(values->at[i].section, S("Install")))
			return "disabled";
	return "static";
}

/* An alias in /etc/systemd/system is how Alias= units are enabled: dbus-x.service -> x.service. */
static err
unit_aliases(struct unit_host *host)
{
	for (size_t i = 0; i < host->len; i++) {
		const struct unit_entry *entry = &host->at[i];
		slice target;
		const char *path;
		if (!entry->link || entry->folder == NULL || unit_place_of(entry->folder) != UNIT_SET_UP)
			continue;
		TRY(fs_join(host->job, entry->folder, entry->name, &path));
		if (fs_readlink(host->job, &host->collect->root, path, &target).code != ERR_NONE)
			continue;
		struct unit_entry *found =
		    unit_find(host, slice_find(target, '/') < target.len ? slice_from(target, slice_find_last(target, '/') + 1) : target);
		if (found != NULL && found != entry)
			found->wanted = true;
	}
	return OK;
}

/* Has the unit's control group processes? NULL when that cannot be told: its group is looked for in system.slice only. */
static err
unit_state(struct unit_host *host, slice name, const char *kind, const struct unit_values *values, struct cell *ret)
{
	slice path, within = unit_value(values, S("Service"), S("Slice"));
	*ret = NIL;
	if ((within.len > 0 && !slice_same(within, S("system.slice"))) || !host->running || strcmp(kind, "service") != 0 ||
	    slice_find(name, '@') < slice_find_last(name, '.'))
		return OK;
	TRY(job_format(host->job, &path, "/sys/fs/cgroup/system.slice/%.*s", SLICE(name)));
	*ret = TEXT(fs_exists(&host->collect->root, path.at) ? S("active") : S("inactive"));
	return OK;
}

static err
unit_timer(struct unit_host *host, const struct unit_entry *entry, const char *enabled, const struct unit_values *values)
{
	struct buf buf = buf_open(host->job, "timer schedule", TABLE_MAX_TEXT);
	slice schedule, activates = unit_value(values, S("Timer"), S("Unit")), name = slice_of(entry->name), stamp;
	for (size_t i = 0; i < values->len; i++) {
		const struct unit_value *at = &values->at[i];
		if (!slice_same(at->section, S("Timer")) || !slice_starts(at->key, S("On")) || slice_same(at->key, S("OnClockChange")))
			continue;
		if (buf.len > 0)
			buf_text(&buf, "; ");
		buf_printf(&buf, "%.*s=%.*s", SLICE(at->key), SLICE(at->value));
	}
	TRY(buf_end(&buf, &schedule));
	if (activates.len == 0) {
		slice bare = slice_part(name, 0, slice_find_last(name, '.'));
		TRY(job_format(host->job, &activates, "%.*s.service", SLICE(bare)));
	}
	slice persistent = unit_value(values, S("Timer"), S("Persistent"));
	bool made_up = unit_is_true(persistent);
	struct stat st;
	TRY(job_format(host->job, &stamp, "/var/lib/systemd/timers/stamp-%.*s", SLICE(name)));
	bool stamped = fs_stat(host->job, &host->collect->root, stamp.at, true, &st).code == ERR_NONE;
	struct cell cells[] = {TEXT(name), TEXT(activates), TEXT(schedule), INT(made_up), TEXT(slice_of(enabled)),
	    stamped ? INT((int64_t)st.st_mtim.tv_sec * SECOND_US) : NIL};
	return rows_add(collect_rows(host->collect, &table_timer), cells);
}

static err
unit_settings(struct unit_host *host, slice name, const struct unit_values *values)
{
	struct rows *rows = collect_rows(host->collect, &table_unit_setting);
	for (size_t i = 0; i < values->len; i++) {
		const struct unit_value *at = &values->at[i];
		bool person =
		    slice_same(at->key, S("User")) || slice_same(at->key, S("SocketUser")) || slice_same(at->key, S("ConditionUser"));
		slice value = person && !slice_same(at->value, S("root")) ? S("(account)") : at->value; /* unit.runs_as has it */
		struct cell cells[] = {
		    TEXT(name), TEXT(at->section), TEXT(at->key), INT(at->position), TEXT(value), TEXT(slice_of(at->path)), INT(at->line)};
		TRY(rows_add(rows, cells));
	}
	return OK;
}

static err
unit_one(struct unit_host *host, struct unit_entry *entry)
{
	struct unit_values values = {.job = host->job};
	slice name = slice_of(entry->name), template, text;
	const char *path, *kind = unit_kind(name), *file = entry->name;
	bool there;
	TRY(unit_template(host->job, name, &template));
	const struct unit_entry *source = entry;
	if (entry->folder == NULL) {
		source = unit_find(host, template);
		if (source == NULL || source->folder == NULL)
			return OK; /* wanted, or with drop-ins, but nobody describes it */
		file = source->name;
	}
	TRY(fs_join(host->job, source->folder, file, &path));
	slice target;
	bool masked = entry->link && fs_readlink(host->job, &host->collect->root, path, &target).code == ERR_NONE &&
		      slice_same(target, S("/dev/null"));
	text = S("");
	if (!masked) {
		TRY(collect_read(host->job, host->collect, path, &text, &there));
		masked = there && text.len == 0 && entry->folder != NULL; /* systemd takes an empty file as it takes /dev/null */
		TRY(unit_text(&values, path, text));
	}
	if (!masked)
		TRY(unit_drop_ins(host, name, template, &values));
	const char *enabled = masked            ? "masked"
			      : source == entry ? unit_enabled(host, entry, path, &values)
			      : entry->wanted   ? "enabled"
						: "static";
	slice runs_as = S("");
	if (strcmp(kind, "service") == 0) {
		runs_as = unit_value(&values, S("Service"), S("User"));
		if (runs_as.len == 0)
			runs_as = unit_is_true(unit_value(&values, S("Service"), S("DynamicUser"))) ? S("(dynamic)") : S("root");
	}
	slice exec = S("");
	for (size_t i = values.len; i-- > 0;)
		if (slice_same(values.at[i].key, S("ExecStart")))
			exec = values.at[i].value;
	struct cell state;
	TRY(unit_state(host, name, kind, &values, &state));
	struct cell cells[] = {
	    TEXT(name), TEXT(slice_of(kind)), TEXT(slice_of(path)), TEXT(slice_of(enabled)), state, TEXT(runs_as), TEXT(exec)};
	TRY(rows_add(collect_rows(host->collect, &table_unit), cells));
	if (strcmp(enabled, "alias") == 0)
		return OK; /* its settings are those of the unit it stands for */
	TRY(unit_settings(host, name, &values));
	return strcmp(kind, "timer") == 0 ? unit_timer(host, entry, enabled, &values) : OK;
}

static err
unit_run(struct job *job, struct collect *collect)
{
	struct unit_host host = {.job = job, .collect = collect};
	if (!fs_exists(&collect->root, "/usr/lib/systemd/system") && !fs_exists(&collect->root, "/lib/systemd/system") &&
	    !fs_exists(&collect->root, "/etc/systemd/system")) {
		const struct table *const tables[] = {&table_unit, &table_unit_setting, &table_timer};
		for (size_t i = 0; i < 3; i++)
			collect_absent(collect, tables[i], "systemd is not installed");
		return OK;
	}
	struct stat st;
	host.running = fs_stat(job, &collect->root, "/run/systemd/system", true, &st).code == ERR_NONE &&
		       fs_exists(&collect->root, "/sys/fs/cgroup/system.slice");
	/* On a merged /usr the last two folders are one: what is there already is not seen twice. */
	for (size_t i = 0; i < UNIT_FOLDERS; i++)
		TRY(unit_folder(&host, unit_folders[i].path));
	TRY(unit_aliases(&host));
	for (size_t i = 0; i < host.len; i++)
		TRY(unit_one(&host, &host.at[i]));
	return OK;
}

static const struct table *const unit_tables[] = {&table_unit, &table_unit_setting, &table_timer, NULL};
static const char *const unit_reads[] = {"/etc/systemd/system", "/etc/systemd/system.control", "/run/systemd/system",
    "/run/systemd/system.control", "/run/systemd/transient", "/run/systemd/generator", "/run/systemd/generator.early",
    "/run/systemd/generator.late", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
    "/var/lib/systemd/timers/stamp-* (when they were written)", "/sys/fs/cgroup/system.slice (which are there)", NULL};

const struct collector collect_unit = {
    .name = "unit",
    .about = "systemd's units, their settings after drop-ins, and timers",
    .tables = unit_tables,
    .reads = unit_reads,
    .needs = "root where a unit file is closed to others",
    .run = unit_run,
};
