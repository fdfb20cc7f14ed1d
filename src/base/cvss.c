/*
 * CVSS vector strings of versions 3.0, 3.1 and 4.0 and their scores, in whole numbers so that every rounding is the specification's.
 * Deliberately does not: read version 2, guess at malformed vectors, or say how soon anything must be mended.
 */
#include <string.h>

#include "base/cvss.h"

/* A metric and its values, the words apart by one blank. A value is known by its place; optional metrics have X first. */
struct metric {
	const char *name, *values;
};

#define METRICS_MAX 32

struct vector {
	uint32_t seen;           /* one bit a metric */
	uint8_t at[METRICS_MAX]; /* place of its value; 0 where it is absent */
};

struct version {
	slice prefix;
	int number;
	int metrics, base; /* how many in all; base metrics come first */
	bool ordered;
	const struct metric *metric;
};

/* clang-format off */
enum { AV3, AC3, PR3, UI3, S3, C3, I3, A3, E3, RL3, RC3, CR3, IR3, AR3, MODIFIED3 };
static const struct metric metrics_3[] = {
	{"AV", "N A L P"}, {"AC", "L H"}, {"PR", "N L H"}, {"UI", "N R"}, {"S", "U C"}, {"C", "H L N"}, {"I", "H L N"}, {"A", "H L N"},
	{"E", "X H F P U"}, {"RL", "X U W T O"}, {"RC", "X C R U"},
	{"CR", "X H M L"}, {"IR", "X H M L"}, {"AR", "X H M L"},
	{"MAV", "X N A L P"}, {"MAC", "X L H"}, {"MPR", "X N L H"}, {"MUI", "X N R"}, {"MS", "X U C"},
	{"MC", "X H L N"}, {"MI", "X H L N"}, {"MA", "X H L N"},
};

enum { AV4, AC4, AT4, PR4, UI4, VC4, VI4, VA4, SC4, SI4, SA4, E4, CR4, IR4, AR4, MODIFIED4 };
static const struct metric metrics_4[] = {
	{"AV", "N A L P"}, {"AC", "L H"}, {"AT", "N P"}, {"PR", "N L H"}, {"UI", "N P A"},
	{"VC", "H L N"}, {"VI", "H L N"}, {"VA", "H L N"},
	{"SC", "H L N"}, {"SI", "H L N"}, {"SA", "H L N"},
	{"E", "X A P U"},
	{"CR", "X H M L"}, {"IR", "X H M L"}, {"AR", "X H M L"},
	{"MAV", "X N A L P"}, {"MAC", "X L H"}, {"MAT", "X N P"}, {"MPR", "X N L H"}, {"MUI", "X N P A"}, {"MVC", "X H L N"},
	{"MVI", "X H L N"}, {"MVA", "X H L N"}, {"MSC", "X H L N"}, {"MSI", "X H L N S"}, {"MSA", "X H L N S"},
	{"S", "X N P"}, {"AU", "X N Y"}, {"R", "X A U I"}, {"V", "X D C"}, {"RE", "X L M H"}, {"U", "X Clear Green Amber Red"},
};

#define LENGTH(array) (int)(sizeof(array) / sizeof(array)[0])
static const struct version versions[] = {
	{S("CVSS:3.1"), 31, LENGTH(metrics_3), 8, false, metrics_3},
	{S("CVSS:3.0"), 30, LENGTH(metrics_3), 8, false, metrics_3},
	{S("CVSS:4.0"), 40, LENGTH(metrics_4), 11, true, metrics_4},
};
/* clang-format on */

/* The place of ${name}, or the number of metrics. */
static int
metric_find(const struct version *version, slice name)
{
	int i = 0;
	while (i < version->metrics && !slice_same(slice_of(version->metric[i].name), name))
		i++;
	return i;
}

static bool
value_find(const char *values, slice value, uint8_t *ret)
{
	slice rest = slice_of(values), word;
	for (uint8_t i = 0; slice_word(&rest, &word); i++)
		if (slice_same(word, value)) {
			*ret = i;
			return true;
		}
	return false;
}

