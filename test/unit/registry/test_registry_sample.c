/*
 * Samples: the draw is what its words say, the file holds together or is refused, and a population is whole or the difference is named.
 */
#include "../ledger/ledger_kit.h"
#include "kit_content.h"

#include "base/text.h"
#include "registry/registry_sample.h"
#include "registry/registry_write.h"

#define SEED "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct registry_sample
sample_of(size_t len, const char *strata)
{
	struct registry_sample sample = {.of = S("thing"), .strata = slice_of(strata), .amount = 2, .seed = S(SEED), .origin = S("here"), .ledger_size = 7, .taken_us = at_us(1),
	    .len = len};
	ASSERT_OK(NEW(kit_job(), len + 1, &sample.items));
	for (size_t i = 0; i < len; i++) {
		ASSERT_OK(job_format(kit_job(), &sample.items[i].id, "thing/%zu", i + 1));
		sample.items[i].version = (int64_t)i % 3 + 1;
		if (strata != NULL)
			sample.items[i].stratum = i % 3 == 0 ? S("") : i % 3 == 1 ? S("one") : S("two words");
	}
	return sample;
}

static slice
order_of(slice seed, slice id)
{
	slice both, hex;
	ASSERT_OK(job_format(kit_job(), &both, "%.*s%.*s", SLICE(seed), SLICE(id)));
	struct digest digest = code_sha256(both);
	ASSERT_OK(job_copy(kit_job(), slice_of(digest_text(&digest).at), &hex));
	return hex;
}

/* The slow way: is it drawn, when so many of its stratum come before it? */
static void
assert_drawn_rightly(const struct registry_sample *sample)
{
	size_t drawn = 0;
	for (size_t i = 0; i < sample->len; i++) {
		const struct registry_sample_item *item = &sample->items[i];
		size_t before = 0, same = 0;
		bool found = false;
		for (size_t k = 0; k < sample->len; k++) {
			if (!slice_same(sample->items[k].stratum, item->stratum))
				continue;
			same++;
			before += slice_order(order_of(sample->seed, sample->items[k].id), order_of(sample->seed, item->id)) < 0;
		}
		for (size_t k = 0; k < sample->drawn_len; k++)
			found = found || sample->drawn[k] == item;
		size_t take = sample->fraction ? (size_t)((same * sample->amount + 999999) / 1000000) : (size_t)sample->amount;
		assert_int_equal(found, before < take);
		drawn += found;
	}
	assert_int_equal(drawn, sample->drawn_len);
	for (size_t k = 1; k < sample->drawn_len; k++) {
		int strata = slice_order(sample->drawn[k - 1]->stratum, sample->drawn[k]->stratum);
		assert_true(strata < 0 || (strata == 0 && slice_order(order_of(sample->seed, sample->drawn[k - 1]->id), order_of(sample->seed, sample->drawn[k]->id)) < 0));
	}
}

static void
test_registry_sample_draw__takes_what_comes_first(void **state)
{
	static const uint64_t sizes[] = {1, 2, 7, 40, 1000}, fractions[] = {1, 100000, 333333, 500000, 1000000};
	(void)state, (void)kit_fresh();
	for (int strata = 0; strata < 2; strata++)
		for (size_t i = 0; i < 5; i++)
			for (int fraction = 0; fraction < 2; fraction++) {
				struct registry_sample sample = sample_of(40, strata == 0 ? NULL : "kind");
				sample.fraction = fraction == 1;
				sample.amount = fraction == 1 ? fractions[i] : sizes[i];
				ASSERT_OK(registry_sample_draw(kit_job(), &sample));
				assert_drawn_rightly(&sample);
			}
	/* Another seed, another draw; the same seed, the same. */
	struct registry_sample one = sample_of(40, NULL), same = sample_of(40, NULL), other = sample_of(40, NULL);
	one.amount = same.amount = other.amount = 10;
	other.seed = S("ffeeddccbbaa99887766554433221100");
	ASSERT_OK(registry_sample_draw(kit_job(), &one));
	ASSERT_OK(registry_sample_draw(kit_job(), &same));
	ASSERT_OK(registry_sample_draw(kit_job(), &other));
	size_t alike = 0;
	for (size_t i = 0; i < 10; i++) {
		assert_true(slice_same(one.drawn[i]->id, same.drawn[i]->id));
		alike += slice_same(one.drawn[i]->id, other.drawn[i]->id);
	}
	assert_true(alike < 10);
}

