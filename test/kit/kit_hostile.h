/*
 * Bytes that no parser may trip over: NULs, bytes that are not UTF-8, a huge line, every separator alone.
 */
#ifndef KIT_HOSTILE_H
#define KIT_HOSTILE_H

#include "kit.h"

/* Write them to ${root}/${path}, after ${before} (may be ""). */
static inline void
kit_hostile(const char *root, const char *path, const char *before)
{
	static const char bytes[] =
	    "\0\0\n:::::::\n\xff\xfe\xc0\x80=\x80\n=\n,\n(\n)\n[\n[x\n\"\n'\n\\\n\\\n{\n}\n!\n@\n#\n-\n* * * * *\n@daily\n"
	    "include\nMatch\n-a\n-w\nserver\nDefaults\nx ALL=(\nssh-rsa AAAA\n\0x=\0y\n";
	slice full;
	kit_file(root, path, before);
	ASSERT_OK(job_format(kit_job(), &full, "%s%s", root, path));
	FILE *file = fopen(full.at, "ab");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, sizeof bytes - 1, file), sizeof bytes - 1);
	for (int i = 0; i < 50000; i++)
		assert_int_equal(fwrite("a=b,:\xff \"", 1, 8, file), 8);
	fclose(file);
}

#endif
