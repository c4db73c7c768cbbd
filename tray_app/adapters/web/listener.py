"""The listening socket, bound before the slow imports of the server: an early client just waits."""

import socket
import sys


def bind_loopback(port: int) -> socket.socket:
    """Listen on 127.0.0.1:`port` (0: any free one). Raises OSError where the port is taken.

    Clients that connect before the server reads are kept by the kernel, up to the backlog.
    """
    # IPPROTO_TCP by name: with proto 0 asyncio never sets TCP_NODELAY, which costs 40 ms a call (delayed ACK)
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform == "win32":
            # SO_REUSEADDR on Windows would let another program take over the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        sock.listen(128)
        sock.setblocking(False)  # noqa: FBT003 - the socket module's own signature
    except OSError:
        sock.close()
        raise
    return sock
