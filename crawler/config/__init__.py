"""Load, check and describe the configuration: `holdfast.toml`, environment variables, options.

Settings are frozen records (`Config` and its sections). Whatever is wrong with a value is reported
as one `ConfigError` whose message names the file, the line, the key and what to do.
"""

from crawler.config.errors import ConfigError
from crawler.config.hosts import HostRules
from crawler.config.loader import (
    FILE_NAME,
    LoadedConfig,
    config_from_settings,
    load_config,
    setting_origins,
    working_folder,
)
from crawler.config.model import Config, HistoryConfig, ReportConfig, narrowest_first
from crawler.config.network import NetworkConfig
from crawler.config.validation import host_and_port

__all__ = [
    "FILE_NAME",
    "Config",
    "ConfigError",
    "HistoryConfig",
    "HostRules",
    "LoadedConfig",
    "NetworkConfig",
    "ReportConfig",
    "config_from_settings",
    "host_and_port",
    "load_config",
    "narrowest_first",
    "setting_origins",
    "working_folder",
]
