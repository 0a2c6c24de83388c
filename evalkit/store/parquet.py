"""Frames as Parquet bytes, and back: the same frame always gives the same bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


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

    def tables() -> Iterator[pa.Table]:
        schema = None
        for frame in frames:
            plain = frame.reset_index(drop=True)
            table = pa.Table.from_pandas(plain, schema=schema, preserve_index=False)
            if schema is None:
                schema = table.schema.with_metadata(_stable(table.schema.metadata))
            yield table.replace_schema_metadata(schema.metadata)

    return _written(tables(), path)


def write_cells(
    parts: Iterable[Mapping[str, Sequence[Any]]], types: Mapping[str, str], path: Path
) -> int:
    """The same of rows that come column by column, as plain values with None for what is missing.

    Args:
        parts: some rows at a time.
        types: the columns, with their Table Schema type: integer, number, boolean or string.
        path: where the file comes; it is not yet on the disk for certain.

    Raises:
        ValueError: rows that cannot be kept.
    """
    import pandas as pd
    import pyarrow as pa

    empty = pd.DataFrame({name: pd.Series([], dtype=_DTYPES[kind]) for name, kind in types.items()})
    schema = pa.Table.from_pandas(empty, preserve_index=False).schema
    schema = schema.with_metadata(_stable(schema.metadata))

    def tables() -> Iterator[pa.Table]:
        yield schema.empty_table()
        for cells in parts:
            columns = [
                pa.array(_texts(cells[field.name]), field.type, from_pandas=True)
                if types[field.name] == "string"
                else pa.array(cells[field.name], field.type, from_pandas=True)
                for field in schema
            ]
            yield pa.Table.from_arrays(columns, schema=schema)

    return _written(tables(), path)


_DTYPES: dict[str, Any] = {
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
    "string": "string",
}


def _texts(cells: Sequence[Any]) -> Sequence[str | None]:
    if set(map(type, cells)) <= {str, type(None)}:
        return cells
    return [None if cell is None else str(cell) for cell in cells]


def _written(tables: Iterator[pa.Table], path: Path) -> int:
    """Write tables with one schema as one file, and give the number of their rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        first = next(tables)
        with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
            count = 0
            for table in chain([first], tables):
                if len(table):
                    writer.write_table(table)
                count += len(table)
            return count
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"these rows cannot be kept: {error}") from error


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
