# SPDX-License-Identifier: ISC
# The library of the oracle, and its program. Another layer links its objects with $(O)/liboracle.a $(MLIB) $(LIB), in
# this order ($(ORACLE_LIB) is for what make reads later).

ORACLE_LIB := $(O)/liboracle.a
TOOLS += $(O)/tests/oracle/oracle

$(ORACLE_LIB): $(call obj,$(filter-out tests/oracle/oracle.c,$(wildcard tests/oracle/*.c)))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar qcs $@ $^

$(O)/tests/oracle/oracle: $(call obj,tests/oracle/oracle.c) $(ORACLE_LIB) $(LIB)
	$(call say,LD,$@)$(dir)
	$(Q)$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON) $(LIBS_JSON)
