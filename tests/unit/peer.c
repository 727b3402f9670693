/*
 * Builds the bytes of common/PROTOCOL.md by hand wherever the encoders refuse
 * to write wrong values.
 */

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "client/transfer/named_jobs.h"
#include "client/transfer/recv_file.h"
#include "client/store/output.h"
#include "client/transfer/recv_piece.h"
#include "client/transfer/recv_proof.h"
#include "client/transfer/recv_snapshot.h"
#include "client/transfer/recv_whole.h"
#include "client/transfer/recv_folder.h"
#include "common/clock.h"
#include "common/digest.h"
#include "tests/unit/peer.h"

void
peer_open(struct peer *peer)
{
	struct failure failure;
	int pair[2];

	memset(peer, 0, sizeof(*peer));
	target_open(&peer->target);
	progress_open(&peer->progress, &peer->target.progress_settings);
	report_open(&peer->report, &peer->target.report_settings,
	    &peer->progress);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	/* As connection_connect would set it up, but for the kind of socket. */
	connection_open(&peer->connection, &peer->target.settings.connection,
	    &peer->report, NULL);
	peer->connection.fd = pair[0];
	stream_open(&peer->connection.stream, pair[0], -1);
	peer->fd = pair[1];

	peer->queue =
	    job_queue_new(&peer->target.settings, &peer->target.folder);
	ck_assert_ptr_nonnull(peer->queue);
	ck_assert_int_eq(named_jobs_add(peer->queue, "f", 1, NULL, NULL,
			     &failure),
	    0);
	peer->job = job_queue_take_file(peer->queue);
	ck_assert_ptr_nonnull(peer->job);
	peer->reply.settings = &peer->target.settings;
	peer->reply.connection = &peer->connection;
	peer->reply.report = &peer->report;
	peer->reply.progress = &peer->progress;
	peer->reply.queue = peer->queue;
	STAILQ_INIT(&peer->reply.folders);
}

void
peer_close(struct peer *peer)
{
	job_queue_put_all_next(peer->queue, &peer->reply.folders);
	job_queue_remove(peer->queue, peer->job);
	job_queue_free(peer->queue);
	connection_close(&peer->connection);
	close(peer->fd);
	target_close(&peer->target);
}

void
peer_begin(struct peer *peer, enum job_stage stage)
{
	struct protocol_attributes proved = {.size = 0};

	target_reopen(&peer->target);
	peer->job->file.output = output_new(NULL, &peer->target.settings.store,
	    &peer->target.folder, peer->job->final,
	    peer->job->file.has_sum || peer->target.settings.sums);
	ck_assert_ptr_nonnull(peer->job->file.output);
	peer->job->stage = stage;
	if (stage != JOB_CONTINUE)
		return;
	/* As after JOB_PROVE. */
	proved.token = output_wanted(peer->job->file.output);
	output_set_proved(peer->job->file.output, &proved);
	origin_add(&peer->job->file.origin, &peer->connection.address,
	    proved.token);
}

void
peer_say(struct peer *peer, const void *bytes, size_t len)
{
	ck_assert_uint_le(peer->len + len, sizeof(peer->said));
	memcpy(peer->said + peer->len, bytes, len);
	peer->len += len;
}

/* An integer of n bytes, big-endian. */
static void
say_number(struct peer *peer, uint64_t value, int n)
{
	uint8_t byte;

	while (n-- > 0) {
		byte = (uint8_t)(value >> 8 * n);
		peer_say(peer, &byte, 1);
	}
}

void
peer_say_header(struct peer *peer, unsigned status, uint64_t length)
{
	say_number(peer, status, 1);
	say_number(peer, length, 7);
}

void
peer_say_attributes(struct peer *peer, struct protocol_token token,
    uint64_t size)
{
	say_number(peer, token.id, 8);
	say_number(peer, token.version, 8);
	say_number(peer, size, 8);
	say_number(peer, 0, 8);
	say_number(peer, 0100644, 4);
	say_number(peer, 0, 4);
}

void
peer_say_digest(struct peer *peer, const char *text)
{
	uint8_t digest[DIGEST_LENGTH];

	digest_of(text, strlen(text), digest);
	peer_say(peer, digest, sizeof(digest));
}

void
peer_say_trailer(struct peer *peer, unsigned status, const char *text)
{
	say_number(peer, status, 1);
	say_number(peer, strlen(text), 7);
	peer_say_digest(peer, text);
}

