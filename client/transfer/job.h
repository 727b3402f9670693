#ifndef CLIENT_TRANSFER_JOB_H
#define CLIENT_TRANSFER_JOB_H

/* A job: one file, folder or piece of a file that is to be fetched. Its stage
 * says what it asks the server next, and changes in transfer/job_stages.c
 * alone. The lock of its queue (transfer/job_queue.h) guards all fields but an
 * output's bytes, which belong to the thread that receives them. */

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/store/output.h"
#include "client/transfer/listed_names.h"
#include "client/transfer/origin.h"
#include "client/transfer/shares.h"
#include "client/ui/sha256sum.h"
#include "client/ui/tally.h"
#include "common/protocol.h"

struct local_names;
struct tree_folder;
struct pieces;

enum job_kind {
	JOB_KIND_FILE,
	JOB_KIND_FOLDER, /* with -r also a name not known to be a file yet */
	JOB_KIND_PIECE,
};

/* The question that a job asks next. */
enum job_stage {
	JOB_START,	/* none yet: the files here decide which */
	JOB_LIST,	/* a page of a folder, and before the first, its STAT */
	JOB_STAT,	/* the file's state */
	JOB_FETCH,	/* the whole file */
	JOB_PROVE,	/* the digest of the part that is here */
	JOB_CONTINUE,	/* the bytes behind the proved part */
	JOB_LOOK_AGAIN, /* the state, when all bytes are here */
	JOB_SNAPSHOT,	/* the digest of all bytes, by the file's id alone */
	JOB_WHOLE_PROOF, /* digests of all bytes, by the content version */
	JOB_SPLIT,	 /* none: jobs for its pieces ask instead */
	JOB_PIECE,	 /* the bytes of a piece */
	JOB_PIECE_PROOF, /* the digest of a piece that is here */
	JOB_PIECE_LOOK,	 /* the file's state, when all pieces are here */
	JOB_PIECE_REUSE, /* the digest of a piece that an older copy may have */
	JOB_PIECE_WHOLE, /* digests of all bytes, when all pieces are here */
	JOB_STAGES
};

/* The forms of a request's token, in the order in which they are tried: each
 * asks for less. */
enum job_form {
	JOB_FORM_CONTENT, /* any file with this content version */
	/* This file in this state; pieces alone ask like this, of a server that
	 * knows no content versions. */
	JOB_FORM_TOKEN,
	/* Any state: of this file, or, for a part that is here, of any file by
	 * this name. */
	JOB_FORM_ANY,
};

/* A whole-range proof under way, on one connection. */
struct job_proof {
	uint64_t at;		     /* bytes that are proved */
	struct protocol_token token; /* of all replies */
};

struct job_file {
	struct output *output; /* NULL until it is needed */
	uint64_t size;	       /* bytes; as listed, or as STAT has said */
	int64_t mtime_ns;      /* the same */
	bool knows_state;      /* a STAT has said it */
	bool is_unseen;	       /* listed, but the server cannot look at it */
	struct origin origin;  /* of the bytes here that this run proved */
	bool has_sum;
	uint8_t sum[SHA256SUM_LENGTH]; /* the SHA-256 it must have */
	/* --settle: the state that was seen last, and since when, as
	 * clock_now; 0: not seen yet. */
	struct protocol_token seen;
	int64_t since;
	struct tally_file tally;
	struct shares shares; /* of the servers, in this run */
};

struct job_folder {
	struct tree_folder *made; /* the folder here, held; NULL: not yet */
	uint64_t cursor;	  /* of the next page */
	/* The number of the connection that gave the cursor and alone may use
	 * it; 0: the next page is the first one. */
	unsigned connection;
	/* In pages so far, if there is more than one. */
	struct listed_names names;
	bool has_page;	      /* a page has come */
	unsigned empty_pages; /* in a row */
	/* --delete: the names that were here; NULL: not yet, or none. */
	struct local_names *here;
	uint64_t listed; /* entries that are not left out, with --delete */
	unsigned breaks; /* job_queue_breaks at the last page */
};

struct job_piece {
	struct pieces *pieces; /* of the file */
	size_t number;
	uint64_t here;	      /* bytes of it that came before a break */
	bool is_received;     /* its bytes came in this run */
	struct origin origin; /* of its bytes */
};

struct job {
	STAILQ_ENTRY(job) next;
	enum job_kind kind;
	enum job_stage stage;
	bool is_entry;	 /* found in a folder; else it was asked for by name */
	char *name;	 /* as the server knows it */
	size_t name_len; /* bytes */
	/* Offset in name of the path below the folder that was asked for. */
	size_t below;

	/* ---- files and folders ---- */
	RB_ENTRY(job) node;	  /* named ones, by tree and final */
	char *final;		  /* name here; NULL: standard output */
	struct tree_folder *tree; /* to go into, held; NULL: target folder */

	/* ---- requests ---- */
	uint64_t asks_bytes; /* of the request under way (transfer/window.h) */
	bool asks_list;	     /* the request under way is a LIST */
	enum job_form form;  /* of the next request's token */
	struct job_proof proof;
	/* Only the first source (transfer/sources.h) is asked: another server
	 * has no such file, or another version. */
	bool is_first_only;
	bool is_elsewhere; /* the request under way went to another server */
	bool is_mismatch;  /* its bytes do not have the digest sent with them */
	uint8_t refusals;  /* of a DIGEST by id alone, in a row */
	unsigned tries;	   /* that found the file changing */
	int64_t again;	   /* clock_now at which it may be asked for again */
	int64_t began;	   /* clock_now when its turn came; 0: not yet */
	uint64_t received; /* bytes, in this run */
	uint64_t reused;   /* bytes from an older copy, in this run */

	union {
		struct job_file file;
		struct job_folder folder;
		struct job_piece piece;
	};
};

STAILQ_HEAD(job_list, job);

/* Returns a job without a name here, in no list, or NULL if memory is short.
 * name is copied; tree (NULL: none) is held. */
struct job *job_new(enum job_kind kind, enum job_stage stage, const char *name,
    size_t len, struct tree_folder *tree);

/* Returns a job for entry, a valid component, of a folder; or NULL with *why (a
 * static string) for a person: its name is too long for the server or here
 * (name_max bytes) or a part file's, or memory is short. */
struct job *job_new_entry(const struct job *folder, const char *entry,
    bool is_folder, size_t name_max, const char **why);

/* Returns a job for a piece; borrows its file's name. NULL without memory. */
struct job *job_new_piece(struct pieces *pieces, size_t number,
    enum job_stage stage, char *name, size_t len);

/* Frees a job that is in no list, with its output and its holds. */
void job_free(struct job *job);

/* Turns a folder's job into a file's: the name turned out to be a file. */
void job_become_file(struct job *job);

/* Returns an entry's name on the server, to be freed; NULL without memory. */
char *job_join_name(const struct job *folder, const char *entry);

/* Returns the bytes of memory that an entry takes. */
size_t job_memory(const struct job *job);

/* Returns the bytes of a file that are here; 0 for other kinds. */
uint64_t job_bytes_here(const struct job *job);

#endif
