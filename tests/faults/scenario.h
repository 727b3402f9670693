#ifndef FAULTS_SCENARIO_H
#define FAULTS_SCENARIO_H

/*
 * The commands that fileget runs while calls fail, and the checks for any
 * outcome: each older file is unchanged or replaced by the whole new one;
 * nothing else exists but a part file; the same command without a fault then
 * completes. Errors fail the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scenario_file {
	const char *final;  /* below "here" */
	const char *served; /* below "served" */
	bool was_here;	    /* an older file exists */
};

struct scenario {
	const char *name;
	const char *const *args;	   /* arguments after host and port */
	const struct scenario_file *files; /* ends with a row without a name */
	void (*serve)(void);		   /* serves more files, or NULL */
	void (*leave)(uint16_t port); /* as an earlier run would, or NULL */
	bool prompts;		      /* reads "names" from standard input */
	bool is_long;		      /* skipped with FAULTS_QUICK */
	bool shares; /* another connection may replace a failed one */
	bool once;   /* the command cannot be run a second time */
};

extern const struct scenario scenarios[];
extern const size_t scenarios_n;

/* Fills "served". */
void scenario_serve(const struct scenario *scenario);

/* Empties "here", then creates the files that exist before a run. */
void scenario_prepare(const struct scenario *scenario, uint16_t port);

/*
 * Checks "here" after a run with this fault; with whole, all files must be
 * there. Returns whether a part file is left.
 */
/* Set if fileget reported that it could not set a time or mode: they are then
 * not compared. */
extern bool scenario_is_undressed;

bool scenario_judge(const struct scenario *scenario, bool whole,
    const char *fault);

#endif
