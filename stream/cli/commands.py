"""The commands there are."""

from __future__ import annotations

import typer

from stream.cli import alerts, config, demo, dlq, doctor, publish, replay, schema, serve, simulate, tail, worker

app = typer.Typer(
    name="vitals",
    help="Live KPIs and trusted alerts for a SaaS business: events in Kafka in, numbers in Redis out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(name="demo")(demo.demo)
app.command(name="worker")(worker.worker)
app.command(name="serve")(serve.serve)
app.command(name="publish")(publish.publish)
app.command(name="replay")(replay.replay)
app.command(name="simulate")(simulate.simulate)
app.command(name="schema")(schema.schema)
app.command(name="tail")(tail.tail)
app.command(name="alerts")(alerts.alerts)
app.add_typer(dlq.app, name="dlq")
app.command(name="doctor")(doctor.doctor)
app.add_typer(config.app, name="config")
