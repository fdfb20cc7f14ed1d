/*
 * Verdicts: the whole table of rolling up, the order of bases, what goes stale, since when, as of then, and that it is a pure function.
 */
#include "check_kit.h"

struct bench {
	struct place place;
	struct ledger *ledger;
	struct set set;
};

#define A "check/a.yaml", SSH_CHECK("a", "high", "R-1.a, R-2.a, R-3.b, R-4.a, R-6.a")
#define B "check/b.yaml", SSH_CHECK("b", "high", "R-1.a, R-2.b")

static struct bench
bench_open(void)
{
	struct bench bench = {.place = place_make()};
	bench.ledger = ledger_at(&bench.place);
	kit_job()->actor = S("ada");
	SET(&bench.set, {A}, {B}, {"check/hint.yaml", SSH_CHECK("hint", "info", "R-1.a, R-2.a, R-6.a")},
	    {"check/tried.yaml", SSH_CHECK("tried", "low", "R-5.a") "basis: exercised\n"});
	return bench;
}

static void
bench_close(struct bench *bench)
{
	ledger_close(bench->ledger);
	place_remove(&bench->place);
}

/* A run in which check ${ids}[i] said ${says}[i]: p pass, f fail, n not applicable, c could not look, - not asked. */
static uint64_t
run_says(struct bench *bench, const char *const *ids, const char *says, int64_t hour)
{
	struct ledger_result results[8] = {0};
	struct ledger_run_change change;
	size_t len = 0;
	for (size_t i = 0; says[i] != '\0'; i++)
		if (says[i] != '-')
			results[len++] = (struct ledger_result){.host = ledger_host_id(bench->ledger),
			    .check = slice_of(ids[i]),
			    .verdict = (enum ledger_verdict)(strchr("pfnc", says[i]) - "pfnc"),
			    .reason = S("r")};
	struct ledger_run run = {.host = ledger_host_id(bench->ledger), .at_us = at_us(hour), .results = results, .results_len = len};
	kit_job()->now_us = at_us(hour);
	ASSERT_OK(ledger_run_append(kit_job(), bench->ledger, &run, &change));
	return change.receipt.index;
}
#define RUN(bench, says, hour, ...) run_says((bench), (const char *const[]){__VA_ARGS__}, (says), (hour))

static struct requirement_verdict
verdict_at(struct bench *bench, struct ledger_moment at, const char *id)
{
	struct requirement_verdict *list;
	size_t len;
	ASSERT_OK(check_verdicts(kit_job(), bench->ledger, at, &bench->set.catalogue, &bench->set.checks, &list, &len));
	assert_int_equal(len, 6);
	for (size_t i = 0; i < len; i++)
		if (slice_same(list[i].requirement->id, slice_of(id)))
			return list[i];
	fail_msg("no requirement %s", id);
	return list[0];
}

static struct requirement_verdict
verdict_of(struct bench *bench, const char *id)
{
	return verdict_at(bench, now_of(bench->ledger), id);
}

#define ASSERT_VERDICT(bench, id, wanted) assert_string_equal(verdict_words[verdict_of((bench), (id)).verdict], (wanted))

/* Two checks answer one part: any fail fails it; else any could-not-look; else one pass is enough; all not applicable is that; none is
 * unanswered. */
