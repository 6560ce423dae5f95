"""Questions on which word matching fails: each with the verdict and the figures or words that decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from geometry.hull import block_hull
from machines.lab import Connection, Driver, Machine, MachineLimits
from machines.matching import ChangeKind, Match, Requirement, Verdict, elsewhere, largest, match

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


def machine(name: str, *does: str, lab: str = "lab", **facts: Any) -> Machine:
    return Machine(name, lab, name, does, Connection(Driver.HANDS), **facts)


def block(x: float, y: float, z: float) -> dict[str, Any]:
    return {"extents_mm": (x, y, z), "hull": partial(block_hull, (x, y, z))}


PLASTICS = ("pla", "petg")
CUBE_250 = machine("cube", "fdm", materials=PLASTICS, envelope_mm=(250, 250, 250), nozzles_mm=(0.4,))
ENDER = machine("ender", "fdm", materials=PLASTICS, envelope_mm=(220, 220, 250), nozzles_mm=(0.4, 0.25))
LOW = machine("low", "fdm", materials=PLASTICS, envelope_mm=(220, 220, 200))
BIG = machine("big", "fdm", materials=PLASTICS, envelope_mm=(300, 300, 300), lab="north")
HUGE = machine("huge", "fdm", materials=PLASTICS, envelope_mm=(500, 500, 500), lab="south")
OLD_HOT_END = machine("old", "fdm", envelope_mm=(200, 200, 200), limits=MachineLimits(nozzle_c=240))
SINTER = machine("sinter", "sls", materials=("nylon",), envelope_mm=(150, 200, 150))
FUSION = machine("fusion", "mjf", materials=("nylon",), envelope_mm=(380, 284, 380))
RESIN = machine("resin-printer", "msla", materials=("resin",), envelope_mm=(143, 89, 165))
RESIN_UNSTATED = machine("resin-bare", "msla", envelope_mm=(143, 89, 165))
K40 = machine("k40", "co2_laser_cutting", power_w=40, envelope_mm=(300, 200, 50), tools_mm=(0.2,))
CO2_UNSTATED = machine("tube", "co2_laser_cutting", envelope_mm=(600, 400, 50))
CO2_100 = machine(
    "co2-100", "co2_laser_cutting", power_w=100, materials=("plywood", "acrylic"), envelope_mm=(900, 600, 50)
)
BRAVE = machine(
    "brave",
    "co2_laser_cutting",
    power_w=80,
    materials=("pvc", "polycarbonate"),
    thickness_mm={"polycarbonate": (0.2, 1)},
    envelope_mm=(600, 400, 50),
)
DIODE = machine(
    "diode", "diode_laser_cutting", power_w=10, materials=("plywood", "cardboard"), envelope_mm=(400, 400, 20)
)
DIODE_BARE = machine("diode-bare", "diode_laser_cutting", power_w=10, envelope_mm=(400, 400, 20))
FIBRE = machine("fibre", "fibre_laser_cutting", power_w=1000, materials=("metal",), envelope_mm=(1500, 3000, 50))
LASER_WORD = machine("a-laser", "laser_cutting", materials=("plywood", "acrylic"), envelope_mm=(600, 400, 50))
WORKSHOP = machine("workshop", "machining", materials=("aluminium", "steel"), envelope_mm=(400, 300, 300))
MILL = machine(
    "mill", "cnc_milling", materials=("aluminium",), envelope_mm=(400, 300, 200), tools_mm=(6, 3, 1), tolerance_mm=0.02
)
ROUTER = machine(
    "router",
    "cnc_routing",
    materials=("plywood", "acrylic"),
    envelope_mm=(1200, 900, 80),
    thickness_mm={"plywood": (3, 25)},
)
LATHE = machine("lathe", "turning", materials=("steel",), envelope_mm=(200, 200, 500))
IRON = machine("iron", "soldering")
WELDER = machine("welder", "welding", certificates=("EN 1090",))
PLOTTER = machine("plotter", "knife_cutting", materials=("pvc_film", "paper"), envelope_mm=(600, 5000, 2))
PLASMA = machine("plasma", "plasma_cutting", envelope_mm=(1200, 1200, 60))
GUARDED = machine(
    "guarded",
    "cnc_routing",
    materials=("plywood",),
    thickness_mm={"plywood": (3, 25)},
    envelope_mm=(1200, 900, 80),
    training="router licence",
)


@dataclass(frozen=True)
class Question:
    text: str
    need: Requirement
    machine: Machine
    verdict: Verdict
    says: tuple[str, ...] = ()
    changes: tuple[ChangeKind, ...] = ()
    aspects: dict[str, Verdict] = field(default_factory=dict)


def sheet(process: str, material: str | None, mm: float | None, **more: Any) -> Requirement:
    return Requirement(process, material, (100.0, 80.0, mm or 0.0), mm, **more)


QUESTIONS = [
    Question(
        "FDM is needed, the lab has only SLS",
        Requirement("fdm", "nylon", (50, 50, 50)),
        SINTER,
        NO,
        ("fused deposition modelling is needed", "selective laser sintering"),
    ),
    Question("additive work is needed, SLS is additive", Requirement("additive", "nylon", (50, 50, 50)), SINTER, YES),
    Question(
        "CNC milling is needed, the lab says machining",
        Requirement("cnc_milling", "aluminium", (50, 50, 50)),
        WORKSHOP,
        UNKNOWN,
        ("CNC milling is needed", "only machining", "ask the lab"),
        (ChangeKind.ASK,),
    ),
    Question(
        "machining is needed, the lab mills by CNC", Requirement("machining", "aluminium", (50, 50, 50)), MILL, YES
    ),
    Question(
        "turning is needed, the lab mills",
        Requirement("turning", "aluminium", (50, 50, 50)),
        MILL,
        NO,
        ("turning is needed",),
    ),
    Question(
        "a slab on a cube that no face of it fits",
        Requirement("fdm", "pla", **block(400, 400, 100)),
        CUBE_250,
        NO,
        ("400.0 mm on the longest side", "250.0 mm", "574.5 mm from corner to corner, the envelope 433.0 mm"),
        (ChangeKind.SPLIT,),
    ),
    Question(
        "a bar that only stands", Requirement("fdm", "pla", **block(245, 20, 20)), ENDER, YES, (), (ChangeKind.TURN,)
    ),
    Question(
        "a bar that only lies diagonally",
        Requirement("fdm", "pla", **block(245, 20, 20)),
        LOW,
        YES,
        (),
        (ChangeKind.TURN,),
    ),
    Question(
        "a cube that no turn makes smaller",
        Requirement("fdm", "pla", **block(205, 205, 205)),
        LOW,
        NO,
        ("205.0 mm", "200.0 mm", "in no orientation"),
        (ChangeKind.SPLIT,),
    ),
    Question(
        "a box of unknown content may fit turned",
        Requirement("fdm", "pla", (300, 300, 20)),
        CUBE_250,
        UNKNOWN,
        ("may fit turned",),
    ),
    Question(
        "the same box, full",
        Requirement("fdm", "pla", **block(300, 300, 20)),
        CUBE_250,
        UNKNOWN,
        ("none is ruled out",),
    ),
    Question(
        "3 mm aluminium on a CO2 laser of 40 W",
        sheet("laser_cutting", "aluminium", 3),
        K40,
        NO,
        ("40 W does not cut aluminium at all", "1000 W", "a fibre laser cuts it"),
    ),
    Question(
        "3 mm aluminium on a CO2 laser of unknown power",
        sheet("laser_cutting", "aluminium", 3),
        CO2_UNSTATED,
        UNKNOWN,
        ("states no power",),
    ),
    Question(
        "3 mm aluminium on a fibre laser of 1 kW",
        sheet("laser_cutting", "aluminium", 3),
        FIBRE,
        UNKNOWN,
        ("works only metal",),
        (ChangeKind.ASK,),
        {"thickness": YES},
    ),
    Question(
        "8 mm aluminium on a fibre laser of 1 kW",
        sheet("laser_cutting", "aluminium", 8),
        FIBRE,
        NO,
        ("the sheet is 8 mm", "3.0 mm"),
    ),
    Question("3 mm plywood on a fibre laser", sheet("laser_cutting", "plywood", 3), FIBRE, NO, ("chars",)),
    Question(
        "6 mm plywood on 40 W",
        sheet("laser_cutting", "plywood", 6),
        K40,
        UNKNOWN,
        ("4.0 mm", "up to 8.0 mm in several"),
        (),
        {"thickness": UNKNOWN},
    ),
    Question("12 mm plywood on 40 W", sheet("laser_cutting", "plywood", 12), K40, NO, ("the sheet is 12 mm", "4.0 mm")),
    Question("8 mm plywood on 100 W", sheet("laser_cutting", "plywood", 8), CO2_100, YES),
    Question(
        "unknown thickness", sheet("laser_cutting", "plywood", None), CO2_100, UNKNOWN, ("states no sheet thickness",)
    ),
    Question("PVC on a laser", sheet("laser_cutting", "pvc", 3), K40, NO, ("chlorine",)),
    Question("PVC on a laser whose lab lists it", sheet("laser_cutting", "pvc", 3), BRAVE, NO, ("chlorine",)),
    Question("PVC film on 'a laser'", sheet("laser_cutting", "pvc_film", 0.1), LASER_WORD, NO, ("chlorine",)),
    Question("polycarbonate on a CO2 laser", sheet("laser_cutting", "polycarbonate", 3), K40, NO, ("infrared",)),
    Question("thin polycarbonate, and the lab knows how", sheet("laser_cutting", "polycarbonate", 0.5), BRAVE, YES),
    Question("thick polycarbonate there", sheet("laser_cutting", "polycarbonate", 3), BRAVE, NO, ("0.2 to 1 mm",)),
    Question(
        "acrylic on a diode laser: which colour?",
        sheet("laser_cutting", "acrylic", 2),
        DIODE_BARE,
        UNKNOWN,
        ("colour",),
    ),
    Question(
        "a CO2 laser is needed, the lab says laser",
        sheet("co2_laser_cutting", "acrylic", 3),
        LASER_WORD,
        UNKNOWN,
        ("CO2 laser cutting is needed", "only laser cutting"),
    ),
    Question("a laser is needed, the lab has a CO2 laser", sheet("laser_cutting", "acrylic", 3), CO2_100, YES),
    Question(
        "a CO2 laser is needed, a diode laser cuts thin wood too",
        sheet("co2_laser_cutting", "plywood", 3),
        DIODE,
        YES,
        (),
        (ChangeKind.PROCESS,),
    ),
    Question(
        "a CO2 laser is needed for acrylic: a diode laser is no substitute",
        sheet("co2_laser_cutting", "acrylic", 3),
        DIODE,
        NO,
        ("CO2 laser cutting is needed",),
    ),
    Question(
        "a laser is needed, a router might do",
        sheet("laser_cutting", "plywood", 4),
        ROUTER,
        UNKNOWN,
        ("inner corners", "ask whether"),
    ),
    Question(
        "routing is needed, a laser is no substitute",
        sheet("cnc_routing", "plywood", 4),
        CO2_100,
        NO,
        ("CNC routing is needed",),
    ),
    Question(
        "a drag knife is needed for paper, a CO2 laser cuts it",
        sheet("knife_cutting", "paper", 0.3),
        machine(
            "co2",
            "co2_laser_cutting",
            materials=("paper",),
            thickness_mm={"paper": (0.1, 2)},
            envelope_mm=(600, 400, 50),
        ),
        YES,
        (),
        (ChangeKind.PROCESS,),
    ),
    Question(
        "a drag knife is needed for vinyl, a CO2 laser must not",
        sheet("knife_cutting", "pvc_film", 0.1),
        K40,
        NO,
        ("knife cutting is needed",),
    ),
    Question("plywood on a drag knife", sheet("knife_cutting", "plywood", 3), PLOTTER, NO, ("plywood is needed",)),
    Question("soldering for welding", Requirement("welding", "steel"), IRON, NO, ("welding is needed", "soldering")),
    Question("welding of PLA", Requirement("welding", "pla"), WELDER, NO, ("welding works only metal",)),
    Question(
        "TIG welding is needed, the lab says welding",
        Requirement("tig_welding", "steel"),
        WELDER,
        UNKNOWN,
        ("ask the lab",),
    ),
    Question("a certificate that is stated", Requirement("welding", "steel", certificates=("en 1090",)), WELDER, YES),
    Question(
        "a certificate that is not stated",
        Requirement("welding", "steel", certificates=("ISO 3834",)),
        WELDER,
        UNKNOWN,
        ("ISO 3834",),
    ),
    Question("plasma does not cut wood", sheet("plasma_cutting", "plywood", 3), PLASMA, NO, ("works only metal",)),
    Question(
        "a wall of 0.3 mm on a nozzle of 0.4 mm",
        Requirement("fdm", "pla", (50, 50, 50), feature_mm=0.3),
        CUBE_250,
        NO,
        ("0.3 mm", "0.4 mm"),
        (ChangeKind.TOOL,),
    ),
    Question(
        "a wall of 0.3 mm with a nozzle of 0.25 mm at hand",
        Requirement("fdm", "pla", (50, 50, 50), feature_mm=0.3),
        ENDER,
        YES,
        (),
        (ChangeKind.TOOL,),
    ),
    Question(
        "a wall of 0.3 mm on an unknown nozzle",
        Requirement("fdm", "pla", (50, 50, 50), feature_mm=0.3),
        LOW,
        UNKNOWN,
        ("states no nozzle",),
    ),
    Question(
        "a slot of 2 mm with a tool of 1 mm at hand",
        Requirement("cnc_milling", "aluminium", (50, 50, 50), feature_mm=2),
        MILL,
        YES,
        (),
        (ChangeKind.TOOL,),
    ),
    Question(
        "a slot of 0.5 mm", Requirement("cnc_milling", "aluminium", (50, 50, 50), feature_mm=0.5), MILL, NO, ("1 mm",)
    ),
    Question(
        "±0.01 mm on a mill that holds ±0.02 mm",
        Requirement("cnc_milling", "aluminium", (50, 50, 50), tolerance_mm=0.01),
        MILL,
        NO,
        ("±0.01 mm is needed", "±0.02 mm"),
    ),
    Question(
        "±0.1 mm on a workshop that states none",
        Requirement("machining", "steel", (50, 50, 50), tolerance_mm=0.1),
        WORKSHOP,
        UNKNOWN,
        ("states no tolerance",),
    ),
    Question(
        "another material that the design allows",
        Requirement("fdm", "abs", (50, 50, 50), alternatives=("asa", "petg")),
        ENDER,
        YES,
        (),
        (ChangeKind.MATERIAL,),
    ),
    Question(
        "no material that the design allows",
        Requirement("fdm", "abs", (50, 50, 50), alternatives=("asa",)),
        ENDER,
        NO,
        ("ABS is needed",),
    ),
    Question(
        "a resin printer for a part of PLA",
        Requirement("additive", "pla", (50, 50, 50)),
        RESIN,
        NO,
        ("starts from resin", "PLA comes as filament"),
    ),
    Question(
        "the same when the lab lists no materials",
        Requirement("additive", "pla", (50, 50, 50)),
        RESIN_UNSTATED,
        NO,
        ("starts from resin",),
    ),
    Question(
        "SLA is needed, MSLA cures the same resins",
        Requirement("sla", "resin", (50, 50, 50)),
        RESIN,
        YES,
        (),
        (ChangeKind.PROCESS,),
    ),
    Question(
        "SLS is needed, MJF looks different",
        Requirement("sls", "nylon", (50, 50, 50)),
        FUSION,
        UNKNOWN,
        ("colour and surface",),
    ),
    Question(
        "polycarbonate on a nozzle of 240 °C",
        Requirement("fdm", "polycarbonate", (50, 50, 50)),
        OLD_HOT_END,
        NO,
        ("255 °C", "240 °C"),
    ),
    Question(
        "ABS on a nozzle of 240 °C, materials not listed",
        Requirement("fdm", "abs", (50, 50, 50)),
        OLD_HOT_END,
        UNKNOWN,
        ("states no materials",),
    ),
    Question("any plastic is needed, PLA is one", Requirement("fdm", "plastic", (50, 50, 50)), ENDER, YES),
    Question(
        "stainless steel is needed, the lab says steel",
        Requirement("turning", "stainless_steel", (50, 50, 50)),
        LATHE,
        UNKNOWN,
        ("stainless steel is needed", "only steel"),
    ),
    Question("steel is needed, a resin word is no metal", Requirement("turning", "resin", (50, 50, 50)), LATHE, NO),
    Question(
        "the operator is not trained",
        sheet("cnc_routing", "plywood", 5, skills=("sewing",)),
        GUARDED,
        NO,
        ("router licence",),
    ),
    Question("the operator is trained", sheet("cnc_routing", "plywood", 5, skills=("Router licence",)), GUARDED, YES),
    Question(
        "a drawing has no height to print",
        Requirement("fdm", "pla", (50, 50, 0)),
        ENDER,
        UNKNOWN,
        ("its height is not known",),
        (ChangeKind.ASK,),
    ),
    Question(
        "a disc that only leaning would lie in the lathe's box",
        Requirement("turning", "steel", **block(210, 210, 10)),
        LATHE,
        NO,
        ("210.0 mm", "200.0 mm", "only right angles"),
    ),
    Question("a shaft that is as long as the lathe", Requirement("turning", "steel", (20, 20, 490)), LATHE, YES),
    Question("a shaft modelled lying down", Requirement("turning", "steel", (490, 20, 20)), LATHE, YES),
    Question(
        "a shaft longer than the lathe, which its diagonal would hold",
        Requirement("turning", "steel", **block(520, 10, 10)),
        LATHE,
        NO,
        ("520.0 mm",),
    ),
    Question(
        "a laser that cuts engraves",
        Requirement("laser_engraving", "acrylic", (100, 80, 3)),
        CO2_100,
        YES,
        (),
        (ChangeKind.PROCESS,),
    ),
    Question(
        "a laser that engraves does not cut",
        sheet("laser_cutting", "acrylic", 3),
        machine("marker", "laser_engraving", materials=("acrylic",), envelope_mm=(200, 200, 50)),
        NO,
        ("laser cutting is needed",),
    ),
    Question("PVC is engraved no more than cut", Requirement("laser_engraving", "pvc", (100, 80, 3)), BRAVE, NO),
    Question(
        "a knife is no saw",
        sheet("sheet_cutting", "mdf", 12),
        machine("bare-plotter", "knife_cutting"),
        NO,
        ("knife cutting works only", "MDF is needed"),
    ),
    Question(
        "a knife cuts felt, how thick it does not say",
        sheet("knife_cutting", "felt", 3),
        machine("bare-plotter", "knife_cutting", envelope_mm=(600, 5000, 5)),
        UNKNOWN,
        ("states no thickness", "states no materials"),
    ),
    Question(
        "filled nylon is nylon, but not every nylon printer takes fibres",
        Requirement("fdm", "nylon_cf", (50, 50, 50)),
        machine("plain", "fdm", materials=("nylon",), envelope_mm=(200, 200, 200)),
        UNKNOWN,
        ("works only nylon",),
        (ChangeKind.ASK,),
    ),
    Question(
        "nylon is needed, filled nylon is one",
        Requirement("fdm", "nylon", (50, 50, 50)),
        machine("filled", "fdm", materials=("nylon_cf",), envelope_mm=(200, 200, 200)),
        YES,
    ),
    Question(
        "PEEK on a good printer",
        Requirement("fdm", "peek", (50, 50, 50)),
        machine("good", "fdm", envelope_mm=(250, 210, 210), limits=MachineLimits(nozzle_c=300)),
        NO,
        ("360 °C", "300 °C"),
    ),
    Question(
        "a strip longer than the sheet's bed lies diagonally",
        Requirement("laser_cutting", "plywood", (1000, 20, 4), 4.0),
        CO2_100,
        YES,
        (),
        (ChangeKind.TURN,),
    ),
    Question(
        "a cube of a millimetre more",
        Requirement("fdm", "pla", **block(251, 251, 251)),
        CUBE_250,
        NO,
        ("251.0 mm", "434.7 mm from corner to corner, the envelope 433.0 mm"),
        (ChangeKind.SPLIT,),
    ),
    Question(
        "a sheet thicker than the gantry is high",
        sheet("cnc_routing", "plywood", 20),
        machine("flat", "cnc_routing", thickness_mm={"plywood": (3, 25)}, envelope_mm=(300, 180, 15)),
        NO,
        ("20.0 mm thick, the envelope is 15.0 mm high",),
    ),
    Question(
        "sawing steel on a wood saw",
        Requirement("sawing", "steel", (20, 20, 300)),
        machine("saw", "sawing", materials=("wood",), envelope_mm=(300, 300, 3000)),
        NO,
        ("steel is needed", "works wood"),
    ),
    Question(
        "welding is needed, the lab welds by TIG",
        Requirement("welding", "aluminium"),
        machine("tig", "tig_welding"),
        YES,
    ),
    Question("soldering is no TIG welding", Requirement("tig_welding", "steel"), IRON, NO),
    Question(
        "what the envelope does not hold though the tool reaches it",
        Requirement("fdm", "pla", (254, 209, 209)),
        machine("wide", "fdm", materials=("pla",), envelope_mm=(250, 210, 210), reach_mm={"x": (0.0, 255.0)}),
        UNKNOWN,
        ("254.0 mm", "nothing is made outside the envelope"),
    ),
    Question("assembly on a printer", Requirement("assembly"), ENDER, NO),
    Question(
        "one material is too thick, the other is not",
        sheet("laser_cutting", "mdf", 4, alternatives=("plywood",)),
        machine(
            "two", "co2_laser_cutting", thickness_mm={"mdf": (1, 3), "plywood": (1, 6)}, envelope_mm=(600, 400, 50)
        ),
        YES,
        ("plywood",),
        (ChangeKind.MATERIAL,),
    ),
    Question("the lab finds an operator", sheet("cnc_routing", "plywood", 5), GUARDED, YES),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=[each.text for each in QUESTIONS])
def test_a_trick_question(question: Question) -> None:
    answer = match(question.need, question.machine)
    assert answer.verdict is question.verdict, answer.reasons
    for words in question.says:
        assert words in answer.text
    kinds = [change.kind for change in answer.changes]
    for kind in question.changes:
        assert kind in kinds, answer.changes
    for aspect, verdict in question.aspects.items():
        assert next(each.verdict for each in answer.reasons if each.aspect == aspect) is verdict


def test_the_questions_are_many_and_of_all_three_answers() -> None:
    assert len(QUESTIONS) >= 50
    for verdict in Verdict:
        assert sum(each.verdict is verdict for each in QUESTIONS) >= 12


def slab_answer() -> tuple[Requirement, Match]:
    need = Requirement("fdm", "pla", **block(400, 400, 100))
    return need, match(need, CUBE_250)


def test_the_slab_is_split_or_sent_to_a_larger_printer() -> None:
    need, answer = slab_answer()
    (split,) = answer.changes
    assert split.text == "split it into 4 pieces of 200 x 200 x 100 mm"
    assert match(need, BIG).verdict is not YES
    assert elsewhere(CUBE_250, []) is None
    assert largest(need, [CUBE_250, BIG, RESIN, ROUTER]) is BIG  # the largest open printer has 300 mm
    assert largest(need, [RESIN, ROUTER]) is None
    assert match(need, HUGE).verdict is YES
    other = elsewhere(CUBE_250, [HUGE])
    assert other is not None
    assert other.text == "huge in the lab south takes it"


def test_a_machine_of_the_same_lab_is_nearer() -> None:
    far = machine("a-far", "fdm", lab="far")
    here = machine("z-here", "fdm")
    found = elsewhere(CUBE_250, [far, BIG, here])
    assert found is not None
    assert found.text == "z-here in this lab takes it"


def test_what_is_turned_says_how() -> None:
    need = Requirement("fdm", "pla", **block(245, 20, 20))
    assert match(need, ENDER).changes[0].text == "turn it: it fits with its x axis upright"
    assert "degrees about z" in match(need, LOW).changes[0].text


def test_a_change_is_offered_only_when_it_suffices() -> None:
    need = Requirement("fdm", "abs", **block(400, 400, 100))
    assert match(need, CUBE_250).changes == ()  # split or not, the material is wrong


def test_pieces_of_a_plate_are_counted() -> None:
    need = Requirement("fdm", "pla", (50, 50, 20), quantity=30)
    reason = next(each for each in match(need, ENDER).reasons if each.aspect == "quantity")
    assert reason.text == "16 at once in 2 runs for 30 pieces"


def test_margins_are_kept_free() -> None:
    tight = machine("tight", "fdm", materials=("pla",), envelope_mm=(220, 220, 250), margin_mm=5)
    assert match(Requirement("fdm", "pla", **block(215, 215, 215)), tight).verdict is NO
    assert match(Requirement("fdm", "pla", **block(210, 210, 10)), tight).verdict is YES


def test_a_sheet_modelled_upright_lies_on_the_machine() -> None:
    standing = Requirement("laser_cutting", "plywood", (300, 4, 200), 4.0)
    assert match(standing, CO2_100).verdict is YES
    strip = Requirement("laser_cutting", "plywood", (100, 5, 8), 8.0)  # narrower than the sheet is thick
    assert match(strip, CO2_100).verdict is YES
    long = match(Requirement("laser_cutting", "plywood", (1200, 20, 4), 4.0), CO2_100)
    assert long.verdict is NO
    assert [each.kind for each in long.changes] == [ChangeKind.SPLIT]
