/*
 * Values of fields: from what a person enters to the JSON that is kept, to cells of tables, and to words again.
 *
 * Kept: text, long, choice, yes-no, classification, cvss, duration, date and instant as JSON strings; number, money and score as integers; person as its
 * token; link as an array of "register/number"; list as an array of strings; file as {"bytes":n,"digest":"hex","name":"…","type":"…"}.
 */
#ifndef REGISTRY_REGISTRY_VALUE_H
#define REGISTRY_REGISTRY_VALUE_H

#include "base/json.h"
#include "registry/registry_register.h"

/*
 * Read ${text}, not empty, for ${field}: the JSON to keep. ERR_INPUT says what was expected and found, beginning with the field's id. A person is given back as
 * the name itself and a file as its path: who writes (registry_write.c) turns them into token and content. =now, =today, =actor and =today+P1Y stand for what
 * they say at ${now_us}.
 */
err registry_value_read(struct job *job, const struct registry_field *field, slice text, int64_t now_us, slice actor, slice *ret);

/* Is ${value} what such a field keeps? For what comes back from the ledger: another definition may have made it. */
bool registry_value_fits(const struct registry_field *field, const json_t *value);

/* The cell (and the second one of cvss and scores) of a kept value; NULL ${value}: empty. */
err registry_value_cell(struct job *job, const struct registry_field *field, const json_t *value, struct cell *ret, struct cell *ret_second);

/* As people read it; persons stay tokens, as {person:TOKEN}: ledger_person_show() resolves them. ${plain}: as it could be entered again. */
err registry_value_show(struct job *job, const struct registry_field *field, const json_t *value, bool plain, slice *ret);

/* The parts of a link: "risk/12". False when it is none. */
bool registry_link_parse(slice text, slice *ret_register, int64_t *ret_number);
/* The band of a score, or empty. */
slice registry_band(const struct registry_field *field, int64_t score);
/* A whole or decimal number as an integer times 10^decimals; false when it is none or has more decimals. */
bool registry_decimal_parse(slice text, unsigned decimals, int64_t *ret);
err registry_decimal_show(struct job *job, int64_t value, unsigned decimals, slice *ret);

#endif
