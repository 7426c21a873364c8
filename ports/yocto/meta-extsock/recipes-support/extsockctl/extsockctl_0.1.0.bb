SUMMARY = "Client of strongSwan's failover plugin extsock"
DESCRIPTION = "Shows which security gateway (SEGW) carries each connection of strongSwan, why, and what comes next; \
               moves a connection to another SEGW; applies and checks configurations."
HOMEPAGE = "https://docs.rs/segw"
SECTION = "net"
LICENSE = "GPL-2.0-or-later"
LIC_FILES_CHKSUM = "file://ports/strongswan/COPYING;md5=b234ee4d69f5fce4486a80fdaf4a4263"

DEPENDS = "libsegw"

require recipes-support/libsegw/extsock-source.inc

inherit systemd

EXTRA_OEMAKE = "-C ${S}/ports/strongswan/extsockctl LIBSEGW=${STAGING_LIBDIR}/libsegw.a SEGW_INCLUDE=${STAGING_INCDIR} \
                BUILD=${B} SBINDIR=${sbindir} MANDIR=${mandir} COMPLETIONDIR=${datadir}/bash-completion/completions"

B = "${WORKDIR}/build"

do_compile() {
    oe_runmake
}

do_install() {
    oe_runmake install DESTDIR=${D} UNITDIR=${systemd_system_unitdir}
}

# The first two wait for a file of the administrator's, and do nothing without; metrics are asked for.
SYSTEMD_PACKAGES = "${PN} ${PN}-metrics"
SYSTEMD_SERVICE:${PN} = "extsock-apply.service extsock-hook.service"
SYSTEMD_SERVICE:${PN}-metrics = "extsock-metrics.timer extsock-metrics.service"
SYSTEMD_AUTO_ENABLE:${PN}-metrics = "disable"

# -check needs no plugin: what a configuration would be told.
PACKAGE_BEFORE_PN = "${PN}-check ${PN}-metrics ${PN}-bash-completion"

FILES:${PN}-check += "${sbindir}/extsockctl-check"
FILES:${PN}-metrics += "${systemd_system_unitdir}/extsock-metrics.*"
FILES:${PN}-bash-completion += "${datadir}/bash-completion"

CVE_PRODUCT = "extsock"

RDEPENDS:${PN}-metrics = "${PN}"
RDEPENDS:${PN}-bash-completion = "bash-completion"
