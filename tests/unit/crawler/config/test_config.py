"""Test settings: their sources and precedence, and the messages about invalid ones."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from crawler.config import (
    Config,
    ConfigError,
    LoadedConfig,
    config_from_settings,
    host_and_port,
    load_config,
    setting_origins,
)
from crawler.config.hosts import HostRules
from crawler.config.model import DialectName
from crawler.pages import Dialect


def loaded(
    folder: Path, text: str = "", *, environment: dict[str, str] | None = None, **overrides: Any
) -> LoadedConfig:
    """Return the configuration of a folder whose holdfast.toml has this text."""
    (folder / "holdfast.toml").write_text(text, encoding="utf-8")
    return load_config(start=folder, environment=environment or {}, overrides=overrides)


def error_message(folder: Path, text: str = "", **more: Any) -> str:
    """Return the error message for this configuration, without the folder's name."""
    with pytest.raises(ConfigError) as raised:
        loaded(folder, text, **more)
    output = str(raised.value)
    assert "\n" not in output
    return output.replace(f"{folder}/", "")


# --- finding the file


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    found = load_config(start=tmp_path, environment={})
    assert found == LoadedConfig(Config(), tmp_path.resolve(), None)
    assert found.database_url == f"sqlite:///{tmp_path.resolve()}/.holdfast/holdfast.db"
    assert found.config.archives.captures_enabled is False


def test_the_file_is_searched_for_upward_and_its_folder_is_the_base_of_paths(
    tmp_path: Path,
) -> None:
    (tmp_path / "holdfast.toml").write_text('wiki = "above"', encoding="utf-8")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    found = load_config(start=below, environment={})
    assert (found.config.wiki, found.folder, found.file) == (
        "above",
        tmp_path.resolve(),
        tmp_path.resolve() / "holdfast.toml",
    )


def test_pyproject_is_used_if_it_has_the_table_tool_holdfast(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.holdfast]\nwiki = "project"', encoding="utf-8")
    below = tmp_path / "below"
    below.mkdir()
    (below / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")
    assert load_config(start=below, environment={}).config.wiki == "project"
    (below / "holdfast.toml").write_text('wiki = "own"', encoding="utf-8")
    (below / "pyproject.toml").write_text('[tool.holdfast]\nwiki = "beside"', encoding="utf-8")
    assert load_config(start=below, environment={}).config.wiki == "own"


def test_a_named_file_is_used_instead_of_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('wiki = "named"', encoding="utf-8")
    (tmp_path / "holdfast.toml").write_text('wiki = "found"', encoding="utf-8")
    named = {"HOLDFAST_CONFIG": str(tmp_path / "other.toml")}
    assert load_config(start=tmp_path, environment=named).config.wiki == "named"
    assert (
        load_config(tmp_path / "holdfast.toml", start=tmp_path, environment=named).config.wiki
        == "found"
    )


def test_a_missing_or_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; name an existing one with --config"):
        load_config(tmp_path / "missing.toml", environment={})
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path, environment={})


def test_scrapy_settings_name_the_configuration(tmp_path: Path) -> None:
    found = loaded(tmp_path, 'wiki = "a"')
    assert config_from_settings({"HOLDFAST_CONFIG": found}) is found
    assert (
        config_from_settings({"HOLDFAST_CONFIG": str(tmp_path / "holdfast.toml")}).config.wiki
        == "a"
    )


# --- precedence


