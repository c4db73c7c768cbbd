"""dingtalk-tray: a system-tray app between coding agents and a DingTalk group."""

__version__ = "1.0.0"