static void
test_check_verdicts__a_part_rolls_up_its_answers(void **state)
{
	static const char both[][3] = {"pp", "pf", "pn", "pc", "p-", "fn", "fc", "f-", "nn", "nc", "n-", "cc", "c-", "--"};
	static const enum part_state wanted[] = {PART_PASS, PART_FAIL, PART_PASS, PART_COULD_NOT_LOOK, PART_PASS, PART_FAIL, PART_FAIL,
	    PART_FAIL, PART_NOT_APPLICABLE, PART_COULD_NOT_LOOK, PART_NOT_APPLICABLE, PART_COULD_NOT_LOOK, PART_COULD_NOT_LOOK,
	    PART_UNANSWERED};
	static const enum verdict whole[] = {
	    VERDICT_MET, VERDICT_NOT_MET, VERDICT_NOT_APPLICABLE, VERDICT_COULD_NOT_LOOK, VERDICT_UNANSWERED}; /* by part state */
	(void)state;
	struct bench bench = bench_open();
	for (size_t i = 0; i < sizeof both / sizeof both[0]; i++)
		for (int swap = 0; swap < 2; swap++) {
			char says[3] = {both[i][swap], both[i][1 - swap], '\0'};
			RUN(&bench, says, 1 + (int64_t)(2 * i) + swap, "a", "b");
			struct requirement_verdict verdict = verdict_of(&bench, "R-1");
			if (verdict.parts[0].state != wanted[i] || verdict.verdict != whole[wanted[i]])
				fail_msg("%s: part %s, requirement %s", says, part_state_words[verdict.parts[0].state],
				    verdict_words[verdict.verdict]);
			assert_true(verdict.because.len > 0);
		}
	bench_close(&bench);
}

/* Every state of one part against every state of the other. */
static void
test_check_verdicts__a_requirement_rolls_up_its_parts(void **state)
{
	static const char states[] = "pfnc-";
	static const char *const wanted[5][5] = {
	    /* b:   pass         fail       not-applicable    could-not-look    unanswered */
	    {"met", "not-met", "met", "could-not-look", "partly-met"},                           /* a passes */
	    {"not-met", "not-met", "not-met", "not-met", "not-met"},                             /* a fails */
	    {"met", "not-met", "not-applicable", "could-not-look", "unanswered"},                /* a does not apply */
	    {"could-not-look", "not-met", "could-not-look", "could-not-look", "could-not-look"}, /* a could not be looked at */
	    {"partly-met", "not-met", "unanswered", "could-not-look", "unanswered"},             /* a is not answered */
	};
	(void)state;
	struct bench bench = bench_open();
	for (int a = 0; a < 5; a++)
		for (int b = 0; b < 5; b++) {
			char says[3] = {states[a], states[b], '\0'};
			RUN(&bench, says, 1 + 5 * a + b, "a", "b");
			const char *found = verdict_words[verdict_of(&bench, "R-2").verdict];
			if (strcmp(found, wanted[a][b]) != 0)
				fail_msg("%s: expected %s, found %s", says, wanted[a][b], found);
		}
	bench_close(&bench);
}

/* attested < recorded < observed < exercised: a stronger answers a weaker, never the other way. */
static void
test_check_verdicts__a_stronger_basis_answers_a_weaker(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct ledger_receipt receipt;
	static const char *const order[] = {"attested", "recorded", "observed", "exercised"};
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(basis_words[i], order[i]);
	assert_null(basis_words[4]);
	RUN(&bench, "pp", 1, "a", "b");
	ASSERT_VERDICT(&bench, "R-4", "met"); /* recorded, by an observed check */
	ASSERT_VERDICT(&bench, "R-6", "met"); /* attested, by an observed check */
	ASSERT_VERDICT(&bench, "R-5", "unanswered");
	RUN(&bench, "p", 2, "tried");
	ASSERT_VERDICT(&bench, "R-5", "met");
	/* An attestation lifts no part of another basis. */
	static const char *const parts[] = {"R-1.a", "R-4.a", "R-5.a", "R-6.a"};
	RUN(&bench, "", 3, "a");
	kit_job()->now_us = at_us(4);
	for (size_t i = 0; i < 4; i++)
		ASSERT_OK(ledger_attest(kit_job(), bench.ledger, slice_of(parts[i]), S("we do"), at_us(100), S(""), S(""), &receipt));
	ASSERT_VERDICT(&bench, "R-1", "unanswered");
	ASSERT_VERDICT(&bench, "R-4", "unanswered");
	ASSERT_VERDICT(&bench, "R-5", "unanswered");
	ASSERT_VERDICT(&bench, "R-6", "met");
	/* What was observed to be wrong is wrong whoever says otherwise. */
	RUN(&bench, "f", 5, "a");
	ASSERT_VERDICT(&bench, "R-6", "not-met");
	bench_close(&bench);
}

