/*
 * Reads a page as strictly as the tests need: every tag closed, every attribute quoted, nothing inside but what we write.
 */
#ifndef REPORT_READ_H
#define REPORT_READ_H

#include "kit.h"

struct read_attribute {
	slice name, value;
};
struct read_tag {
	slice name;
	bool end, alone; /* </x>, <x/> or an element that has no end */
	struct read_attribute *attributes;
	size_t len;
	slice text; /* from here to the next tag */
};
struct read_page {
	struct read_tag *tags;
	size_t len;
};

static inline bool
read_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

static inline slice
read_name(slice *rest)
{
	size_t len = 0;
	while (len < rest->len && read_name_byte(rest->at[len]))
		len++;
	slice name = slice_part(*rest, 0, len);
	*rest = slice_from(*rest, len);
	return name;
}

/* Attributes up to '>'; each is name="value" without < or > in it. */
static inline void
read_attributes(slice *rest, struct read_tag *tag)
{
	ASSERT_OK(NEW(kit_job(), 16, &tag->attributes));
	for (;;) {
		while (rest->len > 0 && (rest->at[0] == ' ' || rest->at[0] == '\n'))
			*rest = slice_from(*rest, 1);
		if (slice_starts(*rest, S("/>")))
			tag->alone = true;
		if (rest->len == 0 || rest->at[0] == '>' || tag->alone)
			break;
		struct read_attribute *attribute = &tag->attributes[tag->len++];
		assert_in_range(tag->len, 1, 15);
		attribute->name = read_name(rest);
		if (attribute->name.len == 0 || !slice_starts(*rest, S("=\"")))
			fail_msg("<%.*s: an attribute without a quoted value: %.*s", SLICE(tag->name), SLICE(slice_part(*rest, 0, 60)));
		*rest = slice_from(*rest, 2);
		attribute->value = slice_part(*rest, 0, slice_find(*rest, '"'));
		assert_true(
		    slice_find(attribute->value, '<') == attribute->value.len && slice_find(attribute->value, '>') == attribute->value.len);
		*rest = slice_from(*rest, attribute->value.len + 1);
		if (rest->len > 0 && rest->at[0] != ' ' && rest->at[0] != '>' && rest->at[0] != '/' && rest->at[0] != '\n')
			fail_msg("<%.*s: %.*s stands right behind a value", SLICE(tag->name), SLICE(slice_part(*rest, 0, 20)));
	}
	*rest = slice_from(*rest, tag->alone ? 2 : 1);
}

/* Every & begins a reference of ours, and no quote stands bare in text. */
static inline void
read_text(slice text)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	for (size_t i = 0; i < text.len; i++) {
		bool fine = text.at[i] != '&' && text.at[i] != '>';
		for (size_t k = 0; k < 5 && !fine; k++)
			fine = slice_starts(slice_from(text, i), slice_of(known[k]));
		if (!fine)
			fail_msg("unescaped: %.*s", SLICE(slice_part(text, i, 40)));
	}
}

static inline struct read_page
read_page(slice text)
{
	static const char *const endless[] = {"meta", "br", "hr"};
	struct read_page page = {0};
	slice stack[64], rest = text;
	size_t depth = 0;
	ASSERT_OK(NEW(kit_job(), text.len / 3 + 1, &page.tags));
	assert_true(slice_starts(rest, S("<!DOCTYPE html>\n")));
	rest = slice_from(rest, sizeof "<!DOCTYPE html>\n" - 1);
	while (rest.len > 0) {
		struct read_tag *tag = &page.tags[page.len++];
		assert_true(rest.at[0] == '<');
		rest = slice_from(rest, 1);
		tag->end = slice_starts(rest, S("/"));
		rest = slice_from(rest, tag->end ? 1 : 0);
		tag->name = read_name(&rest);
		assert_true(tag->name.len > 0);
		read_attributes(&rest, tag);
		for (size_t i = 0; i < sizeof endless / sizeof endless[0]; i++)
			tag->alone = tag->alone || slice_same(tag->name, slice_of(endless[i]));
		if (tag->end) {
			if (depth == 0 || !slice_same(stack[depth - 1], tag->name))
				fail_msg(
				    "</%.*s> ends nothing, open is <%.*s>", SLICE(tag->name), SLICE(depth > 0 ? stack[depth - 1] : S("")));
			depth--;
		} else if (!tag->alone) {
			assert_in_range(depth, 0, 62);
			stack[depth++] = tag->name;
		}
		tag->text = slice_part(rest, 0, slice_find(rest, '<'));
		if (!slice_same(tag->name, S("style")) || tag->end)
			read_text(tag->text);
		rest = slice_from(rest, tag->text.len);
	}
	assert_int_equal(depth, 0);
	return page;
}

static inline slice
read_attribute(const struct read_tag *tag, const char *name)
{
	for (size_t i = 0; i < tag->len; i++)
		if (slice_same(tag->attributes[i].name, slice_of(name)))
			return tag->attributes[i].value;
	return (slice){0};
}

#endif
