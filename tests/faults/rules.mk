# Fault injection.
FAULTS = $(filter-out tests/faults/shim.c,$(wildcard tests/faults/*.c))

.PHONY: faults faults-quick faults-programs

faults-programs: all
	$(build) $(O)/tests/faults $(O)/tests/shim.so

$(O)/tests/faults: $(call obj,$(FAULTS) $(HARNESS) $(COMMON))
	$(link) $(LINK_CHECK)

# Without sanitizers, and without -Wpedantic: glibc declares some functions with
# types of its own.
$(O)/tests/shim.so: tests/faults/shim.c tests/faults/page.h $(O)/flags
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g $(WARNINGS) -Wno-pedantic -D_GNU_SOURCE -I. \
		-fPIC -shared -o $@ $< -ldl

# The address sanitizer finds leaks, in the quick form only: the full one
# ("tests/faults/run.sh build/asan") takes twice as long as all the rest.
## make faults      makes each call fail that can, once and from then on
##                  FAULTS_QUICK=1: only some calls and some errors
faults: deps faults-programs
	@$(MAKE) --no-print-directory VARIANT=asan faults-programs
	@tests/faults/run.sh $(O)
	@FAULTS_QUICK=1 tests/faults/run.sh build/asan

## make faults-quick the same with FAULTS_QUICK=1
faults-quick: deps faults-programs
	@FAULTS_QUICK=1 tests/faults/run.sh $(O)