static void
test_check_verdicts__info_neither_fails_nor_passes(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	RUN(&bench, "f", 1, "hint");
	ASSERT_VERDICT(&bench, "R-1", "unanswered");
	RUN(&bench, "p", 2, "hint");
	ASSERT_VERDICT(&bench, "R-1", "unanswered");
	RUN(&bench, "fp", 3, "hint", "a");
	ASSERT_VERDICT(&bench, "R-1", "met");
	bench_close(&bench);
}

static void
test_check_verdicts__an_attestation_ends_with_the_instant(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct ledger_receipt receipt;
	kit_job()->now_us = at_us(1);
	ASSERT_OK(ledger_attest(kit_job(), bench.ledger, S("R-6.a"), S("the plan was read"), at_us(50), S(""), S(""), &receipt));
	struct ledger_moment at = now_of(bench.ledger);
	struct requirement_verdict verdict = verdict_at(&bench, at, "R-6");
	assert_int_equal(verdict.verdict, VERDICT_MET);
	assert_true(verdict.since_us == at_us(1));
	assert_true(slice_has(verdict.because, S("the plan was read")));
	at.now_us = at_us(50);
	assert_int_equal(verdict_at(&bench, at, "R-6").verdict, VERDICT_MET);
	/* Nothing was written; only the instant moved. */
	at.now_us = at_us(50) + 1;
	verdict = verdict_at(&bench, at, "R-6");
	assert_int_equal(verdict.verdict, VERDICT_UNANSWERED);
	assert_true(verdict.since_us == at_us(50) + 1);
	assert_true(slice_has(verdict.because, S("the attestation ended on")));
	/* A newer one counts, a shorter one too: the newest is in force. */
	kit_job()->now_us = at_us(2);
	ASSERT_OK(ledger_attest(kit_job(), bench.ledger, S("R-6.a"), S("until then"), at_us(10), S(""), S(""), &receipt));
	at = now_of(bench.ledger);
	at.now_us = at_us(11);
	assert_int_equal(verdict_at(&bench, at, "R-6").verdict, VERDICT_UNANSWERED);
	bench_close(&bench);
}

/* Answers go stale with the facts under them, by the instant alone. */
static void
test_check_verdicts__answers_go_stale_with_their_facts(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct facts facts = {0}, later = {0};
	FACTS(&facts, "sshd_setting", SSH_GOOD);
	FACTS(&later, "sshd_setting", SSH_GOOD, "key=port;value=22");
	evidence_facts(bench.ledger, &facts, 0);
	run_checks(bench.ledger, &bench.set, NULL, 6 * 24);
	struct ledger_moment at = now_of(bench.ledger);
	assert_int_equal(verdict_at(&bench, at, "R-1").verdict, VERDICT_MET);
	at.now_us = at_us(7 * 24);
	assert_int_equal(verdict_at(&bench, at, "R-1").verdict, VERDICT_MET);
	at.now_us = at_us(7 * 24) + 1;
	struct requirement_verdict verdict = verdict_at(&bench, at, "R-1");
	assert_int_equal(verdict.verdict, VERDICT_COULD_NOT_LOOK);
	assert_true(verdict.since_us == at_us(7 * 24));
	assert_true(slice_has(verdict.because, S("was last looked at on 2026-11-01, which is too old to judge")));
	/* Newer facts that nobody asked yet make no older answer fresh. */
	evidence_facts(bench.ledger, &later, 6 * 24 + 1);
	at = now_of(bench.ledger);
	at.now_us = at_us(8 * 24);
	assert_int_equal(verdict_at(&bench, at, "R-1").verdict, VERDICT_COULD_NOT_LOOK);
	run_checks(bench.ledger, &bench.set, NULL, 8 * 24);
	ASSERT_VERDICT(&bench, "R-1", "met");
	bench_close(&bench);
}

