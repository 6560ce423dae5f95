"""The names that ValueFlows 1.0.0 publishes, so that nothing else is written under them.

Source: the ontology at https://w3id.org/valueflows/ont/vf# (version 1.0.0, ``all_vf.TTL``): its classes, its properties
with the classes that have them (``rdfs:domain``), its named individuals. Only names are kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["CLASSES", "INDIVIDUALS", "NAMESPACE", "PROPERTIES"]

NAMESPACE: Final = "https://w3id.org/valueflows/ont/vf#"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLASSES: Final = _names(
    "Action ProcessSpecification Recipe RecipeExchange RecipeFlow RecipeProcess ResourceSpecification "
    "Agreement AgreementBundle Claim Commitment Intent Plan Process Proposal ProposalList "
    "Agent BatchLotRecord EcologicalAgent EconomicEvent EconomicResource Organization Person "
    "Measure SpatialThing Unit "
    "InputOutput CreateResource EventQuantity AccountingEffect OnhandEffect LocationEffect ContainedEffect "
    "AccountableEffect StageEffect StateEffect ProposalPurpose"
)

INDIVIDUALS: Final = _names(
    "accept combine consume cite copy deliverService dropoff lower modify move pickup produce raise separate transfer "
    "transferAllRights transferCustody use work "
    "decrement decrementIncrement increment incrementTo update updateTo remove new input output outputInput resource "
    "effort both optional optionalTo notApplicable offer request"
)

_FLOW: Final = "action resourceQuantity effortQuantity resourceClassifiedAs resourceConformsTo "
_PLANNED: Final = _FLOW + (
    "provider receiver inputOf outputOf resourceInventoriedAs hasBeginning hasEnd hasPointInTime state "
)
_BY_CLASS: Final[Mapping[str, str]] = {
    "EconomicEvent": _PLANNED
    + "created image note toResourceInventoriedAs corrects settles toLocation fulfills satisfies realizationOf "
    "reciprocalRealizationOf",
    "Commitment": _PLANNED
    + "created due finished note plannedWithin satisfies stage independentDemandOf clauseOf reciprocalClauseOf",
    "Intent": _PLANNED + "due finished image imageList name note plannedWithin stage availableQuantity minimumQuantity",
    "Claim": _FLOW + "provider receiver created due finished note triggeredBy",
    "RecipeFlow": _FLOW + "note stage state recipeInputOf recipeOutputOf recipeClauseOf recipeReciprocalClauseOf",
    "EconomicResource": "classifiedAs image imageList name note stage state containedIn contains primaryAccountable "
    "accountingQuantity onhandQuantity currentLocation currentVirtualLocation currentCurrencyLocation "
    "trackingIdentifier ofBatchLot unitOfEffort conformsTo",
    "Process": "classifiedAs finished hasBeginning hasEnd name note plannedWithin hasInput hasOutput inScopeOf basedOn",
    "Agent": "image name note primaryLocation",
    "Organization": "classifiedAs",
    "EcologicalAgent": "classifiedAs",
    "ResourceSpecification": "image imageList name note mediumOfExchange substitutable defaultUnitOfEffort "
    "defaultUnitOfResource resourceClassifiedAs",
    "ProcessSpecification": "image name note",
    "Recipe": "name note primaryOutput recipeIncludes",
    "RecipeProcess": "image name note hasRecipeInput hasRecipeOutput hasDuration processClassifiedAs processConformsTo",
    "RecipeExchange": "name note recipeStipulates recipeStipulatesReciprocal",
    "Agreement": "created name note stipulates stipulatesReciprocal realizes realizesReciprocal bundledIn",
    "AgreementBundle": "created name note bundles",
    "Plan": "created due name note planIncludes hasIndependentDemand",
    "Proposal": "created hasBeginning hasEnd name note unitBased purpose eligibleLocation publishes reciprocal "
    "proposedTo listedIn",
    "ProposalList": "created name note proposedTo lists",
    "SpatialThing": "name note long lat alt mappableAddress hasDetailedGeometry",
    "BatchLotRecord": "batchLotCode expirationDate",
    "Measure": "hasNumericalValue hasUnit",
    "Unit": "classifiedAs omUnitIdentifier label symbol",
    "Action": "label inputOutput pairsWith createResource eventQuantity accountingEffect onhandEffect locationEffect "
    "containedEffect accountableEffect stageEffect stateEffect",
}

PROPERTIES: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(each for each, names in _BY_CLASS.items() if name in _names(names))
    for name in sorted(frozenset().union(*map(_names, _BY_CLASS.values())))
}
