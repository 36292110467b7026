"""How old readings get and how busy the radio is, over thirty seeds; virtual time."""

from befresh_agent.containers.planning import simulate
from befresh_agent.settings.model import ContainerSettings

CASES = ((60, 15, 1), (100, 25, 1), (100, 25, 2), (10, 0, 1))
SEEDS = range(30)


def main() -> None:
    print("containers dead radios   mean gap, min      p95            max        busy at most")
    for containers, dead, radios in CASES:
        plans = [
            simulate(ContainerSettings(), containers=containers, dead=dead, hours=48, radios=radios, seed=seed)
            for seed in SEEDS
        ]
        gaps = [plan.healthy_gap_min for plan in plans if plan.healthy_gap_min is not None]
        spans = [
            f"{min(values):5.1f} - {max(values):4.1f}"
            for values in ([g.mean for g in gaps], [g.p95 for g in gaps], [g.max for g in gaps])
        ]
        busy = max(plan.radio_busy for plan in plans)
        print(f"{containers:10} {dead:4} {radios:6}   {'   '.join(spans)}   {busy:.0%}")


if __name__ == "__main__":
    main()
