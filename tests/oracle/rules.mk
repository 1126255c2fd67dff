# SPDX-License-Identifier: ISC
# The library of the oracle ($(ORACLE_LIB) is for what make reads later).

ORACLE_LIB := $(O)/liboracle.a

$(ORACLE_LIB): $(call obj,$(wildcard tests/oracle/*.c))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcsD $@ $^
