# The programs as if a peer had taken over a thread: one function of each is
# replaced by code that tries what the sandbox must forbid. Used by
# tests/e2e/test_sandbox.c and test_walls.c.
TESTS += $(O)/tests/probe-fileserv $(O)/tests/probe-fileget

$(O)/tests/probe-fileserv: $(call obj,tests/sandbox/taken_server.c \
		server/main.c $(SERVER) $(COMMON))
	$(link) $(call wrap,session_run)

$(O)/tests/probe-fileget: $(call obj,tests/sandbox/taken_client.c \
		client/main.c $(CLIENT) $(COMMON))
	$(link) $(call wrap,folder_check_name)
