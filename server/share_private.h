#ifndef SERVER_SHARE_PRIVATE_H
#define SERVER_SHARE_PRIVATE_H

/* The members of a share, for share.c and share_visit.c. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/key_name.h"
#include "server/scope.h"
#include "server/share_guests.h"

struct share {
	char *folder; /* that is served */
	char *name;   /* of the file or folder in the link */
	bool is_folder;
	struct scope_name scope_name; /* the name of a file */
	struct scope scope;	      /* that name alone */
	unsigned once;		      /* 0: any number of keys */
	int64_t time;		      /* nanoseconds */
	struct key_name ticket;
	int64_t end; /* of the time; written by share_start */
	int wake_fd;
	atomic_bool all_have_it;
	pthread_mutex_t lock; /* guards the members below */
	struct share_guests guests;
	uint64_t turned_away; /* connections with the ticket, too late */
};

#endif
