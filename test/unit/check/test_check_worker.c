/*
 * The worker: it answers as this process would, has nothing but its pipe, and neither its death nor what it says can hurt.
 */
#include "check_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/sandbox.h"

static pid_t
only_child(void) /* the newest, should a failed test have left one */
{
	char path[64], text[256] = "";
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof text, file));
	fclose(file);
	slice list = slice_of(text), word, last = S("0");
	while (slice_word(&list, &word))
		last = word;
	return (pid_t)strtol(last.at, NULL, 10);
}

static struct check_question
pack_question(const struct set *set, struct facts *facts)
{
	struct check_question question = question_of(facts, 0);
	ASSERT_OK(content_pack(kit_job(), &set->content, &question.content));
	return question;
}

static void
test_check_worker_ask__says_what_this_process_would(void **state)
{
	(void)state;
	(void)kit_fresh();
	DEFER(check_worker_close_at) struct check_worker *worker = NULL;
	struct set set, other;
	struct facts facts = {0};
	struct check_reply here, there;
	slice one, two;
	ASSERT_OK(check_worker_open(kit_job(), &worker));
	FACTS(&facts, "sshd_setting", SSH_BAD, "key=permitrootlogin;match=user ada;value=x\"{y}");
	FACTS(&facts, "account", "username=ada;uid=1000");
	facts_state(&facts, "sudo_rule", READING_COULD_NOT_LOOK);
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")},
	    {"check/b.yaml", ANY_CHECK("b", "R-1.a", "SELECT 1", "SELECT path FROM sudo_rule", "path", "x")},
	    {"check/c.yaml", ANY_CHECK("c", "R-1.a", "SELECT 1", "SELECT username, uid FROM account, host", "username", "x")},
	    {"profile/p.yaml", "id: p\ntitle: P\norder: 1\ndetect: SELECT 1 FROM account\n"});
	SET(&other, {"check/z.yaml", SSH_CHECK("z", "high", "R-1.a")});
	struct check_question question = pack_question(&set, &facts);
	ASSERT_OK(check_reply_here(kit_job(), &question, &set.checks, &here));
	for (int again = 0; again < 3; again++) {
		ASSERT_OK(check_worker_ask(kit_job(), worker, &question, &set.checks, &there));
		ASSERT_OK(check_reply_write(kit_job(), &here, &one));
		ASSERT_OK(check_reply_write(kit_job(), &there, &two));
		assert_true(slice_same(one, two));
		ASSERT_SLICE(there.profile, "p");
		assert_true(there.at[2].rows[0].personal[0]);
		/* Another set, and back again. */
		struct check_question other_question = pack_question(&other, &facts);
		ASSERT_OK(check_worker_ask(kit_job(), worker, &other_question, &other.checks, &there));
		ASSERT_SLICE(there.at[0].check, "z");
	}
}

static void
test_check_worker__has_only_its_pipe(void **state)
{
	(void)state;
	(void)kit_fresh();
	DEFER(check_worker_close_at) struct check_worker *worker = NULL;
	char path[300], target[300], line[200];
	int secret = open("/dev/zero", O_RDONLY); /* something of the command's that must not be inherited */
	char kind;
	slice answer;
	assert_true(secret > 2);
	ASSERT_OK(check_worker_open(kit_job(), &worker));
	/* It has answered, so it is inside. */
	ASSERT_OK(check_worker_frame(kit_job(), worker, 'C', S("{}")));
	ASSERT_OK(check_worker_hear(kit_job(), worker, &kind, &answer));
	snprintf(path, sizeof path, "/proc/%d/status", (int)only_child());
	FILE *file = fopen(path, "r");
	bool filtered = false, bound = false;
	assert_non_null(file);
	while (fgets(line, sizeof line, file) != NULL) {
		filtered = filtered || strcmp(line, "Seccomp:\t2\n") == 0;
		bound = bound || strcmp(line, "NoNewPrivs:\t1\n") == 0;
	}
	fclose(file);
	assert_true(filtered && bound);
	snprintf(path, sizeof path, "/proc/%d/fd", (int)only_child());
	DIR *dir = opendir(path);
	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
		char *end;
		long fd = strtol(entry->d_name, &end, 10);
		if (end == entry->d_name)
			continue;
		snprintf(path, sizeof path, "/proc/%d/fd/%ld", (int)only_child(), fd);
		ssize_t len = readlink(path, target, sizeof target - 1);
		assert_true(len > 0);
		target[len] = '\0';
		assert_in_range(fd, 0, 3);
		if (fd < 2)
			assert_string_equal(target, "/dev/null");
		if (fd == 3)
			assert_memory_equal(target, "socket:", 7);
	}
	if (dir != NULL)
		closedir(dir);
	close(secret);
}

