/*
 * An open ledger: store, signer, keys, tree and view held together; made, opened, settled, closed.
 * Deliberately does not: make entries (ledger_append.c) or rows (ledger_project.c).
 */
#include "ledger/ledger_inner.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/fs.h"
#include "ledger/ledger_form.h"
#include "ledger/ledger_tile.h"

#define LEDGER_MEMORY (64 * MIB)
#define MAX_CHECKPOINT (64 * KIB)
#define SIGN_AT_ONCE 4096 /* leaf hashes in one request to the signer */

slice
ledger_host_id(const struct ledger *ledger)
{
	return ledger->host_id;
}

slice
ledger_origin(const struct ledger *ledger)
{
	return ledger->origin;
}

uint64_t
ledger_size(const struct ledger *ledger)
{
	return ledger->grow->frontier.size;
}

const struct ledger_place *
ledger_place(const struct ledger *ledger)
{
	return &ledger->place;
}

static err
log_path(struct job *job, const struct ledger *ledger, const char *name, const char **ret)
{
	const char *dir;
	TRY(fs_join(job, ledger->place.store, "log", &dir));
	return name == NULL ? (*ret = dir, OK) : fs_join(job, dir, name, ret);
}

/* Keys */

static err
key_path(struct job *job, const struct ledger_place *place, const char *name, const char **ret)
{
	return fs_join(job, place->keys, name, ret);
}

/* A folder of secrets: ours alone. */
static err
keys_folder_check(struct job *job, const struct ledger_place *place)
{
	struct stat st;
	if (stat(place->keys, &st) != 0)
		return err_errno(job, errno, "%s", place->keys);
	if (!S_ISDIR(st.st_mode))
		return err_set(job, ERR_DENIED, "%s: the keys must lie in a folder", place->keys);
	if (st.st_uid != geteuid())
		return err_set(job, ERR_DENIED, "%s: the folder of keys must belong to who uses it (user %u), found user %u", place->keys,
		    (unsigned)geteuid(), (unsigned)st.st_uid);
	if ((st.st_mode & 077) != 0)
		return err_set(job, ERR_DENIED, "%s: the folder of keys must be open to its owner alone (mode 0700), found mode %04o",
		    place->keys, (unsigned)(st.st_mode & 07777));
	return OK;
}

static err
derive(struct job *job, const uint8_t root_key[static 32], const char *what, uint8_t ret[static 32])
{
	slice label = slice_of(what);
	if (crypto_generichash(ret, 32, (const unsigned char *)label.at, label.len, root_key, 32) != 0)
		return err_set(job, ERR_BUG, "libsodium could not derive a key for %s", what);
	return OK;
}

err
ledger_root_take(struct job *job, struct ledger *ledger, const uint8_t root_key[static 32])
{
	if (root_key != ledger->root_key)
		memcpy(ledger->root_key, root_key, sizeof ledger->root_key);
	TRY(derive(job, ledger->root_key, "assay person", ledger->person_key));
	return derive(job, ledger->root_key, "assay snapshot", ledger->snapshot_key);
}

static err
log_key_read(struct job *job, struct ledger *ledger)
{
	struct ledger_note_key log;
	const char *path;
	slice text;
	TRY(keys_folder_check(job, &ledger->place));
	TRY(key_path(job, &ledger->place, "log.pub", &path));
	TRY(fs_slurp(job, path, 4 * KIB, &text));
	TRY(ledger_note_key_read(job, slice_trim(text), &log));
	ledger->log = log;
	TRY(job_copy(&ledger->own, log.name, &ledger->origin));
	ledger->log.name = ledger->origin;
	return OK;
}

static err
keys_read(struct job *job, struct ledger *ledger)
{
	const char *path;
	TRY(key_path(job, &ledger->place, "root.key", &path));
	TRY(ledger_key_secret_read(job, path, sizeof ledger->root_key, ledger->root_key));
	TRY(ledger_root_take(job, ledger, ledger->root_key));
	TRY(key_path(job, &ledger->place, "server.key", &path));
	TRY(ledger_key_read(job, path, &ledger->server));
	TRY(key_path(job, &ledger->place, "host.key", &path));
	TRY(ledger_key_read(job, path, &ledger->host));
	return ledger_host_id_of(&ledger->own, &ledger->host.id, &ledger->host_id);
}

