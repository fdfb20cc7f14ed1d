/* CVSS: FIRST's worked examples, vectors another implementation scored, and every way a vector can be wrong. */
#include "kit.h"

#include "base/cvss.h"

#define BASE_3 "AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H"
#define BASE_4 "AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:L/VA:L/SC:H/SI:L/SA:N"
#define FULL_3 BASE_3 "/E:F/RL:T/RC:R/CR:H/IR:M/AR:L/MAV:A/MAC:H/MPR:N/MUI:R/MS:U/MC:L/MI:H/MA:N"
#define FULL_4                                                                                                                             \
	BASE_4 "/E:P/CR:H/IR:M/AR:L/MAV:A/MAC:L/MAT:N/MPR:N/MUI:P/MVC:H/MVI:L/MVA:N/MSC:L/MSI:S/MSA:H/S:P/AU:Y/R:I/V:C/RE:M/U:Amber"

/* The values of each metric, a letter each, as the specifications list them; those of U but X are words. */
static const char *const of_3[][2] = {{"AV", "NALP"}, {"AC", "LH"}, {"PR", "NLH"}, {"UI", "NR"}, {"S", "UC"}, {"C", "NLH"}, {"I", "NLH"},
    {"A", "NLH"}, {"E", "XUPFH"}, {"RL", "XOTWU"}, {"RC", "XURC"}, {"CR", "XLMH"}, {"IR", "XLMH"}, {"AR", "XLMH"}, {"MAV", "XNALP"},
    {"MAC", "XLH"}, {"MPR", "XNLH"}, {"MUI", "XNR"}, {"MS", "XUC"}, {"MC", "XNLH"}, {"MI", "XNLH"}, {"MA", "XNLH"}, {NULL, NULL}};
static const char *const of_4[][2] = {{"AV", "NALP"}, {"AC", "LH"}, {"AT", "NP"}, {"PR", "NLH"}, {"UI", "NPA"}, {"VC", "HLN"},
    {"VI", "HLN"}, {"VA", "HLN"}, {"SC", "HLN"}, {"SI", "HLN"}, {"SA", "HLN"}, {"E", "XAPU"}, {"CR", "XHML"}, {"IR", "XHML"},
    {"AR", "XHML"}, {"MAV", "XNALP"}, {"MAC", "XLH"}, {"MAT", "XNP"}, {"MPR", "XNLH"}, {"MUI", "XNPA"}, {"MVC", "XHLN"}, {"MVI", "XHLN"},
    {"MVA", "XHLN"}, {"MSC", "XHLN"}, {"MSI", "XSHLN"}, {"MSA", "XSHLN"}, {"S", "XNP"}, {"AU", "XNY"}, {"R", "XAUI"}, {"V", "XDC"},
    {"RE", "XLMH"}, {"U", "X"}, {NULL, NULL}};

struct scored {
	const char *vector;
	int version, base, overall;
};

/* The overall score in tenths; -1 when the vector is refused. */
static int
overall(const char *vector)
{
	struct cvss cvss;
	return cvss_score(slice_of(vector), &cvss) ? cvss.overall_tenths : -1;
}

static void
check_scored(const struct scored *scored, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		struct cvss cvss;
		if (!cvss_score(slice_of(scored[i].vector), &cvss))
			fail_msg("%s: refused", scored[i].vector);
		if (cvss.version != scored[i].version || cvss.base_tenths != scored[i].base || cvss.overall_tenths != scored[i].overall)
			fail_msg("%s: expected %d %d %d, found %d %d %d", scored[i].vector, scored[i].version, scored[i].base,
			    scored[i].overall, cvss.version, cvss.base_tenths, cvss.overall_tenths);
		assert_true(slice_same(cvss.severity, cvss_severity(scored[i].base)));
		assert_true(slice_same(cvss.overall_severity, cvss_severity(scored[i].overall)));
	}
}

static void
test_cvss_score__gives_the_worked_examples(void **state)
{
	(void)state;
	static const struct scored examples[] = {
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 31, 61, 61},
	    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 31, 64, 64},
	    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 31, 31, 31},
	    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 31, 99, 99},
	    {"CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 31, 42, 42},
	    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 31, 88, 88},
	    {"CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 31, 78, 78},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 31, 75, 75},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 31, 98, 98},
	    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N", 31, 68, 68},
	    {"CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 31, 68, 68},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:N/A:N", 31, 58, 58},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:L/A:N", 31, 58, 58},
	    {"CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H", 31, 93, 93},
	    {"CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", 31, 54, 54},
	    {"CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 31, 88, 88},
	    {"CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 31, 46, 46},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H", 31, 88, 88},
	    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N", 31, 74, 74},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H", 31, 96, 96},
	    {"CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H", 31, 70, 70},
	    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", 31, 81, 81},
	    {"CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N", 31, 33, 33},
	    {"CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:C/C:H/I:N/A:N", 31, 60, 60},
	    {"CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 31, 93, 93},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N", 31, 75, 75},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 31, 100, 100},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:F/RL:O/RC:C", 31, 75, 70},
	    {"CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 40, 73, 73},
	    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 40, 77, 77},
	    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 40, 77, 52},
	    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 40, 83, 83},
	    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/"
	     "MVA:L",
		40, 83, 81},
	    {"CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 40, 46, 46},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 40, 51, 51},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 40, 69, 69},
	    {"CVSS:4.0/AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N", 40, 59, 59},
	    {"CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 40, 94, 94},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:H/VA:N/SC:H/SI:H/SA:H", 40, 93, 93},
	    {"CVSS:4.0/AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:N/S:P/V:D", 40, 83, 83},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:A", 40, 100, 100},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/E:A", 40, 87, 87},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A", 40, 93, 93},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:L/VA:N/SC:H/SI:H/SA:H", 40, 86, 86},
	    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:L/UI:A/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N/E:U", 40, 20, 4},
	    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:H/VA:N/SC:H/SI:H/SA:H/E:P", 40, 95, 90},
	};
	check_scored(examples, sizeof examples / sizeof examples[0]);
}

