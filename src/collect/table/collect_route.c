/*
 * Interfaces, addresses and routes of this network namespace. Leaves out local, multicast and cached routes, and hardware addresses.
 */
#include "collect/table/collect_route.h"

#include <arpa/inet.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "collect/collect_netlink.h"

#define MAX_INTERFACES 4096

static const struct column interface_columns[] = {
    {"name", COLUMN_TEXT, COLUMN_KEY, "interface"},
    {"address", COLUMN_TEXT, COLUMN_KEY, "one of its addresses, empty when it has none"},
    {"family", COLUMN_TEXT, 0, "ipv4, ipv6, or empty without an address"},
    {"prefix", COLUMN_INT, 0, "bits of the address that name the network"},
    {"state", COLUMN_TEXT, 0, "up, down, dormant, unknown, …"},
    {"kind", COLUMN_TEXT, 0, "ethernet, loopback, bridge, vlan, wireguard, …"},
};
const struct table table_interface = {
    "interface", "network interfaces and their addresses", interface_columns, sizeof interface_columns / sizeof *interface_columns};

static const struct column route_columns[] = {
    {"family", COLUMN_TEXT, COLUMN_KEY, "ipv4 or ipv6"},
    {"destination", COLUMN_TEXT, COLUMN_KEY, "network, or the zero address for all"},
    {"prefix", COLUMN_INT, COLUMN_KEY, "bits of the network"},
    {"interface", COLUMN_TEXT, COLUMN_KEY, "interface it leaves by, empty for none"},
    {"gateway", COLUMN_TEXT, 0, "next hop, empty when the network is directly there"},
    {"metric", COLUMN_INT, 0, "lower is preferred"},
    {"is_default", COLUMN_INT, 0, "1 = for everything that has no route of its own"},
};
const struct table table_route = {"route", "unicast routes of the main table", route_columns, sizeof route_columns / sizeof *route_columns};

/* An attribute's text up to its NUL. */
static slice
route_text(slice value)
{
	return slice_part(value, 0, slice_find(value, '\0'));
}

static const char *
route_state(slice value, unsigned flags)
{
	static const char *const words[] = {"unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"};
	unsigned state = value.len == 1 ? (unsigned char)value.at[0] : 0;
	/* loopback and tunnels have no carrier to speak of */
	if (state == 0)
		return (flags & IFF_UP) != 0 ? "up" : "down";
	return state < sizeof words / sizeof *words ? words[state] : "unknown";
}

static const char *
route_kind(unsigned type)
{
	switch (type) {
	case ARPHRD_LOOPBACK:
		return "loopback";
	case ARPHRD_ETHER:
		return "ethernet";
	case ARPHRD_NONE:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
		return "tunnel";
	case ARPHRD_PPP:
		return "ppp";
	case ARPHRD_INFINIBAND:
		return "infiniband";
	default:
		return "other";
	}
}

err
collect_interfaces_parse(struct job *job, slice links, struct collect_interfaces *ret)
{
	struct collect_interfaces interfaces = {.job = job};
	uint16_t type, attribute, inner;
	slice body, rest, value, part;
	TRY(NEW(job, MAX_INTERFACES, &interfaces.at));
	while (collect_netlink_next(&links, &type, &body)) {
		struct ifinfomsg link;
		if (type != RTM_NEWLINK || !collect_netlink_fixed(body, &link, sizeof link, &rest))
			continue;
		if (interfaces.len == MAX_INTERFACES)
			return err_set(job, ERR_LIMIT, "more than %d network interfaces", MAX_INTERFACES);
		struct collect_interface *one = &interfaces.at[interfaces.len];
		slice state = S("");
		*one = (struct collect_interface){.index = link.ifi_index, .kind = slice_of(route_kind(link.ifi_type))};
		while (collect_netlink_attribute(&rest, &attribute, &value))
			if (attribute == IFLA_IFNAME)
				one->name = route_text(value);
			else if (attribute == IFLA_OPERSTATE)
				state = value;
			else if (attribute == IFLA_LINKINFO)
				while (collect_netlink_attribute(&value, &inner, &part))
					if (inner == IFLA_INFO_KIND)
						one->kind = route_text(part);
		one->state = slice_of(route_state(state, link.ifi_flags));
		interfaces.len++;
	}
	*ret = interfaces;
	return OK;
}

