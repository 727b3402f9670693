/* Control: the client prints the server's bytes unescaped. */

#include <string.h>

#include "common/text.h"

char *__wrap_text_escape(char *text, size_t size, const void *bytes,
    size_t len);

char *
__wrap_text_escape(char *text, size_t size, const void *bytes, size_t len)
{
	size_t n = len < size ? len : size - 1;

	memcpy(text, bytes, n);
	text[n] = '\0';
	return text;
}
