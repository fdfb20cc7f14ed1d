/*
 * Digests of many files, taken on two threads and remembered by identity between runs. Does not trust a cache that others could have
 * written.
 */
#include "collect/collect_digest.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/openat2.h>
#include <openssl/evp.h>
#include <sys/syscall.h>

#define CACHE_NAME "file-digest"
#define CACHE_HEAD "assay file digests 1\n"
#define DIGEST_THREADS 2
#define DIGEST_RACY_SECONDS 2 /* a file changed this short ago may change again without a new time stamp */

static int64_t
digest_ns(struct timespec at)
{
	return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static bool
digest_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       digest_ns(a->st_mtim) == digest_ns(b->st_mtim) && digest_ns(a->st_ctim) == digest_ns(b->st_ctim);
}

/* ---- The cache: "dev ino size mtime ctime sha256 md5 path" lines between a head and the digest of them all. ---- */

static bool
digest_line_parse(slice text, struct collect_digest_line *ret)
{
	slice word[7];
	struct collect_digest_line line = {0};
	for (size_t i = 0; i < 7; i++)
		if (!slice_cut(&text, ' ', &word[i]))
			return false;
	line.path = text;
	line.md5_known = !slice_same(word[6], S("-"));
	if (!slice_u64(word[0], &line.dev) || !slice_u64(word[1], &line.ino) || !slice_u64(word[2], &line.size) ||
	    !slice_i64(word[3], &line.mtime_ns) || !slice_i64(word[4], &line.ctime_ns) || !digest_parse(word[5], &line.sha256) ||
	    (line.md5_known && !code_unhex(word[6], line.md5, sizeof line.md5)) || line.path.len == 0)
		return false;
	*ret = line;
	return true;
}

err
collect_digest_parse(struct job *job, slice text, struct collect_digest_line **ret, size_t *ret_len)
{
	struct collect_digest_line *lines;
	struct digest wanted, found;
	slice body, line, before = S("");
	size_t len = 0, room = 0;
	if (text.len < 65 || !slice_starts(text, S(CACHE_HEAD)) || text.at[text.len - 1] != '\n' ||
	    !digest_parse(slice_part(text, text.len - 65, 64), &wanted))
		return err_set(job, ERR_INPUT, "digest cache: expected its own head and a digest at the end");
	body = slice_part(text, 0, text.len - 65);
	found = code_sha256(body);
	if (!digest_same(&wanted, &found))
		return err_set(job, ERR_INPUT, "digest cache: its digest does not fit its lines");
	for (size_t i = 0; i < body.len; i++)
		room += body.at[i] == '\n';
	TRY(NEW(job, room + 1, &lines));
	body = slice_from(body, sizeof CACHE_HEAD - 1);
	while (slice_cut(&body, '\n', &line)) {
		if (len >= room || !digest_line_parse(line, &lines[len]) || (len > 0 && slice_order(before, lines[len].path) >= 0))
			return err_set(job, ERR_INPUT, "digest cache: line %zu is not one of ours", len + 2);
		before = lines[len++].path;
	}
	*ret = lines;
	*ret_len = len;
	return OK;
}

static err
digest_cache_read(struct job *job, const char *path, struct collect_digest_line **ret, size_t *ret_len)
{
	struct stat st;
	slice text;
	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return err_set(job, ERR_DENIED, "%s: a digest cache must be a file of our own that nobody else may write", path);
	TRY(fs_slurp(job, path, COLLECT_DIGEST_MAX_CACHE, &text));
	return collect_digest_parse(job, text, ret, ret_len);
}

static err
digest_cache_write(struct job *job, const struct collect *collect, const char *path, const struct collect_digest *files, size_t len)
{
	slice text;
	struct digest digest;
	struct buf buf = buf_open(job, "digest cache", COLLECT_DIGEST_MAX_CACHE);
	buf_text(&buf, CACHE_HEAD);
	for (size_t i = 0; i < len; i++) {
		const struct collect_digest *file = &files[i];
		if (!file->remembered || slice_find(file->path, '\n') != file->path.len)
			continue;
		buf_printf(&buf, "%ju %ju %jd %jd %jd ", (uintmax_t)file->st.st_dev, (uintmax_t)file->st.st_ino, (intmax_t)file->st.st_size,
		    (intmax_t)digest_ns(file->st.st_mtim), (intmax_t)digest_ns(file->st.st_ctim));
		buf_printf(&buf, "%s ", digest_text(&file->sha256).at);
		if (file->md5_known)
			code_hex(&buf, file->md5, sizeof file->md5);
		else
			buf_byte(&buf, '-');
		buf_byte(&buf, ' ');
		buf_add(&buf, file->path);
		buf_byte(&buf, '\n');
	}
	TRY(buf_end(&buf, &text));
	digest = code_sha256(text);
	buf_printf(&buf, "%s\n", digest_text(&digest).at);
	TRY(buf_end(&buf, &text));
	TRY(fs_mkdirs(job, collect->cache_dir, 0700));
	return fs_write(job, path, text, 0600);
}

