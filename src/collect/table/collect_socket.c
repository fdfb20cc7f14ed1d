/*
 * Listening ports and open connections. Of connections that others opened to us the other side is not kept: it may be where a person signs
 * in from.
 */
#include "collect/table/collect_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/collect_owner.h"
#include "collect/table/collect_process.h"

static const struct column listening_port_columns[] = {
    {"protocol", COLUMN_TEXT, COLUMN_KEY, "tcp or udp"},
    {"family", COLUMN_TEXT, COLUMN_KEY, "ipv4 or ipv6"},
    {"address", COLUMN_TEXT, COLUMN_KEY,
	"local address, the zero address for all; what listens on all of IPv6 and takes IPv4 too has a row of each"},
    {"port", COLUMN_INT, COLUMN_KEY, "port"},
    {"pid", COLUMN_INT, COLUMN_MAYBE | COLUMN_VOLATILE, "process that holds it; the lowest of several"},
    {"username", COLUMN_TEXT, COLUMN_MAYBE | COLUMN_PERSONAL, "user that opened it"},
    {"program", COLUMN_TEXT, COLUMN_MAYBE, "file that runs"},
    {"package", COLUMN_TEXT, COLUMN_MAYBE, "package of the program"},
    {"unit", COLUMN_TEXT, COLUMN_MAYBE, "systemd unit"},
    {"exposed", COLUMN_INT, 0, "1 = reachable from other machines as far as the address goes; a firewall may still stand before it"},
};
const struct table table_listening_port = {"listening_port", "ports on which something listens", listening_port_columns,
    sizeof listening_port_columns / sizeof *listening_port_columns};

static const struct column connection_columns[] = {
    {"protocol", COLUMN_TEXT, COLUMN_KEY, "tcp or udp"},
    {"remote_address", COLUMN_TEXT, COLUMN_KEY, "other side of an outbound connection; empty for inbound ones"},
    {"remote_port", COLUMN_INT, COLUMN_KEY, "port of the service: theirs outbound, ours inbound"},
    {"direction", COLUMN_TEXT, COLUMN_KEY, "inbound or outbound"},
    {"program", COLUMN_TEXT, COLUMN_MAYBE, "file that runs"},
    {"package", COLUMN_TEXT, COLUMN_MAYBE, "package of the program"},
    {"count", COLUMN_INT, COLUMN_VOLATILE, "connections of this kind"},
};
const struct table table_connection = {
    "connection", "open connections", connection_columns, sizeof connection_columns / sizeof *connection_columns};

struct socket_view {
	struct job *job;
	struct collect *collect;
	struct collect_sockets sockets;
	struct collect_holders holders;
	struct collect_users users;
};

/* The process behind a socket: four cells. */
struct socket_process {
	struct cell pid, program, package, unit;
};

static struct socket_process
socket_process(const struct socket_view *view, uint64_t inode)
{
	struct socket_process found = {NIL, NIL, NIL, NIL};
	const struct collect_holder *holder = collect_holder_of(&view->holders, inode);
	slice text;
	bool deleted;
	char pid[16];
	if (holder == NULL)
		return found;
	snprintf(pid, sizeof pid, "%u", holder->pid);
	found.pid = INT(holder->pid);
	found.unit = collect_process_unit_cell(view->job, view->collect, pid);
	if (collect_process_program(view->job, view->collect, pid, &text, &deleted).code == ERR_NONE) {
		found.program = TEXT(text);
		if (collect_owner_of(view->job, view->collect, text, &text))
			found.package = TEXT(text);
	}
	return found;
}

/* A socket that listens, for one family. */
struct socket_listener {
	const struct collect_socket *socket;
	bool ipv6, held;
	uint8_t local[16];
};

static int
socket_place_order(const struct socket_listener *x, const struct socket_listener *y)
{
	int order = strcmp(x->socket->protocol, y->socket->protocol);
	if (order == 0)
		order = x->ipv6 - y->ipv6;
	if (order == 0)
		order = x->socket->local_port - y->socket->local_port;
	return order != 0 ? order : memcmp(x->local, y->local, sizeof x->local);
}

static int
socket_listener_order(const void *a, const void *b)
{
	const struct socket_listener *x = a, *y = b;
	int order = socket_place_order(x, y);
	if (order == 0)
		order = y->held - x->held;
	return order != 0 ? order : (x->socket > y->socket) - (x->socket < y->socket);
}

/* Several processes may share a port (SO_REUSEPORT): the first socket that has a holder speaks for all. One that listens on all IPv6
 * addresses takes IPv4 too, unless it was told not to: it stands for both families. */
static err
socket_listeners(const struct socket_view *view, struct socket_listener **ret, size_t *ret_len)
{
	static const uint8_t every[16] = {0};
	struct socket_listener *all;
	size_t len = 0, out = 0;
	TRY(NEW(view->job, view->sockets.len * 2 + 1, &all));
	for (size_t i = 0; i < view->sockets.len; i++) {
		const struct collect_socket *one = &view->sockets.at[i];
		if (!collect_socket_listening(one))
			continue;
		struct socket_listener listener = {one, one->ipv6, collect_holder_of(&view->holders, one->inode) != NULL, {0}};
		memcpy(listener.local, one->local, sizeof listener.local);
		all[len++] = listener;
		if (!one->ipv6 || one->only_ipv6 || memcmp(one->local, every, sizeof every) != 0)
			continue;
		listener.ipv6 = false;
		all[len++] = listener;
	}
	qsort(all, len, sizeof *all, socket_listener_order);
	for (size_t i = 0; i < len; i++)
		if (out == 0 || socket_place_order(&all[i], &all[out - 1]) != 0)
			all[out++] = all[i];
	*ret = all;
	*ret_len = out;
	return OK;
}