static err
unless_there(err was)
{
	return was.code == ERR_CONFLICT ? OK : was;
}

/* The log's key and its public text, with a random origin. */
static err
log_key_make(struct job *job, const struct ledger_place *place)
{
	uint8_t seed[crypto_sign_SEEDBYTES], secret[crypto_sign_SECRETKEYBYTES], open_half[crypto_sign_PUBLICKEYBYTES];
	struct ledger_note_key key;
	const char *path;
	slice id, origin, text;
	TRY(key_path(job, place, "log.pub", &path));
	if (access(path, F_OK) == 0)
		return OK;
	TRY(key_path(job, place, "log.key", &path));
	TRY(unless_there(ledger_key_secret_make(job, path, sizeof seed)));
	TRY(ledger_key_secret_read(job, path, sizeof seed, seed));
	int got = crypto_sign_seed_keypair(open_half, secret, seed);
	code_wipe(seed, sizeof seed);
	code_wipe(secret, sizeof secret);
	if (got != 0)
		return err_set(job, ERR_BUG, "%s: libsodium could not make an Ed25519 key", path);
	TRY(code_random_id(job, 8, &id));
	TRY(job_format(job, &origin, "assay.invalid/log/%.*s", SLICE(id)));
	TRY(ledger_note_key_of(job, origin, open_half, &key));
	TRY(ledger_note_key_write(job, &key, &text));
	TRY(job_format(job, &text, "%.*s\n", SLICE(slice_trim(text))));
	TRY(key_path(job, place, "log.pub", &path));
	return fs_write(job, path, text, 0644);
}

static err
keys_make(struct job *job, const struct ledger_place *place)
{
	const char *path;
	TRY(fs_mkdirs(job, place->keys, 0700));
	TRY(keys_folder_check(job, place));
	TRY(key_path(job, place, "root.key", &path));
	TRY(unless_there(ledger_key_secret_make(job, path, 32)));
	TRY(key_path(job, place, "server.key", &path));
	TRY(unless_there(ledger_key_make(job, path)));
	TRY(key_path(job, place, "host.key", &path));
	TRY(unless_there(ledger_key_make(job, path)));
	return log_key_make(job, place);
}

/* Making */

static err
origin_of(struct job *job, const struct ledger_place *place, slice *ret)
{
	struct ledger_note_key key;
	const char *path;
	slice text;
	TRY(key_path(job, place, "log.pub", &path));
	TRY(fs_slurp(job, path, 4 * KIB, &text));
	TRY(ledger_note_key_read(job, slice_trim(text), &key));
	*ret = key.name;
	return OK;
}

/* A crash while making leaves keys, then signer state, then an empty store: each is taken up where it stands. But a signer that has signed
 * belongs to a store that was lost. */
static err
signer_make(struct job *job, const struct ledger_place *place, slice origin)
{
	struct ledger_signer *signer;
	const char *key;
	err got = ledger_signer_create(job, place->signer, origin);
	if (got.code != ERR_CONFLICT)
		return got;
	TRY(key_path(job, place, "log.key", &key));
	TRY(ledger_signer_open(job, place->signer, key, origin, &signer));
	struct ledger_signer_state state = ledger_signer_state(signer);
	ledger_signer_close(signer);
	if (state.size > 0)
		return err_set(job, ERR_CONFLICT,
		    "%s: this signer has signed %llu entries of %.*s, whose store is not at %s: restore it from a backup", place->signer,
		    (unsigned long long)state.size, SLICE(origin), place->store);
	return OK;
}

static err
store_make(struct job *job, const struct ledger_place *place)
{
	struct ledger_frontier empty = {0};
	struct digest root = ledger_tree_empty();
	struct buf buf = buf_open(job, "the tree's frontier", 8 * KIB);
	slice text;
	ledger_frontier_write(&empty, &buf);
	TRY(buf_end(&buf, &text));
	return store_create(job, place->store, text, &root);
}

