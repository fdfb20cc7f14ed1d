/*
 * YAML: what a document may hold, that every sentence names its line, and the readers of fields.
 * Tests nothing of libyaml's own that we do not promise.
 */
#include "base/yaml.h"

#include "base/buf.h"
#include "kit.h"

static const struct yaml *
reads(const char *text)
{
	const struct yaml *root = NULL;
	ASSERT_OK(yaml_read(kit_job(), "f.yaml", slice_of(text), &root));
	assert_non_null(root);
	return root;
}

static void
refuses(slice text, enum err_code code, const char *words)
{
	const struct yaml *untouched = (const struct yaml *)&code, *root = untouched;
	ASSERT_ERR(yaml_read(kit_job(), "f.yaml", text, &root), code, words);
	assert_ptr_equal(root, untouched);
}

static slice
repeated(const char *part, size_t times)
{
	size_t len = strlen(part);
	char *text = NULL;
	ASSERT_OK(NEW(kit_job(), len * times + 1, &text));
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * len, part, len);
	return (slice){text, len * times};
}

static void
test_yaml_read__knows_kinds_and_lines(void **state)
{
	(void)state;
	kit_fresh();
	const struct yaml *root = reads("# remark\ntitle: Root login\nlist:\n  - a\n  - 'b'\n  - {k: v}\nnone:\n");
	assert_int_equal(root->kind, YAML_MAP);
	assert_int_equal(root->len, 3);
	const struct yaml *title = yaml_get(root, "title"), *list = yaml_get(root, "list");
	ASSERT_SLICE(title->text, "Root login");
	ASSERT_SLICE(title->key, "title");
	assert_true(title->plain);
	assert_int_equal(title->line, 2);
	assert_int_equal(title->key_line, 2);
	assert_string_equal(title->file, "f.yaml");
	assert_int_equal(list->kind, YAML_LIST);
	assert_int_equal(list->len, 3);
	assert_int_equal(list->key_line, 3);
	assert_int_equal(list->first->line, 4);
	assert_false(list->first->next->plain);
	ASSERT_SLICE(yaml_get(list->first->next->next, "k")->text, "v");
	assert_null(list->first->next->next->next);
	assert_int_equal(yaml_get(root, "none")->text.len, 0);
	assert_null(yaml_get(root, "title2"));
	assert_null(yaml_get(title, "title"));
}

static void
test_yaml_read__takes_block_text_and_a_byte_order_mark(void **state)
{
	(void)state;
	kit_fresh();
	ASSERT_SLICE(yaml_get(reads("a: |\n  one\n  two\n"), "a")->text, "one\ntwo\n");
	ASSERT_SLICE(yaml_get(reads("\xef\xbb\xbf"
				    "a: b\n"),
			 "a")
			 ->text,
	    "b");
	ASSERT_SLICE(reads("---\njust text\n...\n")->text, "just text");
	ASSERT_SLICE(yaml_get(reads("a: \xc3\xa9\r\n"), "a")->text, "\xc3\xa9");
}

static void
test_yaml_read__refuses_what_hides_meaning(void **state)
{
	(void)state;
	kit_fresh();
	refuses(S("a: 1\nb: &x 2\n"), ERR_INPUT, "f.yaml:2: anchors");
	refuses(S("a: &x [1]\n"), ERR_INPUT, "f.yaml:1: anchors");
	refuses(S("a: 1\nb: *x\n"), ERR_INPUT, "f.yaml:2: aliases");
	refuses(S("*x : 1\n"), ERR_INPUT, "f.yaml:1: aliases");
	refuses(S("a: !!binary aGk=\n"), ERR_INPUT, "f.yaml:1: tags");
	refuses(S("a: ! b\n"), ERR_INPUT, "f.yaml:1: tags");
	refuses(S("!!map {a: b}\n"), ERR_INPUT, "f.yaml:1: tags");
	refuses(S("%YAML 1.1\n---\na: b\n"), ERR_INPUT, "directives");
	refuses(S("%TAG ! tag:x,2000:\n---\na: b\n"), ERR_INPUT, "directives");
	refuses(S("a: b\n---\nc: d\n"), ERR_INPUT, "f.yaml:2: expected one YAML document");
	refuses(S(""), ERR_INPUT, "found nothing");
	refuses(S("# remark only\n"), ERR_INPUT, "found nothing");
}

