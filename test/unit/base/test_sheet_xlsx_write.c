/*
 * Writing workbooks: the same cells come back, text stays text, the same sheet gives the same bytes.
 */
#include "base/sheet.h"

#include <time.h>

#include "kit.h"

static const struct sheet_column columns[] = {
    {S("Title"), SHEET_TEXT}, {S("Score"), SHEET_NUMBER}, {S("Cost"), SHEET_MONEY}, {S("Due"), SHEET_DATE}, {S("Seen <&>"), SHEET_INSTANT}};

#define CELLS(a, b, c, d, e) ((const slice[]){S(a), S(b), S(c), S(d), S(e)})

static struct sheet
begun(slice name)
{
	struct sheet sheet;
	ASSERT_OK(sheet_begin(kit_fresh(), name, columns, 5, &sheet));
	return sheet;
}

static struct sheet
sample(void)
{
	struct sheet sheet = begun(S("Risks"));
	ASSERT_OK(
	    sheet_add(&sheet, CELLS("Lost \xF0\x9F\x98\x80 <laptop> & \"more\"", "-5", "1200.5", "2026-11-30", "2026-11-30T09:15:00Z")));
	ASSERT_OK(sheet_add(&sheet, CELLS("=HYPERLINK(\"x\")", "007", "", "1899-12-31", "2026-11-30T09:15:00.123000Z")));
	ASSERT_OK(
	    sheet_add(&sheet, CELLS(" one\r\ntwo\tthree\x01 ", "1234567890123456789", "about 5", "soon", "2026-11-30T09:15:00.123456Z")));
	ASSERT_OK(sheet_add(&sheet, CELLS("_x0041_ _x0041\x02 _x", "1e999", "-0.5", "9999-12-31", "1900-03-01T00:00:01Z")));
	ASSERT_OK(sheet_add(&sheet, CELLS("\xEF\xBF\xBE '=1", "0.000001", "5", "1900-03-01", "1900-02-28T00:00:00Z")));
	return sheet;
}

static void
test_sheet_write_xlsx__is_read_back_the_same(void **state)
{
	(void)state;
	struct sheet sheet = sample(), back;
	slice bytes;
	ASSERT_OK(sheet_write_xlsx(kit_job(), &sheet, &bytes));
	ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &back));
	ASSERT_SLICE(back.name, "Risks");
	assert_int_equal(back.faults_all, 0);
	assert_int_equal(back.rows_len, sheet.rows_len);
	assert_int_equal(back.columns_len, sheet.columns_len);
	for (size_t i = 0; i < back.columns_len; i++)
		assert_true(slice_same(back.columns[i].heading, columns[i].heading));
	for (size_t r = 0; r < back.rows_len; r++)
		for (size_t i = 0; i < back.columns_len; i++) {
			slice found = back.rows[r].cells[i], wanted = sheet.rows[r].cells[i];
			if (!slice_same(found, wanted))
				fail_msg("row %zu, column %zu: \"%.*s\", expected \"%.*s\"", r, i, SLICE(found), SLICE(wanted));
			assert_int_equal(back.rows[r].formula, 0);
		}
}

static void
test_sheet_write_xlsx__gives_the_same_bytes_everywhere(void **state)
{
	(void)state;
	slice first, second, other;
	char *was = getenv("TZ");
	setenv("TZ", "Pacific/Kiritimati", 1);
	tzset();
	struct sheet sheet = sample();
	ASSERT_OK(sheet_write_xlsx(kit_job(), &sheet, &first));
	setenv("TZ", "America/Los_Angeles", 1);
	tzset();
	ASSERT_OK(sheet_write_xlsx(kit_job(), &sheet, &second));
	assert_true(slice_same(first, second));
	ASSERT_OK(sheet_add(&sheet, CELLS("x", "", "", "", "")));
	ASSERT_OK(sheet_write_xlsx(kit_job(), &sheet, &other));
	assert_false(slice_same(first, other));
	if (was != NULL)
		setenv("TZ", was, 1);
	else
		unsetenv("TZ");
	tzset();
}

static void
test_sheet_write_xlsx__makes_names_fit(void **state)
{
	(void)state;
	static const struct {
		slice name;
		const char *fits;
	} cases[] = {{S("Risks & issues"), "Risks & issues"}, {S("a/b:c*d?[e]\\f"), "a-b-c-d--e--f"}, {S("'quoted'"), "quoted"},
	    {S(""), "Sheet1"}, {S("history"), "Sheet1"}, {S("abcdefghijklmnopqrstuvwxyz0123456789"), "abcdefghijklmnopqrstuvwxyz01234"},
	    {S("\x01x\xFF"), "-x-"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sheet sheet = begun(cases[i].name), back;
		slice bytes;
		ASSERT_OK(sheet_write_xlsx(kit_job(), &sheet, &bytes));
		ASSERT_OK(sheet_read_xlsx(kit_job(), "f.xlsx", bytes, NULL, &back));
		ASSERT_SLICE(back.name, cases[i].fits);
	}
}

static void
test_sheet_write_xlsx__refuses_a_cell_too_long(void **state)
{
	(void)state;
	struct sheet sheet = begun(S("x"));
	slice bytes, cells[5] = {{0}};
	char *long_text;
	ASSERT_OK(NEW(kit_job(), 40000, &long_text));
	memset(long_text, 'a', 40000);
	cells[1] = (slice){long_text, 32767};
	ASSERT_OK(sheet_add(&sheet, cells));
	ASSERT_OK(sheet_write_xlsx(kit_job(), &sheet, &bytes));
	cells[1].len = 32768;
	ASSERT_OK(sheet_add(&sheet, cells));
	ASSERT_ERR(sheet_write_xlsx(kit_job(), &sheet, &bytes), ERR_LIMIT,
	    "row 3, column B (Score): a cell of a workbook holds at most 32767 characters, found 32768");
}

static void
test_sheet_write_xlsx__holds_a_hundred_thousand_rows(void **state)
{
	(void)state;
	static const struct sheet_column two[] = {{S("Number"), SHEET_NUMBER}, {S("Title"), SHEET_TEXT}};
	struct sheet sheet, back;
	struct arena *arena = arena_open("large", 1024 * MIB);
	struct job job;
	slice bytes, number;
	job_init(&job, arena);
	ASSERT_OK(sheet_begin(&job, S("Large"), two, 2, &sheet));
	for (int i = 0; i < 100000; i++) {
		ASSERT_OK(job_format(&job, &number, "%d", i));
		ASSERT_OK(sheet_add(&sheet, (const slice[]){number, S("Thing")}));
	}
	ASSERT_OK(sheet_write_xlsx(&job, &sheet, &bytes));
	ASSERT_OK(sheet_read_xlsx(&job, "f.xlsx", bytes, NULL, &back));
	assert_int_equal(back.rows_len, 100000);
	assert_int_equal(back.faults_all, 0);
	ASSERT_SLICE(back.rows[99999].cells[0], "99999");
	arena_close(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sheet_write_xlsx__is_read_back_the_same),
	    cmocka_unit_test(test_sheet_write_xlsx__gives_the_same_bytes_everywhere),
	    cmocka_unit_test(test_sheet_write_xlsx__makes_names_fit),
	    cmocka_unit_test(test_sheet_write_xlsx__refuses_a_cell_too_long),
	    cmocka_unit_test(test_sheet_write_xlsx__holds_a_hundred_thousand_rows),
	};
	return KIT_TESTS(tests);
}
