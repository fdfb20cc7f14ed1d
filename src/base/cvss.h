/*
 * Scores of CVSS vector strings: versions 3.0, 3.1 and 4.0 as FIRST specifies them. Pure: nothing here allocates.
 */
#ifndef BASE_CVSS_H
#define BASE_CVSS_H

#include "base/slice.h"

/*
 * Scores are tenths, 0 to 100. ${base} is the score of the base metrics alone. ${overall} is the score with what else the vector gives:
 * for 3.x the environmental score when an environmental metric is given, else the temporal one when a temporal metric is; for 4.0 the score
 * with threat and environmental metrics. It equals ${base} when nothing of the kind is given; a metric of value X counts as not given.
 * The severities are the words for the two scores.
 */
struct cvss {
	int version; /* 30, 31 or 40 */
	int base_tenths;
	int overall_tenths;
	slice severity; /* "none", "low", "medium", "high" or "critical"; static */
	slice overall_severity;
};

/*
 * The scores of ${vector}: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H". Every base metric once, every other metric at most once, in any
 * order for 3.x and in the specification's order for 4.0 (its section 7); supplemental metrics are checked and do not count. The whole
 * slice, in upper and lower case as specified, no blanks. False on anything else; ${ret} is untouched then.
 */
bool cvss_score(slice vector, struct cvss *ret);

/* The word for a score: none 0, low from 1, medium from 40, high from 70, critical from 90 tenths (section 5 of 3.x, 6 of 4.0). */
slice cvss_severity(int tenths);

#endif
