/*
 * Proofs of one entry in the two forms that others read.
 * Deliberately does not: decide whose keys are trusted, or check what a bundle it reads claims beyond its form (ledger_verify.c does).
 */
#include "ledger/ledger_proof.h"

#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "ledger/ledger_dsse.h"
#include "ledger/ledger_inner.h"
#include "ledger/ledger_scan.h"

#define MAX_PROOF (128 * KIB)
#define MAX_BUNDLE (MIB)
#define MAX_LEAF 65535
#define MAX_CHECKPOINT (64 * KIB)
#define FIRST_LINE "c2sp.org/tlog-proof@v1\n"

err
ledger_proof_write(struct job *job, const struct ledger_proof *proof, slice *ret)
{
	struct buf buf = buf_open(job, "tlog-proof", MAX_PROOF);
	buf_add(&buf, S(FIRST_LINE "index "));
	buf_u64(&buf, proof->index);
	buf_byte(&buf, '\n');
	for (unsigned i = 0; i < proof->path.len; i++) {
		code_base64(&buf, proof->path.at[i].byte, sizeof proof->path.at[i].byte);
		buf_byte(&buf, '\n');
	}
	buf_byte(&buf, '\n');
	buf_add(&buf, proof->checkpoint);
	return buf_end(&buf, ret);
}

static err
path_add(struct job *job, slice text, struct ledger_path *path)
{
	slice bytes;
	if (path->len == LEDGER_TREE_MAX)
		return err_set(job, ERR_LIMIT, "tlog-proof: at most %d hashes", LEDGER_TREE_MAX);
	err got = code_unbase64(job, text, &bytes);
	if (got.code != ERR_NONE)
		return err_prefix(job, got, "tlog-proof");
	if (bytes.len != sizeof path->at[0].byte)
		return err_set(job, ERR_INPUT, "tlog-proof: RFC 6962: a hash has 32 bytes, found %zu", bytes.len);
	memcpy(path->at[path->len++].byte, bytes.at, bytes.len);
	return OK;
}

/* A decimal number as it is written: no leading zeros. */
static bool
plain_u64(slice text, uint64_t *ret)
{
	return slice_u64(text, ret) && (text.len == 1 || text.at[0] != '0');
}

err
ledger_proof_read(struct job *job, slice text, struct ledger_proof *ret)
{
	struct ledger_proof proof = {0};
	slice rest, line;
	if (text.len > MAX_PROOF)
		return err_set(job, ERR_LIMIT, "tlog-proof: at most %zu bytes, found %zu", (size_t)MAX_PROOF, text.len);
	if (!slice_starts(text, S(FIRST_LINE)))
		return err_set(job, ERR_INPUT, "tlog-proof: the first line must be c2sp.org/tlog-proof@v1");
	rest = slice_from(text, sizeof FIRST_LINE - 1);
	if (slice_starts(rest, S("extra ")))
		return err_set(job, ERR_INPUT, "tlog-proof: an \"extra\" line is signed by nobody; ours have none");
	if (!slice_cut(&rest, '\n', &line) || !slice_starts(line, S("index ")) || !plain_u64(slice_from(line, 6), &proof.index))
		return err_set(job, ERR_INPUT, "tlog-proof: expected \"index\" and a decimal number without leading zeros, found \"%.*s\"",
		    SLICE(slice_part(line, 0, 40)));
	for (;;) {
		if (!slice_cut(&rest, '\n', &line))
			return err_set(job, ERR_INPUT, "tlog-proof: expected an empty line and the checkpoint");
		if (line.len == 0)
			break;
		TRY(path_add(job, line, &proof.path));
	}
	if (rest.len == 0)
		return err_set(job, ERR_INPUT, "tlog-proof: expected the checkpoint after the empty line");
	proof.checkpoint = rest;
	*ret = proof;
	return OK;
}

