"""The configuration: what may be set, where it is found, and what is said when it is wrong."""

from crawler.config.errors import ConfigError
from crawler.config.hosts import HostRules
from crawler.config.loader import FILE_NAME, LoadedConfig, config_from_settings, host_and_port, load_config
from crawler.config.model import Config, HistoryConfig, NetworkConfig, ReportConfig, narrowest_first

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
]
