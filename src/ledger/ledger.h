/*
 * The ledger: everything assay knows is an entry here. This header is the room's only public one: places, opening, appending, and reading what the
 * view says at a moment. Formats: in-toto Statement v1 in DSSE (P-256), Rekor v2 hashedrekord 0.0.2 leaves, C2SP tlog-tiles, signed-note checkpoints.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/code.h"
#include "base/instant.h"
#include "base/job.h"
#include "base/table.h"

struct ledger;

/* Where things live: DIR/{store,keys,signer,etc,facts.d,cache}; only store is backed up. */
struct ledger_place {
	const char *dir;
	const char *store;  /* DIR/store */
	const char *keys;   /* --keys: root key, log key, server key, host key; never inside store */
	const char *signer; /* --signer: the signer's own (size, root) state */
	const char *etc;    /* organisation's content overlay, etc/source */
	const char *facts;  /* facts.d */
	const char *cache;
	const char *run;    /* $ASSAY_RUN: where the view may live, or NULL */
};
/* Fill a place from ${dir} and the overrides (NULL = default). */
err ledger_place_of(struct job *job, const char *dir, const char *keys, const char *signer, const char *run, struct ledger_place *ret);
/* The DIR to use: ${given}, $ASSAY_DIR, ./var if it holds a store, /var/lib/assay. */
err ledger_place_find(struct job *job, const char *given, const char **ret_dir);

/* Make keys, store, signer state and the first entries (the server's and this host's keys). ERR_CONFLICT when there is a store. */
err ledger_init(struct job *job, const struct ledger_place *place);

/*
 * Open: lock the store (5 s, then ERR_BUSY), read keys (refused when others may read them), finish what a crash left (sign, publish, erase), and bring
 * the view to the head. ERR_MISSING: no store there ("run assay init").
 */
err ledger_open(struct job *job, const struct ledger_place *place, struct ledger **ret);
void ledger_close(struct ledger *ledger);
void ledger_close_at(struct ledger **ledger);

enum ledger_kind {
	LEDGER_EVIDENCE,
	LEDGER_RUN,      /* a check run */
	LEDGER_DECISION, /* an attestation, an exception: a person says so */
	LEDGER_CHANGE,
	LEDGER_GRANT,
	LEDGER_CONTENT,  /* a content set in use */
	LEDGER_HOST,     /* accepted, retired */
	LEDGER_ERASURE,
	LEDGER_ADOPT,
	LEDGER_RECEIPT,  /* entries that came from elsewhere, and when */
};
extern const char *const ledger_kind_words[]; /* "evidence", "run", …, NULL */

/* One subject of an entry: a name (a table, "run", "person", …) and content; or only the digest of content that is there already. */
struct ledger_subject {
	slice name;
	slice content;
	bool known;           /* cite ${digest}; content is not given */
	struct digest digest; /* known: in; else filled by ledger_append() */
};

struct ledger_draft {
	enum ledger_kind kind;
	slice host;      /* host id, or empty */
	int64_t from_us; /* the period it is about */
	int64_t to_us;
	struct ledger_subject *subjects;
	size_t subjects_len;
	bool by_host;    /* signed with this host's key; else by the server on behalf of job->actor */
};

struct ledger_receipt {
	uint64_t index;
	int64_t received_us;
	struct digest statement;
	bool was_there; /* the same statement was stored before: nothing was added */
};

/*
 * Append ${len} drafts (batches of at most 256 in one transaction each), sign the new checkpoint, publish tiles, bring the view forward. Durable when it returns.
 * A sentence that begins "the entries up to n are stored" says that they are durable and only what follows failed: the next opening goes on, appending again would
 * say it twice. ERR_DENIED: this machine's own host is retired, nothing was kept.
 */
err ledger_append(struct job *job, struct ledger *ledger, struct ledger_draft *drafts, size_t len, struct ledger_receipt *ret);

/* The content with ${digest}, opened and checked. ERR_MISSING: "erased by entry n" or never here. */
err ledger_content(struct job *job, struct ledger *ledger, const struct digest *digest, slice *ret);

/* This machine's host id (hex, from its key), and the server's name for messages. */
slice ledger_host_id(const struct ledger *ledger);
slice ledger_origin(const struct ledger *ledger);
uint64_t ledger_size(const struct ledger *ledger);
const struct ledger_place *ledger_place(const struct ledger *ledger);

