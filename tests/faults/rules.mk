# Fault injection: what it is built of, and how it is run.
FAULTS = $(filter-out tests/faults/shim.c,$(wildcard tests/faults/*.c))

.PHONY: faults faults-programs

faults-programs: $(O)/tests/faults $(O)/tests/shim.so

$(O)/tests/faults: $(call obj,$(FAULTS) $(HARNESS) $(COMMON))
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS)

# Neither checked nor sanitized itself; glibc declares its own functions with
# types that are not quite those of the standard.
$(O)/tests/shim.so: tests/faults/shim.c tests/faults/page.h $(O)/flags
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g $(WARNINGS) -Wno-pedantic -D_GNU_SOURCE -I. \
		-fPIC -shared -o $@ $< -ldl