def test_options_override_the_environment_which_overrides_the_file(tmp_path: Path) -> None:
    text = "[network]\nconcurrency = 2\ncontact = 'file@a.example'"
    variable = {"HOLDFAST_NETWORK__CONCURRENCY": "3"}
    assert loaded(tmp_path).config.network.concurrency == 128
    assert loaded(tmp_path, text).config.network.concurrency == 2
    assert loaded(tmp_path, text, environment=variable).config.network.concurrency == 3
    assert (
        loaded(
            tmp_path, text, environment=variable, **{"network.concurrency": 4}
        ).config.network.concurrency
        == 4
    )
    assert loaded(tmp_path, text, environment=variable).config.network.contact == "file@a.example"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("HOLDFAST_DB", "sqlite:///a.db", {"db": "sqlite:///a.db"}),
        ("HOLDFAST_WIKI", '"quoted"', {"wiki": "quoted"}),
        ("HOLDFAST_PAGES", '["a", "b"]', {"pages": ("a", "b")}),
        ("HOLDFAST_ARCHIVES__CAPTURE", "true", {"archives.capture": True}),
        (
            "HOLDFAST_ARCHIVES__WAYBACK__CAPTURES_PER_DAY",
            "7",
            {"archives.wayback.captures_per_day": 7},
        ),
    ],
)
def test_variables_are_parsed_as_toml_or_else_are_text(
    tmp_path: Path, name: str, text: str, expected: dict[str, Any]
) -> None:
    config: Any = loaded(tmp_path, environment={name: text}).config
    for dotted, value in expected.items():
        found = config
        for part in dotted.split("."):
            found = getattr(found, part)
        assert found == value


@pytest.mark.parametrize("name", ["HOLDFAST_TRACEBACK", "OTHER_NETWORK"])
def test_variables_that_are_no_settings_are_ignored(tmp_path: Path, name: str) -> None:
    assert loaded(tmp_path, environment={name: "1"}).config == Config()


# --- messages about invalid settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pagse = []", "holdfast.toml:1: unknown key 'pagse'; did you mean 'pages'?"),
        (
            "wiki = 'a'\n\n[network]\ncontact = 'a'\nallowed = []",
            "holdfast.toml:5: unknown key 'network.allowed'; did you mean 'network.allow'?",
        ),
        (
            "[archives.waybak]\n",
            "holdfast.toml:1: unknown key 'archives.waybak'; did you mean 'archives.wayback'?",
        ),
        (
            "[archives]\nwayback = { timeot = 3 }",
            "holdfast.toml:2: unknown key 'archives.wayback.timeot'; did you mean 'archives.wayback.timeout'?",
        ),
        (
            "[hosts.'*.example']\nintervall = 3",
            "holdfast.toml:2: unknown key 'intervall' in hosts.'*.example'; did you mean 'interval'?",
        ),
    ],
)
def test_an_unknown_key_names_its_line_and_the_nearest_known(
    tmp_path: Path, text: str, message: str
) -> None:
    assert error_message(tmp_path, text) == message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[hosts.'*']\ndelay = 3",
            "holdfast.toml:2: unknown key 'delay' in hosts.'*': use one of archive_robots_days, ",
        ),
        ("[store]\n", "holdfast.toml:1: unknown key 'store': use one of accept, archives, "),
        (
            "[moves]\nlanguage = 'en'",
            (
                "holdfast.toml:2: unknown key 'moves.language': "
                "use one of min_confidence, requests_per_host, retry_after_days"
            ),
        ),
    ],
)
def test_an_unknown_key_without_a_similar_one_lists_the_known(
    tmp_path: Path, text: str, expected: str
) -> None:
    message = error_message(tmp_path, text)
    assert message.startswith(expected)
    assert "did you mean" not in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[moves]\noffer_from = 0.9",
            "holdfast.toml:2: 'moves.offer_from' was renamed: use 'moves.min_confidence'",
        ),
        (
            "[moves]\nagain_days = 9",
            "holdfast.toml:2: 'moves.again_days' was renamed: use 'moves.retry_after_days'",
        ),
        (
            "[drift]\nevery_days = 9",
            "holdfast.toml:2: 'drift.every_days' was renamed: use 'drift.interval_days'",
        ),
        (
            "[drift]\nstrong_below = 0.4",
            "holdfast.toml:2: 'drift.strong_below' was renamed: use 'drift.changed_below'",
        ),
        (
            "[hosts.'*.example']\nper_night = 5",
            "holdfast.toml:2: 'per_night' in hosts.'*.example' was renamed: use 'per_day'",
        ),
        (
            "[notify.webhook]\nshape = 'slack'",
            "holdfast.toml:2: 'notify.webhook.shape' was renamed: use 'notify.webhook.format'",
        ),
        (
            "[notify.webhook]\ntries = 2",
            "holdfast.toml:2: 'notify.webhook.tries' was renamed: use 'notify.webhook.max_attempts'",
        ),
        (
            "[notify.webhook]\nwait = 2",
            "holdfast.toml:2: 'notify.webhook.wait' was renamed: use 'notify.webhook.retry_wait'",
        ),
    ],
)
def test_a_renamed_key_is_refused_with_its_new_name(
    tmp_path: Path, text: str, message: str
) -> None:
    assert error_message(tmp_path, text) == message


