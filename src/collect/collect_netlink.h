/*
 * Netlink: one bounded dump request to the kernel, and walking what it answers.
 */
#ifndef COLLECT_COLLECT_NETLINK_H
#define COLLECT_COLLECT_NETLINK_H

#include "base/buf.h"
#include "collect/collect.h"

#define COLLECT_NETLINK_MAX (64 * MIB) /* one answer */

/*
 * Ask the kernel for a dump: ${protocol} (NETLINK_ROUTE, …), message ${type}, ${flags} besides NLM_F_REQUEST (NLM_F_DUMP, or 0 where the
 * protocol has its own way to say list), ${body} behind the header. The messages of the answer, headers included, in the job's arena;
 * NLMSG_DONE is left out. ERR_DENIED, ERR_MISSING (this kernel does not know the protocol or type), ERR_IO (also after 2 s of silence),
 * ERR_LIMIT, ERR_BUSY (the list changed during every try).
 */
err collect_netlink_dump(struct job *job, int protocol, uint16_t type, uint16_t flags, slice body, slice *ret);

/* Keep the messages of one ${datagram} of an answer in ${all}; ${ret_done} becomes true after the last, ${ret_again} when the kernel marks the
 * list as changed meanwhile: parts may then be missing. Pure but for ${all}. */
err collect_netlink_take(struct job *job, struct buf *all, slice datagram, bool *ret_done, bool *ret_again);

/* Take a message off the front: its type and what stands behind its header. False at the end or where lengths do not hold together. Pure.
 */
bool collect_netlink_next(slice *rest, uint16_t *ret_type, slice *ret_body);

/* Take an attribute off the front; the nested and byte-order flags are dropped from its type. Pure. */
bool collect_netlink_attribute(slice *rest, uint16_t *ret_type, slice *ret_value);

/* Copy the fixed part of ${body} to ${ret} and leave ${ret_rest} at the attributes behind it; false when it is too short. Pure. */
bool collect_netlink_fixed(slice body, void *ret, size_t size, slice *ret_rest);

/* Numbers of attributes in the byte order of this machine; 0 when the length is another. */
uint32_t collect_netlink_u32(slice value);

#endif