void
peer_say_file(struct peer *peer, const char *text, size_t offset)
{
	size_t size = strlen(text);

	peer_say_header(peer, PROTOCOL_OK,
	    PROTOCOL_ATTRIBUTES_SIZE + size - offset + PROTOCOL_TRAILER_SIZE);
	peer_say_attributes(peer, (struct protocol_token){1, 2}, size);
	peer_say(peer, text + offset, size - offset);
	peer_say_trailer(peer, PROTOCOL_OK, text + offset);
}

void
peer_begin_tree(struct peer *peer)
{
	struct failure failure;

	job_queue_remove(peer->queue, peer->job);
	peer->target.settings.store.is_tree = true;
	ck_assert_int_eq(named_jobs_add(peer->queue, "d", 1, NULL, NULL,
			     &failure),
	    0);
	peer->job = job_queue_take_any(peer->queue);
	ck_assert_ptr_nonnull(peer->job);
}

void
peer_say_state(struct peer *peer, uint64_t id, uint32_t mode)
{
	peer_say_header(peer, PROTOCOL_OK, PROTOCOL_ATTRIBUTES_SIZE);
	say_number(peer, id, 8);
	say_number(peer, 1, 8);
	say_number(peer, 4096, 8);
	say_number(peer, CLOCK_SEC, 8);
	say_number(peer, mode, 4);
	say_number(peer, 0, 4);
}

void
peer_say_page(struct peer *peer, uint64_t cursor, const char *const *entries)
{
	uint64_t length = PROTOCOL_CURSOR_SIZE;
	size_t i;

	for (i = 0; entries[i] != NULL; i++)
		length += PROTOCOL_RECORD_SIZE + strlen(entries[i]) - 1;
	peer_say_header(peer, PROTOCOL_OK, length);
	say_number(peer, cursor, 8);
	for (; *entries != NULL; entries++) {
		say_number(peer, **entries == 'd' ? 040755 : 0100644, 4);
		say_number(peer, 5, 8);
		say_number(peer, CLOCK_SEC, 8);
		say_number(peer, strlen(*entries) - 1, 2);
		peer_say(peer, *entries + 1, strlen(*entries) - 1);
	}
}

static void
send_said(struct peer *peer)
{
	unit_send(peer->fd, peer->said, peer->len);
	peer->len = 0;
}

/* As the pipeline does: receives the reply to the job's request. */
static enum outcome
receive(struct job_reply *reply, struct job *job)
{
	switch (job->stage) {
	case JOB_LIST:
		return recv_folder_receive(reply, job);
	case JOB_STAT:
		return recv_proof_receive_state(reply, job);
	case JOB_PROVE:
		return recv_proof_receive_digest(reply, job);
	case JOB_LOOK_AGAIN:
		return recv_snapshot_receive_state(reply, job);
	case JOB_SNAPSHOT:
		return recv_snapshot_receive_digest(reply, job);
	case JOB_WHOLE_PROOF:
	case JOB_PIECE_WHOLE:
		return recv_whole_receive(reply, job);
	case JOB_PIECE:
	case JOB_PIECE_PROOF:
	case JOB_PIECE_LOOK:
		return recv_piece_receive(reply, job);
	default:
		return recv_file_receive(reply, job);
	}
}

enum outcome
peer_receive(struct peer *peer)
{
	enum outcome outcome;

	send_said(peer);
	job_queue_lock(peer->queue);
	outcome = receive(&peer->reply, peer->job);
	if (outcome != OUTCOME_FATAL)
		(void)job_stages_advance(peer->job, outcome);
	job_queue_unlock(peer->queue);
	return outcome;
}

bool
peer_in_frame(struct peer *peer)
{
	static const char mark[] = "what comes next";
	char got[sizeof(mark)];
	size_t len;

	unit_send(peer->fd, mark, sizeof(mark));
	ck_assert_int_eq(stream_read(&peer->connection.stream, got, sizeof(got),
			     UNIT_TIMEOUT * CLOCK_SEC),
	    1);
	stream_peek(&peer->connection.stream, &len);
	return len == 0 && memcmp(got, mark, sizeof(mark)) == 0;
}

void
peer_end(struct peer *peer)
{
	send_said(peer);
	ck_assert_int_eq(shutdown(peer->fd, SHUT_WR), 0);
}
