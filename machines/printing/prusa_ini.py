"""A print profile as a complete PrusaSlicer 2.5 configuration.

Every print, filament and printer key of PrusaSlicer 2.5.0 is stated: nothing depends on the slicer's defaults or on a
configuration that lies about; `post_process` is empty, so that no program is ever run. Keys are explained in the
slicer's `--help-fff`. Keys of multi-material machines, wipe towers and rafts are stated as *off*.
"""

from __future__ import annotations

from collections.abc import Mapping

from machines.printing.profile import PrintProfile

__all__ = ["prusa_ini", "prusa_settings"]

_START = (  # heat, home, begin: no stranger's macro
    "G90", "M82", "M140 S[first_layer_bed_temperature]", "M104 S[first_layer_temperature]", "G28",
    "M190 S[first_layer_bed_temperature]", "M109 S[first_layer_temperature]", "G92 E0", "G1 Z5 F600",
)  # fmt: skip
_THINNEST = 0.35  # of a layer
_LAYER_ROOM = 1.0005
_END = ("M104 S0", "M140 S0", "M107", "G92 E0", "G1 E-2 F2100", "G1 Z{min(max_layer_z + 5, max_print_height)} F600")


def prusa_ini(profile: PrintProfile) -> str:
    """The configuration, one `key = value` a line, keys in order."""
    settings = prusa_settings(profile)
    return "".join(f"{key} = {settings[key]}".rstrip() + "\n" for key in sorted(settings))


def prusa_settings(profile: PrintProfile) -> dict[str, str]:
    """The configuration by key."""
    parts: tuple[Mapping[str, str | float], ...] = (
        _layers(profile), _widths(profile), _speeds(profile), _infill(profile), _supports(profile), _adhesion(profile),
        _filament(profile), _printer(profile), _axes(profile), _retraction(profile), _PATHS, _ONE_EXTRUDER, _NO_TOWER,
    )  # fmt: skip
    return {key: value if isinstance(value, str) else f"{value:g}" for part in parts for key, value in part.items()}


def _layers(profile: PrintProfile) -> dict[str, str | float]:
    return {
        "layer_height": profile.layer_mm,
        "first_layer_height": profile.first_layer_mm,
        # layers of support fit in between: with none thinner than the part's, some overhangs end in "negative flow"
        "min_layer_height": round(_THINNEST * min(profile.layer_mm, profile.first_layer_mm), 3),
        "perimeters": profile.walls,
        "top_solid_layers": profile.top_layers,
        "bottom_solid_layers": profile.bottom_layers,
        "top_solid_min_thickness": 0,
        "bottom_solid_min_thickness": 0,
    }


def _widths(profile: PrintProfile) -> dict[str, str | float]:
    widths = profile.widths
    return {
        "extrusion_width": widths.inner_wall_mm,
        "external_perimeter_extrusion_width": widths.external_wall_mm,
        "perimeter_extrusion_width": widths.inner_wall_mm,
        "solid_infill_extrusion_width": widths.solid_mm,
        "top_infill_extrusion_width": widths.top_mm,
        "infill_extrusion_width": widths.sparse_mm,
        "first_layer_extrusion_width": widths.first_layer_mm,
        "support_material_extrusion_width": widths.support_mm,
    }


def _speeds(profile: PrintProfile) -> dict[str, str | float]:
    speeds, accelerations = profile.speeds, profile.accelerations
    return {
        "external_perimeter_speed": speeds.external_wall_mm_s,
        "perimeter_speed": speeds.inner_wall_mm_s,
        "small_perimeter_speed": speeds.small_wall_mm_s,
        "solid_infill_speed": speeds.solid_mm_s,
        "top_solid_infill_speed": speeds.top_mm_s,
        "infill_speed": speeds.sparse_mm_s,
        "bridge_speed": speeds.bridge_mm_s,
        "gap_fill_speed": speeds.gap_mm_s,
        "support_material_speed": speeds.support_mm_s,
        "support_material_interface_speed": speeds.support_interface_mm_s,
        "first_layer_speed": speeds.first_layer_mm_s,
        "first_layer_speed_over_raft": speeds.first_layer_mm_s,
        "travel_speed": speeds.travel_mm_s,
        "travel_speed_z": 0,
        "max_print_speed": speeds.sparse_mm_s,
        "ironing_speed": speeds.top_mm_s,
        "perimeter_acceleration": accelerations.wall_mm_s2,
        "infill_acceleration": accelerations.infill_mm_s2,
        "bridge_acceleration": accelerations.bridge_mm_s2,
        "first_layer_acceleration": accelerations.first_layer_mm_s2,
        "first_layer_acceleration_over_raft": accelerations.first_layer_mm_s2,
        "default_acceleration": accelerations.other_mm_s2,
    }


