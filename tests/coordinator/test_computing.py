"""Heavy work elsewhere, the same in processes and on Dask: a worker that dies is replaced, what takes too long ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bom.graph import task_graph
from bom.reader import read_bill
from coordinator.computing import Computer, ComputingError, Elsewhere, Here, Processes, StoppedError, computer_at
from coordinator.plans.planning import plan_build
from coordinator.plans.work import form_lots
from core.errors import InputError, PlanError
from designs.source import open_design
from machines.network import read_network

LONG_S = 120.0
ROOT = Path(__file__).parents[2]


def add(a: int, b: int) -> int:
    return a + b


def refuse(what: str) -> None:
    raise PlanError(what, where="here", hint="do something else")


def process_id() -> int:
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(marker: str) -> str:
    path = Path(marker)
    if not path.exists():
        path.touch()
        die()
    return "done at last"


def sleep_for_ever(marker: str) -> None:
    Path(marker).touch()
    threading.Event().wait()


def hold_the_lock(marker: str) -> None:
    """No other thread of Python runs meanwhile, as in compiled code: this expression takes for ever."""
    Path(marker).touch()
    re.match(r"(a+)+$", "a" * 60 + "b")


@pytest.fixture(scope="module")
def dask() -> Iterator[str]:
    """The address of a cluster of one worker in a process of its own."""
    pytest.importorskip("distributed", reason="Dask is not installed (fabcommons[scale])")
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as cluster:
        yield "dask://" + cluster.scheduler_address.removeprefix("tcp://")


@pytest.fixture(params=["processes", "dask"])
def computer(request: pytest.FixtureRequest) -> Iterator[Computer]:
    made: Computer = Elsewhere(lambda: Processes(1))
    if request.param == "dask":
        made = computer_at(request.getfixturevalue("dask"))
    yield made
    made.close()


def test_work_is_done_in_another_process(computer: Computer) -> None:
    assert computer.run(LONG_S, add, 1, b=2) == 3
    assert computer.run(LONG_S, process_id) != os.getpid()


def test_an_error_comes_back_whole(computer: Computer) -> None:
    with pytest.raises(PlanError) as caught:
        computer.run(LONG_S, refuse, "no plan")
    assert (caught.value.what, caught.value.where, caught.value.hint) == ("no plan", "here", "do something else")


def test_a_worker_that_dies_is_replaced_and_the_work_done_once_more(computer: Computer, tmp_path: Path) -> None:
    assert computer.run(LONG_S, die_once, str(tmp_path / "died")) == "done at last"


def test_work_that_kills_every_worker_is_given_up(tmp_path: Path) -> None:
    computer = Elsewhere(lambda: Processes(1))
    with pytest.raises(ComputingError, match="died twice"):
        computer.run(LONG_S, die)
    assert computer.run(LONG_S, add, 1, 2) == 3, "other work is still done"
    computer.close()


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    computer = Elsewhere(lambda: Processes(1))
    with pytest.raises(ComputingError, match=r"took longer than 0\.5 s"):
        computer.run(0.5, sleep_for_ever, str(tmp_path / "begun"))
    assert computer.run(LONG_S, add, 1, 2) == 3, "another process does other work"
    computer.close()


def test_who_waits_is_told_when_the_process_ends(tmp_path: Path) -> None:
    computer, told = Elsewhere(lambda: Processes(1)), list[Exception]()

    def ask() -> None:
        try:
            computer.run(LONG_S, sleep_for_ever, str(tmp_path / "begun"))
        except ComputingError as error:
            told.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_for((tmp_path / "begun").exists)
    computer.close()
    thread.join(LONG_S)
    assert isinstance(told[0], StoppedError)
    with pytest.raises(StoppedError):
        computer.run(LONG_S, add, 1, 2)


def test_workers_end_with_the_process_that_began_them(tmp_path: Path) -> None:
    """Also where that is killed and can tell nobody."""
    script = tmp_path / "begin.py"
    script.write_text(
        "from coordinator.computing import Elsewhere, Processes\n"
        "from tests.coordinator.test_computing import process_id\n"
        "import threading\n"
        "if __name__ == '__main__':\n"
        "    print(Elsewhere(lambda: Processes(1)).run(120, process_id), flush=True)\n"
        "    threading.Event().wait()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert is_there(worker)
        parent.kill()
    wait_for(lambda: not is_there(worker))


def test_an_address_of_no_cluster_is_refused() -> None:
    with pytest.raises(InputError, match="no address of a cluster"):
        computer_at("http://host")


def test_a_plan_made_elsewhere_is_the_plan_made_here(computer: Computer) -> None:
    """All that planning needs can go to another computer, and come back."""
    network = read_network(ROOT / "examples" / "labs.yaml")
    with open_design(str(ROOT / "examples" / "seedling-station")) as design:
        graph = task_graph(read_bill(design), quantity=1)
        workload = form_lots(design, graph, network)
    origin = datetime(2030, 1, 7, 9, tzinfo=UTC)
    arguments = (workload, graph, network, origin)
    here = Here().run(LONG_S, plan_build, *arguments, lead_days=1.0, seconds=0.5)
    there = computer.run(LONG_S, plan_build, *arguments, lead_days=1.0, seconds=0.5)
    assert there.problem == here.problem
    assert {each.task for each in there.plan.placements} == {each.task for each in here.plan.placements}
    assert [each.id for each in there.workload.lots] == [each.id for each in here.workload.lots]


@pytest.mark.parametrize("work", [sleep_for_ever, hold_the_lock], ids=lambda each: each.__name__)
def test_what_takes_too_long_on_a_cluster_does_not_keep_its_worker(
    dask: str, tmp_path: Path, work: Callable[[str], None]
) -> None:
    computer = computer_at(dask)
    before = computer.run(LONG_S, process_id)
    with pytest.raises(ComputingError, match=r"took longer than 0\.5 s"):
        computer.run(0.5, work, str(tmp_path / "begun"))
    assert computer.run(LONG_S, process_id) != before, "the only worker is free again, as another process"
    assert computer.run(LONG_S, add, 1, 2) == 3
    computer.close()


def test_a_worker_with_several_threads_ends_at_the_first_moment() -> None:
    told = (
        "import threading, time\n"
        "from coordinator.computing import _WATCH\n"
        "with _WATCH.until(time.monotonic() + 3600):\n"
        "    with _WATCH.until(time.monotonic() + 0.05):\n"
        "        pass\n"
        "    with _WATCH.until(time.monotonic() + 0.05):\n"
        "        threading.Event().wait()\n"
    )
    ended = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, timeout=LONG_S, check=False)
    assert ended.returncode == 1
    assert b"Timeout" in ended.stderr, "what it was at is written down"


def is_there(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_for(there: Callable[[], bool]) -> None:
    """For what another process does."""
    end = time.monotonic() + LONG_S
    while not there():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.01)
