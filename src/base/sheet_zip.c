/*
 * The zip container of a workbook, through libarchive with its zip format alone.
 * Deliberately does not: touch a file system, keep an entry that nobody asked for, or believe a size that the archive declares.
 */
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/buf.h"
#include "base/sheet_zip.h"

static void
reader_close(struct archive **archive)
{
	(void)archive_read_free(*archive);
}

static void
writer_close(struct archive **archive)
{
	(void)archive_write_free(*archive);
}

static void
entry_close(struct archive_entry **entry)
{
	archive_entry_free(*entry);
}

static err
refuse(struct sheet_zip *zip, struct archive *archive, const char *what)
{
	const char *why = archive_error_string(archive);
	return err_set(zip->job, ERR_INPUT, "%s: %s: %s", zip->name, what, why != NULL ? why : "damaged");
}

/* Seekable: only what the directory at the archive's end names is an entry, so that a file cut short is none. */
static err
reader_open(struct sheet_zip *zip, struct archive **ret)
{
	struct archive *archive = archive_read_new();
	if (archive == NULL)
		return err_set(zip->job, ERR_LIMIT, "%s: the system has no memory left to unpack it", zip->name);
	*ret = archive;
	if (archive_read_support_format_zip_seekable(archive) != ARCHIVE_OK ||
	    archive_read_open_memory(archive, zip->bytes.at, zip->bytes.len) != ARCHIVE_OK)
		return refuse(zip, archive, "not a workbook (.xlsx)");
	return OK;
}

/* The next entry, or NULL at the end. Warnings are about names and times that do not matter here. */
static err
next_entry(struct sheet_zip *zip, struct archive *archive, struct archive_entry **ret)
{
	int got = archive_read_next_header(archive, ret);
	if (got == ARCHIVE_EOF)
		*ret = NULL;
	else if (got != ARCHIVE_OK && got != ARCHIVE_WARN)
		return refuse(zip, archive, "not a workbook (.xlsx)");
	return OK;
}

static slice
path_of(struct archive_entry *entry)
{
	slice path = slice_of(archive_entry_pathname(entry));
	return slice_starts(path, S("/")) ? slice_from(path, 1) : path;
}

/* Office formats know two ways of packing; the others only widen what hostile bytes can reach. */
static err
check_entry(struct sheet_zip *zip, struct archive *archive, struct archive_entry *entry)
{
	slice method = slice_of(archive_format_name(archive));
	if (archive_entry_is_encrypted(entry))
		return err_set(zip->job, ERR_INPUT, "%s: it is locked with a password: save it without one", zip->name);
	if (!slice_has(method, S("(deflation)")) && !slice_has(method, S("(uncompressed)")))
		return err_set(zip->job, ERR_INPUT, "%s: a part is packed in a way that workbooks are not: %.*s", zip->name, SLICE(method));
	return OK;
}

err
sheet_zip_look(struct sheet_zip *zip)
{
	struct archive *archive DEFER(reader_close) = NULL;
	struct archive_entry *entry;
	slice *paths;
	size_t len = 0;
	TRY(NEW(zip->job, SHEET_ZIP_MAX_ENTRIES, &paths));
	TRY(reader_open(zip, &archive));
	for (;;) {
		TRY(next_entry(zip, archive, &entry));
		if (entry == NULL)
			break;
		if (len >= SHEET_ZIP_MAX_ENTRIES)
			return err_set(zip->job, ERR_LIMIT, "%s: at most %d parts are read", zip->name, SHEET_ZIP_MAX_ENTRIES);
		TRY(check_entry(zip, archive, entry));
		TRY(job_copy(zip->job, path_of(entry), &paths[len]));
		for (size_t i = 0; i < len; i++) /* a name that this locale cannot hold is empty; no part that is read has such a name */
			if (paths[i].len > 0 && slice_same_nocase(paths[i], paths[len]))
				return err_set(zip->job, ERR_INPUT, "%s: two parts have one name: %.*s", zip->name, SLICE(paths[i]));
		len++;
	}
	if (len == 0)
		return err_set(zip->job, ERR_INPUT, "%s: not a workbook (.xlsx): it has no parts", zip->name);
	return OK;
}

