"""The target: one account and region of SageMaker, connected to at the first delivery."""

import threading
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import MissingExtraError
from lctrack_uploaders.targets.sagemaker import plan, session
from lctrack_uploaders.targets.sagemaker.configuration import Configuration
from lctrack_uploaders.units import Unit

if TYPE_CHECKING:  # needs the extra `sagemaker`
    from lctrack_uploaders.targets.sagemaker.connection import Connection


class SagemakerTarget(Target):
    """Delivers sessions to SageMaker Experiments and S3."""

    jobs: int = 8
    mapping: ClassVar[str] = "1"

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self._prepared: set[str] = set()
        self._turn = threading.Lock()  # of the threads, so that they neither connect twice nor make anything twice
        self._last = threading.local()  # each thread's last plan: a session is planned and opened by one thread

    @property
    def address(self) -> str:
        """The region and what else tells one destination from another."""
        return self._settings.address(self._region)

    def place(self, unit: Unit) -> str:
        """Give the name of the experiment a session goes to."""
        return session.experiment(unit, self._settings)

    def plan(self, unit: Unit) -> list[Step]:
        """Name the steps of a session; see `lctrack_uploaders.contract.Target`."""
        if getattr(self._last, "unit", None) is not unit:
            self._last.unit, self._last.steps = unit, list(plan.steps(unit))
        return list(self._last.steps)

    def open(self, unit: Unit) -> Delivery:
        """Find the trial component of a session by its name, or make it."""
        experiment = self.place(unit)
        with self._turn:
            connection = self._connection
            from lctrack_uploaders.targets.sagemaker import components  # noqa: PLC0415  # needs the extra
            from lctrack_uploaders.targets.sagemaker.delivery import SagemakerDelivery  # noqa: PLC0415  # likewise

            with connection.explained():
                if experiment not in self._prepared:
                    there = components.is_prepared(connection.experiments, experiment)
                    # Now the bucket: without one, not even an empty experiment is left behind.
                    _ = connection.bucket, connection.prefix
                    if not there:
                        components.prepare(connection.experiments, experiment)
                    self._prepared.add(experiment)
        name = session.component(unit, experiment)
        with connection.explained():
            described = components.find_or_create(connection.experiments, name, experiment, unit)
        return SagemakerDelivery(connection, name, described, unit, self.plan(unit))

    def check(self) -> str:
        """Ask who we are, for experiments and for the bucket, and write nothing."""
        with self._turn:
            connection = self._connection
            with connection.explained():
                connection.experiments.list_experiments(MaxResults=1)
            account = connection.account
            there = connection.has_bucket()
            found = f"bucket {connection.bucket_name}, {'which is there' if there else 'which will be made'}"
        return f"{self.address} answers (account {account}, {found})"

    def close(self) -> None:
        """Let the connection's threads go."""
        if "_connection" in vars(self):
            self._connection.close()

    def hint(self) -> str:
        """Give the command that lists the experiments."""
        return f"aws sagemaker list-experiments --region {self._region}"

    @property
    def _region(self) -> str:
        # A run with nothing new need not wait for boto3 where the region is known without it.
        return self._settings.region or self._connection.region

    @cached_property
    def _connection(self) -> "Connection":
        try:
            from lctrack_uploaders.targets.sagemaker.connection import Connection  # noqa: PLC0415  # needs the extra
        except ImportError as error:
            raise MissingExtraError(
                f"The target sagemaker needs packages that are not installed ({error}): "
                'pip install "lctrack-uploaders[sagemaker]".'
            ) from error
        return Connection(self._settings)