/* Read the metrics behind the prefix. An empty one is nobody's name; a slash at the very end is the caller's to refuse. */
static bool
metrics_read(const struct version *version, slice rest, struct vector *ret)
{
	slice field;
	int last = -1;
	while (slice_cut(&rest, '/', &field)) {
		size_t colon = slice_find(field, ':');
		int i = metric_find(version, slice_part(field, 0, colon));
		if (i == version->metrics || ret->seen & UINT32_C(1) << i || (version->ordered && i < last))
			return false;
		if (!value_find(version->metric[i].values, slice_from(field, colon + 1), &ret->at[i]))
			return false;
		ret->seen |= UINT32_C(1) << i;
		last = i;
	}
	uint32_t base = (UINT32_C(1) << version->base) - 1;
	return (ret->seen & base) == base;
}

/* Whether one of the metrics from place ${from} to before ${to} says something. */
static bool
given(const struct vector *vector, int from, int to)
{
	for (int i = from; i < to; i++)
		if (vector->at[i] != 0)
			return true;
	return false;
}

/* The place of the value that counts for base metric ${i}: the modified one, where given. */
static int
effective(const struct vector *vector, int i, int modified)
{
	uint8_t over = vector->at[modified + i];
	return over ? over - 1 : vector->at[i];
}

/* Version 3: values in units of 10^-12, exact but for the power below. */

#define TEN INT64_C(10000000000000)

/*
 * 3.1, appendix A: to five decimals first, then up to one. 3.0: up to one decimal. No value of either formula lies less than 0.000004 above
 * a tenth without being one, so what curve() loses is far too little to matter.
 */
static int
round_up(int version, int64_t value)
{
	if (version == 30)
		return (int)((value + 99999999999) / 100000000000);
	return (int)(((value + 5000000) / 10000000 + 9999) / 10000);
}

/* What the curve of a changed scope takes off, times 1.08. The floor: less what is cut off here, a value above a tenth stays above it. */
static int64_t
curve(int64_t impact, bool flat)
{
	double x = flat ? (double)impact * 0.9731e-6 - 0.02 : (double)impact * 1e-6 - 0.02, power = 1;
	for (int i = flat ? 13 : 15; i > 0; i--)
		power *= x;
	return (int64_t)(power * 3.51e12);
}

/* The base formula, over the base metrics alone or over the modified ones with their requirements. */
static int
score_3_impact(int version, const struct vector *vector, bool modified)
{
	static const int av[] = {85, 62, 55, 20}, ac[] = {77, 44}, pr[2][3] = {{85, 62, 27}, {85, 68, 50}}, ui[] = {85, 62};
	static const int cia[] = {56, 22, 0}, requirement[] = {10, 15, 10, 5};
	int at[A3 + 1];
	int64_t left = 1;
	for (int i = 0; i <= A3; i++)
		at[i] = modified ? effective(vector, i, MODIFIED3) : vector->at[i];
	for (int i = 0; i < 3; i++)
		left *= 100 - cia[at[C3 + i]] * (modified ? requirement[vector->at[CR3 + i]] : 10) / 10;
	int64_t impact = 1000000 - left; /* millionths */
	if (impact == 0)
		return 0; /* the least other impact, 0.11, is above zero in either formula */
	if (impact > 915000)
		impact = 915000;
	bool changed = at[S3] == 1;
	int64_t value = INT64_C(822) * av[at[AV3]] * ac[at[AC3]] * pr[changed][at[PR3]] * ui[at[UI3]]; /* 10^-10 */
	if (changed)
		value = (value + 75200 * (impact - 29000)) * 108 - curve(impact, modified && version == 31);
	else
		value = (value + 64200 * impact) * 100;
	return round_up(version, value < TEN ? value : TEN);
}

static int
score_3_temporal(int version, const struct vector *vector, int tenths)
{
	static const int e[] = {100, 100, 97, 94, 91}, rl[] = {100, 100, 97, 96, 95}, rc[] = {100, 100, 96, 92};
	return round_up(version, INT64_C(100000) * tenths * e[vector->at[E3]] * rl[vector->at[RL3]] * rc[vector->at[RC3]]);
}

static int
score_3(int version, const struct vector *vector)
{
	return score_3_temporal(version, vector, score_3_impact(version, vector, given(vector, CR3, METRICS_MAX)));
}

/* Version 4: section 8, macrovectors and interpolation. */

enum { EQ1, EQ2, EQ36, EQ4, EQ5, EQS };