/* Both lists are sorted by path: one pass over the two. Returns how many files are still without. */
static size_t
digest_cache_apply(const struct collect_digest_line *lines, size_t lines_len, struct collect_digest *files, size_t len)
{
	size_t at = 0, missing = 0;
	for (size_t i = 0; i < len; i++) {
		struct collect_digest *file = &files[i];
		while (at < lines_len && slice_order(lines[at].path, file->path) < 0)
			at++;
		const struct collect_digest_line *line = at < lines_len && slice_same(lines[at].path, file->path) ? &lines[at] : NULL;
		if (line == NULL || line->dev != (uint64_t)file->st.st_dev || line->ino != (uint64_t)file->st.st_ino ||
		    line->size != (uint64_t)file->st.st_size || line->mtime_ns != digest_ns(file->st.st_mtim) ||
		    line->ctime_ns != digest_ns(file->st.st_ctim) || (file->wants_md5 && !line->md5_known)) {
			missing++;
			continue;
		}
		file->sha256 = line->sha256;
		memcpy(file->md5, line->md5, sizeof file->md5);
		file->md5_known = line->md5_known;
		file->sha256_known = file->remembered = true;
	}
	return missing;
}

/* ---- Reading. The threads share the list and a counter, and touch neither job nor arena. ---- */

struct digest_work {
	int root;
	struct collect_digest *files;
	size_t len;
	atomic_size_t next;
	int64_t now;
};

static int
digest_open(int root, slice path)
{
	char name[4096];
	struct open_how how = {
	    .flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	if (path.len >= sizeof name)
		return -1;
	memcpy(name, path.at, path.len);
	name[path.len] = '\0';
	return (int)syscall(SYS_openat2, root, name, &how, sizeof how);
}

static bool
digest_stream(int fd, EVP_MD_CTX *sha256, EVP_MD_CTX *md5)
{
	static _Thread_local char block[128 * 1024];
	for (int64_t total = 0;;) {
		ssize_t got = read(fd, block, sizeof block);
		if (got <= 0)
			return got == 0;
		total += got;
		if (total > COLLECT_DIGEST_MAX_FILE || EVP_DigestUpdate(sha256, block, (size_t)got) != 1 ||
		    (md5 != NULL && EVP_DigestUpdate(md5, block, (size_t)got) != 1))
			return false;
	}
}

static void
digest_take(const struct digest_work *work, struct collect_digest *file, EVP_MD_CTX *sha256, EVP_MD_CTX *md5)
{
	struct stat before, after;
	int fd = file->st.st_size <= COLLECT_DIGEST_MAX_FILE ? digest_open(work->root, file->path) : -1;
	if (fd < 0)
		return;
	/* A build of OpenSSL may refuse MD5 (FIPS): then nothing can be compared with dpkg's list. */
	bool with_md5 = file->wants_md5 && EVP_DigestInit_ex(md5, EVP_md5(), NULL) == 1;
	if (fstat(fd, &before) == 0 && S_ISREG(before.st_mode) && EVP_DigestInit_ex(sha256, EVP_sha256(), NULL) == 1 &&
	    digest_stream(fd, sha256, with_md5 ? md5 : NULL) && fstat(fd, &after) == 0 &&
	    EVP_DigestFinal_ex(sha256, file->sha256.byte, NULL) == 1) {
		file->sha256_known = true;
		file->md5_known = with_md5 && EVP_DigestFinal_ex(md5, file->md5, NULL) == 1;
		file->remembered = digest_same_file(&file->st, &before) && digest_same_file(&before, &after) &&
				   after.st_ctim.tv_sec + DIGEST_RACY_SECONDS < work->now;
	}
	close(fd);
}

static void *
digest_thread(void *at)
{
	struct digest_work *work = at;
	EVP_MD_CTX *sha256 = EVP_MD_CTX_new(), *md5 = EVP_MD_CTX_new();
	while (sha256 != NULL && md5 != NULL) {
		size_t i = atomic_fetch_add(&work->next, 1);
		if (i >= work->len)
			break;
		if (!work->files[i].sha256_known)
			digest_take(work, &work->files[i], sha256, md5);
	}
	EVP_MD_CTX_free(sha256);
	EVP_MD_CTX_free(md5);
	return NULL;
}

static void
digest_read_all(const struct collect *collect, struct collect_digest *files, size_t len)
{
	pthread_t thread[DIGEST_THREADS - 1];
	size_t started = 0;
	struct digest_work work = {.root = collect->root.fd, .files = files, .len = len, .now = (int64_t)time(NULL)};
	while (started < DIGEST_THREADS - 1 && pthread_create(&thread[started], NULL, digest_thread, &work) == 0)
		started++;
	digest_thread(&work);
	for (size_t i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
}

err
collect_digest_fill(struct job *job, const struct collect *collect, struct collect_digest *files, size_t len)
{
	struct collect_digest_line *lines = NULL;
	const char *path = NULL;
	size_t lines_len = 0;
	if (collect->cache_dir != NULL) {
		TRY(fs_join(job, collect->cache_dir, CACHE_NAME, &path));
		if (digest_cache_read(job, path, &lines, &lines_len).code != ERR_NONE)
			lines_len = 0; /* whatever its fault, it is not used */
	}
	size_t missing = digest_cache_apply(lines, lines_len, files, len), remembered = 0;
	if (missing == 0)
		return OK;
	digest_read_all(collect, files, len);
	for (size_t i = 0; i < len; i++)
		remembered += files[i].remembered;
	if (path != NULL && remembered > len - missing) {
		err written = digest_cache_write(job, collect, path, files, len);
		(void)written; /* the digests are right without a cache */
	}
	return OK;
}
