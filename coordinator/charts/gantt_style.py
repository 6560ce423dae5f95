"""How a Gantt chart looks, and the page of its own around it."""

from __future__ import annotations

__all__ = ["CHART_STYLE", "PAGE_STYLE"]

PAGE_STYLE = """
body { margin: 1.5rem auto; max-width: 1168px; padding: 0 16px; background: var(--paper); color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.4rem; font-weight: 600; margin: 0 0 .2rem; overflow-wrap: anywhere; }
p { margin: 0 0 .8rem; color: var(--soft); }
ul { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; list-style: none; margin: 0 0 .6rem; padding: 0; }
li { display: flex; align-items: center; gap: .4rem; font-size: 12px; } li svg { width: 24px; height: 14px; }
body > svg { display: block; width: 100%; height: auto; font-size: 11.5px; }
table { border-collapse: collapse; width: 100%; margin-top: 1.6rem; font-size: 12px; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; }
td { overflow-wrap: anywhere; unicode-bidi: isolate; font-variant-numeric: tabular-nums; }
td:nth-child(-n+3) { white-space: nowrap; }
@media print { :root { color-scheme: light; } @page { size: A4 landscape; margin: 10mm; }
  body { margin: 0; max-width: none; padding: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body > svg, tr { break-inside: avoid; } }
"""
CHART_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2126; --soft: #5b6570; --line: #e3e7eb; --day: #b6bec7;
  --shut: #eef1f4; --on: #fff; --now: #c2273d; --p0: #2f6db3; --p1: #a8580f; --p2: #2a7a4b; --p3: #7a4fa3;
  --p4: #b03a5b; --p5: #1b7a86; --p6: #6b6b1a; --p7: #566275; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #14181c; --ink: #e6eaee; --soft: #9aa5b1;
  --line: #272e35; --day: #4a545f; --shut: #1e242a; --on: #10151a; --now: #ff7b8a; --p0: #7fb2ea; --p1: #e5a668;
  --p2: #7cc99a; --p3: #bda0e0; --p4: #ee93ab; --p5: #74cbd6; --p6: #c9c96e; --p7: #a9b4c4; } }
text { fill: var(--ink); unicode-bidi: isolate; }
.lab { font-weight: 600; font-size: 12.5px; }
.hour, .date { font-size: 10.5px; } .hour { fill: var(--soft); text-anchor: middle; }
.bar text { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.made .in { fill: var(--on); stroke: none; }
.rule, .tick, .day, .now { fill: none; stroke: var(--line); } .day { stroke: var(--day); }
.now { stroke: var(--now); stroke-width: 1.5; stroke-dasharray: 5 3; }
.break { fill: var(--paper); stroke: var(--day); stroke-dasharray: 1 4; }
.closed { fill: var(--shut); } .plain { --c: var(--soft); }
.c0 { --c: var(--p0); } .c1 { --c: var(--p1); } .c2 { --c: var(--p2); } .c3 { --c: var(--p3); }
.c4 { --c: var(--p4); } .c5 { --c: var(--p5); } .c6 { --c: var(--p6); } .c7 { --c: var(--p7); }
.bar rect { fill: var(--c); fill-opacity: .1; stroke: var(--c); stroke-width: 1.2; }
.running rect { fill-opacity: .4; } .made rect { fill-opacity: 1; } .running .in, .planned .in { stroke: none; }
.lost rect { stroke-dasharray: 4 3; stroke-width: 1.8; }
.bar .hatch { fill: url(#hatch); fill-opacity: 1; stroke: none; }
#hatch rect { fill: var(--soft); fill-opacity: .55; }
"""
