"""A worker without transactions: what it cannot mend ends it."""

import asyncio

from aiokafka import TopicPartition

from stream.runtime.task import Task


class App:
    """All of the app that a task needs which fails at once."""

    def __init__(self, *, transactional: bool) -> None:
        self.transactional = transactional
        self.given_up: list[str] = []

    def give_up(self, why: str) -> None:
        self.given_up.append(why)


class Failing(Task):
    """A task that fails as often as it begins."""

    tries = 0

    def open(self) -> None:
        pass

    async def catch_up(self, reader) -> None:
        pass

    async def work(self, producer, reader) -> None:
        pass

    async def _try(self) -> bool:
        self.tries += 1
        return False


def play(app: App) -> Failing:
    async def run() -> Failing:
        task = Failing(app, "demo-3", TopicPartition("state", 3), [], {})
        await asyncio.wait([task._task], timeout=0.2)
        task.cancel()
        return task

    return asyncio.run(run())


def test_a_task_that_fails_ends_a_worker_without_transactions() -> None:
    app = App(transactional=False)
    assert play(app).tries == 1
    assert app.given_up == ["demo-3 failed, and without transactions its state is kept nowhere"]


def test_a_task_that_fails_starts_over_where_there_are_transactions() -> None:
    app = App(transactional=True)
    assert play(app).tries == 1  # the next one comes after a delay
    assert app.given_up == []
