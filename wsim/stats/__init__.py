"""Statistics of clustered scores: intervals, paired comparisons, detection, forgetting, profiles.

The world is the unit, never the clip. Plain numpy; scipy is imported when one of its functions is needed.
`tests/statistics` proves coverage and error rates by simulation.
"""

from wsim.stats.bootstrap import bca_interval, resampled_interval
from wsim.stats.clusters import (
    DRAWS,
    EXACT_FLIPS,
    LEVEL,
    ClusterMean,
    cluster_mean,
    decimals_for,
    mean_of,
    means_by_cluster,
    round_to_error,
    t_quantile,
)
from wsim.stats.comparison import (
    Wins,
    clusters_to_settle,
    detectable_difference,
    holm,
    paired_differences,
    performance_profile,
    probability_of_improvement,
    sign_flip_p,
)
from wsim.stats.detection import (
    DPrime,
    alarm_threshold,
    auroc,
    auroc_interval,
    d_prime,
    least_detectable,
    rank_correlation,
)
from wsim.stats.dose import DoseResponse, dose_response
from wsim.stats.forgetting import Forgetting, forgetting_curve
from wsim.stats.jackknife import GROUPS, jackknife
from wsim.stats.shared import Part, sum_of_means

__all__ = [
    "DRAWS", "EXACT_FLIPS", "GROUPS", "LEVEL", "ClusterMean", "DPrime", "DoseResponse", "Forgetting",
    "Part", "Wins", "alarm_threshold", "auroc", "auroc_interval", "bca_interval", "cluster_mean",
    "clusters_to_settle", "d_prime", "decimals_for", "detectable_difference", "dose_response",
    "forgetting_curve", "holm", "jackknife", "least_detectable", "mean_of", "means_by_cluster",
    "paired_differences", "performance_profile", "probability_of_improvement", "rank_correlation",
    "resampled_interval", "round_to_error", "sign_flip_p", "sum_of_means", "t_quantile",
]  # fmt: skip
