"""The app on a Windows desktop under Wine: run by `python dev.py test --windows`, from Linux."""
