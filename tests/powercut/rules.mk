# SPDX-License-Identifier: ISC
# The runner of the power cuts, and what stands in for ssh there.

TOOLS += $(O)/tests/powercut/powercuts $(O)/tests/powercut/ssh

$(O)/tests/powercut/powercuts: $(call obj,$(filter-out tests/powercut/ssh.c,$(wildcard tests/powercut/*.c))) \
	$(O)/liboracle.a $(MLIB) $(LIB)
	$(call say,LD,$@)$(dir)
	$(Q)$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON) $(LIBS_JSON)

$(O)/tests/powercut/ssh: $(O)/tests/powercut/ssh.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $^
