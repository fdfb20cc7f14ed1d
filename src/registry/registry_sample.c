/*
 * Samples: the draw, and the file that holds population, seed and draw so that others can repeat it. Pure.
 * Deliberately does not: read the ledger (registry_sample_population.c).
 */
#include "registry/registry_sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FIRST_LINE "assay sample 1"
#define MAX_FILE (32 * MIB)
#define MIN_SEED 32
#define MAX_SEED 128
#define NONE "-"

/* The draw */

static bool
is_seed(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!((text.at[i] >= '0' && text.at[i] <= '9') || (text.at[i] >= 'a' && text.at[i] <= 'f')))
			return false;
	return text.len >= MIN_SEED && text.len <= MAX_SEED && text.len % 2 == 0;
}

static int
by_id(const void *a, const void *b)
{
	return slice_order((*(const struct registry_sample_item *const *)a)->id, (*(const struct registry_sample_item *const *)b)->id);
}

static int
by_draw(const void *a, const void *b)
{
	const struct registry_sample_item *x = *(const struct registry_sample_item *const *)a, *y = *(const struct registry_sample_item *const *)b;
	int order = slice_order(x->stratum, y->stratum);
	if (order == 0)
		order = memcmp(x->order.byte, y->order.byte, sizeof x->order.byte);
	return order != 0 ? order : slice_order(x->id, y->id);
}

/* How many of ${len}: a fraction is rounded up, so that no stratum is left out. */
static size_t
wanted(const struct registry_sample *sample, size_t len)
{
	uint64_t count = sample->amount;
	if (sample->fraction)
		count = ((uint64_t)len * sample->amount + REGISTRY_SAMPLE_WHOLE - 1) / REGISTRY_SAMPLE_WHOLE;
	return count < len ? (size_t)count : len;
}

static err
check_question(struct job *job, const struct registry_sample *sample)
{
	if (!is_seed(sample->seed))
		return err_set(job, ERR_INPUT, "a sample's seed must be %d to %d lower-case hex digits, an even number of them", MIN_SEED, MAX_SEED);
	if (sample->amount == 0 || (sample->fraction && sample->amount > REGISTRY_SAMPLE_WHOLE))
		return err_set(job, ERR_INPUT, "a sample's size must be at least 1, or a fraction above 0 and at most 1");
	return OK;
}

err
registry_sample_draw(struct job *job, struct registry_sample *sample)
{
	const struct registry_sample_item **all;
	size_t len = sample->len;
	TRY(check_question(job, sample));
	TRY(NEW(job, len + 1, &all));
	for (size_t i = 0; i < len; i++) {
		sample->items[i].order = code_sha256_pair(sample->seed, sample->items[i].id);
		all[i] = &sample->items[i];
	}
	if (len > 0)
		qsort(all, len, sizeof *all, by_id);
	for (size_t i = 1; i < len; i++)
		if (slice_same(all[i - 1]->id, all[i]->id))
			return err_set(job, ERR_INPUT, "a population holds each once, found %.*s twice", SLICE(slice_part(all[i]->id, 0, 60)));
	if (len > 0)
		qsort(all, len, sizeof *all, by_draw);
	sample->drawn = all;
	sample->drawn_len = 0;
	for (size_t from = 0, to; from < len; from = to) {
		for (to = from + 1; to < len && slice_same(all[to]->stratum, all[from]->stratum);)
			to++;
		size_t take = wanted(sample, to - from);
		for (size_t i = 0; i < take; i++) /* never writes before it has read: what was drawn is not more than what was passed */
			all[sample->drawn_len++] = all[from + i];
	}
	return OK;
}

/* Writing */

static void
put_population(struct buf *buf, const struct registry_sample *sample)
{
	for (size_t i = 0; i < sample->len; i++) {
		const struct registry_sample_item *item = &sample->items[i];
		buf_add(buf, item->id);
		buf_printf(buf, "\t%lld\t", (long long)item->version);
		buf_add(buf, item->stratum);
		buf_byte(buf, '\n');
	}
}

err
registry_sample_digest(struct job *job, const struct registry_sample *sample, struct digest *ret)
{
	struct buf buf = buf_open(job, "a population", MAX_FILE);
	slice text;
	put_population(&buf, sample);
	TRY(buf_end(&buf, &text));
	*ret = code_sha256(text);
	return OK;
}

