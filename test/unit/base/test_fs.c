/* Files: nothing escapes the root, nothing waits on a FIFO, a write is whole or absent. */
#include "kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/fs.h"

static const char *place;   /* a new folder for each test */
static const char *outside; /* place/secret: beside the root, never below it */
static struct fs_root root; /* place/root */

static const char *
at(const char *name)
{
	slice path;
	ASSERT_OK(job_format(kit_job(), &path, "%s/%s", place, name));
	return path.at;
}

static int
begin(void **state)
{
	(void)state;
	kit_fresh();
	place = kit_mkdir();
	kit_file(place, "secret", "secret");
	kit_file(place, "root/etc/hosts", "127.0.0.1 localhost\n");
	kit_file(place, "root/etc/empty", "");
	outside = at("secret");
	return fs_root_open(kit_job(), at("root"), &root).code == ERR_NONE ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	fs_root_close(&root);
	assert_int_equal(root.fd, -1);
	kit_rmdir(place);
	return 0;
}

static int
open_fds(void)
{
	int count = 0;
	DIR *dir = opendir("/proc/self/fd");
	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static void
link_to(const char *target, const char *name)
{
	assert_int_equal(symlink(target, at(name)), 0);
}

static void
test_fs_root_open__wants_a_folder(void **state)
{
	(void)state;
	struct job *job = kit_job();
	struct fs_root other = {.fd = 99};
	ASSERT_ERR(fs_root_open(job, at("nowhere"), &other), ERR_MISSING, "nowhere");
	ASSERT_ERR(fs_root_open(job, outside, &other), ERR_MISSING, "Not a directory");
	assert_int_equal(other.fd, 99);
}

static void
test_fs_read__reads_below_the_root(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text;
	ASSERT_OK(fs_read(job, &root, "/etc/hosts", 1000, &text));
	ASSERT_SLICE(text, "127.0.0.1 localhost\n");
	ASSERT_OK(fs_read(job, &root, "etc/hosts", 1000, &text));
	ASSERT_SLICE(text, "127.0.0.1 localhost\n");
	ASSERT_OK(fs_read(job, &root, "/etc/empty", 0, &text));
	ASSERT_SLICE(text, "");
}

static void
test_fs_read__stays_below_the_root_through_dots(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text = S("kept");
	ASSERT_ERR(fs_read(job, &root, "../secret", 1000, &text), ERR_MISSING, "secret");
	ASSERT_ERR(fs_read(job, &root, "/../../secret", 1000, &text), ERR_MISSING, "secret");
	ASSERT_ERR(fs_read(job, &root, "etc/../../secret", 1000, &text), ERR_MISSING, "secret");
	ASSERT_ERR(fs_read(job, &root, outside, 1000, &text), ERR_MISSING, "secret");
	ASSERT_SLICE(text, "kept");
	/* ".." at the root is the root, as it is after chroot(2). */
	ASSERT_OK(fs_read(job, &root, "../../etc/hosts", 1000, &text));
	assert_false(fs_exists(&root, "../secret"));
}

static void
test_fs_read__stays_below_the_root_through_links(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text = S("kept");
	link_to(outside, "root/absolute");
	link_to("../secret", "root/relative");
	link_to("../..", "root/etc/up");
	link_to("/etc/hosts", "root/good");
	ASSERT_ERR(fs_read(job, &root, "/absolute", 1000, &text), ERR_MISSING, "absolute");
	ASSERT_ERR(fs_read(job, &root, "/relative", 1000, &text), ERR_MISSING, "relative");
	ASSERT_ERR(fs_read(job, &root, "/etc/up/secret", 1000, &text), ERR_MISSING, "secret");
	ASSERT_SLICE(text, "kept");
	int fd = -1;
	struct stat st;
	struct digest digest;
	ASSERT_ERR(fs_open(job, &root, "/relative", true, &fd), ERR_MISSING, "relative");
	ASSERT_ERR(fs_stat(job, &root, "/relative", true, &st), ERR_MISSING, "relative");
	ASSERT_ERR(fs_digest(job, &root, "/relative", 1000, &digest), ERR_MISSING, "relative");
	assert_int_equal(fd, -1);
	/* The twin: an absolute link means a place below the root. */
	ASSERT_OK(fs_read(job, &root, "/good", 1000, &text));
	ASSERT_SLICE(text, "127.0.0.1 localhost\n");
}

static void
test_fs_read__stays_below_the_root_through_magic_links(void **state)
{
	(void)state;
	struct job *job = kit_job();
	struct fs_root proc;
	slice text;
	char name[64];
	int fd = open(outside, O_RDONLY | O_CLOEXEC);
	ASSERT_OK(fs_root_open(job, "/proc", &proc));
	snprintf(name, sizeof name, "/%d/fd/%d", (int)getpid(), fd);
	ASSERT_ERR(fs_read(job, &proc, name, 1000, &text), ERR_INPUT, "symbolic link");
	fs_root_close(&proc);
	close(fd);
}

static void
test_fs_read__refuses_a_loop_of_links(void **state)
{
	(void)state;
	slice text;
	link_to("/b", "root/a");
	link_to("/a", "root/b");
	ASSERT_ERR(fs_read(kit_job(), &root, "/a", 1000, &text), ERR_INPUT, "too many");
}

static void
test_fs_read__stops_at_its_limit(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text = S("kept");
	ASSERT_ERR(fs_read(job, &root, "/etc/hosts", 19, &text), ERR_LIMIT, "/etc/hosts: at most 19 bytes");
	ASSERT_SLICE(text, "kept");
	ASSERT_OK(fs_read(job, &root, "/etc/hosts", 20, &text));
	assert_int_equal(text.len, 20);
}

static void
test_fs_read__reads_proc_files_to_their_end(void **state)
{
	(void)state;
	struct job *job = kit_job();
	struct fs_root system;
	struct stat st;
	slice text = S("kept");
	ASSERT_OK(fs_root_open(job, "/", &system));
	ASSERT_OK(fs_stat(job, &system, "/proc/self/status", true, &st));
	assert_int_equal(st.st_size, 0);
	ASSERT_OK(fs_read(job, &system, "/proc/self/status", MIB, &text));
	assert_true(slice_has(text, S("\nPid:")) && slice_ends(text, S("\n")));
	slice all = text;
	/* The limit holds for files that say they are empty, too. */
	ASSERT_ERR(fs_read(job, &system, "/proc/self/status", 10, &text), ERR_LIMIT, "at most 10 bytes");
	assert_ptr_equal(text.at, all.at);
	fs_root_close(&system);
}

static void
test_fs_read__never_waits_on_a_fifo(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text;
	struct digest digest;
	int fd = -1;
	assert_int_equal(mkfifo(at("root/fifo"), 0600), 0);
	link_to("/fifo", "root/to-fifo");
	alarm(20); /* were it to wait, the test would die of SIGALRM */
	ASSERT_ERR(fs_read(job, &root, "/fifo", 1000, &text), ERR_INPUT, "found a FIFO");
	ASSERT_ERR(fs_read(job, &root, "/to-fifo", 1000, &text), ERR_INPUT, "found a FIFO");
	ASSERT_ERR(fs_digest(job, &root, "/fifo", 1000, &digest), ERR_INPUT, "found a FIFO");
	ASSERT_OK(fs_open(job, &root, "/fifo", false, &fd));
	close(fd);
	alarm(0);
}

static void
test_fs_read__does_not_even_open_a_fifo(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text;
	assert_int_equal(mkfifo(at("root/fifo"), 0600), 0);
	/* A writer waits in open(2) until somebody opens the other end: opened behind our back it would go on. */
	const char *name = at("root/fifo");
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(open(name, O_WRONLY | O_CLOEXEC) >= 0 ? 0 : 1);
	usleep(50000);
	ASSERT_ERR(fs_read(job, &root, "/fifo", 1000, &text), ERR_INPUT, "found a FIFO");
	usleep(50000);
	assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* the twin: this lets it go on */
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(fd);
}

static void
test_fs_read__refuses_folders_sockets_and_devices(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", at("root/socket"));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	ASSERT_ERR(fs_read(job, &root, "/etc", 1000, &text), ERR_INPUT, "found a folder");
	ASSERT_ERR(fs_read(job, &root, "/socket", 1000, &text), ERR_INPUT, "found a socket");
	struct fs_root system;
	ASSERT_OK(fs_root_open(job, "/", &system));
	ASSERT_ERR(fs_read(job, &system, "/dev/zero", 1000, &text), ERR_INPUT, "/dev/zero: expected a regular file, found a device");
	fs_root_close(&system);
}

static void
test_fs_read__says_what_the_system_said(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text;
	ASSERT_ERR(fs_read(job, &root, "/nowhere", 1000, &text), ERR_MISSING, "/root/nowhere: cannot be opened: No such file");
	ASSERT_ERR(fs_read(job, &root, "/etc/hosts/x", 1000, &text), ERR_MISSING, "Not a directory");
	ASSERT_ERR(fs_read(job, &root, "", 1000, &text), ERR_MISSING, "No such file");
	if (geteuid() == 0)
		return;
	assert_int_equal(chmod(at("root/etc/hosts"), 0), 0);
	ASSERT_ERR(fs_read(job, &root, "/etc/hosts", 1000, &text), ERR_DENIED, "Permission denied");
}

static void
test_fs_read__leaves_no_descriptor_behind(void **state)
{
	(void)state;
	struct job *job = kit_job();
	struct fs_name *names;
	struct digest digest;
	struct stat st;
	size_t len;
	slice text;
	assert_int_equal(mkfifo(at("root/fifo"), 0600), 0);
	int before = open_fds();
	(void)!fs_read(job, &root, "/etc/hosts", 1000, &text).code;
	(void)!fs_read(job, &root, "/etc/hosts", 1, &text).code;
	(void)!fs_read(job, &root, "/fifo", 1, &text).code;
	(void)!fs_digest(job, &root, "/etc/hosts", 1000, &digest).code;
	(void)!fs_digest(job, &root, "/etc/hosts", 1, &digest).code;
	(void)!fs_list(job, &root, "/", 100, &names, &len).code;
	(void)!fs_list(job, &root, "/", 1, &names, &len).code;
	(void)!fs_readlink(job, &root, "/etc", &text).code;
	(void)!fs_stat(job, &root, "/etc", true, &st).code;
	(void)!fs_slurp(job, outside, 1, &text).code;
	(void)!fs_write(job, at("new"), S("x"), 0600).code;
	(void)!fs_write(job, at("root"), S("x"), 0600).code;
	assert_int_equal(open_fds(), before);
}

static void
test_fs_open__follows_only_when_asked(void **state)
{
	(void)state;
	struct job *job = kit_job();
	int fd = -1;
	link_to("hosts", "root/etc/link");
	ASSERT_ERR(fs_open(job, &root, "/etc/link", false, &fd), ERR_INPUT, "symbolic link");
	assert_int_equal(fd, -1);
	ASSERT_OK(fs_open(job, &root, "/etc/link", true, &fd));
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	close(fd);
	ASSERT_OK(fs_open_dir(job, &root, "/etc", &fd));
	close(fd);
	ASSERT_ERR(fs_open_dir(job, &root, "/etc/hosts", &fd), ERR_MISSING, "Not a directory");
}

static void
test_fs_stat__follows_only_when_asked(void **state)
{
	(void)state;
	struct job *job = kit_job();
	struct stat st;
	link_to("hosts", "root/etc/link");
	link_to("nowhere", "root/etc/dangling");
	ASSERT_OK(fs_stat(job, &root, "/etc/link", false, &st));
	assert_true(S_ISLNK(st.st_mode));
	ASSERT_OK(fs_stat(job, &root, "/etc/link", true, &st));
	assert_true(S_ISREG(st.st_mode));
	ASSERT_OK(fs_stat(job, &root, "/etc/dangling", false, &st));
	ASSERT_ERR(fs_stat(job, &root, "/etc/dangling", true, &st), ERR_MISSING, "dangling");
	assert_true(fs_exists(&root, "/etc/link") && fs_exists(&root, "/"));
	assert_false(fs_exists(&root, "/etc/dangling"));
}

static void
test_fs_readlink__gives_the_target_as_written(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice target = S("kept");
	link_to(outside, "root/absolute");
	ASSERT_OK(fs_readlink(job, &root, "/absolute", &target));
	ASSERT_SLICE(target, outside);
	ASSERT_ERR(fs_readlink(job, &root, "/etc/hosts", &target), ERR_INPUT, "expected a symbolic link");
	ASSERT_ERR(fs_readlink(job, &root, "/nowhere", &target), ERR_MISSING, "nowhere");
	ASSERT_SLICE(target, outside);
}

static void
test_fs_list__sorts_and_counts(void **state)
{
	(void)state;
	struct job *job = kit_job();
	struct fs_name *names;
	size_t len = 77;
	static const char *const wanted[] = {"10", "2", "B", "a", "sub", "\xC3\xA9"};
	kit_file(place, "root/d/a", "");
	kit_file(place, "root/d/B", "");
	kit_file(place, "root/d/10", "");
	kit_file(place, "root/d/2", "");
	kit_file(place, "root/d/\xC3\xA9", "");
	kit_file(place, "root/d/sub/x", "");
	ASSERT_ERR(fs_list(job, &root, "/d", 5, &names, &len), ERR_LIMIT, "at most 5 names");
	assert_int_equal(len, 77);
	ASSERT_OK(fs_list(job, &root, "/d", 6, &names, &len));
	assert_int_equal(len, 6);
	for (size_t i = 0; i < len; i++)
		assert_string_equal(names[i].name, wanted[i]);
	assert_true(names[4].type == DT_DIR || names[4].type == DT_UNKNOWN);
	ASSERT_ERR(fs_list(job, &root, "/d/a", 5, &names, &len), ERR_MISSING, "/d/a");
	assert_int_equal(mkdir(at("root/none"), 0700), 0);
	ASSERT_OK(fs_list(job, &root, "/none", 0, &names, &len));
	assert_int_equal(len, 0);
}

static void
test_fs_list__grows_across_many_names(void **state)
{
	(void)state;
	struct fs_name *names;
	size_t len;
	for (int i = 0; i < 300; i++) {
		char name[32];
		snprintf(name, sizeof name, "root/many/%03d", i);
		kit_file(place, name, "");
	}
	ASSERT_OK(fs_list(kit_job(), &root, "/many", 300, &names, &len));
	assert_int_equal(len, 300);
	assert_string_equal(names[299].name, "299");
}

static void
test_fs_digest__streams_large_files(void **state)
{
	(void)state;
	struct job *job = kit_job();
	size_t size = 300000;
	char *text;
	ASSERT_OK(NEW(job, size + 1, &text));
	memset(text, 'x', size);
	kit_file(place, "root/large", text);
	struct digest digest, wanted = code_sha256(slice_bytes(text, size));
	ASSERT_OK(fs_digest(job, &root, "/large", size, &digest));
	assert_true(digest_same(&digest, &wanted));
	ASSERT_ERR(fs_digest(job, &root, "/large", size - 1, &digest), ERR_LIMIT, "at most 299999 bytes");
	ASSERT_OK(fs_digest(job, &root, "/etc/empty", 0, &digest));
	wanted = code_sha256(S(""));
	assert_true(digest_same(&digest, &wanted));
}

static void
test_fs_join__writes_one_slash(void **state)
{
	(void)state;
	static const char *const all[][3] = {
	    {"/etc", "hosts", "/etc/hosts"},
	    {"/etc/", "/hosts", "/etc/hosts"},
	    {"/", "etc", "/etc"},
	    {"a", "b/c", "a/b/c"},
	    {"", "b", "b"},
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		const char *path;
		ASSERT_OK(fs_join(kit_job(), all[i][0], all[i][1], &path));
		assert_string_equal(path, all[i][2]);
	}
}

static void
test_fs_slurp__reads_files_and_standard_input(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text = S("kept");
	ASSERT_ERR(fs_slurp(job, outside, 5, &text), ERR_LIMIT, "at most 5 bytes");
	ASSERT_ERR(fs_slurp(job, at("root"), 5, &text), ERR_INPUT, "found a folder");
	ASSERT_ERR(fs_slurp(job, at("nowhere"), 5, &text), ERR_MISSING, "nowhere");
	ASSERT_SLICE(text, "kept");
	ASSERT_OK(fs_slurp(job, outside, 6, &text));
	ASSERT_SLICE(text, "secret");

	int ends[2], input = dup(STDIN_FILENO);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "piped", 5), 5);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	err got = fs_slurp(job, "-", 100, &text);
	if (input >= 0) {
		dup2(input, STDIN_FILENO);
		close(input);
	}
	ASSERT_OK(got);
	ASSERT_SLICE(text, "piped");
}

