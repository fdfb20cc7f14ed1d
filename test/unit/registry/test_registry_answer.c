/* Answers are taken in once, by whoever holds what was sent, whole or not at all; everything else is refused with its reason. */
#include "access_kit.h"

#include <openssl/hmac.h>

#include "ledger/ledger_key.h"
#include "registry/registry_answer.h"
#include "registry/registry_lint.h"
#include "report/report_form.h"

#define FIELDS                                                                                                                            \
	"id: look\ntitle: Look\nabout: x\nfields:\n  - {id: title, title: T}\n  - {id: kind, type: choice, choices: [plain, cloud]}\n"            \
	"  - {id: good, title: 'Is it <good>?', about: 'Say & show', type: yes-no}\n  - {id: why, type: long, max: 40}\n  - {id: many, type: number, min: 1, max: 9}\n"  \
	"  - {id: names, type: list}\n  - {id: boss, type: person}\n  - {id: paper, type: file}\n  - {id: sum, type: score, compute: many * 2}\n"               \
	"  - {id: where, title: W}\n  - {id: by, title: B}\n  - {id: kept, type: file}\n  - {id: near, type: link, to: look}\n  - {id: how, title: H}\n"       \
	"states: [{id: sent}, {id: back}, {id: done, end: true}]\nchanges:\n  - {id: hand, from: [sent], to: back, needs: [good, why]}\n"            \
	"  - {id: close, from: any, to: done}\n"                                                                                                \
	"groups:\n  - {title: Asked, fields: [good, why, many, names, boss, paper, sum]}\n  - {title: Cloud, fields: [where]}\n  - {title: Links, fields: [near]}\n"
#define ASKS                                                                                                                              \
	"abilities: [questionnaire]\nquestionnaire:\n  groups: [Asked, {group: Cloud, when: kind = 'cloud', required: true}]\n"                    \
	"  intro: Please\n  signer: by\n  file: kept\n  needs-of: hand\n  from: [sent]\n  sets: {how: signed}\n"

struct world {
	struct place place;
	struct ledger *ledger;
	struct kit_content content;
	struct registry *registry;
	const struct registry_register *def;
	struct ledger_key key;
};

static void
world_open(struct world *world)
{
	slice path;
	*world = (struct world){.place = place_make()};
	kit_job()->actor = S("alice");
	kit_content_add(&world->content, "register/look.yaml", FIELDS ASKS);
	world->ledger = ledger_at(&world->place);
	kit_record(world->ledger, "look", 1, "sent", "{\"kind\":\"plain\",\"title\":\"One\",\"why\":\"</script><b> & \\\"x\\\"\"}");
	kit_record(world->ledger, "look", 2, "sent", "{\"kind\":\"cloud\",\"title\":\"Two\"}");
	world->registry = kit_registry(world->ledger, &world->content);
	world->def = registry_find(&world->registry->registers, S("look"));
	ASSERT_OK(job_format(kit_job(), &path, "%s/answer-key", world->place.dir));
	ASSERT_OK(ledger_key_make(kit_job(), path.at));
	ASSERT_OK(ledger_key_read(kit_job(), path.at, &world->key));
}

static void
world_close(struct world *world)
{
	ledger_key_close(&world->key);
	ledger_close(world->ledger);
	place_remove(&world->place);
}

static struct registry_asking
sent(struct world *world, int64_t number)
{
	struct registry_asking asking;
	ASSERT_OK(registry_asked(kit_job(), world->registry, NULL, world->def, number, &asking));
	ASSERT_OK(registry_asked_send(kit_job(), world->registry, &asking));
	return asking;
}

/* What a page would make, spoiled as asked. */
struct made {
	const char *answers, *registry, *signer, *at;
	const char *secret;  /* another one than was sent */
	bool resign;         /* the payload is changed after it was signed, and only the HMAC is made anew */
	bool spoil;          /* the payload is changed after all */
};

static void
raw_of(slice der, uint8_t raw[64])
{
	size_t at = 2;
	memset(raw, 0, 64);
	for (size_t i = 0; i < 2; i++) {
		size_t len = (unsigned char)der.at[at + 1];
		slice number = slice_part(der, at + 2, len);
		while (number.len > 32)
			number = slice_from(number, 1);
		memcpy(raw + i * 32 + 32 - number.len, number.at, number.len);
		at += 2 + len;
	}
}

