/*
 * The content set: every YAML file below a folder (but demo/) and an organisation's overlay, in memory, with one digest.
 * Deliberately does not know what any file says.
 */
#include "catalogue/catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/text.h"

#define MAX_FILES 20000
#define MAX_FILE (1 * MIB)
#define MAX_SET (128 * MIB)
#define MAX_FOLDERS_DEEP 4

struct listing {
	struct content_file *at;
	size_t len, room;
};

static bool
is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* content/ beside the program or up to three levels above it: a build folder, or a tree that was moved whole. */
static err
beside_program(struct job *job, const char **ret)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	for (int up = 0; len > 0 && up < 5; up++) {
		slice path = slice_bytes(self, (size_t)len), candidate;
		path = slice_part(path, 0, slice_find_last(path, '/'));
		if (path.len == 0 || path.len == (size_t)len)
			break;
		TRY(job_format(job, &candidate, "%.*s/content", SLICE(path)));
		slice framework;
		TRY(job_format(job, &framework, "%.*s/framework", SLICE(candidate)));
		if (is_folder(framework.at)) {
			*ret = candidate.at;
			return OK;
		}
		len = (ssize_t)path.len;
	}
	return OK;
}

err
content_find(struct job *job, const char *given, const char **ret_dir)
{
	const char *from = given != NULL ? given : getenv("ASSAY_CONTENT");
	if (from != NULL && from[0] != '\0') {
		if (!is_folder(from))
			return err_set(job, ERR_MISSING, "%s: expected a folder of content (frameworks and checks), found none", from);
		*ret_dir = from;
		return OK;
	}
	const char *found = NULL;
	TRY(beside_program(job, &found));
#ifdef ASSAY_CONTENT_DIR
	if (found == NULL && is_folder(ASSAY_CONTENT_DIR))
		found = ASSAY_CONTENT_DIR;
#endif
	if (found == NULL)
		return err_set(job, ERR_MISSING,
		    "there is no content (frameworks and checks) beside the program or installed: name its folder with --content");
	*ret_dir = found;
	return OK;
}

static err
add(struct job *job, struct listing *list, const char *path, const char *from, slice text)
{
	if (list->len == list->room) {
		struct content_file *more;
		size_t room = list->room == 0 ? 512 : list->room * 2;
		TRY(NEW(job, room, &more));
		if (list->len > 0)
			memcpy(more, list->at, list->len * sizeof *more);
		list->at = more;
		list->room = room;
	}
	/* The ledger keeps the set as JSON: what JSON cannot hold would come back as other bytes. */
	if (!text_utf8(text) || slice_find(text, '\0') < text.len)
		return err_set(job, ERR_INPUT, "%s: content is UTF-8 text without NUL, found other bytes", from);
	if (list->len == MAX_FILES)
		return err_set(job, ERR_LIMIT, "%s: a content set holds at most %d files", from, MAX_FILES);
	list->at[list->len++] = (struct content_file){.path = path, .from = from, .text = text, .digest = code_sha256(text)};
	return OK;
}

static err walk(struct job *job, struct listing *list, const struct fs_root *root, const char *folder, unsigned deep);

static err
visit(struct job *job, struct listing *list, const struct fs_root *root, const char *path, unsigned deep)
{
	struct stat st;
	slice text;
	const char *from;
	TRY(fs_stat(job, root, path, true, &st));
	if (S_ISDIR(st.st_mode))
		return deep < MAX_FOLDERS_DEEP
			   ? walk(job, list, root, path, deep + 1)
			   : err_set(job, ERR_LIMIT, "%s/%s: content folders are at most %d deep", root->path, path, MAX_FOLDERS_DEEP);
	if (!slice_ends(slice_of(path), S(".yaml")))
		return OK;
	TRY(fs_read(job, root, path, MAX_FILE, &text));
	TRY(fs_join(job, root->path, path, &from));
	return add(job, list, path, from, text);
}

