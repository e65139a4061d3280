"""Generated clips are signed and signatures of scored clips are read, with certificates made here."""

import datetime
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from wsim import WsimError
from wsim.cli.main import call
from wsim.credentials import read_credentials, remarks_on, sign_video
from wsim.video import Video, read_video, write_preview

if not all(map(importlib.util.find_spec, ("c2pa", "cryptography"))):
    pytest.skip("needs the extra `c2pa`", allow_module_level=True)

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TOLD = {"model": "toy", "weights": None, "seed": 3, "request": "ab" * 32}


def certificate(
    name: str, public: ec.EllipticCurvePublicKey, signer: ec.EllipticCurvePrivateKey, *, authority: bool
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        pairs = ((NameOID.ORGANIZATION_NAME, "Toy Studio"), (NameOID.COMMON_NAME, text))
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in pairs])

    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("root"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **usage
            ),
            critical=True,
        )
    )
    if not authority:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A chain and a private key, in PEM."""
    folder, pem = tmp_path_factory.mktemp("signer"), serialization.Encoding.PEM
    root, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    chain = [
        certificate("signer", own.public_key(), root, authority=False),
        certificate("root", root.public_key(), root, authority=True),
    ]
    (folder / "chain.pem").write_bytes(b"".join(one.public_bytes(pem) for one in chain))
    (folder / "key.pem").write_bytes(
        own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "chain.pem", folder / "key.pem"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    frames = np.random.default_rng(1).integers(0, 255, (9, 32, 32, 3), dtype=np.uint8)
    write_preview(tmp_path / "plain.mp4", Video(frames, 8.0))
    return tmp_path / "plain.mp4"


def signed_copy(plain: Path, signer: tuple[Path, Path], name: str = "signed.mp4") -> Path:
    target = plain.with_name(name)
    sign_video(plain, target, chain=signer[0], key=signer[1], told=TOLD)
    return target


def broken_copy(signed: Path) -> Path:
    data = bytearray(signed.read_bytes())
    data[-60] ^= 1
    changed = signed.with_name("changed.mp4")
    changed.write_bytes(data)
    return changed


def test_a_signature_tells_the_request_and_leaves_the_pictures_alone(
    plain: Path, signer: tuple[Path, Path]
) -> None:
    found = read_credentials(signed := signed_copy(plain, signer))
    assert found is not None and (found.state, found.issuer, found.generator) == (
        "valid",
        "Toy Studio",
        "wsim",
    )
    assert dict(found.told) == TOLD
    assert read_video(signed).digest == read_video(plain).digest
    assert read_credentials(plain) is None


def test_a_changed_byte_breaks_it(plain: Path, signer: tuple[Path, Path]) -> None:
    found = read_credentials(broken_copy(signed_copy(plain, signer)))
    assert found is not None and found.state == "broken"


def test_remarks_count_what_is_signed_and_name_what_was_changed(
    plain: Path, signer: tuple[Path, Path]
) -> None:
    assert remarks_on([plain]) == ()
    signed = signed_copy(plain, signer)
    count, changed = remarks_on([plain, signed, broken_copy(signed), plain.with_name("other.mkv")])
    assert count == "2 of 3 videos are signed (C2PA): 1 by toy, signed by Toy Studio (nobody known vouches)"
    assert changed == "the signature of 1 is broken, they were changed since: changed.mp4"


def test_what_cannot_sign_is_told(plain: Path, signer: tuple[Path, Path]) -> None:
    for chain, key in ((signer[0], signer[0]), (plain, signer[1]), (signer[0], plain.with_name("none.pem"))):
        with pytest.raises(WsimError, match="cannot sign"):
            sign_video(plain, plain.with_name("x.mp4"), chain=chain, key=key, told=TOLD)
    assert not plain.with_name("x.mp4").exists()


def test_generate_signs_and_a_run_over_the_folder_says_so(
    tmp_path: Path, signer: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made" / "clip.mp4"
    asked = ["generate", "noise", "--prompt", "a ball", "--seed", "5", "-o", str(out), "--frames", "9"]
    signing = ["--sign", str(signer[0]), "--key", str(signer[1])]
    assert call([*asked, *signing]) == 0 and capsys.readouterr().out.rstrip().endswith("seed 5, signed")
    found = read_credentials(out)
    assert found is not None and (found.told["model"], found.told["seed"]) == ("noise", 5)
    assert [path.name for path in out.parent.iterdir()] == ["clip.mp4"]
    run = tmp_path / "run"
    call(["probe", "permanence/constancy", f"videos:{out.parent}", "--out", str(run), "--no-report"])
    notes = json.loads((run / "manifest.json").read_text())["notes"]
    assert any(note.startswith("1 of 1 videos are signed (C2PA): 1 by noise") for note in notes)


def test_half_a_signer_or_another_file_is_refused_before_anything_is_made(
    tmp_path: Path, signer: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["generate", "noise", "--prompt", "a ball"]
    assert call([*asked, "-o", str(tmp_path / "a.mp4"), "--sign", str(signer[0])]) == 2
    assert "certificates and a key" in capsys.readouterr().err
    both = ["--sign", str(signer[0]), "--key", str(signer[1])]
    assert call([*asked, "-o", str(tmp_path / "a.mkv"), *both]) == 2
    assert ".mkv files are not signed" in capsys.readouterr().err and not list(tmp_path.glob("a.*"))


def test_without_c2pa_the_extra_is_named(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(WsimError, match="signatures need c2pa") as caught:
        read_credentials(plain)
    assert "wsim[c2pa]" in caught.value.remedy and remarks_on([plain]) == ()
