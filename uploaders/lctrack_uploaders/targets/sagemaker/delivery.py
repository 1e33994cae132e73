"""The delivery of one session to its run, step by step. Each step may be done again, whole, at any time."""

from collections.abc import Sequence
from typing import Any

from lctrack_uploaders.contract import Delivery, Step
from lctrack_uploaders.errors import LostError, TerminalError
from lctrack_uploaders.targets.sagemaker import components, plan, points
from lctrack_uploaders.targets.sagemaker.connection import Connection
from lctrack_uploaders.targets.sagemaker.objects import Object
from lctrack_uploaders.units import Unit


class SagemakerDelivery(Delivery):
    """The delivery of one session to its trial component."""

    def __init__(self, connection: Connection, name: str, described: Any, unit: Unit, steps: Sequence[Step]) -> None:
        self._connection = connection
        self._steps = steps
        self._name = name
        # A trial component that was deleted and made again has the same ARN, and none of what was sent before.
        self._id = f"{described['TrialComponentArn']} of {described['CreationTime']:%Y-%m-%dT%H:%M:%S.%f}"
        self._found = described
        self._unit = unit
        self._place = f"{connection.prefix}/{name}"
        self._written: dict[str, int] = {}

    @property
    def remote_id(self) -> str:
        """The trial component's ARN, and when it was created."""
        return self._id

    def do(self, step: Step) -> None:
        """Do a step; each replaces what it wrote before."""
        client = self._connection.experiments
        with self._connection.explained():
            if step.name == plan.RUN:
                components.write(client, self._name, self._unit)
            elif step.name == plan.METRICS:
                points.send(self._connection, self._name, self._found, self._unit.metrics)
            elif step.name == plan.END:
                inputs, outputs = (plan.artifacts(items, self._address) for items in step.content)
                components.finish(client, self._found, self._unit, inputs, outputs)
            else:
                self._put(step.content)

    def verify(self) -> None:
        """Read the run and the list of its objects back."""
        outputs = plan.artifacts(self._steps[-1].content[1], self._address)
        expected = {item.name for step in self._steps[1:-2] for item in step.content}
        with self._connection.explained():
            components.verify(self._connection.experiments, self._name, self._unit, list(outputs))
            found = self._sizes()
        if not expected <= found.keys() or not self._written.items() <= found.items():
            raise LostError(f"The objects below {self._address} do not read back as they were written: try again.")

    @property
    def _address(self) -> str:
        return f"s3://{self._connection.bucket}/{self._place}"

    def _put(self, items: Sequence[Object]) -> None:
        if len(items) == 1:
            self._written.update(map(self._put_one, items))
        else:
            # Several at a time: each waits most of its time for the answer.
            self._written.update(self._connection.threads.map(self._put_one, items))

    def _put_one(self, item: Object) -> tuple[str, int]:
        connection = self._connection
        try:
            body = item.read()
        except OSError as error:
            raise TerminalError(f"The file of {item.name} cannot be read ({error.strerror}).") from error
        connection.store.put(f"{self._place}/{item.name}", body, item.media)
        return item.name, len(body)

    def _sizes(self) -> dict[str, int]:
        connection = self._connection
        pages = connection.objects.get_paginator("list_objects_v2").paginate(
            Bucket=connection.bucket, Prefix=f"{self._place}/", **connection.owner
        )
        listed = (item for page in pages for item in page.get("Contents", ()))
        return {item["Key"].removeprefix(f"{self._place}/"): item["Size"] for item in listed}
