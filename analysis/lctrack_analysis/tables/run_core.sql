-- Starts meet ends by run id. A run recorded twice counts once: its earliest start and earliest end are kept.
CREATE TABLE stage.pairs AS
WITH starts AS (
    SELECT run_id, arg_min(row_id, {'time': time, 'id': id}) AS start_row FROM stage.run_starts GROUP BY run_id
),
ends AS (
    SELECT run_id, arg_min(row_id, {'time': time, 'id': id}) AS end_row FROM stage.run_ends GROUP BY run_id
)
SELECT run_id, start_row, end_row
FROM starts FULL JOIN ends USING (run_id);

-- For runs whose end does not tell; the same pieces may come as tokens and as deltas.
CREATE TABLE stage.pieces AS
SELECT
    run_id,
    session_id,
    min(time) AS first_time,
    count(*) FILTER (WHERE is_token) AS tokens,
    count(*) FILTER (WHERE NOT is_token) AS deltas
FROM stage.streamed
GROUP BY run_id, session_id;

-- All that is short; what can be long stays where it was staged, and is met there by `runs`. A table of its own, because
-- the tree below reads it several times.
CREATE TABLE stage.paired AS
SELECT
    pairs.run_id,
    coalesce(s.parent_run_id, e.parent_run_id) AS parent_run_id,
    coalesce(s.trace_id, e.trace_id, pairs.run_id) AS recorded_trace_id,
    coalesce(s.session_id, e.session_id) AS session_id,
    coalesce(s.kind, CASE e.kind WHEN 'span' THEN 'chain' ELSE e.kind END) AS kind,
    s.run_type,
    s.name,
    s.time AS start_time,
    e.time AS end_time,
    stage.elapsed_ms(s.time, e.time) AS duration_ms,
    coalesce(e.status, 'open') AS status,
    e.error_type,
    e.error_message,
    s.tags,
    coalesce(e.model, s.model) AS model,
    e.input_tokens,
    e.output_tokens,
    e.total_tokens,
    e.cached_tokens,
    e.cache_write_tokens,
    e.reasoning_tokens,
    stage.elapsed_ms(s.time, coalesce(e.first_token_time, pieces.first_time)) AS time_to_first_token_ms,
    coalesce(e.chunks, nullif(pieces.tokens, 0), pieces.deltas) AS chunks,
    s.thread,
    s.tool_call_id,
    pairs.start_row,
    pairs.end_row
FROM stage.pairs
LEFT JOIN stage.run_starts AS s ON s.row_id = pairs.start_row
LEFT JOIN stage.run_ends AS e ON e.row_id = pairs.end_row
LEFT JOIN stage.pieces
    ON pieces.run_id = pairs.run_id
    AND pieces.session_id IS NOT DISTINCT FROM coalesce(s.session_id, e.session_id);

-- Runs whose parents form a circle are under no root: they keep what was recorded.
CREATE TABLE stage.tree AS
WITH RECURSIVE tree AS (
    SELECT run_id, recorded_trace_id AS trace_id, 0 AS depth
    FROM stage.paired
    WHERE parent_run_id IS NULL OR parent_run_id NOT IN (SELECT run_id FROM stage.paired)
    UNION ALL
    SELECT paired.run_id, tree.trace_id, tree.depth + 1
    FROM stage.paired JOIN tree ON paired.parent_run_id = tree.run_id
)
FROM tree;

CREATE TABLE stage.run_core AS
SELECT
    run_id,
    parent_run_id,
    coalesce(trace_id, recorded_trace_id) AS trace_id,
    recorded_trace_id,
    session_id,
    coalesce(depth, 0)::BIGINT AS depth,
    kind,
    run_type,
    name,
    start_time,
    end_time,
    duration_ms,
    status,
    error_type,
    error_message,
    tags,
    model,
    input_tokens,
    output_tokens,
    total_tokens,
    cached_tokens,
    cache_write_tokens,
    reasoning_tokens,
    time_to_first_token_ms,
    chunks,
    thread,
    tool_call_id,
    start_row,
    end_row,
    row_number() OVER () AS place
FROM (
    FROM stage.paired LEFT JOIN stage.tree USING (run_id)
    ORDER BY coalesce(start_time, end_time), coalesce(depth, 0), run_id
);

CREATE TABLE stage.circles AS SELECT count(*) AS runs FROM stage.paired WHERE run_id NOT IN (SELECT run_id FROM stage.tree);

DROP TABLE stage.pieces;
DROP TABLE stage.paired;
DROP TABLE stage.tree;