err
ledger_proof_source(struct job *job, void *from, unsigned height, uint64_t index, struct digest *ret)
{
	struct store *store = from;
	unsigned level = height / 8, count = 1U << height % 8;
	struct digest hashes[128];
	if (level == 0)
		TRY(store_leaf_hashes(job, store, index * count, count, hashes));
	else
		TRY(store_nodes(job, store, level, index * count, count, hashes));
	for (; count > 1; count /= 2)
		for (unsigned i = 0; i < count / 2; i++)
			hashes[i] = ledger_tree_node(&hashes[2 * i], &hashes[2 * i + 1]);
	*ret = hashes[0];
	return OK;
}

err
ledger_proof_make(
    struct job *job, struct store *store, const struct ledger_checkpoint *checkpoint, uint64_t index, struct ledger_proof *ret)
{
	struct ledger_proof proof = {.index = index, .checkpoint = checkpoint->text};
	if (index >= checkpoint->size)
		return err_set(job, ERR_MISSING, "entry %llu: the ledger has %llu entries under its checkpoint", (unsigned long long)index,
		    (unsigned long long)checkpoint->size);
	TRY(ledger_tree_inclusion(job, index, checkpoint->size, ledger_proof_source, store, &proof.path));
	*ret = proof;
	return OK;
}

static void
add_base64(struct buf *buf, const char *before, const void *at, size_t len)
{
	buf_text(buf, before);
	code_base64(buf, at, len);
	buf_byte(buf, '"');
}

/* The transparency log's part: protobuf's JSON of rekor.v1.TransparencyLogEntry, 64-bit numbers as strings. */
static void
add_tlog_entry(struct buf *buf, const struct ledger_note_key *log, const struct ledger_sigstore *bundle)
{
	const struct ledger_path *path = &bundle->proof.path;
	buf_printf(buf, "{\"logIndex\":\"%llu\",\"logId\":{", (unsigned long long)bundle->proof.index);
	add_base64(buf, "\"keyId\":\"", log->full_hash.byte, sizeof log->full_hash.byte);
	buf_printf(buf,
	    "},\"kindVersion\":{\"kind\":\"hashedrekord\",\"version\":\"0.0.2\"},\"integratedTime\":\"0\",\"inclusionProof\":{\"logIndex\":"
	    "\"%llu\",",
	    (unsigned long long)bundle->proof.index);
	add_base64(buf, "\"rootHash\":\"", bundle->root.byte, sizeof bundle->root.byte);
	buf_printf(buf, ",\"treeSize\":\"%llu\",\"hashes\":[", (unsigned long long)bundle->size);
	for (unsigned i = 0; i < path->len; i++)
		add_base64(buf, i > 0 ? ",\"" : "\"", path->at[i].byte, sizeof path->at[i].byte);
	buf_text(buf, "],\"checkpoint\":{\"envelope\":");
	text_json(buf, bundle->proof.checkpoint);
	add_base64(buf, "}},\"canonicalizedBody\":\"", bundle->leaf.at, bundle->leaf.len);
	buf_byte(buf, '}');
}

#define BUNDLE_HEAD "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":{\"publicKey\":{\"hint\":\""
#define BUNDLE_LOG "\"},\"tlogEntries\":["
#define BUNDLE_ENVELOPE "]},\"dsseEnvelope\":"

err
ledger_sigstore_write(struct job *job, const struct ledger_note_key *log, const struct ledger_sigstore *bundle, slice *ret)
{
	struct buf buf = buf_open(job, "bundle", MAX_BUNDLE);
	struct ledger_dsse dsse;
	TRY(ledger_dsse_read(job, bundle->envelope, &dsse));
	buf_text(&buf, BUNDLE_HEAD);
	buf_add(&buf, dsse.keyid);
	buf_text(&buf, BUNDLE_LOG);
	add_tlog_entry(&buf, log, bundle);
	buf_text(&buf, BUNDLE_ENVELOPE);
	buf_add(&buf, bundle->envelope);
	buf_text(&buf, "}\n");
	return buf_end(&buf, ret);
}

