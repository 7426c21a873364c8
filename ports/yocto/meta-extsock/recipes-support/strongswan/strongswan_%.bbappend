# Without the distro feature nothing of strongSwan's recipe changes, nor its signature.
require ${@bb.utils.contains('DISTRO_FEATURES', 'extsock', 'strongswan-headers.inc', '', d)}
