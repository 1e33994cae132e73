CREATE TABLE stage.trace_core AS
WITH totals AS (
    SELECT
        trace_id,
        count(*) AS runs,
        max(depth) AS depth,
        count(*) FILTER (WHERE kind IN ('llm', 'chat_model')) AS llm_calls,
        count(*) FILTER (WHERE kind = 'tool') AS tool_calls,
        count(*) FILTER (WHERE kind = 'retriever') AS retrievals,
        count(*) FILTER (WHERE status = 'error') AS errors,
        try_cast(sum(input_tokens) AS BIGINT) AS input_tokens,
        try_cast(sum(output_tokens) AS BIGINT) AS output_tokens,
        try_cast(sum(total_tokens) AS BIGINT) AS total_tokens,
        try_cast(sum(cached_tokens) AS BIGINT) AS cached_tokens,
        try_cast(sum(cache_write_tokens) AS BIGINT) AS cache_write_tokens,
        try_cast(sum(reasoning_tokens) AS BIGINT) AS reasoning_tokens,
        min(epoch_ns(start_time)::HUGEINT + (time_to_first_token_ms * 1e6)::HUGEINT) AS first_token_ns
    FROM stage.run_core
    GROUP BY trace_id
),
-- Traces in which a run paused, and none of its kind, name and depth went through afterwards: LangGraph ends the runs
-- around it as if all were done.
paused AS (
    SELECT DISTINCT trace_id
    FROM (
        SELECT trace_id, arg_max(status, {'time': coalesce(start_time, end_time), 'run_id': run_id}) AS last_status
        FROM stage.run_core
        WHERE trace_id IN (SELECT trace_id FROM stage.run_core WHERE status = 'interrupted')
        GROUP BY trace_id, kind, name, depth
    )
    WHERE last_status = 'interrupted'
),
-- Where the root itself was not recorded, its highest run that was stands in for it.
roots AS (
    SELECT * FROM stage.run_core
    QUALIFY row_number() OVER (
        PARTITION BY trace_id ORDER BY run_id <> trace_id, depth, start_time, run_id
    ) = 1
)
SELECT *, row_number() OVER () AS place -- as they come, for sorting them twice takes its time
FROM (SELECT
    trace_id,
    roots.session_id,
    roots.name,
    roots.kind,
    roots.start_time,
    roots.end_time,
    roots.duration_ms,
    CASE WHEN roots.status = 'ok' AND paused.trace_id IS NOT NULL THEN 'interrupted' ELSE roots.status END AS status,
    roots.error_type,
    roots.error_message,
    roots.tags,
    totals.runs,
    totals.depth,
    totals.llm_calls,
    totals.tool_calls,
    totals.retrievals,
    totals.errors,
    totals.input_tokens,
    totals.output_tokens,
    totals.total_tokens,
    totals.cached_tokens,
    totals.cache_write_tokens,
    totals.reasoning_tokens,
    CASE
        WHEN totals.first_token_ns IS NOT NULL AND roots.start_time IS NOT NULL -- greatest() leaves nulls out
            THEN greatest((totals.first_token_ns - epoch_ns(roots.start_time))::DOUBLE / 1e6, 0)
    END AS time_to_first_token_ms,
    roots.start_row,
    roots.end_row
FROM totals JOIN roots USING (trace_id) LEFT JOIN paused USING (trace_id)
ORDER BY roots.start_time, trace_id);
