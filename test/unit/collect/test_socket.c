#include "kit_collect.h"

#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "collect/table/collect_socket.h"

extern const struct collector collect_socket;

#define HEAD "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

static const char *
fixture(const char *tcp, const char *udp)
{
	kit_fresh();
	const char *root = kit_mkdir();
	slice path;
	kit_file(root, "/proc/net/tcp", tcp);
	kit_file(root, "/proc/net/udp", udp);
	kit_file(root, "/etc/passwd", "root:x:0:0:Jane Doe:/root:/bin/sh\ndaemon:x:7:7::/:/bin/false\n");
	kit_file(root, "/proc/42/cgroup", "0::/system.slice/ssh.service\n");
	kit_file(root, "/proc/42/fd/other", "");
	ASSERT_OK(job_format(kit_job(), &path, "%s/proc/42/fd/3", root));
	assert_int_equal(symlink("socket:[901]", path.at), 0);
	ASSERT_OK(job_format(kit_job(), &path, "%s/proc/42/exe", root));
	assert_int_equal(symlink("/usr/sbin/sshd (deleted)", path.at), 0);
	return root;
}

static void
test_collect_socket__joins_port_process_and_unit(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root =
	    fixture(HEAD "   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 901 1 0 100\n"
			 "   1: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 902 1 0 100\n",
		HEAD "   0: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000  1234        0 903 2 0 0\n");
	kit_collect(&got, &collect_socket, root);
	assert_int_equal(got.rows[0].len, 3);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"tcp\",\"ipv4\",\"0.0.0.0\",22,42,\"root\",\"/usr/sbin/sshd\",null,\"ssh.service\",1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"tcp\",\"ipv4\",\"127.0.0.1\",631,null,\"daemon\",null,null,null,0]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"udp\",\"ipv4\",\"0.0.0.0\",68,null,\"1234\",null,null,null,1]");
	ASSERT_STATE(&got.rows[1], READING_READ);
	kit_rmdir(root);
}

static void
test_collect_socket__keeps_no_remote_address_of_a_login(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root =
	    fixture(HEAD "   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 901 1 0 100\n"
			 "   1: 070200C0:0016 637100CB:C001 01 00000000:00000000 00:00000000 00000000     0        0 904 1 0 100\n"
			 "   2: 070200C0:0016 647100CB:C002 01 00000000:00000000 00:00000000 00000000     0        0 905 1 0 100\n"
			 "   3: 070200C0:9C40 096433C6:01BB 01 00000000:00000000 00:00000000 00000000     0        0 906 1 0 100\n",
		HEAD);
	kit_collect(&got, &collect_socket, root);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"tcp\",\"\",22,\"inbound\",null,null,2]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"tcp\",\"198.51.100.9\",443,\"outbound\",null,null,1]");
	ASSERT_ROWS_LACK(&got.rows[1], "203.0.113");
	kit_rmdir(root);
}

/* The listener is gone, the session is not. */
static void
test_collect_socket__keeps_no_address_of_a_session_left_behind(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root =
	    fixture(HEAD "   1: 070200C0:0016 637100CB:C001 01 00000000:00000000 00:00000000 00000000     0        0 904 1 0 100\n"
			 "   2: 070200C0:02BC 647100CB:0801 01 00000000:00000000 00:00000000 00000000     0        0 905 1 0 100\n",
		HEAD);
	kit_collect(&got, &collect_socket, root);
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"tcp\",\"\",22,\"inbound\",null,null,1]");
	ASSERT_ROWS_HAVE(&got.rows[1], "[\"tcp\",\"203.0.113.100\",2049,\"outbound\"");
	ASSERT_ROWS_LACK(&got.rows[1], "203.0.113.99");
	kit_rmdir(root);
}

