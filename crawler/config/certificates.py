"""The certificates a configuration names: whom we trust, and who we are to hosts that ask. Their files lie where the configuration's does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec.structs

from crawler.config.errors import ConfigError
from crawler.config.key_diagnostics import line_of_key
from crawler.config.model import Config
from crawler.files.safe_files import read_regular_file

_LARGEST = 16 * 1024 * 1024  # bytes; a system's own bundle has some 300,000


def resolve_certificates(config: Config, folder: Path, file: Path | None) -> Config:
    """Find the files named, from the configuration's folder. Raises ConfigError for one that cannot be used."""
    network = config.network
    if network.ca_file:
        network = msgspec.structs.replace(
            network, ca_file=str(_trusted(folder / network.ca_file, file))
        )
    hosts = {
        pattern: _with_identity(rules, pattern, folder, file)
        for pattern, rules in config.hosts.items()
    }
    return msgspec.structs.replace(config, network=network, hosts=hosts)


def _trusted(ca_file: Path, file: Path | None) -> Path:
    import ssl  # noqa: PLC0415  few name a file, and every command waits for what is imported here

    try:
        read_regular_file(ca_file, _LARGEST)  # OpenSSL would wait for a pipe, or read a device
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # SSLError is one too
        problem = (
            "holds no certificates in PEM form"
            if isinstance(error, ssl.SSLError)
            else f"cannot be read ({error.strerror})"
        )
        raise _unusable(file, ("network", "ca_file"), f"{ca_file} {problem}") from error
    return ca_file


def _with_identity(
    rules: dict[str, Any], pattern: str, folder: Path, file: Path | None
) -> dict[str, Any]:
    """Find what is shown to one host, and see that certificate and key belong together."""
    if not rules.get("client_certificate"):
        return rules
    names = [name for name in ("client_certificate", "client_key") if rules.get(name)]
    paths = [folder / rules[name] for name in names]
    for name, path in zip(names, paths, strict=True):
        if problem := _trouble_with(path):
            raise _unusable(file, ("hosts", pattern, name), f"{path} {problem}")
    import ssl  # noqa: PLC0415

    certificate, key = paths[0], paths[-1]
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
            certificate, key, password=lambda: ""
        )
    except ssl.SSLError as error:
        mismatch = error.reason == "KEY_VALUES_MISMATCH"
        problem = (
            "the key is another certificate's"
            if mismatch
            else "no certificate with a key that needs no password"
        )
        raise _unusable(
            file, ("hosts", pattern, names[0]), f"{' and '.join(map(str, paths))}: {problem}"
        ) from error
    return rules | {"client_certificate": str(certificate), "client_key": str(key)}


def _trouble_with(path: Path) -> str | None:
    try:
        return None if b"-----BEGIN " in read_regular_file(path, _LARGEST) else "is not in PEM form"
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _unusable(file: Path | None, path: tuple[str, ...], problem: str) -> ConfigError:
    return ConfigError(f"{line_of_key(file, path)}: {'.'.join(path)}: {problem}")
