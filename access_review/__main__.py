"""`python -m access_review`."""

from access_review.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
