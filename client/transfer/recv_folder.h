#ifndef CLIENT_TRANSFER_RECV_FOLDER_H
#define CLIENT_TRANSFER_RECV_FOLDER_H

#include "client/transfer/job_reply.h"

/*
 * Receives the replies to a job's LIST: to that of the first page and, before
 * it, to its STAT, or to that of another page. Makes the folder here; its
 * entries become jobs. Returns OK after the last page; MORE before another
 * page; SAME for a link that leads back to a folder above, which is passed
 * over; NOT_A_FOLDER for a file, whose job it then is; or why not.
 */
enum outcome recv_folder_receive(struct job_reply *reply, struct job *job);

#endif
