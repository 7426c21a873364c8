SUMMARY = "Failover between IPsec security gateways, for C programs"
DESCRIPTION = "Decides when an IPsec client moves to which of its security gateways (SEGWs). \
               It does no input or output, reads no clock and allocates nothing: a program tells it what happened, and asks what to do."
HOMEPAGE = "https://docs.rs/segw"
SECTION = "libs"
LICENSE = "MIT | Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE-MIT;md5=bac9ea061a92c41678ecba96818756a9 \
                    file://LICENSE-APACHE;md5=3b83ef96387f14655fc854ddc3c6bd57"

require extsock-source.inc
require libsegw-crates.inc

SRC_URI += "file://run-ptest"

inherit cargo ptest

# A manifest without what only the tests of the crate need.
CARGO_SRC_DIR = "ports/libsegw"

LIBSEGW_MAKE = "-C ${S} ARCHIVE=${B}/target/${CARGO_TARGET_SUBDIR}/libsegw.a BUILD=${B}/libsegw \
                PREFIX=${prefix} LIBDIR=${libdir} INCLUDEDIR=${includedir}"

do_install() {
    oe_runmake ${LIBSEGW_MAKE} install DESTDIR=${D}
}

# The C API's conformance program, which is also its first user on this machine.
do_compile_ptest() {
    ${CC} -std=c99 ${CPPFLAGS} ${CFLAGS} ${LDFLAGS} -I${S}/include -o ${B}/conformance ${S}/tests/capi/*.c \
        ${B}/target/${CARGO_TARGET_SUBDIR}/libsegw.a
}

do_install_ptest() {
    install -m 0755 ${B}/conformance ${D}${PTEST_PATH}/
}

# There is nothing to install on a device: the archive is -staticdev's, the header and segw.pc are -dev's.
ALLOW_EMPTY:${PN} = "1"

CVE_PRODUCT = "extsock"

RDEPENDS:${PN}-dev += "${PN}-staticdev (= ${EXTENDPKGV})"
