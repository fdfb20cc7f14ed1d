/* Versions: the order of dpkg and of rpm, by the examples of their manuals and tests, each in both directions. */
#include "kit.h"

#include "base/version.h"

struct pair {
	const char *a, *b;
	int order;
};

static int
sign(int number)
{
	return (number > 0) - (number < 0);
}

static void
check_pairs(const struct pair *pairs, size_t len, int (*order)(slice, slice))
{
	for (size_t i = 0; i < len; i++) {
		slice a = slice_of(pairs[i].a), b = slice_of(pairs[i].b);
		if (sign(order(a, b)) != pairs[i].order || sign(order(b, a)) != -pairs[i].order)
			fail_msg("\"%s\" and \"%s\": expected %d, found %d and back %d", pairs[i].a, pairs[i].b, pairs[i].order,
			    order(a, b), order(b, a));
	}
}

static void
test_version_deb_valid__accepts_what_dpkg_does(void **state)
{
	(void)state;
	static const char *const right[] = {"1", "1.0-1", "1:1.0-1", "0:0-0", "1.0+b1~rc1-2.3", "1:1:2", "a", "1.0-a-b-1", "2147483647:1",
	    "2:9.2p1-2+deb12u3", "1~~", "20240101T000000"};
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
		if (!version_deb_valid(slice_of(right[i])))
			fail_msg("\"%s\" is valid", right[i]);
}

static void
test_version_deb_valid__refuses_the_rest(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", " ", " 1", "1 ", "1 2", ":1", "a:1", "-1:1", "2147483648:1", "1:", "1:-1", "-1", "1-",
	    "1-:", "1.0-1_2", "1_0", "1.0/2", "1\n", "1:1.0-1:2", "\xC3\xA9"};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (version_deb_valid(slice_of(wrong[i])))
			fail_msg("\"%s\" is not valid", wrong[i]);
	assert_false(version_deb_valid(S("1\0")));
}

static void
test_version_deb_order__follows_deb_version_7(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
	    {"1.0", "1.0", 0},
	    {"1.0", "1.1", -1},
	    {"1.9", "1.10", -1},
	    {"1:0.1", "2.0", 1},
	    {"0:1.0", "1.0", 0},
	    {"00:1.0", "1.0", 0},
	    {"1.0-1", "1.0-2", -1},
	    {"1.0", "1.0-0", 0},
	    {"1.0", "1.0-1", -1},
	    {"1.00", "1.0", 0},
	    {"1.0", "1.", 0},
	    {"1.0", "1", 1},
	    {"~~", "~~a", -1},
	    {"~~a", "~", -1},
	    {"~", "", -1},
	    {"", "a", -1},
	    {"1.0~rc1", "1.0", -1},
	    {"1.0~rc1-1", "1.0-1", -1},
	    {"1.0a", "1.0+", -1},
	    {"1.0a", "1.0", 1},
	    {"1.0Z", "1.0a", -1},
	    {"1.0+b", "1.0-1", 1},
	    {"1.0-1+deb12u1", "1.0-1", 1},
	    {"1.0-1+deb12u2", "1.0-1+deb12u10", -1},
	    {"1.0-1~deb11u1", "1.0-1", -1},
	    {"1.0-1-1", "1.0-1-2", -1},
	    {"99999999999999999999998", "99999999999999999999999", -1},
	    {"99999999999999999999999", "100000000000000000000000", -1},
	    {"7.6p2-4", "7.6-0", 1},
	    {"1.2.3-a", "1.2.3-", 1},
	};
	check_pairs(pairs, sizeof pairs / sizeof pairs[0], version_deb_order);
}

static void
test_version_rpm_order__follows_rpm(void **state)
{
	(void)state;
	static const struct pair pairs[] = {
	    {"1.0", "1.0", 0},
	    {"1.0", "2.0", -1},
	    {"2.0.1", "2.0.1a", -1},
	    {"5.5p1", "5.5p10", -1},
	    {"10xyz", "10.1xyz", -1},
	    {"xyz10", "xyz10.1", -1},
	    {"xyz.4", "8", -1},
	    {"5.5p2", "5.6p1", -1},
	    {"6.0.rc1", "6.0", 1},
	    {"10b2", "10a1", 1},
	    {"1.0aa", "1.0a", 1},
	    {"10.0001", "10.1", 0},
	    {"10.0001", "10.0039", -1},
	    {"4.999.9", "5.0", -1},
	    {"20101121", "20101122", -1},
	    {"2_0", "2.0", 0},
	    {"a", "a+", 0},
	    {"+", "_", 0},
	    {"1.0~rc1", "1.0", -1},
	    {"1.0~rc1", "1.0~rc2", -1},
	    {"1.0~rc1~git123", "1.0~rc1", -1},
	    {"1.0^", "1.0", 1},
	    {"1.0^git1", "1.0", 1},
	    {"1.0^git1", "1.0^git2", -1},
	    {"1.0^git1", "1.01", -1},
	    {"1.0^20160101", "1.0.1", -1},
	    {"1.0^20160101^git1", "1.0^20160102", -1},
	    {"1.0~rc1^git1", "1.0~rc1", 1},
	    {"1.0^git1~pre", "1.0^git1", -1},
	    {"1.0^git1", "1.0^git1~pre", 1},
	    {"1:1.0-1", "2.0-1", 1},
	    {"0:1.0-1", "1.0-1", 0},
	    {"1.0-1.el9", "1.0-1.el9_2", -1},
	    {"1.0-1", "1.0-2", -1},
	    {"1.0-10", "1.0-9", 1},
	    {"a:1", "1", -1},
	};
	check_pairs(pairs, sizeof pairs / sizeof pairs[0], version_rpm_order);
}

static void
test_version_order__is_total(void **state)
{
	(void)state;
	static const char *const all[] = {"0", "1", "1~", "1~a", "1a", "1+", "1.0", "1.0-1", "1.0-1~", "1:0", "1.0^a", "1^", "a", "~",
	    "1-1-1", "01", "1..2", "1.a", "1.~"};
	size_t len = sizeof all / sizeof all[0];
	int (*orders[])(slice, slice) = {version_deb_order, version_rpm_order};
	for (size_t o = 0; o < 2; o++)
		for (size_t i = 0; i < len; i++)
			for (size_t j = 0; j < len; j++)
				for (size_t k = 0; k < len; k++) {
					slice a = slice_of(all[i]), b = slice_of(all[j]), c = slice_of(all[k]);
					if (orders[o](a, b) <= 0 && orders[o](b, c) <= 0 && orders[o](a, c) > 0)
						fail_msg("order %zu: %s <= %s <= %s, yet not %s <= %s", o, all[i], all[j], all[k], all[i],
						    all[k]);
				}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_version_deb_valid__accepts_what_dpkg_does),
	    cmocka_unit_test(test_version_deb_valid__refuses_the_rest),
	    cmocka_unit_test(test_version_deb_order__follows_deb_version_7),
	    cmocka_unit_test(test_version_rpm_order__follows_rpm),
	    cmocka_unit_test(test_version_order__is_total),
	};
	return KIT_TESTS(tests);
}
