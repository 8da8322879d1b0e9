import numpy as np
import pytest
from made_maps import corridor_with_rooms, two_rooms

from navigation.rooms.edits import Merge, Split, half_of_split, label_near, with_edits
from navigation.rooms.segmentation import room_labels

LEFT, RIGHT = (3.0, 3.0), (6.5, 3.0)


def labels_of(made):
    return room_labels(made.snapshot()), made.spec


@pytest.mark.parametrize("line", [((1.5, 3.2), (4.5, 3.2)), ((4.0, 3.2), (2.0, 3.2))])
def test_a_line_is_drawn_on_to_the_walls(line):
    labels, spec = labels_of(two_rooms())
    edited = with_edits(labels, spec, [Split(*line)])
    assert edited.max() == 3
    below, above = (edited == label_near(edited, spec, point) for point in ((3, 1.5), (3, 4.5)))
    assert not (below & above).any()
    # 4 m wide: 2.2 m below the line, 1.8 m above it; a row of cells is the line's own
    assert below.sum() == pytest.approx(4.0 * 2.2 / 0.05**2, rel=0.04)
    assert above.sum() == pytest.approx(4.0 * 1.8 / 0.05**2, rel=0.04)
    assert (edited == label_near(edited, spec, RIGHT)).sum() == (
        labels == label_near(labels, spec, RIGHT)
    ).sum()


def test_a_split_goes_over_furniture_and_stops_at_walls():
    labels, spec = labels_of(two_rooms().wall(2.0, 2.9, 2.8, 3.5))
    edited = with_edits(labels, spec, [Split((3.5, 3.2), (4.5, 3.2))])
    assert edited.max() == 3
    assert label_near(edited, spec, RIGHT) not in (
        label_near(edited, spec, (3.0, 1.5)),
        label_near(edited, spec, (3.0, 4.5)),
    )


@pytest.mark.parametrize("line", [((9.5, 1), (9.5, 2)), ((3.0, 3.0), (3.0, 3.0))])
def test_a_line_that_parts_nothing_changes_nothing(line):
    labels, spec = labels_of(two_rooms())
    assert half_of_split(labels, spec, Split(*line)) is None
    np.testing.assert_array_equal(with_edits(labels, spec, [Split(*line)]), labels)


def test_a_merge_joins_and_the_last_word_counts():
    labels, spec = labels_of(corridor_with_rooms(3))
    a, b = (2.0, 4.0), (5.0, 4.0)
    merged = with_edits(labels, spec, [Merge(a, b)])
    assert merged.max() == labels.max() - 1
    assert label_near(merged, spec, a) == label_near(merged, spec, b)
    split = Split((1.0, 4.2), (4.0, 4.2))
    parted = with_edits(labels, spec, [split])
    assert parted.max() == labels.max() + 1
    again = with_edits(labels, spec, [split, Merge((2.0, 3.0), (2.0, 5.5))])
    assert again.max() == labels.max()


def test_labels_stay_numbered_without_gaps():
    labels, spec = labels_of(corridor_with_rooms(4))
    edits = [Merge((2, 4), (5, 4)), Split((7.2, 4.0), (10.0, 4.0)), Merge((8, 3), (5, 4))]
    edited = with_edits(labels, spec, edits)
    assert set(np.unique(edited)) == set(range(edited.max() + 1))
    np.testing.assert_array_equal(edited > 0, labels > 0)