err
ledger_init(struct job *job, const struct ledger_place *place)
{
	struct ledger *ledger DEFER(ledger_close_at) = NULL;
	slice origin;
	const char *database;
	TRY(fs_join(job, place->store, "store.db", &database));
	if (access(database, F_OK) == 0)
		return err_set(job, ERR_CONFLICT, "%s: there is a store already", place->store);
	TRY(fs_mkdirs(job, place->dir, 0700));
	TRY(keys_make(job, place));
	TRY(origin_of(job, place, &origin));
	TRY(signer_make(job, place, origin));
	TRY(store_make(job, place));
	return ledger_open(job, place, &ledger);
}

/* The very first entry: the server vouches for its own key and for this machine's. */
static err
introduce(struct job *job, struct ledger *ledger)
{
	char name[256] = "";
	struct ledger_subject subjects[2] = {{.name = S("server")}, {.name = S("host")}};
	struct ledger_host_form form = {.act = LEDGER_HOST_ACT_SERVE};
	struct ledger_receipt receipt;
	(void)gethostname(name, sizeof name - 1);
	form.name = name[0] != '\0' ? slice_of(name) : S("localhost");
	TRY(ledger_fingerprint_write(job, &ledger->server.id, &form.fingerprint));
	TRY(ledger_host_form_write(job, &form, &subjects[0].content));
	form.act = LEDGER_HOST_ACT_ACCEPT;
	TRY(ledger_fingerprint_write(job, &ledger->host.id, &form.fingerprint));
	TRY(ledger_host_form_write(job, &form, &subjects[1].content));
	int64_t now_us = job_now(job);
	struct ledger_draft draft = {
	    .kind = LEDGER_HOST, .host = ledger->host_id, .from_us = now_us, .to_us = now_us, .subjects = subjects, .subjects_len = 2};
	return ledger_append_as(job, ledger, S(""), &draft, 1, &receipt);
}

/* Signing and publishing */

/* log.key and log.pub must be halves of one key: a checkpoint nobody can verify must never be published. */
static err
signature_check(struct job *job, const struct ledger *ledger, const struct ledger_signer_state *state)
{
	slice body;
	TRY(ledger_checkpoint_body(job, ledger->origin, state->size, &state->root, &body));
	if (crypto_sign_verify_detached(state->signature, (const unsigned char *)body.at, body.len, ledger->log.key) != 0)
		return err_set(job, ERR_DENIED,
		    "%s: log.key must be the private half of log.pub, found another key; nothing was published: put the log's own key back",
		    ledger->place.keys);
	return OK;
}

/* Compare what the signer last signed with what is stored and published: the same, or a beginning of the one and no shorter than the other.
 */
static err
signer_check(struct job *job, struct ledger *ledger)
{
	struct ledger_signer_state state = ledger_signer_state(ledger->signer);
	uint64_t size = ledger_size(ledger);
	TRY(signature_check(job, ledger, &state));
	if (state.size < ledger->published)
		return err_set(job, ERR_CONFLICT,
		    "%s: the signer's state is over %llu entries, but it has signed a checkpoint over %llu: the state is damaged or an old "
		    "copy; put the newest back, or, if it is lost for good, move it away and run assay ledger adopt",
		    ledger->place.signer, (unsigned long long)state.size, (unsigned long long)ledger->published);
	if (state.size > size)
		return err_set(job, ERR_CONFLICT,
		    "%s: the signer has signed %llu entries, the store holds %llu: a shorter history (an old copy of the store?) is not "
		    "taken up",
		    ledger->place.store, (unsigned long long)state.size, (unsigned long long)size);
	if (state.size == size && size > 0 && !digest_same(&state.root, &ledger->root))
		return err_set(job, ERR_CONFLICT,
		    "%s: the signer has signed %llu entries with root %s, the store holds another history with root %s",
		    ledger->place.store, (unsigned long long)size, digest_text(&state.root).at, digest_text(&ledger->root).at);
	return OK;
}

