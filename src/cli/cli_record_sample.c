/*
 * assay REGISTER sample: draw a sample for a record (an audit) so that anybody can draw it again, and see whether its population was whole.
 * The file of the sample stands in the record's own field when the definition names one, else beside it; a note in the record's history names its SHA-256.
 */
#include <string.h>

#include "base/text.h"
#include "cli/cli_record.h"
#include "ledger/ledger_past.h"
#include "registry/registry_sample.h"

#define NOTE_BEGINS "Sample drawn: "
#define NOTE_SHA "; file SHA-256 "
#define NOTE_CONTENT "; content "
#define FILE_NAME "sample.txt"
#define SEED_BYTES 32
#define HEX_LEN 64

static const struct cli_option options[] = {
    {"of", "REGISTER", "what the sample is drawn from: a register, findings or entries"},
    {"where", "TESTS", "only these: FIELD=VALUE, also != < <= > >= and ~ (holds); several with commas"},
    {"from", "DATE", "only what was added (found, received) since then"},
    {"to", "DATE", "and until then, that day included"},
    {"size", "K", "draw so many (of each stratum)"},
    {"fraction", "P", "draw this part instead, rounded up: 0.1 or 10%"},
    {"seed", "HEX", "32 to 128 hex digits that somebody else chose (else random)"},
    {"strata", "FIELD", "draw from each value of this field apart"},
    {"redraw", NULL, "draw again from the frozen population"},
    {"check", NULL, "compare the frozen population with the ledger as it was then"},
    {"version", "V", "with --redraw or --check: the sample of that version of the record (else the newest)"},
    {"output", "FILE", "with --redraw: write the sample's file; - is standard output"},
    {NULL, NULL, NULL},
};

static const struct cli_column columns[] = {{"draw", "draw", CLI_NUMBER}, {"id", "id", CLI_TEXT}, {"version", "version", CLI_NUMBER},
    {"stratum", "stratum", CLI_TEXT}, {"order", "SHA-256 of seed and id", CLI_TEXT}};
static const struct cli_column difference_columns[] = {{"fault", "population", CLI_TEXT}, {"id", "id", CLI_TEXT},
    {"frozen_version", "frozen at version", CLI_NUMBER}, {"ledger_version", "in the ledger at version", CLI_NUMBER}};

static err
print_draw(struct job *job, const struct cli *cli, const struct cli_record *open, const struct registry_sample *sample)
{
	struct cli_sheet sheet;
	const struct registry_register *def = registry_find(&open->registry->registers, sample->of);
	int column = def != NULL ? table_column(&def->table, sample->strata) : -1;
	cli_sheet_open(&sheet, job, columns, sizeof columns / sizeof *columns);
	bool people = column >= 0 && (def->table.columns[column].flags & COLUMN_TOKEN) != 0;
	for (size_t i = 0; i < sample->drawn_len; i++) {
		const struct registry_sample_item *item = sample->drawn[i];
		slice order, stratum = item->stratum;
		if (people && stratum.len > 0) {
			TRY(job_format(job, &stratum, "{person:%.*s}", SLICE(item->stratum)));
			TRY(ledger_person_show(job, open->ledger, stratum, &stratum));
		}
		TRY(job_copy(job, slice_of(digest_text(&item->order).at), &order));
		TRY(cli_sheet_row(&sheet, (struct cell[]){INT((int64_t)i + 1), TEXT(item->id), INT(item->version), TEXT(stratum), TEXT(order)}));
	}
	return cli_sheet_print(job, cli, &sheet);
}

/* A part of a population is none: whoever draws or checks must be able to read all of it, and every column it is chosen by. */
static err
need_columns(struct job *job, const struct cli_record *open, const struct registry_register *def, const struct registry_sample *sample)
{
	struct registry_filter *filters = NULL;
	size_t len = 0;
	bool seen = true;
	if (sample->where.len > 0)
		TRY(registry_filter_parse(job, open->registry, def, sample->where, &filters, &len));
	for (size_t i = 0; i < len && seen; i++)
		TRY(registry_access_column(job, open->access, def, filters[i].column, &seen));
	if (sample->strata.len > 0 && seen)
		TRY(registry_access_column(job, open->access, def, sample->strata, &seen));
	return seen ? OK : err_set(job, ERR_DENIED, "a sample of %.*s may not be chosen by a field that you may not see", SLICE(def->id));
}

