/*
 * Roles: what is read, what is refused by file and line, and what lint finds between roles and registers.
 */
#include "access_kit.h"

#include "catalogue/catalogue.h"

static struct registry_registers
registers_of(const struct kit_content *kit)
{
	struct registry_registers registers;
	ASSERT_OK(registry_load(kit_job(), &kit->content, NULL, &registers));
	return registers;
}

static void
test_registry_role__reads_rules_scope_and_end(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct kit_content kit = {0};
	struct registry_roles roles;
	kit_registers(&kit);
	kit_roles(&kit);
	struct registry_registers registers = registers_of(&kit);
	ASSERT_OK(registry_role_load(job, &kit.content, &registers, NULL, NULL, &roles));
	assert_int_equal(roles.len, 5);
	const struct registry_role *clerk = registry_role_find(&roles, S("clerk")), *owner = registry_role_find(&roles, S("owner"));
	const struct registry_role *visitor = registry_role_find(&roles, S("visitor")), *admin = registry_role_find(&roles, S("admin"));
	const struct registry_register *risk = registry_find(&registers, S("risk")), *policy = registry_find(&registers, S("policy"));
	assert_true(clerk->any_scope && clerk->rules_len == 2 && clerk->rules[0].up_to == 0 && clerk->rules[1].shared && !clerk->rules[0].shared);
	assert_true(registry_rule_in(&clerk->rules[0], risk) && !registry_rule_in(&clerk->rules[0], policy) && !registry_rule_in(&clerk->rules[0], NULL));
	assert_true(registry_rule_does(&clerk->rules[0], S("add")) && !registry_rule_does(&clerk->rules[0], S("change")));
	assert_true(!owner->any_scope && owner->scope == LEDGER_SCOPE_SERVICE && owner->rules[0].up_to == 2);
	assert_true(visitor->read_only && visitor->expires && visitor->within.us == 10 * DAY_US);
	assert_true(registry_role_whole(admin) && !registry_role_whole(owner) && !registry_role_whole(visitor));
	assert_null(registry_role_find(&roles, S("cler")));
}

static void
test_registry_role__refuses_by_file_and_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} wrong[] = {
	    {"id: other\ntitle: X\nabout: x\nmay: [{do: any, in: any}]\n", "role/x.yaml:1: id: expected the file's own name"},
	    {"id: x\nabout: x\nmay: [{do: any, in: any}]\n", "title"},
	    {"id: x\ntitle: X\nabout: x\nmay: []\n", "at least one rule"},
	    {"id: x\ntitle: X\nabout: x\n", "may"},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [], in: any}\n", "role/x.yaml:5: do: expected any, or a list"},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [read, any], in: any}\n", "any stands alone"},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [read], in: [rsk]}\n", "there is no register \"rsk\""},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [read], in: any, up-to: cosmic}\n", "cosmic"},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [read], in: any, upto: secret}\n", "up-to"},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [read, edit], in: any}\nread-only: true\n", "found \"edit\""},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: any, in: any}\nread-only: true\n", "found any"},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [read], in: any}\nscope: planet\n", "planet"},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [read], in: any}\nexpires-within: soon\n", "P90D"},
	    {"id: x\ntitle: X\nabout: x\nmay:\n  - {do: [read], in: any}\nexpires-within: P0D\n", "P90D"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct job *job = kit_fresh();
		struct kit_content kit = {0};
		struct registry_roles roles;
		kit_registers(&kit);
		struct registry_registers registers = registers_of(&kit);
		kit_content_add(&kit, "role/x.yaml", wrong[i].text);
		ASSERT_ERR(registry_role_load(job, &kit.content, &registers, NULL, NULL, &roles), ERR_INPUT, wrong[i].says);
	}
}

static char told[8][512];
static size_t told_len;

static err
tell(struct job *job, void *to, err found)
{
	(void)to;
	if (found.code != ERR_NONE && told_len < 8)
		snprintf(told[told_len++], sizeof told[0], "%s", job->why);
	return OK;
}