def _infill(profile: PrintProfile) -> dict[str, str | float]:
    return {
        "fill_density": f"{100 * profile.infill_density:g}%",
        "fill_pattern": profile.infill_pattern.value if profile.infill_density < 1 else "rectilinear",
        "fill_angle": profile.fill_angle_deg,
        "top_fill_pattern": "monotonic",
        "bottom_fill_pattern": "monotonic",
        "infill_overlap": "25%",
        "infill_anchor": "400%",
        "infill_anchor_max": "20",
        "solid_infill_below_area": 0,
        "solid_infill_every_layers": 0,
        "infill_every_layers": 1,
    }


def _supports(profile: PrintProfile) -> dict[str, str | float]:
    supports = profile.supports
    settings: dict[str, str | float] = {"max_layer_height": max(profile.layer_mm, profile.first_layer_mm)}
    if supports.enabled:  # layers of support are the part's: one by one, and none halved where a sum is rounded up
        settings["max_layer_height"] = _LAYER_ROOM * profile.layer_mm
    return settings | {
        "support_material": int(supports.enabled),
        "support_material_auto": 1,
        "support_material_threshold": round(supports.threshold_deg),
        "support_material_buildplate_only": int(supports.plate_only),
        "support_material_spacing": supports.spacing_mm,
        "support_material_contact_distance": supports.gap_mm,
        "support_material_bottom_contact_distance": supports.gap_mm,
        "support_material_xy_spacing": supports.xy_gap_mm,
        "support_material_interface_layers": supports.interface_layers,
        "support_material_bottom_interface_layers": 0,
        "support_material_interface_spacing": supports.interface_spacing_mm,
        "support_material_pattern": "rectilinear",
        "support_material_interface_pattern": "rectilinear",
        "support_material_interface_contact_loops": 0,
        "support_material_style": "grid",
        "support_material_closing_radius": 2,
        "support_material_angle": 0,
        "support_material_enforce_layers": 0,
        "support_material_synchronize_layers": 0,
        "support_material_with_sheath": 0,
        "dont_support_bridges": 1,
    }


def _adhesion(profile: PrintProfile) -> dict[str, str | float]:
    adhesion = profile.adhesion
    return {
        "skirts": adhesion.skirt_loops,
        "skirt_distance": adhesion.skirt_distance_mm,
        "skirt_height": 1,
        "min_skirt_length": 4,
        "draft_shield": "disabled",
        "brim_width": adhesion.brim_mm,
        "brim_type": "outer_only" if adhesion.brim_mm else "no_brim",
        "brim_separation": 0,
        "raft_layers": 0,
        "raft_contact_distance": 0.2,
        "raft_expansion": 1.5,
        "raft_first_layer_density": "90%",
        "raft_first_layer_expansion": 3,
    }


