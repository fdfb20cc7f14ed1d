/*
 * What --help prints: usage, what a command is for, an example, its options.
 * Deliberately breaks lines itself, so that texts are written as they are meant and not to the width of somebody's editor.
 */
#include "cli/cli.h"

#include <string.h>

#include "base/text.h"

#define WIDTH 100   /* columns; wider is hard to read, and a pipe has no width of its own */
#define LEFT 27     /* the column that what an option does begins in */
#define LEFT_MAX 40 /* an option longer than this has its text on the next line */

/* Words of ${text} up to WIDTH, later lines indented by ${indent}; ${at} columns are taken already. An empty line parts paragraphs. */
static void
flow(FILE *out, slice text, size_t at, size_t indent)
{
	bool first = true;
	while (text.len > 0) {
		size_t blanks = 0, len = 0, lines = 0;
		while (blanks < text.len && (text.at[blanks] == ' ' || text.at[blanks] == '\n'))
			lines += text.at[blanks++] == '\n';
		text = slice_from(text, blanks);
		while (len < text.len && text.at[len] != ' ' && text.at[len] != '\n')
			len++;
		if (len == 0)
			break;
		size_t wide = text_width(slice_bytes(text.at, len));
		if (lines > 1 || (!first && at + 1 + wide > WIDTH)) {
			fprintf(out, "%s%*s", lines > 1 ? "\n\n" : "\n", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", (int)len, text.at);
		at += wide;
		first = false;
		text = slice_from(text, len);
	}
}

static void
print_options(FILE *out, const struct cli_option *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		bool output = strcmp(options->name, "output") == 0 && options->value != NULL;
		int len = fprintf(out, "  %s--%s%s%s", output ? "-o, " : "", options->name, options->value != NULL ? " " : "",
		    options->value != NULL ? options->value : "");
		size_t at = len > 0 ? (size_t)len : 0;
		if (at + 2 > LEFT_MAX) {
			fputc('\n', out);
			at = 0;
		}
		size_t blanks = at + 2 > LEFT ? 2 : LEFT - at;
		fprintf(out, "%*s", (int)blanks, "");
		flow(out, slice_of(options->about), at + blanks, LEFT);
		fputc('\n', out);
	}
}

static void
print_verbs(FILE *out, const struct cli_command *const *verbs, const char *path)
{
	fputc('\n', out);
	for (size_t i = 0; verbs[i] != NULL; i++) {
		fprintf(out, "  %-10s ", verbs[i]->name);
		flow(out, slice_of(verbs[i]->about), 13, 13);
		fputc('\n', out);
	}
	fprintf(out, "\n'assay %s VERB --help' explains one.\n", path);
}

void
cli_help(FILE *out, const struct cli_command *command, const char *path)
{
	bool used = command->usage != NULL && command->usage[0] != '\0';
	int len = fprintf(out, "usage: assay %s%s", path, used ? " " : "");
	flow(out, used ? slice_of(command->usage) : S(""), len > 0 ? (size_t)len : 0, 8);
	fputs("\n\n", out);
	flow(out, slice_of(command->about), 0, 0);
	fputs(".\n", out);
	if (command->help != NULL) {
		fputc('\n', out);
		flow(out, slice_of(command->help), 0, 0);
		fputc('\n', out);
	}
	if (command->example != NULL)
		fprintf(out, "\nexample: %s\n", command->example);
	if (command->verbs != NULL) {
		print_verbs(out, command->verbs, path);
		return;
	}
	if (command->options != NULL && command->options->name != NULL) {
		fputs("\noptions:\n", out);
		print_options(out, command->options);
	}
	fputs("\ncommon options:\n", out);
	print_options(out, cli_option_common);
}
