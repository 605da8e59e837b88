"""`python -m stream.cli` is `vitals`."""

from stream.cli import main

if __name__ == "__main__":
    main()
