/*
 * The operating system's name and version, from os-release.
 */
#ifndef COLLECT_TABLE_COLLECT_OS_VERSION_H
#define COLLECT_TABLE_COLLECT_OS_VERSION_H

#include "collect/collect.h"

/* Add the row for ${text} (os-release(5)) and the architecture; ERR_INPUT when it names no ID. Pure. */
err collect_os_version_parse(struct job *job, slice text, slice arch, struct rows *rows);

#endif
