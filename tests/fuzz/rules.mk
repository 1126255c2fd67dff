# SPDX-License-Identifier: ISC
# The fuzz targets: one program of the library compiled once more, with the
# sanitizers, and clang's libFuzzer where it is to be had. Without it the same
# program only runs the corpus. Which it is, is found out when something is
# compiled.

FUZZ_CC    = $(eval FUZZ_CC := $$(shell tests/fuzz/compiler $$(CC)))$(FUZZ_CC)
FUZZ_MAIN  = $(if $(findstring fuzzer,$(FUZZ_CC)),-fsanitize=fuzzer,$(O)/fuzz/tests/fuzz/replay.o)
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -std=c17 -pthread $(WARN) -Wno-sign-conversion \
	-Wno-missing-field-initializers $(shell $(PKG_CONFIG) --cflags $(PKGS_COMMON))
FUZZ_WRAP  := read write poll shutdown syslog openlog set_nonblocking sock_connect \
	sandbox_enter_or_die sandbox_narrow now_s monotonic_ms

# What the targets reach of the programs. login.c and keyrecv.c include a program's main file.
FUZZ_LIB := $(LIB_SRC) $(filter-out bijk-login/bijk-login.c,$(wildcard bijk-login/*.c)) \
	$(filter-out $(addprefix master/,admin/% cat/% feed/% pull/% status/% pullkey.c \
		record_json.c when.c),$(MASTER_SRC)) \
	$(addprefix master/feed/,prom.c influx.c scan.c)
FUZZ_SRC := $(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)) tests/oracle/tree.c

$(O)/fuzz/%.o: %.c
	$(call say,FUZZ,$<)$(dir)
	$(Q)$(FUZZ_CC) $(CPPFLAGS_ALL) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

$(O)/fuzz/lib.a: $(FUZZ_LIB:%.c=$(O)/fuzz/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcsD $@ $^

comma := ,
$(O)/fuzz/fuzz: $(FUZZ_SRC:%.c=$(O)/fuzz/%.o) $(O)/fuzz/lib.a $(O)/fuzz/tests/fuzz/replay.o
	$(call say,LD,$@)
	$(Q)$(FUZZ_CC) -pthread -o $@ $(filter-out %/replay.o,$^) $(FUZZ_MAIN) \
		$(addprefix -Wl$(comma)--wrap=,$(FUZZ_WRAP)) $(LIBS_COMMON) $(LIBS_JSON)

# Not one of TOOLS: it takes as long to build as all the rest.