/* The scores were computed by a program that shares no line with this one. */
static void
test_cvss_score__agrees_with_another_implementation(void **state)
{
	(void)state;
	static const struct scored others[] = {
	    {"CVSS:3.0/AV:P/AC:H/PR:H/UI:N/S:C/C:N/I:L/A:N/E:H/RL:W/RC:X/CR:L/IR:H/AR:X/MAV:N/MAC:H/MPR:H/MUI:R/MS:U/"
	     "MC:L/MI:X/MA:L",
		30, 19, 39},
	    {"CVSS:3.0/MI:X/I:H/MAC:L/MAV:A/PR:H/E:F/UI:N/AC:H/CR:M/AV:A/S:U/C:H/A:N", 30, 57, 60},
	    {"CVSS:3.0/AV:A/AC:L/PR:L/UI:R/S:U/C:H/I:L/A:L/RL:W/AR:X/MAV:P/MAC:H/MPR:L/MUI:R/MS:X/MC:H/MI:L/MA:H", 30, 63, 57},
	    {"CVSS:3.0/RL:O/PR:H/AR:H/IR:M/C:N/S:C/MI:H/MAV:N/AV:N/MUI:N/A:N/AC:H/MPR:N/MAC:X/E:H/RC:C/MA:X/MC:N/CR:M/"
	     "MS:C/I:H/UI:R",
		30, 54, 65},
	    {"CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:N/I:H/A:N/E:U/MAV:P/MAC:X/MS:X/MI:L", 30, 47, 17},
	    {"CVSS:3.0/S:U/MA:X/MAC:X/MUI:N/AV:A/PR:N/CR:L/AR:L/AC:H/IR:L/MC:H/I:N/UI:R/C:N/A:H/RL:T/MPR:X/MI:L/E:F/"
	     "MS:U/MAV:X/RC:X",
		30, 48, 48},
	    {"CVSS:3.0/AV:P/AC:L/PR:L/UI:R/S:U/C:L/I:H/A:N/E:P/RL:X/RC:C/CR:L/IR:X/AR:X/MAV:L/MAC:H/MPR:X/MUI:R/MS:U/"
	     "MC:N/MI:L/MA:N",
		30, 48, 21},
	    {"CVSS:3.0/PR:H/UI:N/AR:L/E:P/AC:L/AV:N/A:H/S:U/C:L/MC:N/MUI:X/MI:X/I:N/MA:X/MPR:H/CR:L", 30, 55, 30},
	    {"CVSS:3.0/AV:P/AC:H/PR:N/UI:N/S:C/C:L/I:H/A:N/RL:U/RC:R/IR:X/AR:H/MPR:N/MUI:R/MC:X/MI:X/MA:X", 30, 57, 54},
	    {"CVSS:3.0/AV:P/MAV:P/AC:L/E:U/RL:O/S:U/I:L/A:N/C:H/MI:H/MS:X/UI:N/PR:N/CR:L", 30, 52, 47},
	    {"CVSS:3.0/AV:P/AC:H/PR:N/UI:R/S:U/C:H/I:N/A:L/RL:W/CR:H/AR:M/MAC:X/MPR:X/MUI:R/MS:U/MC:L/MI:N/MA:L", 30, 46, 34},
	    {"CVSS:3.0/RL:U/C:H/UI:R/AV:L/MAV:L/E:F/MA:X/MUI:R/AC:H/S:U/PR:L/CR:H/IR:X/I:N/MPR:H/A:L/MAC:L/AR:M/RC:C/"
	     "MI:H",
		30, 50, 64},
	    {"CVSS:3.0/AV:L/AC:H/PR:N/UI:N/S:C/C:N/I:L/A:L/E:U/RL:T/RC:X/IR:L/AR:X/MAV:A/MPR:H/MUI:N/MS:U/MC:H/MI:X/"
	     "MA:L",
		30, 45, 44},
	    {"CVSS:3.0/AC:H/MC:X/MUI:X/I:L/E:P/S:C/RC:X/MA:L/PR:N/C:L/AV:L/MPR:L/IR:L/MS:U/UI:R/RL:X/MI:X/CR:L/A:L", 30, 52, 32},
	    {"CVSS:3.0/AV:L/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:L/E:U/RL:T/RC:C/CR:M/MAC:X/MPR:X/MS:U/MC:L/MI:H", 30, 81, 55},
	    {"CVSS:3.0/CR:L/AC:H/UI:R/C:N/MS:U/I:L/MC:X/A:L/RC:U/S:C/MI:N/PR:N/MUI:N/AV:A", 30, 43, 29},
	    {"CVSS:3.0/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:N/A:L/MS:U", 30, 59, 59},
	    {"CVSS:3.0/I:H/A:L/PR:L/S:U/C:N/AV:N/AC:L/RC:R/UI:R/IR:M/MS:C", 30, 63, 73},
	    {"CVSS:3.0/AV:N/AC:H/PR:H/UI:N/S:U/C:H/I:L/A:N/IR:H/MS:U/MA:H", 30, 50, 63},
	    {"CVSS:3.0/IR:X/UI:R/MUI:N/CR:X/MAV:L/E:F/I:L/MI:X/MAC:L/AV:A/A:L/AC:L/MS:C/S:U/MA:X/RC:R/RL:X/MC:X/AR:X/"
	     "C:H/PR:N/MPR:H",
		30, 68, 68},
	    {"CVSS:3.0/AV:N/AC:H/PR:L/UI:R/S:C/C:L/I:H/A:L/RL:W/AR:M/MAV:N/MAC:L/MUI:R/MC:N/MA:X", 30, 71, 74},
	    {"CVSS:3.0/PR:H/E:X/A:L/UI:N/C:N/MAC:H/MA:N/MPR:X/I:H/MAV:P/RL:X/AR:X/MS:C/MI:H/S:U/MC:X/IR:L/AC:L/CR:L/"
	     "RC:X/MUI:N/AV:A",
		30, 52, 24},
	    {"CVSS:3.0/AV:A/AC:H/PR:N/UI:R/S:C/C:L/I:L/A:H", 30, 70, 70},
	    {"CVSS:3.0/C:H/MPR:N/PR:L/AV:N/I:L/MAV:A/UI:R/MS:C/S:U/IR:M/MI:N/A:L/AC:H/MC:L/E:P/MAC:L/MUI:R", 30, 59, 49},
	    {"CVSS:3.1/CR:X/C:H/E:P/A:N/RL:W/MAC:H/PR:L/AV:N/UI:N/AR:L/IR:X/AC:H/MS:X/RC:X/MI:N/S:U/MC:X/MPR:X/MAV:P/"
	     "I:H/MUI:X/MA:H",
		31, 68, 44},
	    {"CVSS:3.1/AV:P/AC:H/PR:H/UI:N/S:C/C:L/I:L/A:H", 31, 61, 61},
	    {"CVSS:3.1/I:N/AV:A/A:N/AC:H/UI:N/C:H/PR:H/S:U", 31, 42, 42},
	    {"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N/E:P/RL:X/MAC:H/MPR:N/MUI:N", 31, 75, 56},
	    {"CVSS:3.1/PR:H/RC:C/A:N/S:C/UI:R/MA:H/RL:U/MUI:N/AR:L/MPR:L/MS:C/AV:P/I:N/IR:X/MAV:P/MAC:L/C:N/AC:L", 31, 0, 29},
	    {"CVSS:3.1/AV:A/AC:H/PR:L/UI:N/S:C/C:H/I:H/A:L/E:F/RL:U/RC:C/CR:X/IR:L/AR:M/MAV:X/MAC:L/MPR:L/MUI:R/MS:X/"
	     "MC:N/MI:H/MA:L",
		31, 79, 51},
	    {"CVSS:3.1/E:P/MAC:L/CR:X/AR:L/MC:H/MAV:L/MA:H/IR:H/AC:L/RC:C/C:L/MUI:X/RL:W/A:N/UI:R/S:U/PR:N/MI:H/AV:A/"
	     "MS:U/I:L/MPR:X",
		31, 46, 72},
	    {"CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:C/C:N/I:L/A:N/E:H/RL:W/RC:U/CR:H/IR:L/AR:X/MAV:N/MAC:H/MPR:H/MUI:X/MS:X/"
	     "MC:X/MI:N/MA:N",
		31, 30, 0},
	    {"CVSS:3.1/UI:N/I:H/AV:P/A:L/AC:L/MI:L/PR:N/C:H/S:C", 31, 75, 67},
	    {"CVSS:3.1/AV:P/AC:L/PR:H/UI:N/S:U/C:L/I:N/A:H/MAV:L/MAC:H/MPR:N/MS:C/MC:L/MI:N/MA:L", 31, 46, 45},
	    {"CVSS:3.1/AC:L/PR:N/C:H/AV:A/S:C/A:L/I:H/UI:R", 31, 87, 87},
	    {"CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:C/C:N/I:L/A:N/E:H/RL:T/RC:C/CR:H/IR:X/AR:M/MAV:X/MAC:L/MPR:L/MUI:R/MS:C/"
	     "MC:L/MI:H/MA:N",
		31, 23, 69},
	    {"CVSS:3.1/S:C/CR:X/PR:L/MI:N/MAV:X/C:H/MUI:X/RL:W/MC:X/MA:N/E:F/RC:X/UI:N/AR:M/I:L/IR:H/AV:P/A:L/AC:H", 31, 62, 46},
	    {"CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:H/I:L/A:N/RL:U/CR:M/IR:H/MAC:L/MPR:X/MUI:N/MC:H/MI:X", 31, 46, 54},
	    {"CVSS:3.1/E:P/RC:R/AR:H/AV:L/MI:N/MPR:X/A:H/RL:W/C:H/UI:N/IR:X/MAC:H/I:H/AC:H/MAV:P/PR:H/MA:N/CR:M/S:U/"
	     "MS:X",
		31, 64, 34},
	    {"CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:H/RL:O/CR:L/MAV:N/MAC:L/MUI:X/MI:H", 31, 71, 77},
	    {"CVSS:3.1/MS:X/AR:L/RL:U/A:N/PR:H/UI:R/E:P/MI:L/AC:L/S:U/MC:N/C:H/I:L/MPR:H/AV:N/MAC:H/CR:M/MA:X", 31, 52, 19},
	    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:H/A:N/RC:C/AR:M/MPR:N/MS:U/MI:N", 31, 65, 37},
	    {"CVSS:3.1/AV:A/RL:W/MC:L/MAC:L/AC:H/UI:R/E:U/C:H/S:C/I:N/CR:M/AR:M/MS:U/IR:X/MA:X/MPR:L/A:H/MAV:P/PR:L", 31, 73, 43},
	    {"CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:L/I:H/A:L/E:H/RL:W/RC:R/CR:M/IR:X/AR:L/MAV:N/MAC:L/MPR:N/MUI:R/MS:C/"
	     "MC:L/MI:N/MA:H",
		31, 82, 60},
	    {"CVSS:3.1/RC:C/AC:H/AR:L/MPR:X/S:C/UI:R/CR:X/I:L/MAC:L/PR:L/IR:M/E:P/A:H/MI:L/C:N/MC:X/MA:H/MUI:N/AV:L", 31, 61, 52},
	    {"CVSS:3.1/AV:A/AC:H/PR:N/UI:R/S:C/C:N/I:L/A:L/RL:T/AR:L/MAV:A/MC:L/MA:H", 31, 43, 55},
	    {"CVSS:3.1/C:L/CR:X/I:H/UI:N/MPR:X/AC:H/A:N/AV:N/MS:X/S:U/PR:L/MAV:L/E:P", 31, 59, 50},
	    {"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:N/A:L/RL:T/CR:L/IR:H/AR:H/MAC:H/MS:X", 31, 75, 62},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:L/VI:H/VA:N/SC:L/SI:L/SA:L/E:X/CR:H/IR:M/AR:L/MAV:P/MAC:H/MAT:N/"
	     "MPR:N/MUI:N/MVC:H/MVI:H/MVA:H/MSC:N/MSI:N/MSA:X/S:X/AU:N/R:I/V:C/RE:L/U:X",
		40, 71, 52},
	    {"CVSS:4.0/AV:P/AC:H/AT:P/PR:L/UI:A/VC:H/VI:N/VA:N/SC:H/SI:L/SA:N/E:X/CR:X/IR:L/AR:X/MAV:N/MAT:X/MUI:A/"
	     "MVC:H/MVI:L/MVA:N/MSA:S/S:P/R:A/V:X",
		40, 57, 85},
	    {"CVSS:4.0/AV:P/AC:L/AT:P/PR:H/UI:N/VC:N/VI:H/VA:N/SC:L/SI:H/SA:N/CR:L/IR:X/AR:H/MAV:P/MAC:L/MAT:N/MPR:L/"
	     "MUI:A/MVC:X/MVI:X/MSC:X/MSI:S/MSA:H/S:N/AU:N/R:X",
		40, 57, 82},
	    {"CVSS:4.0/AV:N/AC:H/AT:N/PR:H/UI:A/VC:L/VI:N/VA:N/SC:H/SI:N/SA:N", 40, 40, 40},
	    {"CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:N/VI:H/VA:N/SC:H/SI:N/SA:H/E:P/AR:M/MAV:X/MAT:X/MSA:X", 40, 82, 68},
	    {"CVSS:4.0/AV:P/AC:H/AT:P/PR:L/UI:A/VC:H/VI:L/VA:L/SC:N/SI:N/SA:H/E:X/CR:M/IR:L/AR:L/MAV:X/MAC:H/MAT:X/"
	     "MPR:H/MUI:N/MVC:N/MVI:L/MVA:N/MSC:L/MSI:X/MSA:X/S:X/AU:X/R:I/V:D/RE:X/U:Clear",
		40, 57, 20},
	    {"CVSS:4.0/AV:N/AC:H/AT:N/PR:H/UI:P/VC:N/VI:H/VA:H/SC:H/SI:L/SA:N/MAV:P/MVA:N/S:N/R:I/V:D/RE:L", 40, 70, 57},
	    {"CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:L/VI:L/VA:L/SC:L/SI:L/SA:H/MPR:L/MVC:H", 40, 62, 83},
	    {"CVSS:4.0/AV:N/AC:H/AT:N/PR:N/UI:A/VC:N/VI:L/VA:N/SC:H/SI:L/SA:H/E:P/CR:L/IR:L/AR:L/MAV:A/MAC:L/MAT:N/"
	     "MPR:N/MUI:N/MVC:L/MVI:H/MVA:L/MSC:L/MSI:X/MSA:X/S:X/AU:N/R:I/V:D/RE:M/U:X",
		40, 53, 58},
	    {"CVSS:4.0/AV:L/AC:L/AT:P/PR:N/UI:A/VC:H/VI:N/VA:L/SC:N/SI:N/SA:H/AR:L/MAC:H/MAT:X/MPR:N/MUI:P/MVC:N/"
	     "MVI:H/MVA:X/MSI:H/AU:N/U:X",
		40, 68, 69},
	    {"CVSS:4.0/AV:N/AC:H/AT:P/PR:N/UI:A/VC:L/VI:H/VA:N/SC:L/SI:H/SA:H", 40, 72, 72},
	    {"CVSS:4.0/AV:A/AC:L/AT:P/PR:N/UI:A/VC:H/VI:H/VA:L/SC:H/SI:H/SA:L/E:P/CR:H/IR:X/AR:L/MAV:P/MAC:L/MAT:P/"
	     "MPR:L/MUI:N/MVC:N/MVI:L/MVA:L/MSC:H/MSI:S/MSA:S/S:N/AU:N/R:U/V:D/RE:X/U:Clear",
		40, 87, 24},
	    {"CVSS:4.0/AV:L/AC:L/AT:P/PR:N/UI:A/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:P/CR:L/IR:X/AR:H/MAV:A/MAC:X/MAT:N/"
	     "MPR:X/MUI:X/MVC:X/MVI:H/MVA:X/MSC:L/MSI:S/MSA:L/S:X/AU:X/R:I/V:X/RE:L/U:Red",
		40, 71, 92},
	    {"CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:N/VC:L/VI:N/VA:L/SC:L/SI:H/SA:N/E:P/CR:L/IR:M/AR:M/MAV:N/MAC:H/MAT:X/"
	     "MPR:H/MUI:X/MVC:X/MVI:H/MVA:L/MSC:N/MSI:S/MSA:H/S:X/AU:X/R:A/V:C/RE:X/U:Clear",
		40, 20, 64},
	    {"CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:A/VC:N/VI:N/VA:N/SC:L/SI:N/SA:L/CR:H/IR:M/MAT:N/MUI:A/MVA:N/MSC:H/MSI:L/"
	     "S:P/AU:X/R:X/V:C",
		40, 24, 44},
	    {"CVSS:4.0/AV:N/AC:H/AT:N/PR:L/UI:N/VC:N/VI:L/VA:H/SC:H/SI:H/SA:N/E:U/CR:H/IR:M/AR:M/MAV:A/MAC:L/MAT:P/"
	     "MPR:N/MUI:N/MVC:X/MVI:N/MVA:N/MSC:L/MSI:L/MSA:N/S:X/AU:X/R:A/V:D/RE:M/U:X",
		40, 72, 6},
	    {"CVSS:4.0/AV:P/AC:L/AT:N/PR:H/UI:P/VC:H/VI:N/VA:N/SC:N/SI:L/SA:N", 40, 51, 51},
	    {"CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:L/VI:H/VA:H/SC:L/SI:L/SA:L/E:P/CR:H/IR:X/AR:X/MAV:P/MAC:H/MAT:P/"
	     "MPR:H/MUI:N/MVC:N/MVI:L/MVA:H/MSC:L/MSI:X/MSA:X/S:N/AU:N/R:I/V:C/RE:X/U:Red",
		40, 70, 16},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:A/VC:L/VI:L/VA:L/SC:L/SI:H/SA:N/E:A/CR:H/IR:X/AR:X/MAV:N/MAC:L/MAT:X/"
	     "MPR:X/MUI:N/MVC:X/MVI:X/MVA:L/MSC:H/MSI:N/MSA:L/S:N/AU:Y/R:I/V:D/RE:M/U:Amber",
		40, 61, 63},
	    {"CVSS:4.0/AV:P/AC:L/AT:N/PR:H/UI:P/VC:N/VI:H/VA:L/SC:N/SI:L/SA:H/MUI:X/MVI:L/MVA:L", 40, 68, 42},
	    {"CVSS:4.0/AV:P/AC:L/AT:P/PR:N/UI:A/VC:N/VI:H/VA:N/SC:H/SI:H/SA:L/E:U/CR:M/IR:M/AR:X/MAV:N/MAC:X/MAT:X/"
	     "MPR:X/MUI:P/MVC:N/MVI:N/MVA:L/MSC:L/MSI:N/MSA:H/S:X/AU:X/R:X/V:C/RE:M/U:X",
		40, 59, 12},
	    {"CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:L/SI:N/SA:H/E:P/CR:M/IR:L/AR:H/MAV:P/MAC:X/MAT:P/"
	     "MPR:X/MUI:A/MVC:L/MVI:N/MVA:N/MSC:N/MSI:S/MSA:H/S:X/AU:N/R:X/V:X/RE:H/U:Amber",
		40, 88, 21},
	    {"CVSS:4.0/AV:P/AC:L/AT:P/PR:H/UI:P/VC:N/VI:N/VA:N/SC:H/SI:L/SA:N/E:P/CR:H/IR:M/AR:L/MAV:P/MAC:X/MAT:N/"
	     "MPR:L/MUI:A/MVC:X/MVI:H/MVA:N/MSC:N/MSI:N/MSA:N/S:P/AU:X/R:I/V:D/RE:M/U:X",
		40, 20, 17},
	    {"CVSS:4.0/AV:P/AC:H/AT:P/PR:L/UI:P/VC:N/VI:L/VA:H/SC:H/SI:N/SA:N/E:X/CR:M/IR:H/AR:M/MAV:N/MAC:H/MAT:X/"
	     "MPR:L/MUI:X/MVC:X/MVI:N/MVA:N/MSC:L/MSI:H/MSA:N/S:N/AU:X/R:I/V:X/RE:X/U:Green",
		40, 56, 48},
	};
	check_scored(others, sizeof others / sizeof others[0]);
}

