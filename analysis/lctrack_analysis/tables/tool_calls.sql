-- A model asks for a tool call, a tool run executes it: they meet by the call's id, within one trace.
CREATE VIEW tool_calls AS
WITH asked AS (
    SELECT
        runs.session_id,
        runs.trace_id,
        runs.run_id,
        nullif(t.tool_call_id, '') AS tool_call_id,
        t.name,
        t.arguments,
        t.time,
        row_number() OVER (ORDER BY t.id, t.batch_index, t.position, t.call_index) AS place
    FROM stage.tool_requests AS t
    JOIN stage.pairs ON pairs.end_row = t.row_id
    JOIN stage.run_core AS runs ON runs.run_id = pairs.run_id
),
executed AS (
    SELECT runs.*, nullif(s.tool_call_id, '') AS tool_call_id
    FROM runs
    JOIN stage.pairs USING (run_id)
    LEFT JOIN stage.run_starts AS s ON s.row_id = pairs.start_row
    WHERE runs.kind = 'tool'
),
-- Some models use an id again within a trace: each request opens a round, and what is executed before the next one
-- belongs to it. The same request once more before any execution is one that a model passed on from a model it wraps.
timeline AS (
    SELECT trace_id, tool_call_id, time, false AS is_execution, place, name, arguments, NULL AS run_id
    FROM asked
    UNION ALL
    SELECT trace_id, tool_call_id, start_time, true, NULL, NULL, NULL, run_id
    FROM executed
),
opened AS (
    SELECT
        *,
        NOT is_execution AND (
            lag(is_execution) OVER calls IS NOT FALSE
            OR lag(name) OVER calls IS DISTINCT FROM name
            OR lag(arguments) OVER calls IS DISTINCT FROM arguments
        ) AS opens
    FROM timeline
    WHERE tool_call_id IS NOT NULL
    WINDOW calls AS (PARTITION BY trace_id, tool_call_id ORDER BY time, is_execution, place, run_id)
),
rounds AS (
    SELECT place, run_id, greatest(count(*) FILTER (WHERE opens) OVER calls, 1) AS round
    FROM opened
    WINDOW calls AS (PARTITION BY trace_id, tool_call_id ORDER BY time, is_execution, place, run_id)
),
requested AS (
    SELECT asked.*, rounds.round
    FROM asked
    LEFT JOIN rounds ON rounds.place = asked.place
    QUALIFY asked.tool_call_id IS NULL
        OR row_number() OVER (PARTITION BY asked.trace_id, asked.tool_call_id, rounds.round ORDER BY asked.place) = 1
)
SELECT
    coalesce(e.session_id, q.session_id) AS session_id,
    coalesce(e.trace_id, q.trace_id) AS trace_id,
    coalesce(e.tool_call_id, q.tool_call_id) AS tool_call_id,
    coalesce(e.name, q.name) AS name,
    coalesce(q.arguments, e.inputs) AS arguments,
    q.run_id AS requested_by,
    q.time AS request_time,
    e.run_id,
    e.start_time,
    e.end_time,
    e.duration_ms,
    coalesce(e.status, 'requested') AS status,
    e.outputs AS output,
    e.error_type,
    e.error_message
FROM requested AS q
FULL JOIN (SELECT executed.*, rounds.round FROM executed LEFT JOIN rounds ON rounds.run_id = executed.run_id) AS e
    ON e.trace_id = q.trace_id AND e.tool_call_id = q.tool_call_id AND e.round = q.round
ORDER BY coalesce(q.time, e.start_time), coalesce(e.start_time, q.time), q.place, e.run_id;