static void
test_check_verdicts__since_and_history(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct verdict_change *changes;
	struct requirement_verdict verdict = verdict_of(&bench, "R-2");
	size_t len;
	assert_int_equal(verdict.verdict, VERDICT_UNANSWERED);
	assert_int_equal(verdict.since_us, 0); /* always been so */
	RUN(&bench, "pp", 1, "a", "b");
	RUN(&bench, "pp", 2, "a", "b");
	RUN(&bench, "fp", 3, "a", "b");
	RUN(&bench, "ff", 4, "a", "b");
	RUN(&bench, "pc", 5, "a", "b");
	RUN(&bench, "pp", 6, "a", "b");
	RUN(&bench, "pp", 7, "a", "b");
	verdict = verdict_of(&bench, "R-2");
	assert_int_equal(verdict.verdict, VERDICT_MET);
	assert_true(verdict.since_us == at_us(6));
	ASSERT_OK(
	    check_verdict_history(kit_job(), bench.ledger, now_of(bench.ledger), verdict.requirement, &bench.set.checks, &changes, &len));
	static const enum verdict wanted[] = {VERDICT_MET, VERDICT_NOT_MET, VERDICT_COULD_NOT_LOOK, VERDICT_MET};
	static const int64_t hours[] = {1, 3, 5, 6};
	assert_int_equal(len, 4);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(changes[i].verdict, wanted[i]);
		assert_true(changes[i].at_us == at_us(hours[i]));
	}
	/* A full run that asks b no more: its answer ends, and that is a change too. */
	RUN(&bench, "p", 8, "a");
	verdict = verdict_of(&bench, "R-2");
	assert_int_equal(verdict.verdict, VERDICT_PARTLY_MET);
	assert_true(verdict.since_us == at_us(8));
	ASSERT_OK(
	    check_verdict_history(kit_job(), bench.ledger, now_of(bench.ledger), verdict.requirement, &bench.set.checks, &changes, &len));
	assert_int_equal(len, 5);
	assert_int_equal(changes[4].verdict, VERDICT_PARTLY_MET);
	bench_close(&bench);
}

static void
test_check_verdicts__a_retired_host_answers_no_more(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct ledger_receipt receipt;
	struct verdict_change *changes;
	size_t len;
	RUN(&bench, "fp", 1, "a", "b");
	ASSERT_VERDICT(&bench, "R-2", "not-met");
	struct ledger_moment before = now_of(bench.ledger);
	kit_job()->now_us = at_us(30);
	ASSERT_OK(ledger_host_retire(kit_job(), bench.ledger, ledger_host_id(bench.ledger), S("sold"), &receipt));
	struct requirement_verdict verdict = verdict_of(&bench, "R-2");
	assert_int_equal(verdict.verdict, VERDICT_UNANSWERED);
	assert_true(verdict.since_us == at_us(30));
	ASSERT_OK(
	    check_verdict_history(kit_job(), bench.ledger, now_of(bench.ledger), verdict.requirement, &bench.set.checks, &changes, &len));
	assert_int_equal(len, 2);
	assert_int_equal(changes[1].verdict, VERDICT_UNANSWERED);
	/* As of then it was not. */
	assert_int_equal(verdict_at(&bench, before, "R-2").verdict, VERDICT_NOT_MET);
	bench_close(&bench);
}

static void
test_check_verdicts__as_of_then(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct ledger_moment then;
	struct ledger_receipt receipt;
	RUN(&bench, "p", 1, "a");
	RUN(&bench, "f", 10, "a");
	kit_job()->now_us = at_us(11);
	ASSERT_OK(ledger_attest(kit_job(), bench.ledger, S("R-3.a"), S("we do"), at_us(1000), S(""), S(""), &receipt));
	ASSERT_VERDICT(&bench, "R-1", "not-met");
	ASSERT_OK(ledger_moment(kit_job(), bench.ledger, at_us(5), &then));
	assert_int_equal(verdict_at(&bench, then, "R-1").verdict, VERDICT_MET);
	struct requirement_verdict verdict = verdict_at(&bench, then, "R-3");
	assert_int_equal(verdict.verdict, VERDICT_PARTLY_MET);
	ASSERT_SLICE(verdict.because, "1 of 2 parts pass, 1 not answered yet");
	ASSERT_OK(ledger_moment(kit_job(), bench.ledger, at_us(0), &then));
	assert_int_equal(verdict_at(&bench, then, "R-1").verdict, VERDICT_UNANSWERED);
	bench_close(&bench);
}

