/*
 * The order of Debian package versions (deb-version(7)): epoch, upstream, revision; '~' sorts before everything, letters before other signs.
 */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#include "base/slice.h"

/* False for what deb-version(7) does not allow (empty, blank, epoch not a number, …). */
bool version_deb_valid(slice version);
/* <0, 0, >0. Both must be valid. */
int version_deb_order(slice a, slice b);

/* rpm's order (rpmvercmp with ^ and ~) over "epoch:version-release"; a missing epoch is 0. */
int version_rpm_order(slice a, slice b);

#endif