/* The specification's scores of the 270 macrovectors, in tenths: by EQ1, EQ2, EQ3 and EQ6 together (00 01 10 11 21), EQ4, EQ5. */
/* clang-format off */
static const uint8_t macro_scores[3][2][5][3][3] = {
	    {{
		    {{100, 98, 95}, {100, 93, 91}, {93, 89, 81}},
		    {{99, 95, 92}, {96, 87, 81}, {90, 80, 68}},
		    {{98, 95, 90}, {93, 89, 81}, {88, 78, 69}},
		    {{95, 92, 84}, {92, 81, 65}, {80, 70, 48}},
		    {{92, 82, 72}, {79, 69, 50}, {69, 55, 27}},
		},
		{
		    {{99, 95, 92}, {95, 90, 84}, {92, 82, 72}},
		    {{97, 92, 85}, {91, 83, 71}, {81, 71, 53}},
		    {{95, 92, 85}, {92, 80, 70}, {84, 71, 50}},
		    {{93, 85, 73}, {82, 72, 59}, {70, 52, 30}},
		    {{86, 75, 52}, {71, 52, 29}, {63, 29, 17}},
		}},
	    {{
		    {{98, 94, 91}, {94, 86, 77}, {87, 74, 63}},
		    {{95, 87, 81}, {89, 74, 64}, {75, 63, 49}},
		    {{94, 88, 76}, {86, 74, 59}, {72, 57, 52}},
		    {{89, 77, 67}, {76, 58, 50}, {57, 52, 25}},
		    {{83, 70, 54}, {65, 58, 26}, {53, 21, 13}},
		},
		{
		    {{95, 88, 76}, {90, 75, 61}, {77, 68, 52}},
		    {{90, 76, 70}, {77, 62, 53}, {66, 59, 30}},
		    {{89, 76, 62}, {74, 57, 47}, {61, 57, 24}},
		    {{78, 67, 58}, {59, 57, 23}, {52, 29, 16}},
		    {{71, 59, 30}, {58, 26, 15}, {23, 13, 6}},
		}},
	    {{
		    {{93, 86, 75}, {86, 74, 56}, {70, 52, 40}},
		    {{87, 72, 58}, {74, 61, 34}, {54, 40, 22}},
		    {{85, 74, 62}, {72, 55, 46}, {53, 34, 19}},
		    {{75, 55, 51}, {57, 41, 19}, {36, 19, 8}},
		    {{64, 51, 20}, {47, 21, 11}, {24, 9, 4}},
		},
		{
		    {{88, 73, 60}, {73, 59, 41}, {54, 45, 20}},
		    {{75, 53, 50}, {55, 40, 20}, {43, 22, 11}},
		    {{75, 58, 40}, {61, 48, 20}, {46, 17, 8}},
		    {{55, 45, 21}, {51, 18, 9}, {18, 7, 2}},
		    {{53, 24, 14}, {24, 12, 5}, {10, 3, 1}},
		}},
};
/* clang-format on */

static int
macro_score(const int eq[EQS])
{
	static const int lengths[EQS] = {3, 2, 5, 3, 3};
	for (int i = 0; i < EQS; i++)
		if (eq[i] >= lengths[i])
			return -1;
	return macro_scores[eq[EQ1]][eq[EQ2]][eq[EQ36]][eq[EQ4]][eq[EQ5]];
}

/* The score of the next lower macrovector in ${which}, the higher one where there are two; -1 when there is none. */
static int
macro_score_below(const int eq[EQS], int which)
{
	static const int below_36[5][2] = {{1, 2}, {3, 3}, {3, 3}, {4, 4}, {5, 5}};
	int next[EQS], first, second;
	memcpy(next, eq, sizeof next);
	next[which] = which == EQ36 ? below_36[eq[EQ36]][0] : eq[which] + 1;
	first = macro_score(next);
	if (which != EQ36)
		return first;
	next[EQ36] = below_36[eq[EQ36]][1];
	second = macro_score(next);
	return first > second ? first : second;
}

/* The severity levels of the metrics, 0 the most severe: the base metrics that count, then E, CR, IR, AR. SI and SA begin with safety. */
static void
levels_of(const struct vector *vector, int level[AR4 + 1])
{
	static const int subsequent[] = {1, 2, 3, 0};
	for (int i = AV4; i <= SA4; i++)
		level[i] = effective(vector, i, MODIFIED4);
	for (int i = SC4; i <= SA4; i++)
		level[i] = subsequent[level[i]];
	for (int i = E4; i <= AR4; i++)
		level[i] = vector->at[i] ? vector->at[i] - 1 : 0;
}

