/*
 * Making a pack: its questions are asked of the rows of one service at one moment, and its requirements put in order, gaps first.
 * Deliberately fetches nothing by itself but what the report holds: rows and names come from whoever knows what may be seen.
 */
#include "report/report_pack.h"

#include "report/report_word.h"

#define MAX_READS 4096

struct making {
	const struct report_pack_about *about;
	const struct registry_registers *registers;
	const struct report_pack_source *source;
	struct query_read *reads; /* of every question */
	size_t reads_len;
	struct query *query;
};

/* Rows the report has itself */

static err
joined(struct job *job, const slice *words, size_t len, slice *ret)
{
	struct buf buf = buf_open(job, "words", 64 * KIB);
	for (size_t i = 0; i < len; i++) {
		buf_text(&buf, i > 0 ? "\n" : "");
		buf_add(&buf, words[i]);
	}
	return buf_end(&buf, ret);
}

static err
requirement_rows(struct job *job, const struct report *report, struct rows *rows)
{
	for (size_t i = 0; i < report->requirements_len; i++) {
		const struct report_requirement *one = &report->requirements[i];
		const struct requirement *about = one->requirement;
		slice phases;
		TRY(joined(job, about->phase, about->phases, &phases));
		TRY(rows_add(rows, (struct cell[]){TEXT(about->id), TEXT(about->framework->id), TEXT(about->framework->title), TEXT(about->title), TEXT(about->section),
				       TEXT(about->function), TEXT(about->kind), TEXT(phases), TEXT(one->verdict), TEXT(one->because),
				       one->since_us != 0 ? INT(one->since_us) : NIL, TEXT(about->source)}));
	}
	return OK;
}

static err
part_rows(struct job *job, const struct report *report, struct rows *rows)
{
	(void)job;
	for (size_t i = 0; i < report->requirements_len; i++)
		for (size_t p = 0; p < report->requirements[i].requirement->parts_len; p++) {
			const struct report_part *part = &report->requirements[i].parts[p];
			TRY(rows_add(rows, (struct cell[]){TEXT(part->part->id), TEXT(report->requirements[i].requirement->id), TEXT(part->part->says),
					       TEXT(slice_of(basis_words[part->part->basis])), TEXT(part->state), TEXT(part->because),
					       part->has_entry ? INT((int64_t)part->entry) : NIL}));
		}
	return OK;
}

static err
rows_of(struct job *job, const struct making *making, slice table, struct rows *rows)
{
	if (slice_same_nocase(table, S("requirement"))) {
		rows_open(rows, job, &report_pack_requirement_table);
		return requirement_rows(job, &making->about->report, rows);
	}
	if (slice_same_nocase(table, S("part"))) {
		rows_open(rows, job, &report_pack_part_table);
		return part_rows(job, &making->about->report, rows);
	}
	return making->source->rows(job, making->source->to, table, making->reads, making->reads_len, rows);
}

/* Asking */

static err
note_reads(struct job *job, struct making *making, struct query *empty, const char *sql)
{
	DEFER(query_ask_close_at) struct query_ask *ask = NULL;
	const struct query_read *reads;
	if (sql == NULL)
		return OK;
	TRY(query_ask_open(job, empty, sql, &ask));
	size_t len = query_ask_reads(ask, &reads);
	for (size_t i = 0; i < len; i++) {
		bool there = false;
		for (size_t b = 0; b < making->reads_len && !there; b++)
			there = slice_same_nocase(making->reads[b].table, reads[i].table) && slice_same_nocase(making->reads[b].column, reads[i].column);
		if (there)
			continue;
		if (making->reads_len == MAX_READS)
			return err_set(job, ERR_LIMIT, "a pack's questions read at most %d columns", MAX_READS);
		struct query_read *read = &making->reads[making->reads_len++];
		TRY(job_copy(job, reads[i].table, &read->table));
		TRY(job_copy(job, reads[i].column, &read->column));
	}
	return OK;
}

static err
load_tables(struct job *job, struct making *making)
{
	TRY(query_open(job, NULL, &making->query));
	for (size_t i = 0; i < making->reads_len; i++) {
		struct rows rows;
		bool done = false;
		for (size_t b = 0; b < i && !done; b++)
			done = slice_same_nocase(making->reads[b].table, making->reads[i].table);
		if (done)
			continue;
		TRY(rows_of(job, making, making->reads[i].table, &rows));
		TRY(query_table(job, making->query, &rows));
	}
	return query_lock(job, making->query);
}

