/*
 * The verbs of registers, in the order that help lists them. A verb is one descriptor in a file of its own, and one line here.
 */
#include "cli/cli_record.h"

#define VERBS(V)                                                                                                                           \
	V(list)                                                                                                                            \
	V(show)                                                                                                                            \
	V(add)                                                                                                                             \
	V(edit)                                                                                                                            \
	V(status)                                                                                                                          \
	V(history)                                                                                                                         \
	V(note)                                                                                                                            \
	V(link)                                                                                                                            \
	V(file)                                                                                                                            \
	V(import)                                                                                                                          \
	V(export)                                                                                                                          \
	V(observe)                                                                                                                         \
	V(assess)                                                                                                                          \
	V(questionnaire)                                                                                                                   \
	V(answers)                                                                                                                         \
	V(sample)                                                                                                                          \
	V(task)

#define DECLARE(name) extern const struct cli_record_verb cli_record_##name##_verb;
#define POINT(name) &cli_record_##name##_verb,
VERBS(DECLARE)

const struct cli_record_verb *const cli_record_verbs[] = {VERBS(POINT) NULL};