/* Everything a verdict says, as one text. */
static slice
whole_text(struct bench *bench, struct ledger_moment at)
{
	struct buf buf = buf_open(kit_job(), "verdicts", 4 * MIB);
	struct requirement_verdict *list;
	size_t len;
	slice text;
	ASSERT_OK(check_verdicts(kit_job(), bench->ledger, at, &bench->set.catalogue, &bench->set.checks, &list, &len));
	for (size_t i = 0; i < len; i++) {
		buf_printf(&buf, "%.*s %d %lld %.*s\n", SLICE(list[i].requirement->id), (int)list[i].verdict, (long long)list[i].since_us,
		    SLICE(list[i].because));
		for (size_t p = 0; p < list[i].requirement->parts_len; p++)
			for (size_t a = 0; a < list[i].parts[p].answers_len; a++)
				buf_printf(&buf, "  %d %.*s %lld %llu\n", (int)list[i].parts[p].answers[a].state,
				    SLICE(list[i].parts[p].answers[a].because), (long long)list[i].parts[p].answers[a].since_us,
				    (unsigned long long)list[i].parts[p].answers[a].entry);
	}
	ASSERT_OK(buf_end(&buf, &text));
	return text;
}

/* The same (prefix, instant, content) gives the same, whatever is written afterwards, whatever the clock says, and after a rebuild. */
static void
test_check_verdicts__are_a_pure_function(void **state)
{
	(void)state;
	struct bench bench = bench_open();
	struct facts facts = {0};
	struct ledger_receipt receipt;
	uint64_t entries, differences;
	FACTS(&facts, "sshd_setting", SSH_GOOD);
	evidence_facts(bench.ledger, &facts, 1);
	run_checks(bench.ledger, &bench.set, NULL, 2);
	ASSERT_OK(ledger_attest(kit_job(), bench.ledger, S("R-3.a"), S("we do"), at_us(1000), S(""), S(""), &receipt));
	RUN(&bench, "fp", 3, "a", "b");
	struct ledger_moment at = now_of(bench.ledger);
	slice first = whole_text(&bench, at);
	assert_true(slice_same(first, whole_text(&bench, at)));
	RUN(&bench, "pc", 5, "a", "b");
	evidence_facts(bench.ledger, &facts, 6);
	ASSERT_OK(ledger_attest(kit_job(), bench.ledger, S("R-6.a"), S("we do"), at_us(1000), S(""), S(""), &receipt));
	ASSERT_OK(ledger_host_retire(kit_job(), bench.ledger, ledger_host_id(bench.ledger), S("sold"), &receipt));
	kit_job()->now_us = at_us(900);
	assert_true(slice_same(first, whole_text(&bench, at)));
	ASSERT_OK(ledger_rebuild(kit_job(), bench.ledger, false, NULL, NULL, &entries, &differences));
	assert_true(slice_same(first, whole_text(&bench, at)));
	assert_false(slice_same(first, whole_text(&bench, now_of(bench.ledger))));
	bench_close(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_verdicts__a_part_rolls_up_its_answers),
	    cmocka_unit_test(test_check_verdicts__a_requirement_rolls_up_its_parts),
	    cmocka_unit_test(test_check_verdicts__a_stronger_basis_answers_a_weaker),
	    cmocka_unit_test(test_check_verdicts__info_neither_fails_nor_passes),
	    cmocka_unit_test(test_check_verdicts__an_attestation_ends_with_the_instant),
	    cmocka_unit_test(test_check_verdicts__answers_go_stale_with_their_facts),
	    cmocka_unit_test(test_check_verdicts__since_and_history),
	    cmocka_unit_test(test_check_verdicts__a_retired_host_answers_no_more),
	    cmocka_unit_test(test_check_verdicts__as_of_then),
	    cmocka_unit_test(test_check_verdicts__are_a_pure_function),
	};
	return KIT_TESTS(tests);
}