/* One advance of the signer by at most SIGN_AT_ONCE leaves, towards the head. */
static err
sign_some(struct job *job, struct ledger *ledger, uint64_t from, uint8_t signature[static 64], uint64_t *ret_size)
{
	struct arena_mark mark = arena_mark(job->arena);
	uint64_t size = ledger_size(ledger), to = size - from > SIGN_AT_ONCE ? from + SIGN_AT_ONCE : size;
	struct digest *hashes, root = ledger->root;
	size_t len = (size_t)(to - from);
	TRY(NEW(job, len + 1, &hashes));
	if (len > 0)
		TRY(store_leaf_hashes(job, ledger->store, from, len, hashes));
	if (to < size) {
		TRY(ledger_grow_open(job, ledger->store, to, ledger->next));
		root = ledger_frontier_root(&ledger->next->frontier);
	}
	TRY(ledger_signer_advance(job, ledger->signer, hashes, len, to, &root, signature));
	arena_rewind(job->arena, mark);
	*ret_size = to;
	return OK;
}

/* Write order: what is stored is signed, then its tiles are published, then the checkpoint over them. */
static err
publish(struct job *job, struct ledger *ledger)
{
	uint8_t signature[64];
	uint64_t size = ledger_size(ledger), from = ledger_signer_state(ledger->signer).size;
	const char *dir, *path;
	slice body, note;
	TRY(signer_check(job, ledger));
	do
		TRY(sign_some(job, ledger, from, signature, &from));
	while (from < size);
	TRY(log_path(job, ledger, NULL, &dir));
	TRY(log_path(job, ledger, "checkpoint", &path));
	TRY(ledger_tile_publish(job, ledger->store, dir, ledger->published, size));
	struct ledger_signer_state state = ledger_signer_state(ledger->signer);
	TRY(signature_check(job, ledger, &state));
	TRY(ledger_checkpoint_body(job, ledger->origin, size, &ledger->root, &body));
	TRY(ledger_checkpoint_join(job, body, &ledger->log, signature, &note));
	TRY(fs_write(job, path, note, 0644));
	ledger->published = size;
	return OK;
}

err
ledger_settle(struct job *job, struct ledger *ledger)
{
	struct arena_mark mark = arena_mark(job->arena);
	if (ledger->published < ledger_size(ledger)) {
		err got = publish(job, ledger);
		if (got.code != ERR_NONE)
			return err_prefix(job, got, "the entries up to %llu are stored, but not yet signed and published",
			    (unsigned long long)ledger_size(ledger) - 1);
	}
	err shown = ledger_view_forward(job, ledger, NULL, 0);
	if (shown.code != ERR_NONE)
		return err_prefix(job, shown, "the entries up to %llu are stored and signed, but the view cannot show them",
		    (unsigned long long)ledger_size(ledger) - 1);
	arena_rewind(job->arena, mark);
	return OK;
}

/* The checkpoint that stands in STORE/log: a beginning of what is stored, or nothing when there is none yet. */
static err
checkpoint_check(struct job *job, struct ledger *ledger)
{
	struct ledger_checkpoint checkpoint;
	unsigned others;
	const char *path;
	slice note;
	TRY(log_path(job, ledger, "checkpoint", &path));
	err got = fs_slurp(job, path, MAX_CHECKPOINT, &note);
	if (got.code == ERR_MISSING)
		return OK;
	TRY(got);
	got = ledger_checkpoint_read(job, note, &ledger->log, &checkpoint, &others);
	if (got.code != ERR_NONE) {
		(void)err_prefix(job, got, "%s", path);
		return (err){ERR_STORE};
	}
	if (checkpoint.size > ledger_size(ledger))
		return err_set(job, ERR_CONFLICT, "%s: the checkpoint is over %llu entries, the store holds %llu: entries were lost", path,
		    (unsigned long long)checkpoint.size, (unsigned long long)ledger_size(ledger));
	TRY(ledger_grow_open(job, ledger->store, checkpoint.size, ledger->next));
	struct digest root = ledger_frontier_root(&ledger->next->frontier);
	if (!digest_same(&root, &checkpoint.root))
		return err_set(job, ERR_STORE, "%s: the checkpoint over %llu entries has root %s, the store's entries have %s", path,
		    (unsigned long long)checkpoint.size, digest_text(&checkpoint.root).at, digest_text(&root).at);
	ledger->published = checkpoint.size;
	return OK;
}

