"""What goes wrong before a test can begin."""


class ServersError(RuntimeError):
    """A server the tests need is not to be had; the message says what to do about it."""
