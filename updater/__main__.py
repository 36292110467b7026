"""`python3 -I updater`: the updater, without anything beside Python's own library."""

from befresh_update.command import main

if __name__ == "__main__":
    main()
