/*
 * Targets: cvss_score, cvss_severity.
 * Holds: scores lie in 0 to 100 and agree with their words and the version with the prefix; a vector that is taken is refused with a slash,
 * a blank or its last metric once more behind it, and 3.x scores the same with its metrics the other way round.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cvss.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

#define VECTOR_MAX 512

static void
check_tail(slice vector, slice tail)
{
	char text[2 * VECTOR_MAX];
	struct cvss cvss;
	memcpy(text, vector.at, vector.len);
	memcpy(text + vector.len, tail.at, tail.len);
	if (cvss_score(slice_bytes(text, vector.len + tail.len), &cvss))
		abort();
}

static void
check_turned(slice vector, const struct cvss *wanted)
{
	char text[VECTOR_MAX];
	size_t len = slice_find(vector, '/');
	slice rest = slice_from(vector, len + 1);
	struct cvss cvss;
	memcpy(text, vector.at, len);
	while (rest.len > 0) {
		size_t slash = slice_find_last(rest, '/'), from = slash < rest.len ? slash + 1 : 0;
		text[len++] = '/';
		memcpy(text + len, rest.at + from, rest.len - from);
		len += rest.len - from;
		rest.len = from > 0 ? slash : 0;
	}
	if (!cvss_score(slice_bytes(text, len), &cvss))
		abort();
	if (cvss.base_tenths != wanted->base_tenths || cvss.overall_tenths != wanted->overall_tenths)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	slice vector = slice_bytes(at, len);
	struct cvss cvss;
	if (!cvss_score(vector, &cvss))
		return 0;
	if (len > VECTOR_MAX) /* each metric once: the longest vector is far shorter */
		abort();
	if (cvss.base_tenths < 0 || cvss.base_tenths > 100 || cvss.overall_tenths < 0 || cvss.overall_tenths > 100)
		abort();
	if (!slice_same(cvss.severity, cvss_severity(cvss.base_tenths)))
		abort();
	if (!slice_same(cvss.overall_severity, cvss_severity(cvss.overall_tenths)))
		abort();
	if (cvss.version != (vector.at[5] - '0') * 10 + vector.at[7] - '0')
		abort();
	check_tail(vector, S("/"));
	check_tail(vector, S(" "));
	check_tail(vector, slice_from(vector, slice_find_last(vector, '/')));
	if (cvss.version != 40)
		check_turned(vector, &cvss);
	return 0;
}