static err
bind(struct job *job, struct query_ask *ask, const struct report_pack_about *about)
{
	TRY(query_ask_bind_int(job, ask, ":now", about->report.at.now_us));
	TRY(query_ask_bind_int(job, ask, ":service", about->service));
	TRY(query_ask_bind_int(job, ask, ":from", about->from_us));
	TRY(query_ask_bind_int(job, ask, ":to", about->to_us));
	return query_ask_bind_text(job, ask, ":phase", about->phase);
}

/* A number keeps text.at NULL: that is how the two are told apart from here on. */
static err
take_cell(struct job *job, const struct making *making, enum report_pack_as as, const struct cell *from, bool is_text, struct cell *to)
{
	*to = (struct cell){.null = from->null};
	if (from->null)
		return OK;
	if (!is_text) {
		to->number = from->number;
		return OK;
	}
	if (as != REPORT_PACK_AS_PERSON)
		return job_copy(job, from->text, &to->text);
	to->null = from->text.len == 0;
	return to->null ? OK : making->source->person(job, making->source->to, from->text, &to->text);
}

/* Every row of ${sql}: ${len} cells, shown as ${columns} say (NULL: as text). */
static err
ask(struct job *job, const struct making *making, const char *sql, const struct report_pack_column *columns, size_t len, struct cell ***ret, size_t *ret_len)
{
	DEFER(query_ask_close_at) struct query_ask *question = NULL;
	const struct query_column *given;
	const struct cell *cells;
	const bool *is_text;
	size_t room = 64, rows = 0;
	bool more;
	TRY(query_ask_open(job, making->query, sql, &question));
	TRY(bind(job, question, making->about));
	size_t found = query_ask_columns(question, &given);
	if (found > len)
		return err_set(job, ERR_BUG, "a pack's question gives %zu columns, expected %zu", found, len);
	TRY(NEW(job, room, ret));
	for (;;) {
		TRY(query_ask_next(job, question, &more, &cells, &is_text));
		if (!more)
			break;
		if (rows == room) {
			struct cell **wider;
			TRY(NEW(job, room * 2, &wider));
			for (size_t i = 0; i < rows; i++)
				wider[i] = (*ret)[i];
			*ret = wider;
			room *= 2;
		}
		TRY(NEW(job, len + 1, &(*ret)[rows]));
		for (size_t i = 0; i < len; i++)
			if (i < found)
				TRY(take_cell(job, making, columns != NULL ? columns[i].as : REPORT_PACK_AS_TEXT, &cells[i], is_text[i], &(*ret)[rows][i]));
			else
				(*ret)[rows][i] = NIL;
		rows++;
	}
	*ret_len = rows;
	return OK;
}

/* Sections */

static err
make_bars(struct job *job, const struct making *making, struct report_pack_sheet *sheet)
{
	struct cell **row;
	size_t len;
	TRY(ask(job, making, sheet->section->sql, NULL, 3, &row, &len));
	TRY(NEW(job, len + 1, &sheet->bars));
	for (size_t i = 0; i < len; i++) {
		enum report_verdict verdict;
		TRY(report_word_verdict(job, row[i][1].text, &verdict));
		if (sheet->bars_len == 0 || !slice_same(sheet->bars[sheet->bars_len - 1].title, row[i][0].text))
			sheet->bars[sheet->bars_len++] = (struct report_row){.title = row[i][0].text};
		struct report_row *bar = &sheet->bars[sheet->bars_len - 1];
		if (row[i][2].number > 0) {
			bar->of[verdict] += (size_t)row[i][2].number;
			bar->total += (size_t)row[i][2].number;
		}
	}
	return OK;
}

static err
make_figures(struct job *job, const struct making *making, struct report_pack_sheet *sheet)
{
	static const struct report_pack_column columns[] = {REPORT_PACK_COLUMN("figure", "Figure", TEXT), REPORT_PACK_COLUMN("value", "Value", TEXT)};
	const struct report_pack_section *section = sheet->section;
	sheet->columns = columns;
	sheet->columns_len = 2;
	TRY(NEW(job, section->figures_len + 1, &sheet->row));
	for (size_t i = 0; i < section->figures_len; i++) {
		const struct report_pack_column column = {.as = section->figures[i].as};
		struct cell **row, *cells;
		size_t len;
		TRY(ask(job, making, section->figures[i].sql, &column, 1, &row, &len));
		TRY(NEW(job, 2, &cells));
		cells[0] = TEXT(section->figures[i].title);
		cells[1] = len > 0 ? row[0][0] : NIL;
		sheet->row[sheet->len++] = cells;
	}
	return section->sql != NULL ? make_bars(job, making, sheet) : OK;
}

