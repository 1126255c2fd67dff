# SPDX-License-Identifier: ISC
# make            the programs, into $(O)/bin
# make check      every test; make lint, make bench, make install: see docs/hacking.md
# Knobs for a packager: CC AR PKG_CONFIG CFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR
# O. V=1 shows the commands, DEVELOPER=1 makes warnings errors.

O          ?= build
# One name for one directory, or what a file depends on is not found again.
override O := $(patsubst $(CURDIR)/%,%,$(O))
PREFIX     ?= /usr
DESTDIR    ?=
CC         ?= cc
PKG_CONFIG ?= pkg-config
CFLAGS     ?= -O2 -g
LDFLAGS    ?=
INSTALL    ?= install
MAKEFLAGS  += --no-builtin-rules
VERSION    := $(word 2,$(file <NEWS))

PKGS_COMMON := yaml-0.1 libsodium libzstd
PKGS_JSON   := jansson

# What this compiler can: HARD and FORTIFY, its machine and its ar. Tried once,
# and again when CC or PREFIX differs; then everything is compiled again.
FLAGS := $(O)/flags.mk
.DEFAULT_GOAL := all
.PHONY: again
ifneq ($(filter-out clean lint format,$(or $(MAKECMDGOALS),all)),)
-include $(FLAGS)
ifneq ($(FLAGS_FOR),$(PREFIX) $(strip $(CC)))
$(FLAGS): again
endif
endif
TRY_HARD := -fstack-protector-strong -fstack-clash-protection -fcf-protection \
	-mbranch-protection=standard -ftrivial-auto-var-init=zero
can = $(CC) -Werror -O1 $(1) -x c -c -o /dev/null - 2>/dev/null
$(FLAGS):
	@mkdir -p $(@D)
	@echo 'int none;' | $(call can) || { echo '$(CC) compiles nothing' >&2; exit 69; }
	@{ echo 'FLAGS_FOR := $(PREFIX) $(strip $(CC))'; \
	echo "AR_FOUND := $$($(CC) -print-prog-name=ar)"; \
	echo "MACHINE := $$($(CC) -dumpmachine)"; \
	printf 'HARD :='; for flag in $(TRY_HARD); do \
		echo 'int none;' | $(call can,$$flag) && printf ' %s' $$flag; done; echo; \
	printf 'FORTIFY := '; echo '#include <stdio.h>' | \
		$(call can,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3) && echo 3 || echo 2; } >$@
ifeq ($(origin AR),default)
AR := $(or $(AR_FOUND),ar)
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wvla \
	-Wformat=2 -Wundef -Wconversion $(if $(findstring clang,$(CC)),-Wno-sign-conversion) \
	$(if $(DEVELOPER),-Werror)
# A packager's own level of _FORTIFY_SOURCE stays, and none works without -O.
OPTIMIZED := $(filter-out -O0,$(lastword $(filter -O%,$(CC) $(CFLAGS))))
FORTIFIED := $(if $(findstring _FORTIFY_SOURCE,$(CC) $(CPPFLAGS) $(CFLAGS)),,$(if $(OPTIMIZED),\
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY)))
CPPFLAGS_ALL := -I. -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
	-DBIJK_VERSION='"$(VERSION)"' -DBIJK_PREFIX='"$(PREFIX)"' $(CPPFLAGS)
# The same bytes wherever they are built: no path of it in what is for debuggers.
CFLAGS_ALL   := -std=c17 -pthread $(WARN) $(HARD) $(FORTIFIED) -fPIE \
	-ffile-prefix-map='$(CURDIR)'=. $(CFLAGS) \
	$(shell $(PKG_CONFIG) --cflags $(PKGS_COMMON) $(PKGS_JSON))
LDFLAGS_ALL  := -pthread -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS)
LIBS_COMMON  := $(shell $(PKG_CONFIG) --libs $(PKGS_COMMON))
LIBS_JSON    := $(shell $(PKG_CONFIG) --libs $(PKGS_JSON))

# Strangers start these, and often. Where the static libraries are installed
# these programs have no dynamic loader: an environment cannot influence it, and
# it takes a tenth of a push and two fifths of a look-up. STATIC= (empty) links
# them like the others. Tried once, when the first is linked.
STATIC ?= $(eval STATIC := $(shell echo 'int main(void) { return 0; }' | \
	$(CC) $(CFLAGS) -static-pie -fPIE -x c -o /dev/null - \
	$(LDFLAGS) $(LIBS_COMMON) 2>/dev/null && echo -static-pie))$(STATIC)