static err
socket_listening_rows(const struct socket_view *view, struct rows *rows)
{
	struct socket_listener *all;
	size_t len;
	TRY(socket_listeners(view, &all, &len));
	for (size_t i = 0; i < len; i++) {
		const struct collect_socket *one = all[i].socket;
		slice user;
		struct socket_process process = socket_process(view, one->inode);
		struct collect_address address = collect_socket_address(all[i].local, all[i].ipv6);
		TRY(collect_users_name(&view->users, one->uid, &user));
		TRY(rows_add(rows, (struct cell[]){TEXT(slice_of(one->protocol)), TEXT(slice_of(all[i].ipv6 ? "ipv6" : "ipv4")),
				       TEXT(slice_of(address.at)), INT(one->local_port), process.pid, TEXT(user), process.program,
				       process.package, process.unit, INT(!collect_socket_loopback(all[i].local, all[i].ipv6))}));
	}
	return OK;
}

/* A connection as a row has it. */
struct socket_connection {
	const char *protocol;
	bool inbound;
	uint16_t port;
	struct collect_address remote;
	uint64_t inode;
};

static int
socket_connection_order(const void *a, const void *b)
{
	const struct socket_connection *x = a, *y = b;
	int order = strcmp(x->protocol, y->protocol);
	if (order == 0)
		order = x->inbound - y->inbound;
	if (order == 0)
		order = x->port - y->port;
	return order != 0 ? order : strcmp(x->remote.at, y->remote.at);
}

/* Was it opened by the other side? What comes to a low port of ours from a high one was, even when nothing listens any more: a service that
 * was stopped leaves its sessions. (2049 is NFS, which asks from low ports.) */
static bool
socket_is_inbound(const bool *tcp_ports, const bool *udp_ports, const struct collect_socket *one)
{
	if (one->protocol[0] == 't' && one->local_port < 1024 && one->remote_port >= 1024 && one->remote_port != 2049)
		return true;
	return one->protocol[0] == 't' ? tcp_ports[one->local_port] : udp_ports[one->local_port];
}

static err
socket_connections(const struct socket_view *view, struct socket_connection **ret, size_t *ret_len)
{
	struct socket_connection *all;
	bool *tcp_ports, *udp_ports;
	size_t len = 0;
	TRY(NEW(view->job, 65536, &tcp_ports));
	TRY(NEW(view->job, 65536, &udp_ports));
	TRY(NEW(view->job, view->sockets.len + 1, &all));
	for (size_t i = 0; i < view->sockets.len; i++)
		if (collect_socket_listening(&view->sockets.at[i]))
			(view->sockets.at[i].protocol[0] == 't' ? tcp_ports : udp_ports)[view->sockets.at[i].local_port] = true;
	for (size_t i = 0; i < view->sockets.len; i++) {
		const struct collect_socket *one = &view->sockets.at[i];
		if (collect_socket_listening(one))
			continue;
		bool inbound = socket_is_inbound(tcp_ports, udp_ports, one);
		all[len++] = (struct socket_connection){.protocol = one->protocol,
		    .inbound = inbound,
		    .port = inbound ? one->local_port : one->remote_port,
		    .remote = inbound ? (struct collect_address){""} : collect_socket_address(one->remote, one->ipv6),
		    .inode = one->inode};
	}
	qsort(all, len, sizeof *all, socket_connection_order);
	*ret = all;
	*ret_len = len;
	return OK;
}

static err
socket_connection_rows(const struct socket_view *view, struct rows *rows)
{
	struct socket_connection *all;
	size_t len, count;
	TRY(socket_connections(view, &all, &len));
	for (size_t i = 0; i < len; i += count) {
		for (count = 1; i + count < len && socket_connection_order(&all[i], &all[i + count]) == 0;)
			count++;
		struct socket_process process = socket_process(view, all[i].inode);
		TRY(rows_add(rows,
		    (struct cell[]){TEXT(slice_of(all[i].protocol)), TEXT(slice_of(all[i].remote.at)), INT(all[i].port),
			TEXT(slice_of(all[i].inbound ? "inbound" : "outbound")), process.program, process.package, INT((int64_t)count)}));
	}
	return OK;
}

static err
socket_run(struct job *job, struct collect *collect)
{
	struct socket_view view = {.job = job, .collect = collect};
	slice passwd = S("");
	TRY(collect_sockets_read(job, collect, &view.sockets));
	TRY(collect_holders_read(job, collect, &view.holders));
	err read = fs_read(job, &collect->root, "/etc/passwd", 16 * MIB, &passwd);
	if (read.code != ERR_NONE)
		passwd = S("");
	TRY(collect_users_parse(job, passwd, &view.users));
	TRY(socket_listening_rows(&view, collect_rows(collect, &table_listening_port)));
	return socket_connection_rows(&view, collect_rows(collect, &table_connection));
}

const struct collector collect_socket = {
    .name = "socket",
    .about = "Ports on which something listens and open connections, with the program behind them",
    .tables = (const struct table *const[]){&table_listening_port, &table_connection, NULL},
    .reads = (const char *const[]){"netlink sock_diag (inet_diag)", "/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6",
	"/proc/sys/net/ipv6/bindv6only", "/proc/PID/fd", "/proc/PID/exe", "/proc/PID/cgroup", "/etc/passwd", "/var/lib/dpkg/info/*.list",
	NULL},
    .needs = "root to see the process behind others' sockets; pid, program, package and unit are NULL otherwise",
    .run = socket_run,
};
