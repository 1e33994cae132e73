-- The tables as they are now: what was kept and is not touched, and what was made again. Places are told anew when they
-- are asked for.
CREATE VIEW stage.pairs AS
FROM kept.pairs ANTI JOIN stage.again USING (run_id)
UNION ALL
FROM stage.grown_pairs;

CREATE VIEW stage.run_core AS
SELECT *, row_number() OVER (ORDER BY coalesce(start_time, end_time), depth, run_id) AS place
FROM (
    SELECT * EXCLUDE (place) FROM kept.run_core ANTI JOIN stage.touched USING (trace_id)
    UNION ALL
    SELECT * EXCLUDE (place) FROM stage.grown_run_core
);

CREATE VIEW stage.trace_core AS
SELECT *, row_number() OVER (ORDER BY start_time, trace_id) AS place
FROM (
    SELECT * EXCLUDE (place) FROM kept.trace_core ANTI JOIN stage.touched USING (trace_id)
    UNION ALL
    SELECT * EXCLUDE (place) FROM stage.grown_trace_core
);

CREATE VIEW stage.generation_core AS
SELECT *, row_number() OVER (ORDER BY coalesce(start_time, end_time), run_id, prompt_index, generation_index) AS place
FROM (
    SELECT * EXCLUDE (place) FROM kept.generation_core ANTI JOIN stage.touched USING (trace_id)
    UNION ALL
    SELECT * EXCLUDE (place) FROM stage.grown_generation_core
);

-- Sessions are counted again where anything of them was added, or was made again.
CREATE TABLE stage.recounted AS
SELECT session_id FROM fresh.stage.lines WHERE session_id IS NOT NULL
UNION
SELECT session_id FROM fresh.stage.session_marks WHERE session_id IS NOT NULL
UNION
SELECT session_id FROM stage.again WHERE session_id IS NOT NULL
UNION
SELECT session_id FROM stage.grown_run_core WHERE session_id IS NOT NULL;
