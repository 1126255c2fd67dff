# SPDX-License-Identifier: ISC
# A program over the real log, whose sources are compiled once more here with
# smaller segments; its calls to the system go through record.c.

TOOLS += $(O)/tests/replay/states

# With _FILE_OFFSET_BITS=64 some of them have another name in the object files.
REPLAY_WRAP := $(foreach f,openat mkdirat renameat unlinkat write pwrite ftruncate fdatasync fsync \
	msg,-Wl,--wrap=$(f)) $(foreach f,openat pwrite ftruncate,\
	-Wl,--wrap=$(f)64 -Wl,--defsym=__wrap_$(f)64=__wrap_$(f))
REPLAY_LOG  := $(patsubst common/log/%.c,$(O)/tests/replay/log/%.o,$(addprefix \
	common/log/,append.c handle.c log.c read.c \
	recover.c segment.c upkeep.c))
REPLAY_OBJ  := $(call obj,$(addprefix tests/replay/,replay.c acts.c verify.c promise.c crash.c \
	crash_states.c ops.c record.c))

$(REPLAY_LOG): $(O)/tests/replay/log/%.o: common/log/%.c tests/replay/small_segments.h
	$(call say,CC,$<)$(dir)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -include tests/replay/small_segments.h -MMD -MP -c \
		-o $@ $<

$(O)/tests/replay/states: $(REPLAY_OBJ) $(REPLAY_LOG) $(O)/liboracle.a $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK) $(LDFLAGS_ALL) $(REPLAY_WRAP) -o $@ $^ $(LIBS_COMMON)
