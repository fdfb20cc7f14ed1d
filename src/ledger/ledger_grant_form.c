/*
 * What entries of kind grant hold, as canonical JSON, written and strictly read.
 * Deliberately does not: ask whether a grant makes sense (ledger_grant.c and the registry do).
 */
#include "ledger/ledger_grant.h"

#include "base/json.h"
#include "ledger/ledger_form.h"

#define FORM_MAX_BYTES MIB
#define NAME "grant content"

const char *const ledger_scope_words[] = {"organisation", "unit", "service", NULL};
const char *const ledger_access_act_words[] = {"grant", "revoke", "denied", "read", NULL};

/* Writing */

static void
put_text(struct buf *buf, const char *key, slice text)
{
	buf_printf(buf, ",\"%s\":", key);
	ledger_form_put(buf, text);
}

static void
put_instant(struct buf *buf, const char *key, int64_t at_us)
{
	struct instant_text text = instant_text(at_us);
	put_text(buf, key, at_us != 0 ? slice_of(text.at) : S(""));
}

static void
put_grant(struct buf *buf, const struct ledger_grant *grant)
{
	put_text(buf, "person", grant->person);
	put_text(buf, "role", grant->role);
	put_text(buf, "scope", slice_of(ledger_scope_words[grant->scope]));
	buf_printf(buf, ",\"service\":%lld", (long long)grant->service);
	put_text(buf, "unit", grant->unit);
	put_instant(buf, "until", grant->until_us);
	put_text(buf, "why", grant->why);
}

static void
put_denied(struct buf *buf, const struct ledger_access_event *event)
{
	put_instant(buf, "at", event->at_us);
	put_text(buf, "capability", event->capability);
	buf_printf(buf, ",\"number\":%lld", (long long)(event->numbers_len > 0 ? event->numbers[0] : 0));
	put_text(buf, "person", event->person);
	put_text(buf, "register", event->registry);
}

static void
put_read(struct buf *buf, const struct ledger_access_event *event)
{
	put_instant(buf, "at", event->at_us);
	buf_text(buf, ",\"fields\":[");
	for (size_t i = 0; i < event->fields_len; i++) {
		buf_text(buf, i > 0 ? "," : "");
		ledger_form_put(buf, event->fields[i]);
	}
	buf_text(buf, "],\"numbers\":[");
	for (size_t i = 0; i < event->numbers_len; i++)
		buf_printf(buf, "%s%lld", i > 0 ? "," : "", (long long)event->numbers[i]);
	buf_byte(buf, ']');
	put_text(buf, "person", event->person);
	put_text(buf, "register", event->registry);
}

