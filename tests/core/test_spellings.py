"""How makers write processes and materials in six languages: each spelling leads to its one word."""

from __future__ import annotations

import unicodedata

import pytest

from core.trees import Tree, materials, processes

# fmt: off
WORK = {
    "fdm": "FFF; 3D printed (FDM); fused filament; Fused Deposition Modeling (FDM); FDM/FFF; impresión 3D FDM",
    "sla": "stereolithography; SLA printing; SLA 3D printing; stéréolithographie",
    "msla": "LCD SLA",
    "sls": "SLS printing; selective laser sintering; laser sintering",
    "mjf": "HP MJF; Multi Jet Fusion",
    "dmls": "selective laser melting; LPBF; laser powder bed fusion; metal 3D printing; DMLM",
    "vat_photopolymerization": "resin print; resin printing; resin 3D print; impresión en resina; impression résine",
    "binder_jetting": "binder jet",
    "laser_cutting": "laser cut; Laser-cut; lasercut; laser cutter; découpe au laser; découpé au laser",
    "co2_laser_cutting": "CO2 laser cutter; CO₂ laser; CO2-Laser; CO2 laser cut",
    "fibre_laser_cutting": "fiber laser cutter; fibre laser cutter",
    "diode_laser_cutting": "diode laser cutter",
    "laser_engraving": "laser engraver; laser engrave; laser etching; laser etched; Lasergravur; laser marking",
    "cnc_milling": "CNC; CNC milled; CNC mill; CNC-milling; CNC gefräst; CNC-gefräst; fraisé CNC; fresado por CNC",
    "machining": "machined; CNC machined; CNC-machining; usinage CNC; mecanizado CNC; mecanizado; lavorazione CNC",
    "milling": "milled; gefräst; fraisé; fresado; fresato; fresagem",
    "cnc_routing": "CNC router; CNC routed; router CNC",
    "turning": "lathe; turned; lathe turned; gedreht; tourné; torneado; tornito; Drehteil",
    "cnc_turning": "CNC lathe; CNC turned; CNC-Drehmaschine; torno CNC",
    "drilling": "drill; drill press; drilled; gebohrt; percé; perçage; taladrado; forato",
    "threading": "tapped; tapping; thread tapping; Gewinde schneiden",
    "grinding": "grinder; bench grinder; angle grinder; belt sander; sander; sanding; Bandschleifer",
    "sawing": "saw; sawn; cut with a saw; band saw; miter saw; mitre saw; chop saw; hacksaw",
    "wire_edm": "wire-EDM; WEDM; wire erosion; wire electrical discharge machining; Drahterosion; EDM wire cutting",
    "plasma_cutting": "plasma cut; plasma cutter; CNC plasma; découpe au plasma; plasmageschnitten",
    "waterjet_cutting": "water jet; waterjet; water-jet cutting; abrasive waterjet; Wasserstrahl; découpe au jet d'eau",
    "knife_cutting": "vinyl cutter; vinyl cutting; drag knife; knife cutter; Folienplotter; Schneidplotter",
    "shearing": "guillotine shear; punching; punched; die cutting; Schlagschere",
    "bending": "bent; sheet metal bending; press brake; gebogen; gekantet; plié; plegado; piegato",
    "thermoforming": "vacuum forming; vacuum formed; thermoformed; vacuum former; Vakuumformen",
    "casting": "resin casting; gegossen; colada; sand casting; lost wax casting; investment casting; die casting",
    "injection_moulding": "injection molded; injection moulded; injection-molded; Spritzguss; moulage par injection",
    "welding": "welded; weld; geschweißt; soudé; soudure; saldato; arc welding",
    "mig_welding": "MIG; MIG welded; MIG/MAG; GMAW; MIG/MAG welding; MIG-Schweißen; MIG welder",
    "tig_welding": "TIG; TIG welded; WIG; GTAW; TIG-Schweißen; WIG-Schweißen; TIG welder; soudure TIG",
    "soldering": "soldered; soldering iron; gelötet; Lötstation; Lötkolben; soldadura de estaño; saldatore",
    "brazing": "brazed; silver soldering",
    "gluing": "glue; glued; bonded; geklebt; collé; pegado; incollato",
    "sewing": "sewn; sewing machine; genäht; cousu; cosido; cucito; costurado; overlock",
    "pcb_fabrication": "PCB; PCB manufacturing; printed circuit board; Leiterplatte; circuit imprimé",
    "pcb_milling": "PCB mill; isolation milling; isolation routing",
    "pcb_assembly": "PCBA; SMD assembly; pick and place; SMD soldering; reflow soldering",
    "cable_assembly": "cable; wiring; cable harness; wiring harness; câblage; cableado; cablaggio",
    "crimping": "crimped",
    "assembly": "assembled; assemble; Montage; montage; montaje; montaggio; montagem; manual assembly",
    "riveting": "riveted",
    "painting": "painted; lackiert; peint; pintado; spray painting; spray painted; verniciato; lacquered",
    "powder_coating": "powder coated; powder-coat; pulverbeschichtet; thermolaqué",
    "anodizing": "anodized; anodised; anodising; eloxiert; anodisé; anodizado; anodizzato",
    "plating": "electroplated",
    "annealing": "annealed; stress relieving",
    "hardening": "hardened; gehärtet; quenching; quenched",
    "composite_layup": "lay-up; fibreglass layup; hand lay-up",
    "inspection": "inspect; quality control",
    "packing": "packaging",
    "polishing": "polished; poliert; pulido",
    "deburring": "deburr; deburred; entgratet; ébavuré",
    "manual_cutting": "hand cut; cut by hand",
    "hot_wire_cutting": "foam cutting; hot wire foam cutting",
    "surface_printing": "screen printing; UV printing",
    "firing": "kiln firing",
    "forging": "forged; blacksmithing",
    "blasting": "sandblasting; sandblasted; bead blasted",
    "additive": "3D-printed; 3D gedruckt; imprimé en 3D; impreso en 3D; impresso em 3D; stampato in 3D",
    "embroidery": "Stickmaschine; broderie; bordado; ricamo; embroidery machine",
}

