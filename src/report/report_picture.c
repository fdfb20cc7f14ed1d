/*
 * Pictures of the report, drawn as SVG in the page.
 * Deliberately never leaves the telling to colour alone: each place has its own pattern, and a table with the same numbers stands beside.
 */
#include "report/report_picture.h"

#include <string.h>

#define WIDTH 360 /* units of every drawing */
#define BAR 40
#define LEAST 5
#define DIGIT 8 /* width of one in 14 units of Arial */

void
report_picture_defs(struct report_page *page)
{
	MARK(page, "<svg class=\"defs\" aria-hidden=\"true\" focusable=\"false\"><defs>\n"
		   "<pattern id=\"fill-met\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" "
		   "fill=\"#0f7a52\"/></pattern>\n"
		   "<pattern id=\"fill-partly\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		   "<rect width=\"8\" height=\"8\" fill=\"#1d70b8\"/><rect width=\"2\" height=\"8\" fill=\"#ffffff\"/></pattern>\n"
		   "<pattern id=\"fill-not-met\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		   "<rect width=\"8\" height=\"8\" fill=\"#ca3535\"/><path d=\"M0 4H8M4 0V8\" stroke=\"#ffffff\" "
		   "stroke-width=\"1.5\"/></pattern>\n"
		   "<pattern id=\"fill-blind\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" "
		   "fill=\"#54319f\"/>"
		   "<circle cx=\"4\" cy=\"4\" r=\"1.7\" fill=\"#ffffff\"/></pattern>\n"
		   "<pattern id=\"fill-unanswered\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" "
		   "height=\"8\" fill=\"#ffffff\"/>"
		   "<rect width=\"8\" height=\"3\" fill=\"#6f777b\"/></pattern>\n"
		   "<pattern id=\"fill-beside\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" "
		   "fill=\"#ffffff\"/></pattern>\n"
		   "</defs></svg>\n");
}

/* Outlines carry the contrast where a fill is light. */
static void
fill_put(struct report_page *page, enum report_verdict place)
{
	static const char *const fills[REPORT_VERDICTS] = {"met", "partly", "not-met", "blind", "unanswered", "beside"};
	static const char *const edges[REPORT_VERDICTS] = {"#0f7a52", "#1d70b8", "#ca3535", "#54319f", "#505a5f", "#505a5f"};
	PUT(page, " fill=\"url(#fill-{})\" stroke=\"{}\"", slice_of(fills[place]), slice_of(edges[place]));
}

static slice
title_of(enum report_verdict place, bool states)
{
	return states ? report_word_state_title(place) : report_word_title(place);
}

void
report_picture_key(struct report_page *page, bool states)
{
	MARK(page, "<ul class=\"key\">\n");
	for (unsigned i = 0; i < REPORT_VERDICTS; i++) {
		enum report_verdict place = (enum report_verdict)i;
		if (title_of(place, states).len == 0)
			continue;
		MARK(page, "<li><svg viewBox=\"0 0 28 18\" aria-hidden=\"true\" focusable=\"false\"><rect x=\"1\" y=\"1\" width=\"26\" "
			   "height=\"16\"");
		fill_put(page, place);
		PUT(page, "/></svg>{}</li>\n", title_of(place, states));
	}
	MARK(page, "</ul>\n");
}

void
report_picture_widths(const struct report_row *row, unsigned width, unsigned least, unsigned ret[REPORT_VERDICTS])
{
	unsigned used = 0, widest = 0;
	for (unsigned i = 0; i < REPORT_VERDICTS; i++) {
		ret[i] = row->total == 0 ? 0 : (unsigned)(row->of[i] * (uint64_t)width / row->total);
		if (row->of[i] > 0 && ret[i] < least)
			ret[i] = least;
		used += ret[i];
		if (ret[i] > ret[widest])
			widest = i;
	}
	if (row->total > 0)
		ret[widest] = ret[widest] + width - used;
}

