/* The jobs of a queue are taken out, looked at and put back. */

#include <string.h>

#include "tests/unit/queued.h"
#include "tests/unit/unit.h"

void
queued_expect(struct job_queue *queue, const char *names)
{
	struct job_list list = STAILQ_HEAD_INITIALIZER(list);
	char text[1024] = "";
	struct job *job;

	while ((job = job_queue_take_any(queue)) != NULL) {
		ck_assert_uint_eq(strlen(job->name), job->name_len);
		strlcat(text, job->name, sizeof(text));
		strlcat(text, " ", sizeof(text));
		STAILQ_INSERT_TAIL(&list, job, next);
	}
	ck_assert_str_eq(text, names);
	job_queue_put_all_next(queue, &list);
}
