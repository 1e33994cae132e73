-- A trace belongs to the conversation that its root names, or else the run nearest to the root that names one.
CREATE VIEW conversations AS
WITH named AS (
    SELECT
        trace_id,
        coalesce(
            nullif(told(metadata -> 'thread_id'), ''),
            nullif(told(metadata -> 'session_id'), ''),
            nullif(told(metadata -> 'conversation_id'), '')
        ) AS conversation_id,
        told(metadata -> 'user_id') AS user_id
    FROM (
        SELECT runs.trace_id, runs.run_id, runs.depth, runs.start_time, lines.metadata
        FROM stage.run_core AS runs JOIN stage.lines ON lines.row_id = runs.start_row
    )
    WHERE conversation_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY trace_id ORDER BY depth, start_time, run_id) = 1
)
SELECT
    named.conversation_id,
    sessions.project,
    min(named.user_id) AS user_id,
    list_sort(list(DISTINCT traces.session_id)) AS session_ids,
    min(traces.start_time) AS start_time,
    max(traces.end_time) AS end_time,
    count(*) AS traces,
    sum(traces.runs)::BIGINT AS runs,
    sum(traces.llm_calls)::BIGINT AS llm_calls,
    sum(traces.tool_calls)::BIGINT AS tool_calls,
    sum(traces.retrievals)::BIGINT AS retrievals,
    sum(traces.errors)::BIGINT AS errors,
    try_cast(sum(traces.input_tokens) AS BIGINT) AS input_tokens,
    try_cast(sum(traces.output_tokens) AS BIGINT) AS output_tokens,
    try_cast(sum(traces.total_tokens) AS BIGINT) AS total_tokens,
    try_cast(sum(traces.cached_tokens) AS BIGINT) AS cached_tokens,
    try_cast(sum(traces.cache_write_tokens) AS BIGINT) AS cache_write_tokens,
    try_cast(sum(traces.reasoning_tokens) AS BIGINT) AS reasoning_tokens,
    sum(costs.cost) AS cost,
    sum(costs.unpriced_calls)::BIGINT AS unpriced_calls
FROM named
JOIN stage.trace_core AS traces USING (trace_id)
LEFT JOIN stage.trace_costs AS costs USING (trace_id)
LEFT JOIN stage.session_core AS sessions ON sessions.session_id = traces.session_id
GROUP BY named.conversation_id, sessions.project
ORDER BY start_time, named.conversation_id;