/* One vector of the sequence: every metric, each value by the high bits of a linear congruential generator. */
static void
write_vector(char *ret, size_t size, const char *prefix, const char *const values[][2], uint64_t *seed)
{
	int len = snprintf(ret, size, "%s", prefix);
	for (size_t i = 0; values[i][0] != NULL; i++) {
		*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		char value = values[i][1][(*seed >> 33) % strlen(values[i][1])];
		len += snprintf(ret + len, size - (size_t)len, "/%s:%c", values[i][0], value);
	}
}

/* FNV-1a over base and overall score of so many vectors. */
static uint64_t
digest_of(const char *prefix, const char *const values[][2], int count)
{
	uint64_t seed = 1, digest = UINT64_C(14695981039346656037);
	for (int i = 0; i < count; i++) {
		char text[256];
		struct cvss cvss;
		write_vector(text, sizeof text, prefix, values, &seed);
		if (!cvss_score(slice_of(text), &cvss))
			fail_msg("%s: refused", text);
		digest = (digest ^ (uint64_t)cvss.base_tenths) * UINT64_C(1099511628211);
		digest = (digest ^ (uint64_t)cvss.overall_tenths) * UINT64_C(1099511628211);
	}
	return digest;
}

/* As above, but too many to write down: the digests are of the other implementation's scores for the same vectors. */
static void
test_cvss_score__agrees_over_twenty_thousand_vectors(void **state)
{
	(void)state;
	assert_true(digest_of("CVSS:3.0", of_3, 20000) == UINT64_C(16140477274212345950));
	assert_true(digest_of("CVSS:3.1", of_3, 20000) == UINT64_C(541156979237574756));
	assert_true(digest_of("CVSS:4.0", of_4, 20000) == UINT64_C(10902439116870230261));
}

