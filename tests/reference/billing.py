"""Billing, from scratch: all of it."""

from .cohorts import cohort_values
from .costs import cost_values
from .mrr import gauge_values, movement_values
from .payments import revenue_values
from .renewals import renewal_values, trial_values


def billing_values(sheet, world, book):
    gauge_values(sheet, world, book)
    movement_values(sheet, world, book)
    cohort_values(sheet, world, book)
    renewal_values(sheet, world, book)
    trial_values(sheet, world, book)
    cost_values(sheet, world, book)
    revenue_values(sheet, world, book)
