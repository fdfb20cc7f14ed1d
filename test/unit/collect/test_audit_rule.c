#include "kit_collect.h"
#include "kit_hostile.h"

#include <linux/audit.h>

#include "collect/table/collect_audit_rule.h"

extern const struct collector collect_audit_rule;

static void
test_collect_audit_rule__parses_what_auditctl_takes(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	struct audit_rule rule;
	(void)got;
	assert_true(audit_line(kit_job(), S("-w /etc/passwd -p wa -k identity"), &rule));
	ASSERT_SLICE(rule.kind, "watch");
	ASSERT_SLICE(rule.fields, "path=/etc/passwd perm=wa");
	ASSERT_SLICE(rule.key, "identity");
	assert_true(audit_line(kit_job(), S("-a always,exit -F arch=b64 -S execve -F auid>=1000 -F key=ex"), &rule));
	ASSERT_SLICE(rule.action, "always");
	ASSERT_SLICE(rule.filter, "exit");
	ASSERT_SLICE(rule.fields, "arch=b64 syscall=execve auid>=1000");
	ASSERT_SLICE(rule.key, "ex");
	assert_true(audit_line(kit_job(), S("-e 2"), &rule));
	ASSERT_SLICE(rule.kind, "enabled");
	ASSERT_SLICE(rule.action, "2");
	assert_false(audit_line(kit_job(), S("-w"), &rule));
	assert_false(audit_line(kit_job(), S("hello there"), &rule));
	kit_rmdir(root);
}

static void
test_collect_audit_rule__refuses_payloads_that_break_their_bounds(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	struct audit_rule rule;
	struct audit_rule_data data = {.flags = 4, .action = 2, .field_count = 1, .buflen = 6};
	char bytes[sizeof data + 6];
	(void)got;
	data.fields[0] = AUDIT_WATCH;
	data.fieldflags[0] = AUDIT_EQUAL;
	data.values[0] = 6;
	memcpy(bytes, &data, sizeof data);
	memcpy(bytes + sizeof data, "/a/b/c", 6);
	assert_true(audit_payload(kit_job(), slice_bytes(bytes, sizeof bytes), &rule));
	assert_true(slice_has(rule.fields, S("path=/a/b/c")));
	ASSERT_SLICE(rule.filter, "exit");
	assert_false(audit_payload(kit_job(), slice_bytes(bytes, sizeof bytes - 1), &rule));
	data.values[0] = 7;
	memcpy(bytes, &data, sizeof data);
	assert_false(audit_payload(kit_job(), slice_bytes(bytes, sizeof bytes), &rule));
	data.field_count = 65;
	memcpy(bytes, &data, sizeof data);
	assert_false(audit_payload(kit_job(), slice_bytes(bytes, sizeof bytes), &rule));
	kit_rmdir(root);
}

static void
test_collect_audit_rule__a_tree_without_a_kernel_could_not_look(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	kit_fresh();
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_audit_rule, root);
	ASSERT_STATE(&got.rows[0], READING_ABSENT);
	kit_file(root, "/etc/audit/rules.d/a.rules", "-w /x -k y\n");
	kit_collect(&got, &collect_audit_rule, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_audit_rule__parses_what_auditctl_takes),
	    cmocka_unit_test(test_collect_audit_rule__refuses_payloads_that_break_their_bounds),
	    cmocka_unit_test(test_collect_audit_rule__a_tree_without_a_kernel_could_not_look),
	};
	return KIT_TESTS(tests);
}
