"""Desktop notifications on Linux (org.freedesktop.Notifications), with buttons, over the tray's own connection."""

import logging
from collections.abc import Callable
from html import escape
from typing import Any, TypeAlias

from jeepney import DBusAddress, HeaderFields, Message, new_method_call

from tray_app.adapters.tray.backend import Notification, NotificationButton
from tray_app.adapters.tray.linux.bus import Bus, failed
from tray_app.adapters.tray.linux.objects import Value
from tray_app.core.menu.actions import Action
from tray_app.core.settings.settings import Sound

_logger = logging.getLogger(__name__)

NAME = "org.freedesktop.Notifications"
RULE = f"type='signal',sender='{NAME}',interface='{NAME}'"
_SERVER = DBusAddress("/org/freedesktop/Notifications", bus_name=NAME, interface=NAME)
_Place: TypeAlias = tuple[str, int]  # the server that showed it, and its number there
_KEPT = 32  # shown notifications whose buttons may still be pressed
_EXPIRE_BY_SERVER, _EXPIRE_NEVER = -1, 0


class Notifications:
    """Shows notes and performs what their buttons stand for. Every failure is logged and ends there."""

    def __init__(
        self, bus: Bus, perform: Callable[[Action], None], picture: Callable[[], tuple[int, int, bytes]]
    ) -> None:
        self._bus, self._perform, self._picture = bus, perform, picture
        self._shown: dict[_Place, tuple[NotificationButton, ...]] = {}
        self._asking: dict[str, _Place | None] = {}  # by key; None until the server has said its number

    def show(self, note: Notification) -> None:
        """Show a note; the server is asked each time what it can, because it may have been replaced."""
        if note.key:
            while len(self._asking) >= _KEPT:
                del self._asking[next(iter(self._asking))]
            self._asking[note.key] = None
        self._bus.call(new_method_call(_SERVER, "GetCapabilities"), lambda reply: self._send(note, reply))

    def withdraw(self, key: str) -> None:
        """Close what was shown with this key; where the server has not answered yet, as soon as it has."""
        place = self._asking.pop(key, None)
        if place is not None:
            self._close(place)

    def _close(self, place: _Place) -> None:
        """Ask the very server that showed it: to another one the number means something else."""
        self._shown.pop(place, None)
        sender, number = place
        server = DBusAddress("/org/freedesktop/Notifications", bus_name=sender, interface=NAME)
        self._bus.call(new_method_call(server, "CloseNotification", "u", (number,)))

    def _send(self, note: Notification, reply: Message) -> None:
        if failed(reply):
            return
        if note.key and note.key not in self._asking:
            return  # answered meanwhile
        able = set(reply.body[0])
        buttons = note.buttons if "actions" in able else ()
        body = note.body if buttons else note.without_buttons()
        body = escape(body, quote=False) if "body-markup" in able else body
        actions = [word for number, button in enumerate(buttons) for word in (str(number), button.label)]
        expire = _EXPIRE_NEVER if note.key else _EXPIRE_BY_SERVER
        hints: dict[str, Value] = {"desktop-entry": ("s", "dingtalk-tray"), "image-data": self._image()}
        if note.sound is Sound.ON:
            hints["sound-name"] = ("s", "message-new-instant")
        if note.sound is Sound.OFF:
            hints["suppress-sound"] = ("b", True)
        arguments = ("dingtalk-tray", 0, "", note.title, body, actions, hints, expire)
        call = new_method_call(_SERVER, "Notify", "susssasa{sv}i", arguments)
        self._bus.call(call, lambda answer: self._keep(answer, note.key, buttons))

    def _keep(self, reply: Message, key: str, buttons: tuple[NotificationButton, ...]) -> None:
        if failed(reply):
            return
        place = _sender(reply), reply.body[0]
        if key and key not in self._asking:
            self._close(place)  # answered while the server showed it
            return
        if key:
            self._asking[key] = place
        if buttons:
            while len(self._shown) >= _KEPT:
                del self._shown[next(iter(self._shown))]
            self._shown[place] = buttons

    def heard(self, signal: Message) -> None:
        """Take a signal of the server that showed the note; anyone else's is not known here and does nothing."""
        member, body = signal.header.fields.get(HeaderFields.member), signal.body
        if member == "NotificationClosed" and _is(signal, "uu"):
            place = (_sender(signal), body[0])
            self._shown.pop(place, None)
            self._asking = {key: at for key, at in self._asking.items() if at != place}
        elif member == "ActionInvoked" and _is(signal, "us"):
            self._pressed((_sender(signal), body[0]), body[1])

    def _pressed(self, note: tuple[str, int], key: str) -> None:
        for number, button in enumerate(self._shown.get(note, ())):
            if key == str(number):
                del self._shown[note]  # a note answers once
                self._perform(button.action)
                return

    def _image(self) -> Value:
        width, height, argb = self._picture()
        rgba = bytearray(argb)
        rgba[0::4], rgba[1::4], rgba[2::4], rgba[3::4] = argb[1::4], argb[2::4], argb[3::4], argb[0::4]
        image: tuple[Any, ...] = (width, height, width * 4, True, 8, 4, bytes(rgba))
        return "(iiibiiay)", image


def _sender(message: Message) -> str:
    return str(message.header.fields.get(HeaderFields.sender, ""))


def _is(message: Message, signature: str) -> bool:
    return bool(message.header.fields.get(HeaderFields.signature, "") == signature)