static void
lint(struct kit_content *kit)
{
	struct registry_roles roles;
	struct registry_registers registers = registers_of(kit);
	told_len = 0;
	ASSERT_OK(registry_role_load(kit_job(), &kit->content, &registers, tell, NULL, &roles));
	ASSERT_OK(registry_role_lint(kit_job(), &registers, &roles, tell, NULL));
}

static void
test_registry_role__lint_holds_roles_and_registers_together(void **state)
{
	(void)state;
	struct kit_content good = {0}, lacking = {0}, slip = {0}, none = {0};
	(void)kit_fresh();
	kit_registers(&none);
	lint(&none);
	assert_int_equal(told_len, 0); /* no roles: nothing to hold */
	kit_registers(&good);
	kit_roles(&good);
	lint(&good);
	assert_int_equal(told_len, 0);
	/* An administrator's "any" holds nothing by name. */
	kit_registers(&lacking);
	kit_content_add(&lacking, "role/admin.yaml", "id: admin\ntitle: A\nabout: x\nmay:\n  - {do: any, in: any, up-to: top-secret}\n");
	lint(&lacking);
	assert_int_equal(told_len, 4);
	assert_non_null(strstr(told[0], "\"accept-risk\" in risk"));
	assert_non_null(strstr(told[1], "\"read-note\" in risk"));
	assert_non_null(strstr(told[2], "\"write-note\" in risk"));
	assert_non_null(strstr(told[3], "\"read-note\" in risk")); /* the second field that wants it */
	kit_registers(&slip);
	kit_roles(&slip);
	kit_content_add(&slip, "role/slip.yaml", "id: slip\ntitle: S\nabout: x\nmay:\n  - {do: [read, accept-rsk], in: any}\n  - {do: [accept-risk], in: [policy]}\n");
	lint(&slip);
	assert_int_equal(told_len, 2);
	assert_non_null(strstr(told[0], "role/slip.yaml:5: do: no register it is for names \"accept-rsk\""));
	assert_non_null(strstr(told[1], "\"accept-risk\""));
}

/* What is shipped: an administrator, an auditor who can change nothing and whose account ends. */
static void
test_registry_role__shipped_roles_keep_their_promises(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct registry_registers registers;
	struct registry_roles roles;
	struct content content;
	size_t whole = 0;
	ASSERT_OK(content_load(job, getenv("ASSAY_CONTENT"), NULL, &content));
	ASSERT_OK(registry_load(job, &content, NULL, &registers));
	ASSERT_OK(registry_role_load(job, &content, &registers, NULL, NULL, &roles));
	ASSERT_OK(registry_role_lint(job, &registers, &roles, NULL, NULL));
	for (size_t i = 0; i < roles.len; i++)
		whole += registry_role_whole(&roles.at[i]) ? 1 : 0;
	assert_int_equal(whole, 1);
	const struct registry_role *auditor = registry_role_find(&roles, S("auditor"));
	assert_non_null(auditor);
	assert_true(auditor->read_only && auditor->expires && auditor->any_scope);
	assert_true(registry_role_find(&roles, S("guest"))->read_only);
	/* No role but the administrator's may give roles, or erase without the records officer's. */
	for (size_t i = 0; i < roles.len; i++)
		for (size_t r = 0; r < roles.at[i].rules_len && !registry_role_whole(&roles.at[i]); r++) {
			assert_false(registry_rule_does(&roles.at[i].rules[r], S("grant")));
			if (registry_rule_does(&roles.at[i].rules[r], S("erase")))
				ASSERT_SLICE(roles.at[i].id, "records-officer");
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_registry_role__reads_rules_scope_and_end),
	    cmocka_unit_test(test_registry_role__refuses_by_file_and_line),
	    cmocka_unit_test(test_registry_role__lint_holds_roles_and_registers_together),
	    cmocka_unit_test(test_registry_role__shipped_roles_keep_their_promises),
	};
	return KIT_TESTS(tests);
}