def _filament(profile: PrintProfile) -> dict[str, str | float]:
    filament, cooling = profile.filament, profile.cooling
    return {
        "filament_type": filament.material.upper(),
        "filament_diameter": filament.diameter_mm,
        "filament_density": filament.density_g_cm3,
        "filament_max_volumetric_speed": filament.flow_max_mm3_s,
        "temperature": round(filament.nozzle_c),
        "first_layer_temperature": round(filament.first_layer_nozzle_c),
        "bed_temperature": round(filament.bed_c),
        "first_layer_bed_temperature": round(filament.first_layer_bed_c),
        "extrusion_multiplier": 1,
        "filament_cost": 0,
        "filament_spool_weight": 0,
        "filament_colour": "#808080",
        "filament_notes": '""',
        "filament_soluble": 0,
        "start_filament_gcode": '""',
        "end_filament_gcode": '""',
        "cooling": 1,
        "slowdown_below_layer_time": round(cooling.layer_time_s),
        "min_print_speed": cooling.least_speed_mm_s,
        "fan_always_on": int(cooling.fan_min_percent > 0),
        "fan_below_layer_time": max(20, round(cooling.layer_time_s)),
        "min_fan_speed": cooling.fan_min_percent,
        "max_fan_speed": cooling.fan_max_percent,
        "bridge_fan_speed": cooling.fan_max_percent,
        "disable_fan_first_layers": cooling.fan_from_layer,
        "full_fan_speed_layer": 0,
    }


def _printer(profile: PrintProfile) -> dict[str, str | float]:
    x, y, z = profile.envelope_mm
    return {
        "printer_technology": "FFF",
        "printer_model": "",
        "printer_notes": "",
        "notes": "",
        "gcode_flavor": "marlin2",
        "bed_shape": f"0x0,{x:g}x0,{x:g}x{y:g},0x{y:g}",
        "max_print_height": z,
        "nozzle_diameter": profile.nozzle_mm,
        "start_gcode": "\\n".join(_START),
        "end_gcode": "\\n".join((*_END, f"G1 X0 Y{y:g} F{60 * profile.speeds.travel_mm_s:g}", "M84")),
        "before_layer_gcode": "",
        "layer_gcode": "",
        "between_objects_gcode": "",
        "toolchange_gcode": "",
        "color_change_gcode": "",
        "pause_print_gcode": "",
        "template_custom_gcode": "",
        "post_process": "",
        "output_filename_format": "[input_filename_base].gcode",
        "thumbnails": "",
        "thumbnails_format": "PNG",
        "gcode_comments": 0,
        "gcode_label_objects": 0,
        "gcode_resolution": 0.0125,
        "gcode_substitutions": "",
        "remaining_times": 1,
        "silent_mode": 0,
        "use_relative_e_distances": 0,
        "use_firmware_retraction": 0,
        "use_volumetric_e": 0,
        "variable_layer_height": 0,
        "z_offset": 0,
        "extruder_clearance_height": 20,
        "extruder_clearance_radius": 20,
        "threads": 1,
    }


def _axes(profile: PrintProfile) -> dict[str, str | float]:
    """The machine's limits, for the slicer's own estimate; the program does not state them (the firmware knows)."""
    axes = profile.axes
    settings: dict[str, str | float] = {"machine_limits_usage": "time_estimate_only"}
    for number, axis in enumerate("xyze"):
        settings[f"machine_max_feedrate_{axis}"] = axes.speed_mm_s[number]
        settings[f"machine_max_acceleration_{axis}"] = axes.acceleration_mm_s2[number]
        settings[f"machine_max_jerk_{axis}"] = axes.jerk_mm_s[number]
    accelerations = profile.accelerations
    settings["machine_max_acceleration_extruding"] = max(
        accelerations.wall_mm_s2, accelerations.infill_mm_s2, accelerations.bridge_mm_s2,
        accelerations.first_layer_mm_s2, accelerations.other_mm_s2,
    )  # fmt: skip
    settings["machine_max_acceleration_retracting"] = axes.acceleration_mm_s2[3]
    settings["machine_max_acceleration_travel"] = accelerations.travel_mm_s2
    settings["machine_min_extruding_rate"] = 0
    settings["machine_min_travel_rate"] = 0
    return settings


def _retraction(profile: PrintProfile) -> dict[str, str | float]:
    retraction = profile.retraction
    return {
        "retract_length": retraction.length_mm,
        "retract_speed": retraction.speed_mm_s,
        "deretract_speed": retraction.speed_mm_s,
        "retract_before_travel": retraction.before_travel_mm,
        "retract_lift": retraction.lift_mm,
        "retract_lift_above": 0,
        "retract_lift_below": 0,
        "retract_before_wipe": "0%",
        "retract_layer_change": 1,
        "retract_restart_extra": 0,
        "retract_length_toolchange": 0,
        "retract_restart_extra_toolchange": 0,
        "wipe": 0,
    }


