/*
 * Watched files: their mode, owner, digest, and whether they are as their package left them.
 */
#ifndef COLLECT_TABLE_COLLECT_FILE_H
#define COLLECT_TABLE_COLLECT_FILE_H

#include "collect/collect.h"

extern const struct table table_file;

/* The word for what st_mode says ("file", "folder", "link", ...), and "0755": four octal digits of mode in ${ret}. */
slice collect_file_kind(mode_t mode);
void collect_file_mode(mode_t mode, char ret[8]);

#endif