static err
need_whole(struct job *job, const struct cli_record *open, const struct registry_sample *sample)
{
	const struct registry_register *def = registry_find(&open->registry->registers, sample->of);
	const struct registry_ask audit = {.capability = S("audit")};
	struct registry_reach reach;
	if (def == NULL)
		return registry_access_need(job, open->access, &audit);
	TRY(need_columns(job, open, def, sample));
	TRY(registry_access_reach(job, open->access, S("read"), def, &reach));
	for (size_t i = 0; i < sample->len && !reach.all; i++) {
		slice registry;
		int64_t number;
		bool seen = registry_link_parse(sample->items[i].id, &registry, &number);
		if (seen)
			TRY(registry_reaches(job, open->registry, &reach, registry, number, &seen));
		if (!seen)
			return err_set(job, ERR_DENIED, "a population must be whole, and you may not read all of it: ask somebody who may read every %.*s",
			    SLICE(def->id));
	}
	return OK;
}

/* Drawing */

static err
read_amount(struct job *job, const struct cli *cli, struct registry_sample *sample)
{
	const char *size = cli_value(cli, "size"), *fraction = cli_value(cli, "fraction");
	slice text = slice_of(fraction);
	int64_t millionths = 0;
	if ((size == NULL) == (fraction == NULL))
		return err_set(job, ERR_INPUT, "say how much to draw: --size K or --fraction P, one of them");
	if (size != NULL)
		return slice_u64(slice_of(size), &sample->amount) && sample->amount > 0
			   ? OK
			   : err_set(job, ERR_INPUT, "--size: expected a whole number from 1, found \"%s\"", size);
	bool percent = slice_ends(text, S("%"));
	sample->fraction = true;
	if (!registry_decimal_parse(percent ? slice_part(text, 0, text.len - 1) : text, percent ? 4 : 6, &millionths) || millionths <= 0 ||
	    millionths > REGISTRY_SAMPLE_WHOLE)
		return err_set(job, ERR_INPUT, "--fraction: expected more than 0 and at most 1 (or 100%%), found \"%s\"", fraction);
	sample->amount = (uint64_t)millionths;
	return OK;
}

static err
read_seed(struct job *job, const struct cli *cli, struct registry_sample *sample)
{
	const char *given = cli_value(cli, "seed");
	sample->seed_given = given != NULL;
	sample->seed = slice_of(given);
	return given != NULL ? OK : code_random_id(job, SEED_BYTES, &sample->seed);
}

static err
read_question(struct job *job, const struct cli *cli, const struct cli_record *open, struct registry_sample *sample)
{
	*sample = (struct registry_sample){.of = slice_of(cli_value(cli, "of")),
	    .where = slice_of(cli_value(cli, "where")),
	    .strata = slice_of(cli_value(cli, "strata")),
	    .origin = ledger_origin(open->ledger),
	    .ledger_size = open->now.size,
	    .taken_us = open->now.now_us};
	if (sample->of.len == 0)
		return err_set(job, ERR_INPUT, "--of: say what the sample is drawn from: a register, " REGISTRY_SAMPLE_FINDINGS " or " REGISTRY_SAMPLE_ENTRIES);
	const char *from = cli_value(cli, "from"), *to = cli_value(cli, "to");
	if (from != NULL && !instant_parse(slice_of(from), &sample->from_us))
		return err_set(job, ERR_INPUT, "--from: expected a date (2026-11-22) or an instant (2026-11-22T09:30:00Z), found \"%s\"", from);
	TRY(cli_value_instant(job, cli, "to", &sample->to_us));
	sample->to_us += to != NULL && strlen(to) == 10; /* a day's last moment is in it */
	TRY(read_amount(job, cli, sample));
	TRY(read_seed(job, cli, sample));
	return ledger_root_at(job, open->ledger, sample->ledger_size, &sample->ledger_root);
}

/* At most ${max} bytes, cut between code points. */
static slice
cut(slice text, size_t max)
{
	size_t len = text.len < max ? text.len : max;
	while (len > 0 && len < text.len && ((unsigned char)text.at[len] & 0xc0) == 0x80)
		len--;
	return slice_part(text, 0, len);
}

static err
population_text(struct job *job, const struct registry_sample *sample, slice *ret)
{
	struct buf buf = buf_open(job, "a sample", 64 * KIB);
	struct digest digest;
	TRY(registry_sample_digest(job, sample, &digest));
	buf_printf(&buf, "%zu of %.*s as of %s, SHA-256 %s, ledger size %llu", sample->len, SLICE(sample->of), instant_text(sample->taken_us).at,
	    digest_text(&digest).at, (unsigned long long)sample->ledger_size);
	if (sample->from_us != 0)
		buf_printf(&buf, ", from %s", instant_text(sample->from_us).at);
	if (sample->to_us != 0)
		buf_printf(&buf, ", before %s", instant_text(sample->to_us).at);
	if (slice_has(sample->where, S("{person:"))) /* a text field shows no names for tokens */
		buf_text(&buf, ", where the tests in " FILE_NAME " hold");
	else if (sample->where.len > 0)
		buf_printf(&buf, ", where %.*s", SLICE(sample->where));
	return buf_end(&buf, ret);
}