static void
test_registry_sample_draw__refuses(void **state)
{
	(void)state, (void)kit_fresh();
	static const char *const seeds[] = {"", "0011", SEED "0", "00112233445566778899AABBCCDDEEFF", "0011223344556677 899aabbccddeeff", SEED SEED "00"};
	struct registry_sample sample;
	for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
		sample = sample_of(3, NULL);
		sample.seed = slice_of(seeds[i]);
		ASSERT_ERR(registry_sample_draw(kit_job(), &sample), ERR_INPUT, "seed");
	}
	sample = sample_of(3, NULL);
	sample.amount = 0;
	ASSERT_ERR(registry_sample_draw(kit_job(), &sample), ERR_INPUT, "size");
	sample = sample_of(3, NULL);
	sample.fraction = true;
	sample.amount = 1000001;
	ASSERT_ERR(registry_sample_draw(kit_job(), &sample), ERR_INPUT, "fraction");
	sample = sample_of(6, "kind");
	sample.items[4].id = sample.items[0].id; /* in another stratum */
	ASSERT_ERR(registry_sample_draw(kit_job(), &sample), ERR_INPUT, "twice");
	sample = sample_of(0, NULL);
	ASSERT_OK(registry_sample_draw(kit_job(), &sample));
	assert_int_equal(sample.drawn_len, 0);
}

static slice
written(struct registry_sample *sample)
{
	slice text;
	ASSERT_OK(registry_sample_draw(kit_job(), sample));
	ASSERT_OK(registry_sample_write(kit_job(), sample, &text));
	return text;
}

static void
test_registry_sample_read__gives_back_what_was_written(void **state)
{
	(void)state, (void)kit_fresh();
	for (int i = 0; i < 4; i++) {
		struct registry_sample sample = sample_of(20, i % 2 == 0 ? NULL : "kind"), back;
		sample.fraction = i > 1;
		sample.amount = i > 1 ? 250000 : 3;
		sample.where = i == 3 ? S("status=closed,owner={person:abc}") : S("");
		sample.from_us = i == 3 ? at_us(-100) : 0;
		sample.seed_given = i == 2;
		ASSERT_OK(registry_sample_read(kit_job(), written(&sample), &back));
		assert_int_equal(back.len, 20);
		assert_int_equal(back.drawn_len, sample.drawn_len);
		assert_int_equal(back.amount, sample.amount);
		assert_int_equal(back.fraction, sample.fraction);
		assert_int_equal(back.from_us, sample.from_us);
		assert_int_equal(back.seed_given, sample.seed_given);
		assert_true(slice_same(back.where, sample.where));
		assert_true(slice_same(back.items[7].stratum, sample.items[7].stratum));
	}
}

/* ${text} with ${old} replaced once. */
static slice
altered(slice text, const char *old, const char *new)
{
	slice part = slice_of(old), ret;
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (slice_same(slice_part(text, i, part.len), part)) {
			ASSERT_OK(job_format(kit_job(), &ret, "%.*s%s%.*s", SLICE(slice_part(text, 0, i)), new, SLICE(slice_from(text, i + part.len))));
			return ret;
		}
	fail_msg("\"%s\" is not in the sample", old);
	return text;
}

