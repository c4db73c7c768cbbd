"""The rim: one outside thing per file or folder. Adapters never import each other; `app.py` wires them."""
