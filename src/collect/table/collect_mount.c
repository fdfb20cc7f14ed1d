/*
 * What is mounted where, and with which options. Says what holds now; what fstab asks for is not read.
 */
#include "collect/table/collect_mount.h"

#include <string.h>

#include "collect/collect_value.h"

#define MOUNTINFO "/proc/self/mountinfo"
#define MOUNT_MAX_BYTES (16 * MIB)

static const struct column columns[] = {
    {"target", COLUMN_TEXT, COLUMN_KEY, "folder it is mounted on"},
    {"device", COLUMN_TEXT, 0, "device or source, without who signs in there"},
    {"type", COLUMN_TEXT, 0, "kind of file system"},
    {"options", COLUMN_TEXT, 0, "options of the mount and of the file system, names of accounts and secrets left out"},
    {"read_only", COLUMN_INT, 0, "1 when nothing can be written"},
    {"nodev", COLUMN_INT, 0, "1 when device files are inert"},
    {"nosuid", COLUMN_INT, 0, "1 when setuid bits are inert"},
    {"noexec", COLUMN_INT, 0, "1 when programs cannot be started"},
};
const struct table table_mount = {"mount", "mounted file systems", columns, 8};

/* \040 and the like back to bytes (the kernel escapes blank, tab, newline, # and backslash). */
static err
mount_unescape(struct job *job, slice text, slice *ret)
{
	char *at;
	size_t len = 0;
	if (slice_find(text, '\\') == text.len) {
		*ret = text;
		return OK;
	}
	TRY(NEW(job, text.len, &at));
	for (size_t i = 0; i < text.len; i++) {
		uint64_t byte;
		if (text.at[i] == '\\' && i + 3 < text.len && slice_octal_u64(slice_part(text, i + 1, 3), &byte) && byte < 256) {
			at[len++] = (char)byte;
			i += 3;
		} else {
			at[len++] = text.at[i];
		}
	}
	*ret = slice_bytes(at, len);
	return OK;
}

static bool
mount_number(slice text, struct collect_mount *mount)
{
	uint64_t major, minor;
	size_t colon = slice_find(text, ':');
	if (!slice_u64(slice_part(text, 0, colon), &major) || !slice_u64(slice_from(text, colon + 1), &minor) || major > UINT32_MAX ||
	    minor > UINT32_MAX)
		return false;
	mount->major = (unsigned)major;
	mount->minor = (unsigned)minor;
	return true;
}

/* "36 35 98:0 /root /target opts tag:n ... - type device super": fields are split at single blanks, for a device may be empty. */
static err
mount_line(struct job *job, slice line, unsigned number, struct collect_mount *ret)
{
	slice field[6], part;
	struct collect_mount mount = {0};
	bool shaped = true;
	for (size_t i = 0; i < 6; i++)
		shaped = shaped && slice_cut(&line, ' ', &field[i]);
	if (!shaped || !mount_number(field[2], &mount))
		return err_set(job, ERR_INPUT, MOUNTINFO ":%u: proc_pid_mountinfo(5): expected six fields and a device number", number);
	do
		if (!slice_cut(&line, ' ', &part))
			return err_set(
			    job, ERR_INPUT, MOUNTINFO ":%u: proc_pid_mountinfo(5): expected a lone \"-\" before the type", number);
	while (!slice_same(part, S("-")));
	if (!slice_cut(&line, ' ', &part) || part.len == 0)
		return err_set(
		    job, ERR_INPUT, MOUNTINFO ":%u: proc_pid_mountinfo(5): expected the kind of file system after \"-\"", number);
	mount.type = part;
	mount.options = field[5];
	mount.super = S("");
	part = S("");
	(void)slice_cut(&line, ' ', &part);
	(void)slice_cut(&line, ' ', &mount.super);
	TRY(mount_unescape(job, part, &mount.device));
	TRY(mount_unescape(job, field[3], &mount.root));
	TRY(mount_unescape(job, field[4], &mount.target));
	*ret = mount;
	return OK;
}

err
collect_mount_parse(struct job *job, slice text, struct collect_mount **ret, size_t *ret_len)
{
	struct collect_mount *mounts;
	slice line, rest = text;
	size_t len = 0, lines = 1;
	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	TRY(NEW(job, lines, &mounts));
	while (slice_cut(&rest, '\n', &line)) {
		if (line.len == 0)
			continue;
		TRY(mount_line(job, line, (unsigned)len + 1, &mounts[len]));
		len++;
	}
	*ret = mounts;
	*ret_len = len;
	return OK;
}

