"""The contract for those who do not use Python: JSON Schema and AsyncAPI, written from the models and the cards."""

from stream.docs.asyncapi import ASYNCAPI, asyncapi
from stream.docs.json_schema import NAMES, json_schema
from stream.docs.pages import pages, write

__all__ = ["ASYNCAPI", "NAMES", "asyncapi", "json_schema", "pages", "write"]