/*
 * Moments. Everything below is asked "as of" a moment: the entries received by then. ledger_moment() turns an instant into one;
 * 0 means now. .now_us is what :now is in content's questions.
 */
struct ledger_moment {
	uint64_t size;  /* entries 0 … size-1 */
	int64_t now_us;
};
err ledger_moment(struct job *job, struct ledger *ledger, int64_t as_of_us, struct ledger_moment *ret);

enum ledger_host_state { LEDGER_HOST_PENDING, LEDGER_HOST_ACCEPTED, LEDGER_HOST_RETIRED };
struct ledger_host {
	slice id;
	slice name;        /* as it was accepted */
	slice fingerprint; /* SHA256:… of its key */
	enum ledger_host_state state;
	int64_t first_seen_us;
	int64_t last_seen_us; /* newest collection's end */
};
err ledger_hosts(struct job *job, struct ledger *ledger, struct ledger_moment at, struct ledger_host **ret, size_t *ret_len);

/* The newest reading of each table of ${host} (or of one table when ${table} is not empty). */
struct ledger_reading {
	slice host;
	slice table;
	enum reading_state state;
	slice reason;
	uint64_t rows;
	struct digest digest;
	uint64_t entry;        /* newest entry that cites it */
	int64_t collected_us;  /* end of that entry's period */
	uint64_t changed_entry; /* entry since when it has this content */
};
err ledger_readings(struct job *job, struct ledger *ledger, struct ledger_moment at, slice host, slice table, struct ledger_reading **ret, size_t *ret_len);

/* Check results, findings, runs. */
enum ledger_verdict { LEDGER_PASS, LEDGER_FAIL, LEDGER_NOT_APPLICABLE, LEDGER_COULD_NOT_LOOK };
extern const char *const ledger_verdict_words[]; /* "pass", "fail", "not-applicable", "could-not-look", NULL */

struct ledger_result {
	slice host;
	slice check;
	enum ledger_verdict verdict;
	slice reason;       /* for could-not-look */
	int64_t since_us;   /* this verdict has stood since the run then */
	int64_t asked_us;   /* newest run that asked */
	uint64_t entry;     /* that run */
	struct digest content; /* the content set it was asked with */
};
/* Of every host (or one when ${host} is not empty), every check (or one); retired hosts left out. */
err ledger_results(struct job *job, struct ledger *ledger, struct ledger_moment at, slice host, slice check, struct ledger_result **ret, size_t *ret_len);
/* Every change of ${check}'s verdict on ${host} up to the moment, oldest first: for since and history. ${check} may be empty: all. */
err ledger_result_history(struct job *job, struct ledger *ledger, struct ledger_moment at, slice host, slice check, struct ledger_result **ret, size_t *ret_len);

enum ledger_finding_state { LEDGER_FINDING_OPEN, LEDGER_FINDING_GONE, LEDGER_FINDING_RETIRED };
struct ledger_finding {
	slice id;       /* 12 hex digits of SHA-256(check, host, key) */
	slice check;
	slice host;
	slice severity; /* critical high medium low info */
	slice says;     /* person tokens inside are written as {person:TOKEN}; ledger_person_show() resolves them at display */
	slice key;      /* JSON array of the key's values */
	slice row;      /* JSON object of the offending row */
	enum ledger_finding_state state;
	int64_t first_seen_us;
	int64_t ended_us; /* gone or retired */
	uint64_t entry;   /* run that found it */
	uint64_t ended_entry;
};
enum { LEDGER_FINDINGS_OPEN = 1, LEDGER_FINDINGS_ENDED = 2 };
err ledger_findings(struct job *job, struct ledger *ledger, struct ledger_moment at, unsigned which, slice check, slice host, struct ledger_finding **ret, size_t *ret_len);
/* By id or a unique prefix of at least 4 digits: ERR_MISSING, ERR_CONFLICT (ambiguous). */
err ledger_finding(struct job *job, struct ledger *ledger, struct ledger_moment at, slice id, struct ledger_finding *ret);

