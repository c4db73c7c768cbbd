"""`settings.toml` on disk."""

from tray_app.adapters.settings_file.file import SettingsFile

__all__ = ["SettingsFile"]
