/* The test's side of the shared page (page.h). */

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/faults/fault.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"

static struct faults_page *page;

void
fault_open(void)
{
	char path[SCRATCH_PATH];
	void *mapped;
	int fd;

	fd = open(scratch_path(path, "page"), O_RDWR | O_CREAT | O_CLOEXEC,
	    0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, sizeof(*page)), 0);
	mapped = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	ck_assert_ptr_ne(mapped, MAP_FAILED);
	close(fd);
	page = mapped;
}

/* Sets "NAME=" and the path of a file beside this program. */
static void
print_beside(char *text, size_t size, const char *setting, const char *file)
{
	char own[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);

	ck_assert_int_gt(len, 0);
	own[len] = '\0';
	*strrchr(own, '/') = '\0';
	snprintf(text, size, "%s=%s/%s", setting, own, file);
}

const char *const *
fault_environment(void)
{
	static char preload[2 * PATH_MAX], at[2 * SCRATCH_PATH];
	/* The shim is loaded before the sanitizer, so that memory can run out
	 * too. */
	static const char *const environment[] = {preload, at,
	    "ASAN_OPTIONS=exitcode=99:detect_leaks=1:verify_asan_link_order=0",
	    NULL};
	char path[SCRATCH_PATH];

	print_beside(preload, sizeof(preload), "LD_PRELOAD", "shim.so");
	snprintf(at, sizeof(at), "%s=%s", FAULTS_PAGE,
	    scratch_path(path, "page"));
	return environment;
}

void
fault_arm(const struct fault *fault, unsigned nth)
{
	page->error = fault->error;
	page->mode = fault->mode;
	page->nth = nth;
	atomic_store(&page->calls, 0);
	atomic_store(&page->struck, 0);
	atomic_store(&page->call, (int)fault->call);
}

bool
fault_disarm(void)
{
	atomic_store(&page->call, FAULTS_NONE);
	return atomic_load(&page->struck) > 0;
}

bool
fault_in_haste(void)
{
	return getenv("FAULTS_QUICK") != NULL;
}

bool
fault_is_skipped(const struct fault *fault, unsigned modes,
    enum faults_call before)
{
	if ((modes & 1U << fault->mode) == 0)
		return true;
	return fault_in_haste() && before == fault->call &&
	    fault->error != EINTR && fault->error != FAULTS_SHORT;
}

unsigned
fault_next(unsigned nth)
{
	return fault_in_haste() ? nth + (nth + 1) / 2 : nth + 1;
}

static const char *
print_kind(const struct fault *fault)
{
#define FAULT_NAME(name, text) [FAULTS_##name] = (text),
	static const char *const calls[] = {FAULTS_CALLS(FAULT_NAME)};
	static const char *const modes[] = {
	    [FAULTS_ONCE] = "once",
	    [FAULTS_ON] = "from then on",
	    [FAULTS_ALTERNATELY] = "every other time",
	};
	static char text[96];

	snprintf(text, sizeof(text), "%s: %s, %s", calls[fault->call],
	    fault->error == FAULTS_SHORT ? "half" : strerror(fault->error),
	    modes[fault->mode]);
	return text;
}

const char *
fault_print(const struct fault *fault, unsigned nth)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s, call %u", print_kind(fault), nth);
	return text;
}

bool
fault_ends_sanitizer(const struct fault *fault)
{
	return HARNESS_SLOW &&
	    (fault->call == FAULTS_CALLOC || fault->call == FAULTS_REALLOC);
}

void
fault_count(const char *program, const struct fault *fault, unsigned runs)
{
	const char *path = getenv("FAULTS_TALLY");
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	dprintf(fd, "%u\t%s: %s\n", runs, program, print_kind(fault));
	close(fd);
}

bool
fault_is_about_memory(const struct fault *fault)
{
	return fault->call == FAULTS_CALLOC || fault->call == FAULTS_MALLOC ||
	    fault->call == FAULTS_REALLOC;
}
