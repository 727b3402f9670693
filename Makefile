# fileserv and fileget. Plain GNU make, no configure step; "make help" lists the
# goals. From top to bottom: flags, how a file is built, which files there are,
# goals (build, test, lint, install). Each kind of test beyond unit and
# end-to-end has its rules beside it, in tests/*/rules.mk.

.DEFAULT_GOAL = all
SHELL = /bin/sh
VERSION = 1.0
PREFIX ?= /usr/local
DESTDIR ?=
PKG_CONFIG ?= pkg-config

# A variant (asan, tsan, coverage, fuzz) is built in a directory of its own.
VARIANT ?=
O ?= build$(if $(VARIANT),/$(VARIANT))
ifeq ($(abspath $(O)),$(CURDIR))
$(error O=$(O) is the source folder: name another)
endif

# ---- flags -----------------------------------------------------------------
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
	-Wwrite-strings -Wundef -Wformat=2 -Wvla -Wimplicit-fallthrough \
	$(if $(filter 1,$(WERROR)),-Werror)

OPTIMIZE ?= -O2
# _FORTIFY_SOURCE: the level of a distribution's own flags wins, the level that
# its compiler has built in is replaced; without optimization there is none.
FORTIFY = $(if $(strip $(filter -O0,$(OPTIMIZE) $(CFLAGS)) \
	$(findstring _FORTIFY_SOURCE,$(CC) $(CPPFLAGS) $(CFLAGS))),, \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDENING = -fPIE -fstack-protector-strong $(FORTIFY)
HARDENING_LD = -pie -Wl,--as-needed -Wl,-z,relro -Wl,-z,now

# Sanitizers have larger stack frames, hence larger thread stacks. They and
# gcov make system calls that the sandbox forbids, hence no sandbox.
ifneq ($(VARIANT),)
HARDENING = -fPIE
endif
ifeq ($(VARIANT),asan)
OPTIMIZE = -O1
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DWORKER_STACK=1048576 -DHARNESS_NO_SANDBOX=1
endif
ifeq ($(VARIANT),tsan)
OPTIMIZE = -O1
SANITIZE = -fsanitize=thread \
	-fno-omit-frame-pointer -DWORKER_STACK=1048576 -DHARNESS_NO_SANDBOX=1
endif
ifeq ($(VARIANT),coverage)
OPTIMIZE = -O0
SANITIZE = --coverage -fprofile-update=atomic -DHARNESS_NO_SANDBOX=1
endif

# $(call once,NAME,COMMAND): the command's output, kept in the variable NAME. The
# command runs at the first use and not when this file is read, because
# "make deps" may have to install pkg-config before.
once = $(eval $1 := $(shell $2))$($1)
PACKAGES = libbsd-overlay libmd libxxhash libedit libseccomp libssl libcrypto
PKG_CFLAGS = $(call once,PKG_CFLAGS,$(PKG_CONFIG) --cflags $(PACKAGES))
PKG_LIBS = $(call once,PKG_LIBS,$(PKG_CONFIG) --libs $(PACKAGES))
CHECK_CFLAGS = $(call once,CHECK_CFLAGS,$(PKG_CONFIG) --cflags check)
CHECK_LIBS = $(call once,CHECK_LIBS,$(PKG_CONFIG) --libs check)

# The user's flags come last and win.
CFLAGS ?= -g
ALL_CFLAGS = -std=gnu11 $(OPTIMIZE) $(WARNINGS) $(HARDENING) $(SANITIZE) \
	-pthread -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I. $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(OPTIMIZE) $(CFLAGS) $(HARDENING_LD) $(SANITIZE) -pthread \
	$(LDFLAGS)

# ---- how a file is built ---------------------------------------------------
# Goals are phony and build their files with $(build): in a second make, which
# holds a lock on the build directory. When two makes run in one tree, the
# later one waits, and then finds the files built.
define build
@mkdir -p $(O)
@flock -n $(O)/lock true || echo 'another make builds in $(O): waiting for it'
+@flock $(O)/lock $(MAKE) --no-print-directory
endef

# Goals run one after another, each with all jobs; files side by side.
ifneq ($(filter-out $(O)/%,$(or $(MAKECMDGOALS),all)),)
.NOTPARALLEL:
endif

obj = $(patsubst %.c,$(O)/obj/%.o,$(1))

$(O)/obj/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PKG_CFLAGS) $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/obj/tests/%.o: private TEST_CFLAGS = $(CHECK_CFLAGS) \
	-Wno-gnu-zero-variadic-macro-arguments
