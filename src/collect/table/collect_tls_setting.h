/*
 * How the system's library and its servers speak TLS: effective settings of OpenSSL, nginx, Apache and Postfix, site by site.
 */
#ifndef COLLECT_TABLE_COLLECT_TLS_SETTING_H
#define COLLECT_TABLE_COLLECT_TLS_SETTING_H

#include "collect/collect_line.h"

extern const struct table table_tls_setting;

/* One program's settings: site[0] holds for all sites, the others override it. */
struct collect_tls_site {
	slice name;
	slice port;
	bool tls;
	struct collect_settings settings;
};
struct collect_tls {
	struct job *job;
	const char *program;
	struct collect_tls_site *site;
	size_t len, room;
	size_t current;      /* the site being read */
	unsigned depth;      /* of blocks */
	unsigned site_depth; /* of the current site's block; 0 = none */
	unsigned files;      /* read so far */
	/* Called for an include; NULL = includes are passed over. ${pattern} as the file has it. */
	err (*include)(struct collect_tls *tls, slice pattern, unsigned nesting);
	const struct collect *collect;
};

err collect_tls_open(struct collect_tls *tls, struct job *job, const char *program);

/* Pure (but for ->include): read one file's ${text}. Broken syntax is passed over as far as it goes; ERR_LIMIT for too many sites. */
err collect_tls_nginx(struct collect_tls *tls, slice text, const char *path, unsigned nesting);
err collect_tls_apache(struct collect_tls *tls, slice text, const char *path, unsigned nesting);
err collect_tls_postfix(struct collect_tls *tls, slice text, const char *path);
err collect_tls_openssl(struct collect_tls *tls, slice text, const char *path);

enum collect_tls_program { COLLECT_TLS_OPENSSL, COLLECT_TLS_NGINX, COLLECT_TLS_APACHE, COLLECT_TLS_POSTFIX, COLLECT_TLS_PROGRAMS };

/* Read a program's configuration with all it includes; ${ret_there} is false when it has none. */
err collect_tls_read(struct job *job, const struct collect *collect, enum collect_tls_program program, struct collect_tls *ret, bool *ret_there);

/* Rows for every known keyword of the program: for all sites together (site ''), and for each site that speaks TLS. */
err collect_tls_rows(const struct collect_tls *tls, struct rows *rows);

#endif
