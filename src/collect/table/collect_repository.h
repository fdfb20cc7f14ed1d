/*
 * Package sources of apt: entries of sources.list and .sources, and what their Release files say.
 */
#ifndef COLLECT_TABLE_COLLECT_REPOSITORY_H
#define COLLECT_TABLE_COLLECT_REPOSITORY_H

#include "collect/collect.h"

struct collect_repository {
	const char *path;
	unsigned line;
	slice types; /* "deb", "deb-src", "deb deb-src" */
	slice uri;   /* without a user's name and password */
	slice suite; /* as written; ends in '/' for a flat source */
	slice components;
	bool enabled, trusted;
	slice signed_by;    /* paths or fingerprints, "(embedded)", or empty */
	slice embedded_key; /* armour text, of a stanza that holds its key */
};
struct collect_repositories {
	struct job *job;
	struct collect_repository *at;
	size_t len, room;
};

/* Add the entries of one file in the one-line style, or in the deb822 style. Lines that are none are passed over, as apt would refuse them.
 * Pure. */
err collect_repository_list(struct collect_repositories *to, const char *path, slice text);
err collect_repository_sources(struct collect_repositories *to, const char *path, slice text);

/* All of the system. */
err collect_repositories_read(struct job *job, const struct collect *collect, struct collect_repositories *ret);

/* How names of this source's files in /var/lib/apt/lists begin ("deb.debian.org_debian_dists_bookworm_"); ${arch} stands for $(ARCH). */
err collect_repository_prefix(struct job *job, const struct collect_repository *repository, slice arch, slice *ret);

struct collect_release {
	slice origin, label, suite, codename, version;
	int64_t date_us, valid_until_us; /* INT64_MIN = not said */
	bool not_automatic, but_automatic;
};
/* A Release or InRelease file. Pure. */
void collect_release_parse(slice text, struct collect_release *ret);

/* Read the InRelease (or Release) file beginning with ${prefix}; false when neither is there. ${ret_text} is what its signature is in (may
 * be NULL). */
err collect_release_read(
    struct job *job, const struct collect *collect, slice prefix, struct collect_release *ret, slice *ret_text, bool *ret_there);

#endif
