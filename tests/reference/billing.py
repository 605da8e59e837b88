"""Billing, from scratch: all of it."""

from .mrr import gauge_values, movement_values
from .payments import revenue_values


def billing_values(sheet, world, book):
    gauge_values(sheet, world, book)
    movement_values(sheet, world, book)
    revenue_values(sheet, world, book)
