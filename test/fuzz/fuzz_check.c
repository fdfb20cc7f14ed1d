/*
 * Targets check_load(), check_param_value() and check_says(): the input is a check, or a profile when it begins with "id: p".
 */
#include <stdlib.h>

#include "base/text.h"
#include "check/check_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

#define CHECK                                                                                                                              \
	"id: a\ntitle: T\nseverity: high\nanswers: [X.y]\nmax_age: 7d\nremedy: R\napplies: SELECT 1\nquery: SELECT 1\nkey: [k]\nsays: "    \
	"x\ntests: {}\n"                                                                                                                   \
	"params: [{name: days, value: 3, cites: x}]\n"

static void
need(bool held)
{
	if (!held)
		abort();
}

/* Whatever it says, the sentence is one line of UTF-8 and the braces of a value are none. */
static void
say(struct job *job, const struct check *check)
{
	const struct query_column columns[] = {{.name = S("path")}, {.name = S("who")}};
	const bool personal[] = {false, true};
	struct cell cells[] = {{.text = check->query == NULL ? S("") : slice_of(check->query)}, TEXT(S("ada"))};
	bool is_text[] = {true, true};
	struct check_row row = {.columns = columns, .personal = personal, .cells = cells, .is_text = is_text, .len = 2};
	const slice tokens[] = {{0}, S("00112233445566778899aabbccddeeff")};
	struct check plain = *check;
	slice says;
	plain.says = S("{path}");
	need(check_says(job, &plain, &row, tokens, &says).code == ERR_NONE);
	need(text_utf8(says) && slice_find(says, '{') == says.len && slice_find(says, '\n') == says.len);
	(void)check_says(job, check, &row, tokens, &says).code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	struct arena *arena DEFER(arena_close_at) = arena_open("fuzz", 64 * MIB);
	struct job job;
	struct checks checks;
	slice text = slice_bytes(at, len);
	bool profile = slice_starts(text, S("id: p"));
	struct content_file files[] = {{.path = "check/a.yaml", .from = "a", .text = profile ? S(CHECK) : text},
	    {.path = "profile/p.yaml", .from = "p", .text = profile ? text : S("id: p\ntitle: P\n")}};
	struct content content = {.files = files, .len = 2};
	if (len > 32 * KIB)
		return 0;
	job_init(&job, arena);
	if (check_load(&job, &content, NULL, &checks).code != ERR_NONE)
		return 0;
	need(checks.len == 1 && check_find(&checks, S("a")) == &checks.at[0] && checks.profiles_len == 1 && checks.at[0].key_len > 0);
	for (size_t i = 0; i < checks.at[0].params_len; i++)
		(void)check_param_value(&checks.at[0], &checks.at[0].params[i], &checks.profiles[0]);
	say(&job, &checks.at[0]);
	return 0;
}
