-- A model asks for a tool call, a tool run executes it: they meet by the call's id, within one trace.
CREATE TABLE tool_calls AS
WITH requested AS (
    SELECT runs.session_id, runs.trace_id, runs.run_id, t.tool_call_id, t.name, t.arguments, t.time, t.id
    FROM tool_requests AS t
    JOIN pairs ON pairs.end_id = t.id
    JOIN runs ON runs.run_id = pairs.run_id
    QUALIFY t.tool_call_id IS NULL
        OR row_number() OVER (PARTITION BY runs.trace_id, t.tool_call_id ORDER BY t.time, t.id) = 1
),
executed AS (
    SELECT runs.*, s.tool_call_id
    FROM runs
    JOIN pairs USING (run_id)
    LEFT JOIN run_starts AS s ON s.id = pairs.start_id
    WHERE runs.kind = 'tool'
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
FULL JOIN executed AS e ON e.trace_id = q.trace_id AND e.tool_call_id = q.tool_call_id
ORDER BY coalesce(q.time, e.start_time), coalesce(e.start_time, q.time), coalesce(e.run_id, q.tool_call_id);
