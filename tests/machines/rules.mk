# Other machines: chroots and emulators. Neither part of "make check" nor of CI.
MACHINES ?= bullseye bookworm trixie sid s390x riscv64 musl

.PHONY: machines machines-programs

ROUTER = tests/machines/router.c tests/machines/way.c

$(O)/tests/router: $(call obj,$(ROUTER) $(COMMON))
	$(link)

machines-programs: all
	$(build) $(O)/tests/router

## make machines    builds and round trips on Debian 11 to sid, s390x, riscv64
##                  MACHINES="trixie s390x": only these; MACHINES_CHECK=1:
##                  make check too; MACHINES_CACHE=DIR: where systems are kept
machines: all
	@tests/machines/machines.sh $(O) $(MACHINES)