/* What a check run says: recorded by the check room, read by all. Writing it gives one entry (and nothing when the host is not accepted). */
struct ledger_run {
	slice host;
	int64_t at_us;          /* :now of the questions */
	struct digest content;  /* content set */
	const struct ledger_result *results; /* host, check, verdict, reason */
	size_t results_len;
	const struct ledger_finding *findings; /* all that are open now: id check host severity says key row; new and gone are worked out here */
	size_t findings_len;
	bool partial;           /* only the checks in results were asked: findings of others stay */
	bool records;           /* registers were asked: host is a service's record, not a machine */
};
struct ledger_run_change {
	size_t found;
	size_t gone;
	size_t still;
	struct ledger_receipt receipt;
};
err ledger_run_append(struct job *job, struct ledger *ledger, const struct ledger_run *run, struct ledger_run_change *ret);

struct ledger_run_row { /* for change over time */
	uint64_t entry;
	slice host;
	int64_t at_us;
	size_t passed, failed, not_applicable, could_not_look;
	size_t found, gone, open;
};
err ledger_runs(struct job *job, struct ledger *ledger, struct ledger_moment at, size_t newest, struct ledger_run_row **ret, size_t *ret_len);

/* Attestations: a named person says so until a date. */
struct ledger_attestation {
	slice part;      /* REQUIREMENT.part */
	slice says;
	slice by;        /* person token */
	int64_t made_us;
	int64_t until_us;
	bool has_file;
	struct digest file;
	slice file_name;
	uint64_t entry;
};
err ledger_attest(struct job *job, struct ledger *ledger, slice part, slice says, int64_t until_us, slice file_name, slice file, struct ledger_receipt *ret);
/* All there ever were up to the moment, oldest first, of ${part} (empty = all). The newest of a part is the one in force. */
err ledger_attestations(struct job *job, struct ledger *ledger, struct ledger_moment at, slice part, struct ledger_attestation **ret, size_t *ret_len);

/* Persons: one random token per account and host (host empty: a person of this organisation), the name kept as erasable content. */
err ledger_person_token(struct job *job, struct ledger *ledger, slice host, slice name, slice *ret_token);
/* The same for many names, no two alike; those that are new become entries together. ${ret_tokens}[len] is filled. */
err ledger_person_tokens(struct job *job, struct ledger *ledger, slice host, const slice *names, size_t len, slice *ret_tokens);
/* The token there is already; false when nobody of that name is known. Nothing is appended. */
err ledger_person_find(struct job *job, struct ledger *ledger, slice host, slice name, bool *ret_found, slice *ret_token);
/* A word that stands for a name where neither name nor token may: "person-" and 12 hex digits of a keyed hash, the same for the same name; nothing is appended. */
err ledger_person_mark(struct job *job, const struct ledger *ledger, slice name, slice *ret);
/* Replace {person:TOKEN} in ${says} by the name, or by "erased person" / the token when it cannot be opened. */
err ledger_person_show(struct job *job, struct ledger *ledger, slice says, slice *ret);

/* Content sets: record ${pack} (the set's bytes) as in use when ${digest} is not the newest one; ${ret_entry} is its entry. */
err ledger_content_set(struct job *job, struct ledger *ledger, const struct digest *digest, slice pack, uint64_t *ret_entry);
/* The set that was in use at the moment, as it was given to ledger_content_set(); false when none was yet. */
err ledger_content_set_at(struct job *job, struct ledger *ledger, struct ledger_moment at, bool *ret_found, slice *ret_pack);

/* Hosts and bundles. */
/* Take in a bundle made elsewhere (strict, whole or nothing). An unknown host is ERR_DENIED naming its fingerprint and the accept command. */
err ledger_bundle_take(struct job *job, struct ledger *ledger, slice bundle, struct ledger_receipt *ret);
/* Make a bundle on a machine without a store: ${key_path} is made when missing (0600). */
err ledger_bundle_make(struct job *job, const char *key_path, slice host_name, const struct ledger_draft *draft, slice *ret);
err ledger_host_accept(struct job *job, struct ledger *ledger, slice fingerprint_or_bundle, slice name, struct ledger_receipt *ret);
/* Retire: its open findings end as retired, not as fixed. */
err ledger_host_retire(struct job *job, struct ledger *ledger, slice host, slice why, struct ledger_receipt *ret);

