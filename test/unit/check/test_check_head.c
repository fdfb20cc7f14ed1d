/*
 * What the worker is asked: it comes back as it was written, and nothing else is taken.
 */
#include "check_kit.h"

static void
test_check_head__comes_back_the_same(void **state)
{
	(void)state;
	(void)kit_fresh();
	static const struct column columns[] = {
	    {"door", COLUMN_TEXT, COLUMN_KEY, ""}, {"at", COLUMN_TIME, COLUMN_MAYBE | COLUMN_PERSONAL, ""}};
	struct dropin dropin = {.table = {"door", "Doors", columns, 2}};
	struct check_schema schema = {.dropins = &dropin, .dropins_len = 1}, back_schema = {0};
	struct facts facts = {0};
	struct check_question back = {0};
	slice text, again;
	FACTS(&facts, "mount", "target=/");
	facts_state(&facts, "sudo_rule", READING_COULD_NOT_LOOK);
	struct check_question question = question_of(&facts, -3);
	question.schema = &schema;
	question.profile = S("server");
	question.only = (const slice[]){{"a", 1}, {"b-c", 3}};
	question.only_len = 2;
	question.host_name = S("we\"b\n\xc3\xa9");
	ASSERT_OK(check_head_write(kit_job(), &question, &text));
	ASSERT_OK(check_head_read(kit_job(), text, &back, &back_schema));
	assert_int_equal(back.readings_len, 2);
	ASSERT_SLICE(back.readings[1].reason, "may not be read");
	assert_int_equal(back.readings[1].state, READING_COULD_NOT_LOOK);
	assert_true(back.readings[0].collected_us == at_us(-3));
	assert_string_equal(back_schema.dropins[0].table.columns[1].name, "at");
	assert_int_equal(back_schema.dropins[0].table.columns[1].flags, COLUMN_MAYBE | COLUMN_PERSONAL);
	ASSERT_OK(check_head_write(kit_job(), &back, &again));
	assert_true(slice_same(text, again));
}

#define HEAD(only, readings, dropins)                                                                                                      \
	"{\"profile\":\"\",\"host\":\"h\",\"name\":\"n\",\"first\":1,\"last\":2,\"now\":3,\"only\":[" only "],\"readings\":[" readings     \
	"],\"dropins\":[" dropins "],\"records\":0}"
#define READING(state, rows) "{\"table\":\"mount\",\"state\":" state ",\"rows\":" rows ",\"at\":5,\"reason\":\"\"}"
#define COLUMN(name, type, flags) "{\"name\":\"" name "\",\"type\":" type ",\"flags\":" flags "}"
#define DROPIN(name, columns) "{\"name\":\"" name "\",\"columns\":[" columns "]}"

static err
read_head(const char *text)
{
	struct check_question question = {0};
	struct check_schema schema = {0};
	return check_head_read(kit_fresh(), slice_of(text), &question, &schema);
}

static void
test_check_head_read__refuses_hostile_heads(void **state)
{
	(void)state;
	ASSERT_OK(read_head(HEAD("\"a\"", READING("2", "0"), DROPIN("door", COLUMN("x", "0", "1")))));
	ASSERT_ERR(read_head(""), ERR_INPUT, "question");
	ASSERT_ERR(read_head("[]"), ERR_INPUT, "question");
	ASSERT_ERR(read_head("{}"), ERR_INPUT, "profile");
	ASSERT_ERR(read_head(HEAD("7", "", "")), ERR_INPUT, "only: expected the ids");
	ASSERT_ERR(read_head(HEAD("", READING("3", "0"), "")), ERR_INPUT, "found state 3");
	ASSERT_ERR(read_head(HEAD("", READING("-1", "0"), "")), ERR_INPUT, "found state -1");
	ASSERT_ERR(read_head(HEAD("", READING("0", "-1"), "")), ERR_INPUT, "with -1 rows");
	ASSERT_ERR(read_head(HEAD("", "7", "")), ERR_INPUT, "question");
	ASSERT_ERR(read_head(HEAD("", "", DROPIN("do\\\"or", COLUMN("x", "0", "1")))), ERR_INPUT, "expected a table");
	ASSERT_ERR(read_head(HEAD("", "", DROPIN("door", COLUMN("x\\\" TEXT); DROP", "0", "1")))), ERR_INPUT, "expected a column");
	ASSERT_ERR(read_head(HEAD("", "", DROPIN("door", COLUMN("x", "3", "1")))), ERR_INPUT, "of type 3");
	ASSERT_ERR(read_head(HEAD("", "", DROPIN("door", COLUMN("x", "0", "32")))), ERR_INPUT, "expected a column");
	ASSERT_ERR(read_head(HEAD("", "", "[]")), ERR_INPUT, "question");
	char many[16384] = "{\"profile\":\"\",\"host\":\"h\",\"name\":\"n\",\"first\":1,\"last\":2,\"now\":3,\"only\":[],\"readings\":[],\"dropins\":["
			   "{\"name\":\"door\",\"columns\":[", column[] = COLUMN("x", "0", "0") ",";
	for (int i = 0; i < TABLE_MAX_COLUMNS + 1; i++)
		memcpy(many + strlen(many), column, sizeof column);
	memcpy(many + strlen(many) - 1, "]}],\"records\":0}", sizeof "]}],\"records\":0}");
	ASSERT_ERR(read_head(many), ERR_INPUT, "with at most 128 columns");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_head__comes_back_the_same),
	    cmocka_unit_test(test_check_head_read__refuses_hostile_heads),
	};
	return KIT_TESTS(tests);
}
