"""Labels: the agent's own eyes read them, and people can, too."""

import io

import numpy as np
from PIL import Image

from befresh_agent.domain.container import Address
from befresh_agent.history.labels import Label, code, sheet_of_labels

KIMCHI, FISH = Address("FB:89:EB:22:95:84"), Address("C0:FF:EE:00:00:01")


def test_the_code_is_read_as_that_container() -> None:
    import zxingcpp

    drawn = io.BytesIO()
    code(KIMCHI).save(drawn, kind="png", scale=6, border=4)
    [found] = zxingcpp.read_barcodes(np.array(Image.open(drawn).convert("L")))
    assert found.text == f'{{"bt_address": "{KIMCHI}"}}'


def test_several_stand_on_a_page_with_name_and_address() -> None:
    html = sheet_of_labels([Label(KIMCHI, "김치 <b>"), Label(FISH)], copies=3)
    assert html.count("<svg") == 6
    assert html.count(KIMCHI) == html.count("김치 &lt;b&gt;") == html.count(FISH) == 3
    assert "width: 20mm" in html
    assert "script" not in html
    assert "://" not in html.replace("http://www.w3.org/2000/svg", "")
