"""Random worlds for properties: events of few entities, crowded around the edges of windows."""

from .bills import costs, money, subscription
from .instants import DAY, EDGES, HOUR, NOW, text
from .leads import growth
from .services import uptime
from .uses import beats, browsing, usage
from .voices import answer, ticket
from .whole import AS_OFS, SEGMENTS, lines, worlds

__all__ = [
    "AS_OFS",
    "DAY",
    "EDGES",
    "HOUR",
    "NOW",
    "SEGMENTS",
    "answer",
    "beats",
    "browsing",
    "costs",
    "growth",
    "lines",
    "money",
    "subscription",
    "text",
    "ticket",
    "uptime",
    "usage",
    "worlds",
]
