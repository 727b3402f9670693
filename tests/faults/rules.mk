# Fault injection: what it is built of, and how it is run.
FAULTS = $(filter-out tests/faults/shim.c,$(wildcard tests/faults/*.c))

.PHONY: faults faults-quick faults-programs

faults-programs: all
	$(build) $(O)/tests/faults $(O)/tests/shim.so

$(O)/tests/faults: $(call obj,$(FAULTS) $(HARNESS) $(COMMON))
	$(link) $(LINK_CHECK)

# Neither checked nor sanitized itself; glibc declares its own functions with
# types that are not quite those of the standard.
$(O)/tests/shim.so: tests/faults/shim.c tests/faults/page.h $(O)/flags
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g $(WARNINGS) -Wno-pedantic -D_GNU_SOURCE -I. \
		-fPIC -shared -o $@ $< -ldl

# Leaks are found by the address sanitizer, which the shim comes before; with
# every call, "tests/faults/run.sh build/asan" takes twice as long as all this.
## make faults      each call that can fail does so, once, and for ever
##                  FAULTS_QUICK=1: not every call, nor every error
faults: deps faults-programs
	@$(MAKE) --no-print-directory VARIANT=asan faults-programs
	@tests/faults/run.sh $(O)
	@FAULTS_QUICK=1 tests/faults/run.sh build/asan

## make faults-quick a look at the same
faults-quick: deps faults-programs
	@FAULTS_QUICK=1 tests/faults/run.sh $(O)
