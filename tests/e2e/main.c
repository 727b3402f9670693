/* Runs the end-to-end suites: the real programs, connected over loopback. */

#include <stddef.h>

#include "tests/e2e/client_suites.h"
#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"

static Suite *(*const server_suites[])(void) = {
    files_suite,
    names_suite,
    links_suite,
    wire_suite,
    together_suite,
    flood_suite,
    changing_suite,
    mounts_suite,
    limits_suite,
    digests_suite,
    kept_suite,
    content_version_suite,
    newcomers_suite,
    exhausted_suite,
    crowded_suite,
    lifecycle_suite,
    command_suite,
    log_suite,
    presence_suite,
    old_runtime_suite,
    addresses_suite,
    faults_suite,
    rate_suite,
    listing_suite,
    sandbox_suite,
    NULL,
};

static Suite *(*const client_suites[])(void) = {
    fetch_suite,
    large_suite,
    target_suite,
    obstacles_suite,
    disks_suite,
    sparse_suite,
    stores_suite,
    hostile_suite,
    refusals_suite,
    resume_suite,
    kill_suite,
    prompt_suite,
    prompt_screen_suite,
    progress_suite,
    bars_suite,
    exits_suite,
    fallbacks_suite,
    foreign_suite,
    suggestions_suite,
    operands_suite,
    pipes_suite,
    defaults_suite,
    faults_client_suite,
    follow_suite,
    follow_lines_suite,
    follow_ends_suite,
    follow_breaks_suite,
    follow_lies_suite,
    rotation_suite,
    breaks_suite,
    parts_suite,
    interrupted_suite,
    trees_suite,
    trees_there_suite,
    updates_suite,
    filters_suite,
    vanished_suite,
    dry_run_suite,
    deletes_suite,
    deletes_refused_suite,
    sums_suite,
    planted_suite,
    growing_suite,
    settling_suite,
    stuck_suite,
    waiting_suite,
    tree_lies_suite,
    tree_breaks_suite,
    relisting_suite,
    readme_suite,
    pieces_suite,
    pieces_left_suite,
    pieces_lies_suite,
    crew_suite,
    crew_breaks_suite,
    crew_stalls_suite,
    lists_suite,
    lists_hostile_suite,
    globs_suite,
    commands_suite,
    walls_suite,
    hidden_suite,
    NULL,
};

static Suite *(*const *const tables[])(void) = {
    server_suites,
    client_suites,
    NULL,
};

int
main(int argc, char **argv)
{
	return harness_main(argc, argv, tables);
}
