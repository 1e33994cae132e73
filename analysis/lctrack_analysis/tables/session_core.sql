CREATE TABLE stage.session_core AS
WITH recorded AS (
    SELECT
        session_id,
        min(time) AS start_time,
        max(time) AS end_time,
        list_sort(list(DISTINCT segment)) AS segments,
        count(*) FILTER (WHERE event NOT IN ('session_start', 'session_end')) AS events,
        count(*) FILTER (WHERE event = 'text') AS texts,
        count(*) FILTER (WHERE event = 'agent_action') AS agent_actions,
        count(*) FILTER (WHERE event = 'agent_finish') AS agent_finishes
    FROM stage.lines
    WHERE session_id IS NOT NULL AND event NOT IN ('segment_start', 'segment_end')
    GROUP BY session_id
),
-- The labels a session ends with are the ones it keeps.
labels AS (
    SELECT session_id, labels, mark = 'session_end' AS ended
    FROM stage.session_marks
    WHERE session_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY session_id ORDER BY mark = 'session_end' DESC, time DESC, id DESC) = 1
),
hosts AS (
    SELECT recorded.session_id, min(marks.host) AS host
    FROM recorded
    JOIN stage.session_marks AS marks
        ON marks.mark = 'segment_start' AND list_contains(recorded.segments, marks.segment)
    GROUP BY recorded.session_id
),
-- A run that pauses has ended: who resumes it starts another.
totals AS (
    SELECT
        session_id,
        count(*) AS runs,
        count(DISTINCT trace_id) AS traces,
        count(start_time) AS starts,
        count(*) FILTER (WHERE status IN ('ok', 'interrupted')) AS ends,
        count(*) FILTER (WHERE status = 'error') AS errors,
        count(start_time) FILTER (WHERE kind NOT IN ('llm', 'chat_model', 'tool', 'retriever')) AS chain_starts,
        count(*) FILTER (WHERE status IN ('ok', 'interrupted') AND kind NOT IN ('llm', 'chat_model', 'tool', 'retriever')) AS chain_ends,
        count(start_time) FILTER (WHERE kind IN ('llm', 'chat_model')) AS llm_starts,
        count(*) FILTER (WHERE status IN ('ok', 'interrupted') AND kind IN ('llm', 'chat_model')) AS llm_ends,
        coalesce(try_cast(sum(chunks) AS BIGINT), 0) AS llm_streams,
        count(start_time) FILTER (WHERE kind = 'tool') AS tool_starts,
        count(*) FILTER (WHERE status IN ('ok', 'interrupted') AND kind = 'tool') AS tool_ends,
        count(start_time) FILTER (WHERE kind = 'retriever') AS retriever_starts,
        count(*) FILTER (WHERE status IN ('ok', 'interrupted') AND kind = 'retriever') AS retriever_ends,
        try_cast(sum(input_tokens) AS BIGINT) AS input_tokens,
        try_cast(sum(output_tokens) AS BIGINT) AS output_tokens,
        try_cast(sum(total_tokens) AS BIGINT) AS total_tokens,
        try_cast(sum(cached_tokens) AS BIGINT) AS cached_tokens,
        try_cast(sum(cache_write_tokens) AS BIGINT) AS cache_write_tokens,
        try_cast(sum(reasoning_tokens) AS BIGINT) AS reasoning_tokens,
        quantile_cont(duration_ms, [0.5, 0.9, 0.99]) FILTER (WHERE kind IN ('llm', 'chat_model')) AS llm,
        quantile_cont(duration_ms, [0.5, 0.9, 0.99]) FILTER (WHERE kind = 'chain') AS chain,
        quantile_cont(duration_ms, [0.5, 0.9, 0.99]) FILTER (WHERE kind = 'tool') AS tool,
        quantile_cont(duration_ms, [0.5, 0.9, 0.99]) FILTER (WHERE kind = 'retriever') AS retriever,
        quantile_cont(time_to_first_token_ms, 0.5) AS ttft_p50_ms
    FROM stage.run_core
    GROUP BY session_id
)
SELECT
    session_id,
    labels ->> 'project' AS project,
    labels ->> 'name' AS name,
    labels ->> 'group' AS group_name,
    labels ->> 'entity' AS entity,
    labels ->> 'job_type' AS job_type,
    CASE json_type(labels, '$.tags')
        WHEN 'ARRAY' THEN labels ->> '$.tags[*]'
        WHEN 'VARCHAR' THEN [labels ->> 'tags']
    END AS tags,
    labels ->> 'notes' AS notes,
    labels -> 'params' AS params,
    recorded.start_time,
    recorded.end_time,
    stage.elapsed_ms(recorded.start_time, recorded.end_time) AS duration_ms,
    CASE WHEN ended THEN 'ended' ELSE 'open' END AS status,
    host,
    recorded.segments,
    recorded.events,
    coalesce(runs, 0) AS runs,
    coalesce(traces, 0) AS traces,
    coalesce(starts + ends + errors + llm_streams, 0) + texts + agent_actions + agent_finishes AS step,
    coalesce(starts, 0) + agent_actions AS starts,
    coalesce(ends, 0) + agent_finishes AS ends,
    coalesce(errors, 0) AS errors,
    texts AS text_ctr,
    coalesce(chain_starts, 0) AS chain_starts,
    coalesce(chain_ends, 0) AS chain_ends,
    coalesce(llm_starts, 0) AS llm_starts,
    coalesce(llm_ends, 0) AS llm_ends,
    coalesce(llm_streams, 0) AS llm_streams,
    coalesce(tool_starts, 0) + agent_actions AS tool_starts, -- LangChain's trackers count an action as a tool start
    coalesce(tool_ends, 0) AS tool_ends,
    agent_finishes AS agent_ends,
    coalesce(retriever_starts, 0) AS retriever_starts,
    coalesce(retriever_ends, 0) AS retriever_ends,
    input_tokens,
    output_tokens,
    total_tokens,
    cached_tokens,
    cache_write_tokens,
    reasoning_tokens,
    llm[1] AS llm_p50_ms,
    llm[2] AS llm_p90_ms,
    llm[3] AS llm_p99_ms,
    chain[1] AS chain_p50_ms,
    chain[2] AS chain_p90_ms,
    chain[3] AS chain_p99_ms,
    tool[1] AS tool_p50_ms,
    tool[2] AS tool_p90_ms,
    tool[3] AS tool_p99_ms,
    retriever[1] AS retriever_p50_ms,
    retriever[2] AS retriever_p90_ms,
    retriever[3] AS retriever_p99_ms,
    ttft_p50_ms,
    row_number() OVER (ORDER BY recorded.start_time, session_id) AS place
FROM recorded
LEFT JOIN labels USING (session_id)
LEFT JOIN hosts USING (session_id)
LEFT JOIN totals USING (session_id)
ORDER BY place;
