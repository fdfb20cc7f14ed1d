/*
 * Workbooks (XLSX, ECMA-376): which part is which, shared texts, styles, and the one sheet that is read.
 * Deliberately does not: follow anything out of the archive, run a formula or a macro, or read charts, comments and drawings.
 */
#include <string.h>

#include "base/sheet_xlsx.h"

#define MOST_RELATIONS 1000
#define MOST_SHEETS 1000
#define MOST_FORMATS 1000
#define MOST_STYLES 66000

struct relation {
	slice id, type, target; /* type: what stands behind its last '/' */
	bool outside;
};

struct relations {
	struct relation *at;
	size_t len;
};

struct listed {
	slice name, relation;
	bool hidden;
};

struct custom {
	uint64_t id;
	enum sheet_format format;
};

/* What is gathered while one part is read. */
struct gather {
	struct sheet_book *book;
	struct relations *relations;
	struct listed *sheets;
	size_t sheets_len;
	struct custom *customs;
	size_t customs_len;
	size_t strings_room;
};

static err
ignore_close(void *to, struct sheet_xml *xml, enum sheet_tag tag)
{
	(void)to, (void)xml, (void)tag;
	return OK;
}

static err
read_part(struct gather *gather, slice part, err (*open)(void *, struct sheet_xml *, enum sheet_tag, const char *const *),
    err (*close)(void *, struct sheet_xml *, enum sheet_tag), bool *ret_found)
{
	struct sheet_book *book = gather->book;
	struct sheet_xml xml = {
	    .job = book->job, .name = book->name, .max_text = book->limits.cell, .open = open, .close = close, .to = gather};
	return sheet_xml_read(&xml, &book->zip, part, ret_found);
}

static err
copy_attribute(struct job *job, const char *const *attributes, const char *name, slice *ret)
{
	return job_copy(job, sheet_xml_attribute(attributes, name), ret);
}

static err
open_relation(void *to, struct sheet_xml *xml, enum sheet_tag tag, const char *const *attributes)
{
	struct gather *gather = to;
	struct relations *relations = gather->relations;
	if (tag != TAG_RELATIONSHIP)
		return OK;
	if (relations->len >= MOST_RELATIONS)
		return sheet_xml_refuse(xml, ERR_LIMIT, "at most %d relationships are read", MOST_RELATIONS);
	struct relation *relation = &relations->at[relations->len++];
	slice type;
	TRY(copy_attribute(xml->job, attributes, "Id", &relation->id));
	TRY(copy_attribute(xml->job, attributes, "Type", &type));
	TRY(copy_attribute(xml->job, attributes, "Target", &relation->target));
	relation->type = slice_find(type, '/') < type.len ? slice_from(type, slice_find_last(type, '/') + 1) : type;
	relation->outside = slice_same(sheet_xml_attribute(attributes, "TargetMode"), S("External"));
	return OK;
}

/* The relationships of ${part}: folder/_rels/name.rels; of the package itself when it is empty. */
static err
read_relations(struct sheet_book *book, slice part, struct relations *ret, bool *ret_found)
{
	struct gather gather = {.book = book, .relations = ret};
	size_t cut = slice_find(part, '/') < part.len ? slice_find_last(part, '/') + 1 : 0;
	slice path, folder = slice_part(part, 0, cut), base = slice_from(part, cut);
	ret->len = 0;
	TRY(NEW(book->job, MOST_RELATIONS, &ret->at));
	TRY(job_format(book->job, &path, "%.*s_rels/%.*s.rels", SLICE(folder), SLICE(base)));
	return read_part(&gather, path, open_relation, ignore_close, ret_found);
}

/* A target as a path in the archive: from its root when it begins with '/', else from the folder of ${part}; "." and ".." taken out. */
static err
resolve(struct job *job, slice part, slice target, slice *ret)
{
	slice step;
	struct buf buf = buf_open(job, "a path in a workbook", 64 * KIB);
	if (!slice_starts(target, S("/")) && slice_find(part, '/') < part.len)
		buf_add(&buf, slice_part(part, 0, slice_find_last(part, '/')));
	while (slice_cut(&target, '/', &step)) {
		if (step.len == 0 || slice_same(step, S(".")))
			continue;
		if (slice_same(step, S(".."))) {
			slice so_far = {buf.at, buf.len};
			buf.len = slice_find(so_far, '/') < so_far.len ? slice_find_last(so_far, '/') : 0;
			continue;
		}
		if (buf.len > 0)
			buf_byte(&buf, '/');
		buf_add(&buf, step);
	}
	return buf_end(&buf, ret);
}

