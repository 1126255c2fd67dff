# SPDX-License-Identifier: ISC
# The sweep of cut sessions. bijk-keyrecv is linked into it, its main under another name; durable.c
# stands before the calls that are wrapped.

CUT_SRC  := $(wildcard tests/cut/*.c)
CUT_WRAP := log_open log_open_or_make log_append log_jump wire_put_line openlog syslog __syslog_chk
TOOLS += $(O)/tests/cut/cut

$(O)/tests/cut/keyrecv.o: master/bijk-keyrecv.c
	$(call say,CC,$<)$(dir)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -Dmain=keyrecv_main -Wno-missing-prototypes -MMD -MP -c -o $@ $<

$(O)/tests/cut/cut: $(call obj,$(CUT_SRC)) $(O)/tests/cut/keyrecv.o $(O)/liboracle.a $(MLIB) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) $(CUT_WRAP:%=-Wl,--wrap=%) -o $@ $^ $(LIBS_COMMON) $(LIBS_JSON)