static void
scan_number(struct ledger_scan *scan, uint64_t *ret)
{
	if (!plain_u64(ledger_scan_until(scan, '"'), ret))
		ledger_scan_fail(scan, "expected a decimal number without leading zeros");
}

static void
scan_digest(struct ledger_scan *scan, struct digest *ret)
{
	slice bytes = ledger_scan_base64(scan, sizeof ret->byte);
	if (bytes.len != sizeof ret->byte)
		ledger_scan_fail(scan, "a SHA-256 has 32 bytes");
	else
		memcpy(ret->byte, bytes.at, bytes.len);
}

/* The checkpoint inside a bundle: JSON that escapes newlines only (a name of ours has nothing else to escape). */
static void
scan_checkpoint(struct ledger_scan *scan, slice *ret)
{
	slice text = ledger_scan_until(scan, '"');
	struct buf buf = buf_open(scan->job, "checkpoint", MAX_CHECKPOINT);
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] != '\\')
			buf_byte(&buf, text.at[i]);
		else if (++i < text.len && text.at[i] == 'n')
			buf_byte(&buf, '\n');
		else
			ledger_scan_fail(scan, "a checkpoint has no escapes but those of newlines");
	err got = buf_end(&buf, ret);
	if (ledger_scan_good(scan))
		scan->failed = got;
}

static void
scan_tlog_entry(struct ledger_scan *scan, struct ledger_sigstore *bundle)
{
	struct digest log_id;
	uint64_t index;
	ledger_scan_want(scan, S("{\"logIndex\":\""));
	scan_number(scan, &bundle->proof.index);
	ledger_scan_want(scan, S(",\"logId\":{\"keyId\":\""));
	scan_digest(scan, &log_id);
	ledger_scan_want(scan, S("},\"kindVersion\":{\"kind\":\"hashedrekord\",\"version\":\"0.0.2\"},\"integratedTime\":\"0\","
				 "\"inclusionProof\":{\"logIndex\":\""));
	scan_number(scan, &index);
	ledger_scan_want(scan, S(",\"rootHash\":\""));
	scan_digest(scan, &bundle->root);
	ledger_scan_want(scan, S(",\"treeSize\":\""));
	scan_number(scan, &bundle->size);
	ledger_scan_want(scan, S(",\"hashes\":["));
	struct ledger_path *path = &bundle->proof.path;
	while (ledger_scan_good(scan) && ledger_scan_maybe(scan, path->len > 0 ? S(",\"") : S("\""))) {
		if (path->len == LEDGER_TREE_MAX)
			ledger_scan_fail(scan, "at most 64 hashes");
		else
			scan_digest(scan, &path->at[path->len++]);
	}
	ledger_scan_want(scan, S("],\"checkpoint\":{\"envelope\":\""));
	scan_checkpoint(scan, &bundle->proof.checkpoint);
	ledger_scan_want(scan, S("}},\"canonicalizedBody\":\""));
	bundle->leaf = ledger_scan_base64(scan, MAX_LEAF);
	ledger_scan_want(scan, S("}"));
}

err
ledger_sigstore_read(struct job *job, const struct ledger_note_key *log, slice text, struct ledger_sigstore *ret)
{
	struct ledger_sigstore bundle = {0};
	struct ledger_checkpoint checkpoint;
	struct ledger_scan scan = ledger_scan_open(job, "bundle", text, MAX_BUNDLE);
	slice again;
	ledger_scan_want(&scan, S(BUNDLE_HEAD));
	(void)ledger_scan_until(&scan, '"');
	ledger_scan_want(&scan, slice_from(S(BUNDLE_LOG), 1));
	scan_tlog_entry(&scan, &bundle);
	ledger_scan_want(&scan, S(BUNDLE_ENVELOPE));
	if (!ledger_scan_good(&scan))
		return scan.failed;
	if (!slice_ends(text, S("}\n")) || text.len - scan.at < 2)
		return err_set(job, ERR_INPUT, "bundle: the text must end with the envelope, a brace and a newline");
	bundle.envelope = slice_part(text, scan.at, text.len - scan.at - 2);
	TRY(ledger_checkpoint_read(job, bundle.proof.checkpoint, log, &checkpoint, NULL));
	if (checkpoint.size != bundle.size || !digest_same(&checkpoint.root, &bundle.root))
		return err_set(job, ERR_INPUT, "bundle: treeSize and rootHash must be those of its checkpoint");
	TRY(ledger_sigstore_write(job, log, &bundle, &again));
	if (!slice_same(text, again))
		return err_set(job, ERR_INPUT, "bundle: canonical form: hint, log id or an index is not what the rest of the bundle gives");
	*ret = bundle;
	return OK;
}

