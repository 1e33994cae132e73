-- Of what was chosen so far, what is asked for.
CREATE OR REPLACE TABLE stage.chosen AS
SELECT chosen.trace_id, chosen.session_id
FROM stage.chosen
LEFT JOIN stage.trace_core AS traces ON traces.trace_id = chosen.trace_id
LEFT JOIN stage.session_core AS sessions ON sessions.session_id = chosen.session_id
CROSS JOIN (
    SELECT
        $sessions::VARCHAR[] AS sessions, $names::VARCHAR[] AS names, $tags::VARCHAR[] AS tags,
        $since::BIGINT AS since, $until::BIGINT AS until
) AS asked
CROSS JOIN LATERAL (
    SELECT epoch_ns(
        CASE WHEN chosen.trace_id IS NULL THEN sessions.start_time ELSE coalesce(traces.start_time, traces.end_time) END
    ) AS began
)
WHERE (asked.sessions IS NULL OR list_contains(asked.sessions, chosen.session_id))
    AND (asked.names IS NULL OR list_contains(asked.names, traces.name))
    AND (
        asked.tags IS NULL
        OR list_has_any(asked.tags, coalesce(traces.tags, []))
        OR list_has_any(asked.tags, coalesce(sessions.tags, []))
    )
    AND (asked.since IS NULL OR began >= asked.since)
    AND (asked.until IS NULL OR began < asked.until);