def test_a_renamed_key_in_the_environment_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"renamed: use 'drift\.interval_days'"):
        load_config(start=tmp_path, environment={"HOLDFAST_DRIFT__EVERY_DAYS": "3"})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[network]\nconcurrency = 'two'", "holdfast.toml:2: network.concurrency"),
        # another table above has the same key
        (
            "[hosts.'*']\nconcurrency = 2\n[network]\nconcurrency = 'two'",
            "holdfast.toml:4: network.concurrency",
        ),
        ("network = 3", "holdfast.toml:1: network"),
        ("pages = 'docs'", "holdfast.toml:1: pages"),
        ("[network]\nallow = [1]", "holdfast.toml:2: network.allow"),
        (
            "[archives.wayback]\ntimeout = 3\n[hosts.'*']\ntimeout = 'long'",
            "holdfast.toml:4: hosts",
        ),
        ("[hosts]\na = 3", "holdfast.toml:2: hosts"),
    ],
)
def test_a_value_of_the_wrong_type_is_reported_with_its_line(
    tmp_path: Path, text: str, place: str
) -> None:
    output = error_message(tmp_path, text)
    assert output.startswith(place)
    assert "expected " in output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[network]\nallow = ['10.0.0.0/33']",
            "invalid address range '10.0.0.0/33': use e.g. 10.20.0.0/16",
        ),
        ("[network]\nconcurrency = 0", "concurrency must be at least 1"),
        (
            "[network]\nproxy = 'ftp://proxy.example:21'",
            "invalid proxy address: use e.g. http://proxy.example:3128 (or https://, socks5://)",
        ),
        (
            "[network]\nproxy = '://wiki:s3cret@proxy.example'",
            "holdfast.toml:1: network: invalid proxy address",
        ),
        ("[network]\nproxy = 'http://pro xy.example:3128'", "without spaces"),
        (
            "[network]\nproxy = 'http://wiki:s3#cret@proxy.example'",
            "special characters of a password as %-escapes",
        ),
        (
            "[network]\nproxy = 'http://proxy.example:99999'",
            "network: invalid proxy address",
        ),
        ("[network]\nproxy = 'foo'", "network: invalid proxy address"),
        ("[network]\nproxy = 'http://:3128'", "network: invalid proxy address"),
        ("[network.connect_to]\n'*:443' = 'localhost'", "write both as host:port"),
        ("[network.connect_to]\n'*:443' = 'localhost:70000'", "write both as host:port"),
        ("[hosts.a]\nconcurrency = 0", "concurrency must be at least 1"),
        ("[hosts.a]\ninterval = -1", "interval and retry_wait must be >= 0 seconds"),
        (
            "[hosts.a]\nmethod = 'post'",
            "holdfast.toml:2: hosts.a.method: invalid value 'post': use auto or get",
        ),
        (
            "[hosts.a]\nheaders = { 'a b' = 'c' }",
            "holdfast.toml:1: hosts.a: invalid header name 'a b': use letters, digits and hyphens",
        ),
        (
            "[hosts.a]\nheaders = { Host = 'c' }",
            "holdfast.toml:1: hosts.a: header 'Host' cannot be set: the HTTP client sets it",
        ),
        (
            '[hosts.a]\nheaders = { a = "hidden\\r\\nb: c" }',
            "the value of header 'a' must be printable ASCII on one line",
        ),
        (
            '[hosts.a]\nuser_agent = "a\\nb"',
            "the value of header 'User-Agent' must be printable ASCII on one line",
        ),
        (
            "wiki = 'a'\nexclude = ['https://a.example/(']",
            "holdfast.toml:2: exclude: invalid regular expression 'https://a.example/(': missing ), unterminated subpattern at position 18",
        ),
        (
            "include = ['a', '*']",
            "holdfast.toml:1: include: invalid regular expression '*': nothing to repeat",
        ),
        (
            "[accept]\n'a' = [403]\n'b[' = [403]",
            "holdfast.toml:3: accept: invalid regular expression 'b['",
        ),
        (
            "[accept]\n'a' = [403]\n'b' = [403, 200]",
            "holdfast.toml:3: accept: 200 is not an error status: use 400 to 999",
        ),
        ("[accept]\na = 403", "holdfast.toml:1: accept: expected a list"),
        (
            "[remap]\n'a' = 'http://b'\n'b[' = 'http://c'",
            "holdfast.toml:3: remap: invalid regular expression 'b['",
        ),
        (
            "[remap]\n'a' = 'b.example'",
            "holdfast.toml:2: remap: 'b.example' is not an address: begin it with http://",
        ),
        ("[remap]\n'a' = 'file:///b'", "holdfast.toml:2: remap: 'file:///b' is not an address"),
        (
            "[remap]\n'(a)' = 'http://b/\\2'",
            r"holdfast.toml:2: remap: 'http://b/\\2' cannot replace what '(a)' matches: invalid group reference 2",
        ),
        (
            "[remap]\n'(a)' = 'http://b/\\g<name>'",
            "cannot replace what '(a)' matches: unknown group name 'name'",
        ),
        ("[remap]\n'a' = 3", "holdfast.toml:1: remap: expected text"),
        ("[archives.wayback]\nlookups_per_minute = 0", "rates and timeouts must be more than 0"),
        (
            "[history]\nconfirm_failures = 0",
            "confirm_failures and keep_probes_days must be at least 1",
        ),
        (
            "[report]\nsource_url = 'https://git.example/wiki'",
            "source_url must be an address that contains {path}",
        ),
        (
            "[network]\nca_file = 'missing.pem'",
            "holdfast.toml:2: network.ca_file: missing.pem cannot be read (No such file or directory): correct the path or its permissions",
        ),
        (
            "[network]\nca_file = 'holdfast.toml'",
            "holdfast.toml:2: network.ca_file: holdfast.toml contains no certificates: use a file in PEM format",
        ),
    ],
)
def test_an_invalid_value_is_explained(tmp_path: Path, text: str, message: str) -> None:
    assert message in error_message(tmp_path, text)


