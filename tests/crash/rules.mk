# The crash pack. A control is fileget without one of its defences: the linker
# sends calls of these functions to tests/crash/control_NAME.c, and controls.sh
# checks that the tests then fail.
WRAP_fsync = fsync syncfs
WRAP_direct = part_create
WRAP_resume = part_take
WRAP_signals = signal
WRAP_leftovers = unlinkat

CRASH_CONTROL_FILES = $(wildcard tests/crash/control_*.c)
CRASH_CONTROLS = \
	$(CRASH_CONTROL_FILES:tests/crash/control_%.c=$(O)/tests/control-%)
CRASH = $(filter-out $(CRASH_CONTROL_FILES),$(wildcard tests/crash/*.c))

.PHONY: crash crash-quick crash-programs crash-deps

$(O)/tests/crash: $(call obj,$(CRASH) $(HARNESS) $(COMMON))
	$(link) $(LINK_CHECK)

$(CRASH_CONTROLS): $(O)/tests/control-%: $(O)/obj/tests/crash/control_%.o \
		$(call obj,client/main.c $(CLIENT) $(COMMON))
	$(link) $(call wrap,$(WRAP_$*))

crash-programs: all
	$(build) $(O)/tests/crash $(CRASH_CONTROLS)

crash-deps: deps
	@.ci/deps crash || echo 'going on without what is missing'

## make crash       kills, power failures, full disks; then the controls
##                  CRASH_ROUNDS=20: at most so many rounds of each
##                  CRASH_SEED=N: the random moments of an earlier run
crash: crash-deps crash-programs
	@$(O)/tests/crash $(O)/fileserv $(O)/fileget
	@tests/crash/controls.sh $(O)

## make crash-quick a few rounds of that
crash-quick: crash-deps crash-programs
	@tests/crash/quick.sh $(O)
