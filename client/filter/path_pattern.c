/*
 * A pattern is a row of elements. Each is a set of bytes, and matches one of
 * them or any number. The path is read once, with the set of all places in the
 * pattern that it may have reached, so that no pattern takes long. fnmatch(3)
 * expands bracket expressions only: it has no "**", and takes exponential time
 * in some libraries.
 */

#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/filter/path_pattern.h"
#include "common/names.h"

struct element {
	uint32_t bytes[256 / 32]; /* the set */
	bool repeats;		  /* any number of them, or none */
};

struct path_pattern {
	bool is_anchored; /* matches whole paths only */
	bool is_folder;	  /* matches folders only */
	size_t n;
	struct element elements[];
};

static void
add_byte(struct element *element, uint8_t byte)
{
	element->bytes[byte / 32] |= UINT32_C(1) << byte % 32;
}

static bool
has_byte(const struct element *element, uint8_t byte)
{
	return (element->bytes[byte / 32] >> byte % 32 & 1) != 0;
}

/* Adds all bytes but a slash. */
static void
add_others(struct element *element)
{
	unsigned byte;

	for (byte = 1; byte <= UINT8_MAX; byte++)
		if (byte != '/')
			add_byte(element, (uint8_t)byte);
}

/* Returns the length of the bracket expression that text begins with, or 0 if
 * it has no end. */
static size_t
bracket_length(const char *text)
{
	const char *at = text + 1, *class;

	at += *at == '!' || *at == '^';
	at += *at == ']';
	for (; *at != ']'; at++) {
		if (*at == '[' && at[1] != '\0' && strchr(":.=", at[1])) {
			for (class = at + 2; *class != '\0'; class ++)
				if (*class == at[1] && class[1] == ']')
					break;
			if (*class != '\0')
				at = class + 1;
		} else if (*at == '\\' && at[1] != '\0') {
			at++;
		}
		if (*at == '\0')
			return 0;
	}
	return (size_t)(at + 1 - text);
}

/* Adds the bytes of a bracket expression. Returns 0, or -1 if there are none or
 * memory is short. */
static int
add_bracket(struct element *element, const char *text, size_t len)
{
	char *bracket = strndup(text, len), string[2] = "";
	int result = -1;
	unsigned byte;

	for (byte = 1; byte <= UINT8_MAX && bracket != NULL; byte++) {
		string[0] = (char)byte;
		if (byte == '/' || fnmatch(bracket, string, 0) != 0)
			continue;
		add_byte(element, (uint8_t)byte);
		result = 0;
	}
	free(bracket);
	return result;
}

/* Reads the element that text begins with. Returns its length, or 0 with *why.
 */
static size_t
read_element(struct element *element, const char *text, const char **why)
{
	size_t len = 1;

	switch (text[0]) {
	case '*':
		len = strspn(text, "*");
		*why = "more than two stars in a row";
		if (len > 2)
			return 0;
		add_others(element);
		if (len == 2)
			add_byte(element, '/');
		element->repeats = true;
		return len;
	case '?':
		add_others(element);
		return 1;
	case '[':
		len = bracket_length(text);
		*why = "a '[' without its ']'";
		if (len == 0)
			return 0;
		*why = "a bracket expression that matches nothing";
		return add_bracket(element, text, len) == 0 ? len : 0;
	case '\\':
		*why = "a backslash at the end";
		if (text[1] == '\0')
			return 0;
		add_byte(element, (uint8_t)text[1]);
		return 2;
	default:
		add_byte(element, (uint8_t)text[0]);
		return 1;
	}
}

/* Returns 0, or -1 with *why. */
static int
read_elements(struct path_pattern *pattern, const char *text, const char **why)
{
	size_t len;

	for (; *text != '\0'; text += len) {
		if (text[0] == '/' && text[1] == '\0') {
			pattern->is_folder = true;
			break;
		}
		*why = "two slashes in a row";
		if (text[0] == '/' && text[1] == '/')
			return -1;
		len = read_element(&pattern->elements[pattern->n], text, why);
		if (len == 0)
			return -1;
		pattern->n++;
	}
	*why = "it is empty";
	return pattern->n > 0 ? 0 : -1;
}

struct path_pattern *
path_pattern_new(const char *text, const char **why)
{
	struct path_pattern *pattern;
	size_t len = strlen(text);

	*why = "it is longer than any name";
	if (len > NAMES_MAX)
		return NULL;
	*why = "out of memory";
	pattern = calloc(1, sizeof(*pattern) + len * sizeof(struct element));
	if (pattern == NULL)
		return NULL;
	pattern->is_anchored = text[0] == '/';
	if (read_elements(pattern, text + pattern->is_anchored, why) == 0)
		return pattern;
	free(pattern);
	return NULL;
}

void
path_pattern_free(struct path_pattern *pattern)
{
	free(pattern);
}

/* Adds the places reached by elements that match no byte. */
static void
pass_repeats(const struct path_pattern *pattern, bool *reached)
{
	size_t i;

	for (i = 0; i < pattern->n; i++)
		if (reached[i] && pattern->elements[i].repeats)
			reached[i + 1] = true;
}

/* Moves all places on by a byte. */
static void
pass_byte(const struct path_pattern *pattern, bool *reached, uint8_t byte)
{
	size_t i = pattern->n;

	reached[i] = false;
	/* From the end, since a place moves on to the one behind it. */
	while (i-- > 0) {
		if (!reached[i])
			continue;
		if (!has_byte(&pattern->elements[i], byte))
			reached[i] = false;
		else if (!pattern->elements[i].repeats) {
			reached[i] = false;
			reached[i + 1] = true;
		}
	}
}

/* Moves all places on by a slash, behind which a pattern may begin.
 */
static void
pass_slash(const struct path_pattern *pattern, bool *reached)
{
	pass_byte(pattern, reached, '/');
	reached[0] = true;
	pass_repeats(pattern, reached);
}

bool
path_pattern_matches(const struct path_pattern *pattern, const char *path,
    bool is_folder)
{
	bool reached[NAMES_MAX + 1];
	const char *at;

	if (pattern->is_folder && !is_folder)
		return false;
	memset(reached, 0, (pattern->n + 1) * sizeof(reached[0]));
	reached[0] = true;
	pass_repeats(pattern, reached);
	/* Behind two stars, the path counts as if it had a slash in front. */
	if (!pattern->is_anchored && has_byte(&pattern->elements[0], '/'))
		pass_slash(pattern, reached);
	for (at = path; *at != '\0'; at++) {
		if (*at == '/' && !pattern->is_anchored) {
			pass_slash(pattern, reached);
		} else {
			pass_byte(pattern, reached, (uint8_t)*at);
			pass_repeats(pattern, reached);
		}
	}
	return reached[pattern->n];
}
