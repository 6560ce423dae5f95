"""CuraEngine as the second slicer: the same settings in its words, where its program and its definitions are installed.

CuraEngine takes the meaning of its settings from `fdmprinter.def.json`, which comes with the program Cura, and works
out no setting from another (Cura does that): what depends on another setting is stated here. Its header's time is no
figure; the last `;TIME_ELAPSED:` is.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from core.errors import InputError, MissingToolError
from core.hashes import sha256_of_file
from machines.toolpaths.prusa import LIMITS
from machines.toolpaths.sandbox import check_sandbox, find_tool, run_sandboxed
from machines.toolpaths.settings import bed_area, bed_height_mm, checked_settings, number
from machines.toolpaths.slicer import Slicer

__all__ = ["cura_engine", "cura_settings"]

_DEFINITIONS = ("fdmprinter.def.json", "fdmextruder.def.json")
_PLACES = ("/usr/share/cura/resources/definitions", "/usr/local/share/cura/resources/definitions")
_VERSION = re.compile(r"version ([0-9][\w.]*)")
_OUTPUT = "plate.gcode"
_END = "\n".join(("M104 S0", "M140 S0", "M107", "G91", "G1 E-2 F2100", "G1 Z2 F600", "G90", "G28 X0 Y0", "M84"))
_PATTERNS = {"rectilinear": ("lines", 1), "grid": ("grid", 2), "triangles": ("triangles", 3), "cubic": ("cubic", 3),
             "gyroid": ("gyroid", 1)}  # fmt: skip  # Cura's word, and how many directions share the density


def cura_engine(definitions: Path | None = None) -> Slicer:
    """The installed CuraEngine.

    Args:
        definitions: the folder with `fdmprinter.def.json`; by default `FABCOMMONS_CURA_DEFINITIONS`, else where the
            program Cura puts it.

    Raises:
        MissingToolError: program or definitions are not installed, or no sandbox can be made.
    """
    check_sandbox()
    program = find_tool("CuraEngine", "cura-engine")
    stated = definitions or os.environ.get("FABCOMMONS_CURA_DEFINITIONS")
    places = [Path(stated)] if stated else [Path(place) for place in _PLACES]
    folder = next((place for place in places if all((place / name).is_file() for name in _DEFINITIONS)), None)
    if folder is None:
        what = "CuraEngine is installed, but not the definitions of its settings (fdmprinter.def.json)"
        raise MissingToolError(what, hint="apt-get install cura")
    version = f"{_version(program)} with definitions {sha256_of_file(folder / _DEFINITIONS[0])[:8]}"

    def run(slicer: Slicer, meshes: Mapping[str, bytes], ini: str) -> bytes:
        return _slice(slicer, folder, meshes, ini)

    return Slicer("CuraEngine", version, program, run)


@lru_cache(maxsize=4)
def _version(program: str) -> str:
    try:
        done = subprocess.run([program, "help"], capture_output=True, timeout=30, check=False, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingToolError("CuraEngine does not start", where=program, hint="install it again") from error
    found = _VERSION.search(done.stdout + done.stderr)
    if found is None:
        raise MissingToolError("CuraEngine does not say its version", where=program, hint="install it again")
    return found[1]


def _slice(slicer: Slicer, folder: Path, meshes: Mapping[str, bytes], ini: str) -> bytes:
    """The G-code of a plate; see `Slicer.slice`."""
    stated = [word for key, value in cura_settings(checked_settings(ini)).items() for word in ("-s", f"{key}={value}")]
    loaded = [word for name in meshes for word in ("-l", f"/in/{name}")]
    command = [
        slicer.program, "slice", "-v", "-j", f"/in/{_DEFINITIONS[0]}", *stated, "-e0", *stated,
        "-o", f"/out/{_OUTPUT}", *loaded,
    ]  # fmt: skip
    inputs: dict[str, bytes | Path] = {name: folder / name for name in _DEFINITIONS}
    done = run_sandboxed(command, inputs | dict(meshes), outputs=(_OUTPUT,), limits=LIMITS)
    gcode = done.files.get(_OUTPUT)
    if done.status != 0 or not gcode:
        said = [line.strip() for line in done.log.splitlines() if "error" in line.lower()]
        why = said[-1] if said else f"it ended with status {done.status}"
        raise InputError(f"CuraEngine cannot slice it: {why[:300]}", hint="check the mesh, or choose a larger machine")
    return b"".join(line for line in gcode.splitlines(keepends=True) if not line.startswith(b";SETTING_"))


def cura_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """CuraEngine's settings from PrusaSlicer's.

    Raises:
        InputError: the bed does not begin at 0, 0, or a setting has no counterpart.
    """
    parts = (_machine(settings), _lines(settings), _infill(settings), _speeds(settings), _accelerations(settings),
             _material(settings), _cooling(settings), _around(settings))  # fmt: skip
    return {key: value if isinstance(value, str) else f"{value:g}" for part in parts for key, value in part.items()}


_Settings = dict[str, str | float]


def _machine(settings: Mapping[str, str]) -> _Settings:
    bed = bed_area(settings)
    if (bed.x_mm, bed.y_mm) != (0.0, 0.0):
        raise InputError("the second slicer takes beds only that begin at 0, 0", where="bed_shape")
    return {
        "machine_width": bed.width_mm,
        "machine_depth": bed.depth_mm,
        "machine_height": bed_height_mm(settings),
        "machine_center_is_zero": "false",
        "center_object": "false",
        "mesh_position_x": -bed.width_mm / 2,  # it puts a mesh's origin into the middle of the bed
        "mesh_position_y": -bed.depth_mm / 2,
        "machine_heated_bed": "true",
        "machine_gcode_flavor": "RepRap (Marlin/Sprinter)",
        "machine_nozzle_size": number(settings, "nozzle_diameter", 0.4),
        "material_print_temp_prepend": "false",
        "material_bed_temp_prepend": "false",
        "machine_start_gcode": _start(settings),
        "machine_end_gcode": _END,
        "prime_blob_enable": "false",
        "relative_extrusion": "false",
    }


def _start(settings: Mapping[str, str]) -> str:
    """Heat, home, begin; PrusaSlicer's own start holds expressions that only PrusaSlicer works out."""
    nozzle_c, bed_c = number(settings, "temperature", 0.0), number(settings, "bed_temperature", 0.0)
    nozzle_c = number(settings, "first_layer_temperature", nozzle_c)
    bed_c = number(settings, "first_layer_bed_temperature", bed_c)
    heat = (f"M140 S{bed_c:g}", f"M104 S{nozzle_c:g}", "G28", f"M190 S{bed_c:g}", f"M109 S{nozzle_c:g}")
    return "\n".join(("G90", "M82", *heat, "G92 E0", "G1 Z5 F600"))


