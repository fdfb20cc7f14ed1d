/*
 * Adoption: a signer that lost its state goes on from the store's head, and an entry says so and what is known to be lost.
 * Deliberately does not: help a signer that has a state: one that refuses has a reason.
 */
#include "ledger/ledger_form.h"
#include "ledger/ledger_inner.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

#define MAX_CHECKPOINT (64 * KIB)

static err
state_refuse(struct job *job, const struct ledger_place *place)
{
	struct stat st;
	const char *path;
	TRY(fs_join(job, place->signer, "state", &path));
	if (lstat(path, &st) == 0)
		return err_set(job, ERR_CONFLICT, "%s: the signer has its state; only a signer without one adopts", path);
	return OK;
}

/* A checkpoint that is not a beginning of what is stored tells what was lost. Its files are put aside: they are evidence, but no longer our
 * log. */
static err
lost_say(struct job *job, struct ledger *ledger, slice *ret)
{
	struct ledger_checkpoint checkpoint;
	struct digest root;
	unsigned others;
	const char *dir, *path;
	slice note, aside;
	uint64_t size = ledger_size(ledger);
	*ret = S("nothing that is known");
	TRY(fs_join(job, ledger->place.store, "log", &dir));
	TRY(fs_join(job, dir, "checkpoint", &path));
	err got = fs_slurp(job, path, MAX_CHECKPOINT, &note);
	if (got.code == ERR_MISSING)
		return OK;
	TRY(got);
	TRY(ledger_checkpoint_read(job, note, &ledger->log, &checkpoint, &others));
	if (checkpoint.size <= size) {
		TRY(ledger_grow_open(job, ledger->store, checkpoint.size, ledger->next));
		root = ledger_frontier_root(&ledger->next->frontier);
		if (digest_same(&root, &checkpoint.root))
			return OK;
	}
	TRY(job_format(job, ret, "a checkpoint over %llu entries with root %s was published; the store holds %llu other or fewer entries",
	    (unsigned long long)checkpoint.size, digest_text(&checkpoint.root).at, (unsigned long long)size));
	/* What was put aside before is evidence too. */
	unsigned turn = 1;
	TRY(job_format(job, &aside, "%s.lost-%llu", dir, (unsigned long long)checkpoint.size));
	while (access(aside.at, F_OK) == 0)
		TRY(job_format(job, &aside, "%s.lost-%llu-%u", dir, (unsigned long long)checkpoint.size, ++turn));
	if (rename(dir, aside.at) != 0)
		return err_errno(job, errno, "%s: cannot be put aside", dir);
	return OK;
}

static err
state_make(struct job *job, const struct ledger_place *place, slice *ret_lost)
{
	struct ledger *ledger DEFER(ledger_close_at) = NULL;
	TRY(ledger_open_store(job, place, &ledger));
	TRY(lost_say(job, ledger, ret_lost));
	return ledger_signer_adopt(job, place->signer, ledger->origin, &ledger->grow->frontier);
}

err
ledger_adopt(struct job *job, const struct ledger_place *place, slice why)
{
	struct ledger *ledger DEFER(ledger_close_at) = NULL;
	struct ledger_receipt receipt;
	slice lost, content;
	TRY(state_refuse(job, place));
	if (why.len == 0)
		return err_set(job, ERR_INPUT, "adopt: the reason must be given");
	TRY(state_make(job, place, &lost));
	TRY(ledger_open(job, place, &ledger));
	TRY(ledger_adopt_form_write(job, ledger_size(ledger), &ledger->root, lost, why, &content));
	return ledger_append_form(job, ledger, LEDGER_ADOPT, S(""), "adopt", content, &receipt);
}
