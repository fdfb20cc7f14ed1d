/*
 * The page of a questionnaire: questions, each with the input that fits its type, and what its script needs.
 * Deliberately fetches nothing: script and style are in the page, and its policy allows no other.
 */
#include "report/report_form.h"

#include <string.h>

#include "report/report_form_text.h"
#include "report/report_page.h"

/* Types that are picked from a few words. */
static const struct registry_choice yes_no[] = {{{"yes", 3}, {"Yes", 3}}, {{"no", 2}, {"No", 2}}};
static const struct registry_choice classifications[] = {{{"official", 8}, {"OFFICIAL", 8}}, {{"official-sensitive", 18}, {"OFFICIAL-SENSITIVE", 18}},
    {{"secret", 6}, {"SECRET", 6}}, {{"top-secret", 10}, {"TOP SECRET", 10}}};

static const struct registry_choice *
choices_of(const struct registry_field *field, size_t *ret_len)
{
	*ret_len = field->choices_len;
	if (field->type == REGISTRY_YES_NO) {
		*ret_len = 2;
		return yes_no;
	}
	if (field->type == REGISTRY_CLASSIFICATION) {
		*ret_len = 4;
		return classifications;
	}
	return field->type == REGISTRY_CHOICE ? field->choices : NULL;
}

/* What kind of answer is wanted, beside what the field says of itself. */
static slice
expects(const struct registry_field *field)
{
	switch (field->type) {
	case REGISTRY_LIST:
		return S("One a line.");
	case REGISTRY_DATE:
		return S("A day, such as 2026-11-30.");
	case REGISTRY_INSTANT:
		return S("A day and time, such as 2026-11-30T09:15:00Z.");
	case REGISTRY_DURATION:
		return S("A length of time, such as P90D for 90 days or P1Y for a year.");
	case REGISTRY_MONEY:
		return S("Pounds, such as 1200 or 1200.50.");
	case REGISTRY_NUMBER:
		return S("A number.");
	case REGISTRY_FILE:
		return S("Only the name of the file. Send the file itself together with your answers.");
	default:
		return S("");
	}
}