static err
count_unpacked(struct sheet_zip *zip, size_t more)
{
	zip->unpacked += more;
	if (zip->unpacked > zip->max_unpacked)
		return err_set(zip->job, ERR_LIMIT, "%s: unpacked it must not exceed %zu bytes", zip->name, zip->max_unpacked);
	if (zip->unpacked > SHEET_ZIP_FREE_BYTES && zip->unpacked / SHEET_ZIP_MAX_RATIO > zip->bytes.len)
		return err_set(zip->job, ERR_LIMIT,
		    "%s: it must not grow more than %d-fold, found %zu bytes packed and more than %zu unpacked", zip->name,
		    SHEET_ZIP_MAX_RATIO, zip->bytes.len, zip->unpacked);
	return OK;
}

static err
unpack(struct sheet_zip *zip, struct archive *archive, err (*take)(void *to, slice block), void *to)
{
	for (;;) {
		const void *at;
		size_t len;
		int64_t offset;
		int got = archive_read_data_block(archive, &at, &len, &offset);
		if (got == ARCHIVE_EOF)
			return OK;
		if (got != ARCHIVE_OK)
			return refuse(zip, archive, "a part is damaged");
		TRY(count_unpacked(zip, len));
		TRY(take(to, slice_bytes(at, len)));
	}
}

err
sheet_zip_read(struct sheet_zip *zip, slice path, err (*take)(void *to, slice block), void *to, bool *ret_found)
{
	struct archive *archive DEFER(reader_close) = NULL;
	struct archive_entry *entry;
	*ret_found = false;
	TRY(reader_open(zip, &archive));
	for (;;) {
		TRY(next_entry(zip, archive, &entry));
		if (entry == NULL)
			return OK;
		if (!slice_same_nocase(path_of(entry), path))
			continue;
		*ret_found = true;
		return unpack(zip, archive, take, to);
	}
}

static la_ssize_t
write_to_buf(struct archive *archive, void *to, const void *at, size_t len)
{
	struct buf *buf = to;
	(void)archive;
	buf_add(buf, slice_bytes(at, len));
	return buf->failed.code == ERR_NONE ? (la_ssize_t)len : -1;
}

/* The size is set, so that no part needs the long form of zip; the time is not, so that it is always the format's first day. */
static bool
write_part(struct archive *archive, const struct sheet_part *part)
{
	struct archive_entry *entry DEFER(entry_close) = archive_entry_new();
	if (entry == NULL)
		return false;
	archive_entry_set_pathname(entry, part->path);
	archive_entry_set_size(entry, (la_int64_t)part->bytes.len);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	return archive_write_header(archive, entry) == ARCHIVE_OK &&
	       archive_write_data(archive, part->bytes.at, part->bytes.len) == (la_ssize_t)part->bytes.len;
}

err
sheet_zip_write(struct job *job, const struct sheet_part *parts, size_t len, slice *ret)
{
	struct buf buf = buf_open(job, "a workbook", 1024 * MIB);
	struct archive *archive DEFER(writer_close) = archive_write_new();
	bool good = archive != NULL && archive_write_set_format_zip(archive) == ARCHIVE_OK &&
		    archive_write_zip_set_compression_deflate(archive) == ARCHIVE_OK &&
		    archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
		    archive_write_open(archive, &buf, NULL, write_to_buf, NULL) == ARCHIVE_OK;
	for (size_t i = 0; good && i < len; i++)
		good = write_part(archive, &parts[i]);
	good = good && archive_write_close(archive) == ARCHIVE_OK;
	TRY(buf.failed);
	if (!good)
		return err_set(job, ERR_LIMIT, "a workbook could not be packed: %s",
		    archive != NULL && archive_error_string(archive) != NULL ? archive_error_string(archive)
									     : "the system has no memory left");
	return buf_end(&buf, ret);
}