def test_a_variable_that_is_no_setting_is_named(tmp_path: Path) -> None:
    output = error_message(tmp_path, environment={"HOLDFAST_HISTORY__CONFIRM_DAY": "3"})
    assert (
        output
        == "environment variable HOLDFAST_HISTORY__CONFIRM_DAY: unknown key 'history.confirm_day'; did you mean 'history.confirm_days'?"
    )


def test_errors_in_pyproject_have_its_line_numbers(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        "[tool.other]\nallow = 1\n[tool.holdfast.network]\nallow = 1\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match=r"pyproject\.toml:4: network\.allow: expected a list"):
        load_config(start=tmp_path, environment={})


def test_errors_about_a_header_do_not_show_its_value(tmp_path: Path) -> None:
    output = error_message(tmp_path, '[hosts.a.headers]\nAuthorization = "Bearer s3cret\\u0000"')
    assert "Authorization" in output
    assert "s3cret" not in output


# --- meaning of settings


def test_a_configured_user_agent_is_sent_as_a_header() -> None:
    rules = Config(
        hosts={"*": {"headers": {"X-Who": "we"}}, "a.example": {"user_agent": "Curious/1"}}
    ).rules_for("a.example")
    assert rules.sent_headers == {"X-Who": "we", "User-Agent": "Curious/1"}
    assert HostRules().sent_headers == {}


def test_the_narrower_pattern_overrides_single_keys() -> None:
    config = Config(
        hosts={
            "*": {"interval": 2, "timeout": 7},
            "*.example": {"concurrency": 5, "interval": 3},
            "www.example": {"interval": 4},
        }
    )
    assert config.rules_for("www.example") == HostRules(concurrency=5, interval=4, timeout=7)
    assert config.rules_for("a.example") == HostRules(concurrency=5, interval=3, timeout=7)
    assert config.rules_for("example.org") == HostRules(interval=2, timeout=7)


@pytest.mark.parametrize(
    ("hosts", "interval", "per_run"),
    [
        ({}, 10, 50),
        ({"*": {"interval": 1, "per_run": 9}}, 10, 50),
        ({"archive.*": {"interval": 20}}, 20, 50),
        ({"archive.today": {"per_run": 5}}, 10, 5),
        ({"archive.org": {"per_run": 5}}, 10, 50),
    ],
)
def test_built_in_rules_override_the_pattern_for_all_hosts_but_no_narrower_one(
    hosts: dict[str, dict[str, Any]], interval: float, per_run: int
) -> None:
    rules = Config(hosts=hosts).rules_for("archive.today", {"interval": 10, "per_run": 50})
    assert (rules.interval, rules.per_run) == (interval, per_run)


def test_a_configured_endpoint_is_added_to_connect_to(tmp_path: Path) -> None:
    text = '[archives.wayback]\nendpoint = "http://127.0.0.1:4000"\n[network.connect_to]\n"*:80" = "127.0.0.1:5000"'
    assert loaded(tmp_path, text).config.network.connect_to == {
        "127.0.0.1:4000": "127.0.0.1:4000",
        "*:80": "127.0.0.1:5000",
    }
    assert loaded(tmp_path).config.network.connect_to == {}


def test_the_history_settings_become_a_policy(tmp_path: Path) -> None:
    policy = loaded(
        tmp_path, "[history]\nconfirm_failures = 2\nconfirm_days = 1.5"
    ).config.history.policy
    assert (policy.confirm_failures, policy.confirm_span, policy.confirm_span_definite) == (
        2,
        timedelta(hours=36),
        timedelta(hours=36),
    )


def test_definite_errors_can_be_confirmed_sooner(tmp_path: Path) -> None:
    policy = loaded(tmp_path, "[history]\nconfirm_days_definite = 0").config.history.policy
    assert (policy.confirm_span, policy.confirm_span_definite) == (timedelta(days=6), timedelta(0))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a", ("example.org", 443)),
        ("http://example.org", ("example.org", 80)),
        ("http://[::1]:8000/", ("::1", 8000)),
        ("http://example.org:99999/", None),
        ("mailto:a@example.org", None),
    ],
)
def test_host_and_port_of_a_url(url: str, expected: tuple[str, int] | None) -> None:
    assert host_and_port(url) == expected


