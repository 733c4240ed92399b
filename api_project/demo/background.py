"""Generates rows in another process while this one writes them.

On two cores, a million posts take little longer than their INSERTs.
"""

from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import django

from api_project.demo.plan import Plan

if TYPE_CHECKING:
    from api_project.demo.rows import Batch


def batches(plan: Plan) -> Iterator["Batch"]:
    """The plan's rows. The next batch is generated while the caller writes this one."""
    context = get_context("spawn")  # A fork would share the parent's connections to the database.
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(plan, sender), daemon=True)
    process.start()
    sender.close()  # Only the other process has it open now, so that the pipe ends with that process.
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        process.join()
        if process.exitcode:
            raise ChildProcessError("The process that generates the posts failed.") from None
    finally:
        process.terminate()


def _send(plan: Plan, sender: "Connection[Batch, None]") -> None:
    django.setup()
    from api_project.demo.rows import Batch

    for drafts in plan.batches():
        sender.send(Batch.of(drafts, plan.tags))
