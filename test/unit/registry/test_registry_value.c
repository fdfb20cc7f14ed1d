/* Every type of field takes what it should, refuses what it should not, and gives back what was entered. */
#include "access_kit.h"

#include "registry/registry_value.h"

#define NOW INT64_C(1796000400000000) /* 2026-11-30T01:00:00Z */

static const struct registry_choice choices[] = {{{"red", 3}, {"Red", 3}}, {{"dark-blue", 9}, {"Dark blue", 9}}};
static slice to_one[] = {{"risk", 4}}, to_two[] = {{"risk", 4}, {"asset", 5}};

static struct registry_field
field_of(enum registry_type type)
{
	struct registry_field field = {.id = S("f"), .option = "f", .type = type, .max_bytes = 20};
	if (type == REGISTRY_CHOICE) {
		field.choices = (struct registry_choice *)(uintptr_t)choices;
		field.choices_len = 2;
	}
	if (type == REGISTRY_LINK) {
		field.to = to_one;
		field.to_len = 1;
	}
	if (type == REGISTRY_MONEY)
		field.decimals = 2;
	return field;
}

/* What is kept, shown for people, shown plain. */
static void
takes(const struct registry_field *field, const char *text, const char *kept, const char *shown)
{
	const json_t *json;
	slice got;
	ASSERT_OK(registry_value_read(kit_job(), field, slice_of(text), NOW, S("alice"), &got));
	ASSERT_SLICE(got, kept);
	ASSERT_OK(json_read(kit_job(), "value", got, &json));
	assert_true(registry_value_fits(field, json));
	ASSERT_OK(registry_value_show(kit_job(), field, json, false, &got));
	ASSERT_SLICE(got, shown);
}

static void
refuses(const struct registry_field *field, const char *text, const char *words)
{
	slice got;
	ASSERT_ERR(registry_value_read(kit_job(), field, slice_of(text), NOW, S("alice"), &got), ERR_INPUT, words);
}

static void
test_registry_value__words(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct registry_field text = field_of(REGISTRY_TEXT), lines = field_of(REGISTRY_LONG), choice = field_of(REGISTRY_CHOICE);
	takes(&text, "a \"b\"", "\"a \\\"b\\\"\"", "a \"b\"");
	refuses(&text, "two\nlines", "expected one line");
	refuses(&text, "\xff", "UTF-8");
	refuses(&text, "longer than twenty bytes", "at most 20 bytes");
	takes(&lines, "two\nlines", "\"two\\nlines\"", "two\nlines");
	takes(&choice, "red", "\"red\"", "Red");
	takes(&choice, "dark BLUE", "\"dark-blue\"", "Dark blue"); /* by its title too */
	refuses(&choice, "green", "one of red, dark-blue");
	struct registry_field marking = field_of(REGISTRY_CLASSIFICATION);
	takes(&marking, "Official-Sensitive", "\"official-sensitive\"", "official-sensitive");
	refuses(&marking, "private", "one of official");
}

static void
test_registry_value__numbers(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct registry_field number = field_of(REGISTRY_NUMBER), money = field_of(REGISTRY_MONEY), tenth = field_of(REGISTRY_NUMBER);
	number.has_min = number.has_max = true;
	number.min = 1;
	number.max = 5;
	tenth.decimals = 1;
	takes(&number, "3", "3", "3");
	refuses(&number, "0", "from 1 to 5");
	refuses(&number, "6", "from 1 to 5");
	refuses(&number, "3.5", "a whole number");
	refuses(&number, "three", "a whole number");
	refuses(&number, "99999999999999999999", "a whole number");
	takes(&tenth, "7.5", "75", "7.5");
	takes(&tenth, "-0.5", "-5", "-0.5");
	takes(&tenth, "7.50", "75", "7.5");
	refuses(&tenth, "7.55", "a number");
	takes(&money, "1200", "120000", "\xc2\xa3" "1200.00");
	takes(&money, "\xc2\xa3" "1,200.50", "120050", "\xc2\xa3" "1200.50");
	refuses(&money, "1200.505", "a number");
	refuses(&money, "lots", "a number");
}

