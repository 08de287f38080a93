"""The gate measured: one batch of arrests, judged by its suite and by one hand-written query."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT
from perf.process_tree import measure
from rbdc.duck import connect
from rbdc.sql import literal

Result = dict[str, Any]
FEW = 1000
# Some of every sort of fault that rows of arrests have, and five percent without a race.
_ROWS = """
    select
        i as _row_number,
        case when i % 5003 = 7 then 'A1' when i % 5009 <> 5 then 'A' || i end as arrest_id,
        'O' || i // 2 as occurrence_id,
        case when i % 811 <> 3 then 'P-' || md5(cast(i % 3000000 as varchar)) end as person_id,
        case when i % 6007 = 9 then 'some day' else
            strftime(timestamp '2015-01-01' + to_seconds(i * 30), '%Y-%m-%dT%H:%M:%S')
        end as arrested_at,
        case when i % 20 <> 1 then
            ['Black', 'White', 'Indigenous', 'Latino'][1 + (hash(i) % 4)::int]
        end as perceived_race,
        ['F', 'M'][1 + i % 2] as sex,
        case when i % 7001 = 1 then '208' else cast(12 + hash(i) % 70 as varchar) end as age,
        case when i % 97 = 5 then 'XX' else 'D' || i % 6 end as division,
        case when i % 401 <> 6 then 'Disturbance' end as call_type,
        'Assault, level ' || i % 3 as occurrence_category,
        case when i % 8009 = 2 then '2' else cast(i % 2 as varchar) end as booked,
        strftime(timestamp '2015-01-02' + to_seconds(i * 30), '%Y-%m-%dT%H:%M:%S') as updated_at,
        cast(i % 1000 = 0 as integer)::varchar as is_deleted
    from range({rows}) as numbers(i)
"""


def measure_gates(rows: int, folder: Path, say: Callable[[str], None]) -> Result:
    """Measure the gate and the query on a batch, and on one of few rows, which gives start-up.

    Args:
        rows: of the batch.
        folder: for the batches; emptied before and after.
        say: takes a line for the person who waits.

    Returns:
        `rows`, what was measured of `gate`, `gate_startup`, `query` and `query_startup`, and
        `same`: whether both counted the same for every rule.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found: Result = {"rows": rows}
    said: dict[str, dict[str, int]] = {}
    for name, size in (("_startup", FEW), ("", rows)):
        batch = folder / f"arrests_{size}.parquet"
        with connect(spill=folder / "spill") as connection:
            query = _ROWS.format(rows=size)
            connection.execute(f"copy ({query}) to {literal(str(batch))} (format parquet)")
        for by in ("query", "gate"):
            measured = measure([sys.executable, "-m", "perf.gate", by, str(batch)], {}, PROJECT)
            lines = [line.text for line in measured.lines]
            if measured.exit_status:
                raise SystemExit(f"judgement by {by} failed:\n" + "\n".join(lines[-20:]))
            said[by + name] = json.loads(lines[-1])
            found[by + name] = {
                "wall_seconds": measured.wall_seconds,
                "cpu_seconds": measured.cpu_seconds,
                "peak_bytes": measured.peak_bytes,
                "others_cpu_share": measured.others_cpu_share,
            }
            seconds, memory = measured.wall_seconds, measured.peak_bytes / 1e9
            say(f"  {by + name:<21} {seconds:8.1f} s  {memory:6.2f} GB")
    found["same"] = said["gate"] == said["query"]
    shutil.rmtree(folder)
    return found