KEYS = {"HOLDFAST_WAYBACK_KEY": "AbC-key-7", "HOLDFAST_WAYBACK_SECRET": "0123"}


def test_keys_in_the_environment_are_not_parsed_and_enable_captures(tmp_path: Path) -> None:
    archives = load_config(start=tmp_path, environment=KEYS).config.archives
    assert (archives.wayback.key.reveal(), archives.wayback.secret.reveal()) == (
        "AbC-key-7",
        "0123",
    )
    assert archives.captures_enabled
    assert not load_config(
        start=tmp_path, environment=KEYS, overrides={"archives.capture": False}
    ).config.archives.captures_enabled


def test_keys_are_never_shown(tmp_path: Path) -> None:
    found = load_config(start=tmp_path, environment=KEYS)
    rich = "".join(str(value) for _, value in found.config.archives.wayback.__rich_repr__())
    for shown in (
        repr(found),
        str(found.config.archives.wayback.key),
        f"{found.config.archives.wayback}",
        rich,
    ):
        assert "AbC-key-7" not in shown
        assert "0123" not in shown


@pytest.mark.parametrize("name", KEYS)
def test_a_key_without_its_secret_is_an_error_that_names_the_other(
    tmp_path: Path, name: str
) -> None:
    missing = "secret" if name.endswith("_KEY") else "key"
    with pytest.raises(ConfigError, match=f"{missing} is missing") as raised:
        load_config(start=tmp_path, environment={name: KEYS[name]})
    assert KEYS[name] not in str(raised.value)


