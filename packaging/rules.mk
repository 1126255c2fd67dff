# SPDX-License-Identifier: ISC
# For packages: a tarball of the source, what each package has, and the Debian
# packages.

UNITDIR ?= /lib/systemd/system
# The steps that a package's scripts call.
STEPS := report files accounts owner init sshd ports listen node master
PKG = $(DESTDIR)/bijk-
# A configuration file, and the copy that tells an edited one.
conf = $(call text,644,$(PKG)$(1)/$(2),$(3)) && \
	$(call text,644,$(PKG)$(1)$(PREFIX)/share/bijk/shipped/$(2),$(3))
UNITS_NODE := $(wildcard packaging/systemd/bijk-push.*)
UNITS_MASTER := $(filter-out $(UNITS_NODE),$(wildcard packaging/systemd/*))

.PHONY: packages dist deb
# DESTDIR/bijk-node, DESTDIR/bijk-master, and what both have in bijk-common.
packages: all
	$(Q)$(MAKE) -s --no-print-directory install-node DESTDIR=$(PKG)node
	$(Q)$(MAKE) -s --no-print-directory install-master DESTDIR=$(PKG)master
	$(Q)cd $(PKG)node && find . -type f | while read -r file; do \
		[ -e ../bijk-master/$$file ] || continue; \
		mkdir -p ../bijk-common/$${file%/*} && mv $$file ../bijk-common/$$file && \
		rm ../bijk-master/$$file; done
	$(Q)find $(PKG)node $(PKG)master -type d -empty -delete
	$(Q)$(call text,644,$(PKG)common$(PREFIX)/share/bijk/install,\
		$(STEPS:%=packaging/install/%.sh))
	$(Q)$(call conf,node,etc/cron.d,packaging/cron/bijk-node packaging/cron/bijk-collect)
	$(Q)$(call conf,master,etc/cron.d,packaging/cron/bijk-master packaging/cron/bijk-listen)
	$(Q)$(call conf,master,etc/ssh/sshd_config.d,packaging/sshd/00-bijk-master.conf)
	$(Q)$(call text,644,$(PKG)master$(PREFIX)/share/bijk/examples,$(wildcard packaging/inetd/*))
	$(Q)$(call text,644,$(PKG)master$(UNITDIR),$(UNITS_MASTER))
	$(Q)$(call text,644,$(PKG)node$(UNITDIR),$(UNITS_NODE))

# The names of all sources; copies of these build the same bytes elsewhere.
SOURCES = { git ls-files -co --exclude-standard 2>/dev/null || \
	find . -path './$(O)*' -prune -o -type f -print -o -type l -print; } | while read -r file; \
	do [ ! -e "$$file" ] || echo "$$file"; done | LC_ALL=C sort
EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y NEWS))

dist:
	@mkdir -p $(O)
	$(Q)$(SOURCES) | tar -c --sort=name --format=gnu --mtime=@$(EPOCH) --owner=0 --group=0 \
		--numeric-owner --mode=u=rwX,go=rX \
		--transform='s,^\(\./\)*,bijk-$(VERSION)/,S' -T - | \
		gzip -n >$(O)/bijk-$(VERSION).tar.gz
	$(call say,DIST,$(O)/bijk-$(VERSION).tar.gz)

# Into DEB; CARD=FILE...: cards of masters, which bijk-node imports at its
# installation. BUILT=yes packs what is built already, for a quick look, and asks
# for nothing that a build needs.
DEB ?= $(O)-deb
deb:
	$(Q)rm -rf $(DEB) && mkdir -p $(DEB)/bijk
	$(Q)$(SOURCES) | tar -c -T - | tar -x -C $(DEB)/bijk
	$(Q)$(if $(BUILT),cp -a $(O) $(DEB)/bijk/build)
	$(Q)cd $(DEB)/bijk && env -u MAKEFLAGS -u MAKELEVEL -u MAKEOVERRIDES -u PREFIX \
		CARD="$(abspath $(CARD))" dpkg-buildpackage -b -us -uc $(if $(BUILT),-d -nc)
	$(Q)rm -r $(DEB)/bijk && ls $(DEB)/*.deb
