/* DSSE envelopes: the PAE as the specification defines it, and one JSON form. */
#include "kit.h"

#include "ledger/ledger_dsse.h"

#define KEYID "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void
test_ledger_dsse__pae_counts_bytes(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice pae;
	ASSERT_OK(ledger_dsse_pae(job, S("hello world"), &pae));
	ASSERT_SLICE(pae, "DSSEv1 28 application/vnd.in-toto+json 11 hello world");
	ASSERT_OK(ledger_dsse_pae(job, S(""), &pae));
	ASSERT_SLICE(pae, "DSSEv1 28 application/vnd.in-toto+json 0 ");
	ASSERT_OK(ledger_dsse_pae(job, S("\xC3\xA9"), &pae));
	ASSERT_SLICE(pae, "DSSEv1 28 application/vnd.in-toto+json 2 \xC3\xA9");
}

static void
test_ledger_dsse__comes_back(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_dsse dsse = {.payload = S("{}"), .signature = S("0123"), .keyid = S(KEYID)}, again;
	slice text;
	ASSERT_OK(ledger_dsse_write(job, &dsse, &text));
	ASSERT_SLICE(text, "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":\"" KEYID
			   "\",\"sig\":\"MDEyMw==\"}]}");
	ASSERT_OK(ledger_dsse_read(job, text, &again));
	ASSERT_SLICE(again.payload, "{}");
	ASSERT_SLICE(again.signature, "0123");
	ASSERT_SLICE(again.keyid, KEYID);
}

static void
test_ledger_dsse__refuses_other_forms(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ledger_dsse dsse = {.payload = S("{}"), .signature = S("0123"), .keyid = S("1234")}, ret;
	slice text;
	ASSERT_ERR(ledger_dsse_write(job, &dsse, &text), ERR_BUG, "64 hex digits");
#define END "\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":\"" KEYID "\",\"sig\":\""
	static const struct {
		const char *text, *words;
	} bad[] = {{"", "expected"}, {"{}", "expected"}, {"{\"payload\":\"e30\"", "base64"},
	    {"{\"payload\":\"e31=" END "MDEyMw==\"}]}", "base64"}, {"{\"payload\":\"e30=" END "MDEyMw==\"}]} ", "must end here"},
	    {"{\"payload\":\"e30=" END "\"}]}", "must not be empty"},
	    {"{\"payload\":\"e30=" END "MDEyMw==\"},{\"sig\":\"MDEyMw==\"}]}", "expected"},
	    {"{\"payload\":\"e3-=" END "MDEyMw==\"}]}", "base64"}, {"{\"payload\":\"e30=\",\"payloadType\":\"text/plain\"", "expected"},
	    {"{ \"payload\":\"e30=" END "MDEyMw==\"}]}", "expected"}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ASSERT_ERR(ledger_dsse_read(job, slice_of(bad[i].text), &ret), ERR_INPUT, bad[i].words);
	struct buf buf = buf_open(job, "test", MIB);
	buf_text(&buf, "{\"payload\":\"");
	for (size_t i = 0; i < 60000; i++)
		buf_text(&buf, "AAAA");
	buf_text(&buf, END "MDEyMw==\"}]}");
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_ERR(ledger_dsse_read(job, text, &ret), ERR_LIMIT, "at most");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_dsse__pae_counts_bytes),
	    cmocka_unit_test(test_ledger_dsse__comes_back),
	    cmocka_unit_test(test_ledger_dsse__refuses_other_forms),
	};
	return KIT_TESTS(tests);
}