static void
test_yaml_read__refuses_duplicate_and_odd_keys(void **state)
{
	(void)state;
	kit_fresh();
	refuses(S("a: 1\nb: 2\na: 3\n"), ERR_INPUT, "f.yaml:3: the key \"a\" is already on line 1");
	refuses(S("x:\n  - {k: 1, \"k\": 2}\n"), ERR_INPUT, "f.yaml:2: the key \"k\"");
	refuses(S("[a]: 1\n"), ERR_INPUT, "a key must be text");
	refuses(S("? {a: b}\n: 1\n"), ERR_INPUT, "a key must be text");
	refuses(S("? \n: 1\n"), ERR_INPUT, "found nothing");
	/* the same key in another map is another key */
	assert_int_equal(reads("x: {k: 1}\ny: {k: 2}\n")->len, 2);
}

static void
test_yaml_read__refuses_bad_bytes(void **state)
{
	(void)state;
	kit_fresh();
	refuses(S("a: b\0c\n"), ERR_INPUT, "f.yaml:1:");
	refuses(S("a: \"b\\0c\"\n"), ERR_INPUT, "f.yaml:1: text must not hold a NUL");
	refuses(S("\"k\\0\": c\n"), ERR_INPUT, "f.yaml:1: text must not hold a NUL");
	refuses(S("a: \xc3\n"), ERR_INPUT, "f.yaml:1:");
	refuses(S("a: 1\nb: \xed\xa0\x80\n"), ERR_INPUT, "f.yaml:");
	refuses(S("\xff\xfe"
		  "a\0:\0 \0b\0"),
	    ERR_INPUT, "f.yaml:1:");
	refuses(S("a: \x01\n"), ERR_INPUT, "f.yaml:1:");
}

static void
test_yaml_read__refuses_broken_syntax(void **state)
{
	(void)state;
	kit_fresh();
	refuses(S("a: [1, 2\n"), ERR_INPUT, "f.yaml:");
	refuses(S("a: b\n\tc: d\n"), ERR_INPUT, "f.yaml:2:");
	refuses(S("a: 'b\n"), ERR_INPUT, "f.yaml:");
	refuses(S("a: b: c\n"), ERR_INPUT, "f.yaml:1:");
	refuses(S("a: \"\\q\"\n"), ERR_INPUT, "f.yaml:1:");
}

static void
test_yaml_read__limits_depth_and_size(void **state)
{
	(void)state;
	kit_fresh();
	slice deep = repeated("- ", YAML_MAX_DEPTH);
	const struct yaml *root = NULL;
	ASSERT_OK(yaml_read(kit_job(), "f.yaml", deep, &root));
	refuses(repeated("- ", YAML_MAX_DEPTH + 1), ERR_LIMIT, "nest deeper than 32");
	refuses(repeated("- ", 100000), ERR_LIMIT, "nest deeper than 32");
	refuses(repeated("[", 1000000), ERR_LIMIT, "f.yaml:1: lists and maps must not nest");
	refuses(repeated("{a: ", 1000000), ERR_LIMIT, "f.yaml:1: lists and maps must not nest");
	refuses(repeated("a", YAML_MAX_BYTES + 1), ERR_LIMIT, "must not exceed");
}

static void
test_yaml_read__refuses_the_alias_bomb(void **state)
{
	(void)state;
	kit_fresh();
	refuses(S("a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n"), ERR_INPUT, "f.yaml:1: anchors");
}

