"""What a worker imports, before it reads its settings."""

import stream.cli.commands
import stream.runtime.app
import stream.runtime.merge_task
import stream.runtime.partition_task
import stream.settings.definitions_file  # noqa: F401 - imported to be there