static void
test_registry_sample_read__refuses_what_does_not_hold_together(void **state)
{
	(void)state, (void)kit_fresh();
	struct registry_sample sample = sample_of(9, "kind"), back;
	slice text = written(&sample), first;
	static const struct {
		const char *old, *new, *says;
	} cases[] = {{"assay sample 1", "assay sample 2", "first line"}, {"thing/4\t1\t", "thing/40\t1\t", "population"}, {"thing/4\t1\t\n", "", "population"},
	    {"thing/5\t2\tone", "thing/5\t1\tone", "population"}, {"thing/5\t2\tone", "thing/5\t2\ttwo words", "population"},
	    {"population: 9", "population: 8", "population"}, {"population: 9", "population: 10", "population"}, {"population: 9", "population: 999999999", "at most"},
	    {SEED, "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "draw"}, {"draw-size: 2", "draw-size: 3", "drawn"},
	    {"drawn: 6", "drawn: 5", "drawn"}, {"seed-from: random", "seed-from: nobody", "another way"}, {"\n\nthing/1\t", "\n\nthing/1\t0", "another way"},
	    {"draw-size: 2", "draw-size: 02", "another way"}, {"of: thing", "off: thing", "of"}, {"from: -", "from: yesterday", "instant"},
	    {"ledger-size: 7", "ledger-size: x", "whole number"}};
	ASSERT_OK(registry_sample_read(kit_job(), text, &back));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_ERR(registry_sample_read(kit_job(), altered(text, cases[i].old, cases[i].new), &back), ERR_NONE + (i == 7 ? ERR_LIMIT : ERR_INPUT), cases[i].says);
	/* A draw in another order, one more at the end, one left out. */
	ASSERT_OK(job_format(kit_job(), &first, "%.*s\n%.*s\n", SLICE(sample.drawn[0]->id), SLICE(sample.drawn[1]->id)));
	const char *pair = first.at;
	ASSERT_OK(job_format(kit_job(), &first, "%.*s\n%.*s\n", SLICE(sample.drawn[1]->id), SLICE(sample.drawn[0]->id)));
	ASSERT_ERR(registry_sample_read(kit_job(), altered(text, pair, first.at), &back), ERR_INPUT, "of the draw");
	ASSERT_OK(job_format(kit_job(), &first, "%.*sthing/1\n", SLICE(text)));
	ASSERT_ERR(registry_sample_read(kit_job(), first, &back), ERR_INPUT, "another way");
	ASSERT_ERR(registry_sample_read(kit_job(), slice_part(text, 0, text.len - 8), &back), ERR_INPUT, "of the draw");
	for (size_t len = 0; len < text.len; len++)
		assert_int_not_equal(registry_sample_read(kit_job(), slice_part(text, 0, len), &back).code, ERR_NONE);
}

/* From a ledger */

#define THING                                                                                                                              \
	"id: thing\ntitle: Thing\nabout: What there is\nfields:\n- {id: title, type: text, required: true}\n"                             \
	"- {id: kind, type: choice, choices: [red, blue]}\n- {id: owner, type: person}\n- {id: secret, type: text, personal: true}\n"      \
	"- {id: size, type: number}\n- {id: held, type: date}\n"                                                                          \
	"states:\n- {id: open, title: Open}\n- {id: closed, title: Closed, end: true}\nchanges:\n- {id: close, title: Close, from: [open], to: closed}\n"

struct bench {
	struct place place;
	struct ledger *ledger;
	struct content content;
	struct registry *registry;
	const struct registry_register *def;
};

static struct bench
bench_open(void)
{
	struct bench bench = {.place = place_make()};
	bench.ledger = ledger_at(&bench.place);
	bench.content = KIT_CONTENT({"register/thing.yaml", THING});
	return bench;
}

static void
bench_registry(struct bench *bench)
{
	ASSERT_OK(registry_open(kit_job(), bench->ledger, &bench->content, NULL, &bench->registry));
	bench->def = registry_find(&bench->registry->registers, S("thing"));
}

static void
write_thing(struct bench *bench, int64_t number, const char *change, const char *const *values)
{
	static const char *const names[] = {"title", "kind", "owner", "size"};
	struct registry_input inputs[4];
	struct registry_edit edit = {.def = bench->def, .number = number, .inputs = inputs};
	size_t problems;
	for (size_t i = 0; values != NULL && i < 4; i++)
		if (values[i] != NULL)
			inputs[edit.inputs_len++] = (struct registry_input){.field = registry_field(bench->def, slice_of(names[i])), .text = slice_of(values[i])};
	if (change != NULL)
		edit.change = registry_change(bench->def, slice_of(change));
	ASSERT_OK(registry_write(kit_job(), bench->registry, &edit, 1, false, &problems));
	assert_int_equal(problems, 0);
}

static void
bench_fill(struct bench *bench)
{
	static const char *const kinds[] = {"red", "blue", NULL};
	static const char *const owners[] = {"alice", "bob"};
	static const char *const sizes[] = {"5", "12", NULL, "-3"};
	kit_job()->actor = S("ada");
	bench_registry(bench);
	for (size_t i = 0; i < 12; i++) {
		kit_job()->now_us = at_us((int64_t)i + 1);
		write_thing(bench, 0, NULL, (const char *const[]){i % 2 == 0 ? "Lamp" : "Table", kinds[i % 3], owners[i % 2], sizes[i % 4]});
	}
	kit_job()->now_us = at_us(20);
	write_thing(bench, 3, "close", NULL);
	kit_job()->now_us = at_us(30);
}

static struct registry_sample
population(struct bench *bench, const char *of, const char *where)
{
	struct ledger_moment now = now_of(bench->ledger);
	struct registry_sample sample = {.of = slice_of(of), .where = slice_of(where), .amount = 2, .seed = S(SEED), .ledger_size = now.size, .taken_us = now.now_us};
	ASSERT_OK(registry_sample_population(kit_job(), bench->registry, &sample));
	return sample;
}

static void
bench_close(struct bench *bench)
{
	ledger_close(bench->ledger);
	place_remove(&bench->place);
}

/* Every test against the list that SQL makes of it. */
static void
test_registry_sample_population__is_what_a_list_shows(void **state)
{
	static const char *const tests[] = {"", "kind=red", "kind!=red", "kind=", "kind~E", "owner=alice", "owner!=alice", "owner=nobody-known", "size>=5", "size<5",
	    "size!=5", "size=", "size!=", "status=closed", "status=open,kind=blue", "title~lam", "title>Lamp", "version>1", "number<=4", "size~2", "held<2026-01-01"};
	(void)state;
	struct bench bench = bench_open();
	bench_fill(&bench);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		struct registry_sample sample = population(&bench, "thing", tests[i]);
		struct registry_list list = {.def = bench.def, .ended = true, .reach = {.all = true}, .sort = (slice[]){S("number")}, .sort_len = 1};
		struct registry_filter *filters = NULL;
		struct rows rows;
		bool more;
		if (tests[i][0] != '\0')
			ASSERT_OK(registry_filter_parse(kit_job(), bench.registry, bench.def, slice_of(tests[i]), &filters, &list.filters_len));
		list.filters = filters;
		ASSERT_OK(registry_list(kit_job(), bench.registry, &list, &rows, &more));
		if (rows.len != sample.len)
			fail_msg("%s: the list has %zu, the population %zu", tests[i], rows.len, sample.len);
		for (size_t r = 0; r < rows.len; r++) {
			slice id;
			ASSERT_OK(job_format(kit_job(), &id, "thing/%lld", (long long)rows.row[r][REGISTRY_NUMBER_COLUMN].number));
			assert_true(slice_same(id, sample.items[r].id));
			assert_int_equal(rows.row[r][REGISTRY_VERSION].number, sample.items[r].version);
		}
	}
	assert_int_equal(population(&bench, "thing", "").len, 12);
	assert_int_equal(population(&bench, "thing", "owner=alice").len, 6);
	bench_close(&bench);
}