static void
test_yaml_read__takes_a_large_map_in_reasonable_time(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct buf buf = buf_open(job, "map", 4 * MIB);
	for (unsigned i = 0; i < 20000; i++)
		buf_printf(&buf, "key%u: %u\n", i, i);
	slice text = {0};
	const struct yaml *root = NULL;
	ASSERT_OK(buf_end(&buf, &text));
	ASSERT_OK(yaml_read(job, "f.yaml", text, &root));
	assert_int_equal(root->len, 20000);
}

static void
test_yaml_fields__of_the_right_kind(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const struct yaml *root = reads("t: x\nq: ''\ni: -7\nb: yes\nf: false\nl: [1]\nm: {a: b}\n"), *part = NULL;
	slice text = {0};
	int64_t number = 0;
	bool truth = false;
	ASSERT_OK(yaml_need_text(job, root, "t", &text));
	ASSERT_SLICE(text, "x");
	ASSERT_OK(yaml_need_text(job, root, "q", &text));
	assert_int_equal(text.len, 0);
	ASSERT_OK(yaml_maybe_text(job, root, "none", &text));
	assert_int_equal(text.len, 0);
	ASSERT_OK(yaml_maybe_int(job, root, "i", 1, &number));
	assert_int_equal(number, -7);
	ASSERT_OK(yaml_maybe_int(job, root, "none", 1, &number));
	assert_int_equal(number, 1);
	ASSERT_OK(yaml_maybe_bool(job, root, "b", false, &truth));
	assert_true(truth);
	ASSERT_OK(yaml_maybe_bool(job, root, "f", true, &truth));
	assert_false(truth);
	ASSERT_OK(yaml_maybe_bool(job, root, "none", true, &truth));
	assert_true(truth);
	ASSERT_OK(yaml_need_list(job, root, "l", &part));
	assert_int_equal(part->len, 1);
	ASSERT_OK(yaml_maybe_list(job, root, "none", &part));
	assert_null(part);
	ASSERT_OK(yaml_need_map(job, root, "m", &part));
	assert_int_equal(part->len, 1);
	ASSERT_OK(yaml_maybe_map(job, root, "none", &part));
	assert_null(part);
	ASSERT_OK(yaml_is_map(job, root, "a check"));
}

static void
test_yaml_fields__refuses_other_kinds(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	const struct yaml *root = reads("t: x\nn:\nl: [1]\ni: 1.5\nq: \"5\"\nb: maybe\nqb: 'yes'\n"), *part = NULL;
	slice text = {0};
	int64_t number = 0;
	bool truth = false;
	ASSERT_ERR(yaml_need_text(job, root, "l", &text), ERR_INPUT, "f.yaml:3: \"l\" must be text, found a list");
	ASSERT_ERR(yaml_need_text(job, root, "n", &text), ERR_INPUT, "f.yaml:2: \"n\" must be text, found nothing");
	ASSERT_ERR(yaml_need_text(job, root, "none", &text), ERR_INPUT, "f.yaml:1: expected \"none\" (text) here");
	ASSERT_ERR(yaml_maybe_text(job, root, "l", &text), ERR_INPUT, "f.yaml:3:");
	ASSERT_ERR(yaml_maybe_int(job, root, "i", 0, &number), ERR_INPUT, "f.yaml:4: \"i\" must be a whole number");
	ASSERT_ERR(yaml_maybe_int(job, root, "q", 0, &number), ERR_INPUT, "f.yaml:5:");
	ASSERT_ERR(yaml_maybe_bool(job, root, "b", false, &truth), ERR_INPUT, "f.yaml:6: \"b\" must be true, false, yes or no");
	ASSERT_ERR(yaml_maybe_bool(job, root, "qb", false, &truth), ERR_INPUT, "f.yaml:7:");
	ASSERT_ERR(yaml_need_list(job, root, "t", &part), ERR_INPUT, "f.yaml:1: \"t\" must be a list, found text");
	ASSERT_ERR(yaml_maybe_list(job, root, "n", &part), ERR_INPUT, "found nothing");
	ASSERT_ERR(yaml_need_map(job, root, "l", &part), ERR_INPUT, "must be a map, found a list");
	ASSERT_ERR(yaml_maybe_map(job, root, "t", &part), ERR_INPUT, "must be a map");
	ASSERT_ERR(yaml_is_map(job, yaml_get(root, "l"), "a check"), ERR_INPUT, "f.yaml:3: a check must be a map");
	ASSERT_ERR(yaml_need_text(job, yaml_get(root, "t"), "k", &text), ERR_INPUT, "expected a map");
}

