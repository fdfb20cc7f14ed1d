/*
 * Sheets on the way out as CSV, and back in: the same cells, and nothing that a spreadsheet would run.
 */
#include "base/sheet.h"

#include "kit.h"

static const struct sheet_column columns[] = {{S("Title"), SHEET_TEXT}, {S("Score; weighted"), SHEET_NUMBER}, {S("Due"), SHEET_DATE}};

static struct sheet
sample(void)
{
	static const slice rows[][3] = {
	    {{"Lost laptop", 11}, {"-5", 2}, {"2026-11-30", 10}},
	    {{"=HYPERLINK(\"x\")", 15}, {"-5+1", 4}, {"", 0}},
	    {{"one\r\ntwo, \"three\"", 17}, {"1.5E-7", 6}, {"'=x", 3}},
	};
	struct sheet sheet;
	ASSERT_OK(sheet_begin(kit_fresh(), S("Risks"), columns, 3, &sheet));
	for (size_t i = 0; i < 3; i++)
		ASSERT_OK(sheet_add(&sheet, rows[i]));
	return sheet;
}

static void
test_sheet_write_csv__escapes_all_but_numbers(void **state)
{
	(void)state;
	struct sheet sheet = sample();
	slice text;
	ASSERT_OK(sheet_write_csv(kit_job(), &sheet, &text));
	ASSERT_SLICE(text, "Title,\"Score; weighted\",Due\r\n"
			   "Lost laptop,-5,2026-11-30\r\n"
			   "\"'=HYPERLINK(\"\"x\"\")\",'-5+1,\r\n"
			   "\"one\r\ntwo, \"\"three\"\"\",1.5E-7,''=x\r\n");
}

static void
test_sheet_write_csv__is_read_back_the_same(void **state)
{
	(void)state;
	struct sheet sheet = sample(), back;
	slice text;
	ASSERT_OK(sheet_write_csv(kit_job(), &sheet, &text));
	ASSERT_OK(sheet_read_csv(kit_job(), "f.csv", text, NULL, &back));
	assert_int_equal(back.faults_all, 0);
	assert_int_equal(back.rows_len, sheet.rows_len);
	assert_int_equal(back.columns_len, sheet.columns_len);
	for (size_t i = 0; i < 3; i++)
		assert_true(slice_same(back.columns[i].heading, columns[i].heading));
	for (size_t r = 0; r < back.rows_len; r++)
		for (size_t i = 0; i < 3; i++)
			assert_true(slice_same(back.rows[r].cells[i], sheet.rows[r].cells[i]));
}

static void
test_sheet_begin__needs_a_column(void **state)
{
	(void)state;
	struct sheet sheet;
	ASSERT_ERR(sheet_begin(kit_fresh(), S("Risks"), columns, 0, &sheet), ERR_BUG, "without columns");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sheet_write_csv__escapes_all_but_numbers),
	    cmocka_unit_test(test_sheet_write_csv__is_read_back_the_same),
	    cmocka_unit_test(test_sheet_begin__needs_a_column),
	};
	return KIT_TESTS(tests);
}
