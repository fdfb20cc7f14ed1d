/*
 * Arenas: memory taken piece by piece and given back all at once, never above a declared ceiling.
 * Deliberately does not: say why it failed (job.c does), free single pieces, or lock (one arena belongs to one thread).
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_LEN (64 * KIB)
#define POISON 0xDB

/* A run of memory. In the debug build each allocation is a chunk of its own, so that the sanitizers know its exact end. */
struct chunk {
	struct chunk *older;
	size_t room;
	size_t used;
	alignas(max_align_t) unsigned char at[];
};

struct arena {
	const char *name;
	size_t ceiling;
	size_t total; /* bytes taken, rounded up; what the ceiling is about */
	bool wiped;
	struct chunk *newest;
	struct chunk *spare; /* ordinary chunks kept for the next use */
};

static struct arena *
open_as(const char *name, size_t ceiling_bytes, bool wiped)
{
	struct arena *arena = calloc(1, sizeof *arena);
	if (arena == NULL)
		return NULL;
	arena->name = name;
	arena->ceiling = ceiling_bytes;
	arena->wiped = wiped;
	return arena;
}

struct arena *
arena_open(const char *name, size_t ceiling_bytes)
{
	return open_as(name, ceiling_bytes, false);
}

struct arena *
arena_open_wiped(const char *name, size_t ceiling_bytes)
{
	return open_as(name, ceiling_bytes, true);
}

static size_t
round_up(size_t size)
{
	size_t unit = alignof(max_align_t);
	return size > SIZE_MAX - unit ? SIZE_MAX : (size + unit - 1) / unit * unit;
}

static struct chunk *
chunk_new(size_t room)
{
	if (room > SIZE_MAX - sizeof(struct chunk))
		return NULL;
	struct chunk *chunk = malloc(sizeof *chunk + room);
	if (chunk == NULL)
		return NULL;
	*chunk = (struct chunk){.room = room};
	return chunk;
}

/* Erase what was taken from ${from} on: secrets because they are secrets; in the debug build so that a stale pointer shows. */
static void
chunk_erase(const struct arena *arena, struct chunk *chunk, size_t from)
{
#ifdef ASSAY_ARENA_DEBUG
	if (!arena->wiped)
		memset(chunk->at + from, POISON, chunk->used - from);
#endif
	if (arena->wiped)
		explicit_bzero(chunk->at + from, chunk->used - from);
}

static void
chunk_drop(struct arena *arena, struct chunk *chunk)
{
	chunk_erase(arena, chunk, 0);
#ifndef ASSAY_ARENA_DEBUG
	if (chunk->room == CHUNK_LEN) {
		chunk->used = 0;
		chunk->older = arena->spare;
		arena->spare = chunk;
		return;
	}
#endif
	free(chunk);
}

#ifdef ASSAY_ARENA_DEBUG

/* The chunk that ${size} bytes come from: always a new one, of exactly that size. */
static struct chunk *
chunk_for(struct arena *arena, size_t size, size_t rounded)
{
	(void)arena, (void)rounded;
	return chunk_new(size);
}

#else

/* The newest chunk when there is room in it, else a spare one, else a new one. */
static struct chunk *
chunk_for(struct arena *arena, size_t size, size_t rounded)
{
	(void)size;
	struct chunk *newest = arena->newest;
	if (newest != NULL && newest->room - newest->used >= rounded)
		return newest;
	if (rounded <= CHUNK_LEN && arena->spare != NULL) {
		struct chunk *chunk = arena->spare;
		arena->spare = chunk->older;
		return chunk;
	}
	return chunk_new(rounded > CHUNK_LEN ? rounded : CHUNK_LEN);
}

#endif

void *
arena_take(struct arena *arena, size_t size)
{
	size_t rounded = round_up(size > 0 ? size : 1);
	if (rounded > arena->ceiling || arena->total > arena->ceiling - rounded)
		return NULL;
	struct chunk *chunk = chunk_for(arena, size, rounded);
	if (chunk == NULL)
		return NULL;
	if (chunk != arena->newest) {
		chunk->older = arena->newest;
		arena->newest = chunk;
	}
	void *at = chunk->at + chunk->used;
	memset(at, 0, size);
#ifdef ASSAY_ARENA_DEBUG
	chunk->used = size;
#else
	chunk->used += rounded;
#endif
	arena->total += rounded;
	return at;
}

void
arena_reset(struct arena *arena)
{
	arena_rewind(arena, (struct arena_mark){0});
}

struct arena_mark
arena_mark(const struct arena *arena)
{
	return (struct arena_mark){arena->newest, arena->newest != NULL ? arena->newest->used : 0, arena->total};
}

void
arena_rewind(struct arena *arena, struct arena_mark mark)
{
	while (arena->newest != NULL && arena->newest != mark.chunk) {
		struct chunk *chunk = arena->newest;
		arena->newest = chunk->older;
		chunk_drop(arena, chunk);
	}
	if (arena->newest != NULL) {
		chunk_erase(arena, arena->newest, mark.used);
		arena->newest->used = mark.used;
	}
	arena->total = mark.total;
}

const char *
arena_name(const struct arena *arena)
{
	return arena->name;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->total;
}

size_t
arena_ceiling(const struct arena *arena)
{
	return arena->ceiling;
}

void
arena_close(struct arena *arena)
{
	if (arena == NULL)
		return;
	arena_reset(arena);
	while (arena->spare != NULL) {
		struct chunk *chunk = arena->spare;
		arena->spare = chunk->older;
		free(chunk);
	}
	free(arena);
}

void
arena_close_at(struct arena **arena)
{
	arena_close(*arena);
	*arena = NULL;
}