static bool
named(const slice *list, size_t len, slice word)
{
	for (size_t i = 0; i < len; i++)
		if (slice_same(list[i], word))
			return true;
	return len == 0;
}

static bool
of_phase(const struct requirement *requirement, slice phase)
{
	for (size_t i = 0; i < requirement->phases; i++)
		if (slice_same(requirement->phase[i], phase) || slice_same(requirement->phase[i], S("any")))
			return true;
	return requirement->phases == 0;
}

static const enum report_verdict gaps_first[REPORT_VERDICTS] = {
    REPORT_NOT_MET, REPORT_COULD_NOT_LOOK, REPORT_UNANSWERED, REPORT_PARTLY_MET, REPORT_MET, REPORT_NOT_APPLICABLE};

static const struct report_pack_column requirement_columns[] = {REPORT_PACK_COLUMN("framework", "Framework", TEXT),
    REPORT_PACK_COLUMN("requirement", "Requirement", CODE), REPORT_PACK_COLUMN("title", "Title", TEXT), REPORT_PACK_COLUMN("section", "Section", TEXT),
    REPORT_PACK_COLUMN("source", "Source", TEXT), REPORT_PACK_COLUMN("verdict", "Verdict", VERDICT), REPORT_PACK_COLUMN("since", "Since", MINUTE),
    REPORT_PACK_COLUMN("because", "Because", TEXT), REPORT_PACK_COLUMN("part", "Part", CODE), REPORT_PACK_COLUMN("says", "What must hold", TEXT),
    REPORT_PACK_COLUMN("basis", "Basis", WORD), REPORT_PACK_COLUMN("state", "State", STATE), REPORT_PACK_COLUMN("part_because", "Why", TEXT),
    REPORT_PACK_COLUMN("entry", "Ledger entry", NUMBER)};
#define REQUIREMENT_COLUMNS (sizeof requirement_columns / sizeof *requirement_columns)

static err
requirement_cells(struct job *job, const struct report_requirement *one, const struct report_part *part, struct cell **ret)
{
	const struct requirement *about = one->requirement;
	struct cell row[REQUIREMENT_COLUMNS] = {TEXT(about->framework->title), TEXT(about->id), TEXT(about->title), TEXT(about->section), TEXT(about->source),
	    TEXT(one->verdict), one->since_us != 0 ? INT(one->since_us) : NIL, TEXT(one->because), TEXT(part->part->id), TEXT(part->part->says),
	    TEXT(slice_of(basis_words[part->part->basis])), TEXT(part->state), TEXT(part->because), part->has_entry ? INT((int64_t)part->entry) : NIL};
	TRY(NEW(job, REQUIREMENT_COLUMNS, ret));
	for (size_t i = 0; i < REQUIREMENT_COLUMNS; i++)
		(*ret)[i] = row[i];
	return OK;
}

static err
make_requirements(struct job *job, const struct making *making, struct report_pack_sheet *sheet)
{
	const struct report_pack_section *section = sheet->section;
	const struct report *report = &making->about->report;
	size_t parts = 0;
	for (size_t i = 0; i < report->requirements_len; i++)
		parts += report->requirements[i].requirement->parts_len;
	TRY(NEW(job, report->requirements_len + 1, &sheet->requirements));
	TRY(NEW(job, parts + 1, &sheet->row));
	sheet->columns = requirement_columns;
	sheet->columns_len = REQUIREMENT_COLUMNS;
	for (unsigned place = 0; place < REPORT_VERDICTS; place++)
		for (size_t i = 0; i < report->requirements_len; i++) {
			const struct report_requirement *one = &report->requirements[i];
			enum report_verdict verdict;
			TRY(report_word_verdict(job, one->verdict, &verdict));
			if (verdict != gaps_first[place] || !slice_same(one->requirement->framework->id, section->framework) ||
			    !named(section->sections, section->sections_len, one->requirement->section) ||
			    !named(section->ids, section->ids_len, one->requirement->id) ||
			    (section->phased && making->about->phase.len > 0 && !of_phase(one->requirement, making->about->phase)))
				continue;
			sheet->requirements[sheet->requirements_len++] = one;
			for (size_t p = 0; p < one->requirement->parts_len; p++)
				TRY(requirement_cells(job, one, &one->parts[p], &sheet->row[sheet->len++]));
		}
	return OK;
}

