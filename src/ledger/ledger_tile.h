/*
 * C2SP tlog-tiles: names of tiles and entry bundles, and writing them as static files.
 */
#ifndef LEDGER_LEDGER_TILE_H
#define LEDGER_LEDGER_TILE_H

#include "base/code.h"
#include "base/job.h"
#include "store/store.h"

#define LEDGER_TILE_WIDTH 256
#define LEDGER_MAX_ENTRY 65535

struct ledger_tile_name {
	char at[128];
};
/* "tile/0/x001/067", "tile/1/000.p/17"; level -1 = entries. ${width} 256 = full. */
struct ledger_tile_name ledger_tile_name(int level, uint64_t index, unsigned width);

/* Publish below ${dir} every tile and bundle that ${size} needs and ${published} (an earlier size) did not have; each file synced; partial tiles that a
 * full one replaces are removed. Reads leaf hashes, nodes and leaves from ${store}. */
err ledger_tile_publish(struct job *job, struct store *store, const char *dir, uint64_t published, uint64_t size);

/* Remove what a killed publication left half-written below ${dir}; a folder that is not there is OK. Called when the checkpoint is behind the store. */
err ledger_tile_sweep(struct job *job, const char *dir);

#endif