static void
test_yaml_choice__lists_the_words(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	static const char *const words[] = {"low", "medium", "high", NULL};
	const struct yaml *root = reads("a: medium\nb: hgih\nc: 7\nd: [low]\n");
	unsigned found = 9;
	ASSERT_OK(yaml_choice(job, yaml_get(root, "a"), words, &found));
	assert_int_equal(found, 1);
	ASSERT_ERR(yaml_choice(job, yaml_get(root, "b"), words, &found), ERR_INPUT,
	    "f.yaml:2: \"b\" must be one of low, medium, high, found \"hgih\"; did you mean \"high\"?");
	ASSERT_ERR(yaml_choice(job, yaml_get(root, "c"), words, &found), ERR_INPUT, "found \"7\"");
	assert_null(strstr(job->why, "did you mean"));
	ASSERT_ERR(yaml_choice(job, yaml_get(root, "d"), words, &found), ERR_INPUT, "found a list");
	assert_int_equal(found, 1);
}

static void
test_yaml_only__asks_did_you_mean(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	static const char *const keys[] = {"title", "severity", "query", NULL};
	ASSERT_OK(yaml_only(job, reads("title: x\nquery: y\n"), keys));
	ASSERT_ERR(yaml_only(job, reads("title: x\nseverty: y\n"), keys), ERR_INPUT,
	    "f.yaml:2: unknown key \"severty\", did you mean \"severity\"?");
	ASSERT_ERR(yaml_only(job, reads("titel: x\n"), keys), ERR_INPUT, "did you mean \"title\"?");
	ASSERT_ERR(yaml_only(job, reads("zz: x\n"), keys), ERR_INPUT, "unknown key \"zz\", expected one of title, severity, query");
	ASSERT_ERR(yaml_only(job, reads("[a]\n"), keys), ERR_INPUT, "expected a map");
}

static void
test_yaml_refuse__names_file_and_line(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	ASSERT_ERR(yaml_refuse(job, yaml_get(reads("\n\na: b\n"), "a"), "no %s", "thanks"), ERR_INPUT, "f.yaml:3: no thanks");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_yaml_read__knows_kinds_and_lines),
	    cmocka_unit_test(test_yaml_read__takes_block_text_and_a_byte_order_mark),
	    cmocka_unit_test(test_yaml_read__refuses_what_hides_meaning),
	    cmocka_unit_test(test_yaml_read__refuses_duplicate_and_odd_keys),
	    cmocka_unit_test(test_yaml_read__refuses_bad_bytes),
	    cmocka_unit_test(test_yaml_read__refuses_broken_syntax),
	    cmocka_unit_test(test_yaml_read__limits_depth_and_size),
	    cmocka_unit_test(test_yaml_read__refuses_the_alias_bomb),
	    cmocka_unit_test(test_yaml_read__takes_a_large_map_in_reasonable_time),
	    cmocka_unit_test(test_yaml_fields__of_the_right_kind),
	    cmocka_unit_test(test_yaml_fields__refuses_other_kinds),
	    cmocka_unit_test(test_yaml_choice__lists_the_words),
	    cmocka_unit_test(test_yaml_only__asks_did_you_mean),
	    cmocka_unit_test(test_yaml_refuse__names_file_and_line),
	};
	return KIT_TESTS(tests);
}