static void
test_cvss_score__counts_only_what_is_given(void **state)
{
	(void)state;
	/* In 3.1 the environmental formula alone makes 10.0 of 9.9: it must not apply before a metric says something. */
	static const struct scored given[] = {
	    {"CVSS:3.1/" BASE_3, 31, 99, 99},
	    {"CVSS:3.1/" BASE_3 "/CR:X/IR:X/AR:X/MAV:X/MAC:X/MPR:X/MUI:X/MS:X/MC:X/MI:X/MA:X/E:X/RL:X/RC:X", 31, 99, 99},
	    {"CVSS:3.1/" BASE_3 "/CR:M", 31, 99, 100},
	    {"CVSS:3.0/" BASE_3 "/CR:M", 30, 99, 99},
	    {"CVSS:3.1/" BASE_3 "/MAV:N", 31, 99, 100},
	    {"CVSS:3.1/" BASE_3 "/E:U", 31, 99, 91},
	    {"CVSS:3.1/" BASE_3 "/E:H/RL:U/RC:C", 31, 99, 99},
	    {"CVSS:3.1/" BASE_3 "/MC:N/MI:N/MA:N", 31, 99, 0},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 40, 93, 93},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:X/CR:X/MSI:X", 40, 93, 93},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/S:P/AU:Y/R:I/V:C/RE:H/U:Red", 40, 93, 93},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 40, 93, 81},
	    {"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/MVC:N/MVI:N/MVA:N", 40, 93, 0},
	};
	check_scored(given, sizeof given / sizeof given[0]);
}