/* The equivalence classes of a vector. */
static void
macro_of(const int level[AR4 + 1], int eq[EQS])
{
	int none = (level[AV4] == 0) + (level[PR4] == 0) + (level[UI4] == 0);
	eq[EQ1] = none == 3 ? 0 : none > 0 && level[AV4] != 3 ? 1 : 2;
	eq[EQ2] = level[AC4] + level[AT4] > 0;
	bool high = level[VC4] == 0 || level[VI4] == 0 || level[VA4] == 0;
	int eq3 = level[VC4] == 0 && level[VI4] == 0 ? 0 : high ? 1 : 2, eq6 = 1;
	for (int i = 0; i < 3; i++)
		if (level[VC4 + i] == 0 && level[CR4 + i] == 0)
			eq6 = 0;
	eq[EQ36] = eq3 == 2 ? 4 : 2 * eq3 + eq6;
	bool subsequent = level[SC4] == 1 || level[SI4] == 1 || level[SA4] == 1;
	eq[EQ4] = level[SI4] == 0 || level[SA4] == 0 ? 0 : subsequent ? 1 : 2;
	eq[EQ5] = level[E4];
}

/*
 * How far below its macrovector's most severe vector this one lies, for each class. The specification picks a most severe vector that is
 * nowhere below this one; all of a class have the same sum of levels and one always fits, so the sum alone decides.
 */
static void
distances_of(const int level[AR4 + 1], const int eq[EQS], int distance[EQ5])
{
	static const int most_1[] = {0, 1, 3}, most_36[] = {0, 3, 1, 3, 3}, most_4[] = {1, 3, 6};
	distance[EQ1] = level[AV4] + level[PR4] + level[UI4] - most_1[eq[EQ1]];
	distance[EQ2] = level[AC4] + level[AT4] - eq[EQ2];
	distance[EQ36] = level[VC4] + level[VI4] + level[VA4] + level[CR4] + level[IR4] + level[AR4] - most_36[eq[EQ36]];
	distance[EQ4] = level[SC4] + level[SI4] + level[SA4] - most_4[eq[EQ4]];
}

static int
score_4(const struct vector *vector)
{
	static const int depth[EQ5][5] = {{1, 4, 5}, {1, 2}, {7, 6, 8, 8, 10}, {6, 5, 4}};
	int level[AR4 + 1], eq[EQS], distance[EQ5], common = 840 /* a multiple of every depth */, sum = 0, classes = 0;
	levels_of(vector, level);
	if (level[VC4] + level[VI4] + level[VA4] == 6 && level[SC4] + level[SI4] + level[SA4] == 9)
		return 0;
	macro_of(level, eq);
	distances_of(level, eq, distance);
	int score = macro_score(eq);
	for (int i = 0; i < EQS; i++) {
		int below = macro_score_below(eq, i);
		if (below < 0)
			continue;
		classes++;
		if (i != EQ5) /* a class of one metric: no distance, yet it counts in the mean */
			sum += (score - below) * distance[i] * (common / depth[i][eq[i]]);
	}
	if (classes == 0)
		return score;
	common *= classes;
	return (2 * (score * common - sum) + common) / (2 * common); /* half up; never below zero, as the mean step is at most the score */
}

static int
score(int version, const struct vector *vector)
{
	return version == 40 ? score_4(vector) : score_3(version, vector);
}

slice
cvss_severity(int tenths)
{
	return tenths >= 90 ? S("critical") : tenths >= 70 ? S("high") : tenths >= 40 ? S("medium") : tenths > 0 ? S("low") : S("none");
}

bool
cvss_score(slice vector, struct cvss *ret)
{
	slice prefix, rest = vector;
	if (slice_ends(vector, S("/")) || !slice_cut(&rest, '/', &prefix))
		return false;
	for (int i = 0; i < LENGTH(versions); i++) {
		const struct version *version = &versions[i];
		struct vector all = {0}, base = {0};
		if (!slice_same(prefix, version->prefix))
			continue;
		if (!metrics_read(version, rest, &all))
			return false;
		memcpy(base.at, all.at, (size_t)version->base);
		int base_tenths = score(version->number, &base), overall_tenths = score(version->number, &all);
		*ret = (struct cvss){.version = version->number, .base_tenths = base_tenths, .overall_tenths = overall_tenths,
		    .severity = cvss_severity(base_tenths), .overall_severity = cvss_severity(overall_tenths)};
		return true;
	}
	return false;
}
