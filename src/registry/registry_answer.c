/*
 * Answer files: verified against what was sent, and applied to the record.
 * Deliberately believes nothing in one but what the secret, the signature and the ledger bear out.
 */
#include "registry/registry_answer.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/text.h"
#include "ledger/ledger_key.h"

#define NAME "answers"
#define FORMAT "assay-answers-1"
#define SIGNED FORMAT "\n"
#define HALF 32 /* bytes of r, and of s */
#define MAX_SIGNER 200

struct taking {
	const struct registry_register *def;
	struct registry *registry;
	slice file, payload;
	uint8_t hmac[32];
	slice signature;
	const json_t *root, *answers;
	slice questions;
	int64_t version;
	struct registry_asking asking;
	struct registry_answers *out;
};

/* The file */

static err
read_outer(struct job *job, struct taking *t)
{
	static const char *const members[] = {"format", "hmac", "payload", "signature", NULL};
	const json_t *root;
	slice format, hmac, payload, signature;
	TRY(json_read(job, NAME, t->file, &root));
	if (!json_is_object(root))
		return err_set(job, ERR_INPUT, NAME ": expected an answer file, found other JSON");
	TRY(json_only(job, NAME, root, members));
	TRY(json_need_text(job, NAME, root, "format", &format));
	TRY(json_need_text(job, NAME, root, "hmac", &hmac));
	TRY(json_need_text(job, NAME, root, "payload", &payload));
	TRY(json_need_text(job, NAME, root, "signature", &signature));
	if (!slice_same(format, S(FORMAT)))
		return err_set(job, ERR_INPUT, NAME ": expected the format " FORMAT ", found \"%.*s\"", SLICE(slice_part(format, 0, 40)));
	if (!code_unhex(hmac, t->hmac, sizeof t->hmac))
		return err_set(job, ERR_INPUT, NAME ": hmac: expected 64 hex digits");
	TRY(code_unbase64(job, payload, &t->payload));
	return code_unbase64(job, signature, &t->signature);
}

static err
read_inner(struct job *job, struct taking *t)
{
	static const char *const members[] = {
	    "answers", "format", "key", "number", "questionnaire", "questions", "register", "signed_at", "signer", "version", NULL};
	struct registry_answers *out = t->out;
	slice registry, format;
	int64_t unused;
	TRY(json_read(job, NAME, t->payload, &t->root));
	if (!json_is_object(t->root))
		return err_set(job, ERR_INPUT, NAME ": payload: expected an object");
	TRY(json_only(job, NAME, t->root, members));
	TRY(json_need_text(job, NAME, t->root, "format", &format));
	TRY(json_need_object(job, NAME, t->root, "answers", &t->answers));
	TRY(json_need_int(job, NAME, t->root, "number", &out->number));
	TRY(json_need_int(job, NAME, t->root, "version", &t->version));
	TRY(json_need_text(job, NAME, t->root, "questionnaire", &out->id));
	TRY(json_need_text(job, NAME, t->root, "questions", &t->questions));
	TRY(json_need_text(job, NAME, t->root, "register", &registry));
	TRY(json_need_text(job, NAME, t->root, "signer", &out->signer));
	TRY(json_need_text(job, NAME, t->root, "signed_at", &out->signed_at));
	if (!slice_same(format, S(FORMAT)))
		return err_set(job, ERR_INPUT, NAME ": payload: expected the format " FORMAT);
	if (!slice_same(registry, t->def->id))
		return err_set(job, ERR_INPUT, NAME ": expected answers of a %.*s, found of a \"%.*s\"", SLICE(t->def->id), SLICE(slice_part(registry, 0, 40)));
	if (out->signer.len == 0 || out->signer.len > MAX_SIGNER || slice_find(out->signer, '\n') < out->signer.len)
		return err_set(job, ERR_INPUT, NAME ": signer: expected a name of 1 to %d bytes on one line", MAX_SIGNER);
	if (!instant_parse(out->signed_at, &unused))
		return err_set(job, ERR_INPUT, NAME ": signed_at: expected an instant, found \"%.*s\"", SLICE(slice_part(out->signed_at, 0, 40)));
	return OK;
}

/* What was sent */

static err
not_ours(struct job *job)
{
	return err_set(job, ERR_INPUT, NAME ": they belong to no questionnaire that was sent from here");
}

