"""The making of rows, in a process of its own: on two cores a million posts take little more than their writing."""

from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import django

from api_project.demo.plan import Plan

if TYPE_CHECKING:
    from api_project.demo.rows import Batch


def batches(plan: Plan) -> Iterator["Batch"]:
    """The plan's rows. A batch is made while the caller writes the one before."""
    context = get_context("spawn")  # A fork would share the parent's connections to the database.
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(plan, sender), daemon=True)
    process.start()
    sender.close()  # The process has the only one now, so that its end is the end of the pipe.
    try:
        while True:
            yield receiver.recv()
    except EOFError:
        process.join()
        if process.exitcode:
            raise ChildProcessError("The process that makes the posts failed.") from None
    finally:
        process.terminate()


def _send(plan: Plan, sender: "Connection[Batch, None]") -> None:
    django.setup()
    from api_project.demo.rows import Batch

    for drafts in plan.batches():
        sender.send(Batch.of(drafts, plan.tags))
