# SPDX-License-Identifier: ISC
# What the tests between hosts preload; and bijk-recv linked so that it can be
# preloaded, which the installed one, where it is static, cannot.
TOOLS += $(O)/tests/clockshift.so $(O)/tests/dynamic/bijk-recv

$(O)/tests/clockshift.so: tests/e2e/lib/clockshift.c
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC -shared -o $@ $<

$(O)/tests/dynamic/bijk-recv: $(call obj,master/bijk-recv.c) $(MLIB) $(LIB)
	$(call say,LD,$@)$(dir)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON)