static const char index_sql[] = "SELECT entry, kind, what, place, at, digest FROM cited ORDER BY entry, kind, what";

static err
make_section(struct job *job, const struct making *making, struct report_pack_sheet *sheet)
{
	static const struct report_pack_column index[] = {REPORT_PACK_COLUMN("entry", "Ledger entry", NUMBER), REPORT_PACK_COLUMN("kind", "Kind", WORD),
	    REPORT_PACK_COLUMN("what", "What it shows", TEXT), REPORT_PACK_COLUMN("place", "Of what", TEXT), REPORT_PACK_COLUMN("at", "When", MINUTE),
	    REPORT_PACK_COLUMN("digest", "SHA-256", CODE)};
	switch (sheet->section->type) {
	case REPORT_PACK_REQUIREMENTS:
		return make_requirements(job, making, sheet);
	case REPORT_PACK_TABLE:
		sheet->columns = sheet->section->columns;
		sheet->columns_len = sheet->section->columns_len;
		return ask(job, making, sheet->section->sql, sheet->columns, sheet->columns_len, &sheet->row, &sheet->len);
	case REPORT_PACK_BLOCKS:
		sheet->columns = report_pack_block_columns;
		sheet->columns_len = REPORT_PACK_BLOCK_COLUMNS;
		return ask(job, making, sheet->section->sql, sheet->columns, sheet->columns_len, &sheet->row, &sheet->len);
	case REPORT_PACK_FIGURES:
		return make_figures(job, making, sheet);
	case REPORT_PACK_INDEX:
		sheet->columns = index;
		sheet->columns_len = sizeof index / sizeof *index;
		return ask(job, making, index_sql, index, sheet->columns_len, &sheet->row, &sheet->len);
	case REPORT_PACK_TEXT:
		break;
	}
	return OK;
}

static err
note_section(struct job *job, struct making *making, struct query *empty, const struct report_pack_section *section)
{
	TRY(note_reads(job, making, empty, section->type == REPORT_PACK_INDEX ? index_sql : section->sql));
	for (size_t i = 0; i < section->figures_len; i++)
		TRY(note_reads(job, making, empty, section->figures[i].sql));
	return OK;
}

err
report_pack_make(struct job *job, const struct report_pack_about *about, const struct registry_registers *registers,
    const struct report_pack_source *source, struct report_pack_made *ret)
{
	DEFER(query_close_at) struct query *empty = NULL, *full = NULL;
	struct making making = {.about = about, .registers = registers, .source = source};
	const struct report_pack *pack = about->pack;
	TRY(NEW(job, MAX_READS, &making.reads));
	TRY(report_pack_query(job, registers, &empty));
	for (size_t i = 0; i < pack->sections_len; i++)
		TRY(note_section(job, &making, empty, &pack->sections[i]));
	err loaded = load_tables(job, &making);
	full = making.query;
	TRY(loaded);
	TRY(NEW(job, pack->sections_len + 1, &ret->sheets));
	ret->about = about;
	for (size_t i = 0; i < pack->sections_len; i++) {
		ret->sheets[i].section = &pack->sections[i];
		TRY(make_section(job, &making, &ret->sheets[i]));
	}
	return OK;
}

err
report_pack_otherwise(struct job *job, const struct registry_registers *registers, const struct report_pack_source *source, struct report_pack_about *about)
{
	DEFER(query_close_at) struct query *empty = NULL, *full = NULL;
	struct making making = {.about = about, .registers = registers, .source = source};
	const struct report_pack *pack = about->pack;
	struct cell **row;
	size_t len;
	if (pack->period && about->to_us == 0)
		about->to_us = about->report.at.now_us;
	if (pack->period && about->from_us == 0)
		about->from_us = instant_before(about->to_us, pack->period_otherwise);
	if (pack->phase_otherwise == NULL || about->phase.len > 0)
		return OK;
	TRY(NEW(job, MAX_READS, &making.reads));
	TRY(report_pack_query(job, registers, &empty));
	TRY(note_reads(job, &making, empty, pack->phase_otherwise));
	err loaded = load_tables(job, &making);
	full = making.query;
	TRY(loaded);
	TRY(ask(job, &making, pack->phase_otherwise, NULL, 1, &row, &len));
	for (size_t i = 0; i < pack->phases_len && len > 0; i++)
		if (slice_same(pack->phases[i], row[0][0].text))
			about->phase = pack->phases[i];
	return OK;
}
