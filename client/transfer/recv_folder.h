#ifndef CLIENT_TRANSFER_RECV_FOLDER_H
#define CLIENT_TRANSFER_RECV_FOLDER_H

#include "client/transfer/job_reply.h"

/*
 * Receives the replies to a job's LIST: to that of the first page and, before
 * it, to its STAT, or to that of another page. Makes the folder here; its
 * entries become jobs. Returns OK after the last page, SAME if the folder is
 * one above itself and nothing is to be done; MORE before another page;
 * NOT_A_FOLDER if it is a file, which the job is of from now on; or why not.
 */
enum outcome recv_folder_receive(struct job_reply *reply, struct job *job);

#endif
