/*
 * A bundle as it was read: one signed entry of a host with its contents, every digest and the signature checked.
 */
#ifndef LEDGER_LEDGER_BUNDLE_H
#define LEDGER_LEDGER_BUNDLE_H

#include "ledger/ledger_inner.h"

#define LEDGER_MAX_BUNDLE (256 * MIB) /* packed and unpacked */

struct ledger_bundle {
	slice host_name;         /* as the host calls itself: a hint, not signed */
	struct ledger_key key;   /* closed by the reader: only spki and id are left */
	struct ledger_item item; /* no index or received time yet; subjects hold their content */
	slice *salted;           /* one for each subject: 32 secret bytes, then the content */
};
/* Does it begin like one (zstd)? */
bool ledger_bundle_looks(slice bytes);
/* Strict: ERR_INPUT or ERR_LIMIT names what is wrong. Knows no ledger: whether the host is accepted is asked elsewhere. */
err ledger_bundle_read(struct job *job, slice bytes, struct ledger_bundle *ret);

#endif
