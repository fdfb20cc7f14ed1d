#include "kit_collect.h"

#include "base/buf.h"
#include "kit_hostile.h"

#include "collect/table/collect_sshd_setting.h"

extern const struct collector collect_sshd_setting;

/* A tree with sshd 9.2 and this configuration. */
static const char *
fixture(const char *config)
{
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/usr/sbin/sshd", "junk OpenSSH_9.2 x OpenSSH_9.2p1 Debian");
	if (config != NULL)
		kit_file(root, "/etc/ssh/sshd_config", config);
	return root;
}

static void
test_collect_sshd_setting__first_value_wins_and_defaults_are_rows(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root =
	    fixture("permitrootlogin without-password\nPermitRootLogin yes\nLoginGraceTime 1h30m\nChallengeResponseAuthentication no\n");
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"permitrootlogin\",\"\",0,\"prohibit-password\",\"/etc/ssh/sshd_config\",1,\"file\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "\"permitrootlogin\",\"\",0,\"yes\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"logingracetime\",\"\",0,\"5400\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"kbdinteractiveauthentication\",\"\",0,\"no\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"passwordauthentication\",\"\",0,\"yes\",\"\",0,\"default\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"kexalgorithms\",\"\",10,\"diffie-hellman-group14-sha256\",\"\",0,\"default\"]");
	kit_rmdir(root);
}

static void
test_collect_sshd_setting__includes_in_place_and_ends_their_match(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("Include sshd_config.d/*.conf\nPermitRootLogin yes\nX11Forwarding yes\n");
	kit_file(root, "/etc/ssh/sshd_config.d/10-a.conf", "PermitRootLogin no\nMatch User bob\n  PasswordAuthentication no\n");
	kit_file(root, "/etc/ssh/sshd_config.d/20-b.conf", "PasswordAuthentication yes\n");
	kit_file(root, "/etc/ssh/sshd_config.d/.hidden.conf", "MaxAuthTries 99\n");
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"permitrootlogin\",\"\",0,\"no\",\"/etc/ssh/sshd_config.d/10-a.conf\",1,\"file\"]");
	ASSERT_ROWS_HAVE(
	    &got.rows[0], "[\"passwordauthentication\",\"user bob\",0,\"no\",\"/etc/ssh/sshd_config.d/10-a.conf\",3,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"passwordauthentication\",\"\",0,\"yes\",\"/etc/ssh/sshd_config.d/20-b.conf\",1,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"x11forwarding\",\"\",0,\"yes\"");
	ASSERT_ROWS_LACK(&got.rows[0], "\"99\"");
	kit_rmdir(root);
}

static void
test_collect_sshd_setting__match_all_comes_before_the_main_part(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture(
	    "PermitRootLogin no\nCiphers aes256-ctr\nMatch all\nPermitRootLogin yes\nCiphers 3des-cbc\nMatch User x\nPermitRootLogin no\n");
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"permitrootlogin\",\"\",0,\"yes\",\"/etc/ssh/sshd_config\",4,\"file\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "\"user x\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"ciphers\",\"\",0,\"aes256-ctr\"");
	ASSERT_ROWS_LACK(&got.rows[0], "3des");
	kit_rmdir(root);
}

static void
test_collect_sshd_setting__signs_change_the_default_list(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("Ciphers -*ctr,chacha20*\nMACs +hmac-md5\nKexAlgorithms ^diffie-hellman-group14-sha256\n");
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"ciphers\",\"\",0,\"aes128-gcm@openssh.com\"");
	ASSERT_ROWS_LACK(&got.rows[0], "\"ciphers\",\"\",2");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"macs\",\"\",10,\"hmac-md5\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"kexalgorithms\",\"\",0,\"diffie-hellman-group14-sha256\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"kexalgorithms\",\"\",1,\"sntrup761x25519-sha512\"");
	ASSERT_ROWS_LACK(&got.rows[0], "\"kexalgorithms\",\"\",11");
	kit_rmdir(root);
}

static void
test_collect_sshd_setting__the_command_line_comes_first_and_secrets_stay_out(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("Port 99\nMaxAuthTries 6\nSetEnv TOKEN=hunter2 B=\"hunter2 x\"\nForceCommand /bin/x --pw "
				   "hunter2\nSubsystem sftp internal-sftp -l INFO\n"
				   "Subsystem y /bin/y hunter2\n");
	kit_file(root, "/etc/default/ssh", "SSHD_OPTS=\"-p 2222 -o MaxAuthTries=3 -4\"\n");
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"port\",\"\",0,\"2222\",\"/etc/default/ssh\",1,\"file\"]");
	ASSERT_ROWS_LACK(&got.rows[0], "\"99\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"maxauthtries\",\"\",0,\"3\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"addressfamily\",\"\",0,\"inet\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"setenv\",\"\",0,\"TOKEN\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"subsystem\",\"\",0,\"sftp internal-sftp -l INFO\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"subsystem\",\"\",1,\"y /bin/y\"");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	kit_rmdir(root);
}

static void
test_collect_sshd_setting__knows_the_versions_defaults(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("");
	kit_file(root, "/usr/sbin/sshd", "OpenSSH_10.0p2 Debian-7");
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"kexalgorithms\",\"\",0,\"mlkem768x25519-sha256\"");
	ASSERT_ROWS_LACK(&got.rows[0], "diffie-hellman");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"persourcepenalties\"");
	kit_rmdir(root);
	assert_int_equal(sshd_version(S("OpenSSH_9.6p1")), 906);
	assert_int_equal(sshd_version(S("OpenSSH_2.*,OpenSSH_")), 0);
}

static void
test_collect_sshd_setting__absent_or_could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture(NULL);
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_file(root, "/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config\n");
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
	root = kit_mkdir();
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_rmdir(root);
}

static void
test_collect_sshd_setting__survives_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root = fixture("");
	kit_hostile(root, "/etc/ssh/sshd_config",
	    "Ciphers +\nKexAlgorithms ^\nMACs -*\nPort\nRekeyLimit 9999999999999999999G 1x\nMatch\nMatch User\nAllowUsers \"a\n");
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK); /* a line of more words than are kept */
	kit_rmdir(root);
}

static void
test_collect_sshd_setting__no_word_is_left_out_in_silence(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	struct buf buf = buf_open(kit_job(), "line", MIB);
	slice text;
	buf_text(&buf, "AllowUsers");
	for (int i = 0; i < 600; i++)
		buf_printf(&buf, " u%d", i);
	buf_byte(&buf, '\0');
	ASSERT_OK(buf_end(&buf, &text));
	kit_file(root, "/usr/sbin/sshd", "OpenSSH_9.2p1");
	kit_file(root, "/etc/ssh/sshd_config", text.at);
	kit_collect(&got, &collect_sshd_setting, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_sshd_setting__first_value_wins_and_defaults_are_rows),
	    cmocka_unit_test(test_collect_sshd_setting__includes_in_place_and_ends_their_match),
	    cmocka_unit_test(test_collect_sshd_setting__match_all_comes_before_the_main_part),
	    cmocka_unit_test(test_collect_sshd_setting__signs_change_the_default_list),
	    cmocka_unit_test(test_collect_sshd_setting__the_command_line_comes_first_and_secrets_stay_out),
	    cmocka_unit_test(test_collect_sshd_setting__knows_the_versions_defaults),
	    cmocka_unit_test(test_collect_sshd_setting__absent_or_could_not_look),
	    cmocka_unit_test(test_collect_sshd_setting__survives_hostile_bytes),
	    cmocka_unit_test(test_collect_sshd_setting__no_word_is_left_out_in_silence),
	};
	return KIT_TESTS(tests);
}