static struct collect_interface *
route_interface(const struct collect_interfaces *interfaces, int index)
{
	for (size_t i = 0; i < interfaces->len; i++)
		if (interfaces->at[i].index == index)
			return &interfaces->at[i];
	return NULL;
}

/* An address as text in ${room}; false when its length is not the family's. */
static bool
route_address(unsigned char family, slice value, char room[static INET6_ADDRSTRLEN])
{
	if (value.len != (family == AF_INET ? 4U : 16U))
		return false;
	return inet_ntop(family, value.at, room, INET6_ADDRSTRLEN) != NULL;
}

err
collect_interface_rows(struct collect_interfaces *interfaces, slice addresses, struct rows *rows)
{
	uint16_t type, attribute;
	slice body, rest, value;
	while (collect_netlink_next(&addresses, &type, &body)) {
		struct ifaddrmsg head;
		slice local = S(""), address = S("");
		char text[INET6_ADDRSTRLEN];
		if (type != RTM_NEWADDR || !collect_netlink_fixed(body, &head, sizeof head, &rest))
			continue;
		while (collect_netlink_attribute(&rest, &attribute, &value))
			if (attribute == IFA_LOCAL)
				local = value;
			else if (attribute == IFA_ADDRESS)
				address = value;
		struct collect_interface *one = route_interface(interfaces, (int)head.ifa_index);
		if (one == NULL || (head.ifa_family != AF_INET && head.ifa_family != AF_INET6) ||
		    !route_address(head.ifa_family, local.len > 0 ? local : address, text))
			continue;
		one->has_address = true;
		TRY(rows_add(rows,
		    (struct cell[]){TEXT(one->name), TEXT(slice_of(text)), TEXT(slice_of(head.ifa_family == AF_INET ? "ipv4" : "ipv6")),
			INT(head.ifa_prefixlen), TEXT(one->state), TEXT(one->kind)}));
	}
	for (size_t i = 0; i < interfaces->len; i++) {
		const struct collect_interface *one = &interfaces->at[i];
		if (!one->has_address)
			TRY(rows_add(
			    rows, (struct cell[]){TEXT(one->name), TEXT(S("")), TEXT(S("")), INT(0), TEXT(one->state), TEXT(one->kind)}));
	}
	return OK;
}

/* Where a route leads. */
struct route_hop {
	char gateway[INET6_ADDRSTRLEN];
	slice interface;
};

static void
route_hop(const struct collect_interfaces *interfaces, unsigned char family, slice attributes, struct route_hop *hop)
{
	uint16_t attribute;
	slice value;
	while (collect_netlink_attribute(&attributes, &attribute, &value))
		if (attribute == RTA_GATEWAY)
			(void)route_address(family, value, hop->gateway);
		else if (attribute == RTA_VIA && value.len > 2)
			(void)route_address(value.len == 6 ? AF_INET : AF_INET6, slice_from(value, 2), hop->gateway);
		else if (attribute == RTA_OIF) {
			const struct collect_interface *one = route_interface(interfaces, (int)collect_netlink_u32(value));
			hop->interface = one == NULL ? S("") : one->name;
		}
}

static err
route_row(const struct rtmsg *head, const char *destination, const struct route_hop *hop, uint32_t metric, struct rows *rows)
{
	return rows_add(rows,
	    (struct cell[]){TEXT(slice_of(head->rtm_family == AF_INET ? "ipv4" : "ipv6")), TEXT(slice_of(destination)),
		INT(head->rtm_dst_len), TEXT(hop->interface), TEXT(slice_of(hop->gateway)), INT(metric), INT(head->rtm_dst_len == 0)});
}

