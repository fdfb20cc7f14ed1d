/*
 * Hands that check many things at once: each its own thread, memory and sentence.
 * Deliberately does not: touch the store, whose one connection stays with the thread that opened it.
 */
#include "ledger/ledger_verify_pool.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define HAND_MEMORY ((size_t)2 << 30) /* a ceiling, not a need: a thousand entries of the largest size */

struct ledger_verify_pool {
	struct ledger_verify_hand *hands;
	unsigned len;
	ledger_verify_work work;
	void *to;
	size_t total;
};

err
ledger_verify_pool_open(struct job *job, unsigned threads, struct ledger_verify_pool **ret)
{
	struct ledger_verify_pool *pool;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	TRY(NEW(job, 1, &pool));
	pool->len = threads > 0 ? threads : cores > 0 ? (unsigned)cores : 1;
	if (pool->len > LEDGER_VERIFY_MAX_HANDS)
		pool->len = LEDGER_VERIFY_MAX_HANDS;
	TRY(NEW(job, pool->len, &pool->hands));
	for (unsigned i = 0; i < pool->len; i++) {
		pool->hands[i].arena = arena_open("verify", HAND_MEMORY);
		if (pool->hands[i].arena == NULL) {
			ledger_verify_pool_close(pool);
			return err_set(job, ERR_LIMIT, "verify: the system has no memory for %u threads", pool->len);
		}
	}
	*ret = pool;
	return OK;
}

static void
key_forget(struct ledger_verify_hand *hand, size_t at)
{
	EVP_PKEY_CTX_free(hand->checkers[at]);
	ledger_key_close(&hand->keys[at]);
}

void
ledger_verify_pool_close(struct ledger_verify_pool *pool)
{
	if (pool == NULL)
		return;
	for (unsigned i = 0; i < pool->len; i++) {
		for (size_t key = 0; key < pool->hands[i].keys_len; key++)
			key_forget(&pool->hands[i], key);
		arena_close(pool->hands[i].arena);
	}
	pool->len = 0;
}

void
ledger_verify_pool_close_at(struct ledger_verify_pool **pool)
{
	ledger_verify_pool_close(*pool);
}

struct share {
	struct ledger_verify_pool *pool;
	unsigned number;
};

static void *
hand_run(void *at)
{
	const struct share *share = at;
	struct ledger_verify_pool *pool = share->pool;
	struct ledger_verify_hand *hand = &pool->hands[share->number];
	size_t from = pool->total * share->number / pool->len, to = pool->total * (share->number + 1) / pool->len;
	for (size_t i = from; i < to && hand->got.code == ERR_NONE; i++) {
		hand->got = pool->work(hand, pool->to, i);
		hand->fault = i;
	}
	return NULL;
}

err
ledger_verify_pool_run(struct job *job, struct ledger_verify_pool *pool, ledger_verify_work work, void *to, size_t len)
{
	struct share shares[LEDGER_VERIFY_MAX_HANDS];
	pthread_t threads[LEDGER_VERIFY_MAX_HANDS];
	bool runs[LEDGER_VERIFY_MAX_HANDS] = {false};
	pool->work = work;
	pool->to = to;
	pool->total = len;
	for (unsigned i = 0; i < pool->len; i++) {
		arena_reset(pool->hands[i].arena);
		job_init(&pool->hands[i].job, pool->hands[i].arena);
		pool->hands[i].got = OK;
		shares[i] = (struct share){pool, i};
	}
	for (unsigned i = 1; i < pool->len; i++)
		runs[i] = pthread_create(&threads[i], NULL, hand_run, &shares[i]) == 0;
	for (unsigned i = 0; i < pool->len; i++)
		if (!runs[i]) /* the first share, and those for which there was no thread */
			hand_run(&shares[i]);
	for (unsigned i = 1; i < pool->len; i++)
		if (runs[i])
			pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < pool->len; i++)
		if (pool->hands[i].got.code != ERR_NONE) {
			memcpy(job->why, pool->hands[i].job.why, sizeof job->why);
			return pool->hands[i].got;
		}
	return OK;
}

err
ledger_verify_hand_key(struct ledger_verify_hand *hand, slice spki, EVP_PKEY_CTX **ret)
{
	size_t most = sizeof hand->keys / sizeof hand->keys[0];
	for (size_t i = hand->keys_len; i > 0; i--)
		if (slice_same(slice_bytes(hand->keys[i - 1].spki, hand->keys[i - 1].spki_len), spki)) {
			*ret = hand->checkers[i - 1];
			return OK;
		}
	struct ledger_key key;
	TRY(ledger_key_of_spki(&hand->job, spki, &key));
	EVP_PKEY_CTX *checker = ledger_key_checker(&key);
	if (checker == NULL) {
		ledger_key_close(&key);
		return err_set(&hand->job, ERR_LIMIT, "verify: OpenSSL has no memory for a key");
	}
	if (hand->keys_len == most) {
		key_forget(hand, 0);
		memmove(&hand->keys[0], &hand->keys[1], (most - 1) * sizeof hand->keys[0]);
		memmove(&hand->checkers[0], &hand->checkers[1], (most - 1) * sizeof(EVP_PKEY_CTX *));
		hand->keys_len--;
	}
	hand->keys[hand->keys_len] = key;
	hand->checkers[hand->keys_len++] = checker;
	*ret = checker;
	return OK;
}
