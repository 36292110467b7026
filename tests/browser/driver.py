"""Chromium, driven over the WebDriver protocol: what a person sees and does, in a few words."""

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import httpx

Scheme = Literal["light", "dark"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which WebDriver speaks of an element."""
_PATIENCE_S = 60.0
_GONE = ("stale element reference", "no such element", "element click intercepted", "script timeout")
_IN_THE_MIDDLE = (
    "(one => {{ one?.scrollIntoView({{block: 'center', behavior: 'instant'}}); return one !== null; }})({})"
)
"""Whether it is there; then it is where no bar of the page's lies over it."""
_PHONE = 600
_HEIGHTS = {390: 844, 800: 480}
_HEIGHT = 900
"""Of the phone, of the screen at the fridge, and of all others."""


def missing() -> str:
    """What must be installed before a browser can be driven; nothing when it is there."""
    return " and ".join(name for name in ("chromium", "chromedriver") if shutil.which(name) is None)


class Browser:
    """One tab at a time."""

    def __init__(self, driver: httpx.Client, session: str) -> None:
        self._driver = driver
        self._session = session
        self._width = 0

    def go(self, address: str) -> None:
        self._post("url", url=address)

    def open(self, kind: Literal["tab", "window"], address: str) -> str:
        """Another one, in which all goes on; what it is called."""
        handle: str = self._post("window/new", type=kind)["handle"]
        self.turn_to(handle)
        self.go(address)
        return handle

    def turn_to(self, handle: str) -> None:
        self._post("window", handle=handle)

    def tabs(self) -> list[str]:
        """All there are."""
        found: list[str] = self._driver.get(f"/session/{self._session}/window/handles").json()["value"]
        return found

    def close(self) -> None:
        """The tab; another one has to be turned to."""
        self._driver.delete(f"/session/{self._session}/window")

    @property
    def address(self) -> str:
        """Of the page that is shown; it can be asked where no script may run, too."""
        return str(self._driver.get(f"/session/{self._session}/url").json()["value"])

    def script(self, code: str, *arguments: object) -> Any:
        """What the function body returns; it may await."""
        wrapped = (
            "const done = arguments[arguments.length - 1];"
            f"(async function() {{ {code} }}).apply(null, arguments).then(done, error => done('failed: ' + error))"
        )
        return self._post("execute/async", script=wrapped, args=list(arguments))

    def until(self, condition: str, *arguments: object, patience_s: float = _PATIENCE_S) -> Any:
        """Wait until an expression is true; its value."""
        ends = time.monotonic() + patience_s
        while not (found := self._found(condition, arguments)):
            assert time.monotonic() < ends, f"never: {condition} {arguments}\n{self.text()}"
            time.sleep(0.05)
        return found

    def _found(self, condition: str, arguments: Sequence[object]) -> Any:
        """Nothing where the page went away under the question."""
        try:
            return self.script(f"return {condition}", *arguments)
        except Gone:
            return None

    def speaks(self, language: str, page: str) -> None:
        """The language that was chosen on the page."""
        self.tell("Network.setCookie", name="befresh_language", value=language, url=page)

    def sees(self, text: str, part: str = "main") -> None:
        """Wait until a part of the page shows this text."""
        self.until("document.querySelector(arguments[0])?.innerText.includes(arguments[1])", part, text)

    def text(self, part: str = "main") -> str:
        found: str = self.script("return document.querySelector(arguments[0])?.innerText || ''", part)
        return found

    def click(self, name: str, part: str = "main") -> None:
        """Click the button or link with this name."""
        literal = json.dumps(name, ensure_ascii=False)
        named = f"*[self::button or self::a or self::summary][contains(normalize-space(.), {literal})]"
        self._click(f"//{part}//{named}")

    def click_at(self, selector: str) -> None:
        """Click the first element that matches."""
        self.until(_IN_THE_MIDDLE.format("document.querySelector(arguments[0])"), selector)
        self._settled(lambda: self._post(f"element/{self._element('css selector', selector)}/click"))

    def write(self, selector: str, text: str) -> None:
        """Type into a field."""
        element = self._element("css selector", selector)
        self._post(f"element/{element}/clear")
        self._post(f"element/{element}/value", text=text)

    def press_key(self, key: str) -> None:
        """Press a key where the focus is."""
        strokes = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._post("actions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def sweep(self, selector: str) -> None:
        """Sweep the first element that matches away with a finger."""
        sight = "const one = document.querySelector(arguments[0]); one.scrollIntoView({block: 'nearest'});"
        place = "const box = one.getBoundingClientRect(); return [box.x, box.y + box.height / 2, box.width]"
        left, top, width = self.script(sight + place, selector)
        self.tell("Emulation.setTouchEmulationEnabled", enabled=True)
        for kind, share in (("touchStart", 0.2), ("touchMove", 0.4), ("touchMove", 0.8), ("touchEnd", None)):
            points = [] if share is None else [{"x": left + share * width, "y": top}]
            self.tell("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        self.tell("Emulation.setTouchEmulationEnabled", enabled=False)

    def attach(self, selector: str, *files: Path) -> None:
        """Choose files in a field for files."""
        chosen = "\n".join(map(str, files))
        self._post(f"element/{self._element('css selector', selector)}/value", text=chosen)

    def look(self, width: int, scheme: Scheme) -> None:
        """Be so many pixels wide, and a light or a dark screen."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=_HEIGHTS.get(width, _HEIGHT),
            deviceScaleFactor=1,
            mobile=width < _PHONE,
        )
        self._width = width
        self.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def photograph(self, file: Path) -> None:
        """The whole page, as if the screen were as high as it."""
        width, height = self.script("return [window.innerWidth, document.documentElement.scrollHeight]")
        mobile = self._width < _PHONE
        high = {
            "width": width,
            "height": max(_HEIGHTS.get(width, _HEIGHT), min(height, 5000)),
            "deviceScaleFactor": 1,
            "mobile": mobile,
        }
        self.tell("Emulation.setDeviceMetricsOverride", **high)
        found = self.tell("Page.captureScreenshot", format="png")
        self.tell("Emulation.setDeviceMetricsOverride", **high | {"height": _HEIGHTS.get(width, _HEIGHT)})
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(found["data"]))

    def tell(self, command: str, **parameters: object) -> Any:
        """A command of Chromium's own protocol."""
        return self._post("goog/cdp/execute", cmd=command, params=parameters)

    def complaints(self) -> list[str]:
        """What the browser's console has complained of since the last call."""
        return [entry["message"] for entry in self._post("se/log", type="browser") if entry["level"] == "SEVERE"]

    def _click(self, path: str) -> None:
        found = "document.evaluate(arguments[0], document, null, 9, null).singleNodeValue"
        self.until(_IN_THE_MIDDLE.format(found), path)
        self._settled(lambda: self._post(f"element/{self._element('xpath', path)}/click"))

    def _settled(self, click: Any) -> None:
        """Parts of the page are replaced as they change: what was found may be gone when it is clicked."""
        ends = time.monotonic() + _PATIENCE_S
        while True:
            try:
                click()
            except Gone:
                assert time.monotonic() < ends
                time.sleep(0.05)
            else:
                return

    def _element(self, using: str, value: str) -> str:
        found: str = self._post("element", using=using, value=value)[ELEMENT]
        return found

    def _post(self, path: str, **body: object) -> Any:
        answer = self._driver.post(f"/session/{self._session}/{path}", json=body)
        value = answer.json()["value"]
        if answer.status_code == 200:
            return value
        if value["error"] in _GONE:
            raise Gone(value["message"])
        raise AssertionError(f"{path} {body}: {value['error']}: {value['message']}")


class Gone(Exception):
    """The element is not, or not any more, there."""


@contextlib.contextmanager
def opened(profile: Path, language: str = "en") -> Iterator[Browser]:
    """A browser without a screen, with a profile of its own."""
    driver = subprocess.Popen(
        ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{_port(driver)}", timeout=_PATIENCE_S) as client:
            arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
            arguments += [f"--user-data-dir={profile}", f"--accept-lang={language}", f"--lang={language}"]
            arguments += ["--no-sandbox"] if os.getuid() == 0 else []
            options = {"args": arguments, "binary": shutil.which("chromium")}
            wanted = {
                "goog:chromeOptions": options,
                "goog:loggingPrefs": {"browser": "ALL"},
                "timeouts": {"script": int(_PATIENCE_S * 500)},
            }
            answer = client.post("/session", json={"capabilities": {"alwaysMatch": wanted}}).json()["value"]
            assert "sessionId" in answer, answer
            try:
                yield Browser(client, answer["sessionId"])
            finally:
                client.delete(f"/session/{answer['sessionId']}")
    finally:
        driver.terminate()
        driver.wait(10)
        if driver.stdout:
            driver.stdout.close()


def _port(driver: subprocess.Popen[str]) -> int:
    assert driver.stdout is not None
    for line in driver.stdout:
        if found := re.search(r"started successfully on port (\d+)", line):
            return int(found[1])
    raise AssertionError("chromedriver did not start")