struct fields {
	const char *prefix, *full;
	size_t base, len; /* how many base metrics, how many in all */
	slice at[40];
};

static struct fields
fields_of(const char *prefix, const char *full, size_t base)
{
	struct fields fields = {prefix, full, base, 0, {{0}}};
	slice rest = slice_of(full);
	while (slice_cut(&rest, '/', &fields.at[fields.len]))
		fields.len++;
	return fields;
}

static struct fields
full(int version)
{
	if (version == 40)
		return fields_of("CVSS:4.0", FULL_4, 11);
	return fields_of(version == 30 ? "CVSS:3.0" : "CVSS:3.1", FULL_3, 8);
}

/* The overall score of the fields joined; -1 when they are refused. ${without} is left out (len: none). */
static int
joined(const struct fields *fields, size_t without)
{
	char text[512];
	int len = snprintf(text, sizeof text, "%s", fields->prefix);
	for (size_t i = 0; i < fields->len; i++)
		if (i != without)
			len += snprintf(text + len, sizeof text - (size_t)len, "/%.*s", SLICE(fields->at[i]));
	return overall(text);
}

static const int versions[] = {30, 31, 40};

static void
test_cvss_score__needs_every_base_metric(void **state)
{
	(void)state;
	for (size_t v = 0; v < 3; v++) {
		struct fields fields = full(versions[v]);
		assert_int_equal(fields.len, versions[v] == 40 ? 32 : 22);
		assert_true(joined(&fields, fields.len) > 0);
		for (size_t i = 0; i < fields.len; i++)
			if ((joined(&fields, i) >= 0) != (i >= fields.base))
				fail_msg("%s without %.*s", fields.prefix, SLICE(fields.at[i]));
	}
}

