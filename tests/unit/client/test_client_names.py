import pytest

from autowrx_jupyter.client import KitNotFoundError
from autowrx_jupyter.client.names import find_kit
from autowrx_jupyter.client.records import has_capability
from autowrx_jupyter.protocol import KitRecord

HUB = "http://hub"
KITS = [
    KitRecord("Runtime-local-ann"),
    KitRecord("RunTime-Bench"),
    KitRecord("Runtime-bench"),
    KitRecord("Runtime-away", is_online=False),
    KitRecord("DK0815"),
]


@pytest.mark.parametrize(
    ("name", "kit_id"),
    [
        ("Runtime-local-ann", "Runtime-local-ann"),
        ("runtime-local-ann", "Runtime-local-ann"),
        ("local-ann", "Runtime-local-ann"),
        ("LOCAL-ANN", "Runtime-local-ann"),
        ("Bench", "RunTime-Bench"),
        ("bench", "Runtime-bench"),
        (" DK0815 ", "DK0815"),
        ("dk0815", "DK0815"),
    ],
)
def test_finds(name: str, kit_id: str) -> None:
    assert find_kit(name, KITS, HUB).kit_id == kit_id


def test_says_what_is_online() -> None:
    with pytest.raises(KitNotFoundError) as error:
        find_kit("x", KITS, HUB)
    assert str(error.value) == (
        "No kit named 'x' at http://hub; online are: DK0815, RunTime-Bench, "
        "Runtime-bench, Runtime-local-ann"
    )
    with pytest.raises(KitNotFoundError, match="no kit is online"):
        find_kit("x", [], HUB)


def test_ambiguous_and_offline() -> None:
    with pytest.raises(KitNotFoundError, match=r"fits several kits.*give a whole id"):
        find_kit("BENCH", KITS, HUB)
    with pytest.raises(KitNotFoundError, match="Kit 'Runtime-away' at http://hub is offline"):
        find_kit("away", KITS, HUB)


def test_exact_wants_the_whole_id() -> None:
    with pytest.raises(KitNotFoundError):
        find_kit("bench", KITS, HUB, exact=True)


@pytest.mark.parametrize(
    ("listed", "has"),
    [
        (["run_id"], True),
        (["other"], False),
        ('["run_id"]', True),
        ("run_identity", False),
        ({"run_id": 1}, True),
        (None, False),
        (7, False),
    ],
)
def test_capability_in_any_shape(listed: object, has: bool) -> None:
    assert has_capability(KitRecord("k", support_apis=listed), "run_id") is has
