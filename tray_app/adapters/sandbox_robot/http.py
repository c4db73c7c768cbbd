"""HTTP/1.1 by hand for the stand-ins, which must also misbehave as networks do: reset, stall, answer without end."""

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Mapping
from typing import assert_never

from tray_app.sandbox.robot import AnswerWith, Drop, Endless, Garbage, RawRequest, RobotFault, Stall

_MOST_BODY = 1 << 20
_RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # SO_LINGER of 0 s: close() resets


def wall_ms() -> int:
    """Tell the time as DingTalk does: milliseconds since 1970."""
    return time.time_ns() // 1_000_000


async def read_request(reader: asyncio.StreamReader) -> RawRequest:
    """Read one request with a content-length body. Raises ValueError or EOFError for anything else."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= _MOST_BODY:
        raise ValueError("a body of that length is not read")
    return RawRequest(method=method, target=target, headers=headers, body=await reader.readexactly(length))


async def misbehave(fault: RobotFault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Answer as the fault says; say whether the connection goes on."""
    match fault:
        case AnswerWith(status=status, headers=headers, body=body):
            writer.write(http(status, headers, body))
            await writer.drain()
            return True
        case Drop(first=first):
            writer.write(first)
            await writer.drain()
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        case Stall(first=first):
            writer.write(first)
            await writer.drain()
            await reader.read()  # returns when the client hangs up
        case Endless(headers=headers):
            writer.write(_head(200, headers))
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        case Garbage(said=said):
            writer.write(said)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        case _:
            assert_never(fault)
    return False


def http(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """Give one answer as bytes."""
    return _head(status, {"content-length": str(len(body)), **headers}) + body


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")