static void
put_text(struct buf *buf, const char *key, slice value)
{
	buf_printf(buf, "%s: ", key);
	buf_add(buf, value.len > 0 ? value : S(NONE));
	buf_byte(buf, '\n');
}

static void
put_instant(struct buf *buf, const char *key, int64_t at_us)
{
	put_text(buf, key, at_us != 0 ? slice_of(instant_text(at_us).at) : S(""));
}

static err
put_head(struct job *job, struct buf *buf, const struct registry_sample *sample)
{
	struct digest digest;
	TRY(registry_sample_digest(job, sample, &digest));
	buf_text(buf, FIRST_LINE "\n");
	put_text(buf, "of", sample->of);
	put_text(buf, "where", sample->where);
	put_instant(buf, "from", sample->from_us);
	put_instant(buf, "to", sample->to_us);
	put_text(buf, "strata", sample->strata);
	put_instant(buf, "taken", sample->taken_us);
	put_text(buf, "ledger", sample->origin);
	buf_printf(buf, "ledger-size: %llu\nledger-root: %s\n", (unsigned long long)sample->ledger_size, digest_text(&sample->ledger_root).at);
	buf_printf(buf, "population: %zu\npopulation-sha256: %s\n", sample->len, digest_text(&digest).at);
	put_text(buf, "seed", sample->seed);
	put_text(buf, "seed-from", sample->seed_given ? S("a person") : S("random"));
	if (sample->fraction)
		buf_printf(buf, "draw-fraction: %llu.%06llu\n", (unsigned long long)(sample->amount / REGISTRY_SAMPLE_WHOLE),
		    (unsigned long long)(sample->amount % REGISTRY_SAMPLE_WHOLE));
	else
		buf_printf(buf, "draw-size: %llu\n", (unsigned long long)sample->amount);
	buf_printf(buf, "drawn: %zu\n\n", sample->drawn_len);
	return OK;
}

err
registry_sample_write(struct job *job, const struct registry_sample *sample, slice *ret)
{
	struct buf buf = buf_open(job, "a sample", MAX_FILE);
	TRY(put_head(job, &buf, sample));
	put_population(&buf, sample);
	buf_byte(&buf, '\n');
	for (size_t i = 0; i < sample->drawn_len; i++) {
		buf_add(&buf, sample->drawn[i]->id);
		buf_byte(&buf, '\n');
	}
	return buf_end(&buf, ret);
}

/* Reading: what is understood is written again and must be the same bytes, so there is one way to say a sample. */

static err
refuse(struct job *job, const char *expected, slice found)
{
	return err_set(job, ERR_INPUT, "sample: expected %s, found \"%.*s\"", expected, SLICE(slice_part(found, 0, 60)));
}

static err
head_line(struct job *job, slice *rest, const char *key, slice *ret)
{
	slice line = {0}, name = slice_of(key);
	if (!slice_cut(rest, '\n', &line) || !slice_starts(line, name) || !slice_starts(slice_from(line, name.len), S(": ")))
		return refuse(job, key, line);
	*ret = slice_from(line, name.len + 2);
	if (slice_same(*ret, S(NONE)))
		*ret = S("");
	return OK;
}

static err
head_instant(struct job *job, slice *rest, const char *key, int64_t *ret)
{
	slice text;
	TRY(head_line(job, rest, key, &text));
	*ret = 0;
	return text.len == 0 || instant_parse(text, ret) ? OK : refuse(job, "an instant", text);
}

static err
head_number(struct job *job, slice *rest, const char *key, uint64_t *ret)
{
	slice text;
	TRY(head_line(job, rest, key, &text));
	return slice_u64(text, ret) ? OK : refuse(job, "a whole number", text);
}

static err
head_digest(struct job *job, slice *rest, const char *key, struct digest *ret)
{
	slice text;
	TRY(head_line(job, rest, key, &text));
	return digest_parse(text, ret) ? OK : refuse(job, "64 hex digits", text);
}

struct said { /* what the head says of the rest */
	uint64_t len, drawn;
	struct digest digest;
};

static err
read_draw(struct job *job, slice *rest, struct registry_sample *sample)
{
	slice text;
	int64_t number;
	sample->fraction = slice_starts(*rest, S("draw-fraction: "));
	if (!sample->fraction)
		return head_number(job, rest, "draw-size", &sample->amount);
	TRY(head_line(job, rest, "draw-fraction", &text));
	if (!registry_decimal_parse(text, 6, &number) || number < 0)
		return refuse(job, "a fraction", text);
	sample->amount = (uint64_t)number;
	return OK;
}

