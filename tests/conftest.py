"""What all tests share: the profile of the property tests, the same in every run."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "pullback",
    deadline=None,  # a first example compiles and imports
    derandomize=True,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("pullback")
