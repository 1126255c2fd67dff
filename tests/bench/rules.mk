# SPDX-License-Identifier: ISC
# The simulation of arrivals, with bijk-push's own rules; and bijk-recv's other end.

BENCH_TOOLS := $(O)/tests/bench/arrivals $(O)/tests/bench/sender
TOOLS += $(BENCH_TOOLS)
$(BENCH_TOOLS): %: %.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON)
