"""`python -m befresh_agent` is `befresh-agent`."""

from befresh_agent.cli.main import main

if __name__ == "__main__":
    main()
