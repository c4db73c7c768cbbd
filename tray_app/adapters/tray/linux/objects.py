"""Objects that other programs call over D-Bus: method tables, properties, introspection, and an error for the rest."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from jeepney import HeaderFields, Message, new_error, new_method_return

_logger = logging.getLogger(__name__)

Value: TypeAlias = tuple[str, Any]
"""A D-Bus variant as jeepney takes it: signature and content."""

_ERROR = "org.freedesktop.DBus.Error."
_PROPERTIES = "org.freedesktop.DBus.Properties"
_STANDARD = ("org.freedesktop.DBus.Properties", "org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Peer")


class DBusFault(Exception):
    """Answered to the caller as a D-Bus error; `name` without the usual prefix, e.g. `InvalidArgs`."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = _ERROR + name


@dataclass(frozen=True, slots=True)
class Method:
    """What a method takes and gives, as D-Bus signatures; `run` gets the arguments and returns a tuple of results."""

    takes: str
    gives: str
    run: Callable[..., tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface of an object. `properties` is asked each time, so nothing is kept twice."""

    name: str
    methods: Mapping[str, Method]
    properties: Callable[[], Mapping[str, Value]]
    signals: Mapping[str, str] = field(default_factory=dict)

    def xml(self) -> str:
        """Describe the interface as D-Bus introspection does; the names are ours and need no escaping."""
        lines = [f'<interface name="{self.name}">']
        for name, method in self.methods.items():
            args = _args(method.takes, ' direction="in"') + _args(method.gives, ' direction="out"')
            lines.append(f'<method name="{name}">{args}</method>')
        lines += [
            f'<property name="{name}" type="{sig}" access="read"/>' for name, (sig, _) in self.properties().items()
        ]
        lines += [f'<signal name="{name}">{_args(takes, "")}</signal>' for name, takes in self.signals.items()]
        return "".join([*lines, "</interface>"])


class Exports:
    """Our objects by path. `answer` never raises: what is wrong becomes a D-Bus error for the caller alone."""

    def __init__(self, objects: Mapping[str, Sequence[Interface]]) -> None:
        self._objects = {
            path: {each.name: each for each in (*interfaces, *_standard(path, interfaces))}
            for path, interfaces in objects.items()
        }

    def answer(self, call: Message) -> Message:
        """Run the method that `call` names and build the reply."""
        try:
            method = self._find(call)
            signature = call.header.fields.get(HeaderFields.signature, "")
            if signature != method.takes:
                raise DBusFault("InvalidArgs", f"expected ({method.takes}), got ({signature})")
            result = method.run(*call.body)
            return new_method_return(call, method.gives or None, result)
        except DBusFault as fault:
            return new_error(call, fault.name, "s", (str(fault),))
        except Exception:
            _logger.exception("a D-Bus call failed inside")
            return new_error(call, _ERROR + "Failed", "s", ("the call failed",))

    def _find(self, call: Message) -> Method:
        fields = call.header.fields
        found = self._objects.get(fields.get(HeaderFields.path, ""))
        member = fields.get(HeaderFields.member, "")
        if found is None:
            raise DBusFault("UnknownObject", "no such object")
        wanted = fields.get(HeaderFields.interface)
        if wanted is not None and wanted not in found:
            raise DBusFault("UnknownInterface", "no such interface")
        for interface in found.values() if wanted is None else [found[wanted]]:
            if member in interface.methods:
                return interface.methods[member]
        raise DBusFault("UnknownMethod", "no such method")


def _standard(path: str, own: Sequence[Interface]) -> list[Interface]:
    by_name = {each.name: each for each in own}

    def table(interface: str) -> Mapping[str, Value]:
        if interface in by_name:
            return by_name[interface].properties()
        if interface in _STANDARD:
            return {}
        raise DBusFault("UnknownInterface", "no such interface")

    def get(interface: str, name: str) -> tuple[Value]:
        values = table(interface)
        if name not in values:
            raise DBusFault("UnknownProperty", "no such property")
        return (values[name],)

    def put(interface: str, name: str, _value: Value) -> tuple[()]:
        get(interface, name)
        raise DBusFault("PropertyReadOnly", "properties are read only")

    def introspect() -> tuple[str]:
        body = "".join(each.xml() for each in everything)
        return (f'<node name="{path}">{body}</node>',)

    properties = {
        "Get": Method("ss", "v", get),
        "GetAll": Method("s", "a{sv}", lambda interface: (dict(table(interface)),)),
        "Set": Method("ssv", "", put),
    }
    made = [
        Interface(name=_PROPERTIES, methods=properties, properties=dict),
        Interface(name=_STANDARD[1], methods={"Introspect": Method("", "s", introspect)}, properties=dict),
        Interface(name=_STANDARD[2], methods={"Ping": Method("", "", tuple)}, properties=dict),
    ]
    everything = [*own, *made]
    return made


def _args(signature: str, direction: str) -> str:
    return "".join(f'<arg type="{each}"{direction}/>' for each in split(signature))


def split(signature: str) -> list[str]:
    """Cut a signature into its complete types: `ia{sv}as` -> `i`, `a{sv}`, `as`."""
    types, depth, start = [], 0, 0
    for at, char in enumerate(signature):
        depth += (char in "({") - (char in ")}")
        if depth == 0 and char != "a":
            types.append(signature[start : at + 1])
            start = at + 1
    return types
