/*
 * The signer: it signs a consistent advance and nothing else, whatever dies in between.
 */
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <sodium.h>

#include "base/sandbox.h"
#include "ledger/ledger_signer.h"
#include "ledger/ledger_signer_child.h"

/* Stands before the C library's, also in the child, which is this program too. */
static bool fail_fdatasync;

int
fdatasync(int fd)
{
	if (!fail_fdatasync)
		return (int)syscall(SYS_fdatasync, fd);
	errno = EIO;
	return -1;
}

#define ORIGIN S("assay.invalid/log/0123456789abcdef")

/* A folder with a log key and an empty state. */
struct place {
	const char *dir, *state_dir, *state, *key;
	uint8_t verify[32];
};

static struct place
place_make(void)
{
	struct place place = {.dir = kit_mkdir()};
	uint8_t seed[32], secret[64];
	char hex[66];
	memset(seed, 42, sizeof seed);
	crypto_sign_seed_keypair(place.verify, secret, seed);
	code_hex_text(seed, sizeof seed, hex);
	ASSERT_OK(fs_join(kit_job(), place.dir, "signer", &place.state_dir));
	ASSERT_OK(fs_join(kit_job(), place.dir, "log.key", &place.key));
	ASSERT_OK(fs_join(kit_job(), place.state_dir, "state", &place.state));
	ASSERT_OK(fs_write(kit_job(), place.key, slice_of(hex), 0600));
	ASSERT_OK(ledger_signer_create(kit_job(), place.state_dir, ORIGIN));
	return place;
}

static struct ledger_signer *
signer_at(const struct place *place)
{
	struct ledger_signer *signer = NULL;
	ASSERT_OK(ledger_signer_open(kit_job(), place->state_dir, place->key, ORIGIN, &signer));
	return signer;
}

/* History ${name} of ${size} entries: its leaf hashes and root. */
struct history {
	struct digest *leaf;
	struct digest root;
};

static struct history
history_of(const char *name, uint64_t size)
{
	struct history history;
	struct ledger_frontier frontier = {0};
	ASSERT_OK(NEW(kit_job(), size + 1, &history.leaf));
	for (uint64_t i = 0; i < size; i++) {
		history.leaf[i] = code_sha256_pair(slice_of(name), slice_bytes(&i, sizeof i));
		ledger_frontier_add(&frontier, &history.leaf[i]);
	}
	history.root = ledger_frontier_root(&frontier);
	return history;
}

/* Ask to go from what the signer says it has to ${size} of history ${name}. */
static err
advance(struct ledger_signer *signer, const char *name, uint64_t size, uint8_t ret[static 64])
{
	struct history history = history_of(name, size);
	uint64_t from = ledger_signer_state(signer).size;
	return ledger_signer_advance(
	    kit_job(), signer, from <= size ? history.leaf + from : NULL, from <= size ? size - from : 0, size, &history.root, ret);
}

static bool
signature_good(const struct place *place, const uint8_t signature[static 64], const char *name, uint64_t size)
{
	slice body;
	struct history history = history_of(name, size);
	ASSERT_OK(ledger_checkpoint_body(kit_job(), ORIGIN, size, &history.root, &body));
	return crypto_sign_verify_detached(signature, (const uint8_t *)body.at, body.len, place->verify) == 0;
}

/* The only child of this process. */
static pid_t
child_pid(void)
{
	slice text, word;
	uint64_t pid = 0;
	ASSERT_OK(fs_slurp(kit_job(), "/proc/thread-self/children", 4096, &text));
	assert_true(slice_word(&text, &word));
	assert_true(slice_u64(word, &pid));
	return (pid_t)pid;
}

/* --- signing --- */

