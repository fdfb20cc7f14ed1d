/*
 * Writes doc/collect.md from the descriptors, so that it says what the code does. Says nothing that a descriptor does not.
 */
#include "collect/collect_doc.h"

#include "collect/collect.h"
#include "collect/collect_schema.h"

/* A table cell of Markdown: a bar would end it. */
static void
doc_cell(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			buf_byte(out, '\\');
		buf_byte(out, *text);
	}
}

static const char *
doc_needs(const struct collector *collector)
{
	return collector->needs == NULL || collector->needs[0] == '\0' ? "anybody" : collector->needs;
}

/* A descriptor's phrase with the full stop it may lack. */
static void
doc_sentence(struct buf *out, const char *text)
{
	buf_text(out, text);
	if (!slice_ends(slice_of(text), S(".")))
		buf_byte(out, '.');
}

static void
doc_column(struct buf *out, const struct column *column)
{
	static const char *const types[] = {"text", "int", "time"};
	static const struct {
		unsigned flag;
		const char *word;
	} flags[] = {{COLUMN_KEY, "key"}, {COLUMN_MAYBE, "may be NULL"}, {COLUMN_PERSONAL, "personal"}, {COLUMN_VOLATILE, "volatile"}};
	bool first = true;
	buf_printf(out, "| `%s` | %s | ", column->name, types[column->type]);
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if ((column->flags & flags[i].flag) == 0)
			continue;
		buf_printf(out, "%s%s", first ? "" : ", ", flags[i].word);
		first = false;
	}
	buf_text(out, first ? "| " : " | ");
	doc_cell(out, column->about);
	buf_text(out, " |\n");
}

static void
doc_table(struct buf *out, const struct table *table)
{
	buf_printf(out, "\n### %s\n\n", table->name);
	doc_sentence(out, table->about);
	buf_text(out, "\n\n| column | type | | what it says |\n|---|---|---|---|\n");
	for (unsigned i = 0; i < table->len; i++)
		doc_column(out, &table->columns[i]);
}

static void
doc_collector(struct buf *out, const struct collector *collector)
{
	buf_printf(out, "\n## %s\n\n", collector->name);
	doc_sentence(out, collector->about);
	buf_text(out, "\n\nTo see everything: ");
	doc_sentence(out, doc_needs(collector));
	buf_text(out, "\n\nReads:\n\n");
	for (size_t i = 0; collector->reads != NULL && collector->reads[i] != NULL; i++)
		buf_printf(out, "* `%s`\n", collector->reads[i]);
	for (size_t i = 0; collector->tables[i] != NULL; i++)
		doc_table(out, collector->tables[i]);
}

/* Which collector fills ${table}. */
static const struct collector *
doc_filler(const struct table *table)
{
	for (size_t i = 0; collect_index[i] != NULL; i++)
		for (size_t t = 0; collect_index[i]->tables[t] != NULL; t++)
			if (collect_index[i]->tables[t] == table)
				return collect_index[i];
	return NULL;
}

static void
doc_overview(struct buf *out)
{
	const struct table *const *tables = collect_schema();
	buf_text(out, "\n## Tables\n\n| table | what it holds | collector | to see everything |\n|---|---|---|---|\n");
	for (size_t i = 0; tables != NULL && tables[i] != NULL; i++) {
		const struct collector *collector = doc_filler(tables[i]);
		if (collector == NULL)
			continue;
		buf_printf(out, "| [`%s`](#%s) | ", tables[i]->name, tables[i]->name);
		doc_cell(out, tables[i]->about);
		buf_printf(out, " | %s | ", collector->name);
		doc_cell(out, doc_needs(collector));
		buf_text(out, " |\n");
	}
}

err
collect_doc(struct job *job, struct buf *out)
{
	(void)job;
	buf_text(out,
	    "# What is collected\n\n"
	    "This page is made from the collectors' own descriptors; do not edit it.\n\n"
	    "Each collector reads one source and fills one or more fact tables. A table ends *read* (its rows are all there is), "
	    "*absent* (the thing\n"
	    "itself is not there) or *could not look*, with the reason. As another account than root more tables end *could not "
	    "look*; none is\n"
	    "silently empty.\n\n"
	    "Never collected: password hashes, arguments of processes, values of environment variables, comments of accounts, "
	    "keys, and the remote\n"
	    "addresses of people's logins.\n\n"
	    "Types: text, int (0 or 1 for no or yes), time (microseconds since 1970 UTC). *Key* columns tell rows apart; *may be "
	    "NULL* means not\n"
	    "known; *personal* names a person and is kept as a token in findings; *volatile* is left out when asking whether a table "
	    "changed.\n\n"
	    "Not marked personal, though they may name accounts: paths (a file below /home, a table of cron), the values of sshd's "
	    "AllowUsers and\n"
	    "Match, options of sudo and PAM that list accounts, and subjects of certificates made for people.\n");
	doc_overview(out);
	for (size_t i = 0; collect_index[i] != NULL; i++)
		doc_collector(out, collect_index[i]);
	return out->failed;
}
