#include "kit_collect.h"

#include "collect/table/collect_firewall_rule.h"

extern const struct collector collect_firewall_rule;
extern const struct table table_firewall_rule;

#define CHAIN                                                                                                                              \
	"{\"chain\":{\"family\":\"inet\",\"table\":\"filter\",\"name\":\"input\",\"handle\":1,\"type\":\"filter\",\"hook\":\"input\","     \
	"\"prio\":0,\"policy\":\"drop\"}}"
#define RULE(expr)                                                                                                                         \
	"{\"rule\":{\"family\":\"inet\",\"table\":\"filter\",\"chain\":\"input\",\"handle\":2,\"comment\":\"jane.doe\",\"expr\":[" expr    \
	"]}}"

static void
parse(const char *json, struct rows *rows)
{
	struct job *job = kit_fresh();
	rows_open(rows, job, &table_firewall_rule);
	ASSERT_OK(collect_firewall_parse(job, slice_of(json), rows));
}

static void
test_collect_firewall_rule__reads_chains_and_rules(void **state)
{
	(void)state;
	struct rows rows;
	parse("{\"nftables\":[{\"metainfo\":{}}," CHAIN "," RULE(
		  "{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}},\"right\":{\"set\":[22,{"
		  "\"range\":[80,90]}]}}},"
		  "{\"counter\":{\"packets\":77,\"bytes\":88}},{\"accept\":null}") "," RULE("{\"match\":{\"op\":\"!=\",\"left\":{\"meta\":{"
											    "\"key\":\"iifname\"}},\"right\":\"lo\"}},{"
											    "\"jump\":{\"target\":\"other\"}}") "]}",
	    &rows);
	ASSERT_ROWS_HAVE(&rows, "[\"nftables\",\"inet\",\"filter\",\"input\",0,\"input\",\"drop\",\"\",\"\"]");
	ASSERT_ROWS_HAVE(&rows, "[\"nftables\",\"inet\",\"filter\",\"input\",1,\"input\",\"drop\",\"tcp dport { 22, 80-90 }\",\"accept\"]");
	ASSERT_ROWS_HAVE(&rows, ",2,\"input\",\"drop\",\"iifname != lo\",\"jump other\"]");
	ASSERT_ROWS_LACK(&rows, "77");
	ASSERT_ROWS_LACK(&rows, "jane");
}

static void
test_collect_firewall_rule__writes_what_it_does_not_know_as_json(void **state)
{
	(void)state;
	struct rows rows;
	parse("{\"nftables\":[" CHAIN "," RULE("{\"limit\":{\"rate\":5,\"per\":\"second\"}},{\"xt\":null},{\"accept\":null}") "]}", &rows);
	ASSERT_ROWS_HAVE(&rows, "\"limit {\\\"per\\\":\\\"second\\\",\\\"rate\\\":5} xt\",\"accept\"]");
}

static void
test_collect_firewall_rule__names_legacy_tables(void **state)
{
	(void)state;
	struct rows rows;
	rows_open(&rows, kit_fresh(), &table_firewall_rule);
	ASSERT_OK(collect_firewall_legacy(S("filter\nnat\n"), "ip", &rows));
	assert_int_equal(rows.len, 2);
	ASSERT_ROWS_HAVE(&rows, "[\"iptables-legacy\",\"ip\",\"nat\",\"\",0,");
	rows_open(&rows, kit_fresh(), &table_firewall_rule);
	ASSERT_OK(collect_firewall_legacy(S(""), "ip6", &rows));
	assert_int_equal(rows.len, 0);
}

static void
test_collect_firewall_rule__could_not_look_at_another_root(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_firewall_rule, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_firewall_rule__refuses_other_json(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct rows rows;
	rows_open(&rows, job, &table_firewall_rule);
	ASSERT_ERR(collect_firewall_parse(job, S("{}"), &rows), ERR_INPUT, "libnftables-json(5)");
	ASSERT_ERR(collect_firewall_parse(job, S("{\"nftables\":"), &rows), ERR_INPUT, "nftables");
	ASSERT_OK(collect_firewall_parse(
	    job, S("{\"nftables\":[1,{\"chain\":2},{\"rule\":{\"expr\":[[],{},1]}},{\"chain\":{\"name\":[]}}]}"), &rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_firewall_rule__reads_chains_and_rules),
	    cmocka_unit_test(test_collect_firewall_rule__writes_what_it_does_not_know_as_json),
	    cmocka_unit_test(test_collect_firewall_rule__names_legacy_tables),
	    cmocka_unit_test(test_collect_firewall_rule__could_not_look_at_another_root),
	    cmocka_unit_test(test_collect_firewall_rule__refuses_other_json),
	};
	return KIT_TESTS(tests);
}
