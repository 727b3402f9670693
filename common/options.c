/*
 * getopt_long(3) splits the command line, and the words of a variable; its
 * tables are made from the rows. common/options_file.c reads files. The program
 * that owns the table prints messages and decides how it ends.
 */

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/options.h"

/* The value that getopt_long(3) returns for the long name of the first row. */
#define OPTIONS_LONG 256

/* Separates words of a variable. */
#define OPTIONS_BLANKS " \t\n"

struct getopt_tables {
	struct option names[OPTIONS_MOST + 1];
	char letters[2 * OPTIONS_MOST + 3];
};

/* Returns what getopt_long(3) calls has_arg. */
static int
value_kind(const struct options_row *row)
{
	if (row->kind == OPTIONS_MAYBE || row->kind == OPTIONS_MAYBE_TEXT)
		return optional_argument;
	return row->kind > OPTIONS_MAYBE_TEXT ? required_argument : no_argument;
}

/* stops_early: an operand ends the options. */
static void
fill_tables(const struct options *options, bool stops_early,
    struct getopt_tables *tables)
{
	const struct options_row *row;
	char *at = tables->letters;
	int has_value;
	size_t i;

	memset(tables, 0, sizeof(*tables));
	if (stops_early)
		*at++ = '+';
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
	size_t used = 0;
	va_list ap;

	if (options->source != NULL)
		used = (size_t)snprintf(options->error, OPTIONS_ROW_ERROR,
		    "%.400s: ", options->source);
	va_start(ap, format);
	vsnprintf(options->error + used, sizeof(options->error) - used, format,
	    ap);
	va_end(ap);
	return -1;
}

/* Acts on an option; if it is withheld, only checks its value. Returns the
 * result of options_read, or 0 to go on. */
static int
set_member(struct options *options, const struct options_row *row,
    const char *text)
{
	bool is_withheld = options->withheld[row - options->rows];
	uint64_t unused; /* as large as any member */
	void *member = (char *)options->settings + row->member;
	char error[OPTIONS_ROW_ERROR];
	int result = 0;

	if (row->kind == OPTIONS_SHOW) {
		options->shown = row->words;
		return 1;
	}
	if (row->kind != OPTIONS_CALL)
		result = options_row_read(row, text,
		    is_withheld ? &unused : member, error);
	else if (!is_withheld)
		result = row->read_value(options->settings, text, error);
	if (result != 0)
		refuse_options(options, "--%s: %s", row->name, error);
	return result;
}

/* Sets an option, which getopt_long(3) or a caller has split. Returns the
 * result of options_read, or 0 to go on. */
static int
set_option(struct options *options, const struct options_row *row,
    const char *text, bool is_default)
{
	int result;

	if (is_default && (row->once || row->kind == OPTIONS_SHOW)) {
		refuse_options(options,
		    "%s is for one command and cannot be a default", row->name);
		return -1;
	}
	if (is_default && row->kind == OPTIONS_MAYBE_TEXT && text != NULL)
		return refuse_options(options,
		    "%s with a value is for one command and cannot be a "
		    "default",
		    row->name);
	result = set_member(options, row, text);
	if (result == 0 && !options->withheld[row - options->rows])
		options->given[row - options->rows] = true;
	return result;
}

/* Returns the index of the option, "-o" or "--json" of len bytes. */
static size_t
find_option(const struct options *options, const char *option, size_t len)
{
	const struct options_row *row;
	size_t i;

	for (i = 0; i < options->n; i++) {
		row = &options->rows[i];
		if (len == 2 ? row->letter == option[1] :
			       strlen(row->name) == len - 2 &&
			    memcmp(row->name, option + 2, len - 2) == 0)
			break;
	}
	return i;
}

/* Sets *option to the next name in a list like "-o --json", and moves the list
 * behind it. Returns its length, or 0 at the end. */
static size_t
next_name(const char **list, const char **option)
{
	size_t len;

	*option = *list + (**list == ' ');
	len = strcspn(*option, " ");
	*list = *option + len;
	return len;
}

