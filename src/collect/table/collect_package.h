/*
 * Installed packages, from dpkg's status and rpm's database, and what apt's lists offer for them.
 */
#ifndef COLLECT_TABLE_COLLECT_PACKAGE_H
#define COLLECT_TABLE_COLLECT_PACKAGE_H

#include "collect/collect.h"
#include "collect/table/collect_repository.h"

/* A version of a package that a list offers. */
struct collect_offer {
	struct collect_offer *next;
	slice version;
	unsigned list; /* index of struct collect_lists */
};

struct collect_package {
	slice name, arch, version, source_name, source_version;
	slice status; /* dpkg's word: installed, config-files, … */
	bool held, multi_arch_same;
	slice origin; /* rpm: the vendor */
	struct cell installed_at;
	struct collect_offer *offers;
	unsigned next_same_hash; /* index + 1 of the next in the name index */
};
struct collect_packages {
	struct job *job;
	struct collect_package *at;
	size_t len, room;
	unsigned *index; /* by hash of the name: index + 1 of the first */
	size_t index_len;
};

/* One file of apt's lists: where its packages come from and how strongly apt wants them. */
struct collect_list {
	const char *path;
	const struct collect_repository *repository;
	struct collect_release release;
	slice component, site;
	int priority;
	bool security;
};
struct collect_lists {
	struct collect_list *at;
	size_t len;
	slice missing; /* a source that is enabled and has no list, or empty */
	bool any_source;
};

err collect_package_add(struct collect_packages *packages, const struct collect_package *package);

/* Add the packages of dpkg's status file. Pure. */
err collect_package_dpkg_parse(struct collect_packages *packages, slice status);

/* Make the name index; no package may be added after it. */
err collect_package_dpkg_index(struct collect_packages *packages);

/* Note what a stanza of a Packages file offers for an installed package. Pure. */
err collect_package_dpkg_offer(struct collect_packages *packages, unsigned list, slice stanza);

/* Find apt's lists of the enabled sources and read them for the packages. */
err collect_package_lists(struct collect_packages *packages, const struct collect *collect, struct collect_lists *ret);

/* One header of rpm's database (immutable region as stored: counts, index, data); ERR_INPUT when it does not hold together. Pure. */
err collect_package_rpm_header(struct job *job, slice blob, struct collect_package *ret);

/* Add the packages of rpm's database; false in ${ret_there} when there is none. */
err collect_package_rpm_read(struct collect_packages *packages, const struct collect *collect, bool *ret_there);

/* apt's pins (apt_preferences(5)). */
struct collect_pin {
	slice package; /* pattern: name, glob, /expression/, src:name */
	slice pin;     /* "version 1.2*", "release a=stable", "origin example.org" */
	int priority;
};
struct collect_pins {
	struct job *job;
	struct collect_pin *at;
	size_t len, room;
};
/* Add the pins of one preferences file. Pure. */
err collect_pin_parse(struct collect_pins *pins, slice text);
err collect_pins_read(struct job *job, const struct collect *collect, struct collect_pins *ret);

/* Rows of pending_update. */
err collect_pending_update_rows(const struct collect_packages *packages, const struct collect_lists *lists, const struct collect_pins *pins,
    slice default_release, struct rows *rows);

extern const struct table table_pending_update;

#endif
