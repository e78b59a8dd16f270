"""So that ``python -m boardtrace`` is the command."""

from boardtrace.cli import main

if __name__ == "__main__":
    main()