/* Ends a source. Returns 0, or -1 if two options exclude each other. Withholds
 * its options, and those that they exclude, from later sources. */
static int
end_source(struct options *options)
{
	const struct options_rule *rule = options->rules;
	const char *list, *other;
	size_t i, a, b, len;

	for (i = 0; i < options->n_rules; i++, rule++) {
		a = find_option(options, rule->option, strlen(rule->option));
		list = rule->excluded;
		while ((len = next_name(&list, &other)) > 0) {
			b = find_option(options, other, len);
			if (options->given[a] && options->given[b])
				return refuse_options(options,
				    "%s and %.*s exclude each other",
				    rule->option, (int)len, other);
			options->withheld[a] |= options->given[b];
			options->withheld[b] |= options->given[a];
		}
	}
	for (i = 0; i < options->n; i++)
		options->withheld[i] |=
		    options->given[i] && !options->rows[i].adds;
	return 0;
}

/* Reads arguments until the operands; sets optind. */
static int
read_arguments(struct options *options, int argc, char **argv, bool is_default)
{
	const struct options_row *row;
	struct getopt_tables tables;
	int value, result;

	fill_tables(options, is_default, &tables);
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
		result = set_option(options, row, optarg, is_default);
		if (result != 0)
			return result;
	}
	return 0;
}

int
options_read(struct options *options, int argc, char **argv)
{
	int result = read_arguments(options, argc, argv, false);

	return result != 0 ? result : end_source(options);
}

void
options_withhold(struct options *options, const char *names)
{
	const char *option;
	size_t len;

	while ((len = next_name(&names, &option)) > 0)
		options->withheld[find_option(options, option, len)] = true;
}

/* Splits text into words and reads them; argv[0] is not a word. */
static int
read_words(struct options *options, char *text)
{
	char *argv[OPTIONS_WORDS + 2] = {text};
	char *word, *last;
	int argc = 1;

	for (word = strtok_r(text, OPTIONS_BLANKS, &last); word != NULL;
	     word = strtok_r(NULL, OPTIONS_BLANKS, &last)) {
		if (argc > OPTIONS_WORDS)
			return refuse_options(options, "more than %d words",
			    OPTIONS_WORDS);
		if (strpbrk(word, "'\"\\") != NULL)
			return refuse_options(options,
			    "'%.200s': quotes and backslashes are not "
			    "understood "
			    "here",
			    word);
		argv[argc++] = word;
	}
	optind = 0; /* getopt_long(3) starts with other arguments */
	if (read_arguments(options, argc, argv, true) != 0)
		return -1;
	if (optind < argc)
		return refuse_options(options, "'%.200s' is not an option",
		    argv[optind]);
	return 0;
}

int
options_read_variable(struct options *options, const char *name,
    char text[OPTIONS_LINE])
{
	const char *value = getenv(name);
	int saved = optind, result;

	if (value == NULL)
		return 0;
	options->source = name;
	result = strlcpy(text, value, OPTIONS_LINE) >= OPTIONS_LINE ?
	    refuse_options(options, "longer than %d bytes", OPTIONS_LINE - 1) :
	    read_words(options, text);
	if (result == 0)
		result = end_source(options);
	options->source = NULL;
	optind = saved;
	return result;
}

int
options_set_default(struct options *options, const char *name,
    const char *value)
{
	const struct options_row *row = options->rows;
	size_t i = 0;

	while (i < options->n && strcmp(row->name, name) != 0) {
		i++;
		row++;
	}
	if (i == options->n)
		return refuse_options(options,
		    "unknown option '%.200s'; a line has a long name without "
		    "dashes, a blank, and the value",
		    name);
	if (value_kind(row) == required_argument && value == NULL)
		return refuse_options(options, "%s needs a value", name);
	if (value_kind(row) == no_argument && value != NULL)
		return refuse_options(options, "no value goes with %s", name);
	return set_option(options, row, value, true);
}

int
options_end_defaults(struct options *options)
{
	return end_source(options);
}
