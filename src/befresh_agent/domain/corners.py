"""Where something is in a frame."""

Corners = tuple[tuple[int, int], ...]
"""The four corners (right, down) in pixels of the frame, in turn; empty when unknown."""
