"""What `bench/fit_relevance.py` found, copied by hand; `docs/recall.md` says how good it is."""

from typing import Final

from regulars.recall.relevance import Calibration, Model, Weights

SAID: Final = Model(
    Weights(
        coverage=3.08,
        nearby=3.58,
        conversation=4.2,
        cosine=4.94,
        cosine_before=2.43,
        cosine_after=2.37,
        cosine_conversation=2.28,
        speaker=1.2,
        question=-0.83,
        length=0.5,
        length_beyond=-0.56,
        opening=1.34,
        date=4.17,
    ),
    Calibration(bias=-2.416, slope=1.064, competition=-0.887, chance=9.0),
)
"""For communications."""

KNOWN: Final = Model(
    Weights(
        coverage=3.3,
        nearby=2.52,
        conversation=4.37,
        cosine=6.72,
        cosine_before=0.0,
        cosine_after=0.0,
        cosine_conversation=3.79,
        speaker=0.0,
        question=0.0,
        length=0.86,
        length_beyond=0.0,
        opening=0.0,
        date=4.56,
    ),
    Calibration(bias=-2.815, slope=1.116, competition=-0.882, chance=8.0),
)
"""For observations and summaries."""