# Nobody waits for these tests to compute: -O1 compiles a quarter faster.
$(O)/obj/tests/unit/%.o $(O)/obj/tests/e2e/%.o: \
	private OPTIMIZE := $(OPTIMIZE:-O2=-O1)

# Links the prerequisites; more flags and libraries may follow it.
define link
@mkdir -p $(@D)
$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)
endef

# Calls of these functions go to __wrap_NAME instead, see ld(1).
comma = ,
wrap = $(addprefix -Wl$(comma)--wrap=,$(1))
LINK_CHECK = $(call wrap,_mark_point) $(CHECK_LIBS)

# Rewritten when the compiler, its version or a flag changes; all objects then
# are, too. "make install" keeps the flags of the last build.
KEEP_FLAGS ?=
$(O)/flags: $(if $(KEEP_FLAGS),,FORCE)
	@$(PKG_CONFIG) --exists --print-errors $(PACKAGES) || { \
		echo "a library is missing: 'make deps' installs it" >&2; exit 1; }
	@mkdir -p $(@D)
	@{ echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' && \
		$(CC) -dumpmachine && $(CC) --version; } >$@.new
	@cmp -s $@ $@.new && rm $@.new || { \
		$(CC) $(ALL_CFLAGS) -fsyntax-only common/machine.c && \
		mv $@.new $@; }

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

# ---- the files -------------------------------------------------------------
COMMON = $(sort $(wildcard common/*.c))
SERVER = $(filter-out server/main.c,$(sort $(wildcard server/*.c)))
CLIENT = $(filter-out client/main.c,\
	$(sort $(wildcard client/*.c client/*/*.c)))
UNIT = $(wildcard tests/unit/*.c tests/unit/*/*.c tests/unit/*/*/*.c) \
	tests/harness/loopback.c
HARNESS = $(wildcard tests/harness/*.c)
MARK = tests/harness/mark.c

PROGRAMS = $(O)/fileserv $(O)/fileget
TESTS = $(O)/tests/unit $(O)/tests/e2e

$(O)/fileserv: $(call obj,server/main.c $(SERVER) $(COMMON))
	$(link)

$(O)/fileget: $(call obj,client/main.c $(CLIENT) $(COMMON))
	$(link)

$(O)/tests/unit: $(call obj,$(UNIT) $(MARK) $(wildcard tests/harness/screen*.c) \
		$(SERVER) $(CLIENT) $(COMMON))
	$(link) $(LINK_CHECK)

$(O)/tests/e2e: $(call obj,$(wildcard tests/e2e/*.c) $(HARNESS) $(COMMON))
	$(link) $(LINK_CHECK)

# ---- goals: build, demo, test ----------------------------------------------
.PHONY: FORCE all tests deps demo check check-asan check-asan-quick check-tsan \
	coverage lint format install uninstall clean help

## make             build/fileserv and build/fileget
all:
	$(build) $(PROGRAMS)

## make tests       the test programs
tests:
	$(build) $(TESTS) $(AILING)

## make deps        install missing packages for building and testing
deps:
	@.ci/deps build check

## make demo        build, serve sample_files, fetch and compare
demo: deps all
	@tests/demo.sh $(O)

## make check       all tests: unit, corpora of the fuzzer, end to end
check: deps all tests
	@tests/run.sh $(O)

## make check-asan  the same with address, undefined and leak sanitizers
##                  ASAN_SUITES="files wire": only these end-to-end suites
check-asan: deps
	@$(MAKE) --no-print-directory VARIANT=asan all tests
	@tests/run.sh build/asan $(ASAN_SUITES)

# Suites with hostile bytes rather than much data.
HOSTILE_SUITES = files names links wire together flood limits proxied newcomers \
	exhausted lifecycle log faults listing target obstacles hostile \
	refusals resume prompt progress exits follow_lies breaks parts trees \
	trees_there tree_lies planted lists lists_hostile globs commands \
	updates sums pieces tls_hostile clients

## make check-asan-quick the same, only suites with hostile bytes
check-asan-quick: ASAN_SUITES = $(HOSTILE_SUITES)
check-asan-quick: check-asan

# Suites in which several threads run: in the server, or in fileget -j.
TSAN_SUITES = files names links wire together flood changing limits proxied \
	reload clients digests newcomers exhausted lifecycle log faults \
	listing rate pieces crew crew_breaks crew_stalls

## make check-tsan  the same with the thread sanitizer
check-tsan: deps
	@$(MAKE) --no-print-directory VARIANT=tsan all tests
	@tests/run.sh build/tsan $(TSAN_SUITES)

## make coverage    line coverage of all tests, and of the corpora on decoders
coverage: deps
	@.ci/deps coverage
	@$(MAKE) --no-print-directory VARIANT=coverage all tests
	@$(MAKE) --no-print-directory VARIANT=coverage coverage-decoders
	@find build/coverage -name '*.gcda' -delete
	@CK_FORK=yes tests/run.sh build/coverage
	@gcovr --root . --filter 'common/' --filter 'server/' \
		--filter 'client/' build/coverage/obj

include $(wildcard tests/*/rules.mk)

