"""One file per chat service, sans-I/O: message in, request out; reply in, outcome out."""
