"""Look for texts, codes and pictures that break what reads them: the property tests again and again, with new examples.

    python scripts/fuzz.py [SECONDS]

What breaks is shrunk to its smallest form, shown, and kept in .hypothesis: the ordinary tests then find it at once.
"""

import os
import subprocess
import sys
import time

TESTS = (
    "tests/unit/domain/test_container.py",
    "tests/unit/domain/test_expiry.py",
    "tests/unit/domain/test_gs1.py",
    "tests/unit/runtime/test_media_files.py",
    "tests/unit/vision/dates/test_date_text.py",
    "tests/unit/vision/codes/test_hostile_codes.py",
)
SECONDS = 600


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    pytest = (sys.executable, "-m", "pytest", "-q", "-m", "hypothesis", "--timeout=0", *TESTS)
    fuzzing = {**os.environ, "HYPOTHESIS": "fuzz"}
    began, rounds = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        failed = subprocess.run(pytest, env=fuzzing, check=False).returncode
        if failed:
            return failed
        rounds += 1
    print(f"{rounds} rounds in {time.monotonic() - began:.0f} s: nothing found")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
