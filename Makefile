# fileserv and fileget. Plain GNU make, no configure step: "make help" lists
# the targets. Each variant builds into a directory of its own:
#   build/        the programs          build/asan/   address, undefined, leak
#   build/tsan/   thread sanitizer      build/coverage/

SHELL = /bin/sh
VARIANT ?=
O ?= build$(if $(VARIANT),/$(VARIANT))
PREFIX ?= /usr/local
DESTDIR ?=
VERSION = 1.0

PACKAGES = libbsd-overlay libmd libxxhash libedit libseccomp
PKG_CONFIG ?= pkg-config

# ---- flags ---------------------------------------------------------------
WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
	-Wwrite-strings -Wundef -Wformat=2 -Wvla -Wimplicit-fallthrough
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif

HARDENING = -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
HARDENING_LD = -pie -Wl,--as-needed -Wl,-z,relro -Wl,-z,now
OPTIMIZE ?= -O2

# A sanitizer's frames are large: its threads get a larger stack. It does by
# itself what a sandbox forbids, so tests run without one.
ifeq ($(VARIANT),asan)
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DWORKER_STACK=1048576 \
	-DHARNESS_NO_SANDBOX=1
HARDENING = -fPIE
OPTIMIZE = -O1
endif
ifeq ($(VARIANT),tsan)
SANITIZE = -fsanitize=thread -fno-omit-frame-pointer -DWORKER_STACK=1048576 \
	-DHARNESS_NO_SANDBOX=1
HARDENING = -fPIE
OPTIMIZE = -O1
endif
ifeq ($(VARIANT),coverage)
SANITIZE = --coverage -fprofile-update=atomic -DHARNESS_NO_SANDBOX=1
HARDENING = -fPIE
OPTIMIZE = -O0
endif

# Expanded when a command runs, not when this file is read: "make deps" may
# just have installed pkg-config.
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
PKG_LIBS = $(shell $(PKG_CONFIG) --libs $(PACKAGES))
CHECK_CFLAGS = $(shell $(PKG_CONFIG) --cflags check)
CHECK_LIBS = $(call wrap,_mark_point) $(shell $(PKG_CONFIG) --libs check)

CFLAGS ?= -g
ALL_CFLAGS = -std=gnu11 $(OPTIMIZE) $(CFLAGS) $(WARNINGS) $(HARDENING) \
	$(SANITIZE) -pthread -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I.
ALL_LDFLAGS = $(HARDENING_LD) $(SANITIZE) -pthread $(LDFLAGS)

