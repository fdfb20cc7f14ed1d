/* In-toto statements: one canonical form, and nothing else is read. */
#include "kit.h"

#include "ledger/ledger_statement.h"

#define ID "000102030405060708090a0b0c0d0e0f"
#define HOST "ffeeddccbbaa99887766554433221100"
#define DIGEST "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HEAD "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{"
#define TIMES_ID                                                                                                                           \
	"\"from\":\"2026-11-01T00:00:00Z\",\"host\":\"" HOST "\",\"id\":\"" ID                                                             \
	"\",\"made\":\"2026-11-22T01:32:04.5Z\",\"to\":\"2026-11-22T01:32:04Z\"}"
#define SUBJECT "{\"digest\":{\"sha256\":\"" DIGEST "\"},\"name\":\"package\"}"

static const char *const whole = HEAD "\"by\":\"aa11\",\"from\":\"2026-11-01T00:00:00Z\",\"host\":\"" HOST "\",\"id\":\"" ID
				      "\",\"made\":\"2026-11-22T01:32:04.500000Z\",\"to\":\"2026-11-22T01:32:04Z\"},"
				      "\"predicateType\":\"https://assay.invalid/evidence/v1\",\"subject\":[" SUBJECT "]}";

static struct ledger_statement
sample(struct ledger_subject *subject)
{
	struct ledger_statement s = {
	    .kind = LEDGER_EVIDENCE, .id = S(ID), .host = S(HOST), .by = S("aa11"), .subjects = subject, .subjects_len = 1};
	assert_true(instant_parse(S("2026-11-01"), &s.from_us));
	assert_true(instant_parse(S("2026-11-22T01:32:04Z"), &s.to_us));
	s.made_us = s.to_us + 500000;
	*subject = (struct ledger_subject){.name = S("package"), .digest = code_sha256(S("abc"))};
	return s;
}

static void
test_ledger_statement__writes_the_canonical_form(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_subject subject;
	struct ledger_statement s = sample(&subject), again;
	slice text;
	ASSERT_OK(ledger_statement_write(job, &s, &text));
	ASSERT_SLICE(text, whole);
	ASSERT_OK(ledger_statement_read(job, text, &again));
	assert_int_equal(again.kind, LEDGER_EVIDENCE);
	ASSERT_SLICE(again.id, ID);
	ASSERT_SLICE(again.host, HOST);
	ASSERT_SLICE(again.by, "aa11");
	assert_int_equal(again.from_us, s.from_us);
	assert_int_equal(again.to_us, s.to_us);
	assert_int_equal(again.made_us, s.made_us);
	assert_int_equal(again.subjects_len, 1);
	ASSERT_SLICE(again.subjects[0].name, "package");
	assert_memory_equal(&again.subjects[0].digest, &subject.digest, 32);
}

static void
test_ledger_statement__every_kind_and_256_subjects_come_back(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	static struct ledger_subject many[LEDGER_MAX_SUBJECTS + 1];
	struct ledger_statement s = sample(&many[0]), again;
	slice text, twice;
	for (size_t i = 0; i <= LEDGER_MAX_SUBJECTS; i++) {
		many[i] = many[0];
		ASSERT_OK(job_format(job, &many[i].name, "package-%zu", i));
	}
	s.by = s.host = S("");
	for (unsigned kind = 0; ledger_kind_words[kind] != NULL; kind++) {
		s.kind = (enum ledger_kind)kind;
		s.subjects_len = kind % 2 == 0 ? LEDGER_MAX_SUBJECTS : 2;
		ASSERT_OK(ledger_statement_write(job, &s, &text));
		ASSERT_OK(ledger_statement_read(job, text, &again));
		assert_int_equal(again.kind, kind);
		assert_int_equal(again.by.len + again.host.len, 0);
		assert_int_equal(again.subjects_len, s.subjects_len);
		ASSERT_OK(ledger_statement_write(job, &again, &twice));
		assert_true(slice_same(text, twice));
	}
	s.subjects_len = LEDGER_MAX_SUBJECTS + 1;
	ASSERT_ERR(ledger_statement_write(job, &s, &text), ERR_INPUT, "1 to 256 subjects");
	s.subjects_len = 0;
	ASSERT_ERR(ledger_statement_write(job, &s, &text), ERR_INPUT, "1 to 256 subjects");
}

static void
test_ledger_statement__refuses_to_write_what_breaks_a_rule(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_subject subject;
	struct ledger_statement good = sample(&subject), s = good;
	slice text;
	s.id = S("0001");
	ASSERT_ERR(ledger_statement_write(job, &s, &text), ERR_INPUT, "predicate.id");
	s = good, s.host = S("FFEEDDCCBBAA99887766554433221100");
	ASSERT_ERR(ledger_statement_write(job, &s, &text), ERR_INPUT, "predicate.host");
	s = good, s.by = S("a person");
	ASSERT_ERR(ledger_statement_write(job, &s, &text), ERR_INPUT, "person token");
	s = good, s.from_us = s.to_us + 1;
	ASSERT_ERR(ledger_statement_write(job, &s, &text), ERR_INPUT, "must not be after");
	s = good, s.made_us = INT64_MAX;
	ASSERT_ERR(ledger_statement_write(job, &s, &text), ERR_INPUT, "years 0001 to 9999");
	s = good, s.kind = (enum ledger_kind)77;
	ASSERT_ERR(ledger_statement_write(job, &s, &text), ERR_INPUT, "kind");
	subject.name = S("a \"name\"");
	ASSERT_ERR(ledger_statement_write(job, &good, &text), ERR_INPUT, "subject's name");
	subject.name = S("");
	ASSERT_ERR(ledger_statement_write(job, &good, &text), ERR_INPUT, "subject's name");
}

