# Other machines, in chroots and emulators, and other file systems and servers
# in namespaces. Neither part of "make check" nor of CI.
MACHINES ?= bullseye bookworm trixie sid s390x riscv64 musl gluster bindfs \
	replicas mixed long_way

.PHONY: machines machines-deps machines-programs

ROUTER = tests/machines/router.c tests/machines/way.c

$(O)/tests/router: $(call obj,$(ROUTER) $(COMMON))
	$(link)

machines-programs: all attack-programs
	$(build) $(O)/tests/router

machines-deps:
	@.ci/deps machines || echo 'going on without what is missing'

## make machines    builds and round trips on Debian 11 to sid, s390x, riscv64;
##                  replicas behind HAProxy; GlusterFS, bindfs; a long way
##                  MACHINES="trixie gluster": only these; MACHINES_CHECK=1:
##                  make check too; MACHINES_CACHE=DIR: where systems are kept
machines: machines-deps machines-programs
	@tests/machines/machines.sh $(O) $(MACHINES)
