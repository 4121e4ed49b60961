"""What ends a command with a sentence instead of a traceback."""

from __future__ import annotations


class ReviewError(Exception):
    """Something that whoever runs the command can put right.

    The text is printed as it is: it names settings and files, and never a host, user or password.
    """
