"""A run of the installed updater that ends with a power cut: everything of it is killed as soon as a step is done.

python cut.py UPDATER STEP WORDS...: UPDATER is the folder of the copy that would run.
"""

import os
import signal
import sys


def main(updater: str, wanted: str, *words: str) -> None:
    sys.path.insert(0, updater)
    from befresh_update.command import run
    from befresh_update.steps import Step

    def tell(step: Step) -> None:
        if step is Step[wanted]:
            os.killpg(0, signal.SIGKILL)

    sys.exit(run(words, tell))


if __name__ == "__main__":
    main(*sys.argv[1:])
