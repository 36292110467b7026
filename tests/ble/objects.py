"""A service on the bus with a tree of objects, as BlueZ has one: properties, signals, methods."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"

Reply = tuple[str, list[Any]]
Method = Callable[[Message], Awaitable[Reply]]
Interfaces = dict[str, dict[str, Variant]]

NOTHING: Reply = ("", [])


class Refused(Exception):
    """A method answers with a D-Bus error."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.text = text


class Objects:
    """`methods` maps interface and member to what answers the call."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus
        self.tree: dict[str, Interfaces] = {}
        self.methods: dict[tuple[str, str], Method] = {
            (OBJECT_MANAGER, "GetManagedObjects"): self._managed,
            (PROPERTIES, "Get"): self._get,
            (PROPERTIES, "Set"): self._set,
        }
        self.on_set: Callable[[str, str, Any], None] = lambda path, name, value: None
        self._answers: set[asyncio.Task[None]] = set()
        bus.add_message_handler(self._handle)

    def add(self, path: str, interfaces: Interfaces) -> None:
        self.tree[path] = interfaces
        self._signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", path, interfaces)

    def remove(self, path: str) -> None:
        interfaces = self.tree.pop(path)
        self._signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", path, list(interfaces))

    def set(self, path: str, interface: str, **changes: Variant) -> None:
        self.tree[path][interface].update(changes)
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", interface, changes, [])

    def stop(self) -> None:
        for answer in self._answers:
            answer.cancel()
        self.bus.remove_message_handler(self._handle)

    def _signal(self, path: str, interface: str, member: str, signature: str, *body: Any) -> None:
        if self.bus.connected:
            sending = self.bus.send(Message.new_signal(path, interface, member, signature, list(body)))
            sending.add_done_callback(lambda sent: sent.cancelled() or sent.exception())  # the bus may be gone

    def _handle(self, message: Message) -> bool | None:
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        method = self.methods.get((message.interface or "", message.member or ""))
        if method is None:
            return None
        answer = asyncio.get_running_loop().create_task(self._answer(message, method))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)
        return True

    async def _answer(self, message: Message, method: Method) -> None:
        try:
            if (message.path or "") not in self.tree and message.path != "/":
                raise Refused("org.freedesktop.DBus.Error.UnknownObject", f"no object {message.path}")
            signature, body = await method(message)
            reply = Message.new_method_return(message, signature, body)
        except Refused as refused:
            reply = Message.new_error(message, refused.name, refused.text)
        if self.bus.connected:
            await self.bus.send(reply)

    async def _managed(self, _: Message) -> Reply:
        return "a{oa{sa{sv}}}", [self.tree]

    async def _get(self, message: Message) -> Reply:
        interface, name = message.body
        return "v", [self.tree[message.path or ""][interface][name]]

    async def _set(self, message: Message) -> Reply:
        interface, name, value = message.body
        self.set(message.path or "", interface, **{name: value})
        self.on_set(message.path or "", name, value.value)
        return NOTHING
