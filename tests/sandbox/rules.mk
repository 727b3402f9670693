# The programs with a thread in them that has been taken over: a function of
# each is replaced by one that tries what the sandbox should forbid. For
# tests/e2e/test_sandbox.c and test_walls.c; nothing of it is in the programs themselves.
TESTS += $(O)/tests/probe-fileserv $(O)/tests/probe-fileget

$(O)/tests/probe-fileserv: $(call obj,tests/sandbox/taken_server.c \
		server/main.c $(SERVER) $(COMMON))
	$(link) $(call wrap,session_run)

$(O)/tests/probe-fileget: $(call obj,tests/sandbox/taken_client.c \
		client/main.c $(CLIENT) $(COMMON))
	$(link) $(call wrap,folder_check_name)
