#include "kit_collect.h"

#include <lz4frame.h>
#include <zlib.h>

#include "base/pack.h"
#include "collect/collect_deb822.h"

static void
test_collect_deb822__stanzas_know_their_line(void **state)
{
	(void)state;
	slice rest = S("\n\nA: 1\nB: 2\n\n \nA: 3"), stanza;
	unsigned line = 1, first;
	assert_true(collect_deb822_next(&rest, &line, &stanza, &first));
	ASSERT_SLICE(stanza, "A: 1\nB: 2");
	assert_int_equal(first, 3);
	assert_true(collect_deb822_next(&rest, &line, &stanza, &first));
	ASSERT_SLICE(stanza, "A: 3");
	assert_int_equal(first, 7);
	assert_false(collect_deb822_next(&rest, &line, &stanza, &first));
}

static void
test_collect_deb822__fields_run_over_lines(void **state)
{
	(void)state;
	slice stanza = S("Types: deb\n# words\nURIs: http://a\n http://b\n# inner\n\thttp://c\nno colon\nLast:"), name, value;
	assert_true(collect_deb822_field(&stanza, &name, &value));
	ASSERT_SLICE(value, "deb");
	assert_true(collect_deb822_field(&stanza, &name, &value));
	ASSERT_SLICE(name, "URIs");
	assert_true(slice_starts(value, S("http://a\n http://b")) && slice_ends(value, S("http://c")));
	assert_true(collect_deb822_field(&stanza, &name, &value));
	ASSERT_SLICE(name, "Last");
	ASSERT_SLICE(value, "");
	assert_false(collect_deb822_field(&stanza, &name, &value));
	assert_true(collect_deb822_get(S("A: 1\nb: 2"), "B", &value));
	assert_false(collect_deb822_get(S("A: 1"), "B", &value));
}

static err
count_visit(struct job *job, void *to, slice stanza)
{
	(void)job;
	size_t *count = to;
	assert_true(slice_starts(stanza, S("Package: ")));
	(*count)++;
	return OK;
}

/* Many stanzas, larger than every buffer of the reader. */
static slice
many(struct job *job, size_t count)
{
	struct buf text = buf_open(job, "many", 64 * MIB);
	slice made;
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "Package: p%zu\nVersion: %zu\nDescription: a text that is the same for all of them\n\n", i, i);
	ASSERT_OK(buf_end(&text, &made));
	return made;
}

static void
test_collect_deb822__streams_plain_lz4_gzip_and_zstd(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_deb822_reader reader = {.job = job};
	slice text = many(job, 60000), packed;
	size_t count = 0;
	ASSERT_OK(collect_deb822_bytes(&reader, "plain", text, count_visit, &count));
	assert_int_equal(count, 60000);
	ASSERT_OK(pack_zstd(job, text, 1, &packed));
	ASSERT_OK(collect_deb822_bytes(&reader, "zstd", packed, count_visit, &count));
	assert_int_equal(count, 120000);
	size_t room = LZ4F_compressFrameBound(text.len, NULL);
	char *at;
	ASSERT_OK(NEW(job, room, &at));
	size_t len = LZ4F_compressFrame(at, room, text.at, text.len, NULL);
	assert_false(LZ4F_isError(len));
	ASSERT_OK(collect_deb822_bytes(&reader, "lz4", slice_bytes(at, len), count_visit, &count));
	assert_int_equal(count, 180000);
	z_stream stream = {
	    .next_in = (Bytef *)(uintptr_t)text.at, .avail_in = (uInt)text.len, .next_out = (Bytef *)at, .avail_out = (uInt)room};
	assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	ASSERT_OK(collect_deb822_bytes(&reader, "gzip", slice_bytes(at, stream.total_out), count_visit, &count));
	assert_int_equal(count, 240000);
	ASSERT_ERR(collect_deb822_bytes(&reader, "cut", slice_bytes(at, stream.total_out / 2), count_visit, &count), ERR_INPUT, "gzip");
	deflateEnd(&stream);
	len = LZ4F_compressFrame(at, room, text.at, text.len, NULL);
	ASSERT_ERR(collect_deb822_bytes(&reader, "cut", slice_bytes(at, len / 2), count_visit, &count), ERR_INPUT, "cut");
}

static void
test_collect_deb822__reads_a_packed_file(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect collect = {0};
	struct collect_deb822_reader reader = {.job = job};
	const char *root = kit_mkdir();
	size_t count = 0;
	kit_file(root, "/a/plain_Packages", "Package: a\n\nPackage: b\n");
	ASSERT_OK(fs_root_open(job, root, &collect.root));
	ASSERT_OK(collect_deb822_stream(&reader, &collect, "/a/plain_Packages", count_visit, &count));
	assert_int_equal(count, 2);
	ASSERT_ERR(collect_deb822_stream(&reader, &collect, "/a/none", count_visit, &count), ERR_MISSING, "none");
	fs_root_close(&collect.root);
	kit_rmdir(root);
}

static void
test_collect_deb822__refuses_other_packings_and_damage(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_deb822_reader reader = {.job = job};
	size_t count = 0;
	ASSERT_ERR(collect_deb822_bytes(&reader, "x",
		       S("\xfd"
			 "7zXZ\0rest"),
		       count_visit, &count),
	    ERR_INPUT, "another packing");
	ASSERT_ERR(collect_deb822_bytes(&reader, "g", S("\x1f\x8b\x08zzzz"), count_visit, &count), ERR_INPUT, "gzip");
	ASSERT_ERR(collect_deb822_bytes(&reader, "l", S("\x04\x22\x4d\x18zzzzzzzzzzzzzzzz"), count_visit, &count), ERR_INPUT, "lz4");
	assert_int_equal(count, 0);
}

static void
test_collect_deb822__refuses_an_endless_stanza(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_deb822_reader reader = {.job = job};
	char *at;
	size_t count = 0;
	ASSERT_OK(NEW(job, 3 * MIB, &at));
	memset(at, 'x', 3 * MIB);
	ASSERT_ERR(collect_deb822_bytes(&reader, "long", slice_bytes(at, 3 * MIB), count_visit, &count), ERR_LIMIT, "stanza");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_deb822__stanzas_know_their_line),
	    cmocka_unit_test(test_collect_deb822__fields_run_over_lines),
	    cmocka_unit_test(test_collect_deb822__streams_plain_lz4_gzip_and_zstd),
	    cmocka_unit_test(test_collect_deb822__reads_a_packed_file),
	    cmocka_unit_test(test_collect_deb822__refuses_other_packings_and_damage),
	    cmocka_unit_test(test_collect_deb822__refuses_an_endless_stanza),
	};
	return KIT_TESTS(tests);
}