static size_t
names_in_place(void)
{
	struct fs_root here;
	struct fs_name *names;
	size_t len = 0;
	ASSERT_OK(fs_root_open(kit_job(), place, &here));
	ASSERT_OK(fs_list(kit_job(), &here, "/", 100, &names, &len));
	fs_root_close(&here);
	return len;
}

static void
test_fs_write__replaces_the_whole_file(void **state)
{
	(void)state;
	struct job *job = kit_job();
	struct stat st;
	slice text;
	size_t before = names_in_place();
	mode_t mask = umask(0077);
	ASSERT_OK(fs_write(job, at("new"), S("first, and longer"), 0644));
	umask(mask);
	ASSERT_OK(fs_write(job, at("new"), S("second"), 0640));
	ASSERT_OK(fs_slurp(job, at("new"), 100, &text));
	ASSERT_SLICE(text, "second");
	assert_int_equal(stat(at("new"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(names_in_place(), before + 1);
	ASSERT_OK(fs_write(job, at("new"), S(""), 0600));
	ASSERT_OK(fs_slurp(job, at("new"), 0, &text));
}

static void
test_fs_write__replaces_a_link_and_not_its_target(void **state)
{
	(void)state;
	struct job *job = kit_job();
	slice text;
	link_to("secret", "link");
	ASSERT_OK(fs_write(job, at("link"), S("new"), 0600));
	ASSERT_OK(fs_slurp(job, outside, 100, &text));
	ASSERT_SLICE(text, "secret");
}

static void
test_fs_write__leaves_the_old_bytes_when_it_fails(void **state)
{
	(void)state;
	struct job *job = kit_job();
	size_t before = names_in_place();
	ASSERT_ERR(fs_write(job, at("root"), S("x"), 0600), ERR_IO, "root: cannot be put in its place: Is a directory");
	ASSERT_ERR(fs_write(job, at("nowhere/x"), S("x"), 0600), ERR_MISSING, "cannot be made");
	assert_int_equal(names_in_place(), before);

	/* A disk that ends in the middle: the limit of file sizes stands in for it. */
	slice text;
	struct rlimit old, small = {.rlim_cur = 3};
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	err got = fs_write(job, outside, S("far too long"), 0600);
	setrlimit(RLIMIT_FSIZE, &old);
	ASSERT_ERR(got, ERR_IO, "secret: cannot be written: File too large");
	ASSERT_OK(fs_slurp(job, outside, 100, &text));
	ASSERT_SLICE(text, "secret");
	assert_int_equal(names_in_place(), before);
}

static void
test_fs_mkdirs__makes_all_and_accepts_what_is_there(void **state)
{
	(void)state;
	struct job *job = kit_job();
	struct stat st;
	ASSERT_OK(fs_mkdirs(job, at("a/b//c/"), 0700));
	assert_int_equal(stat(at("a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0700);
	ASSERT_OK(fs_mkdirs(job, at("a/b/c"), 0700));
	ASSERT_OK(fs_mkdirs(job, "/", 0700));
	ASSERT_ERR(fs_mkdirs(job, at("secret/x"), 0700), ERR_INPUT, "secret: expected a folder, found a file");
	ASSERT_ERR(fs_sync_dir(job, outside), ERR_MISSING, "Not a directory");
	ASSERT_OK(fs_sync_dir(job, place));
}

static void
test_fs_is_tmpfs__asks_the_file_system(void **state)
{
	(void)state;
	assert_false(fs_is_tmpfs("/proc"));
	assert_false(fs_is_tmpfs(at("nowhere")));
	FILE *mounts = fopen("/proc/self/mounts", "r");
	assert_non_null(mounts);
	char path[256], type[64];
	while (fscanf(mounts, "%*s %255s %63s %*[^\n]", path, type) == 2)
		if (strcmp(path, "/dev/shm") == 0)
			assert_int_equal(fs_is_tmpfs("/dev/shm"), strcmp(type, "tmpfs") == 0);
	fclose(mounts);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_ROOT(test_fs_root_open__wants_a_folder),
	    WITH_ROOT(test_fs_read__reads_below_the_root),
	    WITH_ROOT(test_fs_read__stays_below_the_root_through_dots),
	    WITH_ROOT(test_fs_read__stays_below_the_root_through_links),
	    WITH_ROOT(test_fs_read__stays_below_the_root_through_magic_links),
	    WITH_ROOT(test_fs_read__refuses_a_loop_of_links),
	    WITH_ROOT(test_fs_read__stops_at_its_limit),
	    WITH_ROOT(test_fs_read__reads_proc_files_to_their_end),
	    WITH_ROOT(test_fs_read__never_waits_on_a_fifo),
	    WITH_ROOT(test_fs_read__does_not_even_open_a_fifo),
	    WITH_ROOT(test_fs_read__refuses_folders_sockets_and_devices),
	    WITH_ROOT(test_fs_read__says_what_the_system_said),
	    WITH_ROOT(test_fs_read__leaves_no_descriptor_behind),
	    WITH_ROOT(test_fs_open__follows_only_when_asked),
	    WITH_ROOT(test_fs_stat__follows_only_when_asked),
	    WITH_ROOT(test_fs_readlink__gives_the_target_as_written),
	    WITH_ROOT(test_fs_list__sorts_and_counts),
	    WITH_ROOT(test_fs_list__grows_across_many_names),
	    WITH_ROOT(test_fs_digest__streams_large_files),
	    WITH_ROOT(test_fs_join__writes_one_slash),
	    WITH_ROOT(test_fs_slurp__reads_files_and_standard_input),
	    WITH_ROOT(test_fs_write__replaces_the_whole_file),
	    WITH_ROOT(test_fs_write__replaces_a_link_and_not_its_target),
	    WITH_ROOT(test_fs_write__leaves_the_old_bytes_when_it_fails),
	    WITH_ROOT(test_fs_mkdirs__makes_all_and_accepts_what_is_there),
	    WITH_ROOT(test_fs_is_tmpfs__asks_the_file_system),
	};
	return KIT_TESTS(tests);
}
