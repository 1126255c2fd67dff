# SPDX-License-Identifier: ISC
# The doctor's walk through a packet filter, as a program: tests/firewall/run
# compares it with the kernel's.

TOOLS += $(O)/tests/firewall-walk
$(O)/tests/firewall-walk: $(O)/tests/firewall/walk.o $(DOCTOR) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON) $(LIBS_JSON)
