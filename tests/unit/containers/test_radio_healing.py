from befresh_agent.domain.container_events import ContainerLost, RadioDown, RadioRecovered, ReadingTaken
from befresh_agent.domain.events import DeviceChanged, DeviceState
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.simulation.simulated_radio import RadioFault

from .conftest import Kitchen, Play, fleet

MINUTE = 60.0


def test_a_deaf_radio_is_switched_off_and_on(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(4))
        async with kitchen.polling():
            await kitchen.clock.sleep(20 * MINUTE)
            kitchen.radio.fault = RadioFault.DEAF
            await kitchen.clock.sleep(60 * MINUTE)

        assert [treated.remedy for treated in kitchen.all(RadioRecovered)] == [RecoveryAction.POWER_CYCLE]
        assert kitchen.all(DeviceChanged)[-1].state is DeviceState.READY
        latest = {told.reading.address for told in kitchen.all(ReadingTaken)[-8:]}
        assert latest == set(fleet(4))

    play(story)


def test_a_radio_that_fails_is_healed_by_the_next_step(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(4))
        async with kitchen.polling():
            await kitchen.clock.sleep(20 * MINUTE)
            kitchen.radio.fault = RadioFault.STUCK
            await kitchen.clock.sleep(10 * MINUTE)

        assert [treated.remedy for treated in kitchen.all(RadioRecovered)] == [
            RecoveryAction.POWER_CYCLE,
            RecoveryAction.RESTART,
        ]
        assert not kitchen.all(RadioDown)
        assert not kitchen.all(ContainerLost), "a dead radio is not the containers' fault"
        states = [changed.state for changed in kitchen.all(DeviceChanged)]
        assert states == [DeviceState.READY, DeviceState.LOST, DeviceState.READY]

    play(story)


def test_a_radio_that_nothing_helps_is_down_and_tried_for_ever(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(4))
        kitchen.radio.fault = RadioFault.GONE
        async with kitchen.polling():
            await kitchen.clock.sleep(24 * 60 * MINUTE)
            assert len(kitchen.all(RadioDown)) == 1
            news = [treated for treated in kitchen.all(RadioRecovered) if treated.first]
            assert len(news) == 3
            assert all(treated.error for treated in news)
            ((lost, _),) = kitchen.devices.states()
            assert "power cycle" in lost.detail
            kitchen.radio.fault = None
            await kitchen.clock.sleep(3 * MINUTE)

        assert {told.reading.address for told in kitchen.all(ReadingTaken)} == set(fleet(4))
        assert kitchen.all(DeviceChanged)[-1].state is DeviceState.READY

    play(story)


def test_two_radios_share_the_containers_and_one_alone_takes_all(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(20))
        other = kitchen.second_radio()
        async with kitchen.polling():
            await kitchen.clock.sleep(60 * MINUTE)
            other.fault = RadioFault.GONE
            kitchen.told.clear()
            await kitchen.clock.sleep(30 * MINUTE)

        assert {told.reading.address for told in kitchen.all(ReadingTaken)} == set(fleet(20))
        lost = {changed.device for changed in kitchen.all(DeviceChanged) if changed.state is DeviceState.LOST}
        assert lost == {"radio hci1"}

    play(story)


def test_a_radio_that_the_system_keeps_off_is_told_and_not_treated(play: Play) -> None:
    """Raspberry Pi OS boots with Bluetooth blocked: no remedy of the ladder could help."""

    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(4))
        kitchen.radio.fault = RadioFault.BLOCKED
        async with kitchen.polling():
            await kitchen.clock.sleep(60 * MINUTE)
            ((lost, _),) = kitchen.devices.states()
            assert "rfkill unblock" in lost.detail
            kitchen.radio.fault = None
            await kitchen.clock.sleep(3 * MINUTE)

        assert kitchen.all(RadioRecovered) == []
        assert kitchen.all(DeviceChanged)[-1].state is DeviceState.READY

    play(story)


def test_a_radio_whose_firmware_hangs_gets_its_driver_reloaded(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(4))
        kitchen.radio.fault = RadioFault.WEDGED
        async with kitchen.polling():
            await kitchen.clock.sleep(20 * MINUTE)

        assert [treated.remedy for treated in kitchen.all(RadioRecovered)] == list(RecoveryAction)
        assert not kitchen.all(RadioDown)
        assert kitchen.all(DeviceChanged)[-1].state is DeviceState.READY

    play(story)
