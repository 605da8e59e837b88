"""Trackers: the state machine of one kind of entity each. Events in, facts out.

What an entity says is a function of its row (and of `as_of`), never of the order in which events came. So a tracker
only changes rows while events are applied; it remembers what a row said when it was first touched since the last
settlement. The settlement takes that back and says what the row says now.
"""