LINK = -pie
LINK_bijk-login = $(STATIC)
LINK_bijk-recv = $(STATIC)
LINK_bijk-authkeys = $(STATIC)
LIBS_bijk-doctor := $(LIBS_JSON)
LIBS_bijk-master := $(LIBS_JSON)
LIBS_bijk-cat := $(LIBS_JSON)
LIBS_bijk-feed := $(LIBS_JSON)
LIBS_CHECK = $(eval LIBS_CHECK := $(shell $(PKG_CONFIG) --libs check))$(LIBS_CHECK)

Q := $(if $(V),,@)
# What is done, and the directory for it, without a process for either.
say = $(if $(V),,$(info $()  $(1)   $(2)))
dir = $(if $(wildcard $(@D)/.),,$(shell mkdir -p $(@D)))

# --- What there is ------------------------------------------------------------------------------

NODE_SBIN   := bijk-login bijk-push bijk-keyreg bijk-doctor
NODE_BIN    := bijk-put bijk-cat
# What is made of the files of master/; bijk-doctor is installed with either role.
MASTER_SBIN := bijk-pull bijk-listen bijk-recv bijk-keyrecv bijk-authkeys bijk-feed bijk-master
MASTER_BIN  := bijk-cat
PROGRAMS    := $(sort $(NODE_SBIN) $(NODE_BIN) $(MASTER_SBIN) $(MASTER_BIN))

# A program is every .c of its own folder; the master's are one file each over
# the archive of master/.
LIB_SRC    := $(wildcard common/*.c common/*/*.c)
MASTER_SRC := $(filter-out master/bijk-%,$(wildcard master/*.c master/*/*.c))
PROG_SRC   := $(wildcard bijk-*/*.c) $(MASTER_SBIN:%=master/%.c) master/bijk-cat.c
UNIT_SRC   := $(wildcard tests/unit/check_*.c)
TOOL_SRC   := $(wildcard tests/tools/*.c)

LIB  := $(O)/libbijk.a
MLIB := $(O)/libmaster.a

obj = $(sort $(patsubst %.c,$(O)/%.o,$(1)))
UNITS := $(UNIT_SRC:tests/unit/%.c=$(O)/tests/%)
TOOLS := $(TOOL_SRC:tests/tools/%.c=$(O)/tests/%)

.PHONY: all tests units ready check unit e2e proof full crash fuzz mutants portability \
	lint format bench troubles static install install-node \
	install-master install-common clean
all: $(PROGRAMS:%=$(O)/bin/%)

# --- Building -----------------------------------------------------------------------------------

$(O)/%.o: %.c $(FLAGS)
	$(call say,CC,$<)$(dir)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(LIB): $(call obj,$(LIB_SRC))
$(MLIB): $(call obj,$(MASTER_SRC))
$(LIB) $(MLIB):
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcsD $@ $^

define program
$(O)/bin/$(1): $(2) $(3)
	$$(call say,LD,$$@)$$(dir)
	$(Q)$(CC) $$(CFLAGS_ALL) $$(or $$(LINK_$(1)),$$(LINK)) $$(LDFLAGS_ALL) -o $$@ $$^ $(4)
endef
$(foreach p,$(NODE_SBIN) bijk-put,$(eval $(call program,$(p),\
	$(call obj,$(wildcard $(p)/*.c)),$(LIB),$(LIBS_COMMON) $(LIBS_$(p)))))
$(foreach p,$(MASTER_SBIN) bijk-cat,$(eval $(call program,$(p),\
	$(call obj,master/$(p).c),$(MLIB) $(LIB),$(LIBS_COMMON) $(LIBS_$(p)))))

# Units reach what is not the main file of a program, too.
DOCTOR := $(O)/libdoctor.a
$(DOCTOR): $(call obj,$(filter-out %/bijk-doctor.c,$(wildcard bijk-doctor/*.c)))
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcsD $@ $^

$(UNITS): $(O)/tests/%: $(O)/tests/unit/%.o $(DOCTOR) $(MLIB) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK) $(LDFLAGS_ALL) -o $@ $^ \
		$(LIBS_CHECK) $(LIBS_COMMON) $(LIBS_JSON)
$(TOOL_SRC:tests/tools/%.c=$(O)/tests/%): $(O)/tests/%: $(O)/tests/tools/%.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LINK) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_COMMON)

.SECONDARY:
-include $(shell find $(O) -name '*.d' 2>/dev/null)

# The layers of proof that need programs of their own add them to TOOLS.
include $(wildcard tests/*/rules.mk)
tests: units $(TOOLS)
units: $(UNITS)

# --- Testing ------------------------------------------------------------------------------------

# All that the tests need.
ready: all tests $(O)/fuzz/fuzz
check: ready
	tests/run $(O)
unit e2e: all tests
	tests/run $(O) check $@
# The layers of proof in their short form, and in their long ones: TIME=
# (seconds) or N= says how long.
proof: ready
	tests/run $(O) short
