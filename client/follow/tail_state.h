#ifndef CLIENT_FOLLOW_TAIL_STATE_H
#define CLIENT_FOLLOW_TAIL_STATE_H

/* The state of a followed file. Only follow/tail*.c change the fields. */

#include <stdint.h>

#include "client/follow/line_search.h"
#include "client/follow/printed.h"
#include "client/follow/rotation.h"
#include "client/follow/settings.h"
#include "client/follow/tail_stage.h"
#include "client/ui/failure.h"

struct tail {
	const struct follow_settings *settings;
	enum tail_stage stage;	   /* changed by tail_step alone */
	struct line_search search; /* TAIL_LINES */
	uint8_t *piece; /* LINE_SEARCH_PIECE_MAX bytes for it, or NULL */
	uint64_t first; /* bytes of the file before this one are not written */
	struct printed printed;
	struct rotation rotation; /* which file is read */
	uint64_t version; /* of the file, in the last reply with bytes */
	uint8_t last[PRINTED_LAST]; /* bytes that the file has in place of
				       printed.last (TAIL_HEAD) */
	struct failure failure;
};

#endif
