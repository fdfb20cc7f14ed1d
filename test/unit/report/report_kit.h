/*
 * A made-up report with something in every part of it; plain, or with hostile text behind every text there is.
 */
#ifndef REPORT_KIT_H
#define REPORT_KIT_H

#include "kit.h"

#include "report/report.h"

/* Script, attribute and tag breakers, comment and CDATA ends, a formula, an escape code, a right-to-left override, a hole, a malformed
 * byte. */
#define HOSTILE                                                                                                                            \
	"\"><script>alert(1)</script><img src=x onerror=alert(1)>'onfocus='x --></style></title>]]>&=cmd|calc {} "                         \
	"%s\033[31m\r\n\342\200\256\377"

#define KIT_DAY(n) ((int64_t)(20400 + (n)) * DAY_US + 9 * 3600 * SECOND_US) /* n days after 2025-11-08 */

static bool kit_hostile;

static inline slice
say(const char *text)
{
	slice all;
	ASSERT_OK(job_format(kit_job(), &all, "%s%s", text, kit_hostile ? HOSTILE : ""));
	return all;
}

static struct framework kit_frameworks[2];
static struct catalogue kit_catalogue;
static struct requirement kit_requirements[7];
static struct report_requirement kit_report_requirements[7];

/* Requirement ${at} of framework ${f} with two parts in ${states}. */
static inline void
kit_requirement(size_t at, size_t f, const char *id, const char *title, const char *section, const char *function, const char *verdict,
    const char *first, const char *second)
{
	const char *const states[] = {first, second}, *const says[] = {"Nobody signs in as root", "The plan was exercised within a year"};
	struct requirement *requirement = &kit_requirements[at];
	struct report_requirement *one = &kit_report_requirements[at];
	*requirement = (struct requirement){.id = say(id),
	    .title = say(title),
	    .text = say("What the text asks of a service, in a sentence."),
	    .kind = S("control"),
	    .function = say(function),
	    .section = say(section),
	    .source = say("https://example.gov.uk/guidance#one"),
	    .framework = &kit_frameworks[f],
	    .parts_len = 2};
	*one = (struct report_requirement){.requirement = requirement,
	    .verdict = slice_of(verdict),
	    .since_us = at % 2 == 0 ? KIT_DAY(3) : 0,
	    .because = say("one of its parts says so")};
	ASSERT_OK(NEW(kit_job(), 2, &requirement->parts));
	ASSERT_OK(NEW(kit_job(), 2, &one->parts));
	for (size_t i = 0; i < 2; i++) {
		slice part_id;
		ASSERT_OK(job_format(kit_job(), &part_id, "%.*s.part-%zu", SLICE(requirement->id), i));
		requirement->parts[i] =
		    (struct part){.id = part_id, .says = say(says[i]), .basis = (enum basis)((at + i) % 4), .requirement = requirement};
		one->parts[i] = (struct report_part){.part = &requirement->parts[i],
		    .state = slice_of(states[i]),
		    .because = say("web1: that is how it was seen"),
		    .entry = 40 + at,
		    .has_entry = i == 0};
	}
}

static inline void
kit_catalogue_make(void)
{
	kit_frameworks[0] = (struct framework){.id = say("alpha-1"),
	    .title = say("Code of Practice Alpha — make things secure"),
	    .publisher = say("Office of Alpha"),
	    .source = say("https://example.gov.uk/alpha"),
	    .requirements = kit_requirements,
	    .len = 4};
	kit_frameworks[1] = (struct framework){.id = say("beta-2"),
	    .title = say("Beta Policy"),
	    .publisher = say("Office of Beta"),
	    .source = say("https://example.gov.uk/beta"),
	    .requirements = kit_requirements + 4,
	    .len = 3};
	kit_catalogue = (struct catalogue){.frameworks = kit_frameworks, .len = 2, .requirements = 7, .parts = 14};
	kit_requirement(0, 0, "AL-001", "Plan security", "Plan", "govern", "met", "pass", "pass");
	kit_requirement(1, 0, "AL-002", "Control who signs in", "Protect", "protect", "not-met", "fail", "pass");
	kit_requirement(2, 0, "AL-003", "Know the weak places", "Protect", "identify", "partly-met", "pass", "unanswered");
	kit_requirement(3, 0, "AL-004", "Watch for attacks", "Detect", "detect", "could-not-look", "could-not-look", "unanswered");
	kit_requirement(4, 1, "BE-001", "Answer incidents", "Incidents", "respond", "unanswered", "unanswered", "unanswered");
	kit_requirement(5, 1, "BE-002", "Recover data", "Incidents", "recover", "not-applicable", "not-applicable", "not-applicable");
	kit_requirement(6, 1, "BE-003", "Keep systems patched", "Patching", "protect", "not-met", "pass", "fail");
	kit_report_requirements[1].because = say("AL-002.part-0 web1: sshd lets root sign in");
}

