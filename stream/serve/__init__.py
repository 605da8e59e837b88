"""`vitals serve`: the live page and the read API. It reads Redis only, and writes nothing."""