def _lines(settings: Mapping[str, str]) -> _Settings:
    width = number(settings, "extrusion_width", 0.45)
    solid = number(settings, "solid_infill_extrusion_width", width)
    layers_below = number(settings, "bottom_solid_layers", 4)
    return {
        "layer_height": number(settings, "layer_height", 0.2),
        "layer_height_0": number(settings, "first_layer_height", 0.2),
        "line_width": width,
        "wall_line_width": width,
        "wall_line_width_0": number(settings, "external_perimeter_extrusion_width", width),
        "wall_line_width_x": number(settings, "perimeter_extrusion_width", width),
        "skin_line_width": solid,
        "roofing_line_width": number(settings, "top_infill_extrusion_width", solid),
        "infill_line_width": number(settings, "infill_extrusion_width", width),
        "skirt_brim_line_width": number(settings, "first_layer_extrusion_width", width),
        "support_line_width": number(settings, "support_material_extrusion_width", width),
        "wall_line_count": number(settings, "perimeters", 2),
        "top_layers": number(settings, "top_solid_layers", 4),
        "bottom_layers": layers_below,
        "initial_bottom_layers": layers_below,
        "wall_0_wipe_dist": 0,
    }


def _infill(settings: Mapping[str, str]) -> _Settings:
    written = settings.get("fill_pattern", "grid")
    if written not in _PATTERNS:
        raise InputError(f"the second slicer does not know the pattern {written[:40]!r}", where="fill_pattern")
    pattern, directions = _PATTERNS[written]
    density = number(settings, "fill_density", 15.0)
    width = number(settings, "infill_extrusion_width", 0.45)
    return {
        "infill_pattern": pattern,
        "infill_sparse_density": density,
        "infill_line_distance": directions * width * 100 / density if density else 0,
        "infill_sparse_thickness": number(settings, "layer_height", 0.2),
        "infill_overlap_mm": 0.25 * width,
        "skin_overlap_mm": 0.1 * width,
        "infill_before_walls": "false",
        "gradual_infill_steps": 0,
    }


def _speeds(settings: Mapping[str, str]) -> _Settings:
    names = {
        "speed_print": "infill_speed", "speed_infill": "infill_speed", "speed_wall": "perimeter_speed",
        "speed_wall_0": "external_perimeter_speed", "speed_wall_x": "perimeter_speed",
        "speed_topbottom": "solid_infill_speed", "speed_roofing": "top_solid_infill_speed",
        "speed_support": "support_material_speed", "speed_support_infill": "support_material_speed",
        "speed_support_interface": "support_material_interface_speed",
        "speed_support_roof": "support_material_interface_speed",
        "speed_support_bottom": "support_material_interface_speed", "speed_travel": "travel_speed",
        "speed_layer_0": "first_layer_speed", "speed_print_layer_0": "first_layer_speed",
        "speed_travel_layer_0": "travel_speed", "skirt_brim_speed": "first_layer_speed",
    }  # fmt: skip
    found: _Settings = {cura: number(settings, prusa, 40.0) for cura, prusa in names.items()}
    return found | {"speed_slowdown_layers": 1}


