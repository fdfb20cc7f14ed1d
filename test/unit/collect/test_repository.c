#include "kit_collect.h"

#include "collect/table/collect_openpgp.h"
#include "collect/table/collect_repository.h"

extern const struct collector collect_repository;

/* A key of 2024-01-01 that ends 2027-01-01T12:00:00Z, and a Release file it signed. */
static const char test_key[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n"
			       "mDMEZZIAgBYJKwYBBAHaRw8BAQdAKH/vOf0uZGBRxf3OcPSr4ZwMUOsOnZ8LYOZU\n"
			       "HByfENK0IkFyY2hpdmUgVGVzdCA8YXJjaGl2ZUBleGFtcGxlLm9yZz6IlgQTFggA\n"
			       "PhYhBEjXKtqT7Oom0GD8ds1iQaeZY9MjBQJlkgCAAhsDBQkFpZTABQsJCAcCBhUK\n"
			       "CQgLAgQWAgMBAh4BAheAAAoJEM1iQaeZY9MjHyoBANSxnXcYq6KZiJEvOyAaL38L\n"
			       "QM/IL+R0zFkM6Ctv17UsAQCgcg4hmxzLhrRIk7Ngd9O3XCaArfA+lnLevu5R/iMO\n"
			       "DA==\n=8K+w\n-----END PGP PUBLIC KEY BLOCK-----\n";
static const char test_release[] = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
				   "Origin: Example\nLabel: Example-Security\nSuite: stable-security\nCodename: tester-security\n"
				   "Date: Sat, 21 Nov 2026 01:32:04 UTC\nValid-Until: Sat, 28 Nov 2026 01:32:04 UTC\n"
				   "-----BEGIN PGP SIGNATURE-----\n\n"
				   "iHUEARYIAB0WIQRI1yrak+zqJtBg/HbNYkGnmWPTIwUCZlpkgAAKCRDNYkGnmWPT\n"
				   "I1zjAP0coK2DzLfaE4596GGlMo6QOR0BnG2buA46G4Q8XObPBAD/WUNSqsntcFhE\n"
				   "qZOsXWwY9z2k90xnEAf6xLSuxsN3DAM=\n=Ajwl\n-----END PGP SIGNATURE-----\n";

static void
test_collect_repository__reads_lists_keys_and_dates(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/etc/apt/sources.list",
	    "# words\ndeb [arch=amd64 signed-by=/usr/share/keyrings/k.asc] http://user:hunter2@deb.example.org/security tester-security "
	    "main contrib\n"
	    "deb-src https://deb.example.org/ stable main # more words\ndeb [trusted=yes] file:/srv/repo ./\n");
	kit_file(root, "/usr/share/keyrings/k.asc", test_key);
	kit_file(root, "/var/lib/apt/lists/deb.example.org_security_dists_tester-security_InRelease", test_release);
	kit_collect(&got, &collect_repository, root);
	assert_int_equal(got.rows[0].len, 3);
	ASSERT_ROWS_HAVE(&got.rows[0],
	    "[\"/etc/apt/sources.list\",2,\"http://deb.example.org/security\",\"tester-security\",\"deb\",\"main contrib\",1,0,"
	    "\"/usr/share/keyrings/k.asc\",1798804800000000,1795224724000000,1795829524000000,0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "3,\"https://deb.example.org/\",\"stable\",\"deb-src\",\"main\",1,0,\"\",null,null,null,1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "4,\"file:/srv/repo\",\"./\",\"deb\",\"\",1,1,\"\",null,null,null,1]");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_repository__reads_stanzas(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	slice text;
	kit_file(root, "/etc/apt/sources.list.d/a.sources",
	    "# head\nTypes: deb deb-src\n# words\nURIs: http://a.example.org/x/\nSuites: one two\nComponents: main\nEnabled: no\n"
	    "Signed-By: /k1.gpg,\n /k2.gpg\n\nTypes: deb\nURIs: https://b.example.org\nSuites: s\nTrusted: yes\n");
	kit_file(root, "/etc/apt/sources.list.d/ignored.disabled", "Types: deb\nURIs: https://no.example.org\nSuites: s\n");
	kit_collect(&got, &collect_repository, root);
	assert_int_equal(got.rows[0].len, 3);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"/etc/apt/sources.list.d/a.sources\",1,\"http://a.example.org/x/\",\"one\",\"deb "
				       "deb-src\",\"main\",0,0,\"/k1.gpg, /k2.gpg\",");
	ASSERT_ROWS_HAVE(&got.rows[0], "11,\"https://b.example.org\",\"s\",\"deb\",\"\",1,1,");
	struct collect_repository flat = {.uri = S("https://h:81/a_b/"), .suite = S("$(ARCH)/")};
	ASSERT_OK(collect_repository_prefix(kit_job(), &flat, S("amd64"), &text));
	ASSERT_SLICE(text, "h:81_a%5fb_amd64_");
	kit_rmdir(root);
}

