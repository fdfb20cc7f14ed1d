/*
 * The content set: files, overlay, digest, packing and unpacking.
 */
#include "kit_content.h"

static void
test_content_load__takes_yaml_sorted_with_its_digest(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct content content = KIT_CONTENT({"check/b.yaml", "b: 1\n"}, {"check/a.yaml", "a: 1\n"}, {"README.md", "no"},
	    {"check/.hidden.yaml", "no: 1\n"}, {".git/x.yaml", "no: 1\n"}, {"check/notes.txt", "no"});
	assert_int_equal(content.len, 2);
	assert_string_equal(content.files[0].path, "check/a.yaml");
	assert_string_equal(content.files[1].path, "check/b.yaml");
	struct digest digest = code_sha256(S("a: 1\n"));
	assert_memory_equal(&content.files[0].digest, &digest, sizeof digest);
	/* SHA-256 over "path NUL hex LF" of each. */
	slice over;
	ASSERT_OK(job_format(kit_job(), &over, "check/a.yaml|%s\ncheck/b.yaml|%s\n", digest_text(&content.files[0].digest).at,
	    digest_text(&content.files[1].digest).at));
	char *at = (char *)(uintptr_t)over.at;
	for (size_t i = 0; i < over.len; i++)
		if (at[i] == '|')
			at[i] = '\0';
	digest = code_sha256(over);
	assert_memory_equal(&content.digest, &digest, sizeof digest);
}

static void
test_content_load__digest_is_stable_and_moves_with_every_byte(void **state)
{
	(void)state;
	(void)kit_fresh();
	struct content one = KIT_CONTENT({"check/a.yaml", "a: 1\n"}, {"check/b.yaml", "b: 1\n"});
	struct content same = KIT_CONTENT({"check/b.yaml", "b: 1\n"}, {"check/a.yaml", "a: 1\n"});
	assert_memory_equal(&one.digest, &same.digest, sizeof one.digest);
	struct content others[] = {KIT_CONTENT({"check/a.yaml", "a: 2\n"}, {"check/b.yaml", "b: 1\n"}),
	    KIT_CONTENT({"check/a.yaml", "a: 1\n"}), KIT_CONTENT({"check/a.yaml", "b: 1\n"}, {"check/b.yaml", "a: 1\n"}),
	    KIT_CONTENT({"check/a.yaml", "a: 1\n"}, {"check/c.yaml", "b: 1\n"})};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		assert_memory_not_equal(&one.digest, &others[i].digest, sizeof one.digest);
}

static void
test_content_load__an_overlay_replaces_and_adds(void **state)
{
	struct content content;
	(void)state;
	(void)kit_fresh();
	const char *dir = kit_texts((const struct kit_text[]){{"check/a.yaml", "a: 1\n"}, {"check/b.yaml", "b: 1\n"}}, 2);
	const char *overlay = kit_texts((const struct kit_text[]){{"check/b.yaml", "b: ours\n"}, {"check/c.yaml", "c: ours\n"}}, 2);
	ASSERT_OK(content_load(kit_job(), dir, overlay, &content));
	assert_int_equal(content.len, 3);
	ASSERT_SLICE(content.files[0].text, "a: 1\n");
	ASSERT_SLICE(content.files[1].text, "b: ours\n");
	assert_true(slice_starts(slice_of(content.files[1].from), slice_of(overlay)));
	ASSERT_SLICE(content.files[2].text, "c: ours\n");
	/* No overlay folder is no overlay. */
	kit_rmdir(overlay);
	ASSERT_OK(content_load(kit_job(), dir, overlay, &content));
	assert_int_equal(content.len, 2);
	kit_rmdir(dir);
}

static void
test_content_load__refuses_what_it_cannot_keep(void **state)
{
	struct content content;
	(void)state;
	(void)kit_fresh();
	const char *dir = kit_mkdir();
	ASSERT_ERR(content_load(kit_job(), dir, NULL, &content), ERR_MISSING, "expected content files");
	kit_file(dir, "check/a.yaml", "a: \xff\n");
	ASSERT_ERR(content_load(kit_job(), dir, NULL, &content), ERR_INPUT, "check/a.yaml: content is UTF-8 text without NUL");
	kit_file(dir, "check/a.yaml", "a: 1\n");
	kit_file(dir, "a/b/c/d/e/f.yaml", "a: 1\n");
	ASSERT_ERR(content_load(kit_job(), dir, NULL, &content), ERR_LIMIT, "at most 4 deep");
	kit_rmdir(dir);
	ASSERT_ERR(content_load(kit_job(), dir, NULL, &content), ERR_MISSING, dir);
}

static void
test_content_pack__comes_back_the_same(void **state)
{
	slice pack, again;
	struct content back;
	(void)state;
	(void)kit_fresh();
	struct content content =
	    KIT_CONTENT({"check/a.yaml", "a: \"quotes \\\" and \xc3\xa9\"\n"}, {"check/b.yaml", "b: |\n\ttab\r\n"}, {"empty.yaml", ""});
	ASSERT_OK(content_pack(kit_job(), &content, &pack));
	ASSERT_OK(content_unpack(kit_job(), pack, &back));
	assert_int_equal(back.len, content.len);
	for (size_t i = 0; i < back.len; i++) {
		assert_string_equal(back.files[i].path, content.files[i].path);
		assert_true(slice_same(back.files[i].text, content.files[i].text));
	}
	assert_memory_equal(&back.digest, &content.digest, sizeof back.digest);
	ASSERT_OK(content_pack(kit_job(), &back, &again));
	assert_true(slice_same(pack, again));
}

static void
test_content_unpack__refuses_other_bytes(void **state)
{
	static const struct {
		const char *pack, *words;
	} refused[] = {{"", "content set"}, {"[]", "content set"}, {"{}", "files"}, {"{\"files\":[]}", "files"},
	    {"{\"files\":{}}", "expected files"}, {"{\"files\":{\"a.yaml\":1}}", "a.yaml: expected a file's text"},
	    {"{\"files\":{\"a.yaml\":\"\"},\"more\":1}", "more"}, {"{\"files\":{\"a.yaml\":\"\",\"a.yaml\":\"\"}}", "content set"}};
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct content content = {.len = 77};
		(void)kit_fresh();
		ASSERT_ERR(content_unpack(kit_job(), slice_of(refused[i].pack), &content), ERR_INPUT, refused[i].words);
		assert_int_equal(content.len, 77);
	}
}

static void
test_content_find__prefers_what_is_given(void **state)
{
	const char *dir = NULL, *found = NULL;
	(void)state;
	(void)kit_fresh();
	dir = kit_mkdir();
	ASSERT_OK(content_find(kit_job(), dir, &found));
	assert_string_equal(found, dir);
	kit_rmdir(dir);
	ASSERT_ERR(content_find(kit_job(), dir, &found), ERR_MISSING, "expected a folder of content");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_content_load__takes_yaml_sorted_with_its_digest),
	    cmocka_unit_test(test_content_load__digest_is_stable_and_moves_with_every_byte),
	    cmocka_unit_test(test_content_load__an_overlay_replaces_and_adds),
	    cmocka_unit_test(test_content_load__refuses_what_it_cannot_keep),
	    cmocka_unit_test(test_content_pack__comes_back_the_same),
	    cmocka_unit_test(test_content_unpack__refuses_other_bytes),
	    cmocka_unit_test(test_content_find__prefers_what_is_given),
	};
	return KIT_TESTS(tests);
}