static slice
file_of(struct world *world, const struct registry_asking *asking, struct made made)
{
	struct buf payload = buf_open(kit_job(), "payload", MIB), text = buf_open(kit_job(), "text", MIB), file = buf_open(kit_job(), "file", MIB);
	uint8_t secret[32], mac[32], raw[64];
	slice body, all, der, whole;
	unsigned len;
	buf_printf(&payload, "{\"answers\":%s,\"format\":\"assay-answers-1\",\"key\":\"", made.answers);
	code_base64(&payload, world->key.spki, world->key.spki_len);
	buf_printf(&payload, "\",\"number\":%lld,\"questionnaire\":\"%.*s\",\"questions\":\"%s\",\"register\":\"%s\",\"signed_at\":\"%s\",\"signer\":\"%s\",\"version\":%lld}",
	    (long long)asking->record.base.number, SLICE(asking->id), digest_text(&asking->digest).at, made.registry != NULL ? made.registry : "look",
	    made.at != NULL ? made.at : "2026-11-30T10:00:00Z", made.signer != NULL ? made.signer : "Zoe", (long long)asking->version);
	ASSERT_OK(buf_end(&payload, &body));
	buf_text(&text, "assay-answers-1\n");
	buf_add(&text, body);
	ASSERT_OK(buf_end(&text, &all));
	ASSERT_OK(ledger_key_sign(kit_job(), &world->key, all, &der));
	raw_of(der, raw);
	if (made.resign) {
		char *byte = strstr((char *)(uintptr_t)all.at, "\"Zoe\"");
		byte[1] = 'J';
		body = slice_from(all, 16);
	}
	assert_true(code_unhex(made.secret != NULL ? slice_of(made.secret) : asking->secret, secret, 32));
	assert_non_null(HMAC(EVP_sha256(), secret, 32, (const unsigned char *)all.at, all.len, mac, &len));
	if (made.spoil) {
		char *byte = strstr((char *)(uintptr_t)body.at, "\"Zoe\"");
		byte[1] = 'J';
	}
	buf_text(&file, "{\"format\":\"assay-answers-1\",\"hmac\":\"");
	code_hex(&file, mac, 32);
	buf_text(&file, "\",\"payload\":\"");
	code_base64(&file, body.at, body.len);
	buf_text(&file, "\",\"signature\":\"");
	code_base64(&file, raw, 64);
	buf_text(&file, "\"}\n");
	ASSERT_OK(buf_end(&file, &whole));
	return whole;
}

static err
take(struct world *world, slice file, bool dry_run, struct registry_answers *ret, size_t *ret_problems)
{
	return registry_answers_take(kit_job(), world->registry, world->def, file, dry_run, ret, ret_problems);
}

/* Refused with these words, and nothing is written. */
static void
refused(struct world *world, slice file, const char *words)
{
	struct registry_answers answers;
	uint64_t size = ledger_size(world->ledger);
	size_t problems;
	ASSERT_ERR(take(world, file, false, &answers, &problems), ERR_INPUT, words);
	assert_int_equal(ledger_size(world->ledger), size);
}

static const char right[] =
    "{\"good\":\"yes\",\"why\":\"it is =actor\\n{person:x}\",\"many\":\"3\",\"names\":\"a, b\\n\\nc\",\"boss\":\"bob\",\"paper\":\"report.pdf\"}";

static void
test_registry_answers_take__applies_what_was_signed_once(void **state)
{
	struct registry_answers answers;
	struct registry_record record;
	struct world world;
	size_t problems;
	(void)state;
	world_open(&world);
	struct registry_asking asking = sent(&world, 1);
	slice file = file_of(&world, &asking, (struct made){.answers = right});
	uint64_t size = ledger_size(world.ledger);
	ASSERT_OK(take(&world, file, true, &answers, &problems));
	assert_int_equal(problems, 0);
	assert_int_equal(ledger_size(world.ledger), size);
	ASSERT_OK(take(&world, file, false, &answers, &problems));
	assert_int_equal(problems, 0);
	assert_int_equal(answers.answered, 6);
	ASSERT_SLICE(answers.files, "paper: report.pdf");
	assert_true(slice_same(answers.fingerprint, ledger_key_fingerprint(kit_job(), &world.key)));
	ASSERT_OK(registry_record(kit_job(), world.registry, now_of(world.ledger), world.def, 1, &record));
	ASSERT_SLICE(json_text(json_object_get(record.fields, "good")), "yes");
	ASSERT_SLICE(json_text(json_object_get(record.fields, "why")), "it is =actor\n{person:x}");
	assert_int_equal(json_array_size(json_object_get(record.fields, "names")), 2); /* one a line, commas stay */
	ASSERT_SLICE(json_text(json_object_get(record.fields, "by")), "Zoe");
	ASSERT_SLICE(json_text(json_object_get(record.fields, "how")), "signed");
	assert_null(json_object_get(record.fields, "paper")); /* only named */
	struct digest digest;
	slice kept;
	assert_true(digest_parse(json_text(json_object_get(json_object_get(record.fields, "kept"), "digest")), &digest));
	ASSERT_OK(ledger_content(kit_job(), world.ledger, &digest, &kept));
	assert_true(slice_same(kept, file));
	refused(&world, file, "were taken in before");
	refused(&world, file_of(&world, &asking, (struct made){.answers = "{\"good\":\"no\",\"why\":\"x\"}"}), "were taken in before");
	world_close(&world);
}

