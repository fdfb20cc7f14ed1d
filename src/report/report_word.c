/*
 * The words both forms of the report use.
 * Deliberately does not: escape anything; that is the business of the one who prints.
 */
#include "report/report_word.h"

#include <stdio.h>

static const struct {
	const char *word, *title, *phrase;
} verdicts[REPORT_VERDICTS] = {
    [REPORT_MET] = {"met", "Met", "met"},
    [REPORT_PARTLY_MET] = {"partly-met", "Partly met", "partly met"},
    [REPORT_NOT_MET] = {"not-met", "Not met", "not met"},
    [REPORT_COULD_NOT_LOOK] = {"could-not-look", "Could not look", "could not be looked at"},
    [REPORT_UNANSWERED] = {"unanswered", "Unanswered", "unanswered"},
    [REPORT_NOT_APPLICABLE] = {"not-applicable", "Does not apply", "not applicable"},
};

static const struct {
	const char *word, *title;
} states[REPORT_VERDICTS] = {
    [REPORT_MET] = {"pass", "Pass"},
    [REPORT_PARTLY_MET] = {NULL, ""},
    [REPORT_NOT_MET] = {"fail", "Fail"},
    [REPORT_COULD_NOT_LOOK] = {"could-not-look", "Could not look"},
    [REPORT_UNANSWERED] = {"unanswered", "Unanswered"},
    [REPORT_NOT_APPLICABLE] = {"not-applicable", "Does not apply"},
};

static const struct {
	const char *word, *title;
} severities[REPORT_OTHER] = {{"critical", "Critical"}, {"high", "High"}, {"medium", "Medium"}, {"low", "Low"}, {"info", "Hint"}};

err
report_word_verdict(struct job *job, slice word, enum report_verdict *ret)
{
	for (unsigned i = 0; i < REPORT_VERDICTS; i++)
		if (slice_same(word, slice_of(verdicts[i].word))) {
			*ret = (enum report_verdict)i;
			return OK;
		}
	return err_set(job, ERR_BUG, "a requirement's verdict must be one of six words, found \"%.*s\"", SLICE(word));
}

err
report_word_state(struct job *job, slice word, enum report_verdict *ret)
{
	for (unsigned i = 0; i < REPORT_VERDICTS; i++)
		if (states[i].word != NULL && slice_same(word, slice_of(states[i].word))) {
			*ret = (enum report_verdict)i;
			return OK;
		}
	return err_set(job, ERR_BUG, "a part's state must be one of five words, found \"%.*s\"", SLICE(word));
}

slice
report_word_title(enum report_verdict verdict)
{
	return slice_of(verdicts[verdict].title);
}

slice
report_word_phrase(enum report_verdict verdict)
{
	return slice_of(verdicts[verdict].phrase);
}

slice
report_word_state_title(enum report_verdict state)
{
	return slice_of(states[state].title);
}

unsigned
report_word_severity(slice word)
{
	unsigned i = 0;
	while (i < REPORT_OTHER && !slice_same(word, slice_of(severities[i].word)))
		i++;
	return i;
}

slice
report_word_severity_title(slice word)
{
	unsigned rank = report_word_severity(word);
	return rank < REPORT_OTHER ? slice_of(severities[rank].title) : word;
}

err
report_word_number(struct job *job, uint64_t number, slice *ret)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
	struct buf buf = buf_open(job, "number", 64);
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_byte(&buf, ',');
		buf_byte(&buf, digits[i]);
	}
	return buf_end(&buf, ret);
}

err
report_word_count(struct job *job, uint64_t number, const char *one, const char *many, slice *ret)
{
	slice text;
	TRY(report_word_number(job, number, &text));
	return job_format(job, ret, "%.*s %s", SLICE(text), number == 1 ? one : many);
}

err
report_word_day(struct job *job, int64_t at_us, slice *ret)
{
	static const char *const months[] = {
	    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
	struct instant_text plain = instant_day(at_us);
	if (plain.at[0] == '?')
		return job_format(job, ret, "an unknown day");
	int64_t day = at_us / DAY_US - (at_us % DAY_US < 0), year;
	int month, of_month;
	instant_civil(day, &year, &month, &of_month);
	return job_format(job, ret, "%d %s %lld", of_month, months[month - 1], (long long)year);
}

err
report_word_minute(struct job *job, int64_t at_us, slice *ret)
{
	slice day;
	struct instant_text plain = instant_text(at_us);
	TRY(report_word_day(job, at_us, &day));
	if (plain.at[0] == '?')
		return job_copy(job, day, ret);
	return job_format(job, ret, "%.*s, %.5s UTC", SLICE(day), plain.at + sizeof "2026-11-22T" - 1);
}

err
report_word_because(struct job *job, const struct catalogue *catalogue, slice because, slice *ret)
{
	slice id = slice_part(because, 0, slice_find(because, ' '));
	const struct part *part = slice_find(id, '.') < id.len ? catalogue_part(catalogue, id) : NULL;
	*ret = because;
	return part == NULL ? OK : job_format(job, ret, "“%.*s”: %.*s", SLICE(part->says), SLICE(slice_trim(slice_from(because, id.len))));
}

bool
report_word_past(const struct report *report)
{
	return report->made_us - report->at.now_us > 60 * SECOND_US;
}

slice
report_word_host(const struct report *report, slice id)
{
	for (size_t i = 0; i < report->hosts_len; i++)
		if (slice_same(report->hosts[i].id, id) && report->hosts[i].name.len > 0)
			return report->hosts[i].name;
	return id;
}
