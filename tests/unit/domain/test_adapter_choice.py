import pytest

from befresh_agent.domain.radio_recovery import BluetoothAdapter, choose_adapter

A, B, C = (f"DC:A6:32:00:00:0{n}" for n in range(1, 4))


def there(*adapters: tuple[str, str]) -> list[BluetoothAdapter]:
    return [BluetoothAdapter(name, address, powered=True) for name, address in adapters]


@pytest.mark.parametrize(
    ("wanted", "others", "adapters", "meant"),
    [
        ("hci0", (), [("hci0", A)], A),
        ("hci0", (), [("hci0", A), ("hci1", B)], A),
        ("hci0", (), [("hci1", B)], B),  # it has another number
        ("hci0", (), [("hci1", A), ("hci2", B)], None),  # and which one is open
        ("hci0", (), [], None),
        (A, (), [("hci5", A), ("hci0", B)], A),
        (A.lower(), (), [("hci5", A)], A),
        (A, (), [("hci0", B)], None),  # an address says what is meant
        ("hci1", ("hci0",), [("hci0", A), ("hci2", B)], B),
        ("hci1", ("hci0",), [("hci0", A)], None),  # that is the other one
        ("hci1", (A,), [("hci0", A), ("hci2", B)], B),
        ("hci1", ("hci0",), [("hci0", A), ("hci2", B), ("hci3", C)], None),
    ],
)
def test_which_adapter_is_meant(
    wanted: str, others: tuple[str, ...], adapters: list[tuple[str, str]], meant: str | None
) -> None:
    found = choose_adapter(wanted, there(*adapters), others)
    assert (found.address if found else None) == meant