/* A publication that was cut short leaves half-written files beside tiles and checkpoint; settling writes them anew. */
static err
leftovers_sweep(struct job *job, struct ledger *ledger)
{
	const char *dir;
	if (ledger->published == ledger_size(ledger))
		return OK;
	TRY(log_path(job, ledger, NULL, &dir));
	return ledger_tile_sweep(job, dir);
}

/* Opening */

/* An entry signed by a key that the first entry did not introduce would never verify: whose keys lie there is asked before anything is
 * made. */
static err
own_keys_check(struct job *job, struct ledger *ledger)
{
	const struct {
		const char *name;
		const struct ledger_key *key;
	} keys[] = {{"server.key", &ledger->server}, {"host.key", &ledger->host}};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
		bool row;
		TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT 1 FROM own WHERE key = ?1", false, &stmt));
		TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_D(&keys[i].key->id))));
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return err_set(job, ERR_DENIED,
			    "%s/%s: must be the key that this ledger's first entry introduced, found another: put the ledger's own key "
			    "back",
			    ledger->place.keys, keys[i].name);
	}
	return OK;
}

static err
received_last(struct job *job, void *to, const struct store_entry *entry)
{
	(void)job;
	*(int64_t *)to = entry->received_us;
	return OK;
}

static err
head_read(struct job *job, struct ledger *ledger)
{
	struct store_head head;
	TRY(store_head(job, ledger->store, &head));
	TRY(ledger_grow_open(job, ledger->store, head.size, ledger->grow));
	ledger->root = ledger_frontier_root(&ledger->grow->frontier);
	if (!digest_same(&ledger->root, &head.root))
		return err_set(job, ERR_STORE, "%s: the head over %llu entries has root %s, their hashes have %s", ledger->place.store,
		    (unsigned long long)head.size, digest_text(&head.root).at, digest_text(&ledger->root).at);
	if (head.size > 0)
		TRY(store_read(job, ledger->store, head.size - 1, head.size, received_last, &ledger->received_us));
	return OK;
}

static err
place_keep(struct ledger *ledger, const struct ledger_place *place)
{
	const char *const from[] = {
	    place->dir, place->store, place->keys, place->signer, place->etc, place->facts, place->cache, place->run};
	const char **to[] = {&ledger->place.dir, &ledger->place.store, &ledger->place.keys, &ledger->place.signer, &ledger->place.etc,
	    &ledger->place.facts, &ledger->place.cache, &ledger->place.run};
	for (size_t i = 0; i < sizeof to / sizeof *to; i++)
		if (from[i] != NULL)
			TRY(job_string(&ledger->own, slice_of(from[i]), to[i]));
	return OK;
}

static err
ledger_make(struct job *job, const struct ledger_place *place, struct ledger **ret)
{
	struct arena *arena = arena_open_wiped("ledger", LEDGER_MEMORY);
	struct ledger *ledger = arena != NULL ? arena_take(arena, sizeof *ledger) : NULL;
	if (ledger == NULL) {
		arena_close(arena);
		return err_set(job, ERR_LIMIT, "the system has no memory for a ledger");
	}
	ledger->arena = arena;
	job_init(&ledger->own, arena);
	*ret = ledger;
	TRY(NEW(&ledger->own, 1, &ledger->grow));
	TRY(NEW(&ledger->own, 1, &ledger->next));
	return place_keep(ledger, place);
}

static err
store_part_open(struct job *job, struct ledger *ledger)
{
	err got = store_open(job, ledger->place.store, LEDGER_WAIT_MS, &ledger->store);
	if (got.code == ERR_MISSING)
		return err_set(job, ERR_MISSING, "%s: there is no store; \"assay init\" makes one", ledger->place.store);
	TRY(got);
	return log_key_read(job, ledger);
}

static err
head_part_open(struct job *job, struct ledger *ledger)
{
	TRY(keys_read(job, ledger));
	TRY(ledger_rewrap_finish(job, ledger));
	return head_read(job, ledger);
}

