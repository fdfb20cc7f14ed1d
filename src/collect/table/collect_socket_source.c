/*
 * Reads sockets from inet_diag or /proc/net, and finds who holds them in /proc/PID/fd. Makes no rows.
 */
#include "collect/table/collect_socket.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "collect/collect_netlink.h"
#include "collect/collect_value.h"

#define MAX_SOCKETS 1000000
#define MAX_PROCESSES 200000

static err
socket_add(struct collect_sockets *sockets, const struct collect_socket *one)
{
	bool tcp = one->protocol[0] == 't';
	bool wanted = one->state == SOCKET_ESTABLISHED || (tcp && (one->state == SOCKET_LISTEN || one->state == SOCKET_SYN_SENT)) ||
		      (!tcp && one->state == SOCKET_CLOSE);
	if (!wanted)
		return OK;
	if (sockets->len == sockets->room) {
		struct collect_socket *more;
		size_t room = sockets->room == 0 ? 256 : sockets->room * 2;
		if (room > MAX_SOCKETS)
			return err_set(sockets->job, ERR_LIMIT, "at most %d sockets are read", MAX_SOCKETS);
		TRY(NEW(sockets->job, room, &more));
		if (sockets->len > 0)
			memcpy(more, sockets->at, sockets->len * sizeof *more);
		sockets->at = more;
		sockets->room = room;
	}
	sockets->at[sockets->len++] = *one;
	return OK;
}

err
collect_socket_diag(struct collect_sockets *sockets, const char *protocol, slice answer)
{
	uint16_t type, attribute;
	slice body, rest, value;
	while (collect_netlink_next(&answer, &type, &body)) {
		struct inet_diag_msg head;
		if (type != SOCK_DIAG_BY_FAMILY || !collect_netlink_fixed(body, &head, sizeof head, &rest))
			continue;
		struct collect_socket one = {.protocol = protocol,
		    .ipv6 = head.idiag_family == AF_INET6,
		    .state = head.idiag_state,
		    .uid = head.idiag_uid,
		    .inode = head.idiag_inode,
		    .local_port = ntohs(head.id.idiag_sport),
		    .remote_port = ntohs(head.id.idiag_dport)};
		while (collect_netlink_attribute(&rest, &attribute, &value))
			if (attribute == INET_DIAG_SKV6ONLY && value.len == 1)
				one.only_ipv6 = value.at[0] != 0;
		memcpy(one.local, head.id.idiag_src, one.ipv6 ? 16 : 4);
		memcpy(one.remote, head.id.idiag_dst, one.ipv6 ? 16 : 4);
		TRY(socket_add(sockets, &one));
	}
	return OK;
}

/* "0100007F:0016": words of 32 bits in the machine's order, as hexadecimal digits. */
static bool
socket_endpoint(slice text, bool ipv6, uint8_t ret[static 16], uint16_t *ret_port)
{
	size_t words = ipv6 ? 4 : 1;
	uint64_t number;
	if (text.len != words * 8 + 5 || text.at[words * 8] != ':')
		return false;
	for (size_t i = 0; i < words; i++) {
		if (!slice_hex_u64(slice_part(text, i * 8, 8), &number))
			return false;
		uint32_t word = (uint32_t)number;
		memcpy(ret + i * 4, &word, 4);
	}
	if (!slice_hex_u64(slice_from(text, words * 8 + 1), &number))
		return false;
	*ret_port = (uint16_t)number;
	return true;
}

err
collect_socket_proc(struct collect_sockets *sockets, const char *protocol, bool ipv6, slice text)
{
	enum { SLOT, LOCAL, REMOTE, STATE, QUEUES, TIMER, RETRIES, UID, TIMEOUT, INODE, FIELDS };
	slice line;
	while (slice_cut(&text, '\n', &line)) {
		struct collect_socket one = {.protocol = protocol, .ipv6 = ipv6};
		slice field[FIELDS];
		size_t have = 0;
		uint64_t state, uid;
		while (have < FIELDS && slice_word(&line, &field[have]))
			have++;
		if (have < FIELDS || !socket_endpoint(field[LOCAL], ipv6, one.local, &one.local_port) ||
		    !socket_endpoint(field[REMOTE], ipv6, one.remote, &one.remote_port) || !slice_hex_u64(field[STATE], &state) ||
		    !slice_u64(field[UID], &uid) || !slice_u64(field[INODE], &one.inode) || state > 255 || uid > UINT32_MAX)
			continue;
		one.state = (unsigned)state;
		one.uid = (uint32_t)uid;
		TRY(socket_add(sockets, &one));
	}
	return OK;
}

bool
collect_socket_listening(const struct collect_socket *one)
{
	return one->state == SOCKET_LISTEN || one->state == SOCKET_CLOSE;
}

