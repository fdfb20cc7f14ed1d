/*
 * What an administrator should know and no check asks: limits of the proof, places that leak, deadlines of the ledger itself. Plain
 * sentences. Deliberately does not: stop anything.
 */
#include "ledger/ledger_inner.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"

#define MAX_WARNINGS 16
#define MAX_SWAPS (64 * KIB)

struct warnings {
	slice *list;
	size_t len;
};

static err
warn(struct job *job, struct warnings *warnings, slice text)
{
	if (warnings->len == MAX_WARNINGS)
		return OK;
	return job_copy(job, text, &warnings->list[warnings->len++]);
}

/* A swap device whose device-mapper id says CRYPT, or one that is compressed memory. */
static bool
swap_safe(struct job *job, const struct fs_root *root, slice device)
{
	slice name = slice_from(device, slice_find_last(device, '/') + 1), path, uuid;
	if (slice_starts(name, S("zram")))
		return true;
	if (!slice_starts(name, S("dm-")))
		return false;
	return job_format(job, &path, "sys/block/%.*s/dm/uuid", SLICE(name)).code == ERR_NONE &&
	       fs_read(job, root, path.at, 4 * KIB, &uuid).code == ERR_NONE && slice_starts(uuid, S("CRYPT-"));
}

static err
swap_warn(struct job *job, struct warnings *warnings)
{
	struct fs_root root;
	slice text = S(""), line, device;
	bool first = true, unsafe = false;
	TRY(fs_root_open(job, "/", &root));
	err got = fs_read(job, &root, "proc/swaps", MAX_SWAPS, &text);
	while (got.code == ERR_NONE && slice_cut(&text, '\n', &line)) {
		if (!first && slice_word(&line, &device) && !swap_safe(job, &root, device))
			unsafe = true;
		first = false;
	}
	fs_root_close(&root);
	return unsafe ? warn(job, warnings,
			    S("swap is not encrypted: what the view and the keys hold in memory may be written to a disk as it is"))
		      : OK;
}

static err
place_warn(struct job *job, struct ledger *ledger, struct warnings *warnings)
{
	struct stat store, keys, signer;
	slice text;
	if (stat(ledger->place.store, &store) != 0 || stat(ledger->place.keys, &keys) != 0 || stat(ledger->place.signer, &signer) != 0)
		return OK;
	if (slice_starts(slice_of(ledger->place.keys), slice_of(ledger->place.store)) ||
	    slice_starts(slice_of(ledger->place.signer), slice_of(ledger->place.store))) {
		TRY(job_format(job, &text,
		    "keys or signer state lie inside the store %s: a backup of it would hold them, and nothing in it could be erased",
		    ledger->place.store));
		TRY(warn(job, warnings, text));
	}
	if (keys.st_dev == store.st_dev && signer.st_dev == store.st_dev)
		TRY(warn(job, warnings,
		    S("keys and signer state lie on the same disk as the store: store and signer put back together to an earlier day "
		      "cannot be told from "
		      "the truth")));
	return OK;
}

/* The newest entry says a later time than the clock: one of the two was wrong. */
static err
clock_warn(struct job *job, struct ledger *ledger, struct warnings *warnings)
{
	slice text;
	if (ledger->received_us <= job_now(job) + 60 * SECOND_US)
		return OK;
	TRY(job_format(job, &text, "the clock says %s, and the newest entry was received at %s: the clock went back, or was ahead then",
	    instant_text(job_now(job)).at, instant_text(ledger->received_us).at));
	return warn(job, warnings, text);
}

static err
erasure_warn(struct job *job, struct ledger *ledger, struct warnings *warnings)
{
	struct ledger_erasure_state state;
	slice text;
	TRY(ledger_erasure_state(job, ledger, &state));
	if (state.rewrap_due_us == 0)
		return OK;
	bool late = state.rewrap_due_us < job_now(job);
	TRY(job_format(job, &text,
	    "contents were erased: \"assay ledger rewrap\" %s due %s, so that old backups of the root key open nothing erased",
	    late ? "was" : "is", instant_day(state.rewrap_due_us).at));
	return warn(job, warnings, text);
}

err
ledger_warnings(struct job *job, struct ledger *ledger, slice **ret, size_t *ret_len)
{
	struct warnings warnings = {0};
	TRY(NEW(job, MAX_WARNINGS, &warnings.list));
	TRY(warn(job, &warnings, S("no outside witness: an administrator's rollback cannot be detected")));
	TRY(swap_warn(job, &warnings));
	TRY(place_warn(job, ledger, &warnings));
	if (strcmp(store_view_place(ledger->view), "memory") == 0)
		TRY(warn(
		    job, &warnings, S("no tmpfs of ours was found for the view: it is kept in memory and filled again at each start")));
	TRY(clock_warn(job, ledger, &warnings));
	TRY(erasure_warn(job, ledger, &warnings));
	*ret = warnings.list;
	*ret_len = warnings.len;
	return OK;
}