def test_key_that_is_no_text_is_refused_without_showing_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"archives\.wayback\.key: expected text") as raised:
        load_config(
            start=tmp_path,
            environment={},
            overrides={"archives.wayback.key": 918273, "archives.wayback.secret": "s"},
        )
    assert "918273" not in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("js_behavior_timeout", 31, "0 to 30"),
        ("if_not_archived_within", "soon", "3d 5h 20m"),
    ],
)
def test_capture_options_are_validated(
    tmp_path: Path, key: str, value: object, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        load_config(
            start=tmp_path, environment={}, overrides={f"archives.wayback.save.{key}": value}
        )


def test_a_memento_archive_needs_an_address(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no address: set timegate or timemap"):
        load_config(
            start=tmp_path, environment={}, overrides={"archives.memento": {"arquivo.pt": {}}}
        )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("wayback.endpoint", ""),
        ("wayback.endpoint", "web.archive.org"),
        ("wayback.endpoint", "https://web.archive.org/?url="),
        ("wayback.availability_endpoint", ""),
        ("wayback.availability_endpoint", "ftp://archive.org/wayback/available"),
        ("memento.NAME.timegate", "archive.example/timegate/"),
        ("memento.NAME.timemap", "https:///timemap/link/"),
    ],
)
def test_the_address_of_an_archive_is_one_that_can_be_requested(
    tmp_path: Path, key: str, value: str
) -> None:
    """Otherwise each lookup fails, night after night, and no message names the setting."""
    name = key.rpartition(".")[2]
    with pytest.raises(ConfigError, match=rf"{name} must be an http or https address"):
        load_config(start=tmp_path, environment={}, overrides={f"archives.{key}": value})


def test_archives_with_an_address_that_can_be_requested_are_accepted(tmp_path: Path) -> None:
    overrides = {
        "archives.wayback.endpoint": "http://127.0.0.1:8080/collection/",
        "archives.memento.NAME.timemap": "https://archive.example/timemap?format=link&url=",
    }
    archives = load_config(start=tmp_path, environment={}, overrides=overrides).config.archives
    assert archives.memento["NAME"].timemap == overrides["archives.memento.NAME.timemap"]


@pytest.mark.parametrize("name", ["wayback", "local"])
def test_another_archive_cannot_have_the_name_of_a_built_in_one(tmp_path: Path, name: str) -> None:
    table = {name: {"timegate": "https://archive.example/timegate/"}}
    with pytest.raises(ConfigError, match=rf"the name is taken by \[archives.{name}\]"):
        load_config(start=tmp_path, environment={}, overrides={"archives.memento": table})


def test_a_relative_database_path_starts_from_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "holdfast.toml"
    for configured, expected in (
        ("sqlite:///x.db", f"sqlite:///{tmp_path / 'x.db'}"),
        ("sqlite:////abs/x.db", "sqlite:////abs/x.db"),
    ):
        file.write_text(f'db = "{configured}"\n', encoding="utf-8")
        assert load_config(file, environment={}).database_url == expected
    assert (
        load_config(file, environment={"HOLDFAST_DB": "sqlite:///here.db"}).database_url
        == "sqlite:///here.db"
    )


# --- several wikis

SEVERAL = """\
docs_root = "shared"
site_url = "https://books.example/"
[report]
source_url = "https://git.example/{path}"
[wikis.book]
pages = ["book"]
[wikis."夜渡"]
pages = ["ferry", "https://ferry.example/"]
docs_root = "ferry"
site_url = "https://ferry.example/wiki/"
ignore = ["drafts"]
dialect = "commonmark"
source_url = ""
output = "out"
"""


