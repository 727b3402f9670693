/* getopt_long(3) splits the command line; its tables are made from the rows.
 * The program that owns the table prints messages and decides how it ends. */

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/amount.h"
#include "common/clock.h"
#include "common/options.h"

/* The value that getopt_long(3) returns for the long name of the first row. */
#define OPTIONS_LONG 256

struct getopt_tables {
	struct option names[OPTIONS_MOST + 1];
	char letters[2 * OPTIONS_MOST + 2];
};

/* Returns what getopt_long(3) calls has_arg. */
static int
value_kind(const struct options_row *row)
{
	if (row->kind == OPTIONS_MAYBE)
		return optional_argument;
	return row->kind > OPTIONS_MAYBE ? required_argument : no_argument;
}

static void
fill_tables(const struct options *options, struct getopt_tables *tables)
{
	const struct options_row *row;
	char *at = tables->letters;
	int has_value;
	size_t i;

	memset(tables, 0, sizeof(*tables));
	*at++ = ':'; /* a missing value returns ':' */
	for (i = 0; i < options->n; i++) {
		row = &options->rows[i];
		has_value = value_kind(row);
		tables->names[i] = (struct option){row->name, has_value, NULL,
		    OPTIONS_LONG + (int)i};
		if (row->letter == '\0')
			continue;
		*at++ = row->letter;
		if (has_value == required_argument)
			*at++ = ':';
	}
}

/* Returns the row for a value of getopt_long(3), or NULL. */
static const struct options_row *
find_row(const struct options *options, int value)
{
	size_t i;

	for (i = 0; i < options->n; i++)
		if (value == OPTIONS_LONG + (int)i ||
		    (value != 0 && value == options->rows[i].letter))
			return &options->rows[i];
	return NULL;
}

static int __attribute__((format(printf, 2, 3)))
refuse_options(struct options *options, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(options->error, sizeof(options->error), format, ap);
	va_end(ap);
	return -1;
}

static int
read_number(struct options *options, const struct options_row *row,
    const char *text, long long *number)
{
	const char *wrong;

	*number = strtonum(text, row->least, row->most, &wrong);
	if (wrong == NULL)
		return 0;
	return refuse_options(options, "--%s: '%s' is %s (%d to %d%s)",
	    row->name, text, wrong, row->least, row->most,
	    row->kind == OPTIONS_TIME ? ", in seconds" : "");
}

static int
read_size(struct options *options, const struct options_row *row,
    const char *text, uint64_t *size)
{
	if (amount_parse(text, size) != 0)
		return refuse_options(options,
		    "--%s: '%s' is not a size (a number, and k, M, G or T)",
		    row->name, text);
	if (*size < (uint64_t)row->least)
		return refuse_options(options,
		    "--%s: with 0 a download would never end; without this "
		    "option there is no limit",
		    row->name);
	return 0;
}

static int
read_word(struct options *options, const struct options_row *row,
    const char *text, int *index)
{
	const char *word = row->words;
	size_t n;

	for (*index = 0;; ++*index) {
		n = strcspn(word, ",");
		if (n == strlen(text) && memcmp(word, text, n) == 0)
			return 0;
		if (word[n] == '\0')
			return refuse_options(options,
			    "--%s: '%s' is not one of: %s", row->name, text,
			    row->words);
		word += n + strlen(", ");
	}
}

/* Acts on an option. Returns the result of options_read, or 0 to go on. */
static int
set_member(struct options *options, const struct options_row *row,
    const char *text)
{
	void *member = (char *)options->settings + row->member;
	char error[OPTIONS_ERROR / 2];
	long long number;

	switch (row->kind) {
	case OPTIONS_ON:
	case OPTIONS_OFF:
		*(bool *)member = row->kind == OPTIONS_ON;
		return 0;
	case OPTIONS_LEAST:
		*(int *)member = row->least;
		return 0;
	case OPTIONS_SHOW:
		options->shown = row->words;
		return 1;
	case OPTIONS_TEXT:
		*(const char **)member = text;
		return 0;
	case OPTIONS_NUMBER:
	case OPTIONS_TIME:
		if (read_number(options, row, text, &number) != 0)
			return -1;
		if (row->kind == OPTIONS_NUMBER)
			*(int *)member = (int)number;
		else
			*(int64_t *)member = number * CLOCK_SEC;
		return 0;
	case OPTIONS_SIZE:
		return read_size(options, row, text, member);
	case OPTIONS_WORD:
		return read_word(options, row, text, member);
	case OPTIONS_MAYBE:
		*(int *)member = -1;
		if (text != NULL && read_word(options, row, text, member) != 0)
			return -1;
		*(int *)member += 2;
		return 0;
	case OPTIONS_CALL:
		if (row->read_value(options->settings, text, error) == 0)
			return 0;
		return refuse_options(options, "--%s: %s", row->name, error);
	}
	return 0;
}

/* Returns true if the option, "-o" or "--json" of len bytes, was given. */
static bool
is_given(const struct options *options, const char *option, size_t len)
{
	const struct options_row *row;
	size_t i;

	for (i = 0; i < options->n; i++) {
		row = &options->rows[i];
		if (options->given[i] &&
		    (len == 2 ? row->letter == option[1] :
				strlen(row->name) == len - 2 &&
				memcmp(row->name, option + 2, len - 2) == 0))
			return true;
	}
	return false;
}

static int
check_rules(struct options *options)
{
	const struct options_rule *rule = options->rules;
	const char *other;
	size_t i, len;

	for (i = 0; i < options->n_rules; i++, rule++) {
		if (!is_given(options, rule->option, strlen(rule->option)))
			continue;
		for (other = rule->excluded; *other != '\0'; other += len) {
			other += *other == ' ';
			len = strcspn(other, " ");
			if (is_given(options, other, len))
				return refuse_options(options,
				    "%s and %.*s exclude each other",
				    rule->option, (int)len, other);
		}
	}
	return 0;
}

int
options_read(struct options *options, int argc, char **argv)
{
	const struct options_row *row;
	struct getopt_tables tables;
	int value, result;

	fill_tables(options, &tables);
	opterr = 0;
	while ((value = getopt_long(argc, argv, tables.letters, tables.names,
		    NULL)) != -1) {
		if (value == ':')
			return refuse_options(options, "%s needs a value",
			    argv[optind - 1]);
		row = find_row(options, value);
		/* After an unknown letter among others, argv[optind - 1] is
		 * not the argument with that letter. */
		if (row == NULL && optopt != 0 &&
		    find_row(options, optopt) == NULL)
			return refuse_options(options, "unknown option -%c",
			    optopt);
		if (row == NULL && optopt == 0)
			return refuse_options(options, "unknown option %s",
			    argv[optind - 1]);
		if (row == NULL)
			return refuse_options(options, "%.*s takes no value",
			    (int)strcspn(argv[optind - 1], "="),
			    argv[optind - 1]);
		result = set_member(options, row, optarg);
		if (result != 0)
			return result;
		options->given[row - options->rows] = true;
	}
	return check_rules(options);
}
