# The bench. A peer that cannot be installed is left out, with a message.
LOAD = $(addprefix tests/bench/,load.c swarm.c caller.c channel.c round.c dialect.c \
	histogram.c memory.c)
LAP = tests/bench/lap.c
MEASURE = tests/bench/process.c tests/bench/row.c

.PHONY: bench bench-quick bench-baseline bench-deps bench-programs

bench-programs: all
	$(build) $(O)/tests/load $(O)/tests/lap $(O)/tests/openat2.so

$(O)/tests/load: $(call obj,$(LOAD) $(MEASURE) $(COMMON))
	$(link)

$(O)/tests/lap: $(call obj,$(LAP) $(MEASURE) $(COMMON))
	$(link)

$(O)/tests/openat2.so: tests/bench/openat2.c $(O)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $< -ldl

bench-deps: deps
	@.ci/deps bench || echo 'going on without what is missing'

## make bench       comparison with cp, nginx, rsync ...; writes RESULTS.md
##                  BENCH_DISK=DIR, BENCH_SHM=DIR: folders for its data
bench: bench-deps bench-programs
	@tests/bench/bench.sh $(O)

## make bench-quick a short form, and the guard on instruction counts
bench-quick: bench-deps bench-programs
	@tests/bench/guard.sh $(O)
	@tests/bench/bench.sh -q $(O)

## make bench-baseline records the counts that bench-quick compares with
bench-baseline: bench-deps bench-programs
	@tests/bench/guard.sh -r $(O)