static bool
socket_is_mapped(const uint8_t address[static 16])
{
	static const uint8_t front[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	return memcmp(address, front, sizeof front) == 0;
}

bool
collect_socket_loopback(const uint8_t address[static 16], bool ipv6)
{
	static const uint8_t one[16] = {[15] = 1};
	if (!ipv6)
		return address[0] == 127;
	return memcmp(address, one, 16) == 0 || (socket_is_mapped(address) && address[12] == 127);
}

struct collect_address
collect_socket_address(const uint8_t address[static 16], bool ipv6)
{
	struct collect_address text = {""};
	if (ipv6 && !socket_is_mapped(address))
		(void)inet_ntop(AF_INET6, address, text.at, sizeof text.at);
	else
		(void)inet_ntop(AF_INET, ipv6 ? address + 12 : address, text.at, sizeof text.at);
	return text;
}

static const struct {
	const char *protocol, *path;
	bool ipv6;
	unsigned char number;
} socket_kinds[] = {{"tcp", "/proc/net/tcp", false, IPPROTO_TCP}, {"tcp", "/proc/net/tcp6", true, IPPROTO_TCP},
    {"udp", "/proc/net/udp", false, IPPROTO_UDP}, {"udp", "/proc/net/udp6", true, IPPROTO_UDP}};

static err
socket_read_diag(struct collect_sockets *sockets)
{
	for (size_t i = 0; i < sizeof socket_kinds / sizeof *socket_kinds; i++) {
		struct inet_diag_req_v2 ask = {.sdiag_family = socket_kinds[i].ipv6 ? AF_INET6 : AF_INET,
		    .sdiag_protocol = socket_kinds[i].number,
		    .idiag_states = 1U << SOCKET_ESTABLISHED | 1U << SOCKET_SYN_SENT | 1U << SOCKET_CLOSE | 1U << SOCKET_LISTEN};
		slice answer;
		TRY(collect_netlink_dump(
		    sockets->job, NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, slice_bytes(&ask, sizeof ask), &answer));
		TRY(collect_socket_diag(sockets, socket_kinds[i].protocol, answer));
	}
	return OK;
}

err
collect_sockets_read(struct job *job, const struct collect *collect, struct collect_sockets *ret)
{
	*ret = (struct collect_sockets){.job = job};
	if (collect->live && socket_read_diag(ret).code == ERR_NONE)
		return OK;
	/* A kernel without inet_diag or udp_diag has the same in text, but for what a program asked of its own IPv6 socket. */
	slice only = S("0");
	ret->len = 0;
	(void)collect_value(job, collect, "/proc/sys/net/ipv6/bindv6only", &only);
	for (size_t i = 0; i < sizeof socket_kinds / sizeof *socket_kinds; i++) {
		slice text;
		err read = fs_read(job, &collect->root, socket_kinds[i].path, 64 * MIB, &text);
		if (read.code == ERR_MISSING && socket_kinds[i].ipv6)
			continue; /* IPv6 is switched off */
		TRY(read);
		size_t before = ret->len;
		TRY(collect_socket_proc(ret, socket_kinds[i].protocol, socket_kinds[i].ipv6, text));
		for (size_t at = before; at < ret->len; at++)
			ret->at[at].only_ipv6 = ret->at[at].ipv6 && slice_same(only, S("1"));
	}
	return OK;
}

static err
holder_add(struct collect_holders *holders, uint64_t inode, uint32_t pid)
{
	if (holders->len == holders->room) {
		struct collect_holder *more;
		size_t room = holders->room == 0 ? 256 : holders->room * 2;
		TRY(NEW(holders->job, room, &more));
		if (holders->len > 0)
			memcpy(more, holders->at, holders->len * sizeof *more);
		holders->at = more;
		holders->room = room;
	}
	holders->at[holders->len++] = (struct collect_holder){inode, pid};
	return OK;
}

/* "socket:[123]" */
static bool
holder_inode(slice link, uint64_t *ret)
{
	return slice_starts(link, S("socket:[")) && slice_ends(link, S("]")) && slice_u64(slice_part(link, 8, link.len - 9), ret);
}

/* The sockets among one process's descriptors; one that ends meanwhile, or is not ours to see, has none. */
static err
holder_process(struct collect_holders *holders, const struct collect *collect, const char *pid)
{
	char path[64], text[64];
	int fd;
	uint64_t number = 0, inode;
	err failed = OK;
	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	if (fs_open_dir(holders->job, &collect->root, path, &fd).code != ERR_NONE)
		return OK;
	DIR *dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return OK;
	}
	(void)slice_u64(slice_of(pid), &number);
	for (struct dirent *entry; failed.code == ERR_NONE && (entry = readdir(dir)) != NULL;) {
		ssize_t len = entry->d_name[0] == '.' ? -1 : readlinkat(dirfd(dir), entry->d_name, text, sizeof text);
		if (len > 0 && holder_inode(slice_bytes(text, (size_t)len), &inode))
			failed = holder_add(holders, inode, (uint32_t)number);
	}
	closedir(dir);
	return failed;
}

static int
holder_order(const void *a, const void *b)
{
	const struct collect_holder *x = a, *y = b;
	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

err
collect_holders_read(struct job *job, const struct collect *collect, struct collect_holders *ret)
{
	struct fs_name *names;
	size_t len;
	uint64_t pid;
	*ret = (struct collect_holders){.job = job};
	TRY(fs_list(job, &collect->root, "/proc", MAX_PROCESSES, &names, &len));
	for (size_t i = 0; i < len; i++)
		if (slice_u64(slice_of(names[i].name), &pid))
			TRY(holder_process(ret, collect, names[i].name));
	if (ret->len > 0)
		qsort(ret->at, ret->len, sizeof *ret->at, holder_order);
	return OK;
}

const struct collect_holder *
collect_holder_of(const struct collect_holders *holders, uint64_t inode)
{
	size_t from = 0, to = holders->len;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (holders->at[middle].inode < inode)
			from = middle + 1;
		else
			to = middle;
	}
	return inode != 0 && from < holders->len && holders->at[from].inode == inode ? &holders->at[from] : NULL;
}
