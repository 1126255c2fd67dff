# SPDX-License-Identifier: ISC
# The simulation of arrivals, with bijk-push's own rules.

TOOLS += $(O)/tests/bench/arrivals
$(O)/tests/bench/arrivals: $(O)/tests/bench/arrivals.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON)
