SUMMARY = "Failover between security gateways for strongSwan"
DESCRIPTION = "A plugin of charon: moves a connection to its next security gateway (SEGW) when the one that it uses is lost, \
               and back when the preferred one has recovered."
HOMEPAGE = "https://docs.rs/segw"
SECTION = "net"
LICENSE = "GPL-2.0-or-later"
LIC_FILES_CHKSUM = "file://ports/strongswan/COPYING;md5=b234ee4d69f5fce4486a80fdaf4a4263"

DEPENDS = "libsegw strongswan"

require recipes-support/libsegw/extsock-source.inc

SRC_URI += "file://run-ptest"

# strongSwan installs no headers of charon's by itself; with this feature the layer's bbappend makes it do so.
REQUIRED_DISTRO_FEATURES = "extsock"

inherit features_check ptest

STRONGSWAN_INCLUDE = "${STAGING_INCDIR}/strongswan"
# config.h is that of the very build of strongSwan: it decides what is in its structures.
STRONGSWAN_CPPFLAGS = "-include ${STAGING_LIBDIR}/ipsec/include/config.h -I${STRONGSWAN_INCLUDE} -I${STRONGSWAN_INCLUDE}/libcharon"

EXTRA_OEMAKE = "-C ${S}/ports/strongswan STRONGSWAN_CPPFLAGS='${STRONGSWAN_CPPFLAGS}' LIBSEGW=${STAGING_LIBDIR}/libsegw.a \
                SEGW_INCLUDE=${STAGING_INCDIR} BUILD=${B}/built PLUGINDIR=${libdir}/ipsec/plugins \
                CONFDIR=${sysconfdir}/strongswan.d/charon"

B = "${WORKDIR}/build"

do_compile() {
    oe_runmake plugin
}

do_install() {
    oe_runmake install-plugin DESTDIR=${D}
}

# One failover with what is installed on the device: three charons in network namespaces.
do_install_ptest() {
    install -m 0755 ${S}/tests/ports/one-failover ${D}${PTEST_PATH}/
}

FILES:${PN} += "${libdir}/ipsec/plugins/libstrongswan-extsock.so"

CONFFILES:${PN} = "${sysconfdir}/strongswan.d/charon/extsock.conf"

# charon loads no plugin that was made for another version of it.
python extsock_depend_on_version() {
    import re

    with open(d.expand('${STAGING_LIBDIR}/ipsec/include/config.h')) as config:
        version = re.search(r'^#define VERSION "(.*)"$', config.read(), re.M).group(1)
    d.appendVar('RDEPENDS:' + d.getVar('PN'), ' strongswan (>= %s) strongswan (< %s.0)' % (version, version))
}
extsock_depend_on_version[doc] = "Makes the package depend on the strongSwan that it was built with"
PACKAGESPLITFUNCS =+ "extsock_depend_on_version"

CVE_PRODUCT = "extsock"

RDEPENDS:${PN} = "strongswan"
RDEPENDS:${PN}-ptest += "extsockctl iproute2 iputils-ping strongswan"

RRECOMMENDS:${PN} = "extsockctl"
RRECOMMENDS:${PN}-ptest += "kernel-module-veth"
