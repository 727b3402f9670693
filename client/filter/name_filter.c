/* An ordered list of patterns. The callers, which walk trees, do not enter
 * excluded folders. */

#include <stdlib.h>

#include "client/filter/name_filter.h"
#include "client/filter/path_pattern.h"

struct name_filter_rule {
	struct path_pattern *pattern;
	bool includes;
};

int
name_filter_add(struct name_filter *filter, const char *pattern, bool includes,
    const char **why)
{
	struct name_filter_rule rule = {.includes = includes};
	struct name_filter_rule *rules;

	rule.pattern = path_pattern_new(pattern, why);
	if (rule.pattern == NULL)
		return -1;
	rules = reallocarray(filter->rules, filter->n + 1, sizeof(*rules));
	if (rules == NULL) {
		*why = "out of memory";
		path_pattern_free(rule.pattern);
		return -1;
	}
	rules[filter->n] = rule;
	filter->rules = rules;
	filter->n++;
	return 0;
}

void
name_filter_free(struct name_filter *filter)
{
	size_t i;

	for (i = 0; i < filter->n; i++)
		path_pattern_free(filter->rules[i].pattern);
	free(filter->rules);
	*filter = (struct name_filter){.n = 0};
}

bool
name_filter_excludes(const struct name_filter *filter, const char *path,
    bool is_folder)
{
	const struct name_filter_rule *rule;
	size_t i;

	for (i = 0; i < filter->n; i++) {
		rule = &filter->rules[i];
		if (path_pattern_matches(rule->pattern, path, is_folder))
			return !rule->includes;
	}
	return false;
}