/* The secret, when what is kept is the questionnaire the file names. */
static err
read_sent(struct job *job, struct taking *t, uint8_t secret[static 32])
{
	struct registry_answers *out = t->out;
	const json_t *kept;
	struct digest digest;
	slice bytes, format, registry, questions, hex, uid;
	int64_t number;
	if (!digest_parse(out->id, &digest) || ledger_content(job, t->registry->ledger, &digest, &bytes).code != ERR_NONE)
		return not_ours(job);
	if (json_read(job, NAME, bytes, &kept).code != ERR_NONE || !json_is_object(kept))
		return not_ours(job);
	format = json_text(json_object_get(kept, "format"));
	registry = json_text(json_object_get(kept, "register"));
	questions = json_text(json_object_get(kept, "questions"));
	hex = json_text(json_object_get(kept, "secret"));
	uid = json_text(json_object_get(kept, "uid"));
	number = json_integer_value(json_object_get(kept, "number"));
	if (!slice_same(format, S("assay-questionnaire-1")) || !slice_same(registry, t->def->id) || !code_unhex(hex, secret, 32))
		return not_ours(job);
	if (number != out->number || !slice_same(questions, t->questions) || !slice_same(uid, t->asking.record.base.uid))
		return err_set(job, ERR_INPUT, NAME ": the file and the questionnaire that was sent disagree about the record or its questions");
	return OK;
}

/* Proofs */

/* r and s as they come from a browser, as DER. */
static err
der_of(struct job *job, slice raw, slice *ret)
{
	struct buf body = buf_open(job, "a signature", KIB), whole = buf_open(job, "a signature", KIB);
	slice text;
	if (raw.len != 2 * HALF)
		return err_set(job, ERR_INPUT, NAME ": signature: expected %d bytes, found %zu", 2 * HALF, raw.len);
	for (size_t i = 0; i < 2; i++) {
		slice half = slice_part(raw, i * HALF, HALF);
		while (half.len > 1 && half.at[0] == 0)
			half = slice_from(half, 1);
		bool sign = ((unsigned char)half.at[0] & 0x80) != 0;
		buf_byte(&body, 0x02);
		buf_byte(&body, (char)(half.len + sign));
		if (sign)
			buf_byte(&body, 0);
		buf_add(&body, half);
	}
	TRY(buf_end(&body, &text));
	buf_byte(&whole, 0x30);
	buf_byte(&whole, (char)text.len);
	buf_add(&whole, text);
	return buf_end(&whole, ret);
}

