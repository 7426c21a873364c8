"""Certificates made while the lab is laid: authorities, what they issue, what they revoke. Nothing outlives the lab."""

import time

from .command import run

PKI_TIME = "%d.%m.%y %H:%M:%S"


class Party:
    """A key and its certificate, as files and as PEM."""

    def __init__(self, folder, name, issuer):
        self.folder = folder
        self.name = name
        self.issuer = issuer
        self.key = folder / f"{name}.key"
        self.cert = folder / f"{name}.pem"
        self.crl = folder / f"{name}.crl"       # an authority's list
        self.revoked = []

    @property
    def dn(self):
        return f"C=KR, O=lab, CN={self.name}"

    def chain(self):
        """The certificates of the authorities between this one and the root, the nearest first."""
        return [self.issuer, *self.issuer.chain()] if self.issuer and self.issuer.issuer else []

    def pem(self):
        return self.cert.read_text()

    def key_pem(self):
        return self.key.read_text()

    def encrypted(self, passphrase, traditional=False):
        """Another file with the key, encrypted: PKCS#8, or as OpenSSL did it before."""
        path = self.folder / f"{self.name}.{'old' if traditional else 'p8'}"
        if traditional:
            run("openssl", "pkey", "-in", self.key, "-traditional", "-aes128", "-passout", f"pass:{passphrase}", "-out", path)
        else:
            run("openssl", "pkcs8", "-topk8", "-in", self.key, "-v2", "aes256", "-passout", f"pass:{passphrase}", "-out", path)
        return path


class Pki:
    """A folder of parties."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def _write(self, path, *words):
        said = run("pki", *words, "--outform", "pem")       # and what pki says of its plugins
        path.touch(mode=0o600)
        path.write_text(said[said.index("-----BEGIN"):])

    def party(self, name, issuer=None, kind="ecdsa", ca=False, sans=(), begins=None):
        """A new key and its certificate, self-signed without an issuer; valid from the moment `begins`, by default from now on."""
        party = Party(self.folder, name, issuer)
        self._write(party.key, "--gen", "--type", kind, "--size", "256" if kind == "ecdsa" else "2048")
        more = [word for san in sans for word in ("--san", san)] + (["--ca"] if ca else [])
        if begins:
            more += ["--not-before", time.strftime(PKI_TIME, time.localtime(begins))]
        if not issuer:
            self._write(party.cert, "--self", "--in", party.key, "--type", kind, "--dn", party.dn, *more)
        else:
            self._write(party.cert, "--issue", "--cacert", issuer.cert, "--cakey", issuer.key, "--type", "priv",
                        "--in", party.key, "--dn", party.dn, "--crl", f"file://{issuer.crl}", *more)
        if ca:
            self.publish(party)
        return party

    def publish(self, authority):
        """Write an authority's list of what it has revoked."""
        words = [word for party in authority.revoked for word in ("--reason", "key-compromise", "--cert", party.cert)]
        authority.crl.unlink(missing_ok=True)
        self._write(authority.crl, "--signcrl", "--cacert", authority.cert, "--cakey", authority.key, *words)

    def revoke(self, party):
        party.issuer.revoked.append(party)
        self.publish(party.issuer)

    @staticmethod
    def install(party, root, charon):
        """Put a party's key and certificates where swanctl loads them into a charon, and the root that it trusts."""
        for sub in ("x509", "x509ca", "private"):
            (charon.folder / sub).mkdir(exist_ok=True)
        (charon.folder / "x509" / party.cert.name).write_text(party.pem())
        (charon.folder / "private" / party.key.name).write_text(party.key_pem())
        for authority in (root, *party.chain()):
            (charon.folder / "x509ca" / authority.cert.name).write_text(authority.pem())
