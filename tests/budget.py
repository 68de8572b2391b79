"""How long those tests search that search for a counterexample."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("REGULARS_TEST_TIMES", "1"))
"""So many times the examples of laws and the seeds of storms. Where it is 1, they are the same in each run."""

settings.register_profile(
    "regulars", derandomize=TIMES == 1, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("regulars")
