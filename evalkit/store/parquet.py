"""Frames as Parquet bytes, and back: the same frame always gives the same bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


_SMALL = 5_000
"""Rows up to which reading takes three times as long under zstd, which saves no room then."""


def encode(frame: pd.DataFrame) -> bytes:
    """``frame`` as Parquet: zstd, snappy for few rows. Its index and ``attrs`` are not kept.

    The bytes do not depend on the pandas version, but pyarrow writes its own version into them:
    the same frame under another pyarrow is another file, and both can be read.

    Raises:
        ValueError: not every value would come back as it is; for example a column that mixes
            text and numbers, two columns of one name, or a name that is no text.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = frame.reset_index(drop=True)
    try:
        table = pa.Table.from_pandas(plain, preserve_index=False).combine_chunks()
        table = table.replace_schema_metadata(_stable(table.schema.metadata))
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd" if len(plain) > _SMALL else "snappy")
        data = sink.getvalue()
        kept = decode(data).equals(plain)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"these rows cannot be kept: {error}") from error
    if not kept:
        raise ValueError("these rows cannot be kept: they would come back changed")
    return data


def write(frames: Iterable[pd.DataFrame], path: Path) -> int:
    """Write rows as one Parquet file, some at a time, and give their number.

    ``decode`` reads it. The same rows in the same portions give the same bytes.

    Args:
        frames: at least one; all have the columns and types of the first.
        path: where the file comes; it is not yet on the disk for certain.

    Raises:
        ValueError: rows that cannot be kept.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    count, writer = 0, None
    schema: Any = None
    try:
        for frame in frames:
            plain = frame.reset_index(drop=True)
            table = pa.Table.from_pandas(plain, schema=schema, preserve_index=False)
            if writer is None:
                table = table.replace_schema_metadata(_stable(table.schema.metadata))
                schema = table.schema
                writer = pq.ParquetWriter(path, schema, compression="zstd")
            writer.write_table(table.replace_schema_metadata(schema.metadata))
            count += len(plain)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"these rows cannot be kept: {error}") from error
    finally:
        if writer is not None:
            writer.close()
    return count


def decode(data: bytes) -> pd.DataFrame:
    """The frame that ``encode`` made ``data`` of, with a fresh index.

    In a column of dtype object a missing value comes back as None.

    Raises:
        pyarrow.ArrowException: ``data`` is not Parquet.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(data))
    frame: pd.DataFrame = table.to_pandas()
    for column in json.loads(table.schema.metadata[b"pandas"])["columns"]:
        if column["numpy_type"] == "object":
            # Left to itself, pandas makes text and numbers of these, and NaN of None.
            values = table.column(column["name"]).to_pylist()
            frame[column["name"]] = pd.Series(values, index=frame.index, dtype=object)
    return frame


def columns(data: bytes) -> dict[str, list[Any]]:
    """The cells of each column of ``data`` as plain values, None for what is missing.

    Of a few rows much faster than ``decode``.

    Raises:
        pyarrow.ArrowException: ``data`` is not Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(pa.BufferReader(data)) as file:
        table = file.read(use_threads=False)
    return {name: table.column(name).to_pylist() for name in table.column_names}


def _stable(metadata: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """What pandas notes beside the table, without versions and ``attrs``."""
    noted: dict[str, Any] = json.loads(metadata[b"pandas"])
    kept = {key: noted[key] for key in ("index_columns", "column_indexes", "columns")}
    return {b"pandas": json.dumps(kept, sort_keys=True).encode()}