err
ledger_access_form_write(struct job *job, const struct ledger_access_form *form, slice *ret)
{
	struct buf buf = buf_open(job, "a grant's content", FORM_MAX_BYTES);
	buf_printf(&buf, "{\"act\":\"%s\"", ledger_access_act_words[form->act]);
	switch (form->act) {
	case LEDGER_ACT_GRANT:
		put_grant(&buf, &form->grant);
		break;
	case LEDGER_ACT_REVOKE:
		buf_printf(&buf, ",\"grant\":%llu", (unsigned long long)form->revokes);
		put_text(&buf, "why", form->why);
		break;
	case LEDGER_ACT_DENIED:
		put_denied(&buf, &form->event);
		break;
	case LEDGER_ACT_READ:
		put_read(&buf, &form->event);
		break;
	}
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

/* Reading */

static err
choose(struct job *job, const json_t *root, const char *key, const char *const *words, unsigned *ret)
{
	slice word;
	TRY(json_need_text(job, NAME, root, key, &word));
	for (*ret = 0; words[*ret] != NULL; ++*ret)
		if (slice_same(word, slice_of(words[*ret])))
			return OK;
	return err_set(job, ERR_INPUT, NAME ": \"%s\" is none we know, found \"%.*s\"", key, SLICE(word));
}

static err
need_instant(struct job *job, const json_t *root, const char *key, bool maybe, int64_t *ret)
{
	slice text;
	*ret = 0;
	TRY(json_need_text(job, NAME, root, key, &text));
	if ((maybe && text.len == 0) || (instant_parse(text, ret) && *ret != 0))
		return OK;
	return err_set(job, ERR_INPUT, NAME ": \"%s\" must be an RFC 3339 instant, found \"%.*s\"", key, SLICE(text));
}

static err
read_grant(struct job *job, const json_t *root, struct ledger_grant *grant)
{
	static const char *const keys[] = {"act", "person", "role", "scope", "service", "unit", "until", "why", NULL};
	unsigned scope;
	TRY(json_only(job, NAME, root, keys));
	TRY(json_need_text(job, NAME, root, "person", &grant->person));
	TRY(json_need_text(job, NAME, root, "role", &grant->role));
	TRY(choose(job, root, "scope", ledger_scope_words, &scope));
	grant->scope = (enum ledger_scope)scope;
	TRY(json_need_int(job, NAME, root, "service", &grant->service));
	TRY(json_need_text(job, NAME, root, "unit", &grant->unit));
	TRY(need_instant(job, root, "until", true, &grant->until_us));
	TRY(json_need_text(job, NAME, root, "why", &grant->why));
	if (grant->person.len == 0 || grant->role.len == 0 || (grant->service > 0) != (grant->scope == LEDGER_SCOPE_SERVICE) ||
	    (grant->unit.len > 0) != (grant->scope == LEDGER_SCOPE_UNIT) || grant->service < 0)
		return err_set(job, ERR_INPUT, NAME ": expected a person, a role, and the service or unit that its scope needs and no other");
	return OK;
}

static err
read_revoke(struct job *job, const json_t *root, struct ledger_access_form *form)
{
	static const char *const keys[] = {"act", "grant", "why", NULL};
	int64_t grant;
	TRY(json_only(job, NAME, root, keys));
	TRY(json_need_int(job, NAME, root, "grant", &grant));
	TRY(json_need_text(job, NAME, root, "why", &form->why));
	if (grant < 0)
		return err_set(job, ERR_INPUT, NAME ": \"grant\" must be an entry, found %lld", (long long)grant);
	form->revokes = (uint64_t)grant;
	return OK;
}

static err
read_denied(struct job *job, const json_t *root, struct ledger_access_event *event)
{
	static const char *const keys[] = {"act", "at", "capability", "number", "person", "register", NULL};
	int64_t *number;
	TRY(json_only(job, NAME, root, keys));
	TRY(NEW(job, 1, &number));
	TRY(need_instant(job, root, "at", false, &event->at_us));
	TRY(json_need_text(job, NAME, root, "capability", &event->capability));
	TRY(json_need_int(job, NAME, root, "number", number));
	TRY(json_need_text(job, NAME, root, "person", &event->person));
	TRY(json_need_text(job, NAME, root, "register", &event->registry));
	if (event->capability.len == 0 || *number < 0)
		return err_set(job, ERR_INPUT, NAME ": expected a capability and a number from 0");
	event->numbers = number;
	event->numbers_len = *number > 0 ? 1 : 0;
	return OK;
}

static err
read_read(struct job *job, const json_t *root, struct ledger_access_event *event)
{
	static const char *const keys[] = {"act", "at", "fields", "numbers", "person", "register", NULL};
	const json_t *fields, *numbers;
	int64_t *number;
	slice *field;
	TRY(json_only(job, NAME, root, keys));
	TRY(need_instant(job, root, "at", false, &event->at_us));
	TRY(json_need_array(job, NAME, root, "fields", &fields));
	TRY(json_need_array(job, NAME, root, "numbers", &numbers));
	TRY(json_need_text(job, NAME, root, "person", &event->person));
	TRY(json_need_text(job, NAME, root, "register", &event->registry));
	event->fields_len = json_array_size(fields);
	event->numbers_len = json_array_size(numbers);
	TRY(NEW(job, event->fields_len + 1, &field));
	TRY(NEW(job, event->numbers_len + 1, &number));
	for (size_t i = 0; i < event->fields_len; i++)
		field[i] = json_text(json_array_get(fields, i));
	for (size_t i = 0; i < event->numbers_len; i++)
		number[i] = json_integer_value(json_array_get(numbers, i));
	for (size_t i = 0; i < event->fields_len; i++)
		if (field[i].len == 0 || slice_find(field[i], ',') < field[i].len)
			return err_set(job, ERR_INPUT, NAME ": each of \"fields\" must be a field's name");
	for (size_t i = 0; i < event->numbers_len; i++)
		if (number[i] < 1)
			return err_set(job, ERR_INPUT, NAME ": each of \"numbers\" must be a number from 1");
	event->fields = field;
	event->numbers = number;
	return event->numbers_len > 0 ? OK : err_set(job, ERR_INPUT, NAME ": \"numbers\" must name a record, found none");
}

static err
read_act(struct job *job, const json_t *root, struct ledger_access_form *form)
{
	switch (form->act) {
	case LEDGER_ACT_GRANT:
		return read_grant(job, root, &form->grant);
	case LEDGER_ACT_REVOKE:
		return read_revoke(job, root, form);
	case LEDGER_ACT_DENIED:
		return read_denied(job, root, &form->event);
	case LEDGER_ACT_READ:
	default:
		return read_read(job, root, &form->event);
	}
}

err
ledger_access_form_read(struct job *job, slice content, struct ledger_access_form *ret)
{
	const json_t *root;
	slice again;
	unsigned act;
	*ret = (struct ledger_access_form){0};
	if (content.len > FORM_MAX_BYTES)
		return err_set(job, ERR_LIMIT, NAME ": must not exceed %zu bytes, found %zu", (size_t)FORM_MAX_BYTES, content.len);
	TRY(json_read(job, NAME, content, &root));
	TRY(choose(job, root, "act", ledger_access_act_words, &act));
	ret->act = ret->event.act = (enum ledger_access_act)act;
	TRY(read_act(job, root, ret));
	TRY(ledger_access_form_write(job, ret, &again));
	return slice_same(again, content) ? OK : err_set(job, ERR_INPUT, NAME ": expected canonical JSON, found another form");
}
