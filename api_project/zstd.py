"""zstd (RFC 8878): the module of Python 3.14, or its backport."""

import sys

if sys.version_info >= (3, 14):
    from compression.zstd import CompressionParameter, ZstdDict, ZstdError, compress, decompress
else:
    from backports.zstd import CompressionParameter, ZstdDict, ZstdError, compress, decompress

__all__ = ["CompressionParameter", "ZstdDict", "ZstdError", "compress", "decompress"]
