/*
 * The values of a pack as people and as programs read them.
 * Deliberately does not: escape anything; that is the business of the one who prints.
 */
#include <ctype.h>

#include "report/report_pack.h"
#include "report/report_word.h"

/* "not-met" and "service_owner" as words. */
static err
word_of(struct job *job, slice text, slice *ret)
{
	char *copy;
	TRY(NEW(job, text.len + 1, &copy));
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		copy[i] = c == '-' || c == '_' ? ' ' : i == 0 ? (char)toupper((unsigned char)c) : c;
	}
	*ret = slice_bytes(copy, text.len);
	return OK;
}

static err
whole(struct job *job, int64_t number, bool people, slice *ret)
{
	slice digits;
	if (!people)
		return job_format(job, ret, "%lld", (long long)number);
	TRY(report_word_number(job, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, &digits));
	return job_format(job, ret, "%s%.*s", number < 0 ? "-" : "", SLICE(digits));
}

/* Two decimals; people are spared ".00" where it says nothing. */
static err
hundredths(struct job *job, int64_t number, bool people, const char *before, const char *after, slice *ret)
{
	uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
	slice digits;
	if (!people)
		return job_format(job, ret, "%s%llu.%02u", number < 0 ? "-" : "", (unsigned long long)(size / 100), (unsigned)(size % 100));
	TRY(report_word_number(job, size / 100, &digits));
	if (size % 100 == 0)
		return job_format(job, ret, "%s%s%.*s%s", number < 0 ? "-" : "", before, SLICE(digits), after);
	return job_format(job, ret, "%s%s%.*s.%02u%s", number < 0 ? "-" : "", before, SLICE(digits), (unsigned)(size % 100), after);
}

static err
text_of(struct job *job, enum report_pack_as as, slice text, bool people, slice *ret)
{
	enum report_verdict place;
	*ret = text;
	if (!people)
		return OK;
	switch (as) {
	case REPORT_PACK_AS_WORD:
		return word_of(job, text, ret);
	case REPORT_PACK_AS_SEVERITY:
		*ret = report_word_severity_title(text);
		return OK;
	case REPORT_PACK_AS_VERDICT:
		TRY(report_word_verdict(job, text, &place));
		*ret = report_word_title(place);
		return OK;
	case REPORT_PACK_AS_STATE:
		if (report_word_state(job, text, &place).code != ERR_NONE) /* "not-observed" */
			return word_of(job, text, ret);
		*ret = report_word_state_title(place);
		return OK;
	default:
		return OK;
	}
}

err
report_pack_cell(struct job *job, enum report_pack_as as, const struct cell *cell, bool people, slice *ret)
{
	*ret = S("");
	if (cell->null)
		return OK;
	if (cell->text.at != NULL)
		return text_of(job, as, cell->text, people, ret);
	switch (as) {
	case REPORT_PACK_AS_MONEY:
		return hundredths(job, cell->number, people, "£", "", ret);
	case REPORT_PACK_AS_PERCENT:
		return hundredths(job, cell->number, people, "", "%", ret);
	case REPORT_PACK_AS_DAY:
		return people ? report_word_day(job, cell->number, ret) : job_copy(job, slice_of(instant_day(cell->number).at), ret);
	case REPORT_PACK_AS_MINUTE:
		return people ? report_word_minute(job, cell->number, ret) : job_copy(job, slice_of(instant_text(cell->number).at), ret);
	default:
		return whole(job, cell->number, people, ret);
	}
}