static err
read_head(struct job *job, slice *rest, struct registry_sample *sample, struct said *said)
{
	slice line = {0}, from;
	if (!slice_cut(rest, '\n', &line) || !slice_same(line, S(FIRST_LINE)))
		return refuse(job, "\"" FIRST_LINE "\" as the first line", line);
	TRY(head_line(job, rest, "of", &sample->of));
	TRY(head_line(job, rest, "where", &sample->where));
	TRY(head_instant(job, rest, "from", &sample->from_us));
	TRY(head_instant(job, rest, "to", &sample->to_us));
	TRY(head_line(job, rest, "strata", &sample->strata));
	TRY(head_instant(job, rest, "taken", &sample->taken_us));
	TRY(head_line(job, rest, "ledger", &sample->origin));
	TRY(head_number(job, rest, "ledger-size", &sample->ledger_size));
	TRY(head_digest(job, rest, "ledger-root", &sample->ledger_root));
	TRY(head_number(job, rest, "population", &said->len));
	TRY(head_digest(job, rest, "population-sha256", &said->digest));
	TRY(head_line(job, rest, "seed", &sample->seed));
	TRY(head_line(job, rest, "seed-from", &from));
	sample->seed_given = !slice_same(from, S("random"));
	TRY(read_draw(job, rest, sample));
	TRY(head_number(job, rest, "drawn", &said->drawn));
	return slice_cut(rest, '\n', &line) && line.len == 0 ? OK : refuse(job, "an empty line", line);
}

static err
read_item(struct job *job, slice line, struct registry_sample_item *ret)
{
	slice rest = line, version;
	if (!slice_cut(&rest, '\t', &ret->id) || !slice_cut(&rest, '\t', &version) || ret->id.len == 0 || !slice_i64(version, &ret->version) ||
	    slice_find(ret->id, ' ') < ret->id.len)
		return refuse(job, "an id, a version and a stratum with tabs between", line);
	ret->stratum = rest;
	return OK;
}

static err
read_items(struct job *job, slice *rest, struct registry_sample *sample, const struct said *said)
{
	struct digest digest;
	slice line;
	if (said->len > REGISTRY_SAMPLE_MAX)
		return err_set(job, ERR_LIMIT, "a population holds at most %d, found %llu", REGISTRY_SAMPLE_MAX, (unsigned long long)said->len);
	TRY(NEW(job, said->len + 1, &sample->items));
	for (; slice_cut(rest, '\n', &line) && line.len > 0;) {
		if (sample->len == said->len)
			return err_set(job, ERR_INPUT, "sample: the head counts %llu in the population, found more", (unsigned long long)said->len);
		TRY(read_item(job, line, &sample->items[sample->len++]));
	}
	TRY(registry_sample_digest(job, sample, &digest));
	if (sample->len != said->len || !digest_same(&digest, &said->digest))
		return err_set(job, ERR_INPUT, "sample: the population is not the one the head counts and whose SHA-256 it gives");
	return OK;
}

err
registry_sample_read(struct job *job, slice text, struct registry_sample *ret)
{
	struct registry_sample sample = {0};
	struct said said = {0};
	slice rest = text, again, line;
	if (text.len > MAX_FILE || !text_utf8(text))
		return err_set(job, ERR_INPUT, "sample: expected at most %zu bytes of UTF-8", (size_t)MAX_FILE);
	TRY(read_head(job, &rest, &sample, &said));
	TRY(read_items(job, &rest, &sample, &said));
	TRY(registry_sample_draw(job, &sample));
	if (said.drawn != sample.drawn_len)
		return err_set(job, ERR_INPUT, "sample: seed and population give %zu, found %llu drawn", sample.drawn_len, (unsigned long long)said.drawn);
	for (size_t i = 0; i < sample.drawn_len; i++) {
		line = S("");
		if (!slice_cut(&rest, '\n', &line) || !slice_same(line, sample.drawn[i]->id))
			return err_set(job, ERR_INPUT, "sample: seed and population give %.*s as number %zu of the draw, found \"%.*s\"",
			    SLICE(slice_part(sample.drawn[i]->id, 0, 60)), i + 1, SLICE(slice_part(line, 0, 60)));
	}
	TRY(registry_sample_write(job, &sample, &again));
	if (!slice_same(again, text))
		return err_set(job, ERR_INPUT, "sample: it says what it says in another way than assay writes it");
	*ret = sample;
	return OK;
}