err
ledger_sigstore_root(struct job *job, const struct ledger_note_key *log, slice *ret)
{
	/* SubjectPublicKeyInfo of an Ed25519 key, RFC 8410 section 4: what stands before the 32 bytes. */
	uint8_t spki[44] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
	struct buf buf = buf_open(job, "trusted root", MAX_PROOF);
	memcpy(spki + 12, log->key, sizeof log->key);
	buf_text(&buf, "{\"mediaType\":\"application/vnd.dev.sigstore.trustedroot+json;version=0.1\",\"tlogs\":[{\"baseUrl\":");
	struct buf url = buf_open(job, "trusted root", 1024);
	slice text;
	buf_text(&url, "https://");
	buf_add(&url, log->name);
	TRY(buf_end(&url, &text));
	text_json(&buf, text);
	add_base64(&buf, ",\"hashAlgorithm\":\"SHA2_256\",\"publicKey\":{\"rawBytes\":\"", spki, sizeof spki);
	buf_text(&buf, ",\"keyDetails\":\"PKIX_ED25519\",\"validFor\":{\"start\":\"1970-01-01T00:00:00Z\"}},\"logId\":{");
	add_base64(&buf, "\"keyId\":\"", log->full_hash.byte, sizeof log->full_hash.byte);
	buf_text(&buf, "}}],\"certificateAuthorities\":[],\"ctlogs\":[],\"timestampAuthorities\":[]}\n");
	return buf_end(&buf, ret);
}

/* The published checkpoint of an open ledger. */
static err
published(struct job *job, struct ledger *ledger, struct ledger_checkpoint *ret)
{
	slice path, text;
	TRY(job_format(job, &path, "%s/log/checkpoint", ledger->place.store));
	TRY(fs_slurp(job, path.at, MAX_CHECKPOINT, &text));
	return ledger_checkpoint_read(job, text, &ledger->log, ret, NULL);
}

err
ledger_proof(struct job *job, struct ledger *ledger, uint64_t index, slice *ret)
{
	struct ledger_checkpoint checkpoint;
	struct ledger_proof proof;
	TRY(published(job, ledger, &checkpoint));
	TRY(ledger_proof_make(job, ledger->store, &checkpoint, index, &proof));
	return ledger_proof_write(job, &proof, ret);
}

/* Keep what a visit shows only during the call. */
static err
keep_entry(struct job *job, void *to, const struct store_entry *entry)
{
	struct ledger_sigstore *bundle = to;
	TRY(job_copy(job, entry->leaf, &bundle->leaf));
	return job_copy(job, entry->envelope, &bundle->envelope);
}

err
ledger_sigstore_bundle(struct job *job, struct ledger *ledger, uint64_t index, slice *ret)
{
	struct ledger_checkpoint checkpoint;
	struct ledger_sigstore bundle = {0};
	TRY(published(job, ledger, &checkpoint));
	TRY(ledger_proof_make(job, ledger->store, &checkpoint, index, &bundle.proof));
	TRY(store_read(job, ledger->store, index, index + 1, keep_entry, &bundle));
	bundle.size = checkpoint.size;
	bundle.root = checkpoint.root;
	return ledger_sigstore_write(job, &ledger->log, &bundle, ret);
}
