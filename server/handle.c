/*
 * One file at most, known by the bytes of its name. A second request by that
 * name only asks for its state, and opens and closes nothing. The state tells
 * when the file has been replaced, moved away, forbidden or written to
 * meanwhile, all of which move its ctime: then the name is looked up anew.
 * A name in the same folder profits too (root_open_beside).
 */

#include <string.h>

#include "server/handle.h"

void
handle_init(struct handle *handle, struct kept_places *places)
{
	memset(handle, 0, sizeof(*handle));
	kept_init(&handle->kept, places);
	handle->file.fd = -1;
}

static bool
is_open_by(const struct handle *handle, const uint8_t *name, size_t len)
{
	return handle->file.fd >= 0 && handle->name_len == len &&
	    memcmp(handle->name, name, len) == 0;
}

/* Returns whether a name is in the folder of the file that was opened last. */
static bool
is_beside(const struct handle *handle, const uint8_t *name, size_t len)
{
	const uint8_t *slash = memrchr(name, '/', len);
	size_t folder = slash == NULL ? 0 : (size_t)(slash - name) + 1;

	return folder > 0 && handle->name_len > folder &&
	    memcmp(handle->name, name, folder) == 0 &&
	    memchr(handle->name + folder, '/', handle->name_len - folder) ==
	    NULL;
}

enum protocol_status
handle_open(struct handle *handle, const struct root *root, const uint8_t *name,
    size_t len)
{
	bool beside;
	uint64_t size;

	if (is_open_by(handle, name, len) &&
	    !root_file_changed(&handle->file, &size))
		return PROTOCOL_OK;
	beside = handle->file.fd >= 0 && handle->file.is_plain &&
	    is_beside(handle, name, len);
	handle_close(handle);
	handle->name = name;
	handle->name_len = len;
	return beside ? root_open_beside(root, name, len, &handle->file) :
			root_open_file(root, name, len, &handle->file);
}

void
handle_close(struct handle *handle)
{
	if (handle->file.fd >= 0)
		root_close_file(&handle->file);
}
