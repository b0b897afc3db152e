"""Queues are drained as Lambda would: what was not taken comes again, and nothing else."""

from typing import Any

import pytest

from local.queues import QueueDrain, Source

SOURCE = Source("https://queue", "send", batch=3)


class Queue:
    """SQS, as far as a drain speaks to it."""

    def __init__(self, *bodies: str) -> None:
        self.visible = list(bodies)
        self.hidden: list[str] = []
        self.asked: list[int] = []

    def receive_message(self, *, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:
        self.asked.append(MaxNumberOfMessages)
        taken = self.visible[:MaxNumberOfMessages]
        self.visible = self.visible[MaxNumberOfMessages:]
        self.hidden += taken
        return {
            "Messages": [
                {"MessageId": f"id-{body}", "ReceiptHandle": body, "Body": body, "Attributes": {}}
                for body in taken
            ]
        }

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:
        self.hidden.remove(ReceiptHandle)

    def change_message_visibility(self, *, ReceiptHandle: str, **_: Any) -> None:
        self.hidden.remove(ReceiptHandle)
        self.visible.append(ReceiptHandle)


def failing(*bodies: str) -> Any:
    """A function that says that these were not done."""
    failures = [{"itemIdentifier": f"id-{body}"} for body in bodies]
    return lambda _function, _event: {"batchItemFailures": failures}


def test_a_batch_is_as_large_as_the_template_says() -> None:
    queue, events = Queue("a", "b", "c", "d"), []
    drain = QueueDrain(queue, [SOURCE], lambda *call: events.append(call))
    assert drain.drain(SOURCE) == 3
    [(function, event)] = events
    assert function == "send"
    assert [record["body"] for record in event["Records"]] == ["a", "b", "c"]
    assert (queue.visible, queue.hidden, queue.asked) == (["d"], [], [3])


def test_only_what_was_not_done_comes_again() -> None:
    queue = Queue("a", "b", "c")
    assert QueueDrain(queue, [SOURCE], failing("b")).drain(SOURCE) == 2
    assert (queue.visible, queue.hidden) == ([], ["b"])


def test_in_a_hurry_it_comes_again_at_once() -> None:
    queue = Queue("a", "b")
    QueueDrain(queue, [SOURCE], failing("b"), hurry=True).drain(SOURCE)
    assert (queue.visible, queue.hidden) == (["b"], [])


def test_of_a_function_that_fails_all_come_again(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("down")

    queue = Queue("a", "b")
    assert QueueDrain(queue, [SOURCE], fail).drain(SOURCE) == 0
    assert queue.hidden == ["a", "b"]
    assert "send failed: RuntimeError('down')" in capsys.readouterr().err
