/*
 * The catalogue: what is required. Frameworks, their requirements and parts, and schemes they map to, read from content (YAML) with an
 * organisation's overlay; every file is part of one content set with one digest.
 */
#ifndef CATALOGUE_CATALOGUE_H
#define CATALOGUE_CATALOGUE_H

#include "base/code.h"
#include "base/instant.h"
#include "base/job.h"
#include "base/yaml.h"

/* The content set: every file below ${dir} (and ${overlay}, which replaces files of the same path), in memory. */
struct content_file {
	const char *path; /* relative: "check/ssh-root-login.yaml" */
	const char *from; /* the file on disk, for messages */
	slice text;
	struct digest digest;
};
struct content {
	const struct content_file *files; /* sorted by path */
	size_t len;
	struct digest digest; /* SHA-256 over "path\0hex\n" of all */
};
/* Where content is: ${given}, $ASSAY_CONTENT, beside the binary (../content upwards to three levels), the installed place. */
err content_find(struct job *job, const char *given, const char **ret_dir);
err content_load(struct job *job, const char *dir, const char *overlay, struct content *ret);
/* One JSON document of all the files, canonical: what the ledger keeps of a set. */
err content_pack(struct job *job, const struct content *content, slice *ret);
err content_unpack(struct job *job, slice pack, struct content *ret);

enum basis { BASIS_ATTESTED, BASIS_RECORDED, BASIS_OBSERVED, BASIS_EXERCISED };
extern const char *const basis_words[]; /* "attested", "recorded", "observed", "exercised", NULL: weakest first */

struct part {
	slice id;   /* TCOP6-041.plan */
	slice says;
	enum basis basis;
	const struct requirement *requirement;
};
struct mapping {
	slice scheme;  /* caf-3.2 */
	slice outcome; /* C1.a */
	slice title;
	bool by_section;
};
struct requirement {
	slice id, title, text, does, kind, function, section, source, review_event;
	slice phase[6];
	size_t phases;
	struct duration review;
	const struct framework *framework;
	struct part *parts;
	size_t parts_len;
	struct mapping *maps;
	size_t maps_len;
};
struct framework {
	slice id, title, publisher, source, about;
	struct requirement *requirements; /* in the order of their ids */
	size_t len;
};
struct catalogue {
	struct framework *frameworks; /* kind: requirements; in the order tcop-6, … of their ids */
	size_t len;
	size_t requirements, parts;
};
/* Read frameworks and schemes from the set. Unknown keys, duplicate ids, a map to an outcome no scheme has: ERR_INPUT "file:line: …". */
err catalogue_load(struct job *job, const struct content *content, struct catalogue *ret);
const struct framework *catalogue_framework(const struct catalogue *catalogue, slice id);
const struct requirement *catalogue_requirement(const struct catalogue *catalogue, slice id);
const struct part *catalogue_part(const struct catalogue *catalogue, slice id);

#endif
