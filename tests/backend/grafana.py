"""What Grafana would ask the store: the queries of its dashboards and alert rules, its variables filled in.

Grafana itself is not run here. Of its alerting four steps are done as it does them: the query over its time range, the
last figure of every series, the threshold, and for how long it must be passed (tried at both ends of that time).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.backend.engines import CONFIG, Backend

_TIMES = {"$__interval": "10m"}


@dataclass(frozen=True, slots=True)
class Query:
    """One query, and where it stands."""

    place: str
    text: str

    def between(self, began_ms: int, ended_ms: int, **chosen: str) -> str:
        """As it is sent: variables are what was chosen, else all."""
        text = self.text.replace("$timeFilter", f"time >= {began_ms}ms and time <= {ended_ms}ms")
        for name, value in _TIMES.items():
            text = text.replace(name, value)
        text = re.sub(r"\$(fridge|container)\b", lambda found: chosen.get(found[1], ".*"), text)
        assert "$" not in text.replace("$/", ""), f"{self.place}: {text}"
        return text


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule: the query, over how many seconds, for how many it must be true, and the threshold."""

    uid: str
    query: Query
    began_s: int
    ended_s: int
    hold_s: int
    evaluator: str
    limit: float

    def last(self, backend: Backend, now_ms: int) -> dict[tuple[str, ...], float]:
        """The last figure of every series, by its tags."""
        rows = backend.ask(self.query.between(now_ms - self.began_s * 1000, now_ms - self.ended_s * 1000))
        figures = {}
        for row in rows:
            (figure,) = (value for key, value in row.items() if key not in {"time", "tags"})
            figures[tuple(row["tags"].values())] = float(figure)
        return figures

    def firing(self, backend: Backend, now_ms: int) -> set[tuple[str, ...]]:
        """The series, by their tags, for which it fires."""
        passed = [
            {tags for tags, figure in self.last(backend, moment).items() if self._is_passed(figure)}
            for moment in (now_ms - self.hold_s * 1000, now_ms)
        ]
        return passed[0] & passed[1]

    def _is_passed(self, figure: float) -> bool:
        return figure > self.limit if self.evaluator == "gt" else figure < self.limit


def dashboards() -> dict[str, dict[str, Any]]:
    """By file name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((CONFIG / "grafana/dashboards").glob("*.json"))}


def dashboard_queries() -> Iterator[Query]:
    """Of every panel and every variable."""
    for name, board in dashboards().items():
        for variable in board["templating"]["list"]:
            yield Query(f"{name}: {variable['name']}", variable["query"])
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield Query(f"{name}: {panel['title']}", target["query"])


def alert_queries() -> Iterator[Alert]:
    """Of every rule."""
    read = yaml.safe_load((CONFIG / "grafana/provisioning/alerting/rules.yaml").read_text())
    for rule in (rule for group in read["groups"] for rule in group["rules"]):
        asked, reduced, compared = rule["data"]
        assert (reduced["model"]["reducer"], rule["condition"], compared["refId"]) == ("last", "C", "C")
        (condition,) = compared["model"]["conditions"]
        evaluator, span = condition["evaluator"], asked["relativeTimeRange"]
        query = Query(rule["title"], asked["model"]["query"])
        hold_s = int(rule["for"][:-1]) * {"s": 1, "m": 60}[rule["for"][-1]]
        yield Alert(rule["uid"], query, span["from"], span["to"], hold_s, evaluator["type"], *evaluator["params"])
