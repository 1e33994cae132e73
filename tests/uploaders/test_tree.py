from hypothesis import given
from hypothesis import strategies as st

from lctrack_uploaders.tree import parents

NODES = "abcdefgh"
GRAPHS = st.dictionaries(st.sampled_from(NODES), st.none() | st.sampled_from(NODES + "?"))


@given(GRAPHS, st.sampled_from(NODES))
def test_every_run_reaches_the_root_whatever_was_recorded(recorded: dict[str, str | None], root: str) -> None:
    tree = parents(recorded, root)

    assert list(tree) == list(recorded)
    for start in tree:
        node, steps = start, 0
        while node != root:
            above = tree[node]
            assert above is not None
            node, steps = above, steps + 1
            assert steps <= len(tree)


@given(GRAPHS, st.sampled_from(NODES))
def test_a_parent_that_leads_to_the_root_is_kept(recorded: dict[str, str | None], root: str) -> None:
    tree = parents(recorded, root)

    sound = {root}
    while grown := {child for child, parent in recorded.items() if parent in sound} - sound:
        sound |= grown
    assert {child: tree[child] for child in recorded if child in sound - {root}} == {
        child: parent for child, parent in recorded.items() if child in sound - {root}
    }
