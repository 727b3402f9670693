# Fuzzing. Each fuzz_NAME.c is a target: it takes any bytes, hands them to the
# code under test, and requires what must hold for all bytes. "make fuzz" lets
# libFuzzer look for bytes for which it does not, with clang's sanitizers, for
# FUZZ_S seconds each. What it has found that leads somewhere new is kept in
# corpus/NAME/; build/tests/fuzz runs all of that as plain tests, and is part of
# "make check". "make fuzz-merge" adds to the corpora what "make fuzz" has found
# that they lack. Where something does not hold, the input is left in
# build/fuzz/found/, and "build/fuzz/tests/fuzz_NAME FILE" runs it alone.
#
# Decoders are what takes bytes apart that a peer, or a person, has chosen,
# and little else. The corpora alone reach each line and branch of them, or
# "make coverage" fails; but for the way past a switch over options, which have
# a case each of those that getopt_long(3) is told of.
DECODERS = common/protocol.c common/names.c common/amount.c common/text.c \
	client/wire/list_reader.c client/wire/reply_reader.c client/ui/sha256sum.c client/client_options.c \
	client/option_values.c server/server_options.c

FUZZ_S ?= 30
FUZZ_TARGETS = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SHARED = $(addprefix tests/fuzz/,answers.c command.c fuzz.c hostile.c \
	memory.c said.c served.c target.c)

ifeq ($(VARIANT),fuzz)
SANITIZE = -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
HARDENING = -fPIE
OPTIMIZE = -O2
# Only what is under test shows the fuzzer its way.
$(O)/obj/tests/fuzz/%.o: private SANITIZE = -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# What memory.c takes the place of; exit is command.c's.
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

# An archive, so that a target has only what it needs: the fuzzer looks at the
# counters of all that is linked, after every input.
$(O)/tests/fuzz.a: $(call obj,$(FUZZ_SHARED) $(SERVER) $(CLIENT) $(COMMON))
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/tests/fuzz_%: $(O)/obj/tests/fuzz/fuzz_%.o $(O)/tests/fuzz.a
	$(link) -fsanitize=fuzzer $(FUZZ_WRAP) \
		-Wl,--defsym=LLVMFuzzerTestOneInput=fuzz_$*

fuzz-deps: deps
	@.ci/deps fuzz

## make fuzz        each target of the fuzzer for FUZZ_S (30) seconds
##                  FUZZ_RUNS=N: for so many inputs instead
fuzz: fuzz-deps
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=clang fuzz-programs
	@tests/fuzz/run.sh build/fuzz $(FUZZ_S) $(FUZZ_TARGETS)

## make fuzz-merge  adds to the corpora what it has found
fuzz-merge: fuzz-deps
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=clang fuzz-programs
	@tests/fuzz/merge.sh build/fuzz $(FUZZ_TARGETS)

# Of what the corpora alone reach; part of "make coverage".
coverage-decoders:
	@find $(O) -name '*.gcda' -delete
	@CK_FORK=yes $(O)/tests/fuzz tests/fuzz/corpus
	@echo 'decoders, by the corpora of the fuzzer alone:'
	@gcovr --root . $(addprefix --filter ,$(DECODERS)) --txt \
		--fail-under-line 100 $(O)/obj
	@gcovr --root . $(addprefix --filter ,$(DECODERS)) --txt --branches \
		--exclude-branches-by-pattern '.*switch \((option|row->kind)\).*' \
		--fail-under-branch 100 $(O)/obj
