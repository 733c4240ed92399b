"""The application of the stream server in tests: with the throttles and the counters of `tests.race_app`."""

from api_project.streams.app import StreamApp, stream_app
from tests.race_app import load as load_api


def load() -> StreamApp:
    return stream_app(load_api())