static err
drawn_text(struct job *job, const struct registry_sample *sample, size_t max, slice *ret)
{
	struct buf buf = buf_open(job, "a sample", MIB);
	size_t shown = 0;
	buf_printf(&buf, "%zu drawn from %zu with seed %.*s%s%.*s; the whole is in " FILE_NAME ":", sample->drawn_len, sample->len, SLICE(sample->seed),
	    sample->strata.len > 0 ? ", each apart by " : "", SLICE(sample->strata));
	for (; shown < sample->drawn_len && buf.len + sample->drawn[shown]->id.len + 40 < max; shown++)
		buf_printf(&buf, "%s%.*s", shown == 0 ? " " : ", ", SLICE(sample->drawn[shown]->id));
	if (shown < sample->drawn_len)
		buf_printf(&buf, " and %zu more", sample->drawn_len - shown);
	return buf_end(&buf, ret);
}

static void
put_input(struct registry_edit *edit, struct registry_input *inputs, slice id, slice text, slice bytes)
{
	const struct registry_field *field = id.len > 0 ? registry_field(edit->def, id) : NULL;
	if (field == NULL)
		return;
	inputs[edit->inputs_len++] = (struct registry_input){.field = field, .text = bytes.len > 0 ? text : cut(text, field->max_bytes), .bytes = bytes};
}

static err
fill_edit(struct job *job, const struct registry_sample *sample, slice file, struct registry_input inputs[4], struct registry_edit *edit)
{
	const struct registry_sampling *names = &edit->def->sample;
	const struct registry_field *drawn_field = registry_field(edit->def, names->drawn);
	slice population, drawn = S("");
	TRY(population_text(job, sample, &population));
	if (drawn_field != NULL)
		TRY(drawn_text(job, sample, drawn_field->max_bytes, &drawn));
	put_input(edit, inputs, names->population, population, S(""));
	put_input(edit, inputs, names->seed, sample->seed, S(""));
	put_input(edit, inputs, names->drawn, drawn, S(""));
	put_input(edit, inputs, names->evidence, S(FILE_NAME), file);
	edit->inputs = inputs;
	return OK;
}

/* Where no field holds the file, it is content of its own that the note cites: only once nothing stands in the way of the note. */
static err
keep_file(struct job *job, struct cli_record *open, struct registry_edit *edit, slice file, slice *note)
{
	struct digest content;
	size_t problems;
	if (edit->def->sample.evidence.len > 0)
		return OK;
	TRY(registry_write(job, open->registry, edit, 1, true, &problems));
	if (problems > 0)
		return registry_edit_refuse(job, edit);
	TRY(ledger_file_append(job, open->ledger, file, &content));
	return job_format(job, note, "%.*s" NOTE_CONTENT "%s", SLICE(*note), digest_text(&content).at);
}

static err
attach(struct job *job, struct cli_record *open, int64_t number, const struct registry_sample *sample, struct registry_edit *edit)
{
	struct registry_input inputs[4];
	slice file, note;
	*edit = (struct registry_edit){.def = open->def, .number = number};
	TRY(registry_sample_write(job, sample, &file));
	TRY(fill_edit(job, sample, file, inputs, edit));
	struct digest digest = code_sha256(file);
	TRY(job_format(job, &note, NOTE_BEGINS "%zu of %zu %.*s" NOTE_SHA "%s", sample->drawn_len, sample->len, SLICE(sample->of), digest_text(&digest).at));
	edit->note = note;
	TRY(keep_file(job, open, edit, file, &note));
	edit->note = note;
	TRY(cli_record_write(job, open, edit));
	edit->inputs = NULL;
	return OK;
}

