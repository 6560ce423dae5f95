"""The agent's page as text: HTML without scripts; everything that comes from outside is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from types import MappingProxyType

from agent.control import Act
from agent.journal import Entry
from agent.scene import MachineScene, Scene

__all__ = ["EXPLAINED", "STYLE_HASH", "Explained", "ask_text", "overview_text", "told_text"]

_AGAIN_S = 5
_AWAY_S = 60.0
_HEATERS = {"T": "nozzle", "B": "bed", "C": "chamber"}
_STYLE = """
:root { color-scheme: light dark; }
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
section { border: 1px solid #8888; border-radius: .6rem; padding: .8rem 1rem; margin: 1rem 0; }
h2 { margin: 0; } .quiet { opacity: .75; font-size: .9rem; } .alarm { color: #c00; font-weight: 600; }
a.big, button { display: inline-block; font: inherit; font-weight: 700; padding: .8rem 1.4rem;
  margin: .3rem .4rem .3rem 0; border: 2px solid currentcolor; border-radius: .5rem; text-decoration: none;
  background: none; cursor: pointer; }
.stop { background: #c00; color: #fff; border-color: #c00; font-size: 1.3rem; }
progress { width: min(24rem, 100%); height: 1rem; } input { font: inherit; padding: .5rem; }
ol { padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
"""
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
"""By which a content security policy lets this style pass, and no other."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An act in words: on its button, and what it will do."""

    words: str
    means: str


EXPLAINED: Mapping[Act, Explained] = MappingProxyType(
    {
        Act.STOP: Explained(
            "Stop now",
            "The machine stops at once. It may lose its position and need a reset; its job cannot go on."
            " The switch at the machine is the only safe stop.",
        ),
        Act.CANCEL: Explained(
            "End the job", "The moves that the machine has taken end, then heaters, spindle and laser go off."
        ),
        Act.PAUSE: Explained("Pause", "The machine comes to rest where it is; heat stays on."),
        Act.RESUME: Explained("Go on", "The machine MOVES again at once: nobody near it?"),
        Act.HOME: Explained("Home it", "The machine MOVES to its limit switches, then its job begins: did you look?"),
        Act.UNLOCK: Explained("Unlock it", "Its position is taken as it is, then its job begins: is it surely known?"),
    }
)


def overview_text(scene: Scene) -> str:
    """All machines; loads itself again every few seconds."""
    parts = [_contact(scene), *(_machine(each) for each in scene.machines)]
    return _page("Machines of this agent", "".join(parts), again=True)


def ask_text(machine: str, act: Act) -> str:
    """The question before an act, with the password of who acts."""
    words = EXPLAINED[act]
    address = f"/{escape(machine)}/{act.value.replace(' ', '-')}"
    body = (
        f"<p>{escape(words.means)}</p><form method='post' action='{address}'>"
        "<p><label>Password of this page <input type='password' name='password' autocomplete='current-password'"
        f" required></label></p><button class='{_style(act)}'>{escape(words.words)}</button></form>"
        "<p><a href='/'>No, leave it as it is</a></p>"
    )
    return _page(f"{machine}: {words.words}?", body)


def told_text(title: str, text: str) -> str:
    """What came of it."""
    return _page(title, f"<p>{escape(text)}</p><p><a class='big' href='/'>Back to the machines</a></p>")


def _page(title: str, body: str, *, again: bool = False) -> str:
    refresh = f"<meta http-equiv='refresh' content='{_AGAIN_S}'>" if again else ""
    return (
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width, initial-scale=1'>{refresh}"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def _contact(scene: Scene) -> str:
    ago = scene.contact_ago_s
    if ago is None:
        text, style = "The coordinator has not answered yet.", "alarm"
    elif ago > _AWAY_S:
        text, style = f"The coordinator has not answered for {ago / 60:.0f} min; machines go on.", "alarm"
    else:
        text, style = f"The coordinator answered {ago:.0f} s ago.", "quiet"
    drained = "<p class='alarm'>This agent takes no more jobs.</p>" if scene.draining else ""
    return f"<p class='{style}'>{text}</p>{drained}"


def _machine(each: MachineScene) -> str:
    parts = [f"<section><h2>{escape(each.id)}</h2><p><strong>{escape(each.state)}</strong> {escape(each.what)}</p>"]
    if each.progress is not None and each.progress.lines_total:
        done, total = each.progress.lines_done, each.progress.lines_total
        parts.append(f"<p><progress max='{total}' value='{done}'></progress> {100 * done // total} %</p>")
    if each.question:
        parts.append(f"<p class='alarm'>{escape(each.question)}</p>")
    if each.temperatures_c:
        heat = ", ".join(
            f"{escape(_HEATERS.get(name, name))} {actual:.0f} of {target:.0f} °C"
            for name, (actual, target) in each.temperatures_c.items()
        )
        parts.append(f"<p>{'' if each.fresh else 'when its last job ended: '}{heat}</p>")
    if each.steered:
        parts.append("<p>" + "".join(_button(each.id, act) for act in _acts(each)) + "</p>")
    if each.tail:
        parts.append("<ol class='quiet'>" + "".join(f"<li>{_entry(entry)}</li>" for entry in each.tail) + "</ol>")
    return "".join(parts) + "</section>"


def _acts(each: MachineScene) -> tuple[Act, ...]:
    if each.state == "locked":
        return (Act.HOME, Act.UNLOCK, Act.CANCEL)
    return (Act.STOP, Act.RESUME if each.state == "paused" else Act.PAUSE, Act.CANCEL)


def _button(machine: str, act: Act) -> str:
    address = f"/{escape(machine)}/{act.value.replace(' ', '-')}"
    return f"<a class='big {_style(act)}' href='{address}'>{escape(EXPLAINED[act].words)}</a>"


def _style(act: Act) -> str:
    return "stop" if act is Act.STOP else ""


def _entry(entry: Entry) -> str:
    facts = [str(entry.facts[name]) for name in ("what", "who", "message") if entry.facts.get(name)]
    told = [each for each in facts if each != entry.step]
    return escape(" ".join([entry.job_id, entry.step, *told])[:300])