static err
verify_hmac(struct job *job, const struct taking *t, slice text, const uint8_t secret[static 32])
{
	uint8_t found[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	if (HMAC(EVP_sha256(), secret, 32, (const unsigned char *)text.at, text.len, found, &len) == NULL || len != sizeof t->hmac)
		return err_set(job, ERR_BUG, "HMAC-SHA-256 could not be computed");
	if (!code_same(found, t->hmac, len))
		return err_set(job, ERR_INPUT, NAME ": they were not made with the questionnaire that was sent, or were changed afterwards");
	return OK;
}

static err
verify_signature(struct job *job, struct taking *t, slice text)
{
	DEFER(ledger_key_close) struct ledger_key key = {0};
	slice spki, der, base64;
	TRY(json_need_text(job, NAME, t->root, "key", &base64));
	TRY(code_unbase64(job, base64, &spki));
	TRY(ledger_key_of_spki(job, spki, &key));
	TRY(der_of(job, t->signature, &der));
	if (!ledger_key_verify(&key, text, der))
		return err_set(job, ERR_INPUT, NAME ": the signature is not that of the key in the file: they were changed after signing");
	t->out->fingerprint = ledger_key_fingerprint(job, &key);
	return OK;
}

static err
verify(struct job *job, struct taking *t)
{
	struct buf buf = buf_open(job, "what is signed", 2 * REGISTRY_MAX_ANSWERS);
	uint8_t secret[32];
	slice text;
	TRY(read_sent(job, t, secret));
	buf_add(&buf, S(SIGNED));
	buf_add(&buf, t->payload);
	TRY(buf_end(&buf, &text));
	err good = verify_hmac(job, t, text, secret);
	code_wipe(secret, sizeof secret);
	TRY(good);
	return verify_signature(job, t, text);
}

/* Does it still fit? */

static const struct registry_question *
question_of(const struct registry_asking *asking, slice id)
{
	for (size_t i = 0; i < asking->len; i++)
		if (slice_same(asking->questions[i].field->id, id))
			return &asking->questions[i];
	return NULL;
}

/* A question that was answered here since it was sent. */
static err
check_change(struct job *job, const struct taking *t, const struct ledger_change *change)
{
	const json_t *sets;
	const char *key;
	json_t *value;
	if (change->version <= t->version || change->sets.len == 0)
		return OK;
	TRY(json_read(job, "a change", change->sets, &sets));
	json_object_foreach((json_t *)(uintptr_t)sets, key, value)
	{
		if (question_of(&t->asking, slice_of(key)) != NULL)
			return err_set(job, ERR_INPUT, NAME ": %s was changed here since the questionnaire was sent (version %lld); send it anew", key,
			    (long long)change->version);
	}
	return OK;
}

/* The history of the record says what was sent, which is the newest, and what was taken in. */
static err
check_history(struct job *job, const struct taking *t)
{
	const struct ledger_record *base = &t->asking.record.base;
	struct ledger_change *changes;
	struct ledger_moment now;
	slice sent, taken, newest = S("");
	size_t len;
	TRY(ledger_moment(job, t->registry->ledger, 0, &now));
	TRY(ledger_record_changes(job, t->registry->ledger, now, base->uid, &changes, &len));
	TRY(job_format(job, &sent, "Questionnaire %.*s sent", SLICE(t->out->id)));
	TRY(job_format(job, &taken, "Answers to questionnaire %.*s ", SLICE(t->out->id)));
	for (size_t i = 0; i < len; i++) {
		slice note = changes[i].note;
		if (slice_starts(note, taken))
			return err_set(job, ERR_INPUT, NAME ": the answers to this questionnaire were taken in before (version %lld); send it anew", (long long)changes[i].version);
		if (slice_starts(note, S("Questionnaire ")) && slice_has(note, S(" sent: ")))
			newest = note;
		TRY(check_change(job, t, &changes[i]));
	}
	if (!slice_starts(newest, sent))
		return newest.len > 0 ? err_set(job, ERR_INPUT, NAME ": a newer questionnaire was sent since; only the answers to that one are taken in") : not_ours(job);
	return OK;
}

static err
check_fits(struct job *job, const struct taking *t)
{
	const struct registry_questionnaire *asks = t->def->questionnaire;
	slice status = t->asking.record.base.status;
	int state = registry_state(t->def, status);
	bool from = asks->from_len == 0 && state >= 0 && !t->def->states[state].end;
	for (size_t i = 0; i < asks->from_len; i++)
		from = from || slice_same(asks->from[i], status);
	if (!from)
		return err_set(job, ERR_INPUT, NAME ": %.*s %lld is %.*s, where no answers are taken in", SLICE(t->def->id), (long long)t->out->number, SLICE(status));
	if (!slice_same(t->questions, slice_of(digest_text(&t->asking.digest).at)))
		return err_set(job, ERR_INPUT, NAME ": the questions are others now than those that were sent; send it anew");
	return check_history(job, t);
}

/* Applying */

static err
add_problem(struct job *job, struct registry_edit *edit, const struct registry_field *field, const char *says)
{
	struct registry_problem *more;
	TRY(NEW(job, edit->problems_len + 1, &more));
	if (edit->problems_len > 0)
		memcpy(more, edit->problems, edit->problems_len * sizeof *more);
	more[edit->problems_len++] = (struct registry_problem){.field = field, .says = slice_of(says)};
	edit->problems = more;
	return OK;
}

static err
take_answer(struct job *job, struct taking *t, const struct registry_question *question, slice text, struct buf *files, struct registry_input *inputs)
{
	struct registry_edit *edit = &t->out->edit;
	t->out->answered += text.len > 0;
	if (question->required && text.len == 0)
		return add_problem(job, edit, question->field, "must be answered");
	if (question->field->type == REGISTRY_FILE) {
		if (text.len > 0)
			buf_printf(files, "%s%.*s: %.*s", files->len > 0 ? "\n" : "", SLICE(question->field->id), SLICE(slice_part(text, 0, 200)));
		return OK;
	}
	/* Words such as =actor mean whoever enters them, who is not the one who answered. */
	bool word = question->field->type != REGISTRY_TEXT && question->field->type != REGISTRY_LONG && question->field->type != REGISTRY_LIST;
	if (word && text.len > 0 && text.at[0] == '=')
		return add_problem(job, edit, question->field, "must be answered with a value of its own");
	if (text.len > 0 || question->value.len > 0)
		inputs[edit->inputs_len++] = (struct registry_input){.field = question->field, .text = text};
	return OK;
}

/* A list as it comes from a text area, as it is entered: a JSON array. */
static err
list_text(struct job *job, slice text, slice *ret)
{
	struct buf buf = buf_open(job, "a list", REGISTRY_MAX_ANSWERS);
	slice rest = text, line;
	size_t len = 0;
	buf_byte(&buf, '[');
	while (slice_cut(&rest, '\n', &line)) {
		line = slice_trim(line);
		if (line.len == 0)
			continue;
		buf_text(&buf, len++ > 0 ? "," : "");
		text_json(&buf, line);
	}
	buf_byte(&buf, ']');
	*ret = S("");
	return len > 0 ? buf_end(&buf, ret) : OK;
}

static err
take_all(struct job *job, struct taking *t, struct registry_input *inputs)
{
	struct buf files = buf_open(job, "names of files", 64 * KIB);
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)t->answers, key, value)
	{
		if (!json_is_string(value) || question_of(&t->asking, slice_of(key)) == NULL)
			return err_set(job, ERR_INPUT, NAME ": \"%.60s\" is no question of this questionnaire, or its answer is no text", key);
	}
	for (size_t i = 0; i < t->asking.len; i++) {
		const struct registry_question *question = &t->asking.questions[i];
		slice text = slice_trim(json_text(json_object_getn(t->answers, question->field->id.at, question->field->id.len)));
		if (question->field->type == REGISTRY_LIST)
			TRY(list_text(job, text, &text));
		TRY(take_answer(job, t, question, text, &files, inputs));
	}
	return buf_end(&files, &t->out->files);
}