static err
draw(struct job *job, const struct cli *cli, struct cli_record *open, int64_t number)
{
	struct registry_sample sample;
	struct registry_edit edit;
	TRY(read_question(job, cli, open, &sample));
	TRY(registry_sample_population(job, open->registry, &sample));
	TRY(need_whole(job, open, &sample));
	if (sample.len == 0)
		return err_set(job, ERR_INPUT, "the population is empty: nothing of %.*s passes --where, --from and --to", SLICE(sample.of));
	TRY(registry_sample_draw(job, &sample));
	TRY(attach(job, open, number, &sample, &edit));
	TRY(print_draw(job, cli, open, &sample));
	cli_say(cli, job, "%zu drawn from %zu with seed %.*s; kept in %.*s %lld, version %lld", sample.drawn_len, sample.len, SLICE(sample.seed),
	    SLICE(open->def->id), (long long)number, (long long)edit.version);
	cli_say(cli, job, "'assay %.*s sample %lld --redraw' draws the same again, --check asks whether the population was whole", SLICE(open->def->id),
	    (long long)number);
	return OK;
}

/* Looking back */

/* What a note says of a sample: the digest of its file, and that of the content when no field holds it. */
static bool
note_parse(slice note, struct digest *ret_sha, bool *ret_content, struct digest *ret)
{
	size_t at = 0;
	if (!slice_starts(note, S(NOTE_BEGINS)))
		return false;
	while (at < note.len && !slice_starts(slice_from(note, at), S(NOTE_SHA)))
		at++;
	slice rest = slice_from(note, at + sizeof NOTE_SHA - 1);
	if (!digest_parse(slice_part(rest, 0, HEX_LEN), ret_sha))
		return false;
	rest = slice_from(rest, HEX_LEN);
	*ret_content = slice_starts(rest, S(NOTE_CONTENT));
	return *ret_content ? digest_parse(slice_from(rest, sizeof NOTE_CONTENT - 1), ret) : rest.len == 0;
}

static err
field_content(struct job *job, const struct cli_record *open, const struct ledger_change *change, bool *ret_found, struct digest *ret)
{
	slice id = open->def->sample.evidence;
	const json_t *sets;
	*ret_found = false;
	if (id.len == 0)
		return OK;
	TRY(json_read(job, "a change", change->sets, &sets));
	*ret_found = digest_parse(json_text(json_object_get(json_object_getn(sets, id.at, id.len), "digest")), ret);
	return OK;
}

struct kept {
	slice file;
	int64_t version;
	struct registry_sample sample;
};

static err
open_kept(struct job *job, const struct cli_record *open, const struct registry_record *record, int64_t version, struct kept *ret)
{
	struct ledger_change *changes;
	struct digest sha, content;
	size_t len, i;
	bool found = false, beside = false;
	TRY(ledger_record_changes(job, open->ledger, open->now, record->base.uid, &changes, &len));
	for (i = len; i > 0 && !found; i--) {
		if ((version != 0 && changes[i - 1].version != version) || !note_parse(changes[i - 1].note, &sha, &beside, &content))
			continue;
		found = beside;
		if (!beside)
			TRY(field_content(job, open, &changes[i - 1], &found, &content));
		ret->version = changes[i - 1].version;
	}
	if (!found)
		return err_set(job, ERR_MISSING, "%.*s %lld has no sample%s", SLICE(open->def->id), (long long)record->base.number,
		    version != 0 ? " of that version" : "");
	TRY(ledger_content(job, open->ledger, &content, &ret->file));
	struct digest read = code_sha256(ret->file);
	if (!digest_same(&read, &sha))
		return err_set(job, ERR_CONFLICT, "%.*s %lld: the sample's file is not the one its note names", SLICE(open->def->id),
		    (long long)record->base.number);
	return registry_sample_read(job, ret->file, &ret->sample);
}

static err
redraw(struct job *job, const struct cli *cli, const struct cli_record *open, const struct kept *kept)
{
	const char *output = cli_value(cli, "output");
	if (output != NULL)
		return cli_output(job, output, kept->file, 0600);
	TRY(print_draw(job, cli, open, &kept->sample));
	cli_say(cli, job, "%zu drawn from %zu of %.*s as they were on %s, seed %.*s (%s): the same as in version %lld", kept->sample.drawn_len, kept->sample.len,
	    SLICE(kept->sample.of), instant_text(kept->sample.taken_us).at, SLICE(kept->sample.seed), kept->sample.seed_given ? "given" : "random",
	    (long long)kept->version);
	return OK;
}

