#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

/*
 * Common to the unit tests: their suites, one for each test file, and helpers.
 * The helpers assert, so that only unit_receive may be called from a thread
 * other than the main one.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <check.h>

/* Number of rows of a table. */
#define UNIT_ROWS(table) (sizeof(table) / sizeof((table)[0]))

enum {
	UNIT_PATH = 512,   /* bytes of a path in a test folder */
	UNIT_TIMEOUT = 60, /* seconds; only a hang takes as long */
};

Suite *content_version_suite(void);
Suite *protocol_suite(void);
Suite *protocol_reply_suite(void);
Suite *protocol_list_suite(void);
Suite *names_suite(void);
Suite *key_name_suite(void);
Suite *key_file_suite(void);
Suite *identity_suite(void);
Suite *text_suite(void);
Suite *digest_suite(void);
Suite *seccomp_base_suite(void);
Suite *clock_suite(void);
Suite *allowance_suite(void);
Suite *buffers_suite(void);
Suite *poison_suite(void);
Suite *stream_suite(void);
Suite *stream_await_suite(void);
Suite *stream_encrypt_suite(void);
Suite *tls_suite(void);
Suite *stream_send_suite(void);
Suite *stream_room_suite(void);
Suite *stream_end_suite(void);
Suite *stream_shut_suite(void);
Suite *stream_stop_suite(void);
Suite *socket_suite(void);
Suite *stream_rate_suite(void);
Suite *range_suite(void);
Suite *beneath_suite(void);
Suite *rate_suite(void);
Suite *fair_rate_suite(void);
Suite *net_suite(void);
Suite *net_listen_suite(void);
Suite *resolve_suite(void);
Suite *standard_suite(void);
Suite *endpoint_suite(void);
Suite *request_log_suite(void);
Suite *log_suite(void);
Suite *state_suite(void);
Suite *extent_suite(void);
Suite *storage_suite(void);
Suite *hangs_suite(void);
Suite *root_suite(void);
Suite *root_change_suite(void);
Suite *root_list_suite(void);
Suite *send_list_suite(void);
Suite *send_list_pages_suite(void);
Suite *peers_suite(void);
Suite *access_suite(void);
Suite *client_list_suite(void);
Suite *clients_suite(void);
Suite *proxies_suite(void);
Suite *coverage_suite(void);
Suite *share_suite(void);
Suite *share_link_suite(void);
Suite *proxy_header_suite(void);
Suite *scope_suite(void);
Suite *scope_folder_suite(void);
Suite *proxy_reader_suite(void);
Suite *handshake_suite(void);
Suite *encryption_suite(void);
Suite *key_path_suite(void);
Suite *work_slots_suite(void);
Suite *limits_suite(void);
Suite *listen_sockets_suite(void);
Suite *session_suite(void);
Suite *verbs_suite(void);
Suite *send_file_suite(void);
Suite *announcement_suite(void);
Suite *presence_suite(void);
Suite *stacks_suite(void);
Suite *sandbox_suite(void);
Suite *own_files_suite(void);
Suite *signals_suite(void);
Suite *reload_suite(void);
Suite *eviction_suite(void);
Suite *connection_server_suite(void);
Suite *landlock_suite(void);
Suite *user_suite(void);
Suite *listener_suite(void);
Suite *handle_suite(void);
Suite *kept_suite(void);
Suite *reply_writer_suite(void);
Suite *workers_suite(void);
Suite *amount_suite(void);
Suite *options_suite(void);
Suite *options_file_suite(void);
Suite *failure_suite(void);
Suite *advice_suite(void);
Suite *name_files_suite(void);
Suite *query_suite(void);
Suite *client_key_suite(void);
Suite *known_hosts_suite(void);
Suite *known_hosts_file_suite(void);
Suite *host_trust_suite(void);
Suite *stdout_writer_suite(void);
Suite *terminal_suite(void);
Suite *screen_suite(void);
Suite *terminal_rows_suite(void);
Suite *tally_suite(void);
Suite *progress_text_suite(void);
Suite *failed_lines_suite(void);
Suite *interrupt_suite(void);
Suite *progress_suite(void);
Suite *report_suite(void);
Suite *run_suite(void);
Suite *file_digests_suite(void);
Suite *path_pattern_suite(void);
Suite *name_filter_suite(void);
Suite *removal_suite(void);
Suite *tree_folder_dry_suite(void);
Suite *window_suite(void);
Suite *reuse_suite(void);
Suite *recv_snapshot_suite(void);
Suite *file_writer_suite(void);
Suite *holes_suite(void);
Suite *old_copy_suite(void);
Suite *inode_set_suite(void);
Suite *line_search_suite(void);
Suite *printed_suite(void);
Suite *same_log_suite(void);
Suite *rotated_name_suite(void);
Suite *rotated_files_suite(void);
Suite *rotation_suite(void);
Suite *follow_suite(void);
Suite *tail_suite(void);
Suite *tail_seek_suite(void);
Suite *sha256sum_suite(void);
Suite *local_name_suite(void);
Suite *folder_end_suite(void);
Suite *listed_names_suite(void);
Suite *sources_suite(void);
Suite *handover_suite(void);
Suite *named_jobs_suite(void);
Suite *job_queue_suite(void);
Suite *job_stages_suite(void);
Suite *pieces_end_suite(void);
Suite *recv_file_suite(void);
Suite *job_request_suite(void);
Suite *recv_piece_suite(void);
Suite *origin_suite(void);
Suite *recv_whole_suite(void);
Suite *settle_suite(void);
Suite *waiting_suite(void);
Suite *parallel_suite(void);
Suite *pipeline_suite(void);
Suite *foreign_peer_suite(void);
Suite *reply_reader_suite(void);
Suite *request_writer_suite(void);
Suite *list_reader_suite(void);
Suite *remote_folder_suite(void);
Suite *ls_format_suite(void);
Suite *name_list_suite(void);
Suite *remote_glob_suite(void);
Suite *suggestion_suite(void);
Suite *ls_suite(void);
Suite *remote_cwd_suite(void);
Suite *completion_suite(void);
Suite *tab_list_suite(void);
Suite *question_suite(void);
Suite *help_suite(void);
Suite *job_control_suite(void);
Suite *commands_suite(void);
Suite *folder_suite(void);
Suite *same_file_suite(void);
Suite *written_files_suite(void);
Suite *stamp_suite(void);
Suite *volume_suite(void);
Suite *disk_space_suite(void);
Suite *part_name_suite(void);
Suite *acl_suite(void);
Suite *write_failure_suite(void);
Suite *base_folders_suite(void);
Suite *folder_below_suite(void);
Suite *folder_nameless_suite(void);
Suite *publish_suite(void);
Suite *publish_ways_suite(void);
Suite *part_suite(void);
Suite *part_long_suite(void);
Suite *part_mapped_suite(void);
Suite *tree_folder_suite(void);
Suite *tree_folder_sync_suite(void);
Suite *pieces_suite(void);
Suite *output_suite(void);
Suite *output_fail_suite(void);
Suite *output_piece_suite(void);
Suite *client_server_suite(void);
Suite *server_list_suite(void);
Suite *connection_suite(void);
Suite *connection_servers_suite(void);
Suite *job_reply_suite(void);
Suite *job_reply_part_suite(void);
Suite *recv_folder_suite(void);
Suite *recv_folder_hostile_suite(void);
Suite *recv_proof_suite(void);
Suite *client_options_suite(void);
Suite *operands_suite(void);
Suite *link_suite(void);
Suite *defaults_suite(void);
Suite *server_options_suite(void);
Suite *option_conflicts_suite(void);
Suite *headers_suite(void);

