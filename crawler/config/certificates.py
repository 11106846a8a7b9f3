"""Find and check the certificate files that a configuration names.

These are files of trusted authorities (`network.ca_file`) and TLS client certificates for hosts.
Relative paths start from the folder of the configuration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec.structs

from crawler.config.errors import ConfigError
from crawler.config.key_diagnostics import key_message
from crawler.config.model import Config
from crawler.files.safe_files import read_regular_file

_MAX_BYTES = 16 * 1024 * 1024  # the bundle of a system has some 300,000 bytes


def resolve_certificates(config: Config, folder: Path, file: Path | None) -> Config:
    """Check the certificate files of a configuration, and make their paths absolute.

    Args:
        config: The configuration as read.
        folder: The folder that relative paths start from.
        file: The configuration file, for error messages.

    Returns:
        The configuration with absolute paths.

    Raises:
        ConfigError: A file cannot be used.
    """
    network = config.network
    if network.ca_file:
        bundle = _checked_bundle(folder / network.ca_file, file)
        network = msgspec.structs.replace(network, ca_file=str(bundle))
    hosts = {
        pattern: _resolve_client_certificate(rules, pattern, folder, file)
        for pattern, rules in config.hosts.items()
    }
    return msgspec.structs.replace(config, network=network, hosts=hosts)


def _checked_bundle(ca_file: Path, file: Path | None) -> Path:
    """Return the path of a file of certificate authorities that OpenSSL can load."""
    # Imported here: few configurations name a file, and every command waits for imports.
    import ssl  # noqa: PLC0415

    key = ("network", "ca_file")
    try:
        # Read first: OpenSSL would wait for a pipe, or read a device.
        read_regular_file(ca_file, _MAX_BYTES)
        ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError as error:
        raise ConfigError(
            key_message(file, key, f"{ca_file} contains no certificates: use a file in PEM format")
        ) from error
    except OSError as error:
        raise ConfigError(key_message(file, key, _unreadable(ca_file, error))) from error
    return ca_file


def _resolve_client_certificate(
    rules: dict[str, Any], pattern: str, folder: Path, file: Path | None
) -> dict[str, Any]:
    """Return a host's rules with absolute paths; check that certificate and key match.

    Args:
        rules: The rules as read.
        pattern: The pattern of host names that they are for.
        folder: The folder that relative paths start from.
        file: The configuration file, for error messages.

    Raises:
        ConfigError: A file cannot be used, or certificate and key do not match.
    """
    if not rules.get("client_certificate"):
        return rules
    names = [name for name in ("client_certificate", "client_key") if rules.get(name)]
    paths = [folder / rules[name] for name in names]
    for name, path in zip(names, paths, strict=True):
        problem = _pem_problem(path)
        if problem is not None:
            raise ConfigError(key_message(file, ("hosts", pattern, name), problem))
    import ssl  # noqa: PLC0415  it is slow, and few configurations name a file

    certificate, key = paths[0], paths[-1]  # the same file if there is no client_key
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        # Without a password, OpenSSL would prompt for one.
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        problem = "no usable pair: use a certificate, and a key without a password"
        if error.reason == "KEY_VALUES_MISMATCH":
            problem = "the key does not belong to the certificate: use the key it was issued for"
        files = " and ".join(str(path) for path in paths)
        raise ConfigError(
            key_message(file, ("hosts", pattern, names[0]), f"{files}: {problem}")
        ) from error
    return rules | {"client_certificate": str(certificate), "client_key": str(key)}


def _pem_problem(path: Path) -> str | None:
    """Return why a file cannot be used as a PEM file; None if it can."""
    try:
        content = read_regular_file(path, _MAX_BYTES)
    except OSError as error:
        return _unreadable(path, error)
    if b"-----BEGIN " not in content:
        return f"{path} is not in PEM format: convert it to PEM"
    return None


def _unreadable(path: Path, error: OSError) -> str:
    """Return the message about a file that cannot be read."""
    return f"{path} cannot be read ({error.strerror}): correct the path or its permissions"
