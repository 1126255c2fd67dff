# SPDX-License-Identifier: ISC
# What the tests between hosts preload.
TOOLS += $(O)/tests/clockshift.so

$(O)/tests/clockshift.so: tests/e2e/lib/clockshift.c
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -fPIC -shared -o $@ $<
