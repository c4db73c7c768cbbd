"""The OS keyring as the app's vault: webhook and signing key of each robot, behind one worker thread."""

from tray_app.adapters.keyring_vault.vault import KeyringVault

__all__ = ["KeyringVault"]