/* Entries, for show and query. */
struct ledger_entry {
	uint64_t index;
	enum ledger_kind kind;
	slice host;
	slice by;          /* person token or empty */
	int64_t from_us, to_us, made_us, received_us;
	struct digest statement;
	slice envelope;    /* the DSSE envelope's bytes */
	slice leaf;
	struct ledger_subject *subjects; /* name, digest; ${known} = content is still here */
	size_t subjects_len;
};
err ledger_entry(struct job *job, struct ledger *ledger, uint64_t index, struct ledger_entry *ret);
err ledger_entries(struct job *job, struct ledger *ledger, struct ledger_moment at, uint64_t newest, struct ledger_entry **ret, size_t *ret_len);

/* Checking, giving out, erasing. */
struct ledger_verify_options {
	bool signatures;     /* every entry's P-256 signature too */
	bool contents;       /* every content's digest */
	const char *against; /* a checkpoint file we trust (an older one): ours must extend it; or NULL */
	unsigned threads;    /* 0 = all cores */
};
struct ledger_verify_result {
	uint64_t size;
	struct digest root;
	uint64_t contents, erased;
	bool witnessed;      /* at least one outside cosignature */
};
/* The whole ledger below ${place}, or an export's folder ${export_dir} when not NULL. ERR_STORE names entry and rule of the first fault found. */
err ledger_verify(struct job *job, const struct ledger_place *place, const char *export_dir, const struct ledger_verify_options *options, struct ledger_verify_result *ret);
/* A C2SP tlog-proof, and a Sigstore bundle v0.3, of entry ${index}. */
err ledger_proof(struct job *job, struct ledger *ledger, uint64_t index, slice *ret);
err ledger_sigstore_bundle(struct job *job, struct ledger *ledger, uint64_t index, slice *ret);
/* A static tree for an auditor: tiles, checkpoint, bundles, trusted root, keys, README with the commands. ${dir} must not exist. */
err ledger_export(struct job *job, struct ledger *ledger, const char *dir);
/* Let a signer without state go on from the current head; says what was lost in an adopt entry. */
err ledger_adopt(struct job *job, const struct ledger_place *place, slice why);
/* Erase contents: append the entry, destroy key and file, purge view, search and snapshots. ${digests} that are not there are ERR_MISSING before anything happens. */
err ledger_erase(struct job *job, struct ledger *ledger, const struct digest *digests, size_t len, slice why, struct ledger_receipt *ret);
/*
 * The contents of ${table}, of every host, that are still here though every collection that cites them ended before ${before_us}: for what must not
 * be kept longer (raw tables with personal columns, 90 days). Give them to ledger_erase().
 */
err ledger_contents_before(struct job *job, struct ledger *ledger, slice table, int64_t before_us, struct digest **ret, size_t *ret_len);
/* New root key, every surviving content key wrapped again. */
err ledger_rewrap(struct job *job, struct ledger *ledger, size_t *ret_count);
struct ledger_erasure_state {
	size_t erased;          /* contents erased */
	int64_t rewrap_due_us;  /* 0 = not due: nothing erased since the last re-wrap */
};
err ledger_erasure_state(struct job *job, struct ledger *ledger, struct ledger_erasure_state *ret);

/* Rebuild the view from signed bytes. compare: into a second view, and name every row that differs, one line each, through ${line} (nothing is changed). */
typedef err (*ledger_line)(struct job *job, void *to, slice text);
err ledger_rebuild(struct job *job, struct ledger *ledger, bool compare, ledger_line line, void *line_to, uint64_t *ret_entries, uint64_t *ret_differences);

/* What an administrator should know: plain sentences ("no outside witness: an administrator's rollback cannot be detected", "swap is not encrypted"). */
err ledger_warnings(struct job *job, struct ledger *ledger, slice **ret, size_t *ret_len);

/* The ledger's own tables for assay query, as rows at the moment: entry, host, reading, finding, run, attestation. Name one; ERR_MISSING otherwise. */
err ledger_table_names(const char *const **ret);
/* What one looks like, or NULL. */
const struct table *ledger_table_shape(slice name);
err ledger_table(struct job *job, struct ledger *ledger, struct ledger_moment at, slice name, struct rows *ret);

#endif
