# SPDX-License-Identifier: ISC
# sshraw: what the tests between hosts send through a real sshd.
SSHRAW_OBJ := $(call obj,$(wildcard tests/hostile/*.c))
$(O)/tests/sshraw: $(SSHRAW_OBJ) $(LIB)
	$(call say,LD,$@)$(dir)
	$(Q)$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON)
TOOLS += $(O)/tests/sshraw
