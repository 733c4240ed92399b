"""The targets: how many times cheaper than each peer this API should be."""

from collections.abc import Mapping
from typing import TypeAlias

from systems import DRF, FASTAPI, FASTIFY
from workloads import NUMBERED

Targets: TypeAlias = Mapping[str, Mapping[str, float]]

TARGETS: Targets = {
    "W1": {DRF: 20, FASTAPI: 10, FASTIFY: 1.8},
    "W2": {DRF: 12, FASTAPI: 6, FASTIFY: 0.6},
    "W3": {DRF: 4, FASTAPI: 2, FASTIFY: 0.6},
    "W4": {DRF: 20, NUMBERED: 1000, FASTAPI: 10, FASTIFY: 2},
    "W5": {DRF: 8, FASTAPI: 4, FASTIFY: 1.5},
    "W6": {DRF: 22, FASTAPI: 10, FASTIFY: 1.8},
    "W7": {DRF: 10, FASTAPI: 5, FASTIFY: 0.9},
    "W8": {DRF: 7, FASTAPI: 3.5, FASTIFY: 0.35},
    "W9": {DRF: 8, FASTAPI: 3.5, FASTIFY: 0.65},
}
UNCACHED_TARGETS: Targets = {
    "W1": {DRF: 10, FASTAPI: 5, FASTIFY: 0.9},
    "W2": {DRF: 7, FASTAPI: 3.5, FASTIFY: 0.35},
}