static void
test_ledger_signer_advance__signs_each_step(void **state)
{
	(void)state;
	kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer = signer_at(&place);
	uint8_t signature[64];
	assert_true(ledger_signer_state(signer).there);
	assert_int_equal(ledger_signer_state(signer).size, 0);
	const uint64_t sizes[] = {0, 1, 2, 3, 64, 65, 321, 5000};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct history history = history_of("a", sizes[i]);
		ASSERT_OK(advance(signer, "a", sizes[i], signature));
		assert_true(signature_good(&place, signature, "a", sizes[i]));
		assert_int_equal(ledger_signer_state(signer).size, sizes[i]);
		struct digest root = ledger_signer_state(signer).root;
		assert_true(digest_same(&root, &history.root));
	}
	ledger_signer_close(signer);
	signer = signer_at(&place);
	assert_int_equal(ledger_signer_state(signer).size, 5000);
	ASSERT_OK(advance(signer, "a", 5001, signature));
	assert_true(signature_good(&place, signature, "a", 5001));
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_advance__signs_the_same_again(void **state)
{
	(void)state;
	kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer = signer_at(&place);
	uint8_t first[64], second[64];
	ASSERT_OK(advance(signer, "a", 7, first));
	ASSERT_OK(advance(signer, "a", 7, second));
	assert_memory_equal(first, second, 64);
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_advance__refuses_shorter_and_different(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer = signer_at(&place);
	uint8_t signature[64], untouched[64];
	ASSERT_OK(advance(signer, "a", 10, signature));
	memset(signature, 0x55, sizeof signature);
	memset(untouched, 0x55, sizeof untouched);
	ASSERT_ERR(advance(signer, "a", 9, signature), ERR_CONFLICT, "has signed 10 entries and refuses a shorter history of 9");
	ASSERT_ERR(advance(signer, "a", 0, signature), ERR_CONFLICT, "shorter history of 0");
	ASSERT_ERR(advance(signer, "b", 10, signature), ERR_CONFLICT, "refuses a different history");
	ASSERT_ERR(advance(signer, "b", 500, signature), ERR_CONFLICT, "refuses a different history");
	struct history history = history_of("a", 20);
	ASSERT_ERR(
	    ledger_signer_advance(job, signer, history.leaf + 10, 9, 20, &history.root, signature), ERR_CONFLICT, "needs 10 leaf hashes");
	ASSERT_ERR(
	    ledger_signer_advance(job, signer, history.leaf, 20, 20, &history.root, signature), ERR_CONFLICT, "needs 10 leaf hashes");
	assert_memory_equal(signature, untouched, sizeof signature);
	assert_int_equal(ledger_signer_state(signer).size, 10);
	/* Refusing costs nothing: the true history goes on. */
	ASSERT_OK(advance(signer, "a", 20, signature));
	assert_true(signature_good(&place, signature, "a", 20));
	ledger_signer_close(signer);
	signer = signer_at(&place);
	ASSERT_ERR(advance(signer, "b", 20, signature), ERR_CONFLICT, "refuses a different history");
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

/* --- state and key --- */

static void
test_ledger_signer_open__refuses_without_state(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer;
	uint8_t signature[64];
	ASSERT_ERR(ledger_signer_create(job, place.state_dir, ORIGIN), ERR_CONFLICT, "there is one already");
	assert_int_equal(unlink(place.state), 0);
	ASSERT_ERR(ledger_signer_open(job, place.state_dir, place.key, ORIGIN, &signer), ERR_DENIED, "run assay ledger adopt");
	struct history history = history_of("a", 12);
	struct ledger_frontier frontier = {0};
	for (size_t i = 0; i < 12; i++)
		ledger_frontier_add(&frontier, &history.leaf[i]);
	ASSERT_OK(ledger_signer_adopt(job, place.state_dir, ORIGIN, &frontier));
	signer = signer_at(&place);
	assert_int_equal(ledger_signer_state(signer).size, 12);
	ASSERT_ERR(advance(signer, "a", 11, signature), ERR_CONFLICT, "shorter");
	ASSERT_OK(advance(signer, "a", 13, signature));
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_open__refuses_what_others_may_read(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer;
	assert_int_equal(chmod(place.state, 0640), 0);
	ASSERT_ERR(ledger_signer_open(job, place.state_dir, place.key, ORIGIN, &signer), ERR_DENIED, "mode 0600");
	assert_int_equal(chmod(place.state, 0600), 0);
	assert_int_equal(chmod(place.key, 0604), 0);
	ASSERT_ERR(ledger_signer_open(job, place.state_dir, place.key, ORIGIN, &signer), ERR_DENIED, "log.key");
	assert_int_equal(chmod(place.key, 0600), 0);
	ledger_signer_close(signer_at(&place));
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_open__refuses_another_logs_state(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer;
	ASSERT_ERR(ledger_signer_open(job, place.state_dir, place.key, S("assay.invalid/log/2"), &signer), ERR_STORE, "it is of log");
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_open__one_at_a_time(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer, *other;
	/* The lock stands for the other signer: held as long as this process likes. */
	int fd = open(place.state, O_RDWR | O_CLOEXEC);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	ASSERT_ERR(ledger_signer_open(job, place.state_dir, place.key, ORIGIN, &other), ERR_BUSY, "another signer of this log is running");
	close(fd);
	ASSERT_OK(ledger_signer_open(job, place.state_dir, place.key, ORIGIN, &signer));
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

static void
flip(const char *path, off_t at)
{
	char byte;
	int fd = open(path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void
test_ledger_signer_open__a_torn_slot_leaves_the_one_before(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	uint8_t signature[64];
	struct ledger_signer *signer = signer_at(&place); /* turns 0 and 1 are the empty log */
	ASSERT_OK(advance(signer, "a", 5, signature));    /* turn 2, first slot */
	ASSERT_OK(advance(signer, "a", 8, signature));    /* turn 3, second slot */
	ledger_signer_close(signer);
	flip(place.state, LEDGER_SIGNER_SLOT + 100);
	signer = signer_at(&place);
	assert_int_equal(ledger_signer_state(signer).size, 5);
	ASSERT_OK(advance(signer, "a", 8, signature)); /* the write that was torn, again */
	ledger_signer_close(signer);
	signer = signer_at(&place);
	assert_int_equal(ledger_signer_state(signer).size, 8);
	ledger_signer_close(signer);
	/* Both: no more guesses. */
	flip(place.state, 200);
	flip(place.state, LEDGER_SIGNER_SLOT + 4000);
	ASSERT_ERR(ledger_signer_open(job, place.state_dir, place.key, ORIGIN, &signer), ERR_STORE, "damaged in both its slots");
	assert_int_equal(truncate(place.state, 100), 0);
	ASSERT_ERR(ledger_signer_open(job, place.state_dir, place.key, ORIGIN, &signer), ERR_STORE, "expected 8192 bytes");
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_slot__every_flipped_bit_is_seen(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	uint8_t slot[LEDGER_SIGNER_SLOT];
	uint64_t turn;
	slice origin;
	struct ledger_frontier frontier = {0}, found;
	struct history history = history_of("a", 1023);
	for (size_t i = 0; i < 1023; i++)
		ledger_frontier_add(&frontier, &history.leaf[i]);
	ASSERT_OK(ledger_signer_slot_write(job, 77, ORIGIN, &frontier, slot));
	assert_true(ledger_signer_slot_read(slot, &turn, &origin, &found));
	assert_int_equal(turn, 77);
	assert_true(slice_same(origin, ORIGIN));
	assert_int_equal(found.size, 1023);
	struct digest root = ledger_frontier_root(&found);
	assert_true(digest_same(&root, &history.root));
	for (size_t bit = 0; bit < 8 * (size_t)LEDGER_SIGNER_SLOT; bit++) {
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(ledger_signer_slot_read(slot, &turn, &origin, &found));
		slot[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

/* --- crashes --- */

static void
test_ledger_signer_advance__survives_a_crash_between_state_and_signature(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	uint8_t signature[64];
	pid_t pid = fork();
	if (pid == 0) { /* asks, and is killed before it can do anything with the answer */
		struct ledger_signer *signer = signer_at(&place);
		if (advance(signer, "a", 5, signature).code == ERR_NONE)
			raise(SIGKILL);
		_exit(1);
	}
	int status;
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	struct ledger_signer *signer = signer_at(&place); /* the child of the killed one has ended or ends now */
	assert_int_equal(ledger_signer_state(signer).size, 5);
	struct history history = history_of("a", 5);
	ASSERT_OK(ledger_signer_advance(job, signer, NULL, 0, 5, &history.root, signature));
	assert_true(signature_good(&place, signature, "a", 5));
	ASSERT_ERR(advance(signer, "a", 4, signature), ERR_CONFLICT, "shorter");
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_advance__killed_in_the_middle_of_anything(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	uint64_t signed_size = 0;
	for (unsigned round = 0; round < 15; round++) {
		int told[2];
		assert_int_equal(pipe(told), 0);
		pid_t pid = fork();
		if (pid == 0) {
			uint8_t signature[64];
			struct ledger_signer *signer = signer_at(&place);
			pid_t child = child_pid();
			(void)!write(told[1], &child, sizeof child);
			for (uint64_t size = ledger_signer_state(signer).size;; size += 3) {
				if (advance(signer, "a", size, signature).code != ERR_NONE)
					_exit(1);
				(void)!write(told[1], &size, sizeof size);
			}
		}
		pid_t child;
		close(told[1]);
		assert_int_equal(read(told[0], &child, sizeof child), sizeof child);
		usleep(2000 + 1300 * round);
		kill(round % 2 == 0 ? pid : child, SIGKILL);
		waitpid(pid, NULL, 0);
		for (uint64_t size; read(told[0], &size, sizeof size) == sizeof size;)
			signed_size = size;
		close(told[0]);
		struct arena_mark mark = arena_mark(job->arena);
		struct ledger_signer *signer = signer_at(&place);
		uint64_t now = ledger_signer_state(signer).size;
		uint8_t signature[64];
		assert_true(now >= signed_size);
		ASSERT_OK(advance(signer, "a", now, signature));
		ledger_signer_close(signer);
		arena_rewind(job->arena, mark);
	}
	assert_true(signed_size > 0);
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_advance__a_killed_child_is_an_error_that_stays(void **state)
{
	(void)state;
	kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer = signer_at(&place);
	uint8_t signature[64];
	ASSERT_OK(advance(signer, "a", 5, signature));
	kill(child_pid(), SIGKILL);
	ASSERT_ERR(advance(signer, "a", 6, signature), ERR_IO, "ended by signal 9 (KILL); nothing was signed");
	ASSERT_ERR(advance(signer, "a", 6, signature), ERR_IO, "ended by signal 9 (KILL); nothing was signed");
	ledger_signer_close(signer);
	signer = signer_at(&place);
	assert_int_equal(ledger_signer_state(signer).size, 5);
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_advance__failed_sync_signs_nothing_and_stops(void **state)
{
	(void)state;
	kit_fresh();
	struct place place = place_make();
	uint8_t signature[64] = {0}, zeros[64] = {0};
	fail_fdatasync = true; /* the child takes this with it */
	struct ledger_signer *signer = signer_at(&place);
	fail_fdatasync = false;
	ASSERT_ERR(advance(signer, "a", 5, signature), ERR_IO, "is not on stable storage");
	assert_memory_equal(signature, zeros, 64);
	ASSERT_ERR(advance(signer, "a", 5, signature), ERR_IO, "the signer has stopped");
	ledger_signer_close(signer);
	signer = signer_at(&place);
	ASSERT_OK(advance(signer, "a", 5, signature));
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_open__the_child_ends_with_its_parent(void **state)
{
	(void)state;
	kit_fresh();
	struct place place = place_make();
	int told[2];
	pid_t child;
	assert_int_equal(pipe(told), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)signer_at(&place);
		child = child_pid();
		(void)!write(told[1], &child, sizeof child);
		raise(SIGKILL);
	}
	close(told[1]);
	assert_int_equal(read(told[0], &child, sizeof child), sizeof child);
	/* The pipe's other end is gone when every process that had it is: the child kept none of its parent's descriptors. */
	assert_int_equal(read(told[0], &child, sizeof child), 0);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < 500 && kill(child, 0) == 0; i++)
		usleep(10000);
	slice text;
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
	if (fs_slurp(kit_job(), path, 4096, &text).code == ERR_NONE)
		assert_true(slice_has(text, S(") Z "))); /* nobody collects orphans in some containers */
	close(told[0]);
	kit_rmdir(place.dir);
}

/* --- powers --- */

static void
test_ledger_signer_open__the_child_is_locked_in(void **state)
{
	(void)state;
	struct job *job = kit_fresh();
	struct place place = place_make();
	struct ledger_signer *signer = signer_at(&place);
	struct fs_root root;
	struct fs_name *names;
	size_t len;
	slice text;
	char path[64];
	snprintf(path, sizeof path, "/proc/%d", (int)child_pid());
	ASSERT_OK(fs_root_open(job, path, &root));
	ASSERT_OK(fs_read(job, &root, "status", 16384, &text));
	assert_true(slice_has(text, S("Seccomp:\t2")));
	assert_true(slice_has(text, S("NoNewPrivs:\t1")));
	assert_true(slice_has(text, S("Name:\tassay signer")));
	/* Null, null, standard error, socket, state: nothing else came along. Without ptrace rights the list is closed to us. */
	err got = fs_list(job, &root, "fd", 100, &names, &len);
	if (got.code == ERR_NONE)
		assert_int_equal(len, 5);
	fs_root_close(&root);
	ledger_signer_close(signer);
	kit_rmdir(place.dir);
}

static void
test_ledger_signer_open__a_forbidden_call_kills(void **state)
{
	(void)state;
	kit_fresh();
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		struct job job;
		job_init(&job, arena_open("test", MIB));
		if (sandbox_enter(&job, SANDBOX_SIGNER, (struct sandbox_limits){0}, NULL).code != ERR_NONE)
			_exit(2);
		(void)!write(2, "", 0); /* allowed */
		(void)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
		_exit(3);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ledger_signer_advance__signs_each_step),
	    cmocka_unit_test(test_ledger_signer_advance__signs_the_same_again),
	    cmocka_unit_test(test_ledger_signer_advance__refuses_shorter_and_different),
	    cmocka_unit_test(test_ledger_signer_open__refuses_without_state),
	    cmocka_unit_test(test_ledger_signer_open__refuses_what_others_may_read),
	    cmocka_unit_test(test_ledger_signer_open__refuses_another_logs_state),
	    cmocka_unit_test(test_ledger_signer_open__one_at_a_time),
	    cmocka_unit_test(test_ledger_signer_open__a_torn_slot_leaves_the_one_before),
	    cmocka_unit_test(test_ledger_signer_slot__every_flipped_bit_is_seen),
	    cmocka_unit_test(test_ledger_signer_advance__survives_a_crash_between_state_and_signature),
	    cmocka_unit_test(test_ledger_signer_advance__killed_in_the_middle_of_anything),
	    cmocka_unit_test(test_ledger_signer_advance__a_killed_child_is_an_error_that_stays),
	    cmocka_unit_test(test_ledger_signer_advance__failed_sync_signs_nothing_and_stops),
	    cmocka_unit_test(test_ledger_signer_open__the_child_ends_with_its_parent),
	    cmocka_unit_test(test_ledger_signer_open__the_child_is_locked_in),
	    cmocka_unit_test(test_ledger_signer_open__a_forbidden_call_kills),
	};
	return KIT_TESTS(tests);
}
