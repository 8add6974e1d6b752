from dataclasses import replace

import pytest

from reviews.domain.rules import BadRule
from reviews.domain.scoring import Bin, Scale, Scorecard, beside, check, read, troubles, written

WORST = Scale("worst_dpd", 0, (Bin(0, 0), Bin(30, 12), Bin(None, 40)))
RETURN = Scale("quickest_return", -2, (Bin(7, 10), Bin(None, 0)))
CARD = Scorecard(1, "expert", 5, (WORST, RETURN), (14, 39))


@pytest.mark.parametrize(
    ("worst", "back", "score", "band"),
    [
        (0, 8, 5, "low"),
        (1, None, 15, "middle"),
        (30, 7, 27, "middle"),
        (31, 7, 55, "high"),
        (-3, 9, 5, "low"),
    ],
)
def test_points_add_up_and_not_known_has_points_of_its_own(worst, back, score, band):
    values = {"worst_dpd": worst, "quickest_return": back}
    assert CARD.score(values) == score
    assert CARD.band(score) == band
    assert sum(points for _f, _v, points in CARD.points(values)) == score - CARD.base


def test_what_brings_most_points_is_named_first():
    found = CARD.points({"worst_dpd": 0, "quickest_return": 3})
    assert found == [("quickest_return", 3, 10), ("worst_dpd", 0, 0)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "guess"}, "kind"),
        ({"base": 1.5}, "points"),
        ({"base": 5000}, "points"),
        ({"bounds": (39, 14)}, "bounds"),
        ({"bounds": (14,)}, "bounds"),
        ({"bounds": ("14", 39)}, "bound"),
        ({"scales": ()}, "scales"),
        ({"scales": (WORST, WORST)}, "twice"),
        ({"scales": (replace(WORST, feature="complaints"),)}, "feature"),
        ({"scales": (replace(WORST, feature="0) or (1"),)}, "feature"),
        ({"scales": (replace(WORST, missing=None),)}, "points"),
        ({"scales": (replace(WORST, bins=()),)}, "bins"),
        ({"scales": (replace(WORST, bins=(*tuple(Bin(n, 0) for n in range(12)), Bin(None, 0))),)}, "bins"),
        ({"scales": (replace(WORST, bins=(Bin(0, 0),)),)}, "gap"),
        ({"scales": (replace(WORST, bins=(Bin(3, 0), Bin(1, 0), Bin(None, 1))),)}, "overlap"),
        ({"scales": (replace(WORST, bins=(Bin(3, 0), Bin(3, 0), Bin(None, 1))),)}, "overlap"),
        ({"scales": (replace(WORST, bins=(Bin(None, 0), Bin(None, 1))),)}, "limit"),
        ({"scales": (replace(WORST, bins=(Bin(1.5, 0), Bin(None, 1))),)}, "limit"),
        ({"scales": (replace(WORST, bins=(Bin(0, "1"), Bin(None, 1))),)}, "points"),
    ],
)
def test_a_bad_card_is_refused_by_its_trouble(change, why):
    assert check(CARD) is CARD
    with pytest.raises(BadRule) as refused:
        check(replace(CARD, **change))
    assert refused.value.code == why


@pytest.mark.parametrize(
    "change",
    [
        {"base": -1000},
        {"bounds": (14, 14)},
        {"bounds": (-3, 0)},
        {"scales": (replace(WORST, bins=(Bin(None, 7),)),)},
        {"scales": (replace(WORST, bins=(*tuple(Bin(n, 0) for n in range(11)), Bin(None, 0))),)},
        {"scales": (replace(WORST, bins=(Bin(3, 0), Bin(4, 0), Bin(None, 1))),)},
        {"scales": (replace(WORST, missing=1000),)},
        {"kind": "trained"},
    ],
)
def test_what_only_looks_wrong_is_taken(change):
    assert list(troubles(replace(CARD, **change))) == []


def test_every_trouble_has_its_place():
    worst = Scale("worst_dpd", None, (Bin(5, 1.5), Bin(5, 0), Bin(None, 0), Bin(9, 0)))
    unknown = Scale("complaints", 0, (Bin(None, 1),))
    card = replace(CARD, base="0", scales=(worst, unknown), bounds=(3, None))
    assert [(each.code, each.place) for each in troubles(card)] == [
        ("points", ("base",)),
        ("bound", ("middle",)),
        ("points", ("worst_dpd", "missing")),
        ("points", ("worst_dpd", 1, "points")),
        ("overlap", ("worst_dpd", 2, "upper")),
        ("limit", ("worst_dpd", 3, "upper")),
        ("gap", ("worst_dpd", 4, "upper")),
        ("feature", ("complaints", "feature")),
    ]


def test_two_versions_stand_beside_each_other_cut_where_either_changes():
    later = replace(WORST, bins=(Bin(7, 0), Bin(30, 12), Bin(None, 50)))
    assert beside(WORST, later) == [(0, 0, 0), (7, 12, 0), (30, 12, 12), (None, 40, 50)]
    assert beside(None, RETURN) == [(7, None, 10), (None, None, 0)]
    assert beside(RETURN, None) == [(7, 10, None), (None, 0, None)]


@pytest.mark.parametrize(
    "bins", [[], {"a": 1}, {"a": {"missing": 1, "bins": 2}}, {"a": {"missing": 1, "bins": [1]}}]
)
def test_points_of_another_form_are_refused(bins):
    with pytest.raises(BadRule, match="form"):
        read(bins)


def test_a_card_is_read_as_it_was_written():
    assert read(written(CARD.scales)) == CARD.scales
