/*
 * Arenas: memory with a name and a ceiling, given back all at once.
 * Never hands out NULL to code above; job.h turns the ceiling into ERR_LIMIT.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

struct arena;

/* A mark to return to with arena_rewind(). */
struct arena_mark {
	void *chunk;
	size_t used;
	size_t total;
};

/*
 * Open an arena. ${name} is kept (a string literal) and named when ${ceiling_bytes} is reached.
 * Returns NULL only when the system has no memory. arena_open_wiped() erases on reset and close: for secrets.
 * A build with ASSAY_ARENA_DEBUG gives each allocation its own malloc, so that sanitizers see inside.
 */
struct arena *arena_open(const char *name, size_t ceiling_bytes);
struct arena *arena_open_wiped(const char *name, size_t ceiling_bytes);

/* Take ${size} zeroed bytes aligned for any type; NULL when the ceiling or the system's memory is reached. Owned by the arena. */
void *arena_take(struct arena *arena, size_t size);

/* Forget everything taken; the memory stays for the next use. */
void arena_reset(struct arena *arena);

/* Remember this moment; arena_rewind() forgets what was taken after it. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

const char *arena_name(const struct arena *arena);
size_t arena_used(const struct arena *arena);
size_t arena_ceiling(const struct arena *arena);

/* Free all. arena_close(NULL) is harmless. arena_close_at() is for DEFER. */
void arena_close(struct arena *arena);
void arena_close_at(struct arena **arena);

#endif
