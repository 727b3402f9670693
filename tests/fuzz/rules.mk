# Fuzzing. Each fuzz_NAME.c is a target: it passes any bytes to the code under
# test and requires properties that hold for all bytes. "make fuzz" runs
# libFuzzer with clang's sanitizers for FUZZ_S seconds on each target. A failing
# input is left in build/fuzz/found/, and "build/fuzz/tests/fuzz_NAME FILE" runs
# it alone. corpus/NAME/ holds inputs that reach different code:
# build/tests/fuzz runs them as plain tests, as part of "make check", and
# "make fuzz-merge" adds those that "make fuzz" found.
#
# Files that parse bytes chosen by a peer or a user, and do little else. "make
# coverage" fails unless the corpora alone reach each of their lines and
# branches, except a switch over options without a match: there is a case for
# each option.
DECODERS = common/protocol.c common/names.c common/key_name.c common/amount.c common/text.c \
	client/link.c client/wire/list_reader.c client/wire/reply_reader.c client/ui/sha256sum.c client/client_options.c \
	client/option_values.c server/server_options.c server/proxy_header.c \
	server/proxies.c server/client_line.c server/scope.c
DECODERS += client/trust/known_hosts.c client/option_checks.c

FUZZ_S ?= 30
FUZZ_TARGETS = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SHARED = $(addprefix tests/fuzz/,answers.c command.c fuzz.c hostile.c \
	memory.c said.c served.c target.c)

ifeq ($(VARIANT),fuzz)
SANITIZE = -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
HARDENING = -fPIE
OPTIMIZE = -O2
# Only the code under test guides the fuzzer, not the target.
$(O)/obj/tests/fuzz/%.o: private SANITIZE = -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# Functions that memory.c replaces; command.c replaces exit.
FUZZ_WRAP = $(call wrap,recv send sendfile splice poll ioctl \
	shutdown setsockopt getsockopt close clock_gettime net_connect \
	interrupt_pending exit)

.PHONY: fuzz fuzz-deps fuzz-programs fuzz-merge coverage-decoders

TESTS += $(O)/tests/fuzz

$(O)/tests/fuzz: $(call obj,$(wildcard tests/fuzz/*.c) $(MARK) $(SERVER) \
		$(CLIENT) $(COMMON))
	$(link) $(FUZZ_WRAP) $(LINK_CHECK)

fuzz-programs:
	$(build) $(addprefix $(O)/tests/fuzz_,$(FUZZ_TARGETS))

# An archive links each target with the files it needs only: the fuzzer reads
# the counters of all linked code after every input.
$(O)/tests/fuzz.a: $(call obj,$(FUZZ_SHARED) $(SERVER) $(CLIENT) $(COMMON))
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/tests/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/tests/fuzz.a
	$(link) -fsanitize=fuzzer $(FUZZ_WRAP) \
		-Wl,--defsym=LLVMFuzzerTestOneInput=fuzz_$*

fuzz-deps: deps
	@.ci/deps fuzz

## make fuzz        each target of the fuzzer, for FUZZ_S (30) seconds
##                  FUZZ_RUNS=N: for N inputs instead
fuzz: fuzz-deps
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=clang fuzz-programs
	@tests/fuzz/run.sh build/fuzz $(FUZZ_S) $(FUZZ_TARGETS)

## make fuzz-merge  adds the inputs that make fuzz found to the corpora
fuzz-merge: fuzz-deps
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=clang fuzz-programs
	@tests/fuzz/merge.sh build/fuzz $(FUZZ_TARGETS)

# Part of "make coverage": the corpora alone.
coverage-decoders:
	@find $(O) -name '*.gcda' -delete
	@CK_FORK=yes $(O)/tests/fuzz tests/fuzz/corpus
	@echo 'decoders, covered by the corpora of the fuzzer alone:'
	@gcovr --root . $(addprefix --filter ,$(DECODERS)) --txt \
		--fail-under-line 100 $(O)/obj
	@gcovr --root . $(addprefix --filter ,$(DECODERS)) --txt --branches \
		--exclude-branches-by-pattern '.*switch \((option|row->kind)\).*' \
		--fail-under-branch 100 $(O)/obj
