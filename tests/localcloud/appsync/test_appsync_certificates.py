"""The authority and the certificate of this machine: made once, kept private, renewed in time."""

import datetime as dt
import socket
import ssl
import stat
import threading
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from localcloud.appsync.certificates import Certificates, Signed, begun, load, named, store
from localcloud.appsync.errors import DefinitionError

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path / "certificates")
    made.prepare(NOW)
    return made


def authority(certificates: Certificates) -> Signed:
    found = load(certificates.authority_key)
    assert found
    return found


def contents(certificates: Certificates) -> tuple[bytes, bytes, bytes]:
    return (
        certificates.authority.read_bytes(),
        certificates.authority_key.read_bytes(),
        certificates.leaf.read_bytes(),
    )


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> None:
    """Both ends of a handshake. Raises what the client thinks of the certificate."""
    ours, theirs = socket.socketpair()

    def accept() -> None:
        try:
            server.wrap_socket(ours, server_side=True).close()
        except OSError:
            ours.close()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        client.wrap_socket(theirs, server_hostname=name).close()
    finally:
        theirs.close()
        thread.join(10)


def test_what_was_made_at_the_first_start_is_used_again(certificates: Certificates) -> None:
    before = contents(certificates)
    certificates.prepare(NOW + dt.timedelta(days=300))
    assert contents(certificates) == before


def test_the_certificate_is_renewed_before_it_expires_and_the_authority_stays(
    certificates: Certificates,
) -> None:
    ca, key, leaf = contents(certificates)
    certificates.prepare(NOW + dt.timedelta(days=340))
    assert contents(certificates)[:2] == (ca, key)
    assert contents(certificates)[2] != leaf


def test_an_authority_that_expires_is_replaced_and_the_log_asks_for_new_trust(
    certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    before = contents(certificates)
    certificates.prepare(NOW + dt.timedelta(days=3650))
    assert not set(before) & set(contents(certificates))
    assert "Trust it anew" in caplog.text


@pytest.mark.parametrize("damage", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_a_damaged_certificate_is_made_anew_under_the_same_authority(
    certificates: Certificates, damage: bytes
) -> None:
    ca, key, _ = contents(certificates)
    certificates.leaf.write_bytes(damage)
    certificates.prepare(NOW)
    assert contents(certificates)[:2] == (ca, key)
    certificates.context()


def test_a_certificate_of_another_authority_or_with_another_key_is_not_used(
    certificates: Certificates, tmp_path: Path
) -> None:
    other = Certificates(tmp_path / "other")
    other.prepare(NOW)
    mine, theirs = load(certificates.leaf), load(other.leaf)
    assert mine
    assert theirs
    for wrong in (theirs, Signed(mine.certificate, theirs.key)):
        store(certificates.leaf, wrong.pem())
        certificates.prepare(NOW)
        found = load(certificates.leaf)
        assert found
        assert found.is_from(authority(certificates))


def test_a_lost_public_file_is_written_again(certificates: Certificates) -> None:
    before = contents(certificates)
    certificates.authority.unlink()
    certificates.prepare(NOW)
    assert contents(certificates) == before


def test_keys_are_for_their_owner_alone(certificates: Certificates) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in certificates.folder.iterdir()}
    assert modes["ca-key.pem"] == modes["localhost.pem"] == 0o600
    assert modes["ca.pem"] == 0o644
    assert stat.S_IMODE(certificates.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_authority_connects_by_each_name(
    certificates: Certificates, name: str
) -> None:
    client = ssl.create_default_context(cafile=certificates.authority)
    shake_hands(certificates.context(), client, name)


@pytest.mark.parametrize("name", ["example.com", "127.0.0.2", "riffle.example"])
def test_the_authority_is_good_for_no_other_name(
    certificates: Certificates, tmp_path: Path, name: str
) -> None:
    """A stolen key signs for another site: those who trust the authority still turn it down."""
    signer, key = authority(certificates), ec.generate_private_key(ec.SECP256R1())
    builder = begun(named("other"), signer.certificate.subject, key, NOW, 90)
    names = [x509.DNSName(name)] if name[0].isalpha() else [x509.IPAddress(ip_address(name))]
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    keyid = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
    builder = builder.add_extension(keyid, critical=False)
    store(tmp_path / "forged.pem", Signed(builder.sign(signer.key, hashes.SHA256()), key).pem())
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "forged.pem")
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shake_hands(server, ssl.create_default_context(cafile=certificates.authority), name)


def test_first_starts_at_once_agree_on_one_authority(tmp_path: Path) -> None:
    shared = Certificates(tmp_path)
    threads = [threading.Thread(target=shared.prepare, args=(NOW,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    leaf = load(shared.leaf)
    assert leaf
    assert leaf.is_from(authority(shared))
    assert shared.authority.read_bytes() == authority(shared).public_pem()


def test_a_folder_that_cannot_be_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DefinitionError, match=r"file/folder cannot keep certificates: Not a directory"):
        Certificates(tmp_path / "file" / "folder").prepare(NOW)
