/*
 * Packs for programs: one CSV file a section, or one JSON document.
 * Deliberately has the same rows as the page, exact where the page is rounded into words.
 */
#include "report/report_pack.h"
#include "base/text.h"

#define SHEET_MAX (128 * MIB)

struct said {
	const char *key;
	slice value;
};
#define SAID_MAX 20

/* What it is, for whom, of which moment. */
static err
head_of(struct job *job, const struct report_pack_about *about, struct said said[SAID_MAX], size_t *ret_len)
{
	size_t len = 0;
	slice size, entry, service, root, content;
	TRY(job_format(job, &size, "%llu", (unsigned long long)about->report.at.size));
	TRY(job_format(job, &entry, "%llu", (unsigned long long)about->entry));
	TRY(job_format(job, &service, "%lld", (long long)about->service));
	TRY(job_copy(job, slice_of(digest_text(&about->report.root).at), &root));
	TRY(job_copy(job, slice_of(digest_text(&about->report.content).at), &content));
	struct instant_text *instants;
	TRY(NEW(job, 3, &instants));
	instants[0] = instant_text(about->report.at.now_us);
	instants[1] = instant_text(about->from_us);
	instants[2] = instant_text(about->to_us);
	said[len++] = (struct said){"pack", about->pack->id};
	said[len++] = (struct said){"title", about->pack->title};
	said[len++] = (struct said){"service", about->report.service};
	said[len++] = (struct said){"service_number", about->service > 0 ? service : S("")};
	said[len++] = (struct said){"phase", about->phase};
	said[len++] = (struct said){"from", about->pack->period ? slice_of(instants[1].at) : S("")};
	said[len++] = (struct said){"to", about->pack->period ? slice_of(instants[2].at) : S("")};
	said[len++] = (struct said){"instant", slice_of(instants[0].at)};
	said[len++] = (struct said){"made_for", about->by};
	said[len++] = (struct said){"log", about->report.origin};
	said[len++] = (struct said){"entries_judged", size};
	said[len++] = (struct said){"root", root};
	said[len++] = (struct said){"content_set", content};
	said[len++] = (struct said){"frozen_entry", about->draft ? S("") : entry};
	*ret_len = len;
	return OK;
}

static bool
is_number(enum report_pack_as as, const struct cell *cell)
{
	return !cell->null && cell->text.at == NULL && (as == REPORT_PACK_AS_NUMBER || as == REPORT_PACK_AS_MONEY || as == REPORT_PACK_AS_PERCENT);
}

static enum report_pack_as
as_of(const struct report_pack_sheet *sheet, size_t row, size_t column)
{
	return sheet->section->type == REPORT_PACK_FIGURES && column == 1 ? sheet->section->figures[row].as : sheet->columns[column].as;
}

/* CSV */

static err
csv_sheet(struct job *job, const struct report_pack_sheet *sheet, slice *ret)
{
	struct buf buf = buf_open(job, "a sheet", SHEET_MAX);
	for (size_t c = 0; c < sheet->columns_len; c++) {
		buf_text(&buf, c > 0 ? "," : "");
		text_csv(&buf, sheet->columns[c].id);
	}
	buf_text(&buf, "\r\n");
	for (size_t r = 0; r < sheet->len; r++) {
		for (size_t c = 0; c < sheet->columns_len; c++) {
			slice text;
			TRY(report_pack_cell(job, as_of(sheet, r, c), &sheet->row[r][c], false, &text));
			buf_text(&buf, c > 0 ? "," : "");
			if (is_number(as_of(sheet, r, c), &sheet->row[r][c])) /* a minus is no formula */
				buf_add(&buf, text);
			else
				text_csv(&buf, text);
		}
		buf_text(&buf, "\r\n");
	}
	return buf_end(&buf, ret);
}

static err
csv_head(struct job *job, const struct report_pack_about *about, slice *ret)
{
	struct buf buf = buf_open(job, "a sheet", SHEET_MAX);
	struct said said[SAID_MAX];
	size_t len;
	TRY(head_of(job, about, said, &len));
	buf_text(&buf, "what,value\r\n");
	for (size_t i = 0; i < len; i++) {
		buf_text(&buf, said[i].key);
		buf_byte(&buf, ',');
		text_csv(&buf, said[i].value);
		buf_text(&buf, "\r\n");
	}
	return buf_end(&buf, ret);
}

err
report_pack_csv(struct job *job, const struct report_pack_made *made, struct report_pack_file **ret, size_t *ret_len)
{
	const struct report_pack *pack = made->about->pack;
	size_t len = 0;
	TRY(NEW(job, pack->sections_len + 1, ret));
	(*ret)[len].name = S("pack.csv");
	TRY(csv_head(job, made->about, &(*ret)[len++].text));
	for (size_t i = 0; i < pack->sections_len; i++) {
		if (made->sheets[i].columns_len == 0)
			continue;
		TRY(job_format(job, &(*ret)[len].name, "%02zu-%.*s.csv", i + 1, SLICE(pack->sections[i].id)));
		TRY(csv_sheet(job, &made->sheets[i], &(*ret)[len++].text));
	}
	*ret_len = len;
	return OK;
}

/* JSON */

static err
json_row(struct job *job, struct buf *buf, const struct report_pack_sheet *sheet, size_t row)
{
	buf_byte(buf, '{');
	for (size_t c = 0; c < sheet->columns_len; c++) {
		const struct cell *cell = &sheet->row[row][c];
		slice text;
		TRY(report_pack_cell(job, as_of(sheet, row, c), cell, false, &text));
		buf_text(buf, c > 0 ? "," : "");
		text_json(buf, sheet->columns[c].id);
		buf_byte(buf, ':');
		if (cell->null)
			buf_text(buf, "null");
		else if (is_number(as_of(sheet, row, c), cell))
			buf_add(buf, text);
		else
			text_json(buf, text);
	}
	buf_byte(buf, '}');
	return OK;
}

static err
json_section(struct job *job, struct buf *buf, const struct report_pack_sheet *sheet)
{
	buf_text(buf, "{\"id\":");
	text_json(buf, sheet->section->id);
	buf_text(buf, ",\"title\":");
	text_json(buf, sheet->section->title);
	buf_printf(buf, ",\"type\":\"%s\"", report_pack_type_words[sheet->section->type]);
	if (sheet->section->type == REPORT_PACK_TEXT) {
		buf_text(buf, ",\"text\":");
		text_json(buf, sheet->section->text);
	} else {
		buf_text(buf, ",\"rows\":[");
		for (size_t r = 0; r < sheet->len; r++) {
			buf_text(buf, r > 0 ? ",\n" : "");
			TRY(json_row(job, buf, sheet, r));
		}
		buf_byte(buf, ']');
	}
	buf_byte(buf, '}');
	return OK;
}

err
report_pack_json(struct job *job, const struct report_pack_made *made, slice *ret)
{
	struct buf buf = buf_open(job, "a pack", SHEET_MAX);
	struct said said[SAID_MAX];
	size_t len;
	TRY(head_of(job, made->about, said, &len));
	buf_byte(&buf, '{');
	for (size_t i = 0; i < len; i++) {
		buf_printf(&buf, "\"%s\":", said[i].key);
		text_json(&buf, said[i].value);
		buf_text(&buf, ",\n");
	}
	buf_text(&buf, "\"sections\":[");
	for (size_t i = 0; i < made->about->pack->sections_len; i++) {
		buf_text(&buf, i > 0 ? ",\n" : "\n");
		TRY(json_section(job, &buf, &made->sheets[i]));
	}
	buf_text(&buf, "]}\n");
	return buf_end(&buf, ret);
}