static err
check(struct job *job, const struct cli *cli, const struct cli_record *open, const struct kept *kept)
{
	struct registry_sample_difference *list;
	struct cli_sheet sheet;
	struct digest root;
	size_t len;
	TRY(ledger_root_at(job, open->ledger, kept->sample.ledger_size, &root));
	if (!digest_same(&root, &kept->sample.ledger_root) || !slice_same(kept->sample.origin, ledger_origin(open->ledger)))
		return err_set(job, ERR_CONFLICT, "the sample was drawn from another ledger: at size %llu this one's root is another",
		    (unsigned long long)kept->sample.ledger_size);
	struct registry_sample whole = kept->sample;
	TRY(registry_sample_population(job, open->registry, &whole));
	TRY(need_whole(job, open, &whole));
	TRY(registry_sample_compare(job, open->registry, &kept->sample, &list, &len));
	cli_sheet_open(&sheet, job, difference_columns, sizeof difference_columns / sizeof *difference_columns);
	for (size_t i = 0; i < len; i++)
		TRY(cli_sheet_row(&sheet, (struct cell[]){TEXT(slice_of(registry_sample_fault_words[list[i].fault])), TEXT(list[i].id),
					      list[i].frozen_version != 0 ? INT(list[i].frozen_version) : NIL,
					      list[i].ledger_version != 0 ? INT(list[i].ledger_version) : NIL}));
	if (len > 0 || cli->json || cli->csv)
		TRY(cli_sheet_print(job, cli, &sheet));
	if (len > 0)
		return err_set(job, ERR_CONFLICT, "the population is not what the ledger held at size %llu: %zu of %zu differ; what was erased since counts too",
		    (unsigned long long)kept->sample.ledger_size, len, whole.len);
	cli_say(cli, job, "The population is whole: %zu of %.*s, exactly what the ledger held at size %llu, root %s", kept->sample.len, SLICE(kept->sample.of),
	    (unsigned long long)kept->sample.ledger_size, digest_text(&root).at);
	return OK;
}

static err
look_back(struct job *job, const struct cli *cli, struct cli_record *open, int64_t number)
{
	static const char *const drawing[] = {"of", "where", "from", "to", "size", "fraction", "seed", "strata"};
	const char *given = cli_value(cli, "version");
	struct registry_record record;
	struct kept kept;
	int64_t version = 0;
	for (size_t i = 0; i < sizeof drawing / sizeof *drawing; i++)
		if (cli_value(cli, drawing[i]) != NULL)
			return err_set(job, ERR_INPUT, "--%s belongs to the drawing of a sample: the frozen one has its own", drawing[i]);
	if (given != NULL && (!slice_i64(slice_of(given), &version) || version < 1))
		return err_set(job, ERR_INPUT, "--version: expected a version from 1, found \"%s\"", given);
	TRY(cli_record_read(job, open, open->now, number, &record));
	const struct registry_field *field = registry_field(open->def, open->def->sample.evidence);
	if (field != NULL && !cli_record_sees(open, &record, field))
		return err_set(job, ERR_DENIED, "the sample's file may not be seen");
	TRY(open_kept(job, open, &record, version, &kept));
	if (cli_flag(cli, "redraw"))
		TRY(redraw(job, cli, open, &kept));
	return cli_flag(cli, "check") ? check(job, cli, open, &kept) : OK;
}

static err
sample(struct job *job, struct cli *cli, int *ret_status)
{
	DEFER(cli_record_close_at) struct cli_record open = {0};
	bool back = cli_flag(cli, "redraw") || cli_flag(cli, "check");
	int64_t number;
	(void)ret_status;
	if (!back && (cli_value(cli, "version") != NULL || cli_value(cli, "output") != NULL))
		return err_set(job, ERR_INPUT, "--version and --output go with --redraw or --check");
	if (cli_flag(cli, "redraw") && cli_flag(cli, "check"))
		return err_set(job, ERR_INPUT, "--redraw and --check are two questions: ask one at a time");
	TRY(cli_record_open(job, cli, &open));
	TRY(cli_record_number(job, open.def, cli->words[0], &number));
	return back ? look_back(job, cli, &open, number) : draw(job, cli, &open, number);
}

const struct cli_record_verb cli_record_sample_verb = {.name = "sample",
    .about = "draw a sample for an auditor, draw it again, or check that nothing was left out of what it was drawn from",
    .usage = "NUMBER --of REGISTER|findings|entries (--size K | --fraction P) [--where TESTS] [--from DATE] [--to DATE] [--strata FIELD] [--seed HEX] | NUMBER "
	     "--redraw|--check [--version V] [--output FILE]",
    .help = "What the sample is drawn from is listed first, with the size and root of the ledger, and kept with seed and draw as a file of the record. Of a register it is every record, those "
	    "that have ended too, unless --where says otherwise; --from and --to go by when it was added. In each stratum what comes first by SHA-256 of seed and id is "
	    "drawn: doc/sample.md has the lines of shell that do the same. A population must be whole: whoever draws must be able to read all of it.",
    .example = "sample 1 --of change --where \"status=closed\" --size 25 …",
    .ability = "sample",
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = sample};
