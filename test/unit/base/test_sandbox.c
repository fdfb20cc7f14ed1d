/*
 * The sandbox, in child processes: what still works, and that each forbidden thing ends the process.
 * A child says by its exit status which step failed; nothing is asserted inside.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "base/json.h"
#include "base/table.h"
#include "kit.h"

static int out_fd; /* open before the sandbox, as a worker's pipe is */

static void
enter(enum sandbox_kind kind, struct sandbox_limits limits)
{
	const char *given = NULL;
	err got = sandbox_enter(kit_job(), kind, limits, &given);
	if (got.code != ERR_NONE || strstr(given, "seccomp") == NULL || strstr(given, "no new privileges") == NULL)
		_exit(90);
}

/* The status of a child that does ${act}. */
static int
child(void (*act)(void))
{
	int pipes[2], status = 0;
	kit_fresh();
	assert_int_equal(pipe(pipes), 0);
	(void)fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* cmocka's handlers would go on with the next test in here */
		(void)signal(SIGSYS, SIG_DFL);
		(void)signal(SIGABRT, SIG_DFL);
		(void)alarm(30);
		out_fd = pipes[1];
		act();
		_exit(0);
	}
	close(pipes[1]);
	char text[64];
	while (read(pipes[0], text, sizeof text) > 0)
		continue;
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
works(void (*act)(void))
{
	int status = child(act);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("expected exit 0, found status %#x (signal %d)", (unsigned)status, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void
ends(void (*act)(void))
{
	int status = child(act);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		fail_msg("expected SIGSYS, found status %#x", (unsigned)status);
}

static void
compute(void)
{
	enter(SANDBOX_COMPUTE, (struct sandbox_limits){0});
}

static void
act_sqlite(void)
{
	char seed[8];
	sqlite3 *db = NULL;
	sqlite3_randomness((int)sizeof seed, seed);
	compute();
	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		_exit(1);
	const char *sql =
	    "PRAGMA temp_store=MEMORY; CREATE TABLE t(a, b TEXT); BEGIN;"
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
	    " INSERT INTO t SELECT i, 'text ' || (i * 7919 % 20000) || random() FROM n; COMMIT;"
	    "CREATE INDEX x ON t(b); CREATE TEMP TABLE s AS SELECT b, count(*) c, date('now') d FROM t GROUP BY a % 100 ORDER BY b DESC;";
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		_exit(2);
	sqlite3_stmt *query = NULL;
	if (sqlite3_prepare_v2(db, "SELECT count(*) FROM (SELECT * FROM t, s ORDER BY t.b LIMIT 100000)", -1, &query, NULL) != SQLITE_OK ||
	    sqlite3_step(query) != SQLITE_ROW || sqlite3_column_int(query, 0) != 100000)
		_exit(3);
	sqlite3_finalize(query);
	if (sqlite3_close(db) != SQLITE_OK)
		_exit(4);
}

static void
act_json_and_table(void)
{
	static const struct column columns[] = {{"a", COLUMN_INT, COLUMN_KEY, ""}};
	static const struct table table = {"t", "", columns, 1};
	struct rows rows, back = {0};
	slice text = {0};
	const json_t *value = NULL;
	compute();
	rows_open(&rows, kit_job(), &table);
	for (int i = 0; i < 50000; i++)
		if (rows_add(&rows, &INT(i * 7919 % 50000)).code != ERR_NONE)
			_exit(1);
	if (rows_write(kit_job(), &rows, 0, &text).code != ERR_NONE || rows_read(kit_job(), &table, "t", text, &back).code != ERR_NONE)
		_exit(2);
	if (json_read(kit_job(), "j", S("{\"a\":[1,2]}"), &value).code != ERR_NONE)
		_exit(3);
	if (write(out_fd, text.at, text.len) <= 0)
		_exit(4);
}

static void
act_stdio(void)
{
	compute();
	FILE *out = fdopen(out_fd, "w");
	if (out == NULL || fprintf(out, "hello %d\n", 7) != 8 || fclose(out) != 0)
		_exit(1);
}

/* With all that is called at exit: in sanitized builds the leak check, which starts a thread that reads /proc and traces us. */
static void
act_exit(void)
{
	compute();
	exit(0);
}

static void
test_sandbox_compute__lets_workers_work(void **state)
{
	(void)state;
	works(act_exit);
	works(act_sqlite);
	works(act_json_and_table);
	works(act_stdio);
}

static void
act_open(void)
{
	compute();
	if (open("/etc/hostname", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES)
		raise(SIGSYS); /* sanitized builds may call, and Landlock says no */
}

static void
act_write_file(void)
{
	compute();
	if (open("/tmp/assay-sandbox-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 && errno == EACCES)
		raise(SIGSYS);
}

static void
act_socket(void)
{
	compute();
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
act_run(void)
{
	compute();
	char name[] = "/bin/true", *arguments[] = {name, NULL}, *none[] = {NULL};
	(void)execve(name, arguments, none);
}

static void
act_unlink(void)
{
	compute();
	(void)unlink("/nowhere/at/all");
}

static void
act_memfd(void)
{
	compute();
	(void)syscall(SYS_memfd_create, "x", 0);
}

static void
act_bpf(void)
{
	compute();
	(void)syscall(SYS_bpf, 0, NULL, 0);
}

static void
test_sandbox_compute__ends_what_goes_beyond(void **state)
{
	(void)state;
	ends(act_open);
	ends(act_write_file);
	ends(act_socket);
	ends(act_run);
	ends(act_unlink);
	ends(act_memfd);
	ends(act_bpf);
}

#ifndef ASSAY_SANITIZED
#include <sys/mman.h>

static void
act_fork(void)
{
	compute();
	(void)fork();
}

static void
act_kill(void)
{
	compute();
	(void)kill(getppid(), 0);
}

static void
act_run_memory(void)
{
	compute();
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
act_stat_path(void)
{
	struct stat st;
	compute();
	(void)stat("/etc/hostname", &st);
}

static void
act_signer_memory(void)
{
	enter(SANDBOX_SIGNER, (struct sandbox_limits){0});
	(void)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
test_sandbox__ends_what_only_sanitizers_may(void **state)
{
	(void)state;
	ends(act_fork);
	ends(act_kill);
	ends(act_run_memory);
	ends(act_stat_path);
	ends(act_signer_memory);
}

static void
act_memory_limit(void)
{
	enter(SANDBOX_COMPUTE, (struct sandbox_limits){.memory_bytes = 512 * MIB});
	void *large = malloc(600 * MIB), *small = malloc(MIB);
	if (large != NULL || small == NULL)
		_exit(1);
	free(small);
}

static void
test_sandbox__limits_memory(void **state)
{
	(void)state;
	works(act_memory_limit);
}

static void
act_abort(void)
{
	compute();
	abort();
}

static void
test_sandbox_compute__lets_abort_abort(void **state)
{
	(void)state;
	int status = child(act_abort);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}
#endif

static void
act_signer(void)
{
	char path[] = "/tmp/assay-sandbox-XXXXXX", text[4] = "";
	int fd = mkstemp(path);
	if (fd < 0 || unlink(path) != 0)
		_exit(1);
	enter(SANDBOX_SIGNER, (struct sandbox_limits){0});
	if (pwrite(fd, "abc", 3, 0) != 3 || fdatasync(fd) != 0 || read(fd, text, 3) != 3 || write(out_fd, text, 3) != 3)
		_exit(2);
}

static void
act_signer_open(void)
{
	enter(SANDBOX_SIGNER, (struct sandbox_limits){0});
	if (open("/etc/hostname", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES)
		syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void
act_signer_socket(void)
{
	enter(SANDBOX_SIGNER, (struct sandbox_limits){0});
	(void)socket(AF_UNIX, SOCK_STREAM, 0);
}

static void
test_sandbox_signer__signs_and_nothing_else(void **state)
{
	(void)state;
	works(act_signer);
	ends(act_signer_open);
	ends(act_signer_socket);
}

static void
act_spin(void)
{
	enter(SANDBOX_COMPUTE, (struct sandbox_limits){.cpu_seconds = 1});
	for (volatile uint64_t i = 0;; i++)
		continue;
}

static void
test_sandbox__limits_time(void **state)
{
	(void)state;
	int status = child(act_spin);
	assert_true(WIFSIGNALED(status));
	assert_true(WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
}

static void
act_no_core(void)
{
	struct rlimit limit;
	enter(SANDBOX_COMPUTE, (struct sandbox_limits){0});
#ifdef ASSAY_SANITIZED
	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
		_exit(1);
#else
	limit.rlim_max = 0;
	(void)limit;
#endif
}

static void
test_sandbox__dumps_no_core(void **state)
{
	(void)state;
	works(act_no_core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sandbox_compute__lets_workers_work),
	    cmocka_unit_test(test_sandbox_compute__ends_what_goes_beyond),
#ifndef ASSAY_SANITIZED
	    cmocka_unit_test(test_sandbox__ends_what_only_sanitizers_may),
	    cmocka_unit_test(test_sandbox__limits_memory),
	    cmocka_unit_test(test_sandbox_compute__lets_abort_abort),
#endif
	    cmocka_unit_test(test_sandbox_signer__signs_and_nothing_else),
	    cmocka_unit_test(test_sandbox__limits_time),
	    cmocka_unit_test(test_sandbox__dumps_no_core),
	};
	return KIT_TESTS(tests);
}
