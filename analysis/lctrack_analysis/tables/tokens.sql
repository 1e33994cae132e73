-- The pieces of a stream come as tokens or as deltas of the streaming protocol; where they come as both, the tokens.
CREATE VIEW tokens AS
WITH pieces AS (
    SELECT
        lines.*,
        bool_or(event = 'llm_new_token') OVER (PARTITION BY run_id, session_id) AS has_tokens
    FROM stage.lines
    WHERE event = 'llm_new_token' OR event = 'stream_event' AND data ->> '$.data.event' = 'content-block-delta'
)
SELECT
    pieces.session_id,
    coalesce(runs.trace_id, pieces.trace_id) AS trace_id,
    pieces.run_id,
    row_number() OVER (PARTITION BY pieces.run_id ORDER BY segment, seq, file, line) - 1 AS position,
    pieces.time,
    stage.elapsed_ms(runs.start_time, pieces.time) AS since_start_ms,
    content_text(CASE event WHEN 'stream_event' THEN data -> '$.data.delta.text' ELSE data -> 'token' END) AS text
FROM pieces
LEFT JOIN stage.run_core AS runs USING (run_id)
WHERE (NOT has_tokens OR event = 'llm_new_token')
    AND (runs.run_id IS NULL OR runs.session_id IS NOT DISTINCT FROM pieces.session_id)
ORDER BY pieces.time, pieces.run_id, position;
