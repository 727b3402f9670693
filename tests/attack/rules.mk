# The attack pack. ATTACK_SCALE=10 makes a tenth of all numbers.
ATTACK = $(wildcard tests/attack/*.c)

.PHONY: attack attack-quick attack-programs

$(O)/tests/attack: $(call obj,$(ATTACK) $(HARNESS) \
	tests/bench/histogram.c $(COMMON))
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS) $(CHECK_LIBS)

attack-programs: all $(O)/tests/attack

## make attack      hostile peers, by the thousand, against both programs
attack: deps
	@$(MAKE) --no-print-directory attack-programs
	@$(O)/tests/attack $(O)/fileserv $(O)/fileget

## make attack-quick a tenth of that, in a minute
attack-quick: deps
	@$(MAKE) --no-print-directory attack-programs
	@ATTACK_SCALE=10 $(O)/tests/attack $(O)/fileserv $(O)/fileget