def test_each_wiki_has_a_configuration_as_if_it_were_the_only_one(
    tmp_path: Path,
) -> None:
    whole = loaded(tmp_path, SEVERAL)
    book, ferry = whole.wikis()
    assert (book.config.wiki, book.config.pages, book.config.docs_root, book.config.dialect) == (
        "book",
        ("book",),
        "shared",
        "mkdocs",
    )
    assert (
        ferry.config.wiki,
        ferry.config.docs_root,
        ferry.config.ignore,
        ferry.config.dialect,
    ) == (
        *("夜渡", "ferry", ("drafts",)),
        "commonmark",
    )
    assert (book.config.site_url, ferry.config.site_url) == (
        "https://books.example/",
        "https://ferry.example/wiki/",
    )
    assert (book.config.report.source_url, ferry.config.report.source_url) == (
        "https://git.example/{path}",
        "",
    )
    assert (book.folder, book.file, book.database_url) == (
        whole.folder,
        whole.file,
        whole.database_url,
    )
    assert whole.wikis(["夜渡"]) == [ferry]


def test_a_single_wiki_is_the_configuration_itself(tmp_path: Path) -> None:
    single = loaded(tmp_path, 'wiki = "book"\npages = ["book"]\n')
    assert single.wikis() == [single] == single.wikis(["book"])


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (SEVERAL, "bok", "no wiki 'bok' is configured; did you mean 'book'?"),
        (SEVERAL, "xyz", "no wiki 'xyz' is configured: use one of book, 夜渡"),
        (
            'wiki = "book"',
            "bok",
            "no wiki 'bok' is configured; for several wikis, add a table [wikis.bok]",
        ),
    ],
)
def test_an_unknown_wiki_names_the_nearest(
    tmp_path: Path, text: str, name: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        loaded(tmp_path, text).wikis([name])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[wikis.book]\ndocs_root = 'a'",
            "holdfast.toml:1: wikis.book: the key 'pages' is missing: set it",
        ),
        (
            "wiki = 'a'\nsite_url = 'wiki.example'",
            "holdfast.toml:2: site_url must be an address of the web, such as https://wiki.example/",
        ),
        (
            "site_url = 'https://[::1'",
            "holdfast.toml:1: site_url must be an address of the web, such as https://wiki.example/",
        ),
        (
            "[wikis.book]\npages = ['a']\nsite_url = 'ftp://a.example'",
            "holdfast.toml:1: wikis.book: site_url must be an address of the web, such as https://wiki.example/",
        ),
        (
            "[wikis.book]\npages = []",
            "holdfast.toml:1: wikis.book: pages is empty: name at least one file, folder, glob or published site",
        ),
        (
            "[wikis.book]\npages = ['a']\npagse = ['b']",
            "holdfast.toml:3: unknown key 'pagse' in wikis.'book'; did you mean 'pages'?",
        ),
        (
            "[wikis.'a/b']\npages = ['a']",
            "holdfast.toml:1: wikis: invalid name 'a/b': use letters, digits, '.', '-' and '_'",
        ),
        (
            "[wikis.'..']\npages = ['a']",
            "holdfast.toml:1: wikis: invalid name '..': use letters, digits, '.', '-' and '_'",
        ),
        (
            "pages = ['a']\n[wikis.book]\npages = ['b']",
            "holdfast.toml:1: pages: is set beside [wikis]: move it to a table [wikis.NAME]",
        ),
        (
            "[wikis.book]\npages = ['a']\ndialect = 'hugo'",
            "holdfast.toml:3: wikis.book.dialect: invalid value 'hugo': use mkdocs, commonmark, gfm, obsidian or wikijs",
        ),
        (
            "[wikis.book]\npages = ['a']\nsource_url = 'x'",
            "holdfast.toml:1: wikis.book: source_url must be an address that contains {path}, and {line} for the line",
        ),
    ],
)
def test_errors_in_a_wiki_table_have_a_line(tmp_path: Path, text: str, message: str) -> None:
    assert error_message(tmp_path, text) == message


def test_configurable_dialects_are_those_of_the_page_readers() -> None:
    assert get_args(DialectName) == tuple(Dialect)


