"""befresh-agent: the daemon that makes a fridge know its food."""

__version__ = "0.1.0"
