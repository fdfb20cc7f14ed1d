/*
 * Bundles: an entry made and signed on a host without a store, carried here with its contents, and taken whole or not at all.
 * Deliberately does not: accept hosts (ledger_host.c), or trust anything in a bundle but its signature.
 *
 * A bundle is zstd of lines, each ended by a newline:
 *   {"format":"https://assay.invalid/bundle/v1","host":"name","key":"base64 of the SubjectPublicKeyInfo"}
 *   the DSSE envelope
 *   for each subject, in order: base64 of 32 secret bytes and the content
 */
#include "ledger/ledger_bundle.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/pack.h"
#include "base/table.h"
#include "base/text.h"
#include "ledger/ledger_dsse.h"
#include "ledger/ledger_form.h"

#define FORMAT "https://assay.invalid/bundle/v1"
#define SALT_BYTES 32
#define MAX_NAME 253
#define CLOCK_AHEAD_US (600 * SECOND_US)
#define PACK_LEVEL 3

bool
ledger_bundle_looks(slice bytes)
{
	return bytes.len > 4 && memcmp(bytes.at, "\x28\xb5\x2f\xfd", 4) == 0;
}

/* Making */

static err
header_write(struct job *job, slice host_name, slice spki, slice *ret)
{
	struct buf buf = buf_open(job, "a bundle's first line", 4 * KIB);
	buf_text(&buf, "{\"format\":\"" FORMAT "\",\"host\":");
	text_json(&buf, host_name);
	buf_text(&buf, ",\"key\":\"");
	code_base64(&buf, spki.at, spki.len);
	buf_text(&buf, "\"}");
	return buf_end(&buf, ret);
}

static err
salt_add(struct job *job, struct ledger_subject *subject, slice *ret_salted)
{
	char *salted;
	if (subject->known)
		return err_set(job, ERR_BUG, "bundle: subject \"%.*s\" must come with its content", SLICE(subject->name));
	TRY(NEW(job, SALT_BYTES + subject->content.len, &salted));
	code_random(salted, SALT_BYTES);
	if (subject->content.len > 0)
		memcpy(salted + SALT_BYTES, subject->content.at, subject->content.len);
	*ret_salted = slice_bytes(salted, SALT_BYTES + subject->content.len);
	subject->digest = code_sha256(*ret_salted);
	return OK;
}

static err
lines_write(struct job *job, slice header, slice envelope, const slice *salted, size_t len, slice *ret)
{
	struct buf buf = buf_open(job, "a bundle", LEDGER_MAX_BUNDLE);
	slice text;
	buf_add(&buf, header);
	buf_byte(&buf, '\n');
	buf_add(&buf, envelope);
	buf_byte(&buf, '\n');
	for (size_t i = 0; i < len; i++) {
		code_base64(&buf, salted[i].at, salted[i].len);
		buf_byte(&buf, '\n');
	}
	TRY(buf_end(&buf, &text));
	return pack_zstd(job, text, PACK_LEVEL, ret);
}

static err
bundle_sign(struct job *job, const struct ledger_key *key, slice host_name, const struct ledger_draft *draft, slice *ret)
{
	struct ledger_statement s = {.kind = draft->kind,
	    .from_us = draft->from_us,
	    .to_us = draft->to_us,
	    .made_us = job_now(job),
	    .subjects = draft->subjects,
	    .subjects_len = draft->subjects_len};
	struct ledger_item item;
	slice *salted, payload, pae, signature, header;
	TRY(NEW(job, draft->subjects_len + 1, &salted));
	for (size_t i = 0; i < draft->subjects_len; i++)
		TRY(salt_add(job, &draft->subjects[i], &salted[i]));
	TRY(ledger_host_id_of(job, &key->id, &s.host));
	TRY(code_random_id(job, 16, &s.id));
	TRY(ledger_statement_write(job, &s, &payload));
	TRY(ledger_dsse_pae(job, payload, &pae));
	TRY(ledger_key_sign(job, key, pae, &signature));
	TRY(ledger_item_fill(job, payload, signature, key, &item));
	TRY(header_write(job, host_name, slice_bytes(key->spki, key->spki_len), &header));
	return lines_write(job, header, item.envelope, salted, draft->subjects_len, ret);
}

