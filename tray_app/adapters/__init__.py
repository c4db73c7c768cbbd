"""The rim: one outside thing per folder. Adapters never import each other; `app` wires them."""
