# A stub of the feed's rust-values.mk: the settings in which it differs from libsegw's own, and the environment that it is handed in.
RUSTC_TARGET_ARCH:=$(shell rustc -vV | sed -n 's/^host: //p')
CARGO_PKG_PROFILE:=release
CARGO_PKG_CONFIG_VARS=CARGO_BUILD_TARGET=$(RUSTC_TARGET_ARCH) CARGO_HOME=$(DL_DIR)/cargo CARGO_PROFILE_RELEASE_PANIC=unwind \
	CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true CARGO_PROFILE_RELEASE_OPT_LEVEL=z RUSTFLAGS="$(CARGO_RUSTFLAGS)"