/* The signer's process begins after the lock is taken, so that its state is read once, and before the other keys are, so that it never has
 * them. */
static err
parts_open(struct job *job, struct ledger *ledger)
{
	const char *key, *dir;
	TRY(store_part_open(job, ledger));
	TRY(key_path(job, &ledger->place, "log.key", &key));
	TRY(ledger_signer_open(job, ledger->place.signer, key, ledger->origin, &ledger->signer));
	TRY(head_part_open(job, ledger));
	TRY(log_path(job, ledger, NULL, &dir));
	TRY(fs_mkdirs(job, dir, 0700));
	TRY(checkpoint_check(job, ledger));
	TRY(leftovers_sweep(job, ledger));
	TRY(signer_check(job, ledger));
	return ledger_view_open(job, ledger);
}

err
ledger_open_store(struct job *job, const struct ledger_place *place, struct ledger **ret)
{
	struct ledger *ledger DEFER(ledger_close_at) = NULL;
	TRY(ledger_make(job, place, &ledger));
	TRY(store_part_open(job, ledger));
	TRY(head_part_open(job, ledger));
	*ret = ledger;
	ledger = NULL;
	return OK;
}

err
ledger_open(struct job *job, const struct ledger_place *place, struct ledger **ret)
{
	struct ledger *ledger DEFER(ledger_close_at) = NULL;
	struct arena_mark mark = arena_mark(job->arena);
	TRY(ledger_make(job, place, &ledger));
	TRY(parts_open(job, ledger));
	TRY(ledger_settle(job, ledger));
	TRY(ledger_erase_finish(job, ledger));
	if (ledger_size(ledger) == 0)
		TRY(introduce(job, ledger));
	TRY(own_keys_check(job, ledger));
	arena_rewind(job->arena, mark);
	*ret = ledger;
	ledger = NULL;
	return OK;
}

void
ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	ledger_view_close(ledger);
	ledger_signer_close(ledger->signer);
	store_close(ledger->store);
	ledger_key_close(&ledger->server);
	ledger_key_close(&ledger->host);
	arena_close(ledger->arena);
}

void
ledger_close_at(struct ledger **ledger)
{
	ledger_close(*ledger);
}

err
ledger_moment(struct job *job, struct ledger *ledger, int64_t as_of_us, struct ledger_moment *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	uint64_t low = 0, high = ledger_size(ledger);
	if (as_of_us == 0) {
		*ret = (struct ledger_moment){.size = high, .now_us = job_now(job)};
		return OK;
	}
	/* Received time never runs backwards, so the entries received by then are a beginning of all. */
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT received FROM entry WHERE idx = ?1", false, &stmt));
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		bool row;
		TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_I(middle))));
		TRY(ledger_sql_step(job, stmt, &row));
		if (!row)
			return err_set(job, ERR_STORE, "view: entry %llu must be there, found no such row", (unsigned long long)middle);
		if (ledger_sql_int(stmt, 0) <= as_of_us)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = (struct ledger_moment){.size = low, .now_us = as_of_us};
	return OK;
}

err
ledger_content(struct job *job, struct ledger *ledger, const struct digest *digest, slice *ret)
{
	sqlite3_stmt *stmt DEFER(ledger_sql_close_at) = NULL;
	struct store_content sealed;
	bool row;
	err got = store_content_get(job, ledger->store, digest, &sealed);
	if (got.code == ERR_NONE)
		return ledger_content_open(job, ledger->root_key, &sealed, ret, NULL);
	if (got.code != ERR_MISSING)
		return got;
	TRY(ledger_sql_open(job, ledger_db(ledger), "SELECT entry FROM erased WHERE digest = ?1", false, &stmt));
	TRY(ledger_sql_bind(job, stmt, SQL_WITH(SQL_D(digest))));
	TRY(ledger_sql_step(job, stmt, &row));
	if (row)
		return err_set(
		    job, ERR_MISSING, "content %s: erased by entry %lld", digest_text(digest).at, (long long)ledger_sql_int(stmt, 0));
	return err_set(job, ERR_MISSING, "content %s: was never here", digest_text(digest).at);
}
