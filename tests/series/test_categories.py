"""Categories as columns of 1 and 0: their names, their values, and the way back."""

from __future__ import annotations

import numpy as np

from forecaster.series.categories import (
    UNKNOWN,
    codes_of_indicators,
    columns_in_file,
    indicator_names,
    indicators,
    with_indicator_names,
)

WEATHER = ("sun", "rain", "snow")
CATEGORIES = {"weather": WEATHER, "region": ("north",)}


def test_the_most_frequent_category_has_no_column_unless_it_is_the_only_one() -> None:
    assert indicator_names("weather", WEATHER) == ("weather=rain", "weather=snow")
    assert indicator_names("promo", ("none", "promo")) == ("promo=promo",)
    assert indicator_names("region", ("north",)) == ("region=north",)


def test_names_of_columns_of_a_file_and_of_covariates_belong_together() -> None:
    names = with_indicator_names(("price", "weather", "region"), CATEGORIES)
    assert names == ("price", "weather=rain", "weather=snow", "region=north")
    assert columns_in_file(names, CATEGORIES) == ("price", "weather", "region")
    assert columns_in_file(("a=b",), CATEGORIES) == ("a=b",)


def test_a_category_is_one_in_its_own_column_alone() -> None:
    codes = np.array([0, 1, 2, UNKNOWN, np.nan])
    found = indicators(codes, WEATHER)
    np.testing.assert_array_equal(found, [[0, 1, 0, 0, np.nan], [0, 0, 1, 0, np.nan]])
    assert codes_of_indicators(found[:, :4]).tolist() == [0, 1, 2, 0]
    np.testing.assert_array_equal(indicators(np.array([0, UNKNOWN, np.nan]), ("north",)), [[1, 0, np.nan]])
