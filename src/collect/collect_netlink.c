/*
 * Asks the kernel over netlink and walks the answer. Only ever dumps: nothing is changed.
 */
#include "collect/collect_netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "base/buf.h"

#define NETLINK_PART (256 * KIB)
#define NETLINK_MAX_BODY 1024
#define NETLINK_TRIES 5 /* of a list that changes while it is read */

static void
netlink_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static err
netlink_ask(struct job *job, int fd, uint16_t type, uint16_t flags, slice body)
{
	char message[NLMSG_HDRLEN + NETLINK_MAX_BODY] = {0};
	struct nlmsghdr head = {.nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = 1};
	if (body.len > NETLINK_MAX_BODY)
		return err_set(job, ERR_BUG, "a netlink request has at most %d bytes, found %zu", NETLINK_MAX_BODY, body.len);
	head.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + body.len);
	memcpy(message, &head, sizeof head);
	if (body.len > 0)
		memcpy(message + NLMSG_HDRLEN, body.at, body.len);
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	if (sendto(fd, message, head.nlmsg_len, 0, (const struct sockaddr *)&kernel, sizeof kernel) < 0)
		return err_errno(job, errno, "the kernel does not take a netlink request");
	return OK;
}

/* What the kernel says instead of an answer. */
static err
netlink_refused(struct job *job, slice body)
{
	int32_t number;
	if (body.len < sizeof number)
		return err_set(job, ERR_IO, "netlink: an error without a number");
	memcpy(&number, body.at, sizeof number);
	if (number == 0)
		return OK;
	if (number == -EOPNOTSUPP || number == -EPROTONOSUPPORT || number == -EAFNOSUPPORT)
		return err_set(job, ERR_MISSING, "this kernel does not answer the netlink request");
	return err_errno(job, -number, "the kernel refuses a netlink request");
}

err
collect_netlink_take(struct job *job, struct buf *all, slice datagram, bool *ret_done, bool *ret_again)
{
	while (datagram.len >= NLMSG_HDRLEN) {
		struct nlmsghdr head;
		memcpy(&head, datagram.at, sizeof head);
		if (head.nlmsg_len < NLMSG_HDRLEN || head.nlmsg_len > datagram.len)
			return err_set(job, ERR_IO, "netlink: a message of %u bytes in %zu", head.nlmsg_len, datagram.len);
		slice body = slice_part(datagram, NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN);
		*ret_again = *ret_again || (head.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
		if (head.nlmsg_type == NLMSG_ERROR) {
			*ret_done = true;
			return netlink_refused(job, body);
		}
		if (head.nlmsg_type == NLMSG_DONE) {
			*ret_done = true;
			/* A dump that fails half-way says so in its last message. */
			return body.len >= 4 ? netlink_refused(job, body) : OK;
		}
		size_t whole = NLMSG_ALIGN(head.nlmsg_len);
		buf_add(all, slice_part(datagram, 0, whole));
		for (size_t i = datagram.len; i < whole; i++)
			buf_byte(all, '\0');
		datagram = slice_from(datagram, whole);
		if ((head.nlmsg_flags & NLM_F_MULTI) == 0)
			*ret_done = true;
	}
	return OK;
}

/* One try; ${ret_again} when the kernel says that what it listed changed meanwhile. */
static err
netlink_once(struct job *job, int protocol, uint16_t type, uint16_t flags, slice body, slice *ret, bool *ret_again)
{
	DEFER(netlink_close) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	struct timeval patience = {.tv_sec = 2};
	struct buf all = buf_open(job, "netlink answer", COLLECT_NETLINK_MAX);
	char *part;
	bool done = false;
	*ret_again = false;
	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT))
		return err_set(job, ERR_MISSING, "this kernel does not offer the netlink protocol %d", protocol);
	if (fd < 0)
		return err_errno(job, errno, "a netlink socket cannot be opened");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
		return err_errno(job, errno, "a netlink socket cannot be set up");
	TRY(netlink_ask(job, fd, type, flags, body));
	TRY(NEW(job, NETLINK_PART, &part));
	while (!done) {
		struct sockaddr_nl from = {0};
		socklen_t from_len = sizeof from;
		ssize_t got = recvfrom(fd, part, NETLINK_PART, MSG_TRUNC, (struct sockaddr *)&from, &from_len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(job, errno, "the kernel does not answer a netlink request");
		if (from.nl_pid != 0)
			continue; /* another process may write to us; only the kernel is asked */
		if ((size_t)got > NETLINK_PART)
			return err_set(job, ERR_LIMIT, "netlink: a datagram has at most %zu bytes, found %zd", NETLINK_PART, got);
		TRY(collect_netlink_take(job, &all, slice_bytes(part, (size_t)got), &done, ret_again));
	}
	return buf_end(&all, ret);
}

err
collect_netlink_dump(struct job *job, int protocol, uint16_t type, uint16_t flags, slice body, slice *ret)
{
	bool again = true;
	for (int i = 0; i < NETLINK_TRIES && again; i++) {
		struct arena_mark mark = arena_mark(job->arena);
		TRY(netlink_once(job, protocol, type, flags, body, ret, &again));
		if (again)
			arena_rewind(job->arena, mark);
	}
	if (again)
		return err_set(job, ERR_BUSY, "netlink: what the kernel lists changed during each of %d tries", NETLINK_TRIES);
	return OK;
}

bool
collect_netlink_next(slice *rest, uint16_t *ret_type, slice *ret_body)
{
	struct nlmsghdr head;
	if (rest->len < NLMSG_HDRLEN)
		return false;
	memcpy(&head, rest->at, sizeof head);
	if (head.nlmsg_len < NLMSG_HDRLEN || head.nlmsg_len > rest->len)
		return false;
	*ret_type = head.nlmsg_type;
	*ret_body = slice_part(*rest, NLMSG_HDRLEN, head.nlmsg_len - NLMSG_HDRLEN);
	*rest = slice_from(*rest, NLMSG_ALIGN((size_t)head.nlmsg_len));
	return true;
}

bool
collect_netlink_attribute(slice *rest, uint16_t *ret_type, slice *ret_value)
{
	struct nlattr head;
	if (rest->len < NLA_HDRLEN)
		return false;
	memcpy(&head, rest->at, sizeof head);
	if (head.nla_len < NLA_HDRLEN || head.nla_len > rest->len)
		return false;
	*ret_type = head.nla_type & NLA_TYPE_MASK;
	*ret_value = slice_part(*rest, NLA_HDRLEN, head.nla_len - NLA_HDRLEN);
	*rest = slice_from(*rest, NLA_ALIGN((size_t)head.nla_len));
	return true;
}

bool
collect_netlink_fixed(slice body, void *ret, size_t size, slice *ret_rest)
{
	if (body.len < size)
		return false;
	memcpy(ret, body.at, size);
	*ret_rest = slice_from(body, NLMSG_ALIGN(size));
	return true;
}

uint32_t
collect_netlink_u32(slice value)
{
	uint32_t number = 0;
	if (value.len == sizeof number)
		memcpy(&number, value.at, sizeof number);
	return number;
}
