/*
 * Writing the page: markup is a literal of ours, everything else goes through a hole and is escaped. There is no third way.
 */
#ifndef REPORT_REPORT_PAGE_H
#define REPORT_REPORT_PAGE_H

#include "base/text.h"
#include "report/report_count.h"

struct report_page {
	struct job *job;
	struct buf buf; /* remembers the first failure */
	const struct report *report;
	const struct report_count *count;
	unsigned ids; /* given so far */
};

/* Markup alone: a string literal, or it does not compile. */
#define MARK(page, literal) report_page_put((page), S(literal), NULL, 0)
/* Markup with a hole {} for each slice behind it; slices are escaped for text and double-quoted attributes. Too few or too many: ERR_BUG.
 */
#define PUT(page, literal, ...)                                                                                                            \
	report_page_put((page), S(literal), (const slice[]){__VA_ARGS__}, sizeof((const slice[]){__VA_ARGS__}) / sizeof(slice))
void report_page_put(struct report_page *page, slice markup, const slice *holes, size_t holes_len);

/* What to put into holes. A failure is remembered in the page; the slice is empty then. */
slice report_page_number(struct report_page *page, uint64_t number);                                   /* 1,234 */
slice report_page_plain(struct report_page *page, uint64_t number);                                    /* 1234: attributes */
slice report_page_words(struct report_page *page, uint64_t number, const char *one, const char *many); /* 1 finding */
slice report_page_id(struct report_page *page);                                                        /* an id nobody else has */
slice report_page_hex(struct report_page *page, const struct digest *digest);

/* Fragments. */
void report_page_day(struct report_page *page, int64_t at_us);    /* <time> */
void report_page_minute(struct report_page *page, int64_t at_us); /* <time> */
void report_page_verdict_tag(struct report_page *page, enum report_verdict verdict);
void report_page_state_tag(struct report_page *page, enum report_verdict state);
void report_page_severity_tag(struct report_page *page, slice severity);
/* A link to the world outside when ${address} begins with https:// or http://; else only its words. */
void report_page_source(struct report_page *page, slice address, slice words);
/* The anchor of a requirement (place in the report), and a link to it by its title. Left out of the report: a link to its source. */
slice report_page_anchor(struct report_page *page, const struct report_requirement *one);
void report_page_requirement(struct report_page *page, const struct requirement *requirement);
/* <table> in a region of its own that scrolls, with a caption; ends with report_page_table_end(). */
void report_page_table(struct report_page *page, slice caption);
void report_page_table_end(struct report_page *page);

/* The parts of the page that are files of their own. */
void report_style_put(struct report_page *page); /* <style> and the policy that allows nothing else */
err report_style_text(struct job *job, slice *ret);
err report_annex_put(struct report_page *page); /* every requirement, evidence, how to check */

#endif