# ---- goals: lint, install --------------------------------------------------
C_FILES = $(shell find common server client tests -name '*.[ch]')
TIDY_FILES = $(filter %.c,$(C_FILES))
SCRIPTS = $(wildcard .ci/* tests/*.sh tests/*/*.sh)

TIDY_FLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION=\"$(VERSION)\" -I. \
	$(PKG_CFLAGS) $(CHECK_CFLAGS)

# The paths through tests are tried by the sanitizers, at less cost than by the
# analyzer of clang-tidy.
tidy = printf '%s\n' $1 | xargs -n 12 -P "$$(nproc)" \
	sh -c 'clang-tidy --quiet $2 "$$@" -- $(TIDY_FLAGS)' clang-tidy

# cppcheck's ctuuninitvar mistakes a buffer that a function fills for its input.
## make lint        clang-tidy, cppcheck, clang-format, shellcheck, mandoc, and
##                  the names in documents
lint: deps
	@.ci/deps lint
	clang-format --dry-run -Werror $(C_FILES)
	$(call tidy,$(filter-out tests/%,$(TIDY_FILES)))
	$(call tidy,$(filter tests/%,$(TIDY_FILES)),--checks=-clang-analyzer-*)
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability \
		--suppress=missingIncludeSystem \
		--suppress=ctuuninitvar --library=.cppcheck.cfg -D_GNU_SOURCE \
		-DVERSION='"$(VERSION)"' -I. common server client
	shellcheck $(SCRIPTS)
	mandoc -T lint -W warning server/fileserv.8 client/fileget.1
	tests/directions.sh
	tests/documents.sh

## make format      clang-format the sources
format:
	clang-format -i $(C_FILES)

TO = $(DESTDIR)$(PREFIX)

# Installs what "make" has built, with whatever flags, and builds nothing: root
# would leave files of root here.
## make install     what was built, to PREFIX (/usr/local), below DESTDIR;
##                  uninstall removes it
install:
	@$(MAKE) -q --no-print-directory KEEP_FLAGS=1 $(PROGRAMS) || { \
		echo "$(O)/ has no programs, or the sources are newer: run" \
			"'make' first, then 'make install'" >&2; exit 1; }
	install -d "$(TO)/bin" "$(TO)/share/man/man1" "$(TO)/share/man/man8"
	install -m 755 $(PROGRAMS) "$(TO)/bin"
	install -m 644 client/fileget.1 "$(TO)/share/man/man1"
	install -m 644 server/fileserv.8 "$(TO)/share/man/man8"

uninstall:
	rm -f "$(TO)/bin/fileserv" "$(TO)/bin/fileget" \
		"$(TO)/share/man/man1/fileget.1" \
		"$(TO)/share/man/man8/fileserv.8"

# Removes from O=DIR only what the build makes there.
## make clean       remove build/, or what the build made in O=DIR
clean:
	rm -rf $(if $(filter build,$(O)),build,$(addprefix $(O)/,obj tests flags \
		fileserv fileget lock new found merged logs))
	@[ ! -d $(O) ] || rmdir --ignore-fail-on-non-empty $(O)

help:
	@sed -n 's/^## //p' Makefile tests/*/rules.mk
	@echo 'Settings of all: CC, CPPFLAGS, CFLAGS, LDFLAGS, WERROR=1, O=DIR,'
	@echo '  VARIANT=asan|tsan|coverage, NO_DEPS=1 (install no packages)'
