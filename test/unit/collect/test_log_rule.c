#include "kit_collect.h"
#include "kit_hostile.h"

#include "collect/table/collect_log_rule.h"

extern const struct collector collect_log_rule;

static void
test_collect_log_rule__reads_both_languages_of_rsyslog(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/rsyslog.conf",
	    "global(\n DefaultNetstreamDriver=\"gtls\"\n)\n$IncludeConfig /etc/rsyslog.d/*.conf\n*.* @@(o)logs.example:6514;fmt\nmail.err "
	    "@udp.example\nif $x == 'a' then action(type=\"omfile\" file=\"/var/log/y\")\n*.* action(type=\"omfwd\"\n target=\"h\" "
	    "port=\"10\" protocol=\"TCP\" StreamDriverMode=\"1\")\n");
	kit_file(root, "/etc/rsyslog.d/a.conf",
	    "auth.* -/var/log/auth.log\n*.emerg :omusrmsg:*\n*.alert :omusrmsg:jane,joe\n*.alert jane\n*.* "
	    ":ommysql:db.example,Syslog,jane,hunter2\n"
	    "*.* >db.example,Syslog,jane,hunter2\nmail.* ^/bin/tell --key hunter2\n");
	kit_collect(&got, &collect_log_rule, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"rsyslog\",\"/etc/rsyslog.conf\",5,\"forward\",\"*.*\",\"logs.example:6514\",\"tcp\",1,null]");
	ASSERT_ROWS_HAVE(&got.rows[0], "6,\"forward\",\"mail.err\",\"udp.example\",\"udp\",0,null]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"/var/log/y\",\"\",null,null]");
	ASSERT_ROWS_HAVE(&got.rows[0], "8,\"forward\",\"*.*\",\"h:10\",\"tcp\",1,null]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"rsyslog\",\"/etc/rsyslog.d/a.conf\",1,\"write\",\"auth.*\",\"/var/log/auth.log\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "2,\"write\",\"*.emerg\",\":omusrmsg:*\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "4,\"write\",\"*.alert\",\"(accounts)\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "5,\"write\",\"*.*\",\":ommysql\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"^/bin/tell\"");
	ASSERT_ROWS_LACK(&got.rows[0], "jane");
	ASSERT_ROWS_LACK(&got.rows[0], "hunter2");
	ASSERT_STATE(&got.rows[1], READING_ABSENT);
	kit_rmdir(root);
}

static void
test_collect_log_rule__reads_logrotate_and_the_journal(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_file(root, "/etc/logrotate.conf",
	    "weekly\nrotate 4\ninclude /etc/logrotate.d\n/var/log/a\n/var/log/b* {\n daily\n postrotate\n  rotate 9\n endscript\n}\n");
	kit_file(root, "/etc/logrotate.d/c", "\"/var/log/c\" {\n rotate 12\n}\n");
	kit_file(root, "/usr/lib/systemd/systemd-journald", "");
	kit_file(root, "/etc/systemd/journald.conf", "[Journal]\n#Audit=maybe\nStorage=persistent\nMaxLevelStore=info\n");
	kit_file(root, "/etc/systemd/journald.conf.d/x.conf", "[Journal]\nMaxLevelStore=debug\n[Other]\nStorage=none\n");
	kit_collect(&got, &collect_log_rule, root);
	ASSERT_ROWS_HAVE(&got.rows[0], "4,\"rotate\",\"daily\",\"/var/log/b*\",\"\",null,4]");
	ASSERT_ROWS_HAVE(&got.rows[0], "\"rotate\",\"weekly\",\"/var/log/c\",\"\",null,12]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"storage\",\"persistent\",\"/etc/systemd/journald.conf\",3,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"maxlevelstore\",\"debug\",\"/etc/systemd/journald.conf.d/x.conf\",2,\"file\"]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"audit\",\"maybe\",\"\",0,\"default\"]");
	kit_rmdir(root);
}

static void
test_collect_log_rule__absent_could_not_look_and_hostile_bytes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_log_rule, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_file(root, "/etc/rsyslog.conf", "action(\n\xff.\xff \xff\n. .\n& @\n:a\n*.* action(type=\"omfwd\"");
	kit_file(root, "/etc/logrotate.conf", "{\n}\n\"\n\" {\nrotate 99999999999999999999\n");
	kit_file(root, "/etc/syslog-ng/syslog-ng.conf",
	    "@include\ndestination d { file(\ndestination x { network(\"h\" transport(\"udp\")); };\n");
	kit_collect(&got, &collect_log_rule, root);
	ASSERT_STATE(&got.rows[0], READING_READ);
	ASSERT_ROWS_HAVE(&got.rows[0], "\"forward\",\"\",\"h\",\"udp\",0,null]");
	kit_file(root, "/etc/rsyslog.conf", "$IncludeConfig /etc/rsyslog.conf\n");
	kit_collect(&got, &collect_log_rule, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_log_rule__reads_both_languages_of_rsyslog),
	    cmocka_unit_test(test_collect_log_rule__reads_logrotate_and_the_journal),
	    cmocka_unit_test(test_collect_log_rule__absent_could_not_look_and_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
