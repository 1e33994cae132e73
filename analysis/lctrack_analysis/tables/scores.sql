CREATE VIEW scores AS
SELECT
    coalesce(runs.session_id, s.session_id) AS session_id,
    coalesce(runs.trace_id, s.trace_id) AS trace_id,
    s.run_id,
    s.time,
    s.key,
    s.value,
    s.label,
    s.comment
FROM stage.score_events AS s
LEFT JOIN stage.run_core AS runs USING (run_id)
ORDER BY s.time, s.id;
