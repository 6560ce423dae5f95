"""A machine of the labs file: the lab's own words first, then what the library knows of its model."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from core.errors import InputError
from core.trees import materials, processes
from gcode.safety_policy import SafetyPolicy
from machines.hours import period_of
from machines.labs_document import ConnectionDocument, MachineDocument
from machines.library import FILLED, Model, library
from machines.machine import Connection, Driver, Machine, MachineLimits, Motion

__all__ = ["machine_of"]

_AS_WRITTEN = (
    "unattended", "set_up_min", "take_off_min", "tolerance_mm", "power_w", "margin_mm", "changeover_min", "access",
    "training", "hourly_cost", "energy_w", "envelope_mm", "bed_mm", "feed_through", "axes", "reach_mm",
    "mode",
)  # fmt: skip
_AS_TUPLES = ("nozzles_mm", "tools_mm", "certificates", "allow")


def machine_of(written: MachineDocument, lab_id: str, where: str) -> Machine:
    """The machine that a lab describes.

    Raises:
        InputError: a word is not known, the model is not, or the values do not go together.
    """
    model = library().require(written.model, where=where) if written.model is not None else None
    if model is None and (written.name is None or written.processes is None):
        key = "name" if written.name is None else "processes"
        raise InputError(f"{key}: this key is missing", where=where, hint="state it, or name a `model` of the library")
    values = _stated(written, where)
    filled = _fill(values, model, written)
    try:
        connection = _connection(written.connection, model)
        _check_allowed(written.allow, connection, where)
        return Machine(
            id=written.id,
            lab=lab_id,
            connection=connection,
            maintenance=tuple(period_of(each, where=f"{where}, maintenance") for each in written.maintenance),
            model=model.id if model else None,
            from_model=tuple(filled),
            **values,
        )
    except ValueError as error:
        what = str(error).removeprefix(f"machine {written.id}").removeprefix(":").strip()  # `where` names it
        raise InputError(what, where=where) from None


def _check_allowed(commands: list[str], connection: Connection, where: str) -> None:
    """A lab may vouch for many commands, not for all.

    Raises:
        InputError: one of them nobody may allow.
    """
    try:
        SafetyPolicy(connection.driver.dialect, extra_commands=frozenset(commands))
    except InputError as error:
        raise InputError(f"allow: {error.what}", where=where) from None


def _stated(written: MachineDocument, where: str) -> dict[str, Any]:
    """What the lab says, by attribute."""

    def material(word: str) -> str:
        return materials().require(word, where=where).id

    values = {name: getattr(written, name) for name in _AS_WRITTEN}
    values |= {name: tuple(getattr(written, name)) for name in _AS_TUPLES}
    values["confirm"] = None if written.confirm is None else tuple(written.confirm)
    values["name"] = written.name
    values["processes"] = tuple(processes().require(word, where=where).id for word in written.processes or ())
    values["materials"] = tuple(material(word) for word in written.materials)
    values["thickness_mm"] = {material(word): span for word, span in written.thickness_mm.items()}
    try:
        values["limits"] = MachineLimits(**written.limits.model_dump())
        values["motion"] = Motion(**written.motion.model_dump())
    except ValueError as error:
        raise InputError(str(error), where=where) from None
    return values


def _fill(values: dict[str, Any], model: Model | None, written: MachineDocument) -> list[str]:
    """Take from the model what the lab does not say; names of what was taken."""
    if model is None:
        return []
    filled = []
    if values["name"] is None:
        values["name"] = model.title
        filled.append("name")
    own_space = "envelope_mm" in written.model_fields_set  # then its zero may be the lab's own as well
    for name in FILLED:
        if name == "reach_mm" and own_space:
            continue
        if name not in written.model_fields_set and getattr(model, name):
            values[name] = getattr(model, name)
            filled.append(name)
    for name, said in (("limits", written.limits.model_fields_set), ("motion", written.motion.model_fields_set)):
        own, published = values[name], getattr(model, name)
        merged = {each.name: getattr(own, each.name) for each in fields(own)}
        for each in fields(own):
            known = getattr(published, each.name)
            if each.name not in said and known is not None:
                merged[each.name] = known
                filled.append(f"{name}.{each.name}")
        values[name] = type(own)(**merged)
    return filled


def _connection(written: ConnectionDocument, model: Model | None) -> Connection:
    """How it is reached: a port without a driver speaks what the model's firmware speaks, where that is known."""
    driver = written.driver
    if "driver" not in written.model_fields_set and written.port is not None and model is not None and model.driver:
        driver = Driver(model.driver)
    reached = (written.port, written.baud, written.address, written.key_variable)
    return Connection(driver, *reached, written.after_alarm)