/* Creates the folder for all files of this run, in $TMPDIR or /tmp. For main.c
 * only. */
void unit_open_folders(void);
void unit_close_folders(void);

/* Adds a case to the suite, with a time limit. */
TCase *unit_case(Suite *suite, const char *name);

/* Returns whether the kernel itself answers system calls. An emulator
 * (qemu-user) takes no seccomp filters and knows few options of sockets: then
 * prints that these tests are skipped. */
bool unit_is_native(const char *tests);

/* Creates a folder, which is removed when the run ends. */
void unit_folder(char path[UNIT_PATH]);

/* Builds "folder/name"; and writes these bytes into a file there. */
void unit_path(char path[UNIT_PATH], const char *folder, const char *name);
void unit_write(const char *folder, const char *name, const void *bytes,
    size_t len);

/* Makes permissions apply to root too, in this process. */
void unit_drop_power(void);

/* Listens on host and *port, which is set if it was 0. Returns the descriptor.
 */
int unit_listen(const char *host, uint16_t *port);

/* Looks host up and connects to it. Returns as net_connect does. */
int unit_connect(const char *host, uint16_t port, int64_t timeout, int wake_fd,
    char *error);

/* Creates both ends of a TCP connection over the loopback interface. */
void unit_tcp_pair(int pair[2]);

/* Fills bytes without a period that could equal a buffer's length. */
void unit_fill(uint8_t *bytes, size_t len, uint32_t seed);

/* Returns the next number of a fixed sequence. */
uint32_t unit_random(uint32_t *state);

/* Converts hexadecimal digits to bytes, ignoring spaces; returns their
 * number. */
size_t unit_bytes(const char *hex, uint8_t *bytes, size_t size);

/* Sends all bytes, blocking. */
void unit_send(int fd, const void *bytes, size_t len);

/*
 * Receives until the end, an error or max bytes; returns the number of bytes.
 * *code is 0 at the end or when max is reached, else errno.
 */
size_t unit_receive(int fd, uint8_t *bytes, size_t max, int *code);

/* Waits without limit for one of these events on a descriptor. */
void unit_wait(int fd, short events);

#endif
