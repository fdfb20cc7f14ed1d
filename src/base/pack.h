/*
 * Compression with limits on what comes out: size, ratio and window are declared before a byte is unpacked.
 */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/job.h"

#define PACK_MAX_RATIO 1000
#define PACK_FREE_BYTES (4 * MIB)

/* zstd level 3 (levels 1 to 19 given by ${level}) with content size and checksum. */
err pack_zstd(struct job *job, slice text, int level, slice *ret);

/*
 * Unpack zstd, gzip, lz4 (told by their magic), or hand back ${text} itself when it is none of them. More than ${max_bytes} out is ERR_LIMIT;
 * a window above 8 MiB, a truncated or damaged stream, or bytes after its end is ERR_INPUT. ${name} begins the sentence.
 * Past PACK_FREE_BYTES out, growing more than PACK_MAX_RATIO-fold is ERR_LIMIT too, unless the zstd frame declares its size (pack_zstd() does).
 */
err pack_unpack(struct job *job, const char *name, slice text, size_t max_bytes, slice *ret);

#endif
