#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_shadow.h"

extern const struct collector collect_shadow;

static void
test_collect_shadow__says_states_and_never_a_hash(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/passwd", "root:x:0:0::/:/bin/sh\nold::7:7::/:/bin/sh\n");
	kit_file(root, "/etc/shadow",
	    "root:$y$j9T$SALT$HASHED:20000:0:99999:7:::\nopen::20000:1:90:7:14:20100:\nshut:!$6$SALT$HASHED:0:::::\nnobody:*:20000:0:99999:"
	    "7:::\nnew:!::::::\n");
	kit_collect(&got, &collect_shadow, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"root\",\"set\",\"yescrypt\",1728000000000000,0,null,7,null,null]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"open\",\"empty\",\"\",1728000000000000,1,90,7,14,1736640000000000]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"shut\",\"locked\",\"sha512\",0,");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"nobody\",\"none\",\"\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"new\",\"locked\",\"\",null");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"old\",\"empty\"");
	ASSERT_ROWS_LACK(&got.rows[0], "HASHED");
	ASSERT_ROWS_LACK(&got.rows[0], "SALT");
	kit_rmdir(root);
}

static void
test_collect_shadow__could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/passwd", "root:x:0:0::/:/bin/sh\n");
	kit_collect(&got, &collect_shadow, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_hostile(root, "/etc/shadow", "");
	kit_collect(&got, &collect_shadow, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_shadow__says_states_and_never_a_hash),
	    cmocka_unit_test(test_collect_shadow__could_not_look),
	};
	return KIT_TESTS(tests);
}