static void
test_cvss_score__refuses_a_metric_twice(void **state)
{
	(void)state;
	for (size_t v = 0; v < 3; v++)
		for (size_t i = 0, len = full(versions[v]).len; i < len; i++) {
			struct fields fields = full(versions[v]);
			fields.at[fields.len++] = fields.at[i];
			if (joined(&fields, fields.len) >= 0)
				fail_msg("%s with %.*s twice", fields.prefix, SLICE(fields.at[i]));
			memmove(fields.at + i + 1, fields.at + i, (fields.len - i - 1) * sizeof fields.at[0]);
			if (joined(&fields, fields.len) >= 0)
				fail_msg("%s with %.*s twice in a row", fields.prefix, SLICE(fields.at[i]));
		}
}

static void
test_cvss_score__takes_3_in_any_order_and_4_in_its_own(void **state)
{
	(void)state;
	for (size_t v = 0; v < 3; v++) {
		struct fields right = full(versions[v]);
		int wanted = versions[v] == 40 ? -1 : joined(&right, right.len);
		for (size_t i = 0; i < right.len; i++)
			for (size_t j = i + 1; j < right.len; j++) {
				struct fields fields = right;
				fields.at[i] = right.at[j];
				fields.at[j] = right.at[i];
				if (joined(&fields, fields.len) != wanted)
					fail_msg("%s, %.*s and %.*s changed places", right.prefix, SLICE(right.at[i]), SLICE(right.at[j]));
			}
	}
}