_PATHS: Mapping[str, str | float] = {
    "perimeter_generator": "arachne",
    "thin_walls": 1,
    "gap_fill_enabled": 1,
    "overhangs": 1,
    "extra_perimeters": 0,
    "ensure_vertical_shell_thickness": 1,
    "external_perimeters_first": 0,
    "infill_first": 0,
    "only_retract_when_crossing_perimeters": 0,
    "avoid_crossing_perimeters": 0,
    "avoid_crossing_perimeters_max_detour": 0,
    "infill_only_where_needed": 0,
    "seam_position": "aligned",
    "thick_bridges": 0,
    "bridge_angle": 0,
    "bridge_flow_ratio": 1,
    "ironing": 0,
    "ironing_type": "top",
    "ironing_flowrate": "15%",
    "ironing_spacing": 0.1,
    "spiral_vase": 0,
    "fuzzy_skin": "none",
    "fuzzy_skin_point_dist": 0.8,
    "fuzzy_skin_thickness": 0.3,
    "interface_shells": 0,
    "elefant_foot_compensation": 0,
    "xy_size_compensation": 0,
    "resolution": 0,
    "slice_closing_radius": 0.049,
    "slicing_mode": "regular",
    "clip_multipart_objects": 1,
    "complete_objects": 0,
    "duplicate_distance": 5,
    "max_volumetric_speed": 0,
    "max_volumetric_extrusion_rate_slope_positive": 0,
    "max_volumetric_extrusion_rate_slope_negative": 0,
    "min_bead_width": "85%",
    "min_feature_size": "25%",
    "wall_distribution_count": 1,
    "wall_transition_angle": 10,
    "wall_transition_filter_deviation": "25%",
    "wall_transition_length": "100%",
}

_ONE_EXTRUDER: Mapping[str, str | float] = {
    "perimeter_extruder": 1,
    "infill_extruder": 1,
    "solid_infill_extruder": 1,
    "support_material_extruder": 1,
    "support_material_interface_extruder": 1,
    "extruder_offset": "0x0",
    "extruder_colour": '""',
    "extrusion_axis": "E",
    "colorprint_heights": "",
    "mmu_segmented_region_max_width": 0,
    "ooze_prevention": 0,
    "standby_temperature_delta": 0,
}

_NO_TOWER: Mapping[str, str | float] = {
    "single_extruder_multi_material": 0,
    "single_extruder_multi_material_priming": 0,
    "high_current_on_filament_swap": 0,
    "cooling_tube_length": 5,
    "cooling_tube_retraction": 91.5,
    "extra_loading_move": -2,
    "parking_pos_retraction": 92,
    "filament_cooling_initial_speed": 2.2,
    "filament_cooling_final_speed": 3.4,
    "filament_cooling_moves": 4,
    "filament_load_time": 0,
    "filament_unload_time": 0,
    "filament_loading_speed": 28,
    "filament_loading_speed_start": 3,
    "filament_unloading_speed": 90,
    "filament_unloading_speed_start": 100,
    "filament_minimal_purge_on_wipe_tower": 15,
    "filament_ramming_parameters": '"120 100 6.6 6.8 7.2 7.6 7.9 8.2 8.7 9.4 9.9 10.0| 0.05 6.6 0.45 6.8"',
    "filament_toolchange_delay": 0,
    "wipe_into_infill": 0,
    "wipe_into_objects": 0,
    "wipe_tower": 0,
    "wipe_tower_bridging": 10,
    "wipe_tower_brim_width": 2,
    "wipe_tower_no_sparse_layers": 0,
    "wipe_tower_rotation_angle": 0,
    "wipe_tower_width": 60,
    "wipe_tower_x": 180,
    "wipe_tower_y": 140,
    "wiping_volumes_extruders": "70,70",
    "wiping_volumes_matrix": "0",
}
