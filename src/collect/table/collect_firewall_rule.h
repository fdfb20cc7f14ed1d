/*
 * Firewall rules of the kernel: nftables, and whether legacy iptables tables exist beside it.
 */
#ifndef COLLECT_TABLE_COLLECT_FIREWALL_RULE_H
#define COLLECT_TABLE_COLLECT_FIREWALL_RULE_H

#include "collect/collect.h"

/* Rows for a ruleset in the JSON of libnftables-json(5): position 0 is the chain with its policy, rules follow from 1. Counters are left
 * out. Pure. */
err collect_firewall_parse(struct job *job, slice json, struct rows *rows);

/* Rows for /proc/net/ip_tables_names or ip6_tables_names: that a legacy table exists. Pure. */
err collect_firewall_legacy(slice names, const char *family, struct rows *rows);

#endif
