/* The servers and the names on the command line. wire/server_list.c reads a
 * list, client/link.c a link, common/endpoint.c a host and a port. The rules
 * for names are checked later, for each request. Runs in the main thread,
 * before any other is started. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/link.h"
#include "client/operands.h"
#include "common/names.h"
#include "common/text.h"

enum {
	OPERANDS_PORT = 8080, /* of a link without one */
};

static int __attribute__((format(printf, 2, 3)))
refuse_operand(char *error, const char *format, ...)
{
	char text[OPERANDS_ERROR];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	/* A link may come from somebody else. */
	text_escape(error, OPERANDS_ERROR, text, strlen(text));
	return -1;
}

/* Reads a link into the server and the name, which is decoded in place. */
static int
read_link(struct operands *operands, char *text, char **name, char *error)
{
	struct link link;
	char why[LINK_ERROR];

	if (link_decode(&link, text, why) != 0)
		return refuse_operand(error, "%s", why);
	(void)server_list_add(operands->servers, link.server.host,
	    link.server.has_port ? link.server.port : OPERANDS_PORT);
	operands->has_ports = link.server.has_port;
	operands->has_key = link.has_key;
	operands->key = link.key;
	operands->has_ticket = link.has_ticket;
	operands->ticket = link.ticket;
	*name = link.name;
	explicit_bzero(&link.ticket, sizeof(link.ticket));
	return 0;
}

/* Reads the link on a line of standard input, which is never freed. */
static int
read_input(char **link, char *error)
{
	static char *line;
	static size_t size;
	ssize_t len = getline(&line, &size, stdin);
	char *text = line;

	/* A copy from a mail or a chat may bring blanks in front. */
	if (len > 0)
		text += strspn(line, " \t");
	if (len <= 0 || !link_is_one(text))
		return refuse_operand(error,
		    "'-' reads a link (files://HOST:PORT/NAME) from standard "
		    "input, where there is none");
	if (strlen(line) != (size_t)len)
		return refuse_operand(error,
		    "the link on standard input has a NUL byte in it");
	text[strcspn(text, "\r\n")] = '\0';
	*link = text;
	return 0;
}

size_t
operands_trim_slashes(char *name, size_t len)
{
	size_t left = len;

	while (left > 0 && name[left - 1] == '/')
		left--;
	if (left == 0 || names_is_pattern(name))
		return len;
	name[left] = '\0';
	return left;
}

/* Removes a leading "./" and trailing slashes. Returns the new beginning. */
static char *
tidy_name(char *name, bool may_be_folder)
{
	static char top[] = ".";

	while (name[0] == '.' && name[1] == '/') {
		name += 2;
		name += strspn(name, "/");
		if (name[0] == '\0')
			return top;
	}
	if (!may_be_folder)
		return name;
	if (name[0] == '/' && name[strspn(name, "/")] == '\0')
		return top;
	if (name[0] != '\0' && name[strlen(name) - 1] == '/')
		operands_trim_slashes(name, strlen(name));
	return name;
}

/* The link is the only operand, list[0]. */
static int
read_link_operand(struct operands *operands, int n, char **list, char *error)
{
	static char top[] = ".";
	char *name = top;
	size_t len;

	if (n > 1)
		return refuse_operand(error,
		    "a link has host, port and name in it: '%s' is one "
		    "operand too many",
		    list[1]);
	if (read_link(operands, list[0], &name, error) != 0)
		return -1;
	len = strlen(name);
	operands->is_folder = len > 1 && name[len - 1] == '/';
	if (operands->is_folder)
		operands_trim_slashes(name, len);
	if (name[0] == '\0' && operands->is_tree)
		name = top;
	list[0] = name;
	operands->names_are_exact = true;
	operands->names = list + (name[0] == '\0');
	operands->n_names = name[0] != '\0';
	return 0;
}

/* Reads HOST PORT NAME..., or HOST:PORT NAME... */
static int
read_host_operands(struct operands *operands, int n, char **list, char *error)
{
	struct server_list *servers = operands->servers;
	const struct server *portless;
	char why[ENDPOINT_ERROR];
	uint16_t port = 0;
	int used = 1;

	if (server_list_read(servers, list[0], why) != 0)
		return refuse_operand(error, "host: %s", why);
	portless = server_list_find_portless(servers);
	operands->has_ports = portless == NULL;
	if (portless != NULL) {
		if (n == 1 && servers->n == 1)
			return refuse_operand(error,
			    "a HOST and a PORT are needed");
		if (n == 1)
			return refuse_operand(error,
			    "a PORT is needed, for '%.200s' has none",
			    portless->host);
		if (endpoint_parse_port(list[1], ENDPOINT_CONNECT, &port,
			why) != 0)
			return refuse_operand(error, "port: %s", why);
		used = 2;
	}
	if (server_list_complete(servers, port, why) != 0)
		return refuse_operand(error, "host: %s", why);
	operands->names = list + used;
	operands->n_names = n - used;
	return 0;
}

int
operands_read(struct operands *operands, int n, char **list,
    char error[OPERANDS_ERROR])
{
	int i, result;

	if (n == 0)
		return refuse_operand(error, "a HOST and a PORT are needed");
	operands->is_argument = strcmp(list[0], "-") != 0;
	if (n == 1 && !operands->is_argument &&
	    read_input(&list[0], error) != 0)
		return -1;
	result = link_is_one(list[0]) ?
	    read_link_operand(operands, n, list, error) :
	    read_host_operands(operands, n, list, error);
	if (result != 0)
		return -1;
	for (i = 0; i < operands->n_names; i++) {
		if (link_is_one(operands->names[i]))
			return refuse_operand(error,
			    "a link is given instead of HOST, PORT and NAME, "
			    "not with them");
		operands->names[i] = tidy_name(operands->names[i],
		    operands->is_list || operands->is_tree);
	}
	return 0;
}
