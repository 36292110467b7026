import asyncio
import time

from tests.virtual_time import VirtualClock, run_virtually


def test_a_week_passes_in_no_time() -> None:
    async def main() -> float:
        clock = VirtualClock()
        began = clock.now()
        await clock.sleep(7 * 86_400)
        return (clock.now() - began).total_seconds()

    assert run_virtually(main()) == 7 * 86_400


def test_waits_end_in_their_order() -> None:
    order = []

    async def wait(seconds: float) -> None:
        await VirtualClock().sleep(seconds)
        order.append(seconds)

    async def main() -> None:
        await asyncio.gather(*(wait(seconds) for seconds in (30, 10, 20)))

    run_virtually(main())
    assert order == [10, 20, 30]


def test_time_stands_still_while_a_thread_works() -> None:
    async def main() -> float:
        clock = VirtualClock()
        ticking = asyncio.create_task(clock.sleep(1000))
        await asyncio.to_thread(time.sleep, 0.05)
        passed = clock.monotonic()
        await ticking
        return passed

    assert run_virtually(main()) == 0