static void
test_registry_answers_take__refuses_what_is_not_what_was_sent(void **state)
{
	struct world world;
	(void)state;
	world_open(&world);
	struct registry_asking asking = sent(&world, 1), other = sent(&world, 2);
	refused(&world, file_of(&world, &asking, (struct made){.answers = right, .spoil = true}), "changed afterwards");
	refused(&world, file_of(&world, &asking, (struct made){.answers = right, .secret = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}),
	    "not made with the questionnaire that was sent");
	refused(&world, file_of(&world, &asking, (struct made){.answers = right, .resign = true}), "changed after signing");
	refused(&world, file_of(&world, &asking, (struct made){.answers = right, .registry = "risk"}), "expected answers of a look");
	refused(&world, file_of(&world, &asking, (struct made){.answers = right, .signer = ""}), "signer");
	refused(&world, file_of(&world, &asking, (struct made){.answers = right, .at = "yesterday"}), "signed_at");
	struct registry_asking mixed = asking;
	mixed.record.base.number = 2; /* the secret of one record for another */
	refused(&world, file_of(&world, &mixed, (struct made){.answers = right}), "disagree about the record");
	mixed = asking;
	mixed.id = S("0011223344556677889900112233445566778899001122334455667788990011");
	refused(&world, file_of(&world, &mixed, (struct made){.answers = right}), "no questionnaire that was sent from here");
	mixed.id = S("x");
	refused(&world, file_of(&world, &mixed, (struct made){.answers = right}), "no questionnaire that was sent from here");
	mixed = asking;
	mixed.digest = other.digest;
	refused(&world, file_of(&world, &mixed, (struct made){.answers = right}), "disagree about the record or its questions");
	refused(&world, S("{}"), "answers");
	refused(&world, S("[]"), "expected an answer file");
	refused(&world, S("not JSON"), "answers");
	refused(&world, S(""), "answers");
	struct registry_answers answers;
	size_t problems;
	ASSERT_OK(take(&world, file_of(&world, &asking, (struct made){.answers = right}), false, &answers, &problems)); /* and the right one is taken */
	assert_int_equal(problems, 0);
	world_close(&world);
}

static void
edit_one(struct world *world, int64_t number, const char *field, const char *text, const char *change)
{
	struct registry_input input = {.field = registry_field(world->def, slice_of(field != NULL ? field : "title")), .text = slice_of(text)};
	struct registry_edit edit = {.def = world->def, .number = number, .inputs = &input, .inputs_len = field != NULL,
	    .change = change != NULL ? registry_change(world->def, slice_of(change)) : NULL};
	size_t problems;
	ASSERT_OK(registry_write(kit_job(), world->registry, &edit, 1, false, &problems));
	assert_int_equal(problems, 0);
}

static void
test_registry_answers_take__refuses_what_was_overtaken(void **state)
{
	struct registry_answers answers;
	struct world world;
	size_t problems;
	(void)state;
	world_open(&world);
	struct registry_asking first = sent(&world, 1), second = sent(&world, 1);
	refused(&world, file_of(&world, &first, (struct made){.answers = right}), "a newer questionnaire was sent");
	edit_one(&world, 1, "title", "Renamed", NULL); /* not asked: nothing to do with it */
	ASSERT_OK(take(&world, file_of(&world, &second, (struct made){.answers = right}), true, &answers, &problems));
	edit_one(&world, 1, "many", "4", NULL);
	refused(&world, file_of(&world, &second, (struct made){.answers = right}), "many was changed here since");
	struct registry_asking third = sent(&world, 1);
	edit_one(&world, 1, "kind", "cloud", NULL);
	refused(&world, file_of(&world, &third, (struct made){.answers = right}), "the questions are others now");
	edit_one(&world, 1, "kind", "plain", NULL);
	edit_one(&world, 1, NULL, "", "close");
	refused(&world, file_of(&world, &third, (struct made){.answers = right}), "is done, where no answers are taken in");
	world_close(&world);
}