err
ledger_bundle_make(struct job *job, const char *key_path, slice host_name, const struct ledger_draft *draft, slice *ret)
{
	struct ledger_key key DEFER(ledger_key_close) = {0};
	err got = ledger_key_read(job, key_path, &key);
	if (got.code == ERR_MISSING) {
		TRY(ledger_key_make(job, key_path));
		got = ledger_key_read(job, key_path, &key);
	}
	TRY(got);
	if (draft->kind != LEDGER_EVIDENCE)
		return err_set(job, ERR_BUG, "a bundle must hold evidence, found %s", ledger_kind_words[draft->kind]);
	return bundle_sign(job, &key, host_name, draft, ret);
}

/* Reading */

static err
header_read(struct job *job, slice line, struct ledger_bundle *bundle)
{
	static const char *const keys[] = {"format", "host", "key", NULL};
	const json_t *object;
	slice format, key, spki, again;
	TRY(json_read(job, "bundle", line, &object));
	TRY(json_only(job, "bundle", object, keys));
	TRY(json_need_text(job, "bundle", object, "format", &format));
	TRY(json_need_text(job, "bundle", object, "host", &bundle->host_name));
	TRY(json_need_text(job, "bundle", object, "key", &key));
	if (!slice_same(format, S(FORMAT)))
		return err_set(job, ERR_INPUT, "bundle: the format must be " FORMAT ", found \"%.*s\"",
		    (int)(format.len < 80 ? format.len : 80), format.at);
	if (bundle->host_name.len > MAX_NAME)
		return err_set(
		    job, ERR_INPUT, "bundle: a host's name must have at most %d bytes, found %zu", MAX_NAME, bundle->host_name.len);
	TRY(code_unbase64(job, key, &spki));
	TRY(header_write(job, bundle->host_name, spki, &again));
	if (!slice_same(line, again))
		return err_set(job, ERR_INPUT, "bundle: expected a canonical first line, found another form");
	return ledger_key_of_spki(job, spki, &bundle->key);
}

static err
envelope_read(struct job *job, slice line, struct ledger_bundle *bundle)
{
	struct ledger_dsse dsse;
	struct ledger_item *item = &bundle->item;
	slice pae, id;
	TRY(ledger_dsse_read(job, line, &dsse));
	TRY(ledger_statement_read(job, dsse.payload, &item->statement));
	TRY(ledger_dsse_pae(job, dsse.payload, &pae));
	if (!ledger_key_verify(&bundle->key, pae, dsse.signature))
		return err_set(job, ERR_INPUT, "bundle: the envelope must be signed by the bundle's key, found another signature");
	TRY(ledger_item_fill(job, dsse.payload, dsse.signature, &bundle->key, item));
	if (!slice_same(item->envelope, line))
		return err_set(job, ERR_INPUT, "bundle: the envelope must name the bundle's key, found another");
	TRY(ledger_host_id_of(job, &bundle->key.id, &id));
	if (!slice_same(item->statement.host, id) || item->statement.by.len > 0)
		return err_set(job, ERR_INPUT, "bundle: a host's statement must be about that host %.*s and by nobody, found host \"%.*s\"",
		    SLICE(id), SLICE(item->statement.host));
	if (item->statement.kind != LEDGER_EVIDENCE)
		return err_set(job, ERR_INPUT, "bundle: a host may send evidence, found %s", ledger_kind_words[item->statement.kind]);
	return OK;
}

/* Content must be what its digest says, and a table of the subject's name as rows_write() gives it. */
static err
content_read(struct job *job, slice line, struct ledger_subject *subject, slice *ret_salted)
{
	struct rows rows;
	char name[160];
	slice salted;
	(void)snprintf(name, sizeof name, "bundle: %.*s", SLICE(subject->name));
	TRY(code_unbase64(job, line, &salted));
	struct digest digest = code_sha256(salted);
	if (salted.len < SALT_BYTES || !digest_same(&digest, &subject->digest))
		return err_set(job, ERR_INPUT, "%s: the content must have the digest %s, found %s", name, digest_text(&subject->digest).at,
		    digest_text(&digest).at);
	subject->content = slice_from(salted, SALT_BYTES);
	subject->known = false;
	if (subject->content.len > LEDGER_MAX_CONTENT)
		return err_set(
		    job, ERR_LIMIT, "%s: a content must not exceed %zu bytes, found %zu", name, LEDGER_MAX_CONTENT, subject->content.len);
	TRY(rows_read(job, NULL, name, subject->content, &rows));
	if (!slice_same(slice_of(rows.table->name), subject->name))
		return err_set(job, ERR_INPUT, "%s: its content must be of that table, found \"%s\"", name, rows.table->name);
	*ret_salted = salted;
	return OK;
}

