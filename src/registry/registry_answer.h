/*
 * Questionnaires: the fields of a record as questions for somebody without an account, and their signed answers taken in again.
 *
 * What is sent is kept as content of the ledger, cited in a note of the record: canonical JSON {"format":"assay-questionnaire-1","number":n,"questions":"hex","register":"…",
 * "secret":"hex","uid":"…"}. Its digest is the questionnaire's id. An answer file is JSON {"format":"assay-answers-1","hmac":"hex","payload":"base64","signature":"base64"}:
 * the payload is JSON {"answers":{field: text},"key":"base64 of the SubjectPublicKeyInfo","number","questionnaire","questions","register","signed_at","signer","version"};
 * over "assay-answers-1\n" and its bytes go an HMAC-SHA-256 by the secret, which only holders of the questionnaire have, and a signature (ECDSA P-256, SHA-256, r and s
 * of 32 bytes each) by a key that was made to sign this file. The key tells one signing from another; who holds it is told by the name alone.
 */
#ifndef REGISTRY_REGISTRY_ANSWER_H
#define REGISTRY_REGISTRY_ANSWER_H

#include "registry/registry_access.h"
#include "registry/registry_write.h"

#define REGISTRY_MAX_ANSWERS (8 * MIB) /* one answer file */

struct registry_question {
	const struct registry_field *field;
	const struct registry_group *group;
	bool required;
	slice value; /* as it stands, and could be entered */
};

struct registry_asking {
	const struct registry_register *def;
	struct registry_record record;
	struct registry_question *questions; /* in the order of the groups */
	size_t len;
	struct digest digest; /* of the questions: ids, words, types, choices */
	slice id;             /* 64 hex digits; empty: not sent yet */
	slice secret;         /* 64 hex digits */
	int64_t version;      /* of the record once it is sent */
};

/* The questions of a record as it is: groups whose "when" holds, nothing computed. ERR_INPUT: nothing is asked. ERR_DENIED: ${access} (NULL: all) may not see one of them. */
err registry_asked(
    struct job *job, const struct registry *registry, const struct registry_access *access, const struct registry_register *def, int64_t number, struct registry_asking *ret);

/* Keep the secret and note in the record that it is sent; whoever asks must be allowed to edit it. ERR_CONFLICT: the record moved on meanwhile. */
err registry_asked_send(struct job *job, struct registry *registry, struct registry_asking *asking);

struct registry_answers {
	slice id, signer, signed_at, fingerprint; /* SHA256:… of the key */
	int64_t number;
	struct registry_edit edit;                /* what is applied, or its problems */
	size_t answered;
	slice files;                              /* "field: name", one a line: files that are named and still to be sent */
};
/*
 * Verify ${bytes} as answers to a questionnaire of ${def} and apply them, all or none; the file itself is kept. ERR_INPUT: no such file, tampered with, of other questions,
 * taken in before, sent anew since, or the record is in a state or was changed so that it does not fit. Problems of single fields are in ${ret}->edit, and nothing is written.
 */
err registry_answers_take(struct job *job, struct registry *registry, const struct registry_register *def, slice bytes, bool dry_run, struct registry_answers *ret,
    size_t *ret_problems);

#endif
