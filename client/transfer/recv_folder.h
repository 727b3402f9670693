#ifndef CLIENT_TRANSFER_RECV_FOLDER_H
#define CLIENT_TRANSFER_RECV_FOLDER_H

#include "client/transfer/job_reply.h"

/* Receives the reply to a job's LIST and, before the first page, to its STAT.
 * Makes the folder here; its entries become jobs. Returns OK after the last
 * page; MORE before another; SAME for a link back to a folder above, which is
 * passed over; NOT_A_FOLDER for a file, whose job it then is; or why not. */
enum outcome recv_folder_receive(struct job_reply *reply, struct job *job);

#endif
