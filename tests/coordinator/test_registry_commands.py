"""`fabcommons lab` and `fabcommons machine`: the registry from the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from coordinator import cli
from machines.network import read_network

Fabcommons = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fabcommons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fabcommons:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FABCOMMONS_LABS", raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fabcommons", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


@pytest.fixture
def filled(fabcommons: Fabcommons) -> Fabcommons:
    """A labs.yaml with a lab and two machines, made by the commands themselves."""
    place = ("--place", "42.2345,-8.7234", "--city", "Vigo")
    assert (
        fabcommons("lab", "add", "Ria Lab", "--timezone", "Europe/Madrid", "--hours", "daily=09:00-19:00", *place)[0]
        == 0
    )
    assert (
        fabcommons("machine", "add", "Prusa MK3S", "--lab", "ria-lab", "--port", "virtual", "--nozzle", "0.6")[0] == 0
    )
    assert fabcommons("machine", "add", "Bench", "--lab", "ria-lab", "--process", "assembly")[0] == 0
    return fabcommons


def test_a_labs_file_grows_by_commands(filled: Fabcommons, tmp_path: Path) -> None:
    network = read_network(tmp_path / "labs.yaml")
    printer = network.machine("prusa-mk3s")
    assert (printer.nozzles_mm, printer.envelope_mm, printer.connection.virtual) == ((0.6,), (250, 210, 210), True)
    assert network.machine("bench").processes == ("assembly",)
    assert filled("machine", "add", "MK3S", "--lab", "ria-lab")[0] == 0
    assert read_network(tmp_path / "labs.yaml").find("prusa-mk3s-2") is not None
    server = ("--driver", "octoprint", "--address", "http://octopi.local", "--key-variable", "RIA_KEY")
    assert filled("machine", "add", "Ender 3", "--lab", "ria-lab", *server)[0] == 0
    assert read_network(tmp_path / "labs.yaml").machine("creality-ender-3").connection.key_variable == "RIA_KEY"


def test_lists_and_sheets(filled: Fabcommons) -> None:
    assert "Vigo" in filled("lab", "list")[1]
    status, out, _ = filled("lab", "show", "ria-lab")
    assert status == 0
    assert "open in the next 14 days" in out
    assert "prusa-mk3s" in filled("machine", "list", "--lab", "ria-lab")[1]
    sheet = {line.split()[0]: line for line in filled("machine", "show", "prusa-mk3s")[1].splitlines() if line.strip()}
    assert "library: prusa-mk3s" in sheet["envelope_mm"]
    assert "the labs file" in sheet["nozzles_mm"]
    assert "not stated" in sheet["margin_mm"]
    assert "formlabs-form-2" in filled("machine", "models", "Form 2")[1]
    assert "220 x 220 x 250" in filled("machine", "show", "Ender 3")[1]


def test_everything_is_json_on_demand(filled: Fabcommons, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(filled("lab", "export", "--json")[1])
    answers = {
        words: json.loads(filled(*words, "--json")[1])
        for words in (
            ("lab", "list"),
            ("lab", "show", "ria-lab"),
            ("lab", "export", "--out", "out.json"),
            ("lab", "import", "other.json", "--dry-run"),
            ("lab", "add", "Second", "--timezone", "UTC"),
            ("machine", "list"),
            ("machine", "show", "bench"),
            ("machine", "add", "Roland SRM-20", "--lab", "second"),
            ("machine", "models", "K40"),
        )
    }
    assert answers[("lab", "list")][0]["machines"] == ["prusa-mk3s", "bench"]
    assert answers[("lab", "show", "ria-lab")]["open_next"]
    assert "address is private" in json.dumps(answers[("lab", "export", "--out", "out.json")]["losses"])
    assert answers[("machine", "list")][0]["from_model"]["envelope_mm"] == [250, 210, 210]
    assert answers[("machine", "models", "K40")][0]["id"] == "omtech-k40"
    assert [lab.id for lab in read_network(tmp_path / "labs.yaml").labs] == ["ria-lab", "second"]


def test_an_export_can_be_imported_elsewhere(filled: Fabcommons, tmp_path: Path) -> None:
    status, _, err = filled("lab", "export", "--format", "ohm", "--out", "labs.json", "--private")
    assert (status, err) == (0, "")
    status, out, _ = filled("lab", "import", "labs.json", "--labs", "elsewhere.yaml")
    assert (status, "labs: 1, machines: 2" in out) == (0, True)
    assert read_network(tmp_path / "elsewhere.yaml") == read_network(tmp_path / "labs.yaml")


def test_an_export_withholds_and_says_so(filled: Fabcommons) -> None:
    _, out, err = filled("lab", "export")
    assert "42.23, -8.72" in out
    assert "42.2345" not in out
    assert "address is private" in err


def test_the_environment_names_the_file(filled: Fabcommons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "labs.yaml").rename(tmp_path / "ours.yaml")
    monkeypatch.setenv("FABCOMMONS_LABS", str(tmp_path / "ours.yaml"))
    assert "ria-lab" in filled("lab", "list")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lab", "add", "Ria Lab", "--timezone", "UTC"), "lab 'ria-lab' is there already"),
        (("lab", "add", "New", "--timezone", "Mars"), "'Mars' is no time zone"),
        (("lab", "add", "New", "--timezone", "UTC", "--hours", "always"), "'always' names no hours"),
        (("lab", "add", "New", "--timezone", "UTC", "--place", "here"), "'here' is no place"),
        (("lab", "show", "nobody"), "there is no lab 'nobody'"),
        (("lab", "list", "--labs", "absent.yaml"), "there is no labs file here"),
        (("lab", "import", "labs.yaml"), "is there already"),
        (("lab", "import", "absent.json"), "cannot be read"),
        (("lab", "export", "--format", "toml"), "'toml' is no format"),
        (("lab", "export", "--out", "no/such/folder.json"), "cannot be written"),
        (("machine", "add", "Mini", "--lab", "ria-lab"), "did you mean prusa-mini"),
        (("machine", "add", "Voron 2.4", "--lab", "ria-lab"), "the name of 3 models"),
        (("machine", "add", "Ender 3", "--lab", "nobody"), "there is no lab 'nobody'"),
        (("machine", "add", "Ender 3", "--lab", "ria-lab", "--envelope", "big"), "'big' is no envelope"),
        (("machine", "add", "Ender 3", "--lab", "ria-lab", "--driver", "octoprint"), "needs the server's address"),
        (("machine", "add", "X", "--lab", "ria-lab", "--process", "magic"), "'magic' is not a known word"),
        (("machine", "show", "bambu"), "models of the library: bambu-"),
        (("machine", "models", "--kind", "kettles"), "'kettles' is no kind"),
        (("machine", "models", "qqqqqqqq"), "no model goes by"),
    ],
)
def test_bad_input_is_one_sentence_and_changes_nothing(
    filled: Fabcommons, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    before = (tmp_path / "labs.yaml").read_bytes()
    status, _, err = filled(*words)
    assert status == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert (tmp_path / "labs.yaml").read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["labs.yaml"]


def test_the_page_of_models_is_printed(fabcommons: Fabcommons) -> None:
    page = Path(__file__).parents[2] / "docs" / "models.md"
    assert fabcommons("machine", "models", "--markdown")[1] == page.read_text(encoding="utf-8")