static err
route_message(const struct collect_interfaces *interfaces, const struct rtmsg *head, slice attributes, struct rows *rows)
{
	char destination[INET6_ADDRSTRLEN] = "0.0.0.0";
	struct route_hop hop = {.interface = S("")};
	uint32_t table = head->rtm_table, metric = 0;
	uint16_t attribute;
	slice rest = attributes, value, several = S("");
	if (head->rtm_family == AF_INET6)
		memcpy(destination, "::", 3);
	while (collect_netlink_attribute(&rest, &attribute, &value))
		if (attribute == RTA_DST)
			(void)route_address(head->rtm_family, value, destination);
		else if (attribute == RTA_PRIORITY)
			metric = collect_netlink_u32(value);
		else if (attribute == RTA_TABLE)
			table = collect_netlink_u32(value);
		else if (attribute == RTA_MULTIPATH)
			several = value;
	if (table != RT_TABLE_MAIN)
		return OK;
	route_hop(interfaces, head->rtm_family, attributes, &hop);
	if (several.len == 0)
		return route_row(head, destination, &hop, metric, rows);
	while (several.len >= sizeof(struct rtnexthop)) {
		struct rtnexthop next;
		memcpy(&next, several.at, sizeof next);
		if (next.rtnh_len < sizeof next || next.rtnh_len > several.len)
			break;
		const struct collect_interface *one = route_interface(interfaces, next.rtnh_ifindex);
		hop = (struct route_hop){.interface = one == NULL ? S("") : one->name};
		route_hop(interfaces, head->rtm_family, slice_part(several, sizeof next, next.rtnh_len - sizeof next), &hop);
		TRY(route_row(head, destination, &hop, metric, rows));
		several = slice_from(several, RTNH_ALIGN(next.rtnh_len));
	}
	return OK;
}

err
collect_route_rows(const struct collect_interfaces *interfaces, slice routes, struct rows *rows)
{
	uint16_t type;
	slice body, rest;
	while (collect_netlink_next(&routes, &type, &body)) {
		struct rtmsg head;
		if (type != RTM_NEWROUTE || !collect_netlink_fixed(body, &head, sizeof head, &rest))
			continue;
		bool wanted = (head.rtm_family == AF_INET || head.rtm_family == AF_INET6) && head.rtm_type == RTN_UNICAST &&
			      (head.rtm_flags & RTM_F_CLONED) == 0;
		if (wanted)
			TRY(route_message(interfaces, &head, rest, rows));
	}
	return OK;
}

static err
route_run(struct job *job, struct collect *collect)
{
	struct rtgenmsg all = {.rtgen_family = AF_UNSPEC};
	struct ifinfomsg links = {.ifi_family = AF_UNSPEC};
	struct rtmsg routes = {.rtm_family = AF_UNSPEC};
	struct collect_interfaces interfaces;
	slice answer;
	if (!collect->live) {
		collect_unseen(collect, &table_interface, "the kernel is not asked about another root");
		collect_unseen(collect, &table_route, "the kernel is not asked about another root");
		return OK;
	}
	TRY(collect_netlink_dump(job, NETLINK_ROUTE, RTM_GETLINK, NLM_F_DUMP, slice_bytes(&links, sizeof links), &answer));
	TRY(collect_interfaces_parse(job, answer, &interfaces));
	TRY(collect_netlink_dump(job, NETLINK_ROUTE, RTM_GETADDR, NLM_F_DUMP, slice_bytes(&all, sizeof all), &answer));
	TRY(collect_interface_rows(&interfaces, answer, collect_rows(collect, &table_interface)));
	TRY(collect_netlink_dump(job, NETLINK_ROUTE, RTM_GETROUTE, NLM_F_DUMP, slice_bytes(&routes, sizeof routes), &answer));
	return collect_route_rows(&interfaces, answer, collect_rows(collect, &table_route));
}

const struct collector collect_route = {
    .name = "route",
    .about = "Network interfaces with their addresses, and routes",
    .tables = (const struct table *const[]){&table_interface, &table_route, NULL},
    .reads = (const char *const[]){"rtnetlink (RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE)", NULL},
    .needs = "",
    .run = route_run,
};
