/* Counts newlines backwards. A line ends with a newline, and the last one also
 * at the end of the file, as for tail(1). */

#include <string.h>

#include "client/follow/line_search.h"

void
line_search_begin(struct line_search *search, uint64_t lines, uint64_t size)
{
	*search = (struct line_search){
	    .at = size,
	    .newlines = lines,
	    .piece = LINE_SEARCH_PIECE,
	    .is_found = lines == 0 || size == 0,
	};
}

size_t
line_search_next(const struct line_search *search)
{
	if (search->is_found)
		return 0;
	return search->at < search->piece ? (size_t)search->at : search->piece;
}

void
line_search_add(struct line_search *search, const uint8_t *bytes, size_t n)
{
	const uint8_t *found;
	size_t end = n;

	/* The newline at the end of the file would end the last line. */
	if (!search->has_last && bytes[n - 1] != '\n')
		search->newlines--;
	search->has_last = true;
	while ((found = memrchr(bytes, '\n', end)) != NULL) {
		end = (size_t)(found - bytes);
		if (search->newlines == 0) {
			search->at -= n - end - 1;
			search->is_found = true;
			return;
		}
		search->newlines--;
	}
	search->at -= n;
	search->is_found = search->at == 0;
	if (search->piece < LINE_SEARCH_PIECE_MAX)
		search->piece *= 2;
}