/* What is forbidden ends the process; a sanitized build must leave files to Landlock, which refuses all but /proc. */
static void
test_check_worker__its_sandbox_opens_nothing(void **state)
{
	(void)state;
	(void)kit_fresh();
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox_enter(kit_job(), SANDBOX_COMPUTE, (struct sandbox_limits){0}, NULL).code != ERR_NONE)
			_exit(9);
		int fd = open("/etc/passwd", O_RDONLY);
		_exit(fd >= 0 ? 1 : 7);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
#ifdef ASSAY_SANITIZED
	assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 7 || WEXITSTATUS(status) == 1));
#else
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
#endif
}

/* Nothing in SQL reaches a file or the network: each is refused where it is asked, and the worker goes on. */
static void
test_check_worker__a_question_opens_nothing(void **state)
{
	static const char *const queries[] = {"ATTACH '/etc/passwd' AS p", "SELECT readfile('/etc/passwd') AS k",
	    "SELECT load_extension('x') AS k", "PRAGMA database_list", "VACUUM INTO '/tmp/x'", "SELECT writefile('/tmp/x','y') AS k",
	    "SELECT edit('x') AS k", "SELECT fts3_tokenizer('x') AS k"};
	(void)state;
	(void)kit_fresh();
	DEFER(check_worker_close_at) struct check_worker *worker = NULL;
	ASSERT_OK(check_worker_open(kit_job(), &worker));
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		struct facts facts = {0};
		struct check_reply reply;
		struct checks checks;
		slice text;
		FACTS(&facts, "mount", "target=/");
		ASSERT_OK(job_format(kit_job(), &text, ANY_CHECK("a", "R-1.a", "SELECT 1", "%s", "k", "x"), queries[i]));
		struct set set = {.content = KIT_CONTENT({"check/a.yaml", text.at})};
		ASSERT_OK(check_load(kit_job(), &set.content, NULL, &checks));
		struct check_question question = pack_question(&set, &facts);
		ASSERT_OK(check_worker_ask(kit_job(), worker, &question, &checks, &reply));
		assert_int_equal(reply.at[0].verdict, LEDGER_COULD_NOT_LOOK);
		if (!slice_has(reply.at[0].reason, S("a question may not use")) && !slice_has(reply.at[0].reason, S("SQLite says")) &&
		    !slice_has(reply.at[0].reason, S("expected a SELECT")))
			fail_msg("%s: %.*s", queries[i], SLICE(reply.at[0].reason));
	}
}

