"""Which stem of a file resembles a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bom.stems import Stems

_STEMS = ("sidebracketleft", "sidepanel", "motormount", "motormountlong", "foot")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sidebracket", ("sidebracketleft",)),  # begins with it
        ("motormount", ("motormount", "motormountlong")),
        ("sidepanelwithholes", ("sidepanel",)),  # is begun by it
        ("bracketleft", ("sidebracketleft",)),  # is held by it
        ("motormountlonger", ("motormount", "motormountlong")),
        ("footed", ()),  # four signs say too little
        ("side", ()),
        ("", ()),
    ],
)
def test_a_name_finds_the_stems_that_resemble_it(name: str, found: tuple[str, ...]) -> None:
    assert Stems(_STEMS).like(name) == found


_TEXTS = st.text("ab", min_size=0, max_size=12)


@given(st.lists(_TEXTS, max_size=12), _TEXTS)
def test_the_search_says_what_looking_at_each_stem_says(stems: list[str], name: str) -> None:
    long = [stem for stem in dict.fromkeys(stems) if len(stem) >= 6]
    longer = [stem for stem in long if stem.startswith(name)]
    one_by_one = longer or [stem for stem in long if name.startswith(stem) or name in stem]
    found = Stems(stems).like(name)
    assert set(found) <= set(one_by_one)
    assert len(found) == (min(2, len(one_by_one)) if len(name) >= 6 else 0)