static void
put_head(struct report_page *page, const struct registry_asking *asking)
{
	struct digest style = code_sha256(slice_of(report_form_style)), script = code_sha256(slice_of(report_form_script));
	PUT(page, "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}: {}</title>\n", asking->record.label, asking->def->title);
	MARK(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
		   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
	code_base64(&page->buf, style.byte, sizeof style.byte);
	MARK(page, "'; script-src 'sha256-");
	code_base64(&page->buf, script.byte, sizeof script.byte);
	MARK(page, "'; base-uri 'none'; form-action 'none'\">\n<style>");
	buf_add(&page->buf, slice_of(report_form_style));
	MARK(page, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to main content</a>\n");
}

static void
put_intro(struct report_page *page, const struct registry_asking *asking)
{
	slice intro = asking->def->questionnaire->intro;
	PUT(page, "<header><div class=\"wide\"><h1>{}</h1></div></header>\n<main id=\"main\" tabindex=\"-1\"><div class=\"wide\">\n", asking->record.label);
	MARK(page, "<div id=\"summary\" class=\"summary\" role=\"alert\" tabindex=\"-1\" hidden><h2>There is a problem</h2><ul id=\"faults\"></ul></div>\n");
	if (intro.len > 0)
		PUT(page, "<p>{}</p>\n", intro);
	MARK(page, "<noscript><div class=\"note\"><h2>Scripts are turned off</h2><p>Without scripts this page cannot make the signed file. Print it, fill it in by hand, "
		   "sign it with your name and the date, and send it back to whoever sent it to you. A person there enters your answers.</p></div></noscript>\n"
		   "<div id=\"old\" class=\"note\" hidden><h2>This browser cannot sign</h2><p>Open the file in a current browser. Or print it, fill it in by hand, sign it "
		   "with your name and the date, and send it back to whoever sent it to you. A person there enters your answers.</p></div>\n");
	PUT(page,
	    "<p>Your answers stay on this computer until you send them: this page talks to nobody. At the end it makes one file, which you send back the way this one came. "
	    "Keep this page to yourself: whoever has it can answer in your place.</p>\n"
	    "<div id=\"progress\" class=\"progress\" hidden><p id=\"far\" role=\"status\">0 of {} questions answered</p>"
	    "<progress id=\"bar\" max=\"{}\" value=\"0\" aria-labelledby=\"far\"></progress></div>\n<form id=\"form\" novalidate>\n",
	    report_page_number(page, asking->len), report_page_plain(page, asking->len));
}

/* Questions */

static void
put_hint(struct report_page *page, const struct registry_question *question)
{
	const struct registry_field *field = question->field;
	PUT(page, "<p class=\"hint\" id=\"h-{}\">{}{}{}</p><p class=\"error\" id=\"e-{}\" hidden></p>", field->id, field->about,
	    field->about.len > 0 && expects(field).len > 0 ? S(" ") : S(""), expects(field), field->id);
}

static void
put_picked(struct report_page *page, const struct registry_question *question, const struct registry_choice *choices, size_t len)
{
	const struct registry_field *field = question->field;
	PUT(page, "<fieldset class=\"question\" id=\"q-{}\" aria-describedby=\"h-{} e-{}\"><legend>{}", field->id, field->id, field->id, field->title);
	if (question->required)
		MARK(page, " <span class=\"required\">(required)</span>");
	MARK(page, "</legend>");
	put_hint(page, question);
	for (size_t i = 0; i < len; i++) {
		slice id = report_page_id(page);
		PUT(page, "<div class=\"choice\"><input type=\"radio\" id=\"c{}\" name=\"f-{}\" value=\"{}\"", id, field->id, choices[i].id);
		if (slice_same(choices[i].id, question->value))
			MARK(page, " checked");
		PUT(page, "><label for=\"c{}\">{}</label></div>", id, choices[i].title);
	}
	MARK(page, "</fieldset>\n");
}

static void
put_written(struct report_page *page, const struct registry_question *question)
{
	const struct registry_field *field = question->field;
	bool area = field->type == REGISTRY_LONG || field->type == REGISTRY_LIST || (field->type == REGISTRY_TEXT && field->max_bytes > 300);
	bool brief = field->type == REGISTRY_NUMBER || field->type == REGISTRY_MONEY || field->type == REGISTRY_DATE || field->type == REGISTRY_INSTANT ||
		     field->type == REGISTRY_DURATION;
	PUT(page, "<div class=\"question\" id=\"q-{}\"><label for=\"f-{}\">{}", field->id, field->id, field->title);
	if (question->required)
		MARK(page, " <span class=\"required\">(required)</span>");
	MARK(page, "</label>");
	put_hint(page, question);
	if (area)
		PUT(page, "<textarea id=\"f-{}\" rows=\"5\" aria-describedby=\"h-{} e-{}\">\n{}</textarea></div>\n", field->id, field->id, field->id, question->value);
	else
		PUT(page, "<input type=\"text\" id=\"f-{}\"{} autocomplete=\"off\" aria-describedby=\"h-{} e-{}\" value=\"{}\"></div>\n", field->id,
		    brief ? S(" class=short") : S(""), field->id, field->id, question->value);
}

static void
put_questions(struct report_page *page, const struct registry_asking *asking)
{
	const struct registry_group *group = NULL;
	for (size_t i = 0; i < asking->len; i++) {
		const struct registry_question *question = &asking->questions[i];
		size_t len;
		const struct registry_choice *choices = choices_of(question->field, &len);
		if (question->group != group)
			PUT(page, "<h2>{}</h2>\n", question->group->title);
		group = question->group;
		if (choices != NULL)
			put_picked(page, question, choices, len);
		else
			put_written(page, question);
	}
}

static void
put_end(struct report_page *page)
{
	MARK(page,
	    "<h2>Sign and finish</h2>\n"
	    "<div class=\"question\" id=\"q-signer\"><label for=\"signer\">Your name and position <span class=\"required\">(required)</span></label>"
	    "<p class=\"hint\" id=\"h-signer\">The person who answers for your organisation.</p><p class=\"error\" id=\"e-signer\" hidden></p>"
	    "<input type=\"text\" id=\"signer\" autocomplete=\"name\" aria-describedby=\"h-signer e-signer\"></div>\n"
	    "<div class=\"question\" id=\"q-sure\"><p class=\"error\" id=\"e-sure\" hidden></p><div class=\"choice\"><input type=\"checkbox\" id=\"sure\" "
	    "aria-describedby=\"e-sure\"><label for=\"sure\">I may answer for my organisation, and what I wrote is true as far as I know</label></div></div>\n"
	    "<div id=\"finish\" hidden><button type=\"submit\">Finish and make the answer file</button> <button type=\"button\" class=\"second\" id=\"forget\">Remove what this "
	    "browser keeps</button><p class=\"small\" id=\"saved\" role=\"status\"></p></div>\n</form>\n"
	    "<div id=\"done\" class=\"done\" tabindex=\"-1\" hidden><h2>Your answer file is made</h2><p>Send this file back to whoever sent you the questionnaire: "
	    "<a id=\"file\">the file</a></p><p>It is signed with a key that was made for it. When you are asked, this is the key’s fingerprint:</p>"
	    "<p><code id=\"print\"></code></p><p>If you change an answer, finish again and send the new file instead.</p></div>\n");
}

/* What the script reads. No text of others may end the element it stands in. */

static void
put_json(struct report_page *page, slice json)
{
	for (size_t i = 0; i < json.len; i++)
		if (strchr("<>&", json.at[i]) != NULL && json.at[i] != '\0')
			buf_printf(&page->buf, "\\u%04x", (unsigned)json.at[i]);
		else
			buf_byte(&page->buf, json.at[i]);
}

static void
add_limit(struct job *job, struct buf *buf, const struct registry_field *field, const char *key, int64_t limit)
{
	slice text;
	unsigned decimals = field->type == REGISTRY_MONEY ? 2 : field->decimals;
	if (registry_decimal_show(job, limit, decimals, &text).code == ERR_NONE)
		buf_printf(buf, ",\"%s\":%.*s", key, SLICE(text));
}

static err
put_data(struct report_page *page, const struct registry_asking *asking)
{
	struct buf buf = buf_open(page->job, "questions", 4 * MIB);
	slice text;
	buf_printf(&buf, "{\"register\":\"%.*s\",\"number\":%lld,\"version\":%lld,\"questionnaire\":\"%.*s\",\"digest\":\"%s\",\"secret\":\"%.*s\",\"questions\":[",
	    SLICE(asking->def->id), (long long)asking->record.base.number, (long long)asking->version, SLICE(asking->id), digest_text(&asking->digest).at,
	    SLICE(asking->secret));
	for (size_t i = 0; i < asking->len; i++) {
		const struct registry_field *field = asking->questions[i].field;
		size_t choices;
		buf_printf(&buf, "%s{\"id\":\"%.*s\",\"type\":\"%s\",\"choice\":%s,\"required\":%s,\"title\":", i > 0 ? "," : "", SLICE(field->id),
		    registry_type_words[field->type], choices_of(field, &choices) != NULL ? "true" : "false", asking->questions[i].required ? "true" : "false");
		text_json(&buf, field->title);
		if (field->max_bytes > 0 && field->type != REGISTRY_FILE)
			buf_printf(&buf, ",\"max\":%zu", field->max_bytes);
		if (field->has_min)
			add_limit(page->job, &buf, field, "least", field->min);
		if (field->has_max)
			add_limit(page->job, &buf, field, "most", field->max);
		buf_byte(&buf, '}');
	}
	buf_text(&buf, "]}");
	TRY(buf_end(&buf, &text));
	MARK(page, "<script type=\"application/json\" id=\"data\">");
	put_json(page, text);
	MARK(page, "</script>\n<script>");
	buf_add(&page->buf, slice_of(report_form_script));
	MARK(page, "</script>\n");
	return OK;
}

err
report_form_html(struct job *job, const struct registry_asking *asking, slice *ret)
{
	struct report_page page = {.job = job, .buf = buf_open(job, "a questionnaire's page", 16 * MIB)};
	put_head(&page, asking);
	put_intro(&page, asking);
	put_questions(&page, asking);
	put_end(&page);
	PUT(&page, "</div></main>\n<footer><div class=\"wide\"><p class=\"small\">{} {}. Questionnaire <code>{}</code></p></div></footer>\n", asking->def->title,
	    report_page_plain(&page, (uint64_t)asking->record.base.number), asking->id);
	TRY(put_data(&page, asking));
	MARK(&page, "</body>\n</html>\n");
	return buf_end(&page.buf, ret);
}