/* "Framework: 95 requirements: 12 met, 40 partly met, …" */
static void
describe(struct report_page *page, const struct report_row *row, bool states)
{
	const char *before = ": ";
	PUT(page, "{}",
	    states ? report_page_words(page, row->total, "part", "parts")
		   : report_page_words(page, row->total, "requirement", "requirements"));
	for (unsigned i = 0; i < REPORT_VERDICTS; i++)
		if (row->of[i] > 0) {
			PUT(page, "{}{} {}", slice_of(before), report_page_number(page, row->of[i]),
			    states ? report_word_state_title((enum report_verdict)i) : report_word_phrase((enum report_verdict)i));
			before = ", ";
		}
}

static unsigned
digits(size_t number)
{
	unsigned len = 1;
	while (number >= 10) {
		number /= 10;
		len++;
	}
	return len;
}

static void
segment(struct report_page *page, enum report_verdict place, unsigned x, unsigned width, size_t number)
{
	unsigned gap = width > LEAST ? 2 : 1, plate = DIGIT * digits(number) + 8;
	PUT(page, "<rect x=\"{}\" y=\"1\" width=\"{}\" height=\"{}\" stroke-width=\"1.5\"", report_page_plain(page, x + 1),
	    report_page_plain(page, width - gap), report_page_plain(page, BAR - 2));
	fill_put(page, place);
	MARK(page, "/>");
	if (width >= plate + 6)
		PUT(page,
		    "<rect class=\"plate\" x=\"{}\" y=\"10\" width=\"{}\" height=\"20\" rx=\"3\"/><text x=\"{}\" y=\"25\" "
		    "text-anchor=\"middle\">{}</text>",
		    report_page_plain(page, x + (width - plate) / 2), report_page_plain(page, plate),
		    report_page_plain(page, x + width / 2), report_page_plain(page, number));
	MARK(page, "\n");
}

void
report_picture_bar(struct report_page *page, const struct report_row *row, bool states)
{
	unsigned widths[REPORT_VERDICTS], x = 0;
	slice title = report_page_id(page), about = report_page_id(page);
	PUT(page, "<svg viewBox=\"0 0 360 40\" role=\"img\" aria-labelledby=\"{} {}\"><title id=\"{}\">{}</title><desc id=\"{}\">", title,
	    about, title, row->title, about);
	describe(page, row, states);
	MARK(page, "</desc>\n");
	report_picture_widths(row, WIDTH, LEAST, widths);
	for (unsigned i = 0; i < REPORT_VERDICTS; i++) {
		if (row->of[i] > 0)
			segment(page, (enum report_verdict)i, x, widths[i], row->of[i]);
		x += widths[i];
	}
	MARK(page, "</svg>\n");
}

uint64_t
report_picture_ceiling(uint64_t most)
{
	static const uint64_t nice[] = {2, 4, 6, 8, 10};
	for (uint64_t unit = 1; unit <= UINT64_MAX / 100; unit *= 10)
		for (size_t i = 0; i < sizeof nice / sizeof nice[0]; i++)
			if (nice[i] * unit >= most)
				return nice[i] * unit;
	return UINT64_MAX;
}

/* ---- change over time ---- */

#define LEFT 44
#define RIGHT 348
#define TOP 16
#define BOTTOM 170

struct plot {
	int64_t from_us, to_us;
	uint64_t ceiling;
};

static unsigned
plot_x(const struct plot *plot, int64_t at_us)
{
	double part = (double)(at_us - plot->from_us) / (double)(plot->to_us - plot->from_us);
	return LEFT + (unsigned)(part * (RIGHT - LEFT) + 0.5);
}

static unsigned
plot_y(const struct plot *plot, uint64_t number)
{
	double part = (double)number / (double)plot->ceiling;
	return BOTTOM - (unsigned)(part * (BOTTOM - TOP) + 0.5);
}

