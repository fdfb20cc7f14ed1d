/*
 * Help: everything is named, lines are no wider than people can read, and what stands alone on a line stays so.
 */
#include <stdio.h>

#include "kit.h"

#include "cli/cli_option.c" /* the command's own files are no library */
#include "cli/cli_help.c"

static const struct cli_option own[] = {{"host", "HOST", "this host only"}, {"all", NULL, "everything"}, {"output", "FILE", "where to"},
    {"the-day-somebody-looked-at-it-last", "DATE", "a long one"},
    {"words", "TEXT", "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"}, {NULL, NULL, NULL}};
static const struct cli_command command = {.name = "thing",
    .usage = "[WORD…]",
    .about = "Do a thing that takes rather many words to say, for whoever wrote this line had more to tell than one line may hold",
    .help = "A text that its writer broke\nwhere the editor was full, and that goes on for more than the hundred columns which people can read.\n\nFrom: elsewhere",
    .example = "assay thing --words \"an example stays on its line, however long it may be, for it is typed as it stands by a test\"",
    .options = own};

static void
help(char *text, size_t size)
{
	FILE *out = fmemopen(text, size, "w");
	assert_non_null(out);
	cli_help(out, &command, "thing");
	fclose(out);
}

static void
test_cli_help__names_every_option(void **state)
{
	char text[8192] = "";
	(void)state;
	help(text, sizeof text);
	static const char *const words[] = {"usage: assay thing [WORD…]\n", "Do a thing that", "  --host HOST              this host only\n", "-o, --output FILE", "--all",
	    "common options:", "--dir DIR", "--json", "\n  --the-day-somebody-looked-at-it-last DATE\n                           a long one\n"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strstr(text, words[i]) == NULL)
			fail_msg("help lacks \"%s\":\n%s", words[i], text);
}

static void
test_cli_help__breaks_lines_itself(void **state)
{
	char text[8192] = "";
	(void)state;
	help(text, sizeof text);
	assert_non_null(strstr(text, "broke where the editor was full"));
	assert_non_null(strstr(text, "can read.\n\nFrom: elsewhere\n"));
	assert_non_null(strstr(text, "\n                           fourteen"));
	size_t wide = 0;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		size_t width = text_width(slice_of(line));
		if (strncmp(line, "example: ", 9) == 0)
			wide = width;
		else if (width > 100)
			fail_msg("%zu columns: %s", width, line);
	}
	assert_true(wide > 100); /* the example alone may be longer */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cli_help__names_every_option),
	    cmocka_unit_test(test_cli_help__breaks_lines_itself),
	};
	return KIT_TESTS(tests);
}