static void
test_check_worker__its_death_is_a_sentence(void **state)
{
	(void)state;
	(void)kit_fresh();
	DEFER(check_worker_close_at) struct check_worker *worker = NULL;
	struct set set;
	struct facts facts = {0};
	struct check_reply reply;
	FACTS(&facts, "sshd_setting", SSH_BAD);
	SET(&set, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")});
	struct check_question question = pack_question(&set, &facts);
	ASSERT_OK(check_worker_open(kit_job(), &worker));
	ASSERT_OK(check_worker_ask(kit_job(), worker, &question, &set.checks, &reply));
	assert_int_equal(kill(only_child(), SIGKILL), 0);
	ASSERT_ERR(check_worker_ask(kit_job(), worker, &question, &set.checks, &reply), ERR_IO, "the worker that runs checks");
	ASSERT_ERR(check_worker_ask(kit_job(), worker, &question, &set.checks, &reply), ERR_IO, "the worker that runs checks");
	check_worker_close(worker);
	check_worker_close(worker); /* harmless twice, and without one */
	check_worker_close(NULL);
}

static char
answer_to(struct check_worker *worker, slice *ret)
{
	char kind = 0;
	if (check_worker_hear(kit_job(), worker, &kind, ret).code != ERR_NONE)
		return 0; /* it ended */
	return kind;
}

static void
test_check_worker__refuses_hostile_frames(void **state)
{
	static const struct {
		const char *kinds;    /* frames, in order */
		const char *texts[3]; /* their bytes */
		char answer;          /* or 0: it ends */
		const char *words;
	} frames[] = {
	    {"X", {""}, 0, ""},
	    {"H", {"{}"}, 0, ""},
	    {"A", {"many"}, 0, ""},
	    {"A", {"1001"}, 0, ""},
	    {"AT", {"0", "{}"}, 0, ""},
	    {"AHH", {"1", "{}", "{}"}, 0, ""},
	    {"AH", {"0", "not JSON"}, 'E', "question"},
	    {"AHT", {"1", "{}", "x"}, 'E', "profile"},
	    {"AHT",
		{"1",
		    "{\"profile\":\"\",\"host\":\"\",\"name\":\"\",\"first\":0,\"last\":0,\"now\":0,\"only\":[],\"readings\":[],"
		    "\"dropins\":[],\"records\":0}",
		    "x"},
		'E', "expected the contents of 0 tables, found 1"},
	    {"C", {"not JSON"}, 'E', "content set"},
	    {"C", {"{\"files\":{\"check/a.yaml\":\"a: [\"}}"}, 'E', "check/a.yaml:"},
	    {"C", {"{\"files\":{\"check/a.yaml\":\"x: 1\"}}"}, 'E', "unknown key"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
		DEFER(check_worker_close_at) struct check_worker *worker = NULL;
		slice answer = {0};
		(void)kit_fresh();
		ASSERT_OK(check_worker_open(kit_job(), &worker));
		for (size_t f = 0; frames[i].kinds[f] != '\0'; f++)
			(void)check_worker_frame(kit_job(), worker, frames[i].kinds[f], slice_of(frames[i].texts[f])).code;
		assert_int_equal(answer_to(worker, &answer), frames[i].answer);
		if (frames[i].answer == 0)
			continue;
		assert_true(slice_has(answer, slice_of(frames[i].words)));
		/* It is where the next frame begins. */
		ASSERT_OK(check_worker_frame(kit_job(), worker, 'C', S("{\"files\":{\"x.yaml\":\"\"}}")));
		assert_int_equal(answer_to(worker, &answer), 'K');
	}
}

/* The parent knows what it asked: an answer about other checks, or not all of them, is refused. */
static void
test_check_worker_ask__refuses_answers_to_something_else(void **state)
{
	(void)state;
	(void)kit_fresh();
	DEFER(check_worker_close_at) struct check_worker *worker = NULL;
	struct set one, two, other;
	struct facts facts = {0};
	struct check_reply reply;
	ASSERT_OK(check_worker_open(kit_job(), &worker));
	FACTS(&facts, "sshd_setting", SSH_BAD);
	SET(&one, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")});
	SET(&two, {"check/a.yaml", SSH_CHECK("a", "high", "R-1.a")}, {"check/b.yaml", SSH_CHECK("b", "high", "R-1.a")},
	    {"profile/p.yaml", "id: p\ntitle: P\notherwise: yes\n"});
	SET(&other, {"check/c.yaml", SSH_CHECK("c", "high", "R-1.a")});
	struct check_question question = pack_question(&one, &facts);
	ASSERT_ERR(check_worker_ask(kit_job(), worker, &question, &two.checks, &reply), ERR_INPUT, "expected b as answer 1, found another");
	ASSERT_ERR(
	    check_worker_ask(kit_job(), worker, &question, &other.checks, &reply), ERR_INPUT, "expected c as answer 0, found another");
	question = pack_question(&two, &facts);
	ASSERT_ERR(check_worker_ask(kit_job(), worker, &question, &one.checks, &reply), ERR_INPUT, "expected 1 answers, found 2");
	question.only = (const slice[]){{"a", 1}};
	question.only_len = 1;
	ASSERT_ERR(check_worker_ask(kit_job(), worker, &question, &one.checks, &reply), ERR_INPUT, "there is no profile \"p\"");
	ASSERT_OK(check_worker_ask(kit_job(), worker, &question, &two.checks, &reply));
	assert_int_equal(reply.len, 1);
}

/* A whole run through the worker: persons become tokens here, in the parent. */
static void
test_check_run__through_the_worker(void **state)
{
	(void)state;
	(void)kit_fresh();
	DEFER(check_worker_close_at) struct check_worker *worker = NULL;
	ASSERT_OK(check_worker_open(kit_job(), &worker));
	struct place place = place_more();
	struct ledger *ledger = ledger_at(&place);
	struct set set;
	struct facts facts = {0};
	struct ledger_finding *list;
	size_t len;
	SET(&set, {"check/a.yaml", ANY_CHECK("a", "R-1.a", "SELECT 1", "SELECT username, uid FROM account", "username", "{username}")});
	FACTS(&facts, "account", "username=ada;uid=1000");
	evidence_facts(ledger, &facts, 1);
	struct check_run_options options = {.worker = worker};
	assert_int_equal(run_checks(ledger, &set, &options, 2).change.found, 1);
	ASSERT_OK(ledger_findings(kit_job(), ledger, now_of(ledger), LEDGER_FINDINGS_OPEN, S(""), S(""), &list, &len));
	assert_true(slice_starts(list[0].says, S("{person:")));
	/* In this process the same comes out: nothing is new. */
	assert_int_equal(run_checks(ledger, &set, NULL, 3).change.still, 1);
	ledger_close(ledger);
	place_remove(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check_worker_ask__says_what_this_process_would),
	    cmocka_unit_test(test_check_worker__has_only_its_pipe),
	    cmocka_unit_test(test_check_worker__its_sandbox_opens_nothing),
	    cmocka_unit_test(test_check_worker__a_question_opens_nothing),
	    cmocka_unit_test(test_check_worker__its_death_is_a_sentence),
	    cmocka_unit_test(test_check_worker__refuses_hostile_frames),
	    cmocka_unit_test(test_check_worker_ask__refuses_answers_to_something_else),
	    cmocka_unit_test(test_check_run__through_the_worker),
	};
	return KIT_TESTS(tests);
}
