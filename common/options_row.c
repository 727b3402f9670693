/* Reads numbers, times, sizes and words into the members of the settings, by
 * the kind and the limits in the row. common/options.c decides which. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/amount.h"
#include "common/clock.h"
#include "common/options_row.h"

static int
read_number(const struct options_row *row, const char *text, long long *number,
    char *error)
{
	const char *wrong;

	*number = strtonum(text, row->least, row->most, &wrong);
	if (wrong == NULL)
		return 0;
	snprintf(error, OPTIONS_ROW_ERROR, "'%.200s' is %s (%d to %d%s)", text,
	    wrong, row->least, row->most,
	    row->kind == OPTIONS_TIME ? ", in seconds" : "");
	return -1;
}

static int
read_size(const struct options_row *row, const char *text, uint64_t *member,
    char *error)
{
	uint64_t size;

	if (amount_parse(text, &size) != 0) {
		snprintf(error, OPTIONS_ROW_ERROR,
		    "'%.200s' is not a size (a number, and k, M, G or T)",
		    text);
		return -1;
	}
	if (size > 0 && size < (uint64_t)row->least) {
		snprintf(error, OPTIONS_ROW_ERROR,
		    "'%.200s' is too small (at least %d)", text, row->least);
		return -1;
	}
	if (size == 0 && row->least > 0) {
		snprintf(error, OPTIONS_ROW_ERROR,
		    "with 0 a download would never end; without this option "
		    "there is no limit");
		return -1;
	}
	*member = size;
	return 0;
}

static int
read_word(const struct options_row *row, const char *text, int *member,
    char *error)
{
	const char *word = row->words;
	int index;
	size_t n;

	for (index = 0;; index++) {
		n = strcspn(word, ",");
		if (n == strlen(text) && memcmp(word, text, n) == 0)
			break;
		if (word[n] == '\0') {
			snprintf(error, OPTIONS_ROW_ERROR,
			    "'%.200s' is not one of: %s", text, row->words);
			return -1;
		}
		word += n + strlen(", ");
	}
	*member = index;
	return 0;
}

int
options_row_read(const struct options_row *row, const char *text, void *member,
    char *error)
{
	long long number;
	int index = -1;

	switch (row->kind) {
	case OPTIONS_ON:
	case OPTIONS_OFF:
		*(bool *)member = row->kind == OPTIONS_ON;
		return 0;
	case OPTIONS_LEAST:
		*(int *)member = row->least;
		return 0;
	case OPTIONS_MAYBE_TEXT:
		if (text != NULL && text[0] == '\0') {
			snprintf(error, OPTIONS_ROW_ERROR,
			    "nothing stands behind the =");
			return -1;
		}
		*(const char **)member = text == NULL ? "" : text;
		return 0;
	case OPTIONS_TEXT:
		*(const char **)member = text;
		return 0;
	case OPTIONS_NUMBER:
	case OPTIONS_TIME:
		if (read_number(row, text, &number, error) != 0)
			return -1;
		if (row->kind == OPTIONS_NUMBER)
			*(int *)member = (int)number;
		else
			*(int64_t *)member = number * CLOCK_SEC;
		return 0;
	case OPTIONS_SIZE:
		return read_size(row, text, member, error);
	case OPTIONS_WORD:
		return read_word(row, text, member, error);
	case OPTIONS_MAYBE:
		if (text != NULL && read_word(row, text, &index, error) != 0)
			return -1;
		*(int *)member = index + 2;
		return 0;
	default:
		return 0;
	}
}
