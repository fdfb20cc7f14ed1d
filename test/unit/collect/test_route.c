#include "kit_collect.h"

#include <sys/socket.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "collect/table/collect_route.h"

extern const struct collector collect_route;
extern const struct table table_interface, table_route;

/* One netlink message with attributes after a fixed part. */
struct message {
	char at[512];
	size_t len;
};

static void
message_open(struct message *message, uint16_t type, const void *fixed, size_t len)
{
	struct nlmsghdr head = {.nlmsg_type = type};
	memset(message, 0, sizeof *message);
	memcpy(message->at, &head, sizeof head);
	memcpy(message->at + NLMSG_HDRLEN, fixed, len);
	message->len = NLMSG_HDRLEN + NLMSG_ALIGN(len);
}

static void
message_add(struct message *message, uint16_t type, const void *value, size_t len)
{
	struct nlattr head = {.nla_len = (uint16_t)(NLA_HDRLEN + len), .nla_type = type};
	memcpy(message->at + message->len, &head, sizeof head);
	memcpy(message->at + message->len + NLA_HDRLEN, value, len);
	message->len += NLA_ALIGN(NLA_HDRLEN + len);
}

static slice
message_end(struct message *message)
{
	uint32_t len = (uint32_t)message->len;
	memcpy(message->at, &len, sizeof len);
	return slice_bytes(message->at, message->len);
}

static struct collect_interfaces
one_interface(struct job *job)
{
	static struct message message; /* names borrow from it */
	struct collect_interfaces interfaces;
	struct ifinfomsg link = {.ifi_index = 2, .ifi_type = 1, .ifi_flags = IFF_UP};
	message_open(&message, RTM_NEWLINK, &link, sizeof link);
	message_add(&message, IFLA_IFNAME, "eth0", 5);
	message_add(&message, IFLA_OPERSTATE, "\x06", 1);
	ASSERT_OK(collect_interfaces_parse(job, message_end(&message), &interfaces));
	return interfaces;
}

static void
test_collect_route__more_interfaces_than_kept_are_told(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct message message;
	struct collect_interfaces interfaces;
	struct ifinfomsg link = {.ifi_index = 2, .ifi_type = 1};
	struct buf all = buf_open(job, "links", 4 * MIB);
	slice text;
	message_open(&message, RTM_NEWLINK, &link, sizeof link);
	message_add(&message, IFLA_IFNAME, "eth0", 5);
	slice one = message_end(&message);
	for (int i = 0; i < 4097; i++)
		buf_add(&all, one);
	ASSERT_OK(buf_end(&all, &text));
	ASSERT_ERR(collect_interfaces_parse(job, text, &interfaces), ERR_LIMIT, "4096 network interfaces");
}

static void
test_collect_route__reads_interfaces_and_addresses(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_interfaces interfaces = one_interface(job);
	struct message message;
	struct rows rows;
	struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = 2};
	message_open(&message, RTM_NEWADDR, &address, sizeof address);
	message_add(&message, IFA_LOCAL, "\xc0\x00\x02\x07", 4);
	rows_open(&rows, job, &table_interface);
	ASSERT_OK(collect_interface_rows(&interfaces, message_end(&message), &rows));
	ASSERT_ROWS_HAVE(&rows, "[\"eth0\",\"192.0.2.7\",\"ipv4\",24,\"up\",\"ethernet\"]");
}

static void
test_collect_route__an_interface_without_address_has_a_row(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_interfaces interfaces = one_interface(job);
	struct rows rows;
	rows_open(&rows, job, &table_interface);
	ASSERT_OK(collect_interface_rows(&interfaces, S(""), &rows));
	ASSERT_ROWS_HAVE(&rows, "[\"eth0\",\"\",\"\",0,\"up\",\"ethernet\"]");
}

static void
test_collect_route__reads_routes_of_the_main_table(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_interfaces interfaces = one_interface(job);
	struct message message;
	struct rows rows;
	uint32_t index = 2, metric = 100;
	struct rtmsg route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST};
	rows_open(&rows, job, &table_route);
	message_open(&message, RTM_NEWROUTE, &route, sizeof route);
	message_add(&message, RTA_GATEWAY, "\xc0\x00\x02\x01", 4);
	message_add(&message, RTA_OIF, &index, 4);
	message_add(&message, RTA_PRIORITY, &metric, 4);
	ASSERT_OK(collect_route_rows(&interfaces, message_end(&message), &rows));
	route.rtm_table = RT_TABLE_LOCAL;
	message_open(&message, RTM_NEWROUTE, &route, sizeof route);
	ASSERT_OK(collect_route_rows(&interfaces, message_end(&message), &rows));
	assert_int_equal(rows.len, 1);
	ASSERT_ROWS_HAVE(&rows, "[\"ipv4\",\"0.0.0.0\",0,\"eth0\",\"192.0.2.1\",100,1]");
}

static void
test_collect_route__could_not_look_at_another_root(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_route, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_route__bears_hostile_bytes(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct collect_interfaces interfaces = one_interface(job);
	struct message message;
	struct rows rows;
	struct rtmsg route = {.rtm_family = AF_INET6, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST};
	rows_open(&rows, job, &table_route);
	message_open(&message, RTM_NEWROUTE, &route, sizeof route);
	message_add(&message, RTA_DST, "short", 5);
	message_add(&message, RTA_MULTIPATH, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	ASSERT_OK(collect_route_rows(&interfaces, message_end(&message), &rows));
	ASSERT_OK(collect_route_rows(&interfaces, S("\x00\x00\x00\x00garbage garbage garbage"), &rows));
	assert_int_equal(rows.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_route__more_interfaces_than_kept_are_told),
	    cmocka_unit_test(test_collect_route__reads_interfaces_and_addresses),
	    cmocka_unit_test(test_collect_route__an_interface_without_address_has_a_row),
	    cmocka_unit_test(test_collect_route__reads_routes_of_the_main_table),
	    cmocka_unit_test(test_collect_route__could_not_look_at_another_root),
	    cmocka_unit_test(test_collect_route__bears_hostile_bytes),
	};
	return KIT_TESTS(tests);
}
