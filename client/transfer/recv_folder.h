#ifndef CLIENT_TRANSFER_RECV_FOLDER_H
#define CLIENT_TRANSFER_RECV_FOLDER_H

#include "client/transfer/job_queue.h"
#include "client/transfer/job_reply.h"

/*
 * Receives the replies to a job's LIST: of a folder's first page and, before
 * that, of its STAT, or of another page. The folder is made here, and what is
 * in it becomes jobs of its own. OUTCOME_NEXT: there is more of it, or it is a
 * file, which is to be fetched as such.
 */
enum outcome recv_folder_receive(struct job_reply *reply, struct job *job);

#endif