STUFF = {
    "pla": "PLA+; Poly Lactic Acid; PLA plastic; PLA filament; PLA Plus; PLA Pro; tough PLA; matte PLA",
    "petg": "PET-G; PET G; PETG filament; glycol-modified PET",
    "petg_cf": "PETG-CF; carbon fiber PETG; CF-PETG; PETG carbon",
    "pla_cf": "PLA-CF; carbon fiber PLA",
    "abs": "ABS plastic; ABS+; Acrylonitrile butadiene styrene",
    "asa": "ASA filament",
    "tpu": "TPU 95A; TPU95A; TPE; flex filament; flexible filament; TPU filament; Ninjaflex; TPU 98A",
    "nylon": "PA6; PA 6; PA12; PA 12; PA66; PA6.6; PA11; polyamide",
    "nylon_cf": "PA-CF; PA6-CF; PAHT-CF; carbon fiber nylon; CF nylon",
    "nylon_gf": "PA-GF; PA6-GF; glass filled nylon; glass fiber nylon",
    "polycarbonate": "Polycarbonat; policarbonato; Lexan; Makrolon; PC filament",
    "acrylic": "acrylic sheet; PMMA; Plexiglas; plexi; plexiglass; Perspex; metacrilato; plexiglás",
    "pom": "Delrin; acetal; POM-C; acetal copolymer; POM-H",
    "hdpe": "PE-HD; high-density polyethylene; PEHD; HDPE sheet",
    "polypropylene": "Polypropylen; PP filament; polypropylène; polipropileno",
    "pvc": "uPVC; rigid PVC",
    "ptfe": "Teflon",
    "pei": "ULTEM; Ultem 9085",
    "resin": "photopolymer resin; UV resin; standard resin; SLA resin; résine; Harz; grey resin; clear resin",
    "tough_resin": "ABS-like resin; engineering resin",
    "epoxy": "epoxy resin; Epoxidharz; époxy",
    "plywood": "ply; birch ply; birch plywood; Baltic birch; Sperrholz; Birkensperrholz; contreplaqué; contrachapado",
    "mdf": "MDF board; medium-density fibreboard; MDF panel; tablero DM",
    "hardboard": "HDF; Hartfaser",
    "particle_board": "chipboard; Spanplatte",
    "solid_wood": "oak; pine; beech; timber; lumber; Fichte; Buche; Eiche",
    "wood": "wooden; Holz; bois; madera; madeira; legno",
    "cork": "Kork; liège; corcho",
    "cardboard": "corrugated cardboard; carton; cartón; Pappe; Wellpappe; cartone; greyboard",
    "paper": "Papier; papel; papier; carta",
    "aluminium": "aluminum; Alu; aluminio; aluminium sheet; Aluminiumblech; alluminio; alumínio; aluminum sheet",
    "aluminium_6061": "6061; 6061-T6; 6061/6061-T6; Al6061-T6; aluminium 6061-T6; aluminum 6061-T6",
    "aluminium_6082": "6082; 6082-T6; EN AW 6082; AlSi1MgMn; Al6082-T6",
    "aluminium_5083": "5083; EN AW 5083",
    "aluminium_5754": "5754; AlMg3",
    "aluminium_7075": "7075; 7075-T6; Al7075; 7075-T651",
    "aluminium_2024": "2024-T3; AlCu4Mg1",
    "steel": "carbon steel; acier; acero; Stahl; acciaio; aço; steel sheet; Stahlblech",
    "mild_steel": "S235; S235JR; St37; S275; low carbon steel; 1.0038; St 37; Q235",
    "stainless_steel": "stainless; inox; Edelstahl; acier inox; acero inox; acciaio inox; rostfreier Stahl; INOX",
    "stainless_304": "SS304; 304 stainless; AISI 304; 1.4301; AISI304; SUS304; V2A",
    "stainless_316": "SS316; 316L; 1.4404; AISI 316L; V4A; SUS316",
    "spring_steel": "Federstahl; piano wire; music wire",
    "tool_steel": "silver steel; O1 tool steel",
    "galvanized_steel": "galvanised; zinc plated steel; galvanized",
    "brass": "Messing; laiton; latón; ottone; latão; Ms58; CuZn39Pb3; CZ121",
    "bronze": "bronce; bronzo; phosphor bronze",
    "copper": "Kupfer; cuivre; cobre; rame",
    "titanium": "Ti-6Al-4V; Titan; grade 5 titanium; grade 2 titanium",
    "fr4": "FR-4; FR 4; glass epoxy; copper clad FR4; G10/FR4",
    "fr1": "FR-1; FR2; phenolic paper",
    "carbon_fibre": "carbon fiber; CFRP; CFK; fibra de carbono; carbon fiber tube; fibre de carbone",
    "glass_fibre": "fiberglass; fibreglass; GFRP; GFK; fibra de vidrio; glass fiber",
    "cotton": "Baumwolle; coton; algodón",
    "leather": "Leder; cuir; cuero; couro; cuoio; vegetable tanned leather; veg tan leather",
    "felt": "Filz; feutre; fieltro; wool felt",
    "nylon_fabric": "ripstop nylon; cordura",
    "silicone": "silicone rubber; Silikon; silicona; silicone sheet",
    "rubber": "Gummi; caoutchouc; NBR; EPDM; gomma; nitrile rubber",
    "neoprene": "Neopren",
    "eva_foam": "EVA",
    "polystyrene_foam": "XPS; EPS; styrofoam; Styropor; styrofoam board; expanded polystyrene; Styrodur",
    "polyurethane_foam": "PU foam; PU-Schaum",
    "polyester_film": "mylar; PET film",
    "pvc_film": "vinyl; self-adhesive vinyl",
    "dibond": "alupanel",
    "glass": "verre; vidrio; vetro; float glass; tempered glass; Borosilicate glass",
    "ceramic": "clay; Keramik",
    "stone": "granite; marble; slate",
    "concrete": "Beton; béton; hormigón",
    "plaster": "gypsum; Gips; plaster of Paris",
    "wax": "beeswax",
    "balsa": "balsa wood",
    "uhmw_pe": "UHMW; UHMWPE; UHMW-PE",
    "polyethylene": "polyethylen; polyéthylène; polietileno",
    "aluminium_6063": "6063; 6063-T5; Al6063",
}
# fmt: on


