"""The nouns of a coordinator as commands: a table from `fabcommons NOUN VERB` to the client's methods.

Arguments and options of a command are those of the method; `coordinator.cli.remote` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["NOUNS", "Noun", "Verb"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One command.

    Attributes:
        method: of `coordinator.client.client.Client`.
        columns: fields that a table shows; none for what is shown field by field.
    """

    method: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Noun:
    """A group of commands; `help` is empty where the group has other commands too, and a help of its own."""

    help: str
    verbs: Mapping[str, Verb]


def _verb(method: str, columns: str = "") -> Verb:
    return Verb(method, tuple(columns.split()))


_BUILDS = "id design quantity state due_at"
_JOBS = "id task machine state planned_start planned_end"
_OFFERS = "id task machine state planned_start expires_at"
_PIECES = "id job_id task number state"
_TASKS = "id name kind quantity state reason"

NOUNS: Final[Mapping[str, Noun]] = {
    "network": Noun(
        "The network of a coordinator: its name, its labs and machines.",
        {
            "show": _verb("read_network"),
            "choose": _verb("choose"),
            "labs": _verb("list_labs", "id name"),
            "lab": _verb("read_lab"),
            "machines": _verb("list_machines", "id lab cleared_at"),
            "machine": _verb("read_machine"),
            "health": _verb("read_health"),
        },
    ),
    "lab": Noun(
        "",
        {
            "publish": _verb("store_labs"),
            "publish-one": _verb("store_lab"),
            "agents": _verb("list_agents", "id name seen_at"),
            "parcels": _verb("list_parcels"),
            "watch": _verb("read_watch"),
            "set-watch": _verb("change_watch"),
        },
    ),
    "machine": Noun(
        "",
        {
            "clear": _verb("clear_machine"),
            "ask": _verb("ask_machine"),
            "standing": _verb("read_standing"),
            "lock": _verb("lock_machine"),
            "unlock": _verb("unlock_machine"),
            "locks": _verb("list_locks", "machine why until"),
            "care": _verb("list_care", "at who what hours"),
            "note-care": _verb("note_care"),
            "upkeep": _verb("list_upkeep", "id name due_at"),
            "add-upkeep": _verb("add_upkeep"),
            "do-upkeep": _verb("do_upkeep"),
            "end-upkeep": _verb("end_upkeep"),
            "requests": _verb("list_machine_requests", "id kind state why"),
            "reading": _verb("read_reading"),
            "utilisation": _verb("read_utilisation"),
            "load": _verb("load_machine"),
            "unload": _verb("unload_machine"),
            "loaded": _verb("read_load"),
            "reserve": _verb("reserve_machine"),
            "reservations": _verb("list_reservations", "id machine starts_at ends_at"),
            "end-reservation": _verb("end_reservation"),
        },
    ),
    "stock": Noun(
        "What labs have: spools, sheets, tools.",
        {
            "list": _verb("list_stock", "id lab kind name left"),
            "show": _verb("read_stock"),
            "add": _verb("add_stock"),
            "correct": _verb("correct_stock"),
            "retire": _verb("retire_stock"),
            "bookings": _verb("list_bookings", "at kind change left why"),
        },
    ),
    "person": Noun(
        "People, and what they may do.",
        {
            "me": _verb("read_me"),
            "list": _verb("list_people", "id name joined_at"),
            "show": _verb("read_person"),
            "give-role": _verb("give_role"),
            "take-role": _verb("take_role"),
            "offer-reset": _verb("offer_reset"),
            "erase": _verb("erase_person"),
        },
    ),
    "design": Noun(
        "",
        {
            "list": _verb("list_designs", "id name licence tasks imported_at"),
            "show": _verb("read_design"),
            "bill": _verb("read_bill"),
            "import": _verb("import_design"),
            "answers": _verb("list_answers", "item answer"),
            "answer": _verb("answer_questions"),
            "compatible": _verb("mark_compatible"),
            "feedback": _verb("read_feedback"),
            "licences": _verb("read_design_licence"),
            "permissions": _verb("list_permissions", "id lab up_to note ended_at"),
            "permit": _verb("give_permission"),
            "end-permission": _verb("end_permission"),
            "forges": _verb("list_forges", "id made_at ended_at"),
            "make-forge": _verb("make_forge"),
            "end-forge": _verb("end_forge"),
            "formula": _verb("read_holding_formula"),
            "attestations": _verb("list_attestations", "part file made failed accepted rejected"),
            "fork": _verb("fork_design"),
            "forks": _verb("list_forks", "design_id design forked_at forked_by"),
        },
    ),
    "formula": Noun(
        "Who gets what of an income: fork a formula, change it, try it out, propose it.",
        {
            "list": _verb("list_formulas", "id design number name holds written_at"),
            "show": _verb("read_formula"),
            "starters": _verb("list_starters", "key name"),
            "begin": _verb("begin_formula"),
            "fork": _verb("fork_formula"),
            "write": _verb("write_formula"),
            "difference": _verb("compare_formulas"),
            "try": _verb("try_formulas"),
            "propose": _verb("propose_formula"),
        },
    ),
    "distribution": Noun(
        "Incomes, shared by the formula that holds.",
        {
            "list": _verb("list_distributions", "id design income_cents currency state proposed_at"),
            "show": _verb("read_distribution"),
            "propose": _verb("propose_distribution"),
            "confirm": _verb("confirm_distribution"),
            "withdraw": _verb("withdraw_distribution"),
            "paid": _verb("note_share_paid"),
        },
    ),
    "proposal": Noun(
        "What is decided together.",
        {
            "list": _verb("list_proposals", "id what state closes_at waits"),
            "show": _verb("read_proposal"),
            "open": _verb("open_proposal"),
            "welcome": _verb("propose_welcome"),
            "exclude": _verb("propose_exclusion"),
            "speak": _verb("speak"),
            "withdraw": _verb("withdraw_proposal"),
            "code": _verb("read_code"),
            "codes": _verb("list_codes", "number adopted_at proposal_id"),
            "propose-code": _verb("propose_code"),
        },
    ),
    "change": Noun(
        "Changes of designs, proposed to their maintainers.",
        {
            "list": _verb("list_design_changes", "id design_id version_id state proposed_by why"),
            "show": _verb("read_design_change"),
            "difference": _verb("read_design_change_difference"),
            "propose": _verb("propose_design_change"),
            "accept": _verb("accept_design_change"),
            "decline": _verb("decline_design_change"),
            "withdraw": _verb("withdraw_design_change"),
        },
    ),
    "build": Noun(
        "What is ordered: order, plan, watch, report.",
        {
            "list": _verb("list_builds", _BUILDS),
            "show": _verb("read_build"),
            "order": _verb("order_build"),
            "tasks": _verb("list_tasks_of_build", _TASKS),
            "plan": _verb("read_plan"),
            "report": _verb("read_report"),
            "cancellation": _verb("read_cancellation"),
            "cancel": _verb("cancel_build"),
            "versions": _verb("list_versions", "design_id current newer decision why"),
            "difference": _verb("read_difference"),
            "stay": _verb("stay_with_version"),
            "move": _verb("move_to_version"),
            "contacts": _verb("read_contacts"),
            "address": _verb("read_address"),
            "send-to": _verb("store_address"),
            "effort": _verb("read_effort_of_build"),
            "purpose": _verb("say_purpose"),
        },
    ),
    "task": Noun(
        "What is asked for.",
        {
            "list": _verb("list_tasks", "id build_id name state reason"),
            "show": _verb("read_task"),
            "arrived": _verb("note_arrival"),
            "settings": _verb("read_settings"),
            "set": _verb("put_settings"),
        },
    ),
    "substitution": Noun(
        "Other material or parts than the design names: asked for and approved.",
        {
            "list": _verb("list_substitutions", "id task_id lab instead state why"),
            "show": _verb("read_substitution"),
            "ask": _verb("ask_substitution"),
            "approve": _verb("approve_substitution"),
            "decline": _verb("decline_substitution"),
            "withdraw": _verb("withdraw_substitution"),
        },
    ),
    "offer": Noun(
        "What is proposed to labs, and their answers.",
        {
            "list": _verb("list_offers", _OFFERS),
            "show": _verb("read_offer"),
            "accept": _verb("accept_offer"),
            "accept-all": _verb("accept_offers"),
            "decline": _verb("decline_offer"),
        },
    ),
    "claim": Noun(
        "Work that labs take of their own accord.",
        {
            "list": _verb("list_claims", "id lot_id machine state why"),
            "make": _verb("claim_lot"),
            "withdraw": _verb("withdraw_claim"),
        },
    ),
    "schedule": Noun("", {"try": _verb("try_stop")}),
    "job": Noun(
        "Runs of machines and work by hand.",
        {
            "list": _verb("list_jobs", _JOBS),
            "show": _verb("read_job"),
            "start": _verb("start_by_hand"),
            "end": _verb("end_by_hand"),
            "rule": _verb("rule_on_job"),
            "requests": _verb("list_job_requests", "id kind state why"),
            "sheet": _verb("read_job_sheet"),
            "why": _verb("explain_job"),
            "objects": _verb("list_objects", "label name"),
            "waive-load": _verb("waive_load"),
        },
    ),
    "photo": Noun(
        "Photos of pieces.",
        {
            "list": _verb("list_photos", "id piece_id task caption added_by"),
            "remove": _verb("remove_photo"),
        },
    ),
    "piece": Noun(
        "What was made.",
        {
            "list": _verb("list_pieces", _PIECES),
            "show": _verb("read_piece"),
            "check": _verb("check_piece"),
            "notices": _verb("read_notices"),
            "effort": _verb("read_effort"),
            "delivered": _verb("note_delivery"),
        },
    ),
    "purchase": Noun(
        "What is bought.",
        {
            "parts": _verb("list_parts", "name quantity unit missing state"),
            "list": _verb("list_purchases", "id supplier state expected_at"),
            "show": _verb("read_purchase"),
            "want": _verb("want_parts"),
            "order": _verb("note_order"),
            "expect": _verb("expect_purchase"),
            "receive": _verb("receive_purchase"),
            "bad": _verb("find_bad"),
            "cancel": _verb("cancel_purchase"),
        },
    ),
    "shipment": Noun(
        "Parcels between labs and to builders.",
        {
            "list": _verb("list_shipments", "id from_lab to_lab state expected_at"),
            "show": _verb("read_shipment"),
            "pack": _verb("pack_shipment"),
            "send": _verb("send_shipment"),
            "expect": _verb("expect_shipment"),
            "receive": _verb("receive_shipment"),
            "lost": _verb("lose_shipment"),
            "return": _verb("take_shipment_back"),
            "repaired": _verb("note_repair"),
            "cost": _verb("note_shipment_cost"),
        },
    ),
    "kit": Noun(
        "What must lie on the table before an assembly.",
        {
            "list": _verb("list_kits", "job_id task lab complete"),
            "show": _verb("read_kit"),
            "tick": _verb("tick_kit"),
            "untick": _verb("untick_kit"),
            "waive": _verb("waive_kit"),
        },
    ),
    "credit": Noun(
        "Mutual credit: accounts, payments, what is owed, what cancels.",
        {
            "show": _verb("read_credit"),
            "choose": _verb("choose_credit"),
            "accounts": _verb("list_credit_accounts", "id holder balance limit available frozen_at"),
            "open": _verb("open_credit_account"),
            "limit": _verb("limit_credit_account"),
            "freeze": _verb("freeze_credit_account"),
            "thaw": _verb("thaw_credit_account"),
            "payments": _verb("list_payments", "id at payer payee amount why disputed taken_back"),
            "pay": _verb("pay"),
            "dispute": _verb("dispute_payment"),
            "stand": _verb("end_dispute"),
            "give-back": _verb("give_payment_back"),
            "obligations": _verb("list_obligations", "id debtor creditor left state why"),
            "owe": _verb("add_obligation"),
            "answer": _verb("answer_claim"),
            "settle": _verb("settle_obligation"),
            "netting": _verb("preview_netting"),
            "rounds": _verb("list_netting_rounds", "id state owed struck until"),
            "propose": _verb("propose_netting"),
            "answer-round": _verb("answer_netting"),
        },
    ),
    "neighbour": Noun(
        "Other networks: what is told to them, and what they say.",
        {
            "show": _verb("read_federation"),
            "list": _verb("list_neighbours", "name url confirmed_at documents refused last_answer"),
            "add": _verb("add_neighbour"),
            "confirm": _verb("confirm_neighbour"),
            "pull": _verb("pull_neighbour"),
            "leave": _verb("leave_neighbour"),
            "heard": _verb("list_heard", "id neighbour kind subject said_at in_conflict here"),
            "bring-in": _verb("bring_in_design"),
            "refused": _verb("list_refused", "came_at neighbour why"),
            "tell": _verb("choose_published"),
            "sign": _verb("publish_now"),
            "change-key": _verb("change_key"),
        },
    ),
    "ledger": Noun(
        "What was made, used, given and handed on, as economic events.",
        {
            "list": _verb("list_flows", "number at action quantity unit effort effort_unit build_id"),
            "show": _verb("read_flow"),
            "correct": _verb("correct_flow"),
            "person": _verb("read_given_by_person"),
            "lab": _verb("read_given_by_lab"),
        },
    ),
    "work": Noun("Work of your own that nothing else tells of.", {"enter": _verb("declare_work")}),
    "rate": Noun(
        "What people ask for an hour of work, and labs for an hour of a machine.",
        {
            "list": _verb("list_rates_of_person", "kind cents_per_hour currency since"),
            "set": _verb("set_rate"),
            "lab": _verb("list_rates_of_lab", "machine cents_per_hour currency since"),
            "set-lab": _verb("set_machine_rate"),
        },
    ),
    "quote": Noun(
        "What things are reckoned to cost, each number with its source.",
        {
            "design": _verb("quote_design"),
            "build": _verb("read_quote"),
            "shared": _verb("list_shared_set_ups", "machine set_up builds saved_cents lacks"),
        },
    ),
    "pledge": Noun(
        "Builds that are made when enough is pledged; nothing is charged.",
        {
            "list": _verb("list_goals", "build_id design count pledged_cents cents currency until"),
            "show": _verb("read_goal"),
            "open": _verb("open_goal"),
            "make": _verb("pledge"),
            "withdraw": _verb("withdraw_pledge"),
        },
    ),
    "campaign": Noun(
        "Orders that wait until enough join, so that set-ups are shared.",
        {
            "list": _verb("list_campaigns", "id what joined wanted until state"),
            "show": _verb("read_campaign"),
            "open": _verb("open_campaign"),
            "join": _verb("join_campaign"),
            "leave": _verb("leave_campaign"),
            "shares": _verb("list_shares", "who currency alone_cents share_cents saved_cents"),
        },
    ),
    "fund": Noun(
        "A common fund, shared in rounds; what is over returns.",
        {
            "list": _verb("list_rounds", "id name cents currency until state"),
            "show": _verb("read_round"),
            "open": _verb("open_round"),
            "ask": _verb("ask_of_fund"),
            "allot": _verb("allot"),
        },
    ),
    "hook": Noun(
        "Addresses that are told of events.",
        {
            "list": _verb("list_hooks", "id url kinds last_answer"),
            "make": _verb("make_hook"),
            "end": _verb("end_hook"),
        },
    ),
    "alert": Noun(
        "What needs somebody, and how you are told.",
        {
            "list": _verb("list_alerts", "id topic sentence opened_at"),
            "acknowledge": _verb("acknowledge_alert"),
            "addresses": _verb("list_alert_addresses", "id label verified"),
            "add-address": _verb("add_alert_address"),
            "verify-address": _verb("verify_alert_address"),
            "remove-address": _verb("remove_alert_address"),
        },
    ),
    "invitation": Noun(
        "Invitations; `fabcommons token invite` and `accept` make and take them.",
        {
            "list": _verb("list_invitations", "id role lab state expires_at"),
            "revoke": _verb("revoke_invitation"),
        },
    ),
    "event": Noun("What happens.", {}),  # the commands of `coordinator.cli.asking`
}
"""By the group's name."""
