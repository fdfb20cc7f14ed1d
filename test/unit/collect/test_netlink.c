#include "kit_collect.h"

#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "collect/collect_netlink.h"

static void
test_collect_netlink__walks_messages_and_attributes(void **state)
{
	(void)state;
	struct {
		struct nlmsghdr head;
		uint32_t fixed;
		struct nlattr attribute;
		uint32_t value;
	} message = {{sizeof message, 16, 0, 1, 0}, 7, {8, 3 | NLA_F_NESTED}, 42};
	slice rest = slice_bytes(&message, sizeof message), body, value;
	uint16_t type;
	uint32_t fixed;
	assert_true(collect_netlink_next(&rest, &type, &body));
	assert_int_equal(type, 16);
	assert_true(collect_netlink_fixed(body, &fixed, sizeof fixed, &body));
	assert_int_equal(fixed, 7);
	assert_true(collect_netlink_attribute(&body, &type, &value));
	assert_int_equal(type, 3);
	assert_int_equal(collect_netlink_u32(value), 42);
	assert_false(collect_netlink_attribute(&body, &type, &value));
	assert_false(collect_netlink_next(&rest, &type, &body));
}

static void
test_collect_netlink__refuses_lengths_that_do_not_fit(void **state)
{
	(void)state;
	struct nlmsghdr message = {.nlmsg_len = 4096};
	struct nlattr attribute = {.nla_len = 3};
	slice rest = slice_bytes(&message, sizeof message), body;
	uint16_t type;
	uint32_t number;
	assert_false(collect_netlink_next(&rest, &type, &body));
	rest = slice_bytes(&attribute, sizeof attribute);
	assert_false(collect_netlink_attribute(&rest, &type, &body));
	assert_false(collect_netlink_fixed(S("abc"), &number, sizeof number, &body));
	assert_int_equal(collect_netlink_u32(S("abc")), 0);
}

/* The loopback interface is there for every user in every namespace. */
static void
test_collect_netlink__dumps_from_the_kernel(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct ifinfomsg links = {.ifi_family = AF_UNSPEC};
	slice answer, body;
	uint16_t type;
	ASSERT_OK(collect_netlink_dump(job, NETLINK_ROUTE, RTM_GETLINK, NLM_F_DUMP, slice_bytes(&links, sizeof links), &answer));
	assert_true(collect_netlink_next(&answer, &type, &body));
	assert_int_equal(type, RTM_NEWLINK);
}

static void
test_collect_netlink__says_what_the_kernel_refuses(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	slice answer;
	ASSERT_ERR(collect_netlink_dump(job, NETLINK_ROUTE, 9999, NLM_F_DUMP, S(""), &answer), ERR_MISSING, "netlink");
}

static void
test_collect_netlink__asks_again_when_the_list_changed(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct nlmsghdr one = {.nlmsg_len = sizeof one, .nlmsg_type = RTM_NEWLINK, .nlmsg_flags = NLM_F_MULTI};
	struct nlmsghdr done = {.nlmsg_len = sizeof done, .nlmsg_type = NLMSG_DONE, .nlmsg_flags = NLM_F_MULTI | NLM_F_DUMP_INTR};
	bool last = false, again = false;
	struct buf all = buf_open(job, "answer", KIB);
	ASSERT_OK(collect_netlink_take(job, &all, slice_bytes(&one, sizeof one), &last, &again));
	assert_false(last || again);
	ASSERT_OK(collect_netlink_take(job, &all, slice_bytes(&done, sizeof done), &last, &again));
	assert_true(last && again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_netlink__walks_messages_and_attributes),
	    cmocka_unit_test(test_collect_netlink__refuses_lengths_that_do_not_fit),
	    cmocka_unit_test(test_collect_netlink__dumps_from_the_kernel),
	    cmocka_unit_test(test_collect_netlink__says_what_the_kernel_refuses),
	    cmocka_unit_test(test_collect_netlink__asks_again_when_the_list_changed),
	};
	return KIT_TESTS(tests);
}
