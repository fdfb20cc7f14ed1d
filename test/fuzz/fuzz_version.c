/*
 * Targets: version_deb_valid, version_deb_order, version_rpm_order. The input is up to three lines, three versions.
 * Holds: every version equals itself, the order turns round with its arguments, and it is transitive.
 */
#include <stdlib.h>

#include "base/version.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

static void
check(int (*order)(slice, slice), slice a, slice b, slice c)
{
	int ab = order(a, b), ba = order(b, a);
	if (order(a, a) != 0 || (ab > 0) != (ba < 0) || (ab < 0) != (ba > 0))
		abort();
	if (ab <= 0 && order(b, c) <= 0 && order(a, c) > 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	slice rest = slice_bytes(at, len), version[3] = {S(""), S(""), S("")};
	for (int i = 0; i < 3; i++)
		(void)slice_cut(&rest, '\n', &version[i]);
	check(version_rpm_order, version[0], version[1], version[2]);
	if (version_deb_valid(version[0]) && version_deb_valid(version[1]) && version_deb_valid(version[2]))
		check(version_deb_order, version[0], version[1], version[2]);
	return 0;
}
