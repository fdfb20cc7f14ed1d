/*
 * The ledger's own small contents as canonical JSON (keys sorted, no blanks), written and strictly read.
 * Does not know runs (ledger_finding.c) nor fact tables (base/table.h), and appends nothing.
 */
#include "ledger/ledger_form.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define FORM_MAX_BYTES MIB
#define FORM_MAX_TEXT (64 * MIB)

static struct buf
form_open(struct job *job)
{
	return buf_open(job, "a content of the ledger", FORM_MAX_BYTES);
}

void
ledger_form_put(struct buf *buf, slice text)
{
	struct buf whole = buf_open(buf->job, "a text of the ledger", FORM_MAX_TEXT);
	slice fixed;
	if (slice_find(text, '\0') == text.len) {
		text_json(buf, text);
		return;
	}
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\0')
			buf_add(&whole, S("\xef\xbf\xbd"));
		else
			buf_byte(&whole, text.at[i]);
	err got = buf_end(&whole, &fixed);
	if (got.code == ERR_NONE)
		text_json(buf, fixed);
	else if (buf->failed.code == ERR_NONE)
		buf->failed = got;
}

/* One member; ${lead} is the comma or brace before it. */
static void
form_text(struct buf *buf, const char *lead, const char *key, slice value)
{
	buf_text(buf, lead);
	buf_printf(buf, "\"%s\":", key);
	ledger_form_put(buf, value);
}

static void
form_instant(struct buf *buf, const char *lead, const char *key, int64_t at_us)
{
	struct instant_text text = instant_text(at_us);
	form_text(buf, lead, key, slice_of(text.at));
}

static err
form_read(struct job *job, const char *name, slice content, const char *const *keys, const json_t **ret)
{
	const json_t *object;
	if (content.len > FORM_MAX_BYTES)
		return err_set(job, ERR_LIMIT, "%s: a content of the ledger must not exceed %zu bytes, found %zu", name,
		    (size_t)FORM_MAX_BYTES, content.len);
	TRY(json_read(job, name, content, &object));
	TRY(json_only(job, name, object, keys));
	*ret = object;
	return OK;
}

/* There is one way to write a content: what was read must be what we would have written. */
static err
form_same(struct job *job, const char *name, slice content, slice again)
{
	if (!slice_same(content, again))
		return err_set(
		    job, ERR_INPUT, "%s: expected canonical JSON (sorted keys, no blanks, normal instants), found another form", name);
	return OK;
}

static err
form_need_instant(struct job *job, const char *name, const json_t *object, const char *key, int64_t *ret)
{
	slice text;
	TRY(json_need_text(job, name, object, key, &text));
	if (!instant_parse(text, ret))
		return err_set(job, ERR_INPUT, "%s: \"%s\" must be an RFC 3339 instant, found \"%.*s\"", name, key, SLICE(text));
	return OK;
}

err
ledger_fingerprint_write(struct job *job, const struct digest *key, slice *ret)
{
	struct buf buf = buf_open(job, "a fingerprint", 128);
	slice text;
	buf_text(&buf, "SHA256:");
	code_base64(&buf, key->byte, sizeof key->byte);
	TRY(buf_end(&buf, &text));
	*ret = slice_part(text, 0, text.len - 1); /* 32 bytes end in one '=' */
	return OK;
}

err
ledger_fingerprint_read(struct job *job, slice text, struct digest *ret)
{
	slice padded, bytes;
	if (slice_starts(text, S("SHA256:")) && text.len == 7 + 43) {
		TRY(job_format(job, &padded, "%.*s=", SLICE(slice_from(text, 7))));
		if (code_unbase64(job, padded, &bytes).code == ERR_NONE && bytes.len == sizeof ret->byte) {
			memcpy(ret->byte, bytes.at, bytes.len);
			return OK;
		}
	}
	return err_set(job, ERR_INPUT, "a host's fingerprint must be SHA256: and 43 base64 digits, found \"%.*s\"",
	    (int)(text.len < 80 ? text.len : 80), text.at);
}

err
ledger_host_id_of(struct job *job, const struct digest *key, slice *ret)
{
	struct digest_text text = digest_text(key);
	return job_copy(job, slice_part(slice_of(text.at), 0, 32), ret);
}