static void
test_collect_repository__finds_keys_of_the_system_and_in_stanzas(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	struct buf stanza = buf_open(kit_job(), "stanza", MIB);
	const char *root = kit_mkdir();
	slice rest = slice_of(test_key), line, text;
	kit_file(root, "/etc/apt/trusted.gpg.d/k.asc", test_key);
	kit_file(root, "/etc/apt/sources.list", "deb http://c.example.org s main\n");
	buf_text(&stanza, "Types: deb\nURIs: http://d.example.org\nSuites: s\nSigned-By:\n");
	while (slice_cut(&rest, '\n', &line))
		buf_printf(&stanza, " %.*s\n", SLICE(line.len == 0 ? S(".") : line));
	ASSERT_OK(buf_end(&stanza, &text));
	kit_file(root, "/etc/apt/sources.list.d/d.sources", text.at);
	kit_collect(&got, &collect_repository, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "\"http://c.example.org\",\"s\",\"deb\",\"main\",1,0,\"\",1798804800000000,");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"http://d.example.org\",\"s\",\"deb\",\"\",1,0,\"(embedded)\",1798804800000000,");
	kit_rmdir(root);
}

static void
test_collect_repository__absent_without_apt(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_repository, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_rmdir(root);
}

static void
test_collect_repository__could_not_look_at_a_folder_in_place_of_a_file(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_file(root, "/etc/apt/sources.list/x", "");
	kit_collect(&got, &collect_repository, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_repository__bears_hostile_bytes(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_repositories to = {.job = job};
	struct openpgp_key *keys;
	struct openpgp_signer *signers;
	struct collect_release release;
	size_t len;
	ASSERT_OK(collect_repository_list(&to, "p", S("deb\ndeb [\ndeb [a\ndeb [] \0 \xff\ndeb ://@ x\n")));
	ASSERT_OK(collect_repository_sources(&to, "p", S(":\nURIs:\nTypes:\n\nURIs: \xff\nSuites: \0")));
	collect_release_parse(S("-----BEGIN PGP SIGNED MESSAGE-----"), &release);
	collect_release_parse(S("Date: yesterday\nValid-Until:"), &release);
	assert_true(release.date_us == INT64_MIN);
	ASSERT_ERR(collect_openpgp_keys(job, "k", S(""), &keys, &len), ERR_INPUT, "k:");
	ASSERT_ERR(collect_openpgp_keys(job, "k", S("\x99\xff\xff\x04"), &keys, &len), ERR_INPUT, "no key");
	ASSERT_ERR(
	    collect_openpgp_keys(job, "k", S("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!\n-----END"), &keys, &len), ERR_INPUT, "no key");
	ASSERT_ERR(collect_openpgp_signers(job, "s", S("\x88\x02\x04\x00"), &signers, &len), ERR_INPUT, "s:");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_repository__reads_lists_keys_and_dates),
	    cmocka_unit_test(test_collect_repository__reads_stanzas),
	    cmocka_unit_test(test_collect_repository__finds_keys_of_the_system_and_in_stanzas),
	    cmocka_unit_test(test_collect_repository__absent_without_apt),
	    cmocka_unit_test(test_collect_repository__could_not_look_at_a_folder_in_place_of_a_file),
	    cmocka_unit_test(test_collect_repository__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