static err
bundle_lines(struct job *job, slice text, struct ledger_bundle *bundle)
{
	slice line;
	if (text.len == 0 || text.at[text.len - 1] != '\n')
		return err_set(job, ERR_INPUT, "bundle: every line must end in a newline, found a last one without");
	if (!slice_cut(&text, '\n', &line))
		return err_set(job, ERR_INPUT, "bundle: expected a first line, found none");
	TRY(header_read(job, line, bundle));
	if (!slice_cut(&text, '\n', &line))
		return err_set(job, ERR_INPUT, "bundle: expected an envelope in the second line, found none");
	TRY(envelope_read(job, line, bundle));
	struct ledger_statement *s = &bundle->item.statement;
	TRY(NEW(job, s->subjects_len + 1, &bundle->salted));
	for (size_t i = 0; i < s->subjects_len; i++) {
		if (!slice_cut(&text, '\n', &line))
			return err_set(job, ERR_INPUT, "bundle: %zu contents expected, found %zu", s->subjects_len, i);
		TRY(content_read(job, line, &s->subjects[i], &bundle->salted[i]));
	}
	if (text.len > 0)
		return err_set(job, ERR_INPUT, "bundle: nothing may follow the last content, found %zu bytes", text.len);
	return OK;
}

err
ledger_bundle_read(struct job *job, slice bytes, struct ledger_bundle *ret)
{
	struct ledger_bundle bundle = {0};
	slice text;
	if (!ledger_bundle_looks(bytes))
		return err_set(job, ERR_INPUT, "bundle: expected zstd, found something else");
	if (bytes.len > LEDGER_MAX_BUNDLE)
		return err_set(job, ERR_LIMIT, "bundle: it must not exceed %zu bytes, found %zu", LEDGER_MAX_BUNDLE, bytes.len);
	TRY(pack_unpack(job, "bundle", bytes, LEDGER_MAX_BUNDLE, &text));
	err got = bundle_lines(job, text, &bundle);
	ledger_key_close(&bundle.key);
	TRY(got);
	*ret = bundle;
	return OK;
}

/* Taking */

static err
host_need(struct job *job, struct ledger *ledger, const struct ledger_bundle *bundle)
{
	struct ledger_moment now;
	struct ledger_host *hosts;
	slice fingerprint;
	size_t len;
	TRY(ledger_fingerprint_write(job, &bundle->item.key, &fingerprint));
	TRY(ledger_moment(job, ledger, 0, &now));
	TRY(ledger_hosts(job, ledger, now, &hosts, &len));
	for (size_t i = 0; i < len; i++) {
		if (!slice_same(hosts[i].fingerprint, fingerprint))
			continue;
		if (hosts[i].state == LEDGER_HOST_ACCEPTED)
			return OK;
		return err_set(job, ERR_DENIED,
		    "bundle: host %.*s (%.*s) is retired; nothing was kept; \"assay host accept %.*s\" takes it back", SLICE(hosts[i].id),
		    SLICE(hosts[i].name), SLICE(fingerprint));
	}
	return err_set(job, ERR_DENIED,
	    "bundle: its host is not known here; nothing was kept; compare the fingerprint, then \"assay host accept %.*s\"",
	    SLICE(fingerprint));
}

/* What was erased does not come back. */
static err
erased_refuse(struct job *job, struct ledger *ledger, const struct ledger_statement *s)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	bool row;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT entry FROM erased WHERE digest = ?1", false, &stmt));
	for (size_t i = 0; i < s->subjects_len; i++) {
		TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_D(&s->subjects[i].digest))));
		TRY(ledger_sql_step(job, stmt, &row));
		if (row)
			return err_set(job, ERR_CONFLICT, "bundle: its content of \"%.*s\" was erased by entry %lld and is not taken back",
			    SLICE(s->subjects[i].name), (long long)ledger_sql_int(stmt, 0));
	}
	return OK;
}