static void
test_collect_socket__all_of_ipv6_is_all_of_ipv4_too(void **state)
{
	(void)state;
	struct kit_collected got = {0};
	const char *root =
	    fixture(HEAD "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 901 1 0 100\n", HEAD);
	kit_file(root, "/proc/net/tcp6",
	    HEAD "   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 902 1 0 100\n"
		 "   1: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 903 1 0 100\n"
		 "   2: 00000000000000000000000001000000:0019 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 904 1 0 100\n");
	kit_collect(&got, &collect_socket, root);
	assert_int_equal(got.rows[0].len, 5);
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"tcp\",\"ipv6\",\"::\",22,null,\"root\",null,null,null,1]");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"tcp\",\"ipv4\",\"0.0.0.0\",22,null,\"root\",null,null,null,1]");
	/* Its own IPv4 socket speaks for port 80. */
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"tcp\",\"ipv4\",\"0.0.0.0\",80,42,\"daemon\"");
	ASSERT_ROWS_HAVE(&got.rows[0], "[\"tcp\",\"ipv6\",\"::1\",25,null,\"root\",null,null,null,0]");
	kit_file(root, "/proc/sys/net/ipv6/bindv6only", "1\n");
	kit_collect(&got, &collect_socket, root);
	assert_int_equal(got.rows[0].len, 4);
	kit_rmdir(root);
}

static void
test_collect_socket__could_not_look_without_proc(void **state)
{
	(void)state;
	kit_fresh();
	struct kit_collected got = {0};
	const char *root = kit_mkdir();
	kit_collect(&got, &collect_socket, root);
	ASSERT_STATE(&got.rows[0], READING_COULD_NOT_LOOK);
	ASSERT_STATE(&got.rows[1], READING_COULD_NOT_LOOK);
	kit_rmdir(root);
}

static void
test_collect_socket__reads_inet_diag(void **state)
{
	(void)state;
	struct {
		struct nlmsghdr head;
		struct inet_diag_msg body;
	} message = {.head = {.nlmsg_len = sizeof message, .nlmsg_type = SOCK_DIAG_BY_FAMILY},
	    .body = {.idiag_family = AF_INET6, .idiag_state = SOCKET_LISTEN, .idiag_uid = 7, .idiag_inode = 901}};
	struct collect_sockets sockets = {.job = kit_fresh()};
	((unsigned char *)&message.body.id.idiag_sport)[1] = 80;
	ASSERT_OK(collect_socket_diag(&sockets, "tcp", slice_bytes(&message, sizeof message)));
	assert_int_equal(sockets.len, 1);
	assert_int_equal(sockets.at[0].local_port, 80);
	assert_true(collect_socket_listening(&sockets.at[0]));
	assert_false(collect_socket_loopback(sockets.at[0].local, true));
	assert_string_equal(collect_socket_address(sockets.at[0].local, true).at, "::");
	ASSERT_OK(collect_socket_diag(&sockets, "tcp", slice_bytes(&message, sizeof message - 1)));
	assert_int_equal(sockets.len, 1);
}

static void
test_collect_socket__knows_mapped_addresses(void **state)
{
	(void)state;
	static const uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
	assert_true(collect_socket_loopback(mapped, true));
	assert_string_equal(collect_socket_address(mapped, true).at, "127.0.0.1");
}

static void
test_collect_socket__passes_over_hostile_lines(void **state)
{
	(void)state;
	struct collect_sockets sockets = {.job = kit_fresh()};
	ASSERT_OK(collect_socket_proc(&sockets, "tcp", false, S("0: x y\n0: 00000000:0016 0:0 0A a b c d e f\n\0\xff\n")));
	ASSERT_OK(collect_socket_proc(&sockets, "tcp", true,
	    S("0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 901\n0: 0000000000000000000000000000000Z:0016 00000000:0000 0A 0:0 0:0 0 0 "
	      "0 901\n")));
	assert_int_equal(sockets.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_collect_socket__joins_port_process_and_unit),
	    cmocka_unit_test(test_collect_socket__keeps_no_remote_address_of_a_login),
	    cmocka_unit_test(test_collect_socket__keeps_no_address_of_a_session_left_behind),
	    cmocka_unit_test(test_collect_socket__all_of_ipv6_is_all_of_ipv4_too),
	    cmocka_unit_test(test_collect_socket__could_not_look_without_proc),
	    cmocka_unit_test(test_collect_socket__reads_inet_diag),
	    cmocka_unit_test(test_collect_socket__knows_mapped_addresses),
	    cmocka_unit_test(test_collect_socket__passes_over_hostile_lines),
	};
	return KIT_TESTS(tests);
}
