# The attack pack. A control is a program without one of its defences: the linker
# sends calls of these functions to tests/attack/control_NAME.c, and the tests
# must then fail. Controls of fileserv:
WRAP_deadline = stream_fill
WRAP_handshake = stream_encrypt
WRAP_timeouts = setsockopt
WRAP_notsent = setsockopt
WRAP_linger = stream_end
WRAP_root = root_open_file
WRAP_peers = peers_enter
WRAP_slots = work_slot_take work_slot_give
WRAP_sigpipe = signal
WRAP_buffers = buffers_return
WRAP_files = root_close_file

# Controls of fileget:
WRAP_digest = file_writer_matches
WRAP_discard = output_discard
WRAP_escape = text_escape
WRAP_names = names_valid
WRAP_patience = stream_fill
WRAP_space = disk_space_check
WRAP_memory = job_queue_is_full
WRAP_origin = origin_is_one

CONTROL_FILES = $(wildcard tests/attack/control_*.c)
CONTROLS = $(CONTROL_FILES:tests/attack/control_%.c=$(O)/tests/control-%)
CLIENT_CONTROLS = $(addprefix $(O)/tests/control-,digest discard escape names \
	patience space memory origin)
ATTACK = $(filter-out $(CONTROL_FILES),$(wildcard tests/attack/*.c))

.PHONY: attack attack-quick attack-programs soak

$(O)/tests/attack: $(call obj,$(ATTACK) $(HARNESS) \
	tests/bench/histogram.c tests/bench/channel.c $(COMMON))
	$(link) $(LINK_CHECK)

$(filter-out $(CLIENT_CONTROLS),$(CONTROLS)): $(O)/tests/control-%: \
		$(O)/obj/tests/attack/control_%.o \
		$(call obj,server/main.c $(SERVER) $(COMMON))
	$(link) $(call wrap,$(WRAP_$*))

$(CLIENT_CONTROLS): $(O)/tests/control-%: $(O)/obj/tests/attack/control_%.o \
		$(call obj,client/main.c $(CLIENT) $(COMMON))
	$(link) $(call wrap,$(WRAP_$*))

attack-programs: all
	$(build) $(O)/tests/attack $(CONTROLS)

## make attack      thousands of hostile peers against both programs
##                  ATTACK_SCALE=10: a tenth of all numbers
attack: deps attack-programs
	@tests/attack/attack.sh $(O)

## make attack-quick a tenth of that, in about a minute
attack-quick: deps attack-programs
	@tests/attack/attack.sh -q $(O)

## make soak        honest and hostile clients together, SOAK_S (120) seconds
SOAK_S ?= 120
soak: deps attack-programs
	@SOAK_S=$(SOAK_S) $(O)/tests/attack $(O)/fileserv $(O)/fileget soak
