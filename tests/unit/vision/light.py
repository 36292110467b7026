"""A vision worker without libraries: it sees what the first byte of a frame says."""

import os
import time
from collections.abc import Collection
from functools import partial

from befresh_agent.domain.container import Address
from befresh_agent.domain.detection import ContainerSeen, FrameFindings, OtherCodeSeen
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.ports.devices import Frame
from befresh_agent.vision.worker import Opened, work
from befresh_agent.vision.worker_wire import WorkerReady

NOTHING, CONTAINER, WHO, SLOW, HANG, ODD = (Frame(1, 1, bytes([what])) for what in range(6))
KIMCHI = ContainerSeen(Address("FB:89:EB:22:95:84"))
SLOW_S = 0.4


class LightPipeline:
    def look(self, frame: Frame, window: DateWindow, known: Collection[str] = ()) -> FrameFindings:
        if frame.gray[0] == SLOW.gray[0]:
            time.sleep(SLOW_S)
        if frame.gray[0] == HANG.gray[0]:
            time.sleep(600)
        if frame.gray[0] == ODD.gray[0]:
            raise ValueError("an odd picture")
        if frame.gray[0] == CONTAINER.gray[0]:
            return FrameFindings((KIMCHI,), 1.0)
        return FrameFindings((OtherCodeSeen(str(os.getpid())),) if frame.gray[0] else (), 1.0)


def opened(_reader: str) -> Opened:
    return LightPipeline(), WorkerReady()


light_work = partial(work, opened=opened)
