/*
 * Kernel stacks and slab are counted for the whole machine, so nothing else may
 * start or end meanwhile. The generator creates no threads or mappings: those
 * are the server's alone. The rest of the slab is sockets with their files and
 * inodes, two for each connection; half are the server's. Without permission to
 * read /proc/slabinfo, threads are halved too, which flatters a threaded
 * server; RESULTS.md says which applied.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/memory.h"
#include "tests/bench/process.h"

static void
read_machine(struct memory *memory)
{
	char line[256];
	FILE *file;
	double kib;

	file = fopen("/proc/meminfo", "re");
	if (file == NULL)
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "KernelStack: %lf", &kib) == 1)
			memory->stacks = kib;
		else if (sscanf(line, "Slab: %lf", &kib) == 1)
			memory->slab = kib;
	}
	(void)fclose(file);
}

static bool
is_of_tasks(const char *name)
{
	static const char *const names[] = {"task_struct", "vm_area_struct",
	    "vma_lock", "maple_node", "anon_vma", "anon_vma_chain", "pid"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* slabinfo(5): name, four counts, pages of a slab, ..., and after "slabdata"
 * the slabs in use and in all. */
static void
read_slab(struct memory *memory)
{
	unsigned long pages, slabs;
	char line[512], name[64], *rest;
	FILE *file;

	file = fopen("/proc/slabinfo", "re");
	if (file == NULL)
		return;
	while (fgets(line, sizeof line, file) != NULL) {
		rest = strstr(line, ": slabdata ");
		if (rest == NULL ||
		    sscanf(line, "%63s %*u %*u %*u %*u %lu", name, &pages) !=
			2 ||
		    sscanf(rest, ": slabdata %*u %lu", &slabs) != 1)
			continue;
		if (is_of_tasks(name))
			memory->tasks += (double)(slabs * pages) * 4;
	}
	(void)fclose(file);
}

int
memory_read(pid_t server, struct memory *memory)
{
	struct process_usage usage;

	memset(memory, 0, sizeof *memory);
	if (process_usage_read(server, &usage) != 0)
		return -1;
	memory->resident = (double)usage.rss_kib;
	memory->page_tables = (double)usage.page_tables;
	read_machine(memory);
	read_slab(memory);
	return 0;
}

double
memory_growth(const struct memory *before, const struct memory *after)
{
	double tasks = after->tasks - before->tasks;
	double slab = after->slab - before->slab;

	return after->resident - before->resident + after->page_tables -
	    before->page_tables + after->stacks - before->stacks + tasks +
	    (slab - tasks) / 2;
}