/* The first relationship of a type (or with an id), as a path; ${ret} empty when there is none in the archive. */
static err
find_relation(struct job *job, const struct relations *relations, slice part, const char *type, slice id, slice *ret)
{
	*ret = (slice){0};
	for (size_t i = 0; i < relations->len; i++) {
		const struct relation *relation = &relations->at[i];
		if (relation->outside || !slice_same(relation->type, slice_of(type)) || (id.len > 0 && !slice_same(relation->id, id)))
			continue;
		return resolve(job, part, relation->target, ret);
	}
	return OK;
}

static bool
is_true(slice text)
{
	return slice_same(text, S("1")) || slice_same(text, S("true"));
}

static err
open_workbook(void *to, struct sheet_xml *xml, enum sheet_tag tag, const char *const *attributes)
{
	struct gather *gather = to;
	if (tag == TAG_WORKBOOK_PR)
		gather->book->from_1904 = is_true(sheet_xml_attribute(attributes, "date1904"));
	if (tag != TAG_SHEET)
		return OK;
	if (gather->sheets_len >= MOST_SHEETS)
		return sheet_xml_refuse(xml, ERR_LIMIT, "at most %d sheets are read", MOST_SHEETS);
	struct listed *sheet = &gather->sheets[gather->sheets_len++];
	slice state = sheet_xml_attribute(attributes, "state");
	sheet->hidden = state.len > 0 && !slice_same(state, S("visible"));
	TRY(copy_attribute(xml->job, attributes, "name", &sheet->name));
	return copy_attribute(xml->job, attributes, "relationships|id", &sheet->relation);
}

static err
open_styles(void *to, struct sheet_xml *xml, enum sheet_tag tag, const char *const *attributes)
{
	struct gather *gather = to;
	struct sheet_book *book = gather->book;
	uint64_t id = 0;
	(void)slice_u64(sheet_xml_attribute(attributes, "numFmtId"), &id);
	if (tag == TAG_NUM_FMT) {
		if (gather->customs_len >= MOST_FORMATS)
			return sheet_xml_refuse(xml, ERR_LIMIT, "at most %d number formats are read", MOST_FORMATS);
		gather->customs[gather->customs_len++] =
		    (struct custom){id, sheet_format_code(sheet_xml_attribute(attributes, "formatCode"))};
	}
	if (tag != TAG_XF || sheet_xml_around(xml, 1) != TAG_CELL_XFS)
		return OK;
	if (book->formats_len >= MOST_STYLES)
		return sheet_xml_refuse(xml, ERR_LIMIT, "at most %d cell styles are read", MOST_STYLES);
	enum sheet_format format = sheet_format_builtin(id);
	for (size_t i = 0; i < gather->customs_len; i++)
		if (gather->customs[i].id == id)
			format = gather->customs[i].format;
	book->formats[book->formats_len++] = (unsigned char)format;
	return OK;
}

static err
open_strings(void *to, struct sheet_xml *xml, enum sheet_tag tag, const char *const *attributes)
{
	enum sheet_tag around = sheet_xml_around(xml, 1);
	(void)to, (void)attributes;
	if (tag == TAG_SI)
		buf_reset(&xml->text);
	/* A run stands in r; what tells how to pronounce it (rPh) is not of the text. */
	xml->keep = tag == TAG_T && (around == TAG_SI || (around == TAG_R && sheet_xml_around(xml, 2) == TAG_SI));
	return OK;
}

static err
close_strings(void *to, struct sheet_xml *xml, enum sheet_tag tag)
{
	struct gather *gather = to;
	struct sheet_book *book = gather->book;
	slice text;
	if (tag != TAG_SI)
		return OK;
	if (book->strings_len >= gather->strings_room) {
		slice *larger;
		size_t room = gather->strings_room > 0 ? gather->strings_room * 2 : 64;
		TRY(NEW(book->job, room, &larger));
		if (book->strings_len > 0)
			memcpy(larger, book->strings, book->strings_len * sizeof *larger);
		book->strings = larger;
		gather->strings_room = room;
	}
	TRY(buf_end(&xml->text, &text));
	return sheet_cells_unescape(book->job, text, &book->strings[book->strings_len++]);
}

/* Styles and shared texts may be missing; then nothing refers to them, or a row's fault says so. */
static err
read_tables(struct gather *gather, const struct relations *relations, slice part)
{
	struct sheet_book *book = gather->book;
	slice path;
	bool found;
	TRY(NEW(book->job, MOST_FORMATS, &gather->customs));
	TRY(NEW(book->job, MOST_STYLES, &book->formats));
	TRY(find_relation(book->job, relations, part, "styles", (slice){0}, &path));
	if (path.len > 0)
		TRY(read_part(gather, path, open_styles, ignore_close, &found));
	TRY(find_relation(book->job, relations, part, "sharedStrings", (slice){0}, &path));
	if (path.len > 0)
		TRY(read_part(gather, path, open_strings, close_strings, &found));
	return OK;
}