def _accelerations(settings: Mapping[str, str]) -> _Settings:
    plain = number(settings, "default_acceleration", 1000.0)
    names = {
        "acceleration_print": "default_acceleration", "acceleration_infill": "infill_acceleration",
        "acceleration_wall": "perimeter_acceleration", "acceleration_wall_0": "perimeter_acceleration",
        "acceleration_wall_x": "perimeter_acceleration", "acceleration_topbottom": "infill_acceleration",
        "acceleration_roofing": "infill_acceleration", "acceleration_support": "infill_acceleration",
        "acceleration_support_infill": "infill_acceleration", "acceleration_support_interface": "infill_acceleration",
        "acceleration_support_roof": "infill_acceleration", "acceleration_support_bottom": "infill_acceleration",
        "acceleration_travel": "machine_max_acceleration_travel", "acceleration_layer_0": "first_layer_acceleration",
        "acceleration_print_layer_0": "first_layer_acceleration",
        "acceleration_travel_layer_0": "machine_max_acceleration_travel",
        "acceleration_skirt_brim": "first_layer_acceleration",
    }  # fmt: skip
    found: _Settings = {cura: number(settings, prusa, plain) for cura, prusa in names.items()}
    return found | {"acceleration_enabled": "true", "jerk_enabled": "false"} | _limits(settings)


def _limits(settings: Mapping[str, str]) -> _Settings:
    """Of the axes, for CuraEngine's own estimate of time."""
    found: _Settings = {
        f"machine_max_{cura}_{axis}": number(settings, f"machine_max_{prusa}_{axis}", default)
        for cura, prusa, default in (("feedrate", "feedrate", 200.0), ("acceleration", "acceleration", 1500.0))
        for axis in "xyze"
    }
    for axes, axis in (("xy", "x"), ("z", "z"), ("e", "e")):
        found[f"machine_max_jerk_{axes}"] = number(settings, f"machine_max_jerk_{axis}", 10.0)
    return found | {"machine_acceleration": number(settings, "default_acceleration", 1000.0)}


def _material(settings: Mapping[str, str]) -> _Settings:
    nozzle_c, bed_c = number(settings, "temperature", 0.0), number(settings, "bed_temperature", 0.0)
    length, speed = number(settings, "retract_length", 0.0), number(settings, "retract_speed", 40.0)
    lift = number(settings, "retract_lift", 0.0)
    return {
        "material_diameter": number(settings, "filament_diameter", 1.75),
        "material_print_temperature": nozzle_c,
        "material_print_temperature_layer_0": number(settings, "first_layer_temperature", nozzle_c),
        "material_initial_print_temperature": nozzle_c,
        "material_final_print_temperature": nozzle_c,
        "material_bed_temperature": bed_c,
        "material_bed_temperature_layer_0": number(settings, "first_layer_bed_temperature", bed_c),
        "retraction_enable": "true" if length > 0 else "false",
        "retraction_amount": length,
        "retraction_speed": speed,
        "retraction_retract_speed": speed,
        "retraction_prime_speed": number(settings, "deretract_speed", speed),
        "retraction_min_travel": number(settings, "retract_before_travel", 1.5),
        "retraction_hop_enabled": "true" if lift > 0 else "false",
        "retraction_hop": lift,
    }


def _cooling(settings: Mapping[str, str]) -> _Settings:
    least, most = number(settings, "min_fan_speed", 100.0), number(settings, "max_fan_speed", 100.0)
    return {
        "cool_min_layer_time": number(settings, "slowdown_below_layer_time", 10.0),
        "cool_min_layer_time_fan_speed_max": number(settings, "fan_below_layer_time", 20.0),
        "cool_min_speed": number(settings, "min_print_speed", 10.0),
        "cool_fan_speed": most,
        "cool_fan_speed_min": least,
        "cool_fan_speed_max": most,
        "cool_fan_speed_0": 0,
        "cool_fan_full_layer": number(settings, "disable_fan_first_layers", 1.0) + 1,
    }


def _around(settings: Mapping[str, str]) -> _Settings:
    brim_mm, loops = number(settings, "brim_width", 0.0), number(settings, "skirts", 1.0)
    spacing = number(settings, "support_material_spacing", 2.0)
    plate_only = number(settings, "support_material_buildplate_only", 0.0) > 0
    return {
        "adhesion_type": "brim" if brim_mm > 0 else "skirt" if loops > 0 else "none",
        "skirt_line_count": loops,
        "skirt_gap": number(settings, "skirt_distance", 2.0),
        "skirt_brim_minimal_length": 150,
        "brim_width": brim_mm,
        "brim_line_count": round(brim_mm / number(settings, "first_layer_extrusion_width", 0.45)),
        "support_enable": "true" if number(settings, "support_material", 0.0) > 0 else "false",
        "support_angle": 90 - number(settings, "support_material_threshold", 45.0),
        "support_type": "buildplate" if plate_only else "everywhere",
        "support_line_distance": spacing,
        "support_initial_layer_line_distance": spacing,
    }