static void
grid(struct report_page *page, const struct plot *plot)
{
	for (unsigned i = 0; i < 3; i++) {
		uint64_t number = plot->ceiling / 2 * i;
		slice y = report_page_plain(page, plot_y(plot, number));
		PUT(page, "<path class=\"{}\" d=\"M44 {}H348\"/>", slice_of(i == 0 ? "axis" : "grid"), y);
		PUT(page, "<text x=\"36\" y=\"{}\" dy=\"5\" text-anchor=\"end\">{}</text>\n", y, report_page_number(page, number));
	}
	struct instant_text from = instant_text(plot->from_us), to = instant_text(plot->to_us);
	bool one_day = strncmp(from.at, to.at, 10) == 0;
	PUT(page, "<text x=\"44\" y=\"192\">{}</text><text x=\"348\" y=\"192\" text-anchor=\"end\">{}</text>\n",
	    slice_part(slice_of(from.at), 0, one_day ? 16 : 10), slice_part(slice_of(to.at), 0, one_day ? 16 : 10));
}

/* A number holds until the next run, so the line goes in steps. ${close}: back along the axis, for the area below. */
static void
steps(struct report_page *page, const struct plot *plot, bool close)
{
	const struct report_count *count = page->count;
	PUT(page, "<path class=\"{}\" d=\"M{} {}", slice_of(close ? "area" : "line"),
	    report_page_plain(page, plot_x(plot, count->moments[0].at_us)), report_page_plain(page, plot_y(plot, count->moments[0].open)));
	for (size_t i = 1; i < count->moments_len; i++)
		PUT(page, "H{}V{}", report_page_plain(page, plot_x(plot, count->moments[i].at_us)),
		    report_page_plain(page, plot_y(plot, count->moments[i].open)));
	if (close)
		PUT(page, "V{}H{}Z", report_page_plain(page, BOTTOM), report_page_plain(page, LEFT));
	MARK(page, "\"/>\n");
}

static void
dots(struct report_page *page, const struct plot *plot)
{
	const struct report_count *count = page->count;
	for (size_t i = 0; i < count->moments_len; i++)
		PUT(page, "<circle class=\"dot\" r=\"3.5\" cx=\"{}\" cy=\"{}\"/>",
		    report_page_plain(page, plot_x(plot, count->moments[i].at_us)),
		    report_page_plain(page, plot_y(plot, count->moments[i].open)));
	MARK(page, "\n");
}

bool
report_picture_change(struct report_page *page)
{
	const struct report_count *count = page->count;
	struct plot plot = {.ceiling = 2};
	slice title = report_page_id(page), about = report_page_id(page);
	if (count->moments_len < 2 || count->moments[0].at_us >= count->moments[count->moments_len - 1].at_us)
		return false;
	const struct report_moment *first = &count->moments[0], *last = &count->moments[count->moments_len - 1];
	plot.from_us = first->at_us;
	plot.to_us = last->at_us;
	for (size_t i = 0; i < count->moments_len; i++) {
		if (count->moments[i].at_us < plot.from_us || count->moments[i].at_us > plot.to_us)
			return false; /* a clock went back: the table says what there is to say */
		uint64_t ceiling = report_picture_ceiling(count->moments[i].open);
		plot.ceiling = ceiling > plot.ceiling ? ceiling : plot.ceiling;
	}
	PUT(page,
	    "<svg viewBox=\"0 0 360 200\" role=\"img\" aria-labelledby=\"{} {}\"><title id=\"{}\">Open findings over time</title><desc "
	    "id=\"{}\">",
	    title, about, title, about);
	PUT(page, "{} open on {}, {} open on {}.</desc>\n", report_page_number(page, first->open), slice_of(instant_day(first->at_us).at),
	    report_page_number(page, last->open), slice_of(instant_day(last->at_us).at));
	steps(page, &plot, true);
	grid(page, &plot);
	steps(page, &plot, false);
	dots(page, &plot);
	MARK(page, "</svg>\n");
	return true;
}
