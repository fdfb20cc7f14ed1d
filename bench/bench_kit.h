/*
 * What every bench program needs: a clock, and to stop at the first error.
 */
#ifndef BENCH_BENCH_KIT_H
#define BENCH_BENCH_KIT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/job.h"

static inline double
seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void
need(struct job *job, err got, const char *what)
{
	if (got.code == ERR_NONE)
		return;
	fprintf(stderr, "%s: %s: %s: %s\n", program_invocation_short_name, what, err_name(got.code), job->why);
	exit(1);
}

#endif