static void
test_registry_value__times(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct registry_field date = field_of(REGISTRY_DATE), instant = field_of(REGISTRY_INSTANT), duration = field_of(REGISTRY_DURATION);
	takes(&date, "2026-02-28", "\"2026-02-28\"", "2026-02-28");
	refuses(&date, "2026-02-30", "a date");
	refuses(&date, "2026-02-28T10:00:00Z", "a date");
	takes(&date, "=today", "\"2026-11-30\"", "2026-11-30");
	takes(&date, "=today+P1Y", "\"2027-11-30\"", "2027-11-30");
	refuses(&date, "=tomorrow", "=now, =today");
	takes(&instant, "2026-11-30T09:15:00+01:00", "\"2026-11-30T08:15:00Z\"", "2026-11-30 08:15 UTC");
	takes(&instant, "=now", "\"2026-11-30T01:00:00Z\"", "2026-11-30 01:00 UTC");
	refuses(&instant, "yesterday", "an instant");
	takes(&duration, "P90D", "\"P90D\"", "P90D");
	refuses(&duration, "ninety", "a duration");
}

static void
test_registry_value__links_and_lists(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct registry_field one = field_of(REGISTRY_LINK), many = field_of(REGISTRY_LINK), two = field_of(REGISTRY_LINK), list = field_of(REGISTRY_LIST);
	many.many = true;
	two.to = to_two;
	two.to_len = 2;
	takes(&one, "12", "[\"risk/12\"]", "risk 12");
	takes(&one, "risk/12", "[\"risk/12\"]", "risk 12");
	refuses(&one, "3,4", "one record");
	refuses(&one, "asset/3", "links to");
	refuses(&one, "0", "the number");
	refuses(&one, "twelve", "the number");
	takes(&many, "3, 4", "[\"risk/3\",\"risk/4\"]", "risk 3, risk 4");
	takes(&two, "asset/3", "[\"asset/3\"]", "asset 3");
	refuses(&two, "3", "register/number");
	takes(&list, "a, b ,c", "[\"a\",\"b\",\"c\"]", "a, b, c");
	takes(&list, "[\"a,b\",\"c\"]", "[\"a,b\",\"c\"]", "a,b, c");
	takes(&list, "a,b\nc", "[\"a,b\",\"c\"]", "a,b, c");
	refuses(&list, "[1]", "an array of texts");
	refuses(&list, "an item that is longer than it may be", "at most 500 items of at most 20 bytes");
}

static void
test_registry_value__persons_scores_vectors(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct registry_field person = field_of(REGISTRY_PERSON), score = field_of(REGISTRY_SCORE), cvss = field_of(REGISTRY_CVSS);
	struct cell cell, second;
	const json_t *json;
	takes(&person, "=actor", "\"alice\"", "{person:alice}");
	refuses(&person, "{person:x}", "a login name");
	refuses(&score, "3", "is computed");
	refuses(&cvss, "CVSS:3.1/AV:N", "a vector");
	takes(&cvss, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"",
	    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
	ASSERT_OK(json_read(kit_job(), "value", S("\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\""), &json));
	ASSERT_OK(registry_value_cell(kit_job(), &cvss, json, &cell, &second));
	assert_int_equal(second.number, 98);
	/* What another definition made is empty, not wrong. */
	ASSERT_OK(registry_value_cell(kit_job(), &score, json, &cell, &second));
	assert_true(cell.null);
	assert_false(registry_value_fits(&score, json));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_value__words),
	    cmocka_unit_test(test_registry_value__numbers),
	    cmocka_unit_test(test_registry_value__times),
	    cmocka_unit_test(test_registry_value__links_and_lists),
	    cmocka_unit_test(test_registry_value__persons_scores_vectors),
	};
	return KIT_TESTS(tests);
}
