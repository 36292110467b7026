from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.gs1 import Product, product_in_code

GTIN = "09506000134352"
DAY = date(2030, 12, 31)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("9506000134352", Product(GTIN)),
        (f"https://example.com/01/{GTIN}", Product(GTIN)),
        (f"https://example.com/01/{GTIN}/10/AB-1?17=301231", Product(GTIN, "AB-1", DAY)),
        ("HTTPS://example.com/some/stem/01/9506000134352/22/2A/10/AB%2F1?15=301231", Product(GTIN, "AB/1", DAY)),
        (f"https://example.com/01/{GTIN}?17=301200", Product(GTIN, None, DAY)),
        (f"https://example.com/01/{GTIN}?15=301130&17=301231", Product(GTIN, None, DAY)),
        (f"https://example.com/01/{GTIN}?17=301331&10=x", Product(GTIN, "x")),
        (f"(01){GTIN}(17)301231(10)AB12", Product(GTIN, "AB12", DAY)),
        (f"01{GTIN}17301231", Product(GTIN, None, DAY)),
        (f"01{GTIN}10AB12\x1d17301231", Product(GTIN, "AB12", DAY)),
        (f"\x1d01{GTIN}1730120010AB12", Product(GTIN, "AB12", DAY)),
        (f"01{GTIN}17280200", Product(GTIN, None, date(2028, 2, 29))),
        (f"]d201{GTIN}17301231", Product(GTIN, None, DAY)),
        (f"]C1(01){GTIN}(17)301231", Product(GTIN, None, DAY)),
        (f"(17)301231(01){GTIN}(3103)000500", Product(GTIN, None, DAY)),
        (f"https://example.com/gtin/{GTIN}/lot/AB1?exp=301231", Product(GTIN, "AB1", DAY)),
        (f"id.example.com/01/{GTIN}?7003=3012311200", Product(GTIN, None, DAY)),
        (f"https://example.com/두부/01/{GTIN}?17=301231&name=두부", Product(GTIN, None, DAY)),
        (f"01{GTIN}995", Product(GTIN)),
    ],
)
def test_products_are_read_in_every_form(text: str, product: Product) -> None:
    assert product_in_code(text) == product


@pytest.mark.parametrize(
    "element",
    [
        *(
            "00195060001343521234",
            "0209506000134352",
            "11300101",
            "13300101",
            "16301230",
            "2007",
            "3103000500",
            "3202000500",
        ),
        *(
            "3350000123",
            "4109506000134352",
            "10A\x1d",
            "2112\x1d",
            "235X\x1d",
            "240ABC\x1d",
            "2503\x1d",
            "3012\x1d",
            "375\x1d",
        ),
        *("3922199\x1d", "39324101990\x1d", "400X12\x1d", "422410\x1d", "4308X\x1d", "7030410ABC\x1d", "7104\x1d"),
        *("7230X\x1d", "8005000199\x1d", "8200https://example.com\x1d", "91internal\x1d", "99Z\x1d"),
    ],
)
def test_no_other_element_hides_the_product_and_its_date(element: str) -> None:
    ends = element.removesuffix("\x1d")
    for text in (f"01{GTIN}{element}17301231", f"{element}01{GTIN}17301231", f"01{GTIN}17301231{ends}"):
        product = product_in_code(text)
        assert product is not None
        assert (product.gtin, product.expires_on) == (GTIN, DAY)


def test_the_surest_date_of_several_is_told() -> None:
    assert product_in_code(f"01{GTIN}70033012311200\x1d15301130") == Product(GTIN, None, DAY)
    assert product_in_code(f"01{GTIN}1530113070033012311200") == Product(GTIN, None, DAY)
    assert product_in_code(f"01{GTIN}153011301730123170032901010000") == Product(GTIN, None, DAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com",
        "https://example.com/01/",
        "https://example.com/01/09506000134353",
        "https://example.com/recipes/01/soup",
        "http://[broken/01/09506000134352",
        "ftp://example.com/01/09506000134352",
        "9506000134353",
        "0000000000000",
        "(17)301231",
        "(01)09506000134352 and more",
        "01095060001343",
        "0109506000134352685",
        "010950600013435217",
        "010950600013435210",
        "0109506000134352310",
        "01095060001343529" + "9" * 100,
        "17301231",
        '{"bt_address": "FB:89:EB:22:95:84"}',
        "０９５０６０００１３４３５２",
        "https://example.com/01/09506000134352?" + "x" * 5000,
    ],
)
def test_anything_else_is_no_product(text: str) -> None:
    assert product_in_code(text) is None


@given(st.text(max_size=300) | st.text("0123456789()/?=&\x1d", max_size=120))
def test_no_text_crashes_it(text: str) -> None:
    product = product_in_code(text)
    assert product is None or len(product.gtin) == 14


@given(st.integers(1, 10**13 - 1), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_product_survives_its_link(number: int, day: date) -> None:
    digits = f"{number:013}"
    check = -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits)) % 10
    link = f"https://example.com/01/{digits}{check}?17={day:%y%m%d}"
    assert product_in_code(link) == Product(f"{digits}{check}", None, day)
