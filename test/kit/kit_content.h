/*
 * What tests of content share: a folder of YAML files from a list, loaded.
 */
#ifndef KIT_CONTENT_H
#define KIT_CONTENT_H

#include "kit.h"

#include "catalogue/catalogue.h"

struct kit_text {
	const char *path, *text;
};

#define KIT_HEAD "id: fw\nkind: requirements\ntitle: A framework\nsource: https://example.org/fw\n"
#define KIT_SCHEME "id: caf\nkind: scheme\ntitle: A scheme\nsource: https://example.org/caf\noutcomes:\n- {id: C1.a, title: Watching}\n"
#define KIT_SECTION "framework: fw\nsection: One\nrequirements:\n"
/* A requirement with parts and, at its end, whatever ${more} says. */
#define KIT_REQUIREMENT(id, parts, more)                                                                                                   \
	"- id: " id "\n  title: Title of " id                                                                                              \
	"\n  text: Do it\n  does: It is done\n  kind: control\n  function: protect\n  phase: [any]\n  review: P1Y\n"                       \
	"  parts:\n" parts more
#define KIT_PART(id, basis) "  - {id: " id ", says: It holds, basis: " basis "}\n"

/* A new folder of these files. */
static inline const char *
kit_texts(const struct kit_text *files, size_t len)
{
	const char *dir = kit_mkdir();
	for (size_t i = 0; i < len; i++)
		kit_file(dir, files[i].path, files[i].text);
	return dir;
}

/* The same as a content set; the folder is gone again. */
static inline struct content
kit_content(const struct kit_text *files, size_t len)
{
	struct content content;
	const char *dir = kit_texts(files, len);
	ASSERT_OK(content_load(kit_job(), dir, NULL, &content));
	kit_rmdir(dir);
	return content;
}
#define KIT_CONTENT(...)                                                                                                                   \
	kit_content((const struct kit_text[]){__VA_ARGS__}, sizeof((const struct kit_text[]){__VA_ARGS__}) / sizeof(struct kit_text))

#endif
