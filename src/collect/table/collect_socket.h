/*
 * Sockets that listen and connections that are open, with the process behind them.
 */
#ifndef COLLECT_TABLE_COLLECT_SOCKET_H
#define COLLECT_TABLE_COLLECT_SOCKET_H

#include "collect/collect.h"

enum { SOCKET_ESTABLISHED = 1, SOCKET_SYN_SENT = 2, SOCKET_CLOSE = 7, SOCKET_LISTEN = 10 }; /* the kernel's TCP states */

struct collect_socket {
	const char *protocol; /* "tcp" or "udp" */
	bool ipv6;
	bool only_ipv6; /* an IPv6 socket that takes no IPv4 connections; the others do when they stand on all addresses */
	uint8_t local[16], remote[16]; /* network order; IPv4 in the first 4 bytes */
	uint16_t local_port, remote_port;
	unsigned state;
	uint32_t uid;
	uint64_t inode;
};
struct collect_sockets {
	struct job *job;
	struct collect_socket *at;
	size_t len, room;
};

/* Add the sockets of an inet_diag answer, or of /proc/net/{tcp,tcp6,udp,udp6}; only states that listen or are open. Pure. */
err collect_socket_diag(struct collect_sockets *sockets, const char *protocol, slice answer);
/* The text does not say ${only_ipv6}: it stays false. */
err collect_socket_proc(struct collect_sockets *sockets, const char *protocol, bool ipv6, slice text);

bool collect_socket_listening(const struct collect_socket *one);
bool collect_socket_loopback(const uint8_t address[static 16], bool ipv6);

/* The address as text; an IPv4 address mapped into IPv6 as IPv4. */
struct collect_address {
	char at[46];
};
struct collect_address collect_socket_address(const uint8_t address[static 16], bool ipv6);

/* All of the running system, from inet_diag, or from /proc/net where there is none (and of a fixture). */
err collect_sockets_read(struct job *job, const struct collect *collect, struct collect_sockets *ret);

/* Which process holds which socket. */
struct collect_holder {
	uint64_t inode;
	uint32_t pid;
};
struct collect_holders {
	struct job *job;
	struct collect_holder *at; /* sorted by inode, then pid */
	size_t len, room;
};
err collect_holders_read(struct job *job, const struct collect *collect, struct collect_holders *ret);
const struct collect_holder *collect_holder_of(const struct collect_holders *holders, uint64_t inode);

#endif
