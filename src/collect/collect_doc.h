/*
 * The documentation of the collectors, made from their descriptors: doc/collect.md.
 */
#ifndef COLLECT_COLLECT_DOC_H
#define COLLECT_COLLECT_DOC_H

#include "base/buf.h"

/* Add doc/collect.md to ${out}: every table with its columns, every file that is read, every permission that is needed. The same build always gives
 * the same bytes. */
err collect_doc(struct job *job, struct buf *out);

#endif
