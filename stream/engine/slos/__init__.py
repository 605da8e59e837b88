"""Objectives for how good a value has to be, and the budgets of what may be bad (catalogue part 4, section 5)."""