static inline void
kit_check(struct report_check *check, const char *id, const char *title, const char *severity, const char *answers, size_t findings)
{
	*check = (struct report_check){.id = say(id),
	    .title = say(title),
	    .severity = say(severity),
	    .why = say("Whoever gets in this way leaves no trace."),
	    .remedy = say("Write \"PermitRootLogin no\" and reload sshd."),
	    .answers = slice_of(answers),
	    .findings_len = findings};
	ASSERT_OK(NEW(kit_job(), findings + 1, &check->findings));
	for (size_t i = 0; i < findings; i++) {
		slice says;
		ASSERT_OK(job_format(kit_job(), &says, "/etc/ssh/sshd_config:%zu lets root sign in (Ada Lovelace)", 10 + i));
		check->findings[i] = (struct ledger_finding){.id = say("a1b2c3d4e5f6"),
		    .check = check->id,
		    .host = i % 2 == 0 ? S("h1") : S("h2"),
		    .severity = check->severity,
		    .says = say(says.at),
		    .first_seen_us = KIT_DAY((int64_t)i),
		    .entry = 4 + i};
	}
}

/* The ids that a check answers carry the hostile text too, so that they are still found. */
static inline const char *
kit_answers(void)
{
	slice text;
	const struct part *a = &kit_requirements[1].parts[0], *b = &kit_requirements[1].parts[1], *c = &kit_requirements[6].parts[1];
	ASSERT_OK(job_format(kit_job(), &text, "%.*s, %.*s, %.*s", SLICE(a->id), SLICE(b->id), SLICE(c->id)));
	return text.at;
}

static inline struct report
kit_report(bool hostile)
{
	static struct report_check checks[3];
	static struct ledger_host hosts[3];
	static struct ledger_reading readings[5];
	static struct ledger_run_row runs[6];
	static slice warnings[2];
	static const size_t open[6] = {3, 9, 12, 10, 14, 7};
	kit_hostile = hostile;
	kit_catalogue_make();
	kit_check(&checks[0], "ssh-root-login", "Root cannot sign in over SSH", "critical", kit_answers(), 12);
	kit_check(&checks[1], "kernel-aslr", "Addresses are random", "medium", say("GONE-001.part").at, 1);
	kit_check(&checks[2], "ssh-banner", "A notice is shown", "info", "", 1);
	hosts[0] = (struct ledger_host){.id = S("h1"),
	    .name = say("web1"),
	    .fingerprint = say("SHA256:abc"),
	    .state = LEDGER_HOST_ACCEPTED,
	    .last_seen_us = KIT_DAY(14)};
	hosts[1] = (struct ledger_host){.id = S("h2"),
	    .name = say("db1"),
	    .fingerprint = say("SHA256:def"),
	    .state = LEDGER_HOST_ACCEPTED,
	    .last_seen_us = KIT_DAY(13)};
	hosts[2] = (struct ledger_host){.id = say("h3"), .fingerprint = say("SHA256:ghi"), .state = LEDGER_HOST_PENDING};
	for (size_t i = 0; i < 5; i++)
		readings[i] = (struct ledger_reading){.host = i < 3 ? S("h1") : S("h2"),
		    .table = say(i % 2 == 0 ? "sshd_setting" : "package"),
		    .state = i == 1   ? READING_ABSENT
			     : i == 3 ? READING_COULD_NOT_LOOK
				      : READING_READ,
		    .reason = say(i == 3 ? "permission denied" : ""),
		    .rows = i == 3 ? 0 : 1234 * i,
		    .digest = code_sha256(slice_bytes(&i, 1)),
		    .entry = 30 + i,
		    .collected_us = KIT_DAY(13)};
	for (size_t i = 0; i < 6; i++)
		runs[i] = (struct ledger_run_row){
		    .entry = 50 + i, .host = S("h1"), .at_us = KIT_DAY((int64_t)i * 3 - 1), .open = open[i], .found = i + 1, .gone = i};
	warnings[0] = say("no outside witness: an administrator's rollback cannot be detected");
	warnings[1] = say("swap is not encrypted");
	return (struct report){.service = say("default"),
	    .made_us = KIT_DAY(14),
	    .origin = say("assay.invalid/log/0011223344556677"),
	    .at = {.size = 57, .now_us = KIT_DAY(14)},
	    .root = code_sha256(S("root")),
	    .size = 57,
	    .content = code_sha256(S("content")),
	    .catalogue = &kit_catalogue,
	    .requirements = kit_report_requirements,
	    .requirements_len = 7,
	    .checks = checks,
	    .checks_len = 3,
	    .hosts = hosts,
	    .hosts_len = 3,
	    .readings = readings,
	    .readings_len = 5,
	    .runs = runs,
	    .runs_len = 6,
	    .warnings = warnings,
	    .warnings_len = 2};
}

/* Compare with test/golden/${name}; ASSAY_GOLDEN=write writes it instead. */
static inline void
kit_golden(const char *name, slice found)
{
	const char *source = getenv("ASSAY_SOURCE"), *mode = getenv("ASSAY_GOLDEN");
	slice path, wanted;
	if (source == NULL)
		fail_msg("ASSAY_SOURCE must name the source folder");
	ASSERT_OK(job_format(kit_job(), &path, "%s/test/golden/%s", source, name));
	if (mode != NULL && strcmp(mode, "write") == 0) {
		ASSERT_OK(fs_write(kit_job(), path.at, found, 0644));
		return;
	}
	ASSERT_OK(fs_slurp(kit_job(), path.at, 16 * MIB, &wanted));
	size_t same = 0;
	while (same < found.len && same < wanted.len && found.at[same] == wanted.at[same])
		same++;
	if (!slice_same(found, wanted))
		fail_msg("%s differs at byte %zu: expected \"%.*s\", found \"%.*s\"; when it is meant: ASSAY_GOLDEN=write", name, same,
		    SLICE(slice_part(wanted, same, 120)), SLICE(slice_part(found, same, 120)));
}

#endif