static void
test_registry_sample_population__names_nobody(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	bench_fill(&bench);
	struct registry_sample sample = population(&bench, "thing", "kind=red, owner=alice"), again = sample;
	assert_false(slice_has(sample.where, S("alice")));
	assert_true(slice_has(sample.where, S("kind=red,owner={person:")));
	ASSERT_OK(registry_sample_population(kit_job(), bench.registry, &again)); /* what was frozen can be asked again */
	assert_int_equal(again.len, sample.len);
	assert_true(sample.len > 0);
	sample.strata = S("secret");
	ASSERT_ERR(registry_sample_population(kit_job(), bench.registry, &sample), ERR_INPUT, "people");
	sample.strata = S("");
	sample.where = S("secret~x");
	ASSERT_ERR(registry_sample_population(kit_job(), bench.registry, &sample), ERR_INPUT, "people");
	sample.where = S("");
	sample.strata = S("nothing");
	ASSERT_ERR(registry_sample_population(kit_job(), bench.registry, &sample), ERR_INPUT, "column");
	sample = again;
	sample.where = S("kind=red\n");
	ASSERT_ERR(registry_sample_population(kit_job(), bench.registry, &sample), ERR_INPUT, "one line");
	sample.of = S("things");
	ASSERT_ERR(registry_sample_population(kit_job(), bench.registry, &sample), ERR_INPUT, "a register");
	bench_close(&bench);
}