@pytest.mark.parametrize(("tree", "table"), [(processes(), WORK), (materials(), STUFF)], ids=["work", "stuff"])
def test_every_spelling_leads_to_its_word(tree: Tree, table: dict[str, str]) -> None:
    wrong = {
        spelling: found.id if (found := tree.find(spelling)) else None
        for node_id, spellings in table.items()
        for spelling in spellings.split("; ")
        if tree.find(spelling) is not tree[node_id]
    }
    assert wrong == {}


def test_there_are_many_of_them() -> None:
    assert sum(len(each.split("; ")) for each in (*WORK.values(), *STUFF.values())) >= 400


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("decoupe laser", "laser_cutting"),
        ("impresion 3D", "additive"),
        ("Fraesen", "milling"),
        ("frasen", "milling"),
        ("CO₂ laser", "co2_laser_cutting"),
        ("schweissen", "welding"),
        ("soldadura electrica", "welding"),
    ],
)
def test_a_keyboard_without_accents_is_understood(typed: str, meant: str) -> None:
    assert processes().require(typed, where="here").id == meant


@pytest.mark.parametrize("tree", [processes(), materials()], ids=["processes", "materials"])
def test_without_its_accents_a_spelling_is_never_another_word(tree: Tree) -> None:
    for node in tree:
        for spelling in node.aliases:
            bare = "".join(each for each in unicodedata.normalize("NFD", spelling) if not unicodedata.combining(each))
            assert tree.find(bare) in (node, None), spelling


@pytest.mark.parametrize("typed", ["laser cut plywood", "3D", "steel screws", "PC", "the 6061 alloy", "", "bent twice"])
def test_what_is_no_spelling_is_no_match(typed: str) -> None:
    assert processes().find(typed) is None
    assert materials().find(typed) is None


def test_grades_and_filled_plastics_stand_below_what_they_are() -> None:
    for grade, family in (
        ("PETG-CF", "petg"),
        ("PLA-CF", "pla"),
        ("6061/6061-T6", "aluminium"),
        ("LDPE", "polyethylene"),
        ("HDPE", "polyethylene"),
    ):
        assert materials().is_a(materials().require(grade, where="here").id, family), grade
