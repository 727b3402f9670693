/*
 * A second request for the same name reads the file's state again, instead of
 * opening and closing it. Replacing, renaming, writing or chmod of the file
 * changes its ctime: then the name is looked up again. Renaming a folder above
 * the file does not change the file's ctime, so the opening is still shared;
 * that is correct, since these requests were sent before it. A different name
 * in the same folder is opened by a cheaper root_open_file.
 */

#include <string.h>

#include "server/handle.h"
#include "server/state.h"

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

/* Returns true if a name is in the same folder as the file opened last. */
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
	enum protocol_status status;
	bool beside;
	uint64_t size;

	if (is_open_by(handle, name, len) && !handle->file.on_network &&
	    !state_has_changed(handle->file.fd, &handle->file.stat, &size))
		return PROTOCOL_OK;
	beside = handle->file.fd >= 0 && handle->file.is_plain &&
	    is_beside(handle, name, len);
	handle_close(handle);
	handle->name = name;
	handle->name_len = len;
	status = root_open_file(root, name, len, beside, &handle->file);
	if (status == PROTOCOL_OK)
		root_find_storage(root, &handle->file);
	return status;
}

void
handle_close(struct handle *handle)
{
	if (handle->file.fd >= 0)
		root_close_file(&handle->file);
}

void
handle_close_all(struct handle *handle)
{
	handle_close(handle);
	kept_release(&handle->kept);
}
