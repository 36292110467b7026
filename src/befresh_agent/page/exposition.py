"""Numbers in Prometheus' text format, version 0.0.4."""

from collections.abc import Iterable, Mapping

Labels = Mapping[str, str]
Samples = Iterable[tuple[Labels, float]]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metric(name: str, kind: str, text: str, samples: Samples | float) -> str:
    """One metric with its help line; `kind` is counter or gauge."""
    pairs: Samples = [({}, samples)] if isinstance(samples, int | float) else samples
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{_braces(labels)} {float(value):.15g}" for labels, value in pairs]
    return "\n".join(lines) + "\n"


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