static err
was_there(struct job *job, struct ledger *ledger, const struct ledger_bundle *bundle, bool *ret_there, struct ledger_receipt *ret)
{
	struct ledger_entry entry;
	uint64_t index;
	TRY(store_find(job, ledger->store, &bundle->item.statement_digest, ret_there, &index));
	if (!*ret_there)
		return OK;
	TRY(ledger_entry(job, ledger, index, &entry));
	*ret = (struct ledger_receipt){.index = index, .received_us = entry.received_us, .statement = entry.statement, .was_there = true};
	return OK;
}

/* The entry, and right after it the server's receipt that says when it came. */
static err
bundle_append(struct job *job, struct ledger *ledger, struct ledger_bundle *bundle, struct ledger_receipt *ret)
{
	struct ledger_item items[2] = {bundle->item};
	struct ledger_statement *s = &items[0].statement;
	struct store_content *contents;
	struct ledger_subject said = {.name = S("receipt")};
	struct ledger_receipt_form form = {.statement = items[0].statement_digest};
	size_t len = 0;
	int64_t now_us = job_now(job);
	TRY(NEW(job, s->subjects_len + 1, &contents));
	for (size_t i = 0; i < s->subjects_len; i++)
		if (!store_content_has(ledger->store, &s->subjects[i].digest))
			TRY(ledger_content_seal_salted(job, ledger->root_key, bundle->salted[i], &contents[len++]));
	if (digest_same(&items[0].key, &ledger->host.id)) {
		/* This machine's own evidence by another road (collected as root, taken in by the store's owner): no receipt, as for every own entry. */
		items[0].received_us = s->made_us > ledger->received_us ? s->made_us : ledger->received_us;
		TRY(ledger_commit(job, ledger, items, 1, contents, len));
		*ret = (struct ledger_receipt){
		    .index = items[0].index, .received_us = items[0].received_us, .statement = items[0].statement_digest};
		return OK;
	}
	form.received_us = now_us > ledger->received_us ? now_us : ledger->received_us;
	TRY(ledger_receipt_form_write(job, &form, 1, &said.content));
	struct ledger_draft draft = {
	    .kind = LEDGER_RECEIPT, .host = s->host, .from_us = now_us, .to_us = now_us, .subjects = &said, .subjects_len = 1};
	TRY(ledger_item_make(job, ledger, &draft, S(""), contents, &len, &items[1]));
	items[0].received_us = form.received_us;
	items[1].received_us = items[1].statement.made_us > form.received_us ? items[1].statement.made_us : form.received_us;
	TRY(ledger_commit(job, ledger, items, 2, contents, len));
	*ret =
	    (struct ledger_receipt){.index = items[0].index, .received_us = items[0].received_us, .statement = items[0].statement_digest};
	return OK;
}

err
ledger_bundle_take(struct job *job, struct ledger *ledger, slice bundle, struct ledger_receipt *ret)
{
	struct ledger_bundle read;
	struct ledger_receipt receipt;
	bool there;
	TRY(ledger_bundle_read(job, bundle, &read));
	TRY(host_need(job, ledger, &read));
	/* A clock that runs ahead would make facts look fresh for as long as it does. */
	if (read.item.statement.to_us > job_now(job) + CLOCK_AHEAD_US || read.item.statement.made_us > job_now(job) + CLOCK_AHEAD_US)
		return err_set(job, ERR_INPUT,
		    "bundle: made %s, about a time until %s, which is ahead of our clock: set one of the two clocks",
		    instant_text(read.item.statement.made_us).at, instant_text(read.item.statement.to_us).at);
	TRY(was_there(job, ledger, &read, &there, &receipt));
	if (!there) {
		TRY(erased_refuse(job, ledger, &read.item.statement));
		TRY(bundle_append(job, ledger, &read, &receipt));
		TRY(ledger_settle(job, ledger));
	}
	*ret = receipt;
	return OK;
}