static void
test_ledger_statement__refuses_every_other_form(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	static const char *const bad[] = {"", "{}", " " HEAD,
	    /* another order, a blank, an unknown member, an escape, an instant written otherwise, a kind of others */
	    HEAD "\"host\":\"" HOST "\",\"from\":\"2026-11-01T00:00:00Z\",\"id\":\"" ID
		 "\",\"made\":\"2026-11-22T01:32:04Z\",\"to\":\"2026-11-22T01:32:04Z\"},\"predicateType\":\"https://assay.invalid/evidence/"
		 "v1\",\"subject\":[" SUBJECT "]}",
	    HEAD TIMES_ID ",\"predicateType\":\"https://assay.invalid/evidence/v1\",\"subject\":[" SUBJECT "]}",
	    HEAD "\"by\":\"\",\"from\":\"2026-11-01T00:00:00Z\",\"id\":\"" ID
		 "\",\"made\":\"2026-11-22T01:32:04Z\",\"to\":\"2026-11-22T01:32:04Z\"},\"predicateType\":\"https://assay.invalid/evidence/"
		 "v1\",\"subject\":[" SUBJECT "]}",
	    HEAD "\"from\":\"2026-11-01T00:00:00+00:00\",\"id\":\"" ID
		 "\",\"made\":\"2026-11-22T01:32:04Z\",\"to\":\"2026-11-22T01:32:04Z\"},\"predicateType\":\"https://assay.invalid/evidence/"
		 "v1\",\"subject\":[" SUBJECT "]}",
	    HEAD "\"from\":\"2026-11-01T00:00:00Z\",\"id\":\"" ID
		 "\",\"made\":\"2026-11-22T01:32:04Z\",\"to\":\"2026-11-22T01:32:04Z\"},\"predicateType\":\"https://assay.invalid/spy/"
		 "v1\",\"subject\":[" SUBJECT "]}",
	    HEAD "\"from\":\"2026-11-01T00:00:00Z\",\"id\":\"" ID
		 "\",\"made\":\"2026-11-22T01:32:04Z\",\"to\":\"2026-11-22T01:32:04Z\"},\"predicateType\":\"https://assay.invalid/evidence/"
		 "v1\",\"subject\":[]}",
	    /* a table twice */
	    HEAD "\"from\":\"2026-11-01T00:00:00Z\",\"id\":\"" ID
		 "\",\"made\":\"2026-11-22T01:32:04Z\",\"to\":\"2026-11-22T01:32:04Z\"},\"predicateType\":\"https://assay.invalid/evidence/"
		 "v1\",\"subject\":[" SUBJECT "," SUBJECT "]}"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct ledger_statement s;
		ASSERT_ERR(ledger_statement_read(job, slice_of(bad[i]), &s), ERR_INPUT, "statement: ");
	}
	char *huge = calloc(1, 200 * KIB);
	struct ledger_statement s;
	ASSERT_ERR(ledger_statement_read(job, slice_bytes(huge, 200 * KIB), &s), ERR_LIMIT, "at most");
	free(huge);
}

/* Whatever single byte is changed or missing: refused, or it says something else in canonical form again. */
static void
test_ledger_statement__no_second_form_by_one_byte(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	char text[1024];
	size_t len = strlen(whole);
	for (size_t i = 0; i < len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct ledger_statement s;
			slice again;
			struct arena_mark mark = arena_mark(job->arena);
			memcpy(text, whole, len);
			text[i] ^= (char)(1 << bit);
			err got = ledger_statement_read(job, (slice){text, len}, &s);
			if (got.code == ERR_NONE) {
				ASSERT_OK(ledger_statement_write(job, &s, &again));
				assert_true(slice_same(again, (slice){text, len}));
			}
			arena_rewind(job->arena, mark);
		}
	for (size_t cut = 0; cut < len; cut++) {
		struct ledger_statement s;
		ASSERT_ERR(ledger_statement_read(job, (slice){whole, cut}, &s), ERR_INPUT, "statement: ");
	}
	memcpy(text, whole, len);
	text[len] = '\n';
	struct ledger_statement s;
	ASSERT_ERR(ledger_statement_read(job, (slice){text, len + 1}, &s), ERR_INPUT, "must end here");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_statement__writes_the_canonical_form),
	    cmocka_unit_test(test_ledger_statement__every_kind_and_256_subjects_come_back),
	    cmocka_unit_test(test_ledger_statement__refuses_to_write_what_breaks_a_rule),
	    cmocka_unit_test(test_ledger_statement__refuses_every_other_form),
	    cmocka_unit_test(test_ledger_statement__no_second_form_by_one_byte),
	};
	return KIT_TESTS(tests);
}
