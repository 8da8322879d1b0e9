"""Property tests draw the same examples in every run, and a busy machine is no failure."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "homebody", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("homebody")
