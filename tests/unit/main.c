/*
 * Runs every suite. Each test has a process of its own, so that a crash or a
 * sanitizer's report fails only that test. CK_FORK=no runs them in one process,
 * for a debugger; the other variables of Check work too (CK_VERBOSITY,
 * CK_RUN_SUITE). Any working folder will do. Argument "PART/PARTS": runs every
 * PARTS-th suite from number PART on, so that several processes can share the
 * suites.
 */

#include <stdio.h>
#include <stdlib.h>

#include "tests/harness/loopback.h"
#include "tests/unit/unit.h"

static Suite *(*const suites[])(void) = {
    headers_suite,
    names_suite,
    key_name_suite,
    key_file_suite,
    identity_suite,
    content_version_suite,
    protocol_suite,
    protocol_reply_suite,
    protocol_list_suite,
    text_suite,
    digest_suite,
    seccomp_base_suite,
    clock_suite,
    allowance_suite,
    buffers_suite,
    poison_suite,
    log_suite,
    net_suite,
    net_listen_suite,
    resolve_suite,
    standard_suite,
    endpoint_suite,
    request_log_suite,
    stream_suite,
    stream_await_suite,
    stream_send_suite,
    stream_room_suite,
    stream_end_suite,
    stream_shut_suite,
    stream_stop_suite,
    socket_suite,
    stream_rate_suite,
    range_suite,
    beneath_suite,
    rate_suite,
    fair_rate_suite,
    peers_suite,
    access_suite,
    client_list_suite,
    clients_suite,
    proxies_suite,
    coverage_suite,
    share_suite,
    share_link_suite,
    proxy_header_suite,
    scope_suite,
    proxy_reader_suite,
    work_slots_suite,
    limits_suite,
    landlock_suite,
    user_suite,
    listen_sockets_suite,
    session_suite,
    verbs_suite,
    send_file_suite,
    announcement_suite,
    presence_suite,
    stacks_suite,
    sandbox_suite,
    eviction_suite,
    connection_server_suite,
    listener_suite,
    handle_suite,
    kept_suite,
    reply_writer_suite,
    state_suite,
    extent_suite,
    storage_suite,
    hangs_suite,
    root_suite,
    root_change_suite,
    root_list_suite,
    send_list_suite,
    workers_suite,
    server_options_suite,
    client_options_suite,
    operands_suite,
    defaults_suite,
    option_conflicts_suite,
    amount_suite,
    options_suite,
    options_file_suite,
    failure_suite,
    advice_suite,
    name_files_suite,
    query_suite,
    stdout_writer_suite,
    terminal_suite,
    screen_suite,
    terminal_rows_suite,
    tally_suite,
    progress_text_suite,
    failed_lines_suite,
    interrupt_suite,
    progress_suite,
    report_suite,
    run_suite,
    file_digests_suite,
    path_pattern_suite,
    name_filter_suite,
    removal_suite,
    tree_folder_dry_suite,
    window_suite,
    reuse_suite,
    recv_snapshot_suite,
    file_writer_suite,
    holes_suite,
    old_copy_suite,
    inode_set_suite,
    line_search_suite,
    printed_suite,
    same_log_suite,
    rotated_name_suite,
    rotated_files_suite,
    rotation_suite,
    follow_suite,
    tail_suite,
    tail_seek_suite,
    sha256sum_suite,
    local_name_suite,
    folder_end_suite,
    listed_names_suite,
    sources_suite,
    handover_suite,
    named_jobs_suite,
    job_queue_suite,
    job_stages_suite,
    pieces_end_suite,
    recv_file_suite,
    job_request_suite,
    recv_piece_suite,
    origin_suite,
    recv_whole_suite,
    settle_suite,
    waiting_suite,
    parallel_suite,
    pipeline_suite,
    foreign_peer_suite,
    reply_reader_suite,
    list_reader_suite,
    remote_folder_suite,
    ls_format_suite,
    name_list_suite,
    remote_glob_suite,
    suggestion_suite,
    ls_suite,
    remote_cwd_suite,
    completion_suite,
    tab_list_suite,
    question_suite,
    help_suite,
    job_control_suite,
    commands_suite,
    folder_suite,
    same_file_suite,
    written_files_suite,
    stamp_suite,
    volume_suite,
    disk_space_suite,
    part_name_suite,
    acl_suite,
    write_failure_suite,
    base_folders_suite,
    folder_below_suite,
    folder_nameless_suite,
    publish_suite,
    publish_ways_suite,
    part_suite,
    part_long_suite,
    part_mapped_suite,
    tree_folder_suite,
    tree_folder_sync_suite,
    pieces_suite,
    output_suite,
    output_fail_suite,
    output_piece_suite,
    client_server_suite,
    server_list_suite,
    connection_suite,
    connection_servers_suite,
    job_reply_suite,
    job_reply_part_suite,
    recv_folder_suite,
    recv_folder_hostile_suite,
    recv_proof_suite,
};

int
main(int argc, char **argv)
{
	unsigned part = 1, parts = 1;
	SRunner *runner;
	size_t i;
	int failed;

	if (argc > 2 ||
	    (argc == 2 && sscanf(argv[1], "%u/%u", &part, &parts) != 2) ||
	    part < 1 || part > parts) {
		fprintf(stderr, "usage: unit [PART/PARTS]\n");
		return 2;
	}
	if (!loopback_ready("unit tests"))
		return EXIT_SUCCESS;
	/* No config file of the developer takes part. */
	unsetenv("HOME");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("FILEGET_OPTIONS");
	runner = srunner_create(NULL);
	unit_open_folders();
	for (i = part - 1; i < UNIT_ROWS(suites); i += parts)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	unit_close_folders();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
