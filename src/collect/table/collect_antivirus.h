/*
 * Malware protection: what is installed, whether it runs, how old its definitions are, when it last scanned.
 */
#ifndef COLLECT_TABLE_COLLECT_ANTIVIRUS_H
#define COLLECT_TABLE_COLLECT_ANTIVIRUS_H

#include "collect/collect.h"

extern const struct table table_antivirus;

/* Pure: the build time in the head of a ClamAV database ("ClamAV-VDB:22 Nov 2026 07-32 +0000:27456:..."); false when it is none. */
bool collect_antivirus_definitions(slice head, int64_t *ret_us, slice *ret_version);

/* Pure: does ${text} (a clamscan or clamdscan log) hold the summary of a finished scan? */
bool collect_antivirus_scanned(slice text);

/* Pure: does clamd.conf (${text}) ask for scanning on access? */
bool collect_antivirus_on_access(struct job *job, slice text);

#endif
