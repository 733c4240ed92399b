"""Generates rows in another process while this one writes them, unless they are few.

On two cores, a million posts take little longer than their INSERTs.
"""

from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import django

from api_project.demo.plan import BATCH, Plan

if TYPE_CHECKING:
    from api_project.demo.rows import Batch


def batches(plan: Plan) -> Iterator["Batch"]:
    """The plan's rows. The next batch is generated while the caller writes this one."""
    if plan.posts <= BATCH:
        yield from _batches(plan)
        return
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
    for batch in _batches(plan):
        sender.send(batch)


def _batches(plan: Plan) -> Iterator["Batch"]:
    from api_project.demo.rows import Batch

    return (Batch.of(drafts, plan.tags) for drafts in plan.batches())
