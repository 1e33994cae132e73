CREATE VIEW retrievals AS
SELECT
    session_id,
    trace_id,
    run_id,
    name,
    inputs ->> '$' AS query,
    outputs AS documents,
    CASE json_type(outputs) WHEN 'ARRAY' THEN json_array_length(outputs)::BIGINT END AS document_count,
    start_time,
    end_time,
    duration_ms,
    status
FROM runs
WHERE kind = 'retriever'
ORDER BY coalesce(start_time, end_time), run_id;
