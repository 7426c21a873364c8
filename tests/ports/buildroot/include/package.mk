# A stub of OpenWrt's package.mk: `make dump` prints what it would be told, `make configured` prepares a source
# tree, and `make package` builds as it would, natively, and lays each package under root/, what others build with under staging_dir/.
PKG_BUILD_DIR:=$(BUILD_DIR)/$(PKG_NAME)-$(PKG_VERSION)
PKG_JOBS:=-j2

define Download
  $(eval $(Download/$(1)))
  DOWNLOADS+=$(FILE);$(URL);$(HASH)
endef

define BuildPackage
  $(foreach field,TITLE DEPENDS EXTRA_DEPENDS BUILDONLY,$(eval $(field):=))
  $(eval $(Package/$(1)))
  PACKAGES+=$(1)
  DUMP_$(1):=$(TITLE);$(DEPENDS);$(EXTRA_DEPENDS);$(BUILDONLY);$(strip $(Package/$(1)/conffiles))
  package: $(1)
  $(1): built
	$(INSTALL_DIR) $(TOPDIR)/root/$(1)
	$(if $(Package/$(1)/install),$(call Package/$(1)/install,$(TOPDIR)/root/$(1)))
  $(if $(ONCE),,$(eval ONCE:=1)$(steps))
endef

define steps
  configured:
	mkdir -p $(PKG_BUILD_DIR)
	$(Build/Prepare)
	$(Build/Configure)

  built: configured
	$(Build/Compile)
	$(call Build/InstallDev,$(STAGING_DIR))
endef

.DEFAULT_GOAL:=dump
dump:
	$(info version $(PKG_VERSION))
	$(info licences $(PKG_LICENSE_FILES))
	$(foreach name,$(PACKAGES),$(info package $(name);$(DUMP_$(name))))
	$(foreach each,$(DOWNLOADS),$(info download $(each)))
	@:

.PHONY: configured built
