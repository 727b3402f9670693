#ifndef FAULTS_SCENARIO_H
#define FAULTS_SCENARIO_H

/*
 * What a fileget is asked for while it meets faults, and what must hold
 * however that ends: what was here before is here still or is replaced by the
 * whole new file; nothing else is here but a part file; and the same command,
 * without a fault, goes on from there. Failures are failures of the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scenario_file {
	const char *final;  /* below "here" */
	const char *served; /* below "served" */
	bool was_here;	    /* an older one */
};

struct scenario {
	const char *name;
	const char *const *args;	   /* after host and port */
	const struct scenario_file *files; /* up to one without a name */
	void (*serve)(void);		   /* what is served besides, or NULL */
	void (*leave)(uint16_t port); /* what an earlier run left, or NULL */
	bool prompts;		      /* it reads "names" from standard input */
	bool is_long; /* others stand for it when time is short */
	bool shares;  /* another connection may do what one cannot */
	bool once;    /* the same command again would have to fail */
};

extern const struct scenario scenarios[];
extern const size_t scenarios_n;

/* Fills "served". */
void scenario_serve(const struct scenario *scenario);

/* Empties "here", and puts there what is to be there before a run. */
void scenario_prepare(const struct scenario *scenario, uint16_t port);

/*
 * What stands in "here" after a run under this fault: whole says whether all
 * has to be there. Whether there is a part file.
 */
/* fileget has said that a time or mode could not be set: it is not looked at.
 */
extern bool scenario_is_undressed;

bool scenario_judge(const struct scenario *scenario, bool whole,
    const char *fault);

#endif
