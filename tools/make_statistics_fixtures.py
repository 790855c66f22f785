#!/usr/bin/env python3
"""Writes tests/fixtures/statistics.json: intervals and tests as SciPy has them.

    tools/make_statistics_fixtures.py [FOLDER]      needs numpy and scipy; the file holds SciPy's version

Running it again gives the same file.
"""
import json
import math
import sys
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(7)


def mean_interval(values, confidence):
    low, high = stats.t.interval(confidence, len(values) - 1, np.mean(values), stats.sem(values))
    return {"values": values, "confidence": confidence, "mean": np.mean(values), "deviation": np.std(values, ddof=1),
            "low": low, "high": high}


def paired(a, b, ratio, confidence):
    """The plain test by SciPy itself; the corrected one by its formula over SciPy's distribution."""
    if ratio == 0:
        test = stats.ttest_rel(a, b)
        interval = test.confidence_interval(confidence)
        low, high, p_value = interval.low, interval.high, test.pvalue
    else:
        difference = np.subtract(a, b)
        n = len(difference)
        error = math.sqrt(np.var(difference, ddof=1) * (1 / n + ratio))
        low, high = stats.t.interval(confidence, n - 1, np.mean(difference), error)
        p_value = 2 * stats.t.sf(abs(np.mean(difference)) / error, n - 1)
    return {"a": a, "b": b, "ratio": ratio, "confidence": confidence, "mean": np.mean(np.subtract(a, b)), "low": low,
            "high": high, "p_value": p_value}


def wilson(successes, count, confidence):
    interval = stats.binomtest(successes, count).proportion_ci(confidence, method="wilson")
    return {"successes": successes, "count": count, "confidence": confidence, "low": interval.low,
            "high": interval.high}


def mcnemar(only_a, only_b):
    return {"only_a": only_a, "only_b": only_b, "p_value": stats.binomtest(only_a, only_a + only_b, 0.5).pvalue}


def scores(count, spread=0.01):
    return [round(float(x), 5) for x in rng.normal(0.85, spread, count)]


intervals = [mean_interval(scores(n), c) for n in (2, 3, 5, 10, 100) for c in (0.9, 0.95, 0.99)]
intervals.append(mean_interval([-1.5, 0.0, 4.0], 0.95))
pairs = [paired(scores(n), scores(n), ratio, c) for n, ratio, c in
         [(2, 0, 0.95), (3, 0, 0.95), (5, 0, 0.95), (5, 0, 0.99), (10, 0, 0.9), (50, 0, 0.95), (2, 1, 0.95),
          (3, 0.5, 0.95), (4, 1 / 3, 0.95), (5, 0.25, 0.95), (10, 1 / 9, 0.99)]]
pairs.append(paired([0.9, 0.8, 0.9, 0.8], [0.8, 0.8, 0.8, 0.8], 0, 0.95))
pairs.append(paired([0.9, 0.91, 0.92], [0.1, 0.12, 0.11], 0, 0.95))
wilsons = [wilson(k, n, c) for k, n, c in
           [(0, 1, 0.95), (1, 1, 0.95), (0, 10, 0.95), (10, 10, 0.95), (5, 10, 0.95), (1, 3, 0.9), (16600, 18800, 0.95),
            (16600, 18800, 0.99), (112799, 112800, 0.95), (999999999, 10**12, 0.95)]]
mcnemars = [mcnemar(a, b) for a, b in
            [(1, 0), (0, 1), (1, 1), (5, 5), (6, 5), (10, 2), (2, 10), (0, 30), (120, 100), (700, 520),
             (9000, 9400), (500000, 501500), (3000000, 3000001)]]

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "tests" / "fixtures"
text = json.dumps({"scipy": scipy.__version__, "mean_interval": intervals, "paired_difference": pairs,
                   "wilson_interval": wilsons, "mcnemar": mcnemars}, indent=1, default=float)
(folder / "statistics.json").write_text(text + "\n")