static err
refuse_sheet(struct gather *gather, slice wanted)
{
	slice names;
	struct buf buf = buf_open(gather->book->job, "the names of sheets", MIB);
	for (size_t i = 0; i < gather->sheets_len; i++) {
		buf_text(&buf, i > 0 ? ", " : "");
		buf_add(&buf, gather->sheets[i].name);
	}
	TRY(buf_end(&buf, &names));
	if (wanted.len == 0)
		return err_set(gather->book->job, ERR_INPUT, "%s: no sheet that can be read: %.*s", gather->book->name, SLICE(names));
	return err_set(
	    gather->book->job, ERR_MISSING, "%s: there is no sheet \"%.*s\", but: %.*s", gather->book->name, SLICE(wanted), SLICE(names));
}

/* The sheet of that name, or the first that is shown; charts are no worksheets. */
static err
choose(struct gather *gather, const struct relations *relations, slice part, slice *ret_name, slice *ret_path)
{
	slice wanted = gather->book->limits.sheet;
	for (size_t i = 0; i < gather->sheets_len; i++) {
		const struct listed *sheet = &gather->sheets[i];
		if (wanted.len > 0 ? !slice_same_nocase(sheet->name, wanted) : sheet->hidden)
			continue;
		if (sheet->relation.len == 0)
			continue;
		TRY(find_relation(gather->book->job, relations, part, "worksheet", sheet->relation, ret_path));
		*ret_name = sheet->name;
		if (ret_path->len > 0)
			return OK;
	}
	return refuse_sheet(gather, wanted);
}

static err
find_workbook(struct sheet_book *book, slice *ret)
{
	struct relations package = {0};
	bool found;
	TRY(sheet_zip_look(&book->zip));
	TRY(read_relations(book, (slice){0}, &package, &found));
	*ret = (slice){0};
	if (found)
		TRY(find_relation(book->job, &package, (slice){0}, "officeDocument", (slice){0}, ret));
	if (ret->len == 0)
		return err_set(book->job, ERR_INPUT, "%s: a zip archive, but not a workbook (.xlsx): save it as one", book->name);
	return OK;
}

static err
read_book(struct sheet_book *book, struct sheet *sheet)
{
	struct gather gather = {.book = book};
	struct relations relations = {0};
	slice part, path;
	bool found;
	TRY(find_workbook(book, &part));
	TRY(NEW(book->job, MOST_SHEETS, &gather.sheets));
	TRY(read_part(&gather, part, open_workbook, ignore_close, &found));
	if (!found)
		return err_set(book->job, ERR_INPUT, "%s: the part %.*s is missing", book->name, SLICE(part));
	TRY(read_relations(book, part, &relations, &found));
	TRY(choose(&gather, &relations, part, &sheet->name, &path));
	TRY(read_tables(&gather, &relations, part));
	return sheet_cells_read(book, path, sheet);
}

err
sheet_read_xlsx(struct job *job, const char *name, slice bytes, const struct sheet_limits *limits, struct sheet *ret)
{
	struct sheet_book book = {.job = job, .name = name, .limits = sheet_limits_of(limits)};
	book.zip = (struct sheet_zip){.job = job, .name = name, .bytes = bytes, .max_unpacked = book.limits.unpacked};
	sheet_open(ret, job);
	ret->letters = true;
	if (bytes.len > book.limits.bytes)
		return err_set(job, ERR_LIMIT, "%s: a file must not exceed %zu bytes, found %zu", name, book.limits.bytes, bytes.len);
	if (slice_starts(bytes, S("\xD0\xCF\x11\xE0")))
		return err_set(job, ERR_INPUT, "%s: an old (.xls) or locked workbook: save it as .xlsx without a password", name);
	TRY(read_book(&book, ret));
	if (ret->header == 0)
		return err_set(job, ERR_INPUT, "%s: no row of the sheet has any text: expected headings first", name);
	return OK;
}

err
sheet_read(struct job *job, const char *name, slice bytes, const struct sheet_limits *limits, struct sheet *ret)
{
	bool book = slice_starts(bytes, S("PK\x03\x04")) || slice_starts(bytes, S("\xD0\xCF\x11\xE0"));
	return book ? sheet_read_xlsx(job, name, bytes, limits, ret) : sheet_read_csv(job, name, bytes, limits, ret);
}
