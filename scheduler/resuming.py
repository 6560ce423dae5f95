"""A valid plan as the nodes of a graph, for searches to begin with."""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.network import Network
from scheduler.plan import Placement
from scheduler.search.graph import END, LAB, LENGTH, OPTION, START, Graph, new_graph
from scheduler.shop import IN_LAB, OPTIONS

__all__ = ["resumed"]


def resumed(network: Network, placements: Sequence[Placement]) -> Graph:
    """The nodes of a valid plan, as `scheduler.search.listing` leaves those of a list schedule.

    Args:
        network: what is planned.
        placements: one for each task, in the problem's order.
    """
    shop = network.shop
    graph = new_graph(shop)
    machines = {machine.id: number for number, machine in enumerate(network.problem.machines)}
    for task, (placement, choices) in enumerate(zip(placements, network.choices, strict=True)):
        graph.nodes[task, [START, END]] = placement.start_s, placement.end_s
        if choices:
            machine = machines[placement.machine or ""]
            place = next(place for place, choice in enumerate(choices) if choice.machine == machine)
            option = int(shop.tasks[task, OPTIONS]) + place
            graph.nodes[task, [OPTION, LAB]] = option, shop.machines[machine, IN_LAB]
            graph.nodes[task, LENGTH] = choices[place].duration_s
    return graph
