#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_authorized_key.h"

extern const struct collector collect_authorized_key;

static void
test_collect_authorized_key__keeps_a_fingerprint_and_names_of_options(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/usr/sbin/sshd", "OpenSSH_9.2p1");
	kit_file(root, "/etc/ssh/sshd_config", "AuthorizedKeysFile .ssh/authorized_keys /etc/keys/%u\n");
	kit_file(root, "/etc/passwd", "jane:x:1000:1000::/home/jane:/bin/sh\n");
	kit_file(root, "/home/jane/.ssh/authorized_keys",
	    "# comment\ncommand=\"/bin/x --pw hunter2, y\",from=\"10.0.0.1\",no-pty ssh-ed25519 "
	    "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA jane@laptop\nssh-rsa AAAAjunk x\njunk\n");
	kit_file(root, "/etc/keys/jane", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
	kit_collect(&got, &collect_authorized_key, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	assert_int_equal(got.rows[0].len, 2);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"jane\",\"/home/jane/.ssh/authorized_keys\",2,\"ssh-ed25519\",256,\"SHA256:");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"command,from,no-pty\",\"0644\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"jane\",\"/etc/keys/jane\",1,");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	ASSERT_ROWS_LACK(&got.rows[0], "10.0.0.1");
	ASSERT_ROWS_LACK(&got.rows[0], "laptop");
	ASSERT_ROWS_LACK(&got.rows[0], "AAAAC3");
	kit_rmdir(root);
}

static void
test_collect_authorized_key__takes_patterns_where_sshd_does(void **state)
{
	(void)state;
	static const char key[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/usr/sbin/sshd", "OpenSSH_9.2p1");
	kit_file(root, "/etc/ssh/sshd_config", "AuthorizedKeysFile .ssh/keys.d/*.pub\n");
	kit_file(root, "/etc/passwd", "jane:x:1000:1000::/home/jane:/bin/sh\n");
	kit_file(root, "/home/jane/.ssh/keys.d/a.pub", key);
	kit_file(root, "/home/jane/.ssh/keys.d/b.pub", key);
	kit_collect(&got, &collect_authorized_key, root);
	assert_int_equal(got.rows[0].len, 0);
	kit_file(root, "/usr/sbin/sshd", "OpenSSH_10.0p2");
	kit_collect(&got, &collect_authorized_key, root);
	assert_int_equal(got.rows[0].len, 2);
	kit_rmdir(root);
}

static void
test_collect_authorized_key__absent_and_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_authorized_key, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_file(root, "/usr/sbin/sshd", "OpenSSH_9.2p1");
	kit_collect(&got, &collect_authorized_key, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_file(root, "/etc/ssh/sshd_config", "");
	kit_file(root, "/etc/passwd", "jane:x:1000:1000::/home/jane:/bin/sh\njoe:x:1001:1001::/home/joe:/bin/sh\n");
	kit_hostile(root, "/home/jane/.ssh/authorized_keys", "ssh-ed25519 AAAA\nssh-rsa AAAAB3NzaC1yc2EAAAAAAAAA\n");
	kit_file(root, "/home/joe/.ssh/authorized_keys/folder", "");
	kit_collect(&got, &collect_authorized_key, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_authorized_key__keeps_a_fingerprint_and_names_of_options),
	    cmocka_unit_test(test_collect_authorized_key__takes_patterns_where_sshd_does),
	    cmocka_unit_test(test_collect_authorized_key__absent_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
