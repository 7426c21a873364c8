# A stub of OpenWrt's rules.mk, for tests of ports/openwrt/extsock/Makefile: this machine is the target, its compiler the toolchain.
# That the Makefile works in OpenWrt's own build system is tried by hand, see ports/openwrt/README.md.
INCLUDE_DIR:=$(TOPDIR)/include
DL_DIR:=$(TOPDIR)/dl
BUILD_DIR:=$(TOPDIR)/build_dir
STAGING_DIR:=$(TOPDIR)/staging_dir
TARGET_CC:=cc
TARGET_CFLAGS:=-Os -DGIVEN_CFLAGS
TARGET_CPPFLAGS:=-DGIVEN_CPPFLAGS
TARGET_LDFLAGS:=-Wl,-O1
CP:=cp -fpR
TAR:=tar
INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
INSTALL_DATA:=install -m0644
INSTALL_CONF:=install -m0600