static void
test_registry_answers_take__lists_what_is_wrong_and_writes_nothing(void **state)
{
	struct registry_answers answers;
	struct world world;
	size_t problems;
	(void)state;
	world_open(&world);
	struct registry_asking asking = sent(&world, 2);
	uint64_t size = ledger_size(world.ledger);
	slice file = file_of(&world, &asking, (struct made){.answers = "{\"good\":\"maybe\",\"many\":\"99\",\"boss\":\"=actor\",\"why\":\"0123456789012345678901234567890123456789012\"}"});
	ASSERT_OK(take(&world, file, false, &answers, &problems));
	assert_int_equal(problems, 5); /* good, many, boss, why, and where, which a cloud must say */
	assert_int_equal(ledger_size(world.ledger), size);
	refused(&world, file_of(&world, &asking, (struct made){.answers = "{\"title\":\"x\"}"}), "no question of this questionnaire");
	refused(&world, file_of(&world, &asking, (struct made){.answers = "{\"good\":true}"}), "no text");
	ASSERT_OK(take(&world, file_of(&world, &asking, (struct made){.answers = "{\"good\":\"yes\",\"why\":\"x\",\"where\":\"here\"}"}), false, &answers, &problems));
	assert_int_equal(problems, 0);
	world_close(&world);
}

static void
test_report_form_html__holds_the_questions_and_no_markup_of_others(void **state)
{
	struct world world;
	slice html;
	(void)state;
	world_open(&world);
	struct registry_asking asking = sent(&world, 1);
	ASSERT_OK(report_form_html(kit_job(), &asking, &html));
	assert_true(slice_has(html, S("Is it &lt;good&gt;?")));
	assert_true(slice_has(html, S("&lt;/script&gt;&lt;b&gt; &amp; &quot;x&quot;")));
	assert_true(slice_has(html, S("Is it \\u003cgood\\u003e?"))); /* in what the script reads */
	assert_false(slice_has(html, S("</script><b>")));
	assert_false(slice_has(html, S("http://")));
	assert_false(slice_has(html, S("https://")));
	assert_false(slice_has(html, S("f-sum"))); /* computed */
	assert_false(slice_has(html, S("f-where"))); /* not of a plain one */
	assert_true(slice_has(html, asking.secret));
	struct registry_asking cloud = sent(&world, 2);
	ASSERT_OK(report_form_html(kit_job(), &cloud, &html));
	assert_true(slice_has(html, S("f-where")));
	assert_false(slice_same(cloud.secret, asking.secret));
	world_close(&world);
}

static err
read_one(const char *text)
{
	static struct kit_content kit;
	DEFER(query_close_at) struct query *query = NULL;
	struct registry_registers registers;
	kit = (struct kit_content){0};
	kit_content_add(&kit, "register/look.yaml", text);
	TRY(registry_load(kit_fresh(), &kit.content, NULL, &registers));
	TRY(registry_empty_query(kit_job(), &registers, &query));
	return registry_lint(kit_job(), &registers, query, &registers.at[0]);
}

#define ABLE FIELDS "abilities: [questionnaire]\nquestionnaire: "

static void
test_registry_load__refuses_a_wrong_questionnaire(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
	    {FIELDS "abilities: [questionnaire]\n", "needs a key of that name"},
	    {FIELDS "questionnaire: {groups: [Asked]}\n", "so name it"},
	    {ABLE "{}\n", "groups"},
	    {ABLE "{groups: []}\n", "found none"},
	    {ABLE "{groups: [Nowhere]}\n", "there is no group \"Nowhere\""},
	    {ABLE "{groups: [Links]}\n", "near is a link"},
	    {ABLE "{groups: [Asked], colour: red}\n", "unknown key \"colour\""},
	    {ABLE "{groups: [{group: Asked, colour: red}]}\n", "unknown key \"colour\""},
	    {ABLE "{groups: [Asked], signer: many}\n", "signer: expected a field of type text"},
	    {ABLE "{groups: [Asked], file: why}\n", "file: expected a field of type file"},
	    {ABLE "{groups: [Asked], needs-of: nothing}\n", "there is no change \"nothing\""},
	    {ABLE "{groups: [Asked], from: [nowhere]}\n", "there is no state \"nowhere\""},
	    {ABLE "{groups: [Asked], sets: {colour: red}}\n", "there is no field \"colour\""},
	    {ABLE "{groups: [{group: Asked, when: colour = 1}]}\n", "no such column"},
	};
	(void)state;
	ASSERT_OK(read_one(FIELDS ASKS));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ASSERT_ERR(read_one(cases[i].text), ERR_INPUT, cases[i].words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_registry_answers_take__applies_what_was_signed_once),
	    cmocka_unit_test(test_registry_answers_take__refuses_what_is_not_what_was_sent),
	    cmocka_unit_test(test_registry_answers_take__refuses_what_was_overtaken),
	    cmocka_unit_test(test_registry_answers_take__lists_what_is_wrong_and_writes_nothing),
	    cmocka_unit_test(test_report_form_html__holds_the_questions_and_no_markup_of_others),
	    cmocka_unit_test(test_registry_load__refuses_a_wrong_questionnaire)};
	return KIT_TESTS(tests);
}