# All long forms, those of the tests between hosts first: hours.
full: ready
	tests/run $(O) long
crash: all tests
	tests/run $(O) long replay crash
mutants: all tests
	tests/run $(O) long $@
portability: all
	tests/run $(O) long $@
fuzz: $(O)/fuzz/fuzz
	tests/run $(O) long $@

# docs/troubles.md, from the tests of bijk-doctor.
troubles: all tests
	tests/troubles $(O)

bench: all tests
	tests/bench/run $(O)

C_FILES = $(shell git ls-files -co --exclude-standard '*.c' '*.h' 2>/dev/null || \
	find . -name '*.[ch]')
lint:
	tests/lint
format:
	clang-format -i $(C_FILES)

# --- Installing ---------------------------------------------------------------------------------

SBIN  := $(DESTDIR)$(PREFIX)/sbin
BIN   := $(DESTDIR)$(PREFIX)/bin
MAN   := $(DESTDIR)$(PREFIX)/share/man
SHARE := $(DESTDIR)$(PREFIX)/share/bijk
DOC   := $(DESTDIR)$(PREFIX)/share/doc/bijk
COMPLETIONS := $(DESTDIR)$(PREFIX)/share/bash-completion/completions

put = $(foreach f,$(3),$(INSTALL) -D -m $(1) $(f) $(2)/$(notdir $(f)) &&) :
# What names our programs and files gets PREFIX in these names.
text = $(INSTALL) -d $(2) && $(foreach f,$(3),$(call prefixed,$(f),$(2)/$(notdir $(f))) &&) \
	chmod $(1) $(foreach f,$(3),$(2)/$(notdir $(f)))
prefixed = rm -f $(2) && PREFIX=$(PREFIX) sh -c '. packaging/install/files.sh; prefixed' <$(1) >$(2)

MONITORING := $(filter-out %/checkmk-local,$(wildcard packaging/monitoring/*))

install: install-node install-master
install-common:
	$(Q)$(call text,644,$(MAN)/man7,man/bijk.7)
	$(Q)$(call text,644,$(DOC),README.md NEWS)
	$(Q)$(call text,644,$(DOC)/docs,$(wildcard docs/*.md))
	$(Q)$(call put,644,$(DOC)/docs,$(wildcard docs/*.png))
	$(Q)$(call text,644,$(COMPLETIONS),packaging/completion/bijk-cat)
	$(Q)$(call text,644,$(SHARE)/examples/monitoring,$(MONITORING))
	$(Q)$(call text,755,$(SHARE)/examples/monitoring,packaging/monitoring/checkmk-local)
install-node: install-common $(NODE_SBIN:%=$(O)/bin/%) $(NODE_BIN:%=$(O)/bin/%)
	$(Q)$(call put,755,$(SBIN),$(NODE_SBIN:%=$(O)/bin/%))
	$(Q)$(call put,755,$(BIN),$(NODE_BIN:%=$(O)/bin/%))
	$(Q)$(call text,644,$(MAN)/man8,$(NODE_SBIN:%=man/%.8))
	$(Q)$(call text,644,$(MAN)/man1,$(NODE_BIN:%=man/%.1) man/bijk-vitals.1)
	$(Q)$(call text,644,$(MAN)/man5,man/bijk-plugins.yml.5)
	$(Q)$(call put,755,$(BIN),bijk-vitals/bijk-vitals)
	$(Q)$(call text,644,$(SHARE)/examples,packaging/examples/plugins.yml)
install-master: install-common $(MASTER_SBIN:%=$(O)/bin/%) $(MASTER_BIN:%=$(O)/bin/%) \
	$(O)/bin/bijk-doctor
	$(Q)$(call put,755,$(SBIN),$(MASTER_SBIN:%=$(O)/bin/%) $(O)/bin/bijk-doctor)
	$(Q)$(call put,755,$(BIN),$(MASTER_BIN:%=$(O)/bin/%))
	$(Q)$(call text,644,$(MAN)/man8,$(MASTER_SBIN:%=man/%.8) man/bijk-doctor.8)
	$(Q)$(call text,644,$(MAN)/man1,$(MASTER_BIN:%=man/%.1))
	$(Q)$(call text,644,$(MAN)/man5,man/bijk-master.yml.5)
	$(Q)$(call text,644,$(SHARE)/examples,packaging/examples/master.yml)
	$(Q)$(call text,644,$(COMPLETIONS),packaging/completion/bijk-master \
		packaging/completion/bijk-feed)

include packaging/rules.mk

# One tarball for the nodes of any Linux, statically linked: packaging/static.
static:
	packaging/static $(O) $(VERSION)

clean:
	rm -rf $(O) $(O)-deb