/* Each metric with each capital letter for a value: exactly the letters listed are taken. */
static void
check_values(int version, const char *const values[][2])
{
	for (size_t i = 0; values[i][0] != NULL; i++)
		for (char letter = 'A'; letter <= 'Z'; letter++) {
			struct fields fields = full(version);
			char field[16];
			snprintf(field, sizeof field, "%s:%c", values[i][0], letter);
			assert_true(slice_starts(fields.at[i], slice_part(slice_of(field), 0, strlen(values[i][0]) + 1)));
			fields.at[i] = slice_of(field);
			if ((joined(&fields, fields.len) >= 0) != (strchr(values[i][1], letter) != NULL))
				fail_msg("%s with %s", fields.prefix, field);
		}
}

static void
test_cvss_score__takes_exactly_the_values_of_each_metric(void **state)
{
	(void)state;
	check_values(30, of_3);
	check_values(31, of_3);
	check_values(40, of_4);
	static const char *const urgencies[] = {"Clear", "Green", "Amber", "Red"};
	for (size_t i = 0; i < 4; i++) {
		char text[128];
		snprintf(text, sizeof text, "CVSS:4.0/" BASE_4 "/U:%s", urgencies[i]);
		assert_true(overall(text) > 0);
	}
}

static void
test_cvss_score__refuses_every_malformation(void **state)
{
	(void)state;
	static const char *const wrong[] = {
	    /* nothing, or no prefix */
	    "", "/", "CVSS", "CVSS:3.1", "CVSS:3.1/", "CVSS:4.0/", BASE_3, "/" BASE_3, "9.9/CVSS:3.1/" BASE_3, "(CVSS:3.1/" BASE_3 ")",
	    /* no such version */
	    "CVSS:2.0/" BASE_3, "CVSS:3/" BASE_3, "CVSS:3.2/" BASE_3, "CVSS:3.10/" BASE_3, "CVSS:4.1/" BASE_4,
	    /* a prefix misspelt or repeated */
	    "CVSS3.1/" BASE_3, "cvss:3.1/" BASE_3, "CVSS:3.1//" BASE_3, "CVSS:3.1:" BASE_3, "CVSS:3.1/CVSS:3.1/" BASE_3,
	    /* metrics of another version */
	    "CVSS:4.0/" BASE_3, "CVSS:3.1/" BASE_4, "AV:N/AC:L/Au:N/C:P/I:P/A:P", "CVSS:3.1/AV:N/AC:L/Au:N/C:P/I:P/A:P",
	    "CVSS:3.1/" BASE_3 "/AU:Y", "CVSS:3.1/" BASE_3 "/MSI:S", "CVSS:4.0/" BASE_4 "/RL:O",
	    /* empty fields */
	    "CVSS:3.1/" BASE_3 "/", "CVSS:3.1/" BASE_3 "//E:U", "CVSS:3.1/" BASE_3 "/E:U/", "CVSS:4.0/" BASE_4 "/",
	    /* half a field, or too much of one */
	    "CVSS:3.1/" BASE_3 "/E", "CVSS:3.1/" BASE_3 "/E:", "CVSS:3.1/" BASE_3 "/:U", "CVSS:3.1/" BASE_3 "/:",
	    "CVSS:3.1/" BASE_3 "/E:U:U", "CVSS:3.1/" BASE_3 "/E:UU", "CVSS:3.1/" BASE_3 "/E:X U", "CVSS:3.1/" BASE_3 "/E=U",
	    /* names and values misspelt */
	    "CVSS:3.1/" BASE_3 "/EU:U", "CVSS:3.1/" BASE_3 "/e:U", "CVSS:3.1/" BASE_3 "/E:u", "CVSS:4.0/" BASE_4 "/U:clear",
	    "CVSS:4.0/" BASE_4 "/U:RED", "CVSS:4.0/" BASE_4 "/U:Re", "CVSS:4.0/" BASE_4 "/U:Clear Green",
	    /* blanks */
	    " CVSS:3.1/" BASE_3, "CVSS:3.1/" BASE_3 " ", "CVSS:3.1/" BASE_3 "\n", "CVSS:3.1/ " BASE_3, "CVSS:3.1/" BASE_3 "/E: U"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (overall(wrong[i]) >= 0)
			fail_msg("\"%s\" is not a vector", wrong[i]);
	struct cvss cvss;
	assert_false(cvss_score(S("CVSS:3.1/" BASE_3 "\0"), &cvss));
	assert_false(cvss_score(S("CVSS:3.1/" BASE_3 "/E\0:U"), &cvss));
	assert_true(cvss_score(S("CVSS:3.1/" BASE_3), &cvss) && cvss_score(S("CVSS:4.0/" BASE_4), &cvss));
}

/* A vector cut short is right only between two fields behind the last base metric. */
static void
test_cvss_score__refuses_a_vector_cut_inside_a_field(void **state)
{
	(void)state;
	static const struct {
		slice full, base;
	} cut[] = {{S("CVSS:3.0/" FULL_3), S("CVSS:3.0/" BASE_3)}, {S("CVSS:3.1/" FULL_3), S("CVSS:3.1/" BASE_3)},
	    {S("CVSS:4.0/" FULL_4), S("CVSS:4.0/" BASE_4)}};
	for (size_t v = 0; v < 3; v++)
		for (size_t len = 0; len < cut[v].full.len; len++) {
			struct cvss cvss;
			bool right = len >= cut[v].base.len && cut[v].full.at[len] == '/';
			if (cvss_score(slice_part(cut[v].full, 0, len), &cvss) != right)
				fail_msg("%.*s: expected %s", (int)len, cut[v].full.at, right ? "right" : "wrong");
		}
}

static void
test_cvss_score__leaves_its_result_alone_when_it_refuses(void **state)
{
	(void)state;
	struct cvss cvss = {.version = -1, .base_tenths = -2, .overall_tenths = -3, .severity = S("s"), .overall_severity = S("o")};
	struct cvss before = cvss;
	assert_false(cvss_score(S("CVSS:3.1/" BASE_3 "/E:Y"), &cvss));
	assert_memory_equal(&cvss, &before, sizeof cvss);
	assert_true(cvss_score(S("CVSS:3.1/" BASE_3 "/E:U"), &cvss));
	assert_int_equal(cvss.version, 31);
}

static void
test_cvss_severity__has_its_edges_where_the_specification_does(void **state)
{
	(void)state;
	static const struct {
		int from, to;
		slice word;
	} scale[] = {{0, 0, S("none")}, {1, 39, S("low")}, {40, 69, S("medium")}, {70, 89, S("high")}, {90, 100, S("critical")}};
	for (size_t i = 0; i < 5; i++)
		for (int tenths = scale[i].from; tenths <= scale[i].to; tenths++)
			assert_true(slice_same(cvss_severity(tenths), scale[i].word));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cvss_score__gives_the_worked_examples),
	    cmocka_unit_test(test_cvss_score__agrees_with_another_implementation),
	    cmocka_unit_test(test_cvss_score__agrees_over_twenty_thousand_vectors),
	    cmocka_unit_test(test_cvss_score__counts_only_what_is_given),
	    cmocka_unit_test(test_cvss_score__needs_every_base_metric),
	    cmocka_unit_test(test_cvss_score__refuses_a_metric_twice),
	    cmocka_unit_test(test_cvss_score__takes_3_in_any_order_and_4_in_its_own),
	    cmocka_unit_test(test_cvss_score__takes_exactly_the_values_of_each_metric),
	    cmocka_unit_test(test_cvss_score__refuses_every_malformation),
	    cmocka_unit_test(test_cvss_score__refuses_a_vector_cut_inside_a_field),
	    cmocka_unit_test(test_cvss_score__leaves_its_result_alone_when_it_refuses),
	    cmocka_unit_test(test_cvss_severity__has_its_edges_where_the_specification_does),
	};
	return KIT_TESTS(tests);
}