static const char *const host_acts[] = {"serve", "accept", "retire", NULL};

err
ledger_host_form_write(struct job *job, const struct ledger_host_form *form, slice *ret)
{
	struct buf buf = form_open(job);
	form_text(&buf, "{", "act", slice_of(host_acts[form->act]));
	form_text(&buf, ",", "fingerprint", form->fingerprint);
	form_text(&buf, ",", "name", form->name);
	form_text(&buf, ",", "why", form->why);
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

err
ledger_host_form_read(struct job *job, slice content, struct ledger_host_form *ret)
{
	static const char *const keys[] = {"act", "fingerprint", "name", "why", NULL};
	struct ledger_host_form form = {0};
	const json_t *object;
	slice act, again;
	TRY(form_read(job, "host content", content, keys, &object));
	TRY(json_need_text(job, "host content", object, "act", &act));
	while (host_acts[form.act] != NULL && !slice_same(act, slice_of(host_acts[form.act])))
		form.act++;
	if (host_acts[form.act] == NULL)
		return err_set(job, ERR_INPUT, "host content: \"act\" must be serve, accept or retire, found \"%.*s\"", SLICE(act));
	TRY(json_need_text(job, "host content", object, "fingerprint", &form.fingerprint));
	TRY(json_need_text(job, "host content", object, "name", &form.name));
	TRY(json_need_text(job, "host content", object, "why", &form.why));
	TRY(ledger_fingerprint_read(job, form.fingerprint, &form.key));
	TRY(ledger_host_form_write(job, &form, &again));
	TRY(form_same(job, "host content", content, again));
	*ret = form;
	return OK;
}

err
ledger_receipt_form_write(struct job *job, const struct ledger_receipt_form *entries, size_t len, slice *ret)
{
	struct buf buf = form_open(job);
	buf_text(&buf, "{\"entries\":[");
	for (size_t i = 0; i < len; i++) {
		struct digest_text hex = digest_text(&entries[i].statement);
		form_instant(&buf, i > 0 ? ",{" : "{", "received", entries[i].received_us);
		form_text(&buf, ",", "statement", slice_of(hex.at));
		buf_byte(&buf, '}');
	}
	buf_text(&buf, "]}");
	return buf_end(&buf, ret);
}

err
ledger_receipt_form_read(struct job *job, slice content, struct ledger_receipt_form **ret, size_t *ret_len)
{
	static const char *const keys[] = {"entries", NULL}, *const entry_keys[] = {"received", "statement", NULL};
	struct ledger_receipt_form *entries;
	const json_t *object, *array;
	slice hex, again;
	TRY(form_read(job, "receipt", content, keys, &object));
	TRY(json_need_array(job, "receipt", object, "entries", &array));
	size_t len = json_array_size(array);
	TRY(NEW(job, len + 1, &entries));
	for (size_t i = 0; i < len; i++) {
		const json_t *entry = json_array_get(array, i);
		TRY(json_only(job, "receipt", entry, entry_keys));
		TRY(form_need_instant(job, "receipt", entry, "received", &entries[i].received_us));
		TRY(json_need_text(job, "receipt", entry, "statement", &hex));
		if (!digest_parse(hex, &entries[i].statement))
			return err_set(job, ERR_INPUT, "receipt: \"statement\" must be 64 hex digits, found \"%.*s\"", SLICE(hex));
	}
	TRY(ledger_receipt_form_write(job, entries, len, &again));
	TRY(form_same(job, "receipt", content, again));
	*ret = entries;
	*ret_len = len;
	return OK;
}

err
ledger_erasure_form_write(struct job *job, const struct digest *contents, size_t len, slice why, slice *ret)
{
	struct buf buf = form_open(job);
	buf_text(&buf, "{\"contents\":[");
	for (size_t i = 0; i < len; i++) {
		struct digest_text hex = digest_text(&contents[i]);
		buf_printf(&buf, "%s\"%s\"", i > 0 ? "," : "", hex.at);
	}
	form_text(&buf, "],", "why", why);
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

err
ledger_erasure_form_read(struct job *job, slice content, struct digest **ret, size_t *ret_len, slice *ret_why)
{
	static const char *const keys[] = {"contents", "why", NULL};
	struct digest *contents;
	const json_t *object, *array;
	slice why, again;
	TRY(form_read(job, "erasure", content, keys, &object));
	TRY(json_need_array(job, "erasure", object, "contents", &array));
	TRY(json_need_text(job, "erasure", object, "why", &why));
	size_t len = json_array_size(array);
	TRY(NEW(job, len + 1, &contents));
	for (size_t i = 0; i < len; i++)
		if (!digest_parse(json_text(json_array_get(array, i)), &contents[i]))
			return err_set(job, ERR_INPUT, "erasure: each of \"contents\" must be 64 hex digits");
	TRY(ledger_erasure_form_write(job, contents, len, why, &again));
	TRY(form_same(job, "erasure", content, again));
	*ret = contents;
	*ret_len = len;
	*ret_why = why;
	return OK;
}

err
ledger_person_form_write(struct job *job, const struct ledger_person_form *form, slice *ret)
{
	struct buf buf = form_open(job);
	form_text(&buf, "{", "host", form->host);
	form_text(&buf, ",", "name", form->name);
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

err
ledger_person_form_read(struct job *job, slice content, struct ledger_person_form *ret)
{
	static const char *const keys[] = {"host", "name", NULL};
	struct ledger_person_form form;
	const json_t *object;
	slice again;
	TRY(form_read(job, "person", content, keys, &object));
	TRY(json_need_text(job, "person", object, "host", &form.host));
	TRY(json_need_text(job, "person", object, "name", &form.name));
	TRY(ledger_person_form_write(job, &form, &again));
	TRY(form_same(job, "person", content, again));
	*ret = form;
	return OK;
}

err
ledger_attest_form_write(struct job *job, const struct ledger_attest_form *form, slice *ret)
{
	struct buf buf = form_open(job);
	form_text(&buf, "{", "file", form->file_name);
	form_text(&buf, ",", "part", form->part);
	form_text(&buf, ",", "says", form->says);
	form_instant(&buf, ",", "until", form->until_us);
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}

err
ledger_attest_form_read(struct job *job, slice content, struct ledger_attest_form *ret)
{
	static const char *const keys[] = {"file", "part", "says", "until", NULL};
	struct ledger_attest_form form;
	const json_t *object;
	slice again;
	TRY(form_read(job, "attestation", content, keys, &object));
	TRY(json_need_text(job, "attestation", object, "file", &form.file_name));
	TRY(json_need_text(job, "attestation", object, "part", &form.part));
	TRY(json_need_text(job, "attestation", object, "says", &form.says));
	TRY(form_need_instant(job, "attestation", object, "until", &form.until_us));
	TRY(ledger_attest_form_write(job, &form, &again));
	TRY(form_same(job, "attestation", content, again));
	*ret = form;
	return OK;
}

err
ledger_set_form_write(struct job *job, const struct digest *set, slice *ret)
{
	struct digest_text hex = digest_text(set);
	return job_format(job, ret, "{\"digest\":\"%s\"}", hex.at);
}

err
ledger_set_form_read(struct job *job, slice content, struct digest *ret)
{
	static const char *const keys[] = {"digest", NULL};
	struct digest set;
	const json_t *object;
	slice hex, again;
	TRY(form_read(job, "content set", content, keys, &object));
	TRY(json_need_text(job, "content set", object, "digest", &hex));
	if (!digest_parse(hex, &set))
		return err_set(job, ERR_INPUT, "content set: \"digest\" must be 64 hex digits, found \"%.*s\"", SLICE(hex));
	TRY(ledger_set_form_write(job, &set, &again));
	TRY(form_same(job, "content set", content, again));
	*ret = set;
	return OK;
}

err
ledger_adopt_form_write(struct job *job, uint64_t size, const struct digest *root, slice lost, slice why, slice *ret)
{
	struct buf buf = form_open(job);
	struct digest_text hex = digest_text(root);
	form_text(&buf, "{", "lost", lost);
	form_text(&buf, ",", "root", slice_of(hex.at));
	buf_text(&buf, ",\"size\":");
	buf_u64(&buf, size);
	form_text(&buf, ",", "why", why);
	buf_byte(&buf, '}');
	return buf_end(&buf, ret);
}