/* Who signed, the file, and what the definition sets beside. */
static err
add_own(struct job *job, const struct taking *t, struct registry_input *inputs)
{
	const struct registry_questionnaire *asks = t->def->questionnaire;
	struct registry_edit *edit = &t->out->edit;
	if (asks->signer.len > 0)
		inputs[edit->inputs_len++] = (struct registry_input){.field = registry_field(t->def, asks->signer), .text = t->out->signer};
	if (asks->file.len > 0) {
		struct registry_input *input = &inputs[edit->inputs_len++];
		*input = (struct registry_input){.field = registry_field(t->def, asks->file), .bytes = t->file};
		TRY(job_format(job, &input->text, "answers-%.*s.json", SLICE(slice_part(t->out->id, 0, 12))));
	}
	for (size_t i = 0; i < asks->sets_len; i++)
		inputs[edit->inputs_len++] = (struct registry_input){.field = registry_field(t->def, asks->sets[i].field), .text = asks->sets[i].value};
	return OK;
}

static err
apply(struct job *job, struct taking *t, bool dry_run, size_t *ret_problems)
{
	struct registry_edit *edit = &t->out->edit;
	struct registry_problem *own = edit->problems;
	size_t own_len = edit->problems_len;
	struct digest sha = code_sha256(t->file), kept;
	slice where = S("");
	edit->problems = NULL;
	edit->problems_len = edit->problems_room = 0;
	edit->note = S("-");
	TRY(registry_write(job, t->registry, edit, 1, true, ret_problems));
	for (size_t i = 0; i < own_len; i++)
		TRY(add_problem(job, edit, own[i].field, own[i].says.at));
	*ret_problems = edit->problems_len;
	if (*ret_problems > 0 || dry_run)
		return OK;
	if (t->def->questionnaire->file.len == 0) {
		TRY(ledger_file_append(job, t->registry->ledger, t->file, &kept));
		TRY(job_format(job, &where, ", kept as content %s", digest_text(&kept).at));
	} else
		TRY(job_format(job, &where, ", kept in %.*s", SLICE(t->def->questionnaire->file)));
	TRY(job_format(job, &edit->note, "Answers to questionnaire %.*s taken in, signed at %.*s with the key %.*s; the file's SHA-256 is %s%.*s", SLICE(t->out->id),
	    SLICE(t->out->signed_at), SLICE(t->out->fingerprint), digest_text(&sha).at, SLICE(where)));
	return registry_write(job, t->registry, edit, 1, false, ret_problems);
}

err
registry_answers_take(struct job *job, struct registry *registry, const struct registry_register *def, slice bytes, bool dry_run, struct registry_answers *ret,
    size_t *ret_problems)
{
	struct taking t = {.def = def, .registry = registry, .file = bytes, .out = ret};
	struct registry_input *inputs;
	*ret = (struct registry_answers){0};
	*ret_problems = 0;
	TRY(read_outer(job, &t));
	TRY(read_inner(job, &t));
	if (registry_asked(job, registry, NULL, def, ret->number, &t.asking).code != ERR_NONE)
		return not_ours(job);
	TRY(verify(job, &t));
	TRY(check_fits(job, &t));
	ret->edit = (struct registry_edit){.def = def, .number = ret->number, .if_version = t.asking.record.base.version};
	TRY(NEW(job, t.asking.len + def->questionnaire->sets_len + 3, &inputs));
	TRY(take_all(job, &t, inputs));
	TRY(add_own(job, &t, inputs));
	ret->edit.inputs = inputs;
	return apply(job, &t, dry_run, ret_problems);
}
