#ifndef E2E_CLIENT_SUITES_H
#define E2E_CLIENT_SUITES_H

/* The suites that test fileget. */

#include <check.h>

Suite *fetch_suite(void);
Suite *large_suite(void);
Suite *target_suite(void);
Suite *obstacles_suite(void);
Suite *disks_suite(void);
Suite *stores_suite(void);
Suite *hostile_suite(void);
Suite *refusals_suite(void);
Suite *resume_suite(void);
Suite *kill_suite(void);
Suite *prompt_suite(void);
Suite *prompt_screen_suite(void);
Suite *progress_suite(void);
Suite *bars_suite(void);
Suite *exits_suite(void);
Suite *fallbacks_suite(void);
Suite *foreign_suite(void);
Suite *suggestions_suite(void);
Suite *operands_suite(void);
Suite *pipes_suite(void);
Suite *faults_client_suite(void);
Suite *follow_suite(void);
Suite *follow_lines_suite(void);
Suite *follow_ends_suite(void);
Suite *follow_breaks_suite(void);
Suite *follow_lies_suite(void);
Suite *rotation_suite(void);
Suite *breaks_suite(void);
Suite *parts_suite(void);
Suite *interrupted_suite(void);
Suite *trees_suite(void);
Suite *trees_there_suite(void);
Suite *updates_suite(void);
Suite *filters_suite(void);
Suite *vanished_suite(void);
Suite *dry_run_suite(void);
Suite *deletes_suite(void);
Suite *deletes_refused_suite(void);
Suite *sums_suite(void);
Suite *planted_suite(void);
Suite *waiting_suite(void);
Suite *tree_lies_suite(void);
Suite *tree_breaks_suite(void);
Suite *readme_suite(void);
Suite *growing_suite(void);
Suite *settling_suite(void);
Suite *stuck_suite(void);
Suite *pieces_suite(void);
Suite *pieces_left_suite(void);
Suite *pieces_lies_suite(void);
Suite *crew_suite(void);
Suite *crew_breaks_suite(void);
Suite *crew_stalls_suite(void);
Suite *lists_suite(void);
Suite *lists_hostile_suite(void);
Suite *globs_suite(void);
Suite *commands_suite(void);
Suite *walls_suite(void);
Suite *hidden_suite(void);

#endif
