"""What goes wrong: each message is one line that says what, where, what was expected and what to do."""


class InklingError(Exception):
    """The work itself failed, such as a loss that is not finite or a disk that is full."""


class UsageError(InklingError, ValueError):
    """A wrong argument or a wrong recipe."""


class DataError(InklingError, ValueError):
    """Bad or missing data."""
