"""Imported by the process that vision workers are forked from: libraries and networks are loaded once for all of them.

What does not load here is loaded by each worker again, which tells why it cannot.
"""

import contextlib

with contextlib.suppress(Exception):
    from befresh_agent.vision.pipeline import open_pipeline

    open_pipeline("trained")
