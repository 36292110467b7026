"""A process whose name server never answers: registers a food, fails to deliver it, and stops."""

import asyncio
import socket
import sys
import time
from pathlib import Path
from typing import Any

from tests.delivery.bench import bench, kafka_settings, register


def silent(*question: Any, **hints: Any) -> Any:
    time.sleep(60)
    raise OSError("no answer")


async def main(path: Path) -> None:
    async with bench(path, kafka_settings("kafka.example:9092", start_timeout_s=30)) as desk:
        desk.start()
        await register(desk.store, "waits")
        await asyncio.sleep(0.5)
        print("stopping", flush=True)
        await desk.relay.stop(1)


if __name__ == "__main__":
    socket.getaddrinfo = silent
    asyncio.run(main(Path(sys.argv[1])))
    print("ended", flush=True)
