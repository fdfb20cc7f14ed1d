/*
 * Pictures of the report, drawn as SVG in the page: coverage as stacked bars, open findings over time.
 */
#ifndef REPORT_REPORT_PICTURE_H
#define REPORT_REPORT_PICTURE_H

#include "report/report_page.h"

/* The patterns that tell the places apart without colour; once a page, before any bar. */
void report_picture_defs(struct report_page *page);
/* What the patterns mean, as a list; ${states}: words for parts instead of requirements. */
void report_picture_key(struct report_page *page, bool states);
/* One row as a bar, with a title and a description that says every number. ${states} as above. */
void report_picture_bar(struct report_page *page, const struct report_row *row, bool states);
/* Open findings over time; needs at least two moments at different instants, returns false otherwise and draws nothing. */
bool report_picture_change(struct report_page *page);

/* Widths of ${row}'s six segments in a bar ${width} wide: all of it is used, what is there is at least ${least} wide. */
void report_picture_widths(const struct report_row *row, unsigned width, unsigned least, unsigned ret[REPORT_VERDICTS]);
/* The smallest of 2, 4, 6, 8, 10, 20, 40 … that is not below ${most}. */
uint64_t report_picture_ceiling(uint64_t most);

#endif