# --- notifications


def test_secrets_of_notifications_come_from_the_environment_and_are_not_shown(
    tmp_path: Path,
) -> None:
    secrets = {
        "HOLDFAST_WEBHOOK_URL": "https://hooks.example/services/T0/B0/hidden",
        "HOLDFAST_WEBHOOK_SECRET": "signing",
        "HOLDFAST_SMTP_USER": "ann",
        "HOLDFAST_SMTP_PASSWORD": "'quoted'",
    }
    notify = loaded(
        tmp_path,
        '[notify.mail]\nto = ["ann@wiki.example"]\nhost = "mx.example"',
        environment=secrets,
    ).config.notify
    assert notify.webhook.host == "hooks.example"
    assert (notify.mail.user, notify.mail.password.reveal(), notify.mail.server) == (
        "ann",
        "'quoted'",
        ("mx.example", 587),
    )
    shown = repr(notify)
    assert not [word for word in ("hidden", "signing", "quoted") if word in shown]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[notify.webhook]\nurl = "ftp://x.example/secret"',
            "holdfast.toml:1: notify.webhook: url must be an http or https address",
        ),
        (
            '[notify.webhook]\nurl = "https://x.example:99999/secret"',
            "holdfast.toml:1: notify.webhook: url must be an http or https address",
        ),
        (
            "[notify.webhook]\nmax_attempts = 0",
            "holdfast.toml:1: notify.webhook: max_attempts must be at least 1, retry_wait >= 0 seconds, timeout > 0 seconds",
        ),
        (
            '[notify.webhook]\nformat = "teams"',
            "holdfast.toml:2: notify.webhook.format: invalid value 'teams': use holdfast or slack",
        ),
        (
            '[notify.mail]\nto = ["a@b.example"]',
            "holdfast.toml:1: notify.mail: host is missing: set both to and host",
        ),
        (
            '[notify.mail]\nto = ["a@b.example\\nBcc: c@d.example"]\nhost = "h"',
            "holdfast.toml:1: notify.mail: invalid mail address 'a@b.example\\nBcc: c@d.example': use e.g. you@example.org",
        ),
        (
            '[notify.mail]\nto = ["a@b.example"]\nhost = "h"\nuser = "u"',
            "holdfast.toml:1: notify.mail: password is missing: set both user and password",
        ),
        (
            '[notify.mail]\nto = ["a@b.example"]\nhost = "h"\nuser = "u"\npassword = "p"\nsecurity = "none"',
            'holdfast.toml:1: notify.mail: password without encryption: set security = "starttls" or "tls"',
        ),
        (
            "[notify]\nwebhok = 1",
            "holdfast.toml:2: unknown key 'notify.webhok'; did you mean 'notify.webhook'?",
        ),
    ],
)
def test_errors_in_notification_settings_do_not_show_the_secret(
    tmp_path: Path, text: str, message: str
) -> None:
    assert error_message(tmp_path, text) == message


def test_a_file_of_blanks_and_brackets_is_searched_for_keys_in_linear_time(tmp_path: Path) -> None:
    """In cubic time a single line of a thousand blanks takes seconds, and this file an hour."""
    blanks = f"{' ' * 1000}\n" * 400
    brackets = f"[{']' * 990}x\n" * 400
    text = f'{blanks}contct = """\n{brackets}"""\n'
    assert error_message(tmp_path, text).startswith("holdfast.toml:401: unknown key 'contct'")


def test_the_origin_of_a_secret_is_the_variable_whose_value_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOLDFAST_WAYBACK_KEY", "short")
    monkeypatch.setenv("HOLDFAST_WAYBACK_SECRET", "s")
    monkeypatch.setenv("HOLDFAST_ARCHIVES__WAYBACK__KEY", "long")
    found = load_config(start=tmp_path)
    assert found.config.archives.wayback.key.reveal() == "short"
    origin = setting_origins(found, options={})[("archives", "wayback", "key")]
    assert origin == "HOLDFAST_WAYBACK_KEY"
