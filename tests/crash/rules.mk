# SPDX-License-Identifier: ISC
# Layers 1 and 4: the runner, which knows the registers of two machines, and its
# two stand-ins.

CRASH_DIR := $(O)/tests/crash
CRASH_STANDINS := $(CRASH_DIR)/standin_ssh $(CRASH_DIR)/standin_listen
ifneq ($(filter x86_64-% aarch64-%,$(MACHINE)),)
TOOLS += $(CRASH_DIR)/crash $(CRASH_STANDINS)
endif

$(CRASH_DIR)/crash: $(call obj,$(filter-out tests/crash/standin_%,$(wildcard tests/crash/*.c))) \
	$(O)/liboracle.a $(MLIB) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON) $(LIBS_JSON)

$(CRASH_STANDINS): $(CRASH_DIR)/%: $(CRASH_DIR)/%.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(or $(STATIC),$(LINK)) $(LDFLAGS_ALL) -o $@ $^
