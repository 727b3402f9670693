#ifndef COMMON_SECCOMP_BASE_H
#define COMMON_SECCOMP_BASE_H

/* The rules that the seccomp(2) filters of both programs share. The programs
 * add their own rules and load the filter, before any thread is started. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seccomp.h>

/*
 * Returns a filter that allows the system calls of connections, threads and
 * memory that cannot become executable, and answers all others with action
 * (SCMP_ACT_...). The caller frees it by seccomp_release. Returns NULL with
 * errno if there can be no filter. Also clears READ_IMPLIES_EXEC of
 * personality(2), so that readable memory is not executable.
 */
scmp_filter_ctx seccomp_base_new(uint32_t action);

struct seccomp_base_rule {
	int call;
	struct scmp_arg_cmp argument;
};

/* The masked bits of the argument with this index have this value. */
#define SECCOMP_BASE_WHERE(index, mask, value)                     \
	{                                                          \
		(index), SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), \
		    (scmp_datum_t)(value)                          \
	}

/* Allows n system calls. Returns 0, or a negative errno as libseccomp does. */
int seccomp_base_allow(scmp_filter_ctx filter, const int *calls, size_t n);

/* Allows n system calls where their condition holds. Returns the same. */
int seccomp_base_allow_where(scmp_filter_ctx filter,
    const struct seccomp_base_rule *rules, size_t n);

/* Returns true if this kernel has seccomp, though it may be out of reach. Reads
 * /proc, so it is called before the process is confined. */
bool seccomp_base_in_kernel(void);

/* Returns why a filter could not be loaded: a text for an errno. in_kernel: see
 * seccomp_base_in_kernel. */
const char *seccomp_base_explain(int error, bool in_kernel);

#endif