# ---- what is built -------------------------------------------------------
COMMON = $(wildcard common/*.c)
SERVER = $(filter-out server/main.c,$(wildcard server/*.c))
CLIENT = $(filter-out client/main.c,$(wildcard client/*.c client/*/*.c))
UNIT = $(wildcard tests/unit/*.c tests/unit/*/*.c tests/unit/*/*/*.c)
HARNESS = $(wildcard tests/harness/*.c)
MARK = tests/harness/mark.c
E2E = $(wildcard tests/e2e/*.c)

obj = $(patsubst %.c,$(O)/obj/%.o,$(1))
# Calls of these functions go to __wrap_NAME instead, see ld(1).
comma = ,
wrap = $(addprefix -Wl$(comma)--wrap=,$(1))

.PHONY: all tests deps deps-lint demo check check-asan check-asan-quick \
	check-tsan lint coverage install uninstall clean help format
## make             build/fileserv and build/fileget
all: $(O)/fileserv $(O)/fileget

$(O)/fileserv: $(call obj,server/main.c $(SERVER) $(COMMON))
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(O)/fileget: $(call obj,client/main.c $(CLIENT) $(COMMON))
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

tests: $(O)/tests/unit $(O)/tests/e2e

$(O)/tests/unit: $(call obj,$(UNIT) $(MARK) $(SERVER) $(CLIENT) $(COMMON))
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS)

$(O)/tests/e2e: $(call obj,$(E2E) $(HARNESS) $(COMMON))
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS)

$(O)/obj/tests/%.o: tests/%.c $(O)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Wno-gnu-zero-variadic-macro-arguments \
		$(PKG_CFLAGS) $(CHECK_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/obj/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<

# Changes when the compiler or a flag does, and everything is built anew.
$(O)/flags: FORCE
	@$(PKG_CONFIG) --exists --print-errors $(PACKAGES) || { \
		echo "a library is missing: 'make deps' installs it" >&2; exit 1; }
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' >$@.new
	@cmp -s $@ $@.new && rm $@.new || mv $@.new $@
.PHONY: FORCE
FORCE:

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

# ---- dependencies --------------------------------------------------------
# .ci/deps GROUP... : installs what is missing, and nothing when nothing is.
## make deps        install what is missing; nothing when nothing is
deps:
	@.ci/deps build check

deps-lint:
	@.ci/deps build check lint

# ---- try it, test it -----------------------------------------------------
## make demo        build, serve sample_files, fetch, compare, show
demo: deps
	@$(MAKE) --no-print-directory all
	@tests/demo.sh $(O)

## make check       all tests (unit, then end to end)
check: deps
	@$(MAKE) --no-print-directory all tests
	@tests/run.sh $(O)

# The suites that are about hostile bytes, not about volume.
HOSTILE_SUITES = files names links wire together flood limits newcomers \
	exhausted lifecycle log faults listing target obstacles hostile \
	refusals resume prompt progress exits follow_lies breaks parts trees \
	trees_there tree_lies planted lists lists_hostile globs commands \
	updates sums pieces

## make check-asan  the same with address, undefined and leak checks
##                  ASAN_SUITES="files wire": only these, end to end
check-asan: deps
	@$(MAKE) --no-print-directory VARIANT=asan all tests
	@tests/run.sh build/asan $(ASAN_SUITES)

## make check-asan-quick the same, with what is hostile
check-asan-quick: ASAN_SUITES = $(HOSTILE_SUITES)
check-asan-quick: check-asan

# The suites in which there are threads: those of the server, and fileget -j.
TSAN_SUITES = files names links wire together flood changing limits digests \
	newcomers exhausted lifecycle log faults listing rate pieces crew \
	crew_breaks crew_stalls

## make check-tsan  the same with the thread sanitizer
check-tsan: deps
	@$(MAKE) --no-print-directory VARIANT=tsan all tests
	@tests/run.sh build/tsan $(TSAN_SUITES)

## make coverage    line coverage by the tests; of the decoders, by the corpora
coverage: deps
	@.ci/deps coverage
	@$(MAKE) --no-print-directory VARIANT=coverage all tests
	@$(MAKE) --no-print-directory VARIANT=coverage coverage-decoders
	@find build/coverage -name '*.gcda' -delete
	@CK_FORK=yes tests/run.sh build/coverage
	@gcovr --root . --filter 'common/' --filter 'server/' \
		--filter 'client/' build/coverage/obj

# ---- what has rules beside it: the bench and other kinds of tests ---------
include $(wildcard tests/*/rules.mk)

# ---- linters -------------------------------------------------------------
C_FILES = $(shell find common server client tests -name '*.[ch]')
TIDY_FILES = $(filter %.c,$(C_FILES))
SCRIPTS = $(wildcard .ci/* tests/*.sh tests/*/*.sh)

TIDY_FLAGS = -std=gnu11 -D_GNU_SOURCE -DVERSION=\"$(VERSION)\" -I. \
	$(PKG_CFLAGS) $(CHECK_CFLAGS)

# cppcheck's ctuuninitvar takes what a function writes to for what it reads.
## make lint        clang-tidy, cppcheck, clang-format, shellcheck, mandoc
lint: deps-lint
	clang-format --dry-run -Werror $(C_FILES)
	printf '%s\n' $(TIDY_FILES) | xargs -n 12 -P "$$(nproc)" sh -c \
		'clang-tidy --quiet "$$@" -- $(TIDY_FLAGS)' clang-tidy
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
		--enable=warning,performance,portability \
		--suppress=missingIncludeSystem \
		--suppress=ctuuninitvar --library=.cppcheck.cfg -D_GNU_SOURCE \
		-DVERSION='"$(VERSION)"' -I. common server client
	shellcheck $(SCRIPTS)
	mandoc -T lint -W warning server/fileserv.8 client/fileget.1

## make format      clang-format the sources
format:
	clang-format -i $(C_FILES)

# ---- install -------------------------------------------------------------
## make install     to PREFIX (/usr/local), below DESTDIR; also uninstall
install: all
	install -d $(DESTDIR)$(PREFIX)/bin \
		$(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/man/man8
	install -m 755 $(O)/fileserv $(O)/fileget $(DESTDIR)$(PREFIX)/bin
	install -m 644 client/fileget.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 server/fileserv.8 $(DESTDIR)$(PREFIX)/share/man/man8

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/fileserv $(DESTDIR)$(PREFIX)/bin/fileget \
		$(DESTDIR)$(PREFIX)/share/man/man1/fileget.1 \
		$(DESTDIR)$(PREFIX)/share/man/man8/fileserv.8

## make clean       remove build/
clean:
	rm -rf build

help:
	@sed -n 's/^## //p' Makefile tests/*/rules.mk
	@echo 'Settings of all: CC, CFLAGS, LDFLAGS, WERROR=1, VARIANT=asan|tsan|coverage, O=DIR'