static err
walk(struct job *job, struct listing *list, const struct fs_root *root, const char *folder, unsigned deep)
{
	struct fs_name *names;
	size_t len;
	TRY(fs_list(job, root, folder[0] == '\0' ? "." : folder, MAX_FILES, &names, &len));
	for (size_t i = 0; i < len; i++) {
		const char *path = names[i].name;
		if (path[0] == '.' || (folder[0] == '\0' && strcmp(path, "demo") == 0)) /* a story asks nothing: it is not part of what is asked */
			continue;
		if (folder[0] != '\0')
			TRY(fs_join(job, folder, names[i].name, &path));
		TRY(visit(job, list, root, path, deep));
	}
	return OK;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct content_file *)a)->path, ((const struct content_file *)b)->path);
}

/* Files of the same path: the later one, the overlay's, stays. The list is sorted; equal paths keep no order, so the overlay is looked for
 * by its place. */
static void
settle(struct listing *list, size_t overlay_from)
{
	size_t kept = 0;
	for (size_t i = overlay_from; i < list->len; i++)
		for (size_t j = 0; j < overlay_from; j++)
			if (strcmp(list->at[i].path, list->at[j].path) == 0)
				list->at[j].path = "";
	for (size_t i = 0; i < list->len; i++)
		if (list->at[i].path[0] != '\0')
			list->at[kept++] = list->at[i];
	list->len = kept;
	if (kept > 0)
		qsort(list->at, kept, sizeof *list->at, by_path);
}

static err
finish(struct job *job, struct listing *list, struct content *ret)
{
	struct buf buf = buf_open(job, "content digest", 16 * MIB);
	slice text;
	for (size_t i = 0; i < list->len; i++) {
		buf_text(&buf, list->at[i].path);
		buf_byte(&buf, '\0');
		buf_printf(&buf, "%s\n", digest_text(&list->at[i].digest).at);
	}
	TRY(buf_end(&buf, &text));
	*ret = (struct content){.files = list->at, .len = list->len, .digest = code_sha256(text)};
	return OK;
}

static void
root_close_at(struct fs_root *root)
{
	fs_root_close(root);
}

static err
load_folder(struct job *job, struct listing *list, const char *dir)
{
	DEFER(root_close_at) struct fs_root root = {.fd = -1};
	TRY(fs_root_open(job, dir, &root));
	return walk(job, list, &root, "", 0);
}

err
content_load(struct job *job, const char *dir, const char *overlay, struct content *ret)
{
	struct listing list = {0};
	TRY(load_folder(job, &list, dir));
	size_t overlay_from = list.len;
	if (overlay != NULL && is_folder(overlay))
		TRY(load_folder(job, &list, overlay));
	if (list.len == 0)
		return err_set(job, ERR_MISSING, "%s: expected content files (*.yaml), found none", dir);
	settle(&list, overlay_from);
	return finish(job, &list, ret);
}

err
content_pack(struct job *job, const struct content *content, slice *ret)
{
	struct buf buf = buf_open(job, "content set", MAX_SET);
	buf_text(&buf, "{\"files\":{");
	for (size_t i = 0; i < content->len; i++) {
		if (i > 0)
			buf_byte(&buf, ',');
		text_json(&buf, slice_of(content->files[i].path));
		buf_byte(&buf, ':');
		text_json(&buf, content->files[i].text);
	}
	buf_text(&buf, "}}");
	return buf_end(&buf, ret);
}

err
content_unpack(struct job *job, slice pack, struct content *ret)
{
	static const char *const keys[] = {"files", NULL};
	const json_t *root, *files;
	struct listing list = {0};
	TRY(json_read(job, "content set", pack, &root));
	TRY(json_only(job, "content set", root, keys));
	TRY(json_need_object(job, "content set", root, "files", &files));
	for (void *at = json_object_iter((json_t *)(uintptr_t)files); at != NULL;
	     at = json_object_iter_next((json_t *)(uintptr_t)files, at)) {
		const char *path = json_object_iter_key(at);
		if (!json_is_string(json_object_iter_value(at)))
			return err_set(job, ERR_INPUT, "content set: %s: expected a file's text", path);
		TRY(add(job, &list, path, path, json_text(json_object_iter_value(at))));
	}
	if (list.len == 0)
		return err_set(job, ERR_INPUT, "content set: expected files, found none");
	settle(&list, list.len);
	return finish(job, &list, ret);
}
