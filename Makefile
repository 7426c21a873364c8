# Builds and installs libsegw for C programs: the archive, its header, a pkg-config file. Sizes are chosen in the environment:
#   make && make install PREFIX=/usr
#   SEGW_CONNECTIONS=1 SEGW_SEGWS=2 make install DESTDIR=/tmp/root
# It needs the crates of ports/libsegw/Cargo.lock only; without a network, with those that `ports/crates vendor` has laid: CARGO_FLAGS=--offline.
# ARCHIVE names one that is built already; it is installed as it is, with the header of the default sizes.
# Other machines: cross/build. The plugin: ports/strongswan/Makefile.
# SPDX-License-Identifier: MIT OR Apache-2.0

CARGO      ?= cargo
CARGO_FLAGS ?=
PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR    ?=
BUILD      ?= target/install
ARCHIVE    ?=

# Cargo does not notice a setting that it does not know; build.rs refuses it if it is told of all.
SETTINGS := $(sort $(filter-out SEGW_SETTINGS=%,$(shell env | grep '^SEGW_')))
export SEGW_SETTINGS = $(SETTINGS)

field = $(shell sed -n 's/^$(1) = "\(.*\)"$$/\1/p' Cargo.toml | head -n 1)
PC_WORDS = -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
           -e 's|@NAME@|$(call field,name)|' -e 's|@DESCRIPTION@|$(call field,description)|' \
           -e 's|@VERSION@|$(call field,version)|'

all: archive header

ifneq ($(ARCHIVE),)
archive:
	mkdir -p $(BUILD)
	cp $(ARCHIVE) $(BUILD)/libsegw.a
else
# cargo knows best what is out of date
archive:
	mkdir -p $(BUILD)
	$(CARGO) build --release --locked $(CARGO_FLAGS) --manifest-path ports/libsegw/Cargo.toml --target-dir $(BUILD)/cargo
	cp $(BUILD)/cargo/release/libsegw.a $(BUILD)/libsegw.a
endif

# The committed header is that of the default sizes; another one is made by cbindgen.
header:
	mkdir -p $(BUILD)
ifeq ($(SETTINGS),)
	cp include/segw.h $(BUILD)/segw.h
else
	SEGW_HEADER=$(abspath $(BUILD))/segw.h $(CARGO) test --quiet --locked --test header
endif

install: all
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(BUILD)/libsegw.a $(DESTDIR)$(LIBDIR)/libsegw.a
	install -m 644 $(BUILD)/segw.h $(DESTDIR)$(INCLUDEDIR)/segw.h
	sed $(PC_WORDS) include/segw.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/segw.pc

uninstall:
	rm -f $(DESTDIR)$(LIBDIR)/libsegw.a $(DESTDIR)$(INCLUDEDIR)/segw.h $(DESTDIR)$(LIBDIR)/pkgconfig/segw.pc

clean:
	rm -rf $(BUILD)

.PHONY: all archive header install uninstall clean
