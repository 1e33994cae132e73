"""The target: one OTLP back end. It can be told of spans, and not be asked for them."""

import threading
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import MissingExtraError
from lctrack_uploaders.targets.otlp import plan
from lctrack_uploaders.targets.otlp.configuration import Configuration
from lctrack_uploaders.units import Unit

if TYPE_CHECKING:  # needs the extra `otlp`
    from lctrack_uploaders.targets.otlp.sending import Sender


class OtlpTarget(Target):
    """Delivers the traces of sessions to one back end."""

    jobs: int = 8
    mapping: ClassVar[str] = "1"
    verifies = False

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self._turn = threading.Lock()  # of the threads, so that one alone makes the sender

    @property
    def address(self) -> str:
        """Where spans are posted to."""
        return self._settings.url

    def place(self, unit: Unit) -> str:
        """Give the name of the service that a session is shown as."""
        return plan.service(unit, self._settings.resource)

    def plan(self, unit: Unit) -> list[Step]:
        """Name the steps of a session; see `lctrack_uploaders.contract.Target`."""
        return list(plan.steps(unit, self._settings.resource))

    def open(self, unit: Unit) -> Delivery:
        """Begin: a back end makes nothing for a session but what its spans say."""
        with self._turn:
            return OtlpDelivery(self._sender, unit, self._settings)

    def check(self) -> str:
        """Post a request without spans."""
        with self._turn:
            self._sender.check()
        return f"{self.address} answers"

    def hint(self) -> str:
        """Tell by which attribute a session is found, and what the back end said."""
        remark = self._sender.remark if "_sender" in vars(self) else None
        said = f"; it says: {remark}" if remark else ""
        return f"look for the attribute session.id at {self.address}{said}"

    @cached_property
    def _sender(self) -> "Sender":
        try:
            from lctrack_uploaders.targets.otlp.sending import Sender  # noqa: PLC0415  # needs the extra
        except ImportError as error:
            raise MissingExtraError(
                f"The target otlp needs packages that are not installed ({error}): "
                'pip install "lctrack-uploaders[otlp]".'
            ) from error
        return Sender(self._settings)


class OtlpDelivery(Delivery):
    """The delivery of one session's traces."""

    def __init__(self, sender: "Sender", unit: Unit, settings: Configuration) -> None:
        self._sender = sender
        self._unit = unit
        self._resource = plan.resource(unit, settings.resource)

    @property
    def remote_id(self) -> str:
        """The session's own id, which its spans have as `session.id`."""
        return self._unit.session_id

    def do(self, step: Step) -> None:
        """Send a portion of the traces; ids are derived, so that a repetition is known by them."""
        from lctrack_uploaders.targets.otlp.encoding import messages  # noqa: PLC0415  # needs the extra

        content: plan.Content = step.content
        self._sender.send(messages(chain.from_iterable(content)), self._resource)
