"""One web app on 127.0.0.1: the guard, the HTTP server, and what is mounted behind them."""