err
collect_mount_read(struct job *job, const struct collect *collect, struct collect_mount **ret, size_t *ret_len)
{
	slice text;
	TRY(fs_read(job, &collect->root, MOUNTINFO, MOUNT_MAX_BYTES, &text));
	return collect_mount_parse(job, text, ret, ret_len);
}

bool
collect_mount_has(slice options, slice option)
{
	slice one;
	while (slice_cut(&options, ',', &one))
		if (slice_same(one, option))
			return true;
	return false;
}

/* Network file systems show who signed in, some even with what; the name of the option stays, its value goes. */
static bool
mount_secret(slice name)
{
	static const char *const names[] = {"username", "user", "credentials", "cred", "key", "token", NULL};
	static const char *const starts[] = {"pass", "secret", NULL}; /* password2, passphrase, secretfile */
	for (size_t i = 0; names[i] != NULL; i++)
		if (slice_same_nocase(name, slice_of(names[i])))
			return true;
	for (size_t i = 0; starts[i] != NULL; i++)
		if (slice_same_nocase(slice_part(name, 0, strlen(starts[i])), slice_of(starts[i])))
			return true;
	return false;
}

static void
mount_options_add(struct buf *buf, slice options, slice already)
{
	slice one;
	while (slice_cut(&options, ',', &one)) {
		slice name = slice_part(one, 0, slice_find(one, '='));
		if (one.len == 0 || collect_mount_has(already, one))
			continue;
		if (buf->len > 0)
			buf_byte(buf, ',');
		buf_add(buf, mount_secret(name) ? name : one);
	}
}

err
collect_mount_options(struct job *job, slice options, slice *ret)
{
	struct buf buf = buf_open(job, "mount options", TABLE_MAX_TEXT);
	mount_options_add(&buf, options, S(""));
	return buf_end(&buf, ret);
}

/* "jane@host:/home/jane" (sshfs) and "https://jane:secret@host/" without who signs in. */
static err
mount_device(struct job *job, slice device, slice *ret)
{
	slice bare;
	TRY(collect_uri_bare(job, device, &bare));
	size_t at = slice_find(bare, '@'), colon = slice_find(bare, ':');
	bool remote = at < colon && colon < bare.len && slice_find(slice_part(bare, 0, colon), '/') == colon;
	*ret = remote ? slice_from(bare, at + 1) : bare;
	return OK;
}

static err
mount_row(struct job *job, const struct collect_mount *mount, struct rows *rows)
{
	slice options, device;
	struct buf buf = buf_open(job, "mount options", TABLE_MAX_TEXT);
	mount_options_add(&buf, mount->options, S(""));
	mount_options_add(&buf, mount->super, mount->options);
	TRY(buf_end(&buf, &options));
	TRY(mount_device(job, mount->device, &device));
	bool read_only = collect_mount_has(mount->options, S("ro")) || collect_mount_has(mount->super, S("ro"));
	struct cell cells[] = {
	    TEXT(mount->target),
	    TEXT(device),
	    TEXT(mount->type),
	    TEXT(options),
	    INT(read_only),
	    INT(collect_mount_has(mount->options, S("nodev"))),
	    INT(collect_mount_has(mount->options, S("nosuid"))),
	    INT(collect_mount_has(mount->options, S("noexec"))),
	};
	return rows_add(rows, cells);
}

static err
mount_run(struct job *job, struct collect *collect)
{
	struct collect_mount *mounts;
	size_t len;
	struct rows *rows = collect_rows(collect, &table_mount);
	TRY(collect_mount_read(job, collect, &mounts, &len));
	for (size_t i = 0; i < len; i++) {
		bool hidden = false; /* of two mounts on one folder the later one is seen */
		for (size_t later = i + 1; later < len && !hidden; later++)
			hidden = slice_same(mounts[i].target, mounts[later].target);
		if (!hidden)
			TRY(mount_row(job, &mounts[i], rows));
	}
	return OK;
}

const struct collector collect_mount = {
    .name = "mount",
    .about = "Mounted file systems and their options.",
    .tables = (const struct table *const[]){&table_mount, NULL},
    .reads = (const char *const[]){MOUNTINFO, NULL},
    .needs = "",
    .run = mount_run,
};
