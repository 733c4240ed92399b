"""The targets: how many times cheaper than each peer this API should be."""

from collections.abc import Mapping
from typing import TypeAlias

from systems import DRF, FASTAPI, FASTIFY
from workloads import NUMBERED

Targets: TypeAlias = Mapping[str, Mapping[str, float]]

TARGETS: Targets = {
    "W1": {DRF: 12, FASTAPI: 5, FASTIFY: 1.4},
    "W2": {DRF: 10, FASTAPI: 3.5, FASTIFY: 0.5},
    "W3": {DRF: 6, FASTAPI: 2.5, FASTIFY: 0.8},
    "W4": {DRF: 10, NUMBERED: 1000, FASTIFY: 1},
    "W5": {DRF: 8, FASTAPI: 3.5, FASTIFY: 1.5},
    "W6": {DRF: 25, FASTAPI: 9, FASTIFY: 3},
}