static void
test_registry_sample_population__of_a_period_and_of_the_ledger(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	bench_fill(&bench);
	struct registry_sample sample = population(&bench, "thing", "");
	sample.from_us = at_us(3);
	sample.to_us = at_us(5);
	ASSERT_OK(registry_sample_population(kit_job(), bench.registry, &sample));
	assert_int_equal(sample.len, 2); /* the third and the fourth; the end is not in it */
	sample = population(&bench, "entries", "");
	assert_int_equal(sample.len, ledger_size(bench.ledger));
	assert_true(slice_same(sample.items[2].id, S("entry/2")));
	assert_true(population(&bench, "entries", "kind=change").len < sample.len);
	assert_int_equal(population(&bench, "findings", "").len, 0);
	bench_close(&bench);
}

static void
test_registry_sample_compare__names_what_is_not_so(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct registry_sample_difference *list;
	size_t len;
	bench_fill(&bench);
	struct registry_sample sample = population(&bench, "thing", "status=open");
	assert_int_equal(sample.len, 11);
	/* What happens later changes nothing of then. */
	write_thing(&bench, 1, "close", NULL);
	write_thing(&bench, 2, NULL, (const char *const[]){"Chair", NULL, NULL, NULL});
	write_thing(&bench, 0, NULL, (const char *const[]){"New", NULL, NULL, NULL});
	ASSERT_OK(registry_sample_compare(kit_job(), bench.registry, &sample, &list, &len));
	assert_int_equal(len, 0);
	/* One left out, one made up, one of another version. */
	struct registry_sample forged = sample;
	forged.len = 10;
	forged.items[4].id = S("thing/99");
	forged.items[6].version++;
	ASSERT_OK(registry_sample_compare(kit_job(), bench.registry, &forged, &list, &len));
	assert_int_equal(len, 4);
	size_t counts[3] = {0};
	for (size_t i = 0; i < len; i++)
		counts[list[i].fault]++;
	assert_int_equal(counts[REGISTRY_SAMPLE_MISSING], 2);
	assert_int_equal(counts[REGISTRY_SAMPLE_EXTRA], 1);
	assert_int_equal(counts[REGISTRY_SAMPLE_OTHER], 1);
	bench_close(&bench);
}

/* The definition's key is read strictly. */
static void
test_registry_load__where_a_sample_is_kept(void **state)
{
	static const struct {
		const char *more, *says;
	} cases[] = {{"abilities: [sample]\nsample: {population: title, seed: title}\n", NULL}, {"sample: {population: title}\n", "abilities"},
	    {"abilities: [sample]\nsample: {population: size}\n", "text or long"}, {"abilities: [sample]\nsample: {evidence: title}\n", "file"},
	    {"abilities: [sample]\nsample: {drawn: nothing}\n", "nothing"}, {"abilities: [sample]\nsample: {where: title}\n", "where"}};
	(void)state, (void)kit_fresh();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct registry_registers registers;
		slice text;
		ASSERT_OK(job_format(kit_job(), &text, "%s%s", THING, cases[i].more));
		struct content content = KIT_CONTENT({"register/thing.yaml", text.at});
		if (cases[i].says == NULL) {
			ASSERT_OK(registry_load(kit_job(), &content, NULL, &registers));
			assert_true(slice_same(registers.at[0].sample.seed, S("title")));
		} else
			ASSERT_ERR(registry_load(kit_job(), &content, NULL, &registers), ERR_INPUT, cases[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_sample_draw__takes_what_comes_first),
	    cmocka_unit_test(test_registry_sample_draw__refuses),
	    cmocka_unit_test(test_registry_sample_read__gives_back_what_was_written),
	    cmocka_unit_test(test_registry_sample_read__refuses_what_does_not_hold_together),
	    cmocka_unit_test(test_registry_sample_population__is_what_a_list_shows),
	    cmocka_unit_test(test_registry_sample_population__names_nobody),
	    cmocka_unit_test(test_registry_sample_population__of_a_period_and_of_the_ledger),
	    cmocka_unit_test(test_registry_sample_compare__names_what_is_not_so),
	    cmocka_unit_test(test_registry_load__where_a_sample_is_kept),
	};
	return KIT_TESTS(tests);
}
