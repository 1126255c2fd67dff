# SPDX-License-Identifier: ISC
# Memory that fails: the runner over the worlds of tests/crash, the shim, and the programs as the shim can be put before
# them: bijk-login and bijk-recv are linked without -static-pie here.

MEMORY_DIR := $(O)/tests/memory
TOOLS += $(MEMORY_DIR)/memory $(MEMORY_DIR)/armed $(MEMORY_DIR)/shim.so $(MEMORY_DIR)/real/bijk-login \
	$(MEMORY_DIR)/real/bijk-recv

$(MEMORY_DIR)/memory: $(call obj,tests/memory/memory.c tests/memory/subject.c) \
	$(call obj,$(filter-out tests/crash/standin_% tests/crash/crash.c tests/crash/scenario.c,$(wildcard tests/crash/*.c))) \
	$(O)/liboracle.a $(MLIB) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON) $(LIBS_SECCOMP) $(LIBS_JSON)

$(MEMORY_DIR)/armed: $(MEMORY_DIR)/armed.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(or $(STATIC),-pie) $(LDFLAGS_ALL) -o $@ $^

$(MEMORY_DIR)/shim.so: tests/memory/shim.c tests/memory/plan.h
	$(call say,LD,$@)$(dir)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC -fno-builtin -shared $(LDFLAGS_ALL) -o $@ $<

$(MEMORY_DIR)/real/bijk-login: $(call obj,$(wildcard bijk-login/*.c)) $(LIB)
$(MEMORY_DIR)/real/bijk-recv: $(call obj,master/bijk-recv.c) $(MLIB) $(LIB)
$(MEMORY_DIR)/real/bijk-login $(MEMORY_DIR)/real/bijk-recv:
	$(call say,LD,$@)$(dir)
	$(Q)rm -f $@ && $(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON)
	@for p in $(filter-out bijk-login bijk-recv,$(PROGRAMS)); do ln -sf ../../../bin/$$p $(@D)/$$p; done
