/*
 * The state of passwords, never a hash.
 */
#ifndef COLLECT_TABLE_COLLECT_SHADOW_H
#define COLLECT_TABLE_COLLECT_SHADOW_H

#include "collect/collect.h"

/* "set", "empty", "locked" or "none" of a password field, and the name of its hash method ("" without one). Both are literals. */
const char *shadow_status(slice field);
const char *shadow_algorithm(slice field);

/* Rows of shadow(5)'s lines, and of passwd's lines that keep the password themselves. */
err shadow_rows(slice passwd, slice shadow, struct rows *rows);

extern const struct table table_shadow;

#endif
