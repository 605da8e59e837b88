"""Faust bent to batches: one task a partition, state and offsets in one Kafka transaction.

Faust keeps the app, agents, streams, tables as objects, the consumer group, heartbeats and the command line. For batch
topics Vitals replaces fetching, changelog, recovery and offsets: a task a partition **fences** the former holder (its
transactional producer starts), **restores** the rows (the changelog, read committed, to its end), **seeks** to the
offsets in the changelog's marker, **works** (a batch, the agent, rows) and **checkpoints**: one transaction with the
changed rows, what the agents sent, and the offsets. Whoever holds the newest epoch has read every commit before it, so
each checkpoint is the one before plus the records between two markers. Who owns what only decides who tries.
"""
