/*
 * Errors: a type of their own that cannot be mistaken for a number, and one sentence.
 * Nothing here knows what an error is about; the sentence is written where the fault is found.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#if defined(__clang__)
#define MUST_USE_TYPE __attribute__((warn_unused_result))
#else
#define MUST_USE_TYPE
#endif

enum err_code {
	ERR_NONE,
	ERR_INPUT,    /* what we were given breaks a rule */
	ERR_DENIED,   /* not permitted */
	ERR_MISSING,  /* not there */
	ERR_CONFLICT, /* somebody else was first, or two truths disagree */
	ERR_LIMIT,    /* larger, deeper or longer than declared */
	ERR_BUSY,     /* held by another process */
	ERR_IO,       /* the operating system refused */
	ERR_STORE,    /* the store is damaged or stopped */
	ERR_BUG,      /* our own fault */
};

typedef struct MUST_USE_TYPE err {
	enum err_code code;
} err;

#define OK ((err){ERR_NONE})

/* Return the failure of ${call} to our own caller. One of the two control-flow macros of the tree. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		err try_ = (call);                                                                 \
		if (try_.code != ERR_NONE)                                                         \
			return try_;                                                               \
	} while (0)

/* Run ${clean}(&variable) when the variable leaves its scope. The other one. */
#define DEFER(clean) __attribute__((cleanup(clean)))

#endif
