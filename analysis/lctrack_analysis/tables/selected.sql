-- What was chosen is kept, with everything that belongs to it.
CREATE TABLE stage.chosen_sessions AS
SELECT DISTINCT session_id FROM stage.chosen WHERE session_id IS NOT NULL;

CREATE TABLE stage.kept_runs AS
SELECT runs.*
FROM stage.run_core AS runs
SEMI JOIN stage.chosen
    ON chosen.trace_id = runs.trace_id AND chosen.session_id IS NOT DISTINCT FROM runs.session_id
ORDER BY runs.place;

-- A line goes where its run goes; one of no run that is known, where its trace does, or else its session. What is said
-- of a segment stays where anything of it does.
CREATE TABLE stage.kept_lines AS
WITH segments AS (
    SELECT DISTINCT unnest(segments) AS segment FROM stage.session_core WHERE session_id IN (FROM stage.chosen_sessions)
),
placed AS (
    SELECT
        lines.row_id,
        lines.segment,
        lines.session_id,
        lines.event,
        lines.trace_id,
        kept.run_id IS NOT NULL AS is_kept,
        runs.run_id IS NOT NULL AS is_known,
        traces.trace_id IS NOT NULL AS is_traced
    FROM stage.lines
    LEFT JOIN stage.run_core AS runs ON runs.run_id = lines.run_id
    LEFT JOIN stage.kept_runs AS kept ON kept.run_id = lines.run_id
    LEFT JOIN stage.trace_core AS traces ON traces.trace_id = lines.trace_id
)
SELECT row_id
FROM placed
WHERE CASE
    WHEN is_known THEN is_kept
    WHEN event IN ('segment_start', 'segment_end', 'dropped') THEN segment IN (FROM segments)
    WHEN is_traced THEN EXISTS (
        FROM stage.chosen
        WHERE chosen.trace_id = placed.trace_id AND chosen.session_id IS NOT DISTINCT FROM placed.session_id
    )
    ELSE session_id IN (FROM stage.chosen_sessions)
END;

CREATE TABLE stage.kept_assets AS
SELECT * EXCLUDE (place)
FROM (SELECT *, row_number() OVER () AS place FROM assets)
WHERE session_id IN (FROM stage.chosen_sessions)
ORDER BY place;
